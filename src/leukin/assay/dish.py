"""A dish: cell types with full receptors in one medium with cytokines, which they take from it and add to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from leukin.biology.gamma_chain import CHAINS, ONLY, Family, family, suffix
from leukin.biology.receptor import receptors
from leukin.biology.relays import INPUTS, SECRETION, secretion, signalling, soluble_cd25
from leukin.biology.signalling import OWN
from leukin.catalog import Catalogue, CellType, Molecule
from leukin.engine import REASONS, System, solve
from leukin.errors import Problem, SolveError
from leukin.network import Network, Species, equations
from leukin.quantity import Parameter, Source, name, number, parse

TRAFFICKING, SIGNALLING, RELAYS = "receptor-trafficking", "stat5-signalling", "relays"
#: inputs of a dish: ligand at the start, cells in a volume of medium, antigen receptor signal, soluble CD25
DOSE, DENSITY, TCR, SOLUBLE = "dose", "density", "TCR", "soluble_CD25"
#: parameters that each cell type of a dish has of its own
OF_A_CELL = (*CHAINS.values(), OWN, DENSITY, TCR, SECRETION, "division_max", "death", "seeded")
#: typical ligand concentration (nM), for the solver's absolute tolerance
LIGAND_SCALE = 1e-3
RTOL = 1e-7
GIVEN = Source("definition", note="set by the assay")


def dish(
    catalogue: Catalogue,
    molecules: Mapping[str, Molecule],
    cells: Mapping[str, CellType],
    *,
    secreted: str = "",
    soluble: bool = False,
    growing: bool = False,
) -> Network:
    """Cell types in one medium with cytokines of the gamma-c family.

    molecules: label -> molecule, its concentration at time 0 is the input dose or dose_LABEL (nM); cells: label -> cell
    type, each has the inputs density_LABEL (cell/L, 0 unless set: then ligand stays in excess) and TCR_LABEL (antigen
    receptor signal, 0..1). secreted: label of the ligand that cells secrete, none if empty; soluble: whether the medium
    holds soluble CD25 (input soluble_CD25, nM); growing: whether cells divide and die: then density = seeded N.
    Species of the label itself (nM) are the medium; species and variables of a cell carry its label; observables
    pSTAT5.LABEL, ERK.LABEL, AKT.LABEL and fates of `signalling`. Inputs jak_inhibitor, JAK1, JAK3 act on all cells.

        dN/dt = N (division - death (1 - division/division_max))            N: fold of the cells seeded

    Cells that divide share the ligand that they hold; cells that die take theirs with them, and it is lost to the medium.
    """
    kinds = {label: family(molecule) for label, molecule in molecules.items()}
    body = equations(
        species=[
            Species(label, "nM", parse(DOSE + suffix(label)), scale=LIGAND_SCALE, contains={label: 1})
            for label in molecules
        ],
        parameters=[Parameter(DOSE + suffix(label), 0.0, "nM", GIVEN) for label in molecules],
        observables={
            f"ligand{'.' if suffix(label) else ''}{suffix(label)[1:]}": ("nM", label) for label in molecules
        },
    )
    for label, cell in cells.items():
        part = _cell(catalogue, molecules, kinds, cell, secreted, growing)
        body = body + part.indexed(label, part.parameters.keys() - set(OF_A_CELL))
    if soluble:
        body += soluble_cd25(kinds, SOLUBLE)
    return body


def _cell(
    catalogue: Catalogue,
    molecules: Mapping[str, Molecule],
    kinds: Mapping[str, Family],
    cell: CellType,
    secreted: str,
    growing: bool,
) -> Network:
    relays = catalogue.mechanism(RELAYS)
    born = name("divide") if growing else number(0.0)
    part = receptors(molecules, cell, catalogue.mechanism(TRAFFICKING), relays, born)
    part += signalling(kinds, cell, catalogue.mechanism(SIGNALLING), relays)
    if secreted:
        part += secretion(cell, relays, secreted)
    if "m" in part.free_names:  # no ligand of STAT5: nothing induces CD25
        part = part.bind({"m": 0.0})
    part += equations(parameters=[Parameter(TCR, 0.0, "1", GIVEN)])
    if not growing:
        return part.with_parameters([Parameter(DENSITY, 0.0, "cell/L", GIVEN)])
    part += equations(
        species=[Species("N", "1", parse("1"))],
        rates={"N": "N*(divide - death*(1 - divide/division_max))"},
        variables={"divide": ("1/h", "division_max*Q/(K_division + Q)"), DENSITY: ("cell/L", "seeded*N")},
        observables={"fold": ("1", "N")},
        parameters=[Parameter("seeded", 0.0, "cell/L", GIVEN), cell.parameters.get("death", relays["death"])],
    )
    return part


def label_of(cell: str) -> str:
    """A catalogue id as a label in names of species."""
    return cell.replace("-", "_")


def rows(system: System, columns: Mapping[str, Any], count: int) -> np.ndarray:
    """Parameters float64[count, parameter]: nominal values with `columns` (name -> number or float64[count]) put in."""
    params = np.tile(system.nominal, (count, 1))
    for key, values in columns.items():
        params[:, system.parameter_index[key]] = values
    return params


def run(system: System, params: np.ndarray, times: np.ndarray, rtol: float = RTOL) -> np.ndarray:
    """States float64[row, time, state] at `times` (h), from the steady state without ligand and `dose` at time 0.

    Raises SolveError when a row fails.
    """
    segment = solve(system, system.initial(params), params, 0.0, float(times[-1]), times, rtol=rtol)
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


__all__ = [
    "DENSITY",
    "DOSE",
    "INPUTS",
    "ONLY",
    "SOLUBLE",
    "TCR",
    "checked",
    "dish",
    "label_of",
    "rows",
    "run",
]
