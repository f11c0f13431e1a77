"""SBML export simulated by an independent simulator and compared with a solution of the same network."""

import numpy as np
import pytest
import roadrunner
from scipy.integrate import solve_ivp

from leukin.errors import SolveError
from leukin.exchange import Change, Snapshot, to_antimony, to_sbml
from leukin.network import Network, Species, equations
from leukin.quantity import Parameter, Source


def parameter(key: str, value: float, unit: str) -> Parameter:
    return Parameter(key, value, unit, Source("definition"))


def network() -> Network:
    return equations(
        species=[Species("A", "ug"), Species("B", "pg/mL"), Species("T", "cell", scale=1e6)],
        rates={
            "A": "input - k*A",
            "B": "k*A/V*sig*avogadro*Pi - slow*B",
            "T": "growth*max(T, 0) - kill*min(T, 1000*one)*(1 - run_in)",
        },
        variables={"sig": ("1", "(A/K)**h/(1 + (A/K)**h)")},
        observables={"level.blood": ("ng/mL", "A/V"), "size": ("1", "T/one")},
        parameters=[
            parameter("input", 0.0, "ug/h"),
            parameter("k", 0.01, "1/min"),
            parameter("slow", 2.0, "1/d"),
            parameter("K", 3.0, "ug"),
            parameter("h", 1.28, "1"),
            parameter("V", 3.0, "L"),
            parameter("avogadro", 2.0, "1"),  # names that SBML knows as constants
            parameter("Pi", 0.5, "1"),
            parameter("growth", 0.5, "1/d"),
            parameter("kill", 6.0, "1/d"),
            parameter("one", 1.0, "cell"),
            parameter("edge", 900.0, "cell"),
        ],
        extinctions={"T": "edge"},
    )


def snapshot() -> Snapshot:
    made = network()
    parameters = {key: p.canonical for key, p in made.parameters.items()} | {"run_in": 0.0}
    changes = (
        Change(2.0, "input", 4e-6, "set"),
        Change(5.0, "input", 0.0, "set"),
        Change(8.0, "A", 2e-6, "add"),
    )
    return Snapshot(
        "toy", made, parameters, {"A": 1e-6, "B": 0.0, "T": 5000.0}, changes, ("doses as given < & >",)
    )


def independent(times: np.ndarray) -> dict[str, np.ndarray]:
    """The same equations by SciPy, segment by segment, in canonical units."""
    snap = snapshot()
    rates = snap.network.derivatives()
    sig = snap.network.variables[0].expression
    params = dict(snap.parameters)
    state, rows, extinct = np.array([snap.state[k] for k in "ABT"]), [], False

    def slope(_t: float, y: np.ndarray) -> list[float]:
        values = params | dict(zip("ABT", y, strict=True))
        values["sig"] = sig.evaluate(values)
        return [float(rates[k].evaluate(values)) for k in "ABT"]

    def edge(_t: float, y: np.ndarray) -> float:
        return float(y[2] - params["edge"])

    edge.terminal, edge.direction = True, -1  # type: ignore[attr-defined]
    now = 0.0
    for stop in [*sorted({c.time for c in snap.changes}), times[-1]]:
        while now < stop:
            inside = times[(times > now) & (times <= stop)] if now else times[times <= stop]
            events = None if extinct else edge
            out = solve_ivp(slope, (now, stop), state, "LSODA", inside, events=events, rtol=1e-11, atol=1e-18)
            rows.append(out.y.T)
            if out.status == 1:
                now, state, extinct = float(out.t_events[0][0]), out.y_events[0][0].copy(), True
                state[2] = 0.0
            else:
                last = solve_ivp(slope, (now, stop), state, "LSODA", rtol=1e-11, atol=1e-18)
                now, state = stop, last.y[:, -1]
        for change in snap.changes:
            if change.time == stop and change.kind == "set":
                params[change.target] = change.value
            elif change.time == stop:
                state["ABT".index(change.target)] += change.value
    return dict(zip("ABT", np.concatenate(rows).T, strict=True))


def test_independent_simulator_gives_the_same_courses() -> None:
    runner = roadrunner.RoadRunner(to_sbml(snapshot()))
    runner.integrator.relative_tolerance, runner.integrator.absolute_tolerance = 1e-11, 1e-15
    times = np.array([0.0, 1.0, 2.5, 4.0, 6.5, 9.0, 15.0, 24.0, 48.0])
    found = np.array(runner.simulate(times=list(times), selections=["time", "A", "B", "T", "level_blood"]))
    wanted = independent(times)
    for column, (key, factor) in enumerate([("A", 1e-6), ("B", 1e-9), ("T", 1.0)], start=1):
        expected = wanted[key] / factor
        assert np.abs(found[:, column] - expected).max() < 1e-6 * np.abs(expected).max(), key
    assert wanted["T"][-1] == 0.0 and wanted["T"][1] > 0
    assert found[:, 4] == pytest.approx(wanted["A"] / 3.0 / 1e-6, rel=1e-6, abs=1e-9)


def test_export_is_free_of_errors_and_says_what_it_is() -> None:
    import libsbml

    document = libsbml.readSBMLFromString(to_sbml(snapshot()))
    document.checkConsistency()
    assert document.getNumErrors() == 0  # not even a warning about a unit
    model = document.getModel()
    assert (document.getLevel(), document.getVersion()) == (3, 2)
    assert model.getTimeUnits() and model.getNumEvents() == 4
    assert "doses as given" in model.getNotesString()


def test_antimony_text_reads_back_to_the_same_numbers() -> None:
    import antimony

    text = to_antimony(snapshot())
    antimony.clearPreviousLoads()
    assert antimony.loadAntimonyString(text) >= 0
    again = roadrunner.RoadRunner(antimony.getSBMLString("toy"))
    first = roadrunner.RoadRunner(to_sbml(snapshot()))
    for runner in (again, first):
        runner.integrator.relative_tolerance, runner.integrator.absolute_tolerance = 1e-10, 1e-14
    chosen = ["A", "B", "T"]
    one = np.array(first.simulate(0, 20, 41, selections=chosen))
    two = np.array(again.simulate(0, 20, 41, selections=chosen))
    assert two == pytest.approx(one, rel=1e-7, abs=1e-9)


def test_a_change_at_time_zero_is_refused() -> None:
    snap = snapshot()
    early = Snapshot("toy", snap.network, snap.parameters, snap.state, (Change(0.0, "A", 1.0, "add"),))
    with pytest.raises(SolveError, match="initial state"):
        to_sbml(early)


def test_ids_that_the_export_needs_give_way_to_those_of_the_model() -> None:
    made = equations(
        species=[Species("part_0", "ug"), Species("convert_0", "ug")],
        rates={"part_0": "-convert_1*max(part_0 - convert_0, 0)", "convert_0": "-convert_1*convert_0"},
        observables={"part.0": ("ng", "part_0")},
        parameters=[parameter("convert_1", 0.5, "1/h")],
    )
    snap = Snapshot("toy", made, {"convert_1": 0.5}, {"part_0": 3e-6, "convert_0": 1e-6})
    runner = roadrunner.RoadRunner(to_sbml(snap))
    runner.integrator.relative_tolerance, runner.integrator.absolute_tolerance = 1e-10, 1e-14
    times = np.linspace(0.0, 1.5, 4)
    found = np.array(runner.simulate(0.0, 1.5, 4, selections=["convert_0", "part_0", "part_0_shown"]))
    decay = np.exp(-0.5 * times)  # y' = -k y + k exp(-k t): y = (3 + k t) exp(-k t)
    wanted = np.stack([decay, (3 + 0.5 * times) * decay, 1e3 * (3 + 0.5 * times) * decay], axis=1)
    assert found == pytest.approx(wanted, rel=1e-7)
