"""Dose-response of cell types to molecules: pSTAT5 of a population of cells that differ in receptor numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from leukin.assay.dish import (
    DENSITY,
    DOSE,
    OF_A_CELL,
    ONLY,
    RELAYS,
    SIGNALLING,
    TRAFFICKING,
    checked,
    dish,
    label_of,
    rows,
    run,
)
from leukin.assay.hill import Hill, fit_hill
from leukin.biology.gamma_chain import CHAINS, arms, family, ligand_parameters
from leukin.biology.receptor import number_of
from leukin.biology.translate import in_host
from leukin.catalog import Catalogue, CellType, Molecule
from leukin.engine import System, compile_network
from leukin.errors import CatalogError, Problem, SolveError, nearest
from leukin.keys import Key
from leukin.quantity import Parameter, to_canonical, unit

if TYPE_CHECKING:
    import pandas as pd

#: chains whose single-cell spread is averaged over, and nodes of the quadrature for each
SPREAD, NODES = ("CD25", "CD122"), 3
#: quantiles of an interval of 95 %
INTERVAL = (0.025, 0.975)
STREAM = "dose-response"
#: read-outs beside the STAT of a molecule
READ = ("ERK", "AKT", "division", "effector", "memory")
#: columns of a table of fits; the intervals of slope and plateau stand last
FITS = (
    "molecule", "cell", "time_h", "ec50_nM", "low", "high", "hill", "emax", "hill_low", "hill_high", "emax_low",
    "emax_high", "stat",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Response:
    """curve: molecule, cell, time_h, dose_nM, pstat5, stat; fits: molecule, cell, time_h, ec50_nM, low, high, hill, emax,
    intervals of hill and emax, stat. `stat` says which STAT the column pstat5 holds: STAT5 but for interleukin-4
    (STAT6) and interleukin-21 (STAT3)."""

    curve: pd.DataFrame
    fits: pd.DataFrame

    def to_json(self) -> dict[str, list[dict[str, Any]]]:
        """The result as plain lists; what cannot be computed is null."""
        fits: list[dict[str, Any]] = []
        for row in self.fits.to_dict("records"):
            ec50 = {"value": row.pop("ec50_nM"), "low": row.pop("low"), "high": row.pop("high")}
            clean = {str(key): _plain(row[key]) for key in ("molecule", "cell", "time_h")}
            clean["ec50_nM"] = {key: _plain(value) for key, value in ec50.items()}
            clean |= {"hill": _plain(row["hill"]), "emax": _plain(row["emax"])}
            for key in ("hill", "emax"):
                clean[f"{key}_interval"] = [_plain(row[f"{key}_low"]), _plain(row[f"{key}_high"])]
            fits.append(clean | {"stat": row["stat"]})
        curve = [
            {str(key): _plain(value) for key, value in row.items()} for row in self.curve.to_dict("records")
        ]
        return {"fits": fits, "curve": curve}


def dose_response(
    catalogue: Catalogue,
    molecules: Sequence[str],
    cells: Sequence[str],
    doses: Sequence[float],
    times: Sequence[float],
    *,
    cells_per_ml: float | None = None,
    draws: int = 0,
    seed: int = 1,
    jak_inhibitor: float = 0.0,
    jak3: float = 1.0,
    receptors_only: bool = False,
    read: str = "",
    background: Mapping[str, float] | None = None,
    host: str = "human",
) -> Response:
    """pSTAT5 of cell types against dose, at fixed times, with the Hill curve through each.

    doses in nM (positive), times in h; the mean over cells whose CD25 and CD122 spread log-normally (Gauss-Hermite
    nodes, other chains fixed). Ligand is in excess unless cells_per_ml is given: then every cell type has a well of its
    own, whose medium all its cells share. draws: parameter sets drawn from the stated uncertainty of molecule,
    trafficking, signalling and receptor numbers, or of receptor numbers alone (receptors_only); intervals are the 2.5
    and 97.5 % quantiles over them (NaN without draws). jak_inhibitor in nM; jak3: activity of JAK3 (1 normal, 0 lost);
    background: molecule -> nM of cytokines that are there too: they compete for CD132 and CD122, and the Hill curve is
    that of the change from what they do alone; read: one of READ (unvalidated) instead of the STAT, named in `stat`;
    host: a species, whose receptors bind human cytokines with its assumed cross-reactivity; numbers and rates stay human.
    Raises CatalogError for an unknown id, a molecule without a known affinity or a cell without the number of a chain
    that it binds, SolveError for a dose or time out of range.
    """
    import pandas as pd

    amounts = checked(doses, "dose", positive=True)
    when = checked(times, "time", positive=True)
    density = (
        0.0 if cells_per_ml is None else to_canonical(checked([cells_per_ml], "cells per mL")[0], "cell/mL")
    )
    if read and read not in READ:
        raise SolveError(Problem(field="read", reason=f"'{read}' is not a read-out", fix=nearest(read, READ)))
    inputs = {
        "jak_inhibitor": checked([jak_inhibitor], "JAK inhibitor")[0],
        "JAK3": checked([jak3], "JAK3")[0],
    }
    records = [catalogue.cell(cell) for cell in cells]
    species = catalogue.host(host)
    drugs = [in_host(catalogue.molecule(molecule), species) for molecule in molecules]
    for drug in drugs:
        check_chains(drug, records)
    others = {key: in_host(catalogue.molecule(key), species) for key in background or {}}
    for other in others.values():
        check_chains(other, records)
    inputs |= {
        f"{DOSE}_{label_of(key)}": checked([value], f"dose of {key}")[0]
        for key, value in (background or {}).items()
    }
    wells = np.concatenate([[0.0], amounts]) if others else amounts
    systems: dict[tuple[str, int], System] = {}
    curves, fits = [], []
    for drug in drugs:
        if drug.id in others:
            reason = f"'{drug.id}' is in the background too"
            raise SolveError(Problem(field="background", reason=reason, fix="another cytokine"))
        for record in records:
            key = (family(drug).tag, arms(drug))
            if key not in systems:
                systems[key] = population_system(catalogue, drug, record, bool(density), others)
            known = known_parameters(catalogue, drug, record, others)
            sets = _draw(known, draws, seed, CHAINS.values() if receptors_only else None)
            sets |= {name: np.full(1 + draws, value) for name, value in inputs.items()}
            stat = read or family(drug).stat
            mean = population(systems[key], sets, wells, when, density, read or f"p{stat}")
            alone = mean[:, :1] if others else 0.0
            mean = mean[:, len(wells) - len(amounts) :]
            for j, time in enumerate(when):
                curves.append(_curve(drug.id, record.id, time, amounts, mean[0, :, j], stat))
                fits.append(_fit(drug.id, record.id, time, amounts, (mean - alone)[:, :, j], stat))
    if not curves:
        return Response(pd.DataFrame(), pd.DataFrame())
    return Response(pd.concat(curves, ignore_index=True), pd.DataFrame(fits, columns=list(FITS)))


def check_chains(molecule: Molecule, cells: Sequence[CellType]) -> None:
    """Raise CatalogError unless every cell states the number of every chain that a molecule binds."""
    problems: list[Problem] = []
    for cell in cells:
        for chain in family(molecule).chains:
            try:
                number_of(cell, chain)
            except CatalogError as error:
                problems += error.problems
    if problems:
        raise CatalogError(problems)


def population_system(
    catalogue: Catalogue,
    molecule: Molecule,
    cell: CellType,
    together: bool = False,
    others: Mapping[str, Molecule] | None = None,
) -> System:
    """The compiled dish of one cell type: one cell, or (together) all nodes of the quadrature in one medium.

    others: further cytokines in the medium.
    """
    labels = [f"{i}" for i in range(NODES ** len(SPREAD))] if together else [""]
    ligands = {ONLY: molecule} | {label_of(key): other for key, other in (others or {}).items()}
    return compile_network(dish(catalogue, ligands, {_node(label): cell for label in labels}))


def known_parameters(
    catalogue: Catalogue, molecule: Molecule, cell: CellType, others: Mapping[str, Molecule] | None = None
) -> dict[str, Parameter]:
    """Every parameter of the dish by its name in the network."""
    known: dict[str, Parameter] = {}
    for key, other in (others or {}).items():
        known |= {p.name: p for p in ligand_parameters(other, label_of(key))}
    for mechanism in (TRAFFICKING, SIGNALLING, RELAYS):
        known |= catalogue.mechanism(mechanism).parameters
    return known | {p.name: p for p in ligand_parameters(molecule)} | dict(cell.parameters)


def _fit(molecule: str, cell: str, time: float, doses: np.ndarray, curves: np.ndarray, stat: str) -> tuple:
    """A row of the table of fits: the Hill curve of the first of `curves` [set, dose], intervals over the others."""
    best, *others = (fit_hill(doses, curve) for curve in curves)
    ec50, slope, emax = (_interval(others, key) for key in ("ec50", "slope", "emax"))
    return (molecule, cell, time, best.ec50, *ec50, best.slope, best.emax, *slope, *emax, stat)


def _interval(fits: Sequence[Hill], key: str) -> tuple[float, float]:
    values = np.array([getattr(fit, key) for fit in fits])
    if not np.isfinite(values).any():
        return np.nan, np.nan
    low, high = np.nanquantile(values, INTERVAL)
    return float(low), float(high)


def _node(label: str) -> str:
    return f"cell{label}"


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value
    return float(value) if np.isfinite(value) else None


def _curve(
    molecule: str, cell: str, time: float, doses: np.ndarray, response: np.ndarray, stat: str
) -> pd.DataFrame:
    import pandas as pd

    columns = {"molecule": molecule, "cell": cell, "time_h": time, "dose_nM": doses, "pstat5": response}
    return pd.DataFrame({**columns, "stat": stat})


def _draw(
    known: Mapping[str, Parameter], draws: int, seed: int, only: Collection[str] | None = None
) -> dict[str, np.ndarray]:
    """Canonical values float64[1 + draws] of every parameter: its own value, then draws from its uncertainty.

    only: names that are drawn (None: all that state one)."""
    patients, key = np.arange(draws, dtype=np.int64), Key(seed)
    table = {}
    for name, parameter in known.items():
        values = np.full(1 + draws, parameter.canonical)
        if parameter.rse_scale and draws and (only is None or name in only):
            z = key.normal(f"{STREAM}/{name}", patients, 1)[:, 0] * parameter.rse_scale
            values[1:] = _moved(parameter, z)
        table[name] = values
    return table


def _moved(parameter: Parameter, shift: np.ndarray) -> np.ndarray:
    """The value moved by `shift` on the scale of its distribution, within bounds, in canonical units."""
    value = parameter.value
    if parameter.dist == "lognormal":
        moved = value * np.exp(shift)
    elif parameter.dist == "logitnormal":
        moved = 1.0 / (1.0 + (1.0 - value) / value * np.exp(-shift))
    else:
        moved = value + shift
    if parameter.bounds is not None:
        moved = np.clip(moved, *parameter.bounds)
    return moved * unit(parameter.unit).factor


def quadrature(sets: Mapping[str, np.ndarray]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Weights [node] and receptor numbers [set, node] of single cells, from their spreads."""
    points, weights = np.polynomial.hermite_e.hermegauss(NODES)
    weights = weights / weights.sum()
    grids = np.meshgrid(*[points] * len(SPREAD), indexing="ij")
    weight = np.prod(np.meshgrid(*[weights] * len(SPREAD), indexing="ij"), axis=0).ravel()
    share = sets["single_cell_share"]
    cells = {}
    for chain, grid in zip(SPREAD, grids, strict=True):
        width = (share * sets[f"spread_{chain}"])[:, None]
        cells[chain] = sets[chain][:, None] * np.exp(width * grid.ravel())
    return weight, cells


def population(
    system: System,
    sets: Mapping[str, np.ndarray],
    doses: np.ndarray,
    times: np.ndarray,
    density: float,
    seen_as: str = "pSTAT5",
) -> np.ndarray:
    """Mean pSTAT5, or another observable, [set, dose, time] over the single cells of a type."""
    weight, cells = quadrature(sets)
    count, nodes = len(next(iter(sets.values()))), len(weight)
    apart = not density  # every node a row of its own; else all nodes in one medium
    inner = nodes if apart else 1
    shape = (count, len(doses), inner)
    columns: dict[str, Any] = {DOSE: np.broadcast_to(doses[None, :, None], shape).ravel()}
    for i in range(1 if apart else nodes):
        label = _node("" if apart else str(i))
        for name, values in sets.items():
            key = f"{name}_{label}" if name in OF_A_CELL else name
            if key in system.parameter_index:
                column = values[:, None, None]
                if name in cells:
                    column = cells[name][:, None, :] if apart else cells[name][:, None, i : i + 1]
                columns[key] = np.broadcast_to(column, shape).ravel()
        columns[f"{DENSITY}_{label}"] = 0.0 if apart else density * weight[i]
    params = rows(system, columns, int(np.prod(shape)))
    states = run(system, params, times)
    names = [f"{seen_as}." + _node("" if apart else str(i)) for i in range(1 if apart else nodes)]
    seen = system.observe(names, states, params)
    if apart:
        return np.einsum("n,sdnt->sdt", weight, seen[names[0]].reshape(*shape, len(times)))
    together = np.stack([seen[name] for name in names])
    return np.einsum("n,nrt->rt", weight, together).reshape(count, len(doses), len(times))
