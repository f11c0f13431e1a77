"""Doses as pharmacometrics writes them, and the linear case against its closed form."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from leukin.catalog import DoseRecord, TrialRecord, check_file, load_trial
from leukin.scenario import Amount, Arm, Dose
from unit.biology.exposure_parts import CATALOGUE, alone, follow, system

Floats = NDArray[np.float64]
TRIAL = """title = "doses"
host = "human"
patients = 1
horizon = "10 day"

[[arm]]
name = "a"

[[arm.dose]]
molecule = "aldesleukin"
route = "iv infusion"
{dose}
"""


def trial(tmp_path: Path, dose: str) -> Path:
    path = tmp_path / "doses.toml"
    path.write_text(TRIAL.format(dose=dose), encoding="utf-8")
    return path


def dose_of(tmp_path: Path, text: str) -> DoseRecord:
    record = load_trial(trial(tmp_path, text), CATALOGUE)
    assert isinstance(record, TrialRecord)
    return record.arms[0].doses[0]


def test_amt_ii_addl_and_rate_say_the_same_as_amount_every_count_and_infusion(tmp_path: Path) -> None:
    ours = 'amount = "600000 IU/kg"\nevery = "8 h"\ncount = 14\ninfusion = "15 min"'
    theirs = 'amt = "600000 IU/kg"\nii = "8 h"\naddl = 13\nrate = "2.4 MIU/kg/h"'
    assert dose_of(tmp_path, theirs) == dose_of(tmp_path, ours)


def test_a_rate_by_surface_and_day(tmp_path: Path) -> None:
    found = dose_of(tmp_path, 'amt = "90 MIU/m2"\nrate = "18 MIU/m2/day"')
    assert found.infusion == pytest.approx(120.0) and not found.ss
    assert dose_of(tmp_path, 'amt = "18 MIU"\nii = "8 h"\ninfusion = "1 h"\nss = 1').ss


@pytest.mark.parametrize(
    ("dose", "field", "reason"),
    [
        ('amt = "18 MIU"\namount = "18 MIU"\ninfusion = "1 h"', "amt", "stands beside amount"),
        ('infusion = "1 h"', "amount", "is missing"),
        ('amt = "18 MIU"\nrate = "18 MIU"', "rate", "'MIU' is not an amount a time"),
        ('amt = "18 MIU"\nrate = "18 MIU/m2/h"', "rate", "is counted otherwise than the amount"),
        ('amt = "18 MIU"\nrate = "1 MIU/h"\ninfusion = "1 h"', "rate", "stands beside infusion"),
        ('amt = "18 MIU"\ninfusion = "1 h"\nss = 1', "ss", "needs the interval of the doses before"),
        ('amt = "18 MIU"\nat = "3 h"\nii = "8 h"\ninfusion = "1 h"\nss = 1', "ss", "is for a dose at 0 h"),
        ('amt = "18 MIU"\nii = "8 h"\ninfusion = "9 h"\nss = 1', "infusion", "is longer than the interval between doses"),
        ('amt = "18 MIU"\ninfusion = "1 h"\nss = 2', "ss", "must be at most 1, not 2"),
        ('amt = "1e6 EAID50"\ninfusion = "1 h"', "amt", "'EAID50' is not an amount of aldesleukin"),
    ],
)  # fmt: skip
def test_a_slip_is_one_problem(tmp_path: Path, dose: str, field: str, reason: str) -> None:
    problems = check_file(trial(tmp_path, dose), CATALOGUE)
    assert [(p.field, p.reason) for p in problems] == [(f"arm.dose.{field}", reason)]


def closed_form(times: Floats, known: dict[str, float], amount: float, infusion: float) -> Floats:
    """Level after one dose into two compartments, by vein: bolus (infusion 0) or run in."""
    k10 = (known["CLren"] + known["CLoth"]) / known["V1"]
    k12, k21 = known["k12"], known["k21"]
    total, product = k10 + k12 + k21, k10 * k21
    root = np.sqrt(total**2 - 4 * product)
    fast, slow = (total + root) / 2, (total - root) / 2
    level = np.zeros_like(times)
    for weight, rate in (((fast - k21) / (fast - slow), fast), ((k21 - slow) / (fast - slow), slow)):
        if infusion == 0:
            level += np.where(times >= 0, weight * np.exp(-rate * np.maximum(times, 0)), 0)
        else:
            since = np.maximum(times - infusion, 0)
            rising = 1 - np.exp(-rate * np.clip(times, 0, infusion))
            level += weight / (rate * infusion) * rising * np.exp(-rate * since)
    return amount / known["V1"] * level


def known() -> dict[str, float]:
    s = system()
    return {
        name: float(s.nominal[s.parameter_index[name]]) for name in ("CLren", "CLoth", "V1", "k12", "k21")
    }


def run(doses: list[Dose], amounts: list[float], times: Floats) -> Floats:
    s = system()
    return follow(s, Arm("a", tuple(doses)), amounts, times, ["IL2_plasma"], alone(s, weight=70e3))[
        "IL2_plasma"
    ][0]


def dose(route: str, **how: float) -> Dose:
    return Dose("aldesleukin", Amount(1, "nmol"), route, **how)  # type: ignore[arg-type]


@pytest.mark.parametrize("infusion", [0.0, 0.25, 5.0])
def test_linear_exposure_is_the_closed_form(infusion: float) -> None:
    at = np.array([0.3, 0.7, 2.0, 5.5, 10.0])
    route = "iv infusion" if infusion else "iv bolus"
    found = run([dose(route, infusion=infusion)], [100.0], at)
    assert found == pytest.approx(closed_form(at, known(), 100.0, infusion), rel=1e-8)


@given(
    first=st.floats(0.1, 500), second=st.floats(0.1, 500), at=st.floats(0.1, 6), infusion=st.floats(0.05, 3)
)
@settings(max_examples=12, deadline=None)
def test_doses_superpose_where_exposure_is_linear(
    first: float, second: float, at: float, infusion: float
) -> None:
    times = np.array([0.05, 1.0, 4.0, 9.0, 12.0])
    both = run([dose("iv bolus"), dose("iv infusion", at=at, infusion=infusion)], [first, second], times)
    one = closed_form(times, known(), first, 0.0)
    other = closed_form(times - at, known(), second, infusion)
    # an output shortly after a start lies within a step, where the curve is of lower order than its ends
    assert both == pytest.approx(one + other, rel=1e-7)


def test_with_cells_doses_do_not_superpose() -> None:
    s, at = system(), np.array([4.0])
    level = [
        follow(s, Arm("a", (dose("iv bolus"),)), [amount], at, ["IL2_plasma"])["IL2_plasma"][0, 0]
        for amount in (1.0, 100.0)
    ]
    assert level[1] > 105 * level[0]  # cells take a larger share of little


def test_repeated_doses_are_the_sum_of_single_ones() -> None:
    times = np.array([1.0, 8.5, 17.0, 30.0])
    found = run([dose("iv bolus", every=8.0, count=4)], [10.0], times)
    expected = sum(closed_form(times - 8.0 * k, known(), 10.0, 0.0) for k in range(4))
    assert found == pytest.approx(expected, rel=1e-8)


def test_steady_state_equals_long_repetition_and_the_closed_form() -> None:
    every, count = 3.0, 40
    phase = np.array([0.0, 0.2, 0.5, 1.7, 2.9])
    series = {"every": every, "infusion": 0.5}
    steady = run([dose("iv infusion", ss=True, **series)], [10.0], phase)
    long = run([dose("iv infusion", count=count + 1, **series)], [10.0], phase + every * count)
    closed = sum(closed_form(phase + every * k, known(), 10.0, 0.5) for k in range(200))
    assert steady == pytest.approx(long, rel=1e-7)
    assert steady == pytest.approx(closed, rel=1e-7)


def test_steady_state_with_cells_and_a_depot_equals_long_repetition() -> None:
    s, phase = system(), np.array([0.0, 2.0, 9.0])
    once = Arm("a", (dose("sc", every=12.0, ss=True),))
    often = Arm("a", (dose("sc", every=12.0, count=61),))
    steady = follow(s, once, [30.0], phase, ["IL2_plasma", "soluble_CD25"])
    long = follow(s, often, [30.0], phase + 12.0 * 60, ["IL2_plasma", "soluble_CD25"])
    for name in ("IL2_plasma", "soluble_CD25"):
        assert steady[name] == pytest.approx(long[name], rel=1e-5), name
