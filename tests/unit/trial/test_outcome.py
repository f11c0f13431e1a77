"""Outcomes of trajectories written by hand: deaths, doses, the treatment period, columns of a patient."""

from __future__ import annotations

import math

import numpy as np
import pytest

from leukin.keys import Key
from leukin.scenario import GIVE, HOLD, STOP
from leukin.simulate import NOT_REACHED, Trajectory
from leukin.trial import outcome
from leukin.trial.criteria import Criterion, longest_diameter
from leukin.trial.decisions import Limits, Withholding
from leukin.trial.scans import Reader

TIMES = np.arange(0.0, 101.0)
MONTH = 30.4375 * 24


def trajectory(actions, values=None, slot_times=None, cycle=None, course=None, times=TIMES):
    actions = np.array(actions, np.int8)
    slots = actions.shape[1]
    return Trajectory(
        times=times,
        values=values or {},
        units={},
        actions=actions,
        slot_times=8.0 * np.arange(slots) if slot_times is None else np.array(slot_times, float),
        slot_course=np.zeros(slots, int) if course is None else np.array(course),
        slot_cycle=np.zeros(slots, int) if cycle is None else np.array(cycle),
        extinct=np.zeros((len(actions), 0)),
        status=np.zeros(len(actions), int),
        steps=np.zeros(len(actions), int),
        inputs=(),
    )


def test_death_when_the_cumulative_hazard_reaches_the_draw():
    cumulative = np.array([0.01 * TIMES, 0.01 * TIMES, 5.0 + 0.01 * TIMES])
    found = outcome.death_times(TIMES, cumulative, np.array([0.255, 2.0, 0.5]))
    assert found == pytest.approx([25.5, math.inf, 50.0])


def test_the_first_cause_counts():
    values = {
        "H_tumour": np.outer([0.01] * 4, TIMES),
        "HZ": np.outer([0.02, 0.0, 0.01, 0.006], TIMES),
    }
    limits = {name: np.array([0.5, 0.5, 3.0, 0.5]) for name in values}
    found = outcome.deaths(TIMES, values, limits)
    assert found.time == pytest.approx([25.0, 50.0, math.inf, 50.0])
    assert found.by_treatment.tolist() == [True, False, False, False]  # the last one would die of it later


def test_death_draws_are_exponential_and_belong_to_the_patient():
    many = outcome.death_limits(Key(5), np.arange(3000))
    assert many["HZ"].mean() == pytest.approx(1.0, abs=0.06)
    assert (many["HZ"] > 1).mean() == pytest.approx(math.exp(-1), abs=0.03)
    alone = outcome.death_limits(Key(5), np.array([1234]))
    assert alone["HZ"][0] == many["HZ"][1234] != many["H_tumour"][1234]


def rule(bits):
    """A rule whose log holds the reasons of one patient at every slot."""
    none = np.zeros((1, len(bits)))
    log = [(slot, np.array([value], np.int8)) for slot, value in enumerate(bits)]
    limits = Limits(88, 10, 3, 0.15, 0, 3, 0.9, 6, 0.2)
    return Withholding(limits, none, none, none, log)


def test_doses_of_the_first_course_and_of_all():
    run = trajectory([[GIVE, HOLD, GIVE, GIVE, NOT_REACHED, NOT_REACHED]], course=[0, 0, 0, 1, 2, 2])
    found = outcome.doses(run, np.array([np.inf]), None)
    assert {name: np.asarray(column).tolist() for name, column in found.items()} == {
        "doses_planned": [3],
        "doses_given": [2],
        "doses_held": [1],
        "doses_given_all_courses": [3],
        "courses": [2],
        "stopped_for": [""],
    }


def test_nothing_is_given_to_the_dead():
    run = trajectory([[GIVE] * 5])
    assert outcome.doses(run, np.array([16.0]), None)["doses_given"][0] == 3  # slots at 0, 8 and 16 h


def test_why_a_cycle_ended():
    run = trajectory([[GIVE, HOLD, HOLD, HOLD, STOP, GIVE]], cycle=[0, 0, 0, 0, 0, 1])
    assert outcome.doses(run, np.array([np.inf]), rule([0, 1, 2, 5, 0, 0]))["stopped_for"] == [
        "pressure, creatinine"
    ]
    run = trajectory([[GIVE, GIVE, STOP, STOP]], cycle=[0, 0, 1, 1])
    assert outcome.doses(run, np.array([np.inf]), rule([0, 0, 0, 0]))["stopped_for"] == ["pressor"]


def test_treatment_period():
    run = trajectory([[GIVE, STOP, GIVE], [NOT_REACHED] * 3], slot_times=[0, 8, 50])
    counted = outcome.treated(run, np.array([55.0, np.inf]), window=10.0)
    assert TIMES[counted[0]].tolist() == [*range(11), *range(50, 56)]
    assert not counted[1].any()


def test_response_columns_of_a_patient():
    times = np.arange(0.0, 60 * 7 * 24, 24.0)
    scan_times = 8 * 7 * 24.0 * np.arange(5)
    columns = np.searchsorted(times, scan_times)
    sizes = np.ones((2, len(times)))
    for scan, (first, second) in enumerate([(50, 50), (30, 50), (30, 50), (45, 50), (45, 50)]):
        sizes[:, columns[scan] :] = np.array([[first], [second]])
    values = {"diameter.lesion1": sizes, "diameter.lesion2": np.zeros_like(sizes)}
    run = trajectory([[GIVE]] * 2, values, times=times)
    criterion = Criterion("RECIST 1.1", longest_diameter, 0.3, 0.2, 5.0, 28 * 24.0, 42 * 24.0)
    scans = outcome.Scans(scan_times, columns, Reader(0.0, 5.0, 10.0), np.zeros((2, 5, 2, 2)), criterion)
    found = outcome.responses(scans, run, np.array([np.inf, 20 * 7 * 24.0]), times[-1])
    assert found["best_response"] == ["PR", "SD"]
    assert found["baseline_sum_mm"].tolist() == [50, 50]
    assert found["best_change_percent"] == pytest.approx([-40, 0])
    week = 7 * 24 / MONTH
    assert found["response_month"][0] == pytest.approx(8 * week)
    assert found["pfs_month"] == pytest.approx([24 * week, 20 * week])
    assert found["duration_month"][0] == pytest.approx(16 * week)
    assert found["os_event"].tolist() == [False, True]
    assert found["os_month"][1] == pytest.approx(20 * week)
