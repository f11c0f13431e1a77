"""Time grid, wide and long tables, quantiles over patients."""

from __future__ import annotations

import numpy as np
import pandas
import pytest

from leukin.scenario import Amount, Arm, Dose, Retreat
from leukin.trial.courses import kept, long, quantiles, recorded, table, time_grid

DAY, WEEK = 24.0, 168.0


def arm(rule="high-dose-withholding", courses=2):
    dose = Dose(
        "aldesleukin",
        Amount(1.0, "nmol"),
        "iv infusion",
        every=8.0,
        count=14,
        infusion=0.25,
        cycles=2,
        rest=9 * DAY,
    )
    return Arm("high dose", (dose,), rule, Retreat(courses, 12 * WEEK))


def test_grid_is_fine_at_first_and_hourly_on_the_ward():
    scans = (8 * WEEK, 16 * WEEK)
    times = time_grid([arm()], 26298.0, scans)
    assert times[0] == 0.0 and times[-1] == 26298.0
    assert (np.diff(times) > 0).all()
    assert set(scans) <= set(times)
    assert np.diff(times[times <= 48]) == pytest.approx(0.25)
    second = 12 * WEEK
    ward = times[(times >= second) & (times <= second + 13 * 8 + 24)]
    assert np.diff(ward).max() <= 1.0
    resting = times[(times >= second + 6 * DAY) & (times <= second + 14 * DAY)]
    assert np.diff(resting).max() > 1.0
    assert len(times) < 2000


def test_grid_ends_with_the_horizon():
    assert time_grid([arm("", 1)], 10.0, ()).max() == 10.0


def test_observables_of_every_cell():
    assert recorded(["pSTAT5.treg", "SBP", "pSTAT5", "volume.lesion1", "TNF"]) == (
        "pSTAT5.treg",
        "SBP",
        "TNF",
    )


def wide(first, values, arm="a"):
    n = len(values)
    return table(
        np.arange(first, first + n),
        arm,
        np.array([0.0, 1.0]),
        {"SBP": np.array(values, float)},
        np.array([[True, value[1] > 0] for value in values]),
    )


def test_quantiles_over_the_living():
    both = pandas.concat([wide(0, [[100, 90], [110, -1]]), wide(2, [[120, 110]]), wide(0, [[50, 60]], "b")])
    found = quantiles(both, {"SBP": "mmHg"})
    assert found[["arm", "time_h", "median"]].to_numpy().tolist() == [
        ["a", 0.0, 110.0],
        ["a", 1.0, 100.0],
        ["b", 0.0, 50.0],
        ["b", 1.0, 60.0],
    ]
    assert found["p5"].iloc[0] == pytest.approx(101.0)
    assert found["p95"].iloc[0] == pytest.approx(119.0)
    assert (found["unit"] == "mmHg").all()


def test_nobody_alive_is_missing():
    found = quantiles(wide(0, [[100, -1]]), {})
    assert np.isnan(found["median"].iloc[1])


def test_long_table_leaves_out_what_is_missing():
    found = long(wide(7, [[100, 90], [110, -1]]), {"SBP": "mmHg"})
    assert found[["patient", "time_h", "value"]].to_numpy().tolist() == [[7, 0, 100], [7, 1, 90], [8, 0, 110]]
    assert list(found.columns) == ["patient", "arm", "time_h", "name", "value", "unit"]


def test_tables_keep_peaks_and_scans():
    scans = (8 * WEEK, 16 * WEEK + 5 * DAY)
    times = time_grid([arm()], 52 * WEEK, scans)
    stored = times[kept(times, scans)]
    assert set(scans) <= set(stored)
    assert np.diff(stored[stored <= 2 * DAY]) == pytest.approx(0.25)
    assert np.diff(stored[(stored > 2 * DAY) & (stored <= 7 * DAY)]) == pytest.approx(1.0)
    assert stored[-1] == 52 * WEEK
    assert len(stored) < 600
