"""Doses, decisions, courses and the run-in of a simulation, on a system whose solution is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from leukin.engine import compile_network
from leukin.engine.system import System
from leukin.errors import AssemblyError
from leukin.network import Port, Species, equations
from leukin.quantity import Parameter, Source
from leukin.scenario import GIVE, HOLD, STOP, Amount, Arm, Dose, Retreat
from leukin.simulate import NOT_REACHED, run_in, simulate

K, INFLOW = 0.5, 0.2
DOSE = Dose("x", Amount(1.0, "nmol"), "iv infusion", every=8.0, count=3, infusion=0.5)


def parameter(key: str, value: float, unit: str) -> Parameter:
    return Parameter(key, value, unit, Source("definition"))


@pytest.fixture(scope="module")
def system() -> System:
    """One compartment with first-order loss; production follows from the untreated run-in."""
    return compile_network(
        equations(
            species=[Species("A", "nmol", scale=1.0), Species("seen", "nmol*h", scale=1.0)],
            rates={"A": "inflow*run_in + made*(1 - run_in) + rate - k*A", "seen": "A*(1 - run_in)"},
            observables={"level": ("pmol", "A")},
            parameters=[
                parameter("k", K, "1/h"),
                parameter("rate", 0.0, "nmol/h"),
                parameter("inflow", INFLOW, "nmol/h"),
                parameter("made", 0.0, "nmol/h"),
            ],
            ports=[Port("iv infusion", "rate", "rate"), Port("iv bolus", "A", "amount")],
            baselines={"made": "k*A"},
        )
    )


def start(system: System, n: int = 2) -> Any:
    return run_in(system, np.repeat(system.nominal[None], n, axis=0), 60.0)


def excess(times: np.ndarray, given: list[float], amount: float) -> np.ndarray:
    """Amount above the untreated level: superposition of infusions of 0.5 h."""
    total = np.zeros_like(times)
    for begin in given:
        during = (times >= begin) & (times < begin + 0.5)
        after = times >= begin + 0.5
        plateau = amount / 0.5 / K
        total += np.where(during, plateau * (1 - np.exp(-K * (times - begin))), 0.0)
        total += np.where(after, plateau * (1 - np.exp(-K * 0.5)) * np.exp(-K * (times - begin - 0.5)), 0.0)
    return total


def test_untreated_state_stays_where_the_run_in_left_it(system: System) -> None:
    times = np.array([0.0, 10.0, 500.0])
    run = simulate(system, start(system), Arm("none"), [], horizon=500.0, times=times, record=["A", "level"])
    assert run["A"] == pytest.approx(np.full((2, 3), INFLOW / K), rel=1e-8)
    assert run["level"] == pytest.approx(1000 * run["A"], rel=1e-12)
    assert run.units["level"] == "pmol"


def test_infusions_superpose(system: System) -> None:
    times = np.linspace(0.0, 40.0, 161)
    amounts = [np.array([1.0, 3.0])]
    run = simulate(system, start(system), Arm("a", (DOSE,)), amounts, horizon=40.0, times=times, record=["A"])
    for patient, amount in enumerate(amounts[0]):
        expected = INFLOW / K + excess(times, [0.0, 8.0, 16.0], amount)
        assert run["A"][patient] == pytest.approx(expected, rel=2e-6)
    assert (run.actions == GIVE).all()
    assert [(i.time, i.target, i.values[0]) for i in run.inputs[:2]] == [
        (0.0, "rate", 2.0),
        (0.5, "rate", 0.0),
    ]


def test_a_bolus_is_seen_at_its_own_time_with_the_value_after_it(system: System) -> None:
    bolus = Dose("x", Amount(1.0, "nmol"), "iv bolus", at=5.0)
    times = np.array([0.0, 5.0, 6.0])
    run = simulate(
        system,
        start(system, 1),
        Arm("a", (bolus,)),
        [np.array([2.0])],
        horizon=6.0,
        times=times,
        record=["A"],
    )
    assert run["A"][0] - INFLOW / K == pytest.approx([0.0, 2.0, 2.0 * np.exp(-K)], rel=1e-6, abs=1e-8)


def test_held_doses_are_lost_and_not_shifted(system: System) -> None:
    seen: list[float] = []

    def decide(observed: Mapping[str, np.ndarray], memory: Any, slot: int, cycle: int) -> Any:
        seen.append(float(observed["A.max"][0]))
        action = np.array([HOLD if slot == 1 else GIVE, STOP if slot >= 1 else GIVE], np.int8)
        return action, memory

    times = np.linspace(0.0, 24.0, 97)
    arm = Arm("a", (DOSE,))
    run = simulate(
        system,
        start(system),
        arm,
        [np.ones(2)],
        horizon=24.0,
        times=times,
        record=["A"],
        decide=decide,
    )
    assert run.actions.tolist() == [[GIVE, HOLD, GIVE], [GIVE, STOP, STOP]]
    assert run["A"][0] == pytest.approx(INFLOW / K + excess(times, [0.0, 16.0], 1.0), rel=2e-6)
    assert run["A"][1] == pytest.approx(INFLOW / K + excess(times, [0.0], 1.0), rel=2e-6)
    assert seen[1] == pytest.approx(run["A"][0][:32].max()) and seen[1] > seen[2]


def test_only_who_may_proceed_enters_the_next_course(system: System) -> None:
    def proceed(course: int, time: float, past: Mapping[str, np.ndarray], times: np.ndarray) -> np.ndarray:
        assert (course, time) == (1, 100.0) and times[-1] < time
        return past["seen"][:, -1] > 45.0

    arm = Arm("a", (DOSE,), retreat=Retreat(2, 100.0))
    run = simulate(
        system,
        start(system),
        arm,
        [np.array([0.1, 5.0])],
        horizon=130.0,
        times=np.arange(0.0, 131.0),
        record=["A", "seen"],
        proceed=proceed,
    )
    assert run.actions[0].tolist() == [GIVE] * 3 + [NOT_REACHED] * 3
    assert run.actions[1].tolist() == [GIVE] * 6
    assert run.slot_course.tolist() == [0, 0, 0, 1, 1, 1]


def test_a_route_that_the_model_lacks_is_refused(system: System) -> None:
    oral = Dose("x", Amount(1.0, "nmol"), "iv infusoin", infusion=1.0)
    with pytest.raises(AssemblyError, match="did you mean 'iv infusion'"):
        simulate(
            system,
            start(system),
            Arm("a", (oral,)),
            [np.ones(2)],
            horizon=1.0,
            times=np.zeros(1),
            record=["A"],
        )


def test_a_failed_patient_leaves_the_others_alone(system: System) -> None:
    params = np.repeat(system.nominal[None], 3, axis=0)
    params[1, system.parameter_index["k"]] = np.nan
    arm, times = Arm("a", (DOSE,)), np.arange(0.0, 24.0)
    run = simulate(
        system, run_in(system, params, 60.0), arm, [np.ones(3)], horizon=24.0, times=times, record=["A"]
    )
    alone = simulate(system, start(system, 1), arm, [np.ones(1)], horizon=24.0, times=times, record=["A"])
    assert (run.status != 0).tolist() == [False, True, False]
    assert np.array_equal(run["A"][0], alone["A"][0]) and np.array_equal(run["A"][2], alone["A"][0])
    with pytest.raises(AssemblyError, match="not recorded"):
        run["level"]
