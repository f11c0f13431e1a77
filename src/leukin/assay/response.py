"""Dose-response of cell types to molecules: pSTAT5 of a population of cells that differ in receptor numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from leukin.assay.dish import DENSITY, DOSE, checked, dish, rows, run
from leukin.assay.hill import fit_hill
from leukin.biology.receptor_binding import CHAINS
from leukin.biology.signalling import OWN
from leukin.catalog import Catalogue
from leukin.engine import System, compile_network
from leukin.keys import Key
from leukin.quantity import Parameter, to_canonical, unit

if TYPE_CHECKING:
    import pandas as pd

#: chains whose single-cell spread is averaged over, and nodes of the quadrature for each
SPREAD, NODES = ("CD25", "CD122"), 3
TRAFFICKING, SIGNALLING = "receptor-trafficking", "stat5-signalling"
#: quantiles of an interval of 95 %
INTERVAL = (0.025, 0.975)
STREAM = "dose-response"


@dataclass(frozen=True, slots=True)
class Response:
    """curve: molecule, cell, time_h, dose_nM, pstat5; fits: molecule, cell, time_h, ec50_nM, low, high, hill, emax."""

    curve: pd.DataFrame
    fits: pd.DataFrame

    def to_json(self) -> dict[str, list[dict[str, Any]]]:
        """The result as plain lists; what cannot be computed is null."""
        fits: list[dict[str, Any]] = []
        for row in self.fits.to_dict("records"):
            ec50 = {"value": row.pop("ec50_nM"), "low": row.pop("low"), "high": row.pop("high")}
            clean = {str(key): _plain(value) for key, value in row.items() if key not in ("hill", "emax")}
            clean["ec50_nM"] = {key: _plain(value) for key, value in ec50.items()}
            fits.append(clean | {"hill": _plain(row["hill"]), "emax": _plain(row["emax"])})
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
) -> Response:
    """pSTAT5 of cell types against dose, at fixed times, with the Hill curve through each.

    doses in nM (positive), times in h; the mean over cells whose CD25 and CD122 spread log-normally (Gauss-Hermite
    nodes, CD132 fixed). Ligand is in excess unless cells_per_ml is given: then every cell type has a well of its own,
    whose medium all its cells share. draws: parameter sets drawn from the stated uncertainty of molecule, trafficking,
    signalling and receptor numbers; low and high are the 2.5 and 97.5 % quantiles of the EC50 (NaN without draws).
    Raises CatalogError for an unknown id, SolveError for a dose or time out of range.
    """
    import pandas as pd

    amounts = checked(doses, "dose", positive=True)
    when = checked(times, "time")
    density = (
        0.0 if cells_per_ml is None else to_canonical(checked([cells_per_ml], "cells per mL")[0], "cell/mL")
    )
    records = {cell: catalogue.cell(cell) for cell in cells}
    if not molecules or not records:
        return Response(pd.DataFrame(), pd.DataFrame())
    labels = [""] if not density else [f"{i}" for i in range(NODES ** len(SPREAD))]
    first = next(iter(records.values()))
    network = dish(
        catalogue.molecule(molecules[0]),
        {_node(label): first for label in labels},
        catalogue.mechanism(TRAFFICKING),
        catalogue.mechanism(SIGNALLING),
    )
    system = compile_network(network)
    curves, fits = [], []
    for molecule in molecules:
        for cell, record in records.items():
            known = {
                **catalogue.mechanism(TRAFFICKING).parameters,
                **catalogue.mechanism(SIGNALLING).parameters,
            }
            known |= {**catalogue.molecule(molecule).parameters, **record.parameters}
            sets = _draw(known, draws, seed)
            mean = _population(system, sets, amounts, when, density)
            for j, time in enumerate(when):
                curves.append(_curve(molecule, cell, time, amounts, mean[0, :, j]))
                best = fit_hill(amounts, mean[0, :, j])
                spread = [fit_hill(amounts, mean[k, :, j]).ec50 for k in range(1, draws + 1)]
                low, high = (
                    np.nanquantile(spread, INTERVAL) if np.isfinite(spread).any() else (np.nan, np.nan)
                )
                fits.append((molecule, cell, time, best.ec50, float(low), float(high), best.slope, best.emax))
    columns = ["molecule", "cell", "time_h", "ec50_nM", "low", "high", "hill", "emax"]
    return Response(pd.concat(curves, ignore_index=True), pd.DataFrame(fits, columns=columns))


def _node(label: str) -> str:
    return f"cell{label}"


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value
    return float(value) if np.isfinite(value) else None


def _curve(molecule: str, cell: str, time: float, doses: np.ndarray, response: np.ndarray) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        {"molecule": molecule, "cell": cell, "time_h": time, "dose_nM": doses, "pstat5": response}
    )


def _draw(known: Mapping[str, Parameter], draws: int, seed: int) -> dict[str, np.ndarray]:
    """Canonical values float64[1 + draws] of every parameter: its own value, then draws from its uncertainty."""
    patients, key = np.arange(draws, dtype=np.int64), Key(seed)
    table = {}
    for name, parameter in known.items():
        values = np.full(1 + draws, parameter.canonical)
        if parameter.rse_scale and draws:
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


def _population(
    system: System, sets: Mapping[str, np.ndarray], doses: np.ndarray, times: np.ndarray, density: float
) -> np.ndarray:
    """Mean pSTAT5 [set, dose, time] over the single cells of a type."""
    weight, cells = quadrature(sets)
    count, nodes = len(next(iter(sets.values()))), len(weight)
    apart = not density  # every node a row of its own; else all nodes in one medium
    inner = nodes if apart else 1
    shape = (count, len(doses), inner)
    columns: dict[str, Any] = {DOSE: np.broadcast_to(doses[None, :, None], shape).ravel()}
    for i in range(1 if apart else nodes):
        label = _node("" if apart else str(i))
        for name, values in sets.items():
            own = name in CHAINS.values() or name == OWN
            key = f"{name}_{label}" if own else name
            if key in system.parameter_index:
                column = values[:, None, None]
                if name in cells:
                    column = cells[name][:, None, :] if apart else cells[name][:, None, i : i + 1]
                columns[key] = np.broadcast_to(column, shape).ravel()
        columns[f"{DENSITY}_{label}"] = 0.0 if apart else density * weight[i]
    params = rows(system, columns, int(np.prod(shape)))
    states = run(system, params, times)
    names = ["pSTAT5." + _node("")] if apart else [f"pSTAT5.{_node(str(i))}" for i in range(nodes)]
    seen = system.observe(names, states, params)
    if apart:
        return np.einsum("n,sdnt->sdt", weight, seen[names[0]].reshape(*shape, len(times)))
    together = np.stack([seen[name] for name in names])
    return np.einsum("n,nrt->rt", weight, together).reshape(count, len(doses), len(times))
