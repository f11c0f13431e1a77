"""A dish: cell types with the full receptor in one medium, of which they take ligand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from leukin.biology.receptor import full_receptor
from leukin.biology.receptor_binding import CHAINS
from leukin.biology.signalling import OWN, stat5
from leukin.catalog import Catalogue, CellType, Mechanism, Molecule
from leukin.engine import REASONS, System, compile_network, solve
from leukin.errors import Problem, SolveError
from leukin.network import Network, Species, equations
from leukin.quantity import Parameter, Source, parse, to_canonical

if TYPE_CHECKING:
    import pandas as pd

#: inputs of a dish: ligand at the start, and cells in a volume of medium
DOSE, DENSITY = "dose", "density"
#: parameters that each cell type of a dish has of its own
OF_A_CELL = (*CHAINS.values(), OWN, DENSITY)
#: typical ligand concentration (nM), for the solver's absolute tolerance
LIGAND_SCALE = 1e-3
RTOL = 1e-7


def dish(
    molecule: Molecule, cells: Mapping[str, CellType], trafficking: Mechanism, signalling: Mechanism
) -> Network:
    """Cell types in one medium with `dose` (nM) of a molecule at time 0.

    cells: label -> cell type; each has its `density_LABEL` (cell/L, 0 unless set: then ligand stays in excess).
    Species L (nM) is the medium; species and variables of a cell carry its label; observable pSTAT5.LABEL.
    """
    source = Source("definition", note="set by the assay")
    body = equations(
        species=[Species("L", "nM", parse(DOSE), scale=LIGAND_SCALE, contains={"L": 1})],
        parameters=[Parameter(DOSE, 0.0, "nM", source)],
        observables={"ligand": ("nM", "L")},
    )
    for label, cell in cells.items():
        part = full_receptor(molecule, cell, trafficking) + stat5(cell, signalling)
        part = part.with_parameters([Parameter(DENSITY, 0.0, "cell/L", source)])
        body = body + part.indexed(label, part.parameters.keys() - set(OF_A_CELL))
    return body


def label_of(cell: str) -> str:
    """A catalogue id as a label in names of species."""
    return cell.replace("-", "_")


def rows(system: System, columns: Mapping[str, Any], count: int) -> np.ndarray:
    """Parameters float64[count, parameter]: nominal values with `columns` (name -> number or float64[count]) put in."""
    params = np.tile(system.nominal, (count, 1))
    for key, values in columns.items():
        params[:, system.parameter_index[key]] = values
    return params


def run(system: System, params: np.ndarray, times: np.ndarray) -> np.ndarray:
    """States float64[row, time, state] at `times` (h), from the steady state without ligand and `dose` at time 0.

    Raises SolveError when a row fails.
    """
    segment = solve(system, system.initial(params), params, 0.0, float(times[-1]), times, rtol=RTOL)
    if segment.status.any():
        reason = REASONS[int(segment.status[segment.status != 0][0])]
        raise SolveError(Problem(field="dish", reason=reason, fix="check doses and receptor numbers"))
    return segment.saved


def checked(values: Sequence[float], what: str, positive: bool = False) -> np.ndarray:
    """Values as an increasing array without repeats.

    Raises SolveError unless all are finite and none is negative (or 0, if they must be positive).
    """
    array = np.unique(np.asarray(values, dtype=np.float64))
    wanted = "one or more finite numbers above 0" if positive else "one or more finite numbers, none negative"
    if not array.size or not np.isfinite(array).all() or array[0] < 0 or (positive and array[0] == 0):
        raise SolveError(
            Problem(field=what, reason=f"{[float(v) for v in values]} is out of range", fix=wanted)
        )
    return array


def well(
    catalogue: Catalogue,
    molecule: str,
    cells: Mapping[str, float],
    doses: Sequence[float],
    times: Sequence[float],
) -> pd.DataFrame:
    """What several cell types do to the ligand of one well, and the ligand to them.

    cells: catalogue id -> cells per mL; doses in nM; times in h. One row a dose, time and cell: ligand left in the
    medium (nM), pSTAT5 (1), surface CD25, CD122 and CD132 (molecule/cell, with what they hold), ligand destroyed
    (molecule/cell since the start). Raises CatalogError for an unknown id, SolveError for a dose or time out of range.
    """
    import pandas as pd

    amounts, when = checked(doses, "dose"), checked(times, "time")
    labels = {label_of(cell): cell for cell in cells}
    network = dish(
        catalogue.molecule(molecule),
        {label: catalogue.cell(cell) for label, cell in labels.items()},
        catalogue.mechanism("receptor-trafficking"),
        catalogue.mechanism("stat5-signalling"),
    )
    system = compile_network(network)
    columns: dict[str, Any] = {DOSE: amounts}
    for label, cell in labels.items():
        columns[f"{DENSITY}_{label}"] = to_canonical(checked([cells[cell]], "cells per mL")[0], "cell/mL")
    params = rows(system, columns, len(amounts))
    states = run(system, params, when)
    tables = []
    for label, cell in labels.items():
        names = {"ligand": "ligand_nM", f"pSTAT5.{label}": "pstat5", f"destroyed_{label}": "destroyed"}
        names |= {
            f"{total}_{label}": chain
            for total, chain in zip(("aT", "bT", "gT"), CHAINS.values(), strict=True)
        }
        seen = system.observe(names, states, params)
        frame = pd.DataFrame({shown: seen[key].ravel() for key, shown in names.items()})
        frame.insert(0, "time_h", np.tile(when, len(amounts)))
        frame.insert(0, "dose_nM", np.repeat(amounts, len(when)))
        frame.insert(0, "cell", cell)
        tables.append(frame)
    return pd.concat(tables, ignore_index=True)
