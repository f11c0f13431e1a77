"""Exported patients and dishes simulated by an independent simulator (libroadrunner, CVODE), against our own engine."""

from __future__ import annotations

from functools import cache

import antimony
import libsbml
import numpy as np
import pytest

from leukin.assay.dish import dish, label_of, rows, run
from leukin.catalog import load_catalog, load_trial
from leukin.engine import compile_network
from leukin.exchange import Snapshot, to_antimony, to_sbml
from leukin.quantity import unit
from leukin.trial import Plan, plan, snapshot
from leukin.trial.follow import follow
from science.elsewhere import apart, courses, repeat, runner, shown

#: as in a table of `leukin simulate`: hours of a month, then days, here until day 60
TIMES = np.concatenate([np.arange(0.0, 720.0), np.arange(720.0, 1441.0, 24.0)])
#: random patients of each trial, shared out between its arms
PATIENTS = 20
#: largest difference over a quantity's largest value: of states at the usual tolerance, of a tight solution of ours, and
#: of other observables at the usual tolerance, some of which go with a high power of a state (urine)
SHOWN, TIGHT, FOLLOWING = 1e-5, 1e-6, 5e-5
#: largest difference of the moments at which a clone dies out, in h: 1e-5 of the time followed
MOMENT = 1e-5 * TIMES[-1]
CATALOGUE = load_catalog()


@cache
def planned(trial: str) -> Plan:
    return plan(load_trial(trial, CATALOGUE), CATALOGUE)


def cases() -> list[tuple[str, str, int | None]]:
    """Every trial and arm with its typical patient, and with a share of the random ones."""
    found: list[tuple[str, str, int | None]] = []
    for key, trial in CATALOGUE.trials.items():
        arms = [arm.name for arm in trial.arms]
        found += [(key, arm, None) for arm in arms]
        found += [(key, arms[patient % len(arms)], patient) for patient in range(PATIENTS)]
    return found


def ids(sbml: str) -> dict[str, str]:
    """Name of an observable -> id in the exported model."""
    model = libsbml.readSBMLFromString(sbml).getModel()
    return {
        model.getParameter(i).getName(): model.getParameter(i).getId()
        for i in range(model.getNumParameters())
    }


@pytest.mark.slow
@pytest.mark.parametrize(("trial", "arm", "patient"), cases())
def test_a_treated_patient_is_the_same_elsewhere(trial: str, arm: str, patient: int | None) -> None:
    made = planned(trial)
    system, taken = made.system, snapshot(made, arm, patient)
    times = TIMES[made.scenario.horizon >= TIMES]
    sbml = to_sbml(taken)
    known = ids(sbml)
    seen = [o.name for o in system.network.observables]
    names = {key: key for key in system.states} | {
        key: known[key] for key in seen if key not in system.state_index
    }
    elsewhere = courses(runner(sbml, system), times, names)
    course = follow(made, arm, patient, times).trajectory
    ours = {key: values[0] for key, values in course.values.items()}
    tight = repeat(system, taken, times, rtol=1e-10, atol=1e-13)
    worst = apart(system, {key: elsewhere[key] for key in tight}, tight)
    assert worst[0][0] <= TIGHT, worst[:5]
    worst = apart(system, ours, elsewhere)
    assert worst[0][0] <= FOLLOWING, worst[:5]
    assert max(off for off, name, _ in worst if name in tight) <= SHOWN, worst[:5]
    for clone, moment in zip(system.network.extinctions, course.extinct[0], strict=True):
        left = elsewhere[clone.species]  # one cell is nothing beside the largest value: look at it alone
        since = times - moment  # not a number where the clone lives
        assert (left[since > MOMENT] == 0.0).all(), clone.species
        assert left[0] == 0.0 or (left[~(since > -MOMENT)] > 0.0).all(), clone.species


@pytest.mark.slow
@pytest.mark.parametrize("cell", sorted(CATALOGUE.cells))
def test_full_receptor_kinetics_are_the_same_elsewhere(cell: str) -> None:
    label = label_of(cell)
    network = dish(CATALOGUE, {"il2": CATALOGUE.molecule("il2")}, {label: CATALOGUE.cell(cell)})
    system = compile_network(network)
    for dose in (1e-3, 1.0):  # nM; as many cells in the medium as deplete the lower dose
        params = rows(system, {"dose_il2": dose, f"density_{label}": 1e9}, 1)
        start = system.initial(params)[0]
        taken = Snapshot(
            "dish",
            network,
            dict(zip(system.parameters, map(float, params[0]), strict=True)),
            dict(zip(system.states, map(float, start), strict=True)),
        )
        times = np.concatenate([np.linspace(0.0, 2.0, 41), np.arange(3.0, 49.0)])
        elsewhere = courses(runner(to_sbml(taken), system), times, {key: key for key in system.states})
        worst = apart(system, repeat(system, taken, times, rtol=1e-10, atol=1e-13), elsewhere)
        assert worst[0][0] <= TIGHT, worst[:5]
        worst = apart(system, shown(system, run(system, params, times)[0]), elsewhere)
        assert worst[0][0] <= SHOWN, worst[:5]


@pytest.mark.slow
def test_antimony_of_a_patient_gives_the_same_courses() -> None:
    made = planned("fyfe-1995-rcc")
    taken, times = snapshot(made, "high dose", 3), np.arange(0.0, 60.0)
    antimony.clearPreviousLoads()
    assert antimony.loadAntimonyString(to_antimony(taken)) >= 0, antimony.getLastError()
    names = {key: key for key in made.system.states}
    found = courses(runner(antimony.getSBMLString(taken.id), made.system), times, names)
    worst = apart(made.system, found, repeat(made.system, taken, times, rtol=1e-10, atol=1e-13))
    assert worst[0][0] <= TIGHT, worst[:5]


@pytest.mark.slow
@pytest.mark.parametrize("patient", [None, 3])
def test_every_rate_of_the_exported_patient_agrees(patient: int | None) -> None:
    taken = snapshot(planned("fyfe-1995-rcc"), "high dose", patient)
    made = runner(to_sbml(taken), planned("fyfe-1995-rcc").system)
    network, rng = taken.network, np.random.default_rng(1)
    factors = {s.id: unit(s.unit).factor for s in network.species}
    for _ in range(5):
        state = {
            s.id: (taken.state[s.id] or 0.01 * s.scale * factors[s.id]) * rng.lognormal(sigma=0.3)
            for s in network.species
        }
        for key, value in state.items():
            made[key] = value / factors[key]
        values = {**taken.values, **state}
        for variable in network.variables_in_order():
            values[variable.id] = variable.expression.evaluate(values)
        for key, rate in network.derivatives().items():
            wanted = float(rate.evaluate(values)) / factors[key]
            scale = max(abs(wanted), 1e-9 * state[key] / factors[key])
            assert abs(made.getValue(f"{key}'") - wanted) <= 1e-8 * scale, key
