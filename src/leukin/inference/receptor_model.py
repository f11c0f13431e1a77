"""Predictions of the receptor layer for the wells of its calibration, many sets of values at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukin.assay.dish import DOSE, OF_A_CELL, rows, run
from leukin.assay.response import known_parameters, population_system, quadrature
from leukin.catalog import Catalogue
from leukin.engine import System
from leukin.inference.receptor_data import Measured

Floats = NDArray[np.float64]

MOLECULE = "il2"
#: relative tolerance of the solver; differences of logarithms below are far above it
RTOL = 1e-6
#: one cell of a clone has the receptors of its geometric mean: clones hardly spread
CLONES = ("yt", "yt-cd25")
#: stimulation of the YT dose-response (h) and dose of the CD132 course (nM): neither is printed with the data
YT_TIME, GAMMA_DOSE = 1.0 / 3.0, 500.0
#: names of the rival in which the plate holds ligand back: how much (nM), and half of it at which concentration (nM)
PLATE = ("plate_capacity", "plate_half")
SEEN = {
    "pSTAT5": ("pSTAT5.cell",),
    "stained": ("CD122_stained_cell",),
    "gamma": ("gT_cell",),
    "destroyed": ("destroyed_cell",),
    "surface": ("L_beta_gamma_cell", "L_alpha_beta_gamma_cell"),
}


@dataclass(frozen=True, slots=True)
class Bench:
    """The compiled dish, the values of every parameter by cell (canonical units), and which a cell has of its own."""

    system: System
    known: Mapping[str, Mapping[str, float]]
    own: Mapping[str, frozenset[str]]

    def value(self, name: str) -> float:
        """The present canonical value of NAME, or of CELL.NAME; 1 nM for what a plate holds."""
        if name in PLATE:
            return 1.0
        cell, _, key = name.rpartition(".")
        return self.known[cell or next(iter(self.known))][key]


def bench(catalogue: Catalogue, cells: Sequence[str]) -> Bench:
    """The dish of one cell type with wild-type interleukin-2 in excess."""
    molecule = catalogue.molecule(MOLECULE)
    known, own = {}, {}
    for cell in cells:
        found = known_parameters(catalogue, molecule, catalogue.cell(cell))
        known[cell] = {key: p.canonical for key, p in found.items()}
        own[cell] = frozenset(catalogue.cell(cell).parameters)
    return Bench(population_system(catalogue, molecule, catalogue.cell(cells[0])), known, own)


def courses(
    made: Bench,
    cell: str,
    sets: Mapping[str, Floats],
    doses: Floats,
    times: Floats,
    what: str = "pSTAT5",
) -> Floats:
    """What is seen of a cell type, [set, dose, time], for values `sets` (NAME or CELL.NAME -> float64[set])."""
    count = len(next(iter(sets.values())))
    own = {key: np.full(count, value) for key, value in made.known[cell].items()}
    free = np.broadcast_to(doses, (count, len(doses)))
    if {*PLATE} <= sets.keys() and cell not in CLONES:
        free = in_solution(free, *(sets[key][:, None] for key in PLATE))
    for name, values in sets.items():
        where, _, key = name.rpartition(".")
        if where == cell or (not where and key not in made.own[cell]) or _shared(where, key, cell):
            own[key] = values
    if cell in CLONES:
        weight, inner = np.ones(1), {key: own[key][:, None] for key in ("CD25", "CD122")}
    else:
        weight, inner = quadrature(own)
    shape = (count, len(doses), len(weight))
    columns: dict[str, Any] = {DOSE: np.broadcast_to(free[:, :, None], shape).ravel()}
    for key, values in own.items():
        name = f"{key}_cell" if key in OF_A_CELL else key
        if name in made.system.parameter_index:
            column = inner[key][:, None, :] if key in inner else values[:, None, None]
            columns[name] = np.broadcast_to(column, shape).ravel()
    params = rows(made.system, columns, int(np.prod(shape)))
    states = run(made.system, params, times, RTOL)
    seen = np.sum(list(made.system.observe(SEEN[what], states, params).values()), axis=0)
    return np.einsum("n,sdnt->sdt", weight, seen.reshape(*shape, len(times)))


def in_solution(total: Floats, capacity: Floats, half: Floats) -> Floats:
    """Ligand (nM) that is left in solution by a plate that binds up to `capacity`, half of it at `half`.

    free + capacity free/(half + free) = total
    """
    rest = half + capacity - total
    root = np.sqrt(rest**2 + 4.0 * total * half)
    return np.where(rest > 0, 2.0 * total * half / (rest + root), (root - rest) / 2.0)


def _shared(where: str, key: str, cell: str) -> bool:
    """Whether a value of the first clone is one of the second too: clones differ in CD25 alone."""
    return where == CLONES[0] and cell in CLONES and key != "CD25"


def predict(made: Bench, sets: Mapping[str, Floats], data: Measured) -> dict[Any, Floats]:
    """Every course that the measurements show, by key: a cell, (clone, "dose"), (clone, dose), "gamma"."""
    found: dict[Any, Floats] = {}
    for plate in data.plates:
        if plate.cell not in found:
            found[plate.cell] = courses(made, plate.cell, sets, plate.doses, plate.times)
    for clone in data.yt_signal:
        moment = np.array([YT_TIME])
        found[clone, "dose"] = courses(made, clone, sets, data.yt_doses, moment)[:, :, 0]
    for one in data.stained:
        seen = courses(made, one.cell, sets, np.array([one.dose]), one.times, "stained")[:, 0]
        found[one.cell, one.dose] = 100.0 * seen / seen[:, :1]
    gamma = courses(made, "yt", sets, np.array([GAMMA_DOSE]), data.gamma_times, "gamma")[:, 0]
    found["gamma"] = 100.0 * gamma / gamma[:, :1]
    return found
