"""Time courses of a block of patients as a table, and their quantiles over patients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from leukin.scenario import HOURS_A_DAY, Arm
from leukin.timeline import boundaries

if TYPE_CHECKING:
    from pandas import DataFrame

Floats = NDArray[np.float64]

#: observables of a time course; one that ends in a dot stands for one observable for each cell type
NAMES = (
    "IL2_plasma", "IL2_tumour", "pSTAT5.", "count_blood.", "IFNg", "TNF", "IL6", "IL5", "IL2_plasma_free",
    "IFNg_free", "TNF_free", "IL6_free", "IL5_free", "ANG2", "albumin", "weight", "lung_water_index",
    "oxygen_saturation", "chemotaxis",
    "MAP", "SBP", "urine", "creatinine", "temperature", "permeability", "pressor", "tumour_volume", "sum_of_diameters",
)  # fmt: skip

#: steps of the time grid in h, each up to a time in h; then WEEK
STEPS = ((0.25, 2 * HOURS_A_DAY), (1.0, 28 * HOURS_A_DAY), (HOURS_A_DAY, 84 * HOURS_A_DAY))
WEEK = 7 * HOURS_A_DAY
#: the same for the times that are kept in tables
KEPT = ((0.25, 2 * HOURS_A_DAY), (1.0, WEEK), (6.0, 5 * WEEK))
INDEX = ("patient", "arm", "time_h")


def recorded(observables: Iterable[str]) -> tuple[str, ...]:
    """Those of a system's observables that a time course holds."""
    return tuple(
        name
        for name in observables
        if name in NAMES or any(n.endswith(".") and name.startswith(n) for n in NAMES)
    )


def time_grid(arms: Iterable[Arm], horizon: float, scans: Iterable[float]) -> Floats:
    """Times (h) at which patients are recorded, the same in every arm: fine first, hourly on the ward, then coarser."""
    parts = [np.array([0.0, horizon]), np.asarray(tuple(scans), float)]
    begin = 0.0
    for step, end in STEPS:
        parts.append(np.arange(begin, end + step / 2, step))
        begin = end
    parts.append(np.arange(begin, horizon, WEEK))
    for arm in arms:
        entered = None
        for boundary in boundaries(arm, horizon):
            if boundary.ward:
                entered = boundary.time
            elif boundary.ward is False and entered is not None:
                parts.append(np.arange(entered, boundary.time + 0.5, 1.0))
    times = np.unique(np.round(np.concatenate(parts), 6))
    return times[(times >= 0) & (times <= horizon)]


def kept(times: Floats, scans: Iterable[float]) -> NDArray[np.bool_]:
    """Which times of the grid go into tables of time courses: fewer than decisions and grades need; bool[time]."""
    wanted = np.isin(times, np.round(np.asarray(tuple(scans), float), 6)) | (times % WEEK == 0)
    begin = 0.0
    for step, end in KEPT:
        wanted |= (times >= begin) & (times <= end) & (times % step == 0)
        begin = end
    wanted[[0, -1]] = True
    return wanted


def table(
    patients: NDArray[np.int64],
    arm: str,
    times: Floats,
    values: Mapping[str, Floats],
    alive: NDArray[np.bool_],
) -> DataFrame:
    """Wide table: one row a patient and time, one column an observable; NaN where a patient is not alive or failed."""
    import pandas

    n, count = alive.shape
    columns: dict[str, object] = {
        "patient": np.repeat(patients, count),
        "arm": pandas.Categorical([arm]).repeat(n * count),
        "time_h": np.tile(times, n),
    }
    for name, value in values.items():
        columns[name] = np.where(alive, value, np.nan).astype(np.float32).ravel()
    return pandas.DataFrame(columns)


def quantiles(courses: DataFrame, units: Mapping[str, str]) -> DataFrame:
    """Long table of arm, time_h, name, unit, median, p5, p95 (over the patients alive) from wide time courses."""
    import pandas

    names = [name for name in courses.columns if name not in INDEX]
    parts = []
    for arm in courses["arm"].unique():
        rows = courses[courses["arm"] == arm]
        times = np.unique(rows["time_h"])
        if len(rows) % len(times):
            raise ValueError("time courses of one arm have different times")
        for name in names:
            values = rows[name].to_numpy(np.float64).reshape(-1, len(times))
            p5, median, p95 = _percentiles(values)
            part = {"arm": str(arm), "time_h": times, "name": name, "unit": units.get(name, "")}
            parts.append(pandas.DataFrame({**part, "median": median, "p5": p5, "p95": p95}))
    columns = ["arm", "time_h", "name", "unit", "median", "p5", "p95"]
    return pandas.concat(parts, ignore_index=True) if parts else pandas.DataFrame(columns=columns)


def _percentiles(values: Floats) -> Floats:
    """5 %, 50 % and 95 % of the numbers of each column, between neighbours by a straight line; NaN where there is none."""
    ranked = np.sort(values, axis=0)  # NaN last
    last = np.maximum(len(values) - 1 - np.isnan(values).sum(axis=0), 0)
    place = last * np.array([[0.05], [0.5], [0.95]])
    below = np.floor(place).astype(int)
    low, high = (
        np.take_along_axis(ranked, at, axis=0) for at in (below, np.minimum(below + 1, last[None, :]))
    )
    return low + (high - low) * (place - below)


def long(courses: DataFrame, units: Mapping[str, str]) -> DataFrame:
    """Wide time courses as a long table of patient, arm, time_h, name, value, unit; missing values left out."""
    rows = courses.melt(id_vars=list(INDEX), var_name="name", value_name="value").dropna(subset=["value"])
    rows["arm"] = rows["arm"].astype(str)
    rows["unit"] = rows["name"].map(dict(units)).fillna("")
    return rows.sort_values(["arm", "patient", "name", "time_h"], kind="stable", ignore_index=True)
