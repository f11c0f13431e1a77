"""Measurements that the receptor layer is calibrated on: wild-type interleukin-2, human blood cells and YT cells.

The files are those of the laboratories (see the sources in the catalogue); they do not come with leukin. `read` takes
the folder that holds them and reads nothing else.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leukin.errors import FolderError, Problem

Floats = NDArray[np.float64]

BLOOD_FILE = "il2_wildtype_pbmc_pstat5.csv"
YT_FILE = "IL2_IL15_extracted_data.csv"
STAINED_FILES = {"yt": "IL2Ra-_surface_IL2RB_datasets.csv", "yt-cd25": "IL2Ra+_surface_IL2RB_datasets.csv"}
GAMMA_FILE = "mitra_surface_gc_depletion.csv"
#: names of cells in the blood file -> catalogue
BLOOD = {"Treg": "treg", "Thelper": "cd4-helper", "CD8": "cd8", "NK": "nk"}
#: columns of the YT file that hold wild-type interleukin-2: the digitised points of the two clones
YT_COLUMNS = {"yt": 2, "yt-cd25": 6}
#: columns of the staining files: dose (nM) -> column
STAINED_COLUMNS = {1.0: "IL2 - 1nM", 500.0: "IL2 - 500nM"}


@dataclass(frozen=True, slots=True)
class Plate:
    """One cell type on one date: pSTAT5 (arbitrary fluorescence) and weight [dose, time]; doses in nM, times in h."""

    cell: str
    date: str
    doses: Floats
    times: Floats
    signal: Floats
    weight: Floats

    @property
    def top(self) -> float:
        """The highest signal that counts."""
        return float(self.signal[self.weight > 0].max())


@dataclass(frozen=True, slots=True)
class Stained:
    """Surface CD122 of a YT clone, in percent of the start, at a dose (nM) and times (h)."""

    cell: str
    dose: float
    times: Floats
    percent: Floats


@dataclass(frozen=True, slots=True)
class Measured:
    """All that the fit reads: plates of blood cells, YT dose-response (percent of its maximum), surface chains."""

    plates: tuple[Plate, ...]
    yt_doses: Floats
    yt_signal: dict[str, Floats]
    stained: tuple[Stained, ...]
    gamma_times: Floats
    gamma_percent: Floats


def weight_of(cell: str, date: str, dose: float, time: float) -> float:
    """How much a well counts.

    On one date CD8 and NK fall to background together in the same wells, and regulatory T cells lose two wells at 1 h:
    these are faults of the plate and are left out; wells where both CD4 populations fall together count less.
    """
    first = date.startswith("3/15")
    if first and cell in ("cd8", "nk") and ((time == 4.0 and dose > 3.0) or (time == 2.0 and dose > 80.0)):
        return 0.0
    if first and cell == "treg" and time == 1.0 and 9.0 < dose < 30.0:
        return 0.0
    if not first and cell in ("treg", "cd4-helper") and time == 4.0 and dose > 0.1:
        return 0.3
    return 1.0


def read(folder: Path) -> Measured:
    """The measurements in a folder. Raises FolderError for a file that is missing or has another form."""
    try:
        return Measured(_plates(folder), *_yt(folder), _stained(folder), *_gamma(folder))
    except FileNotFoundError as error:
        name = Path(str(error.filename)).name
        raise FolderError(
            Problem(file=str(folder), field=name, reason="is not there", fix="the folder of the measurements")
        ) from error
    except (KeyError, ValueError, IndexError) as error:
        reason = f"a file has another form than expected ({error})"
        raise FolderError(Problem(file=str(folder), reason=reason, fix="the files as published")) from error


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _plates(folder: Path) -> tuple[Plate, ...]:
    table: dict[tuple[str, str], dict[tuple[float, float], float]] = {}
    for row in _rows(folder / BLOOD_FILE):
        key = (BLOOD[row["cell"]], row["date"])
        well = (float(row["dose_nM"]), float(row["time_h"]))
        table.setdefault(key, {})[well] = float(row["mean_pSTAT5"])
    found = []
    for (cell, date), wells in table.items():
        doses, times = (np.array(sorted({well[i] for well in wells})) for i in (0, 1))
        signal = np.array([[wells[d, t] for t in times] for d in doses])
        weight = np.array([[weight_of(cell, date, d, t) for t in times] for d in doses])
        found.append(Plate(cell, date, doses, times, signal, weight))
    return tuple(found)


def _numbers(values: Iterable[str]) -> Floats:
    return np.array([float(value) for value in values])


def _yt(folder: Path) -> tuple[Floats, dict[str, Floats]]:
    with (folder / YT_FILE).open(encoding="utf-8", newline="") as file:
        rows = [row for row in list(csv.reader(file))[1:] if row]
    doses = 10.0 ** _numbers(row[0] for row in rows)
    return doses, {cell: _numbers(row[column] for row in rows) for cell, column in YT_COLUMNS.items()}


def _stained(folder: Path) -> tuple[Stained, ...]:
    found = []
    for cell, name in STAINED_FILES.items():
        rows = _rows(folder / name)
        key = next(iter(rows[0]))
        times = _numbers(row[key] for row in rows) / 60.0
        for dose, column in STAINED_COLUMNS.items():
            values = _numbers(row[column] for row in rows)
            found.append(Stained(cell, dose, times, 10.0 * values))
    return tuple(found)


def _gamma(folder: Path) -> tuple[Floats, Floats]:
    rows = _rows(folder / GAMMA_FILE)
    return _numbers(row["min"] for row in rows) / 60.0, _numbers(row["gc"] for row in rows)
