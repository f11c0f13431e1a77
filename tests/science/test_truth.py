"""Treated patients: no state falls below zero, and a finer tolerance changes no outcome."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from leukin.catalog import load_catalog, load_trial
from leukin.engine import solve
from leukin.quantity import from_canonical
from leukin.trial import plan
from science.treated import Group, group

#: below zero by less than this part of its typical magnitude, a state is as good as zero
NOTHING = 1e-9
TRIALS = ("fyfe-1995-rcc", "yang-2003-rcc", "atkins-1999-melanoma")
DAYS = 60.0


def lowest(people: Group, scale: float = 1.0) -> list[tuple[float, str, int]]:
    """Lowest value over its typical magnitude of every state that is ever below zero, with the patient, worst first."""
    start = people.start(solve)
    run = people.treat(start, solve, DAYS * 24.0)
    assert (run.status == 0).all()
    system, table = people.system, []
    for name in system.states:
        typical = from_canonical(system.scale[system.state_index[name]], run.units[name])
        least = run[name].min(axis=1) / typical
        if least.min() < 0:
            table.append((float(least.min()), name, int(people.ids[least.argmin()])))
    return sorted(table)


def arms() -> Iterator[tuple[str, int]]:
    catalogue = load_catalog()
    for trial in TRIALS:
        for number in range(len(load_trial(trial, catalogue).arms)):
            yield trial, number


def test_no_state_of_a_treated_patient_falls_below_zero() -> None:
    """Twenty patients without the plausibility screen, doses under the rule, outputs hourly while they are treated."""
    found = lowest(group(range(20)))
    assert not found or found[0][0] > -NOTHING, found[:5]


@pytest.mark.slow
@pytest.mark.parametrize(("trial", "arm"), list(arms()))
def test_no_state_falls_below_zero_in_any_arm_of_any_trial(trial: str, arm: int) -> None:
    found = lowest(group(range(100), trial, arm))
    assert not found or found[0][0] > -NOTHING, found[:5]


@pytest.mark.slow
def test_no_state_of_wild_patients_falls_below_zero() -> None:
    """Every parameter that differs between patients drawn with twice the usual spread."""
    people = group(range(65))
    index, recipe = people.system.parameter_index, people.plan.system.nominal
    wild = people.params.copy()
    for name, parameter in people.system.network.parameters.items():
        column = index.get(name)
        if (
            column is not None
            and parameter.iiv_scale > 0
            and recipe[column] > 0
            and parameter.dist == "lognormal"
        ):
            wild[:, column] *= people.params[:, column] / recipe[column]
    found = lowest(Group(people.plan, people.arm, people.ids, wild))
    assert not found or found[0][0] > -NOTHING, found[:5]


@pytest.mark.slow
def test_a_finer_tolerance_moves_no_outcome_of_a_trial() -> None:
    """A thousandth of the tolerance: no number by more than 1e-4, in at most 0.1 % of patients the response."""
    sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
    try:
        import tolerance
    finally:
        sys.path.pop(0)
    catalogue = load_catalog()
    what = plan(load_trial("fyfe-1995-rcc", catalogue), catalogue, 128)
    usual = tolerance.treat(what, tolerance.USUAL)
    found = tolerance.compare(what, usual, tolerance.treat(what, tolerance.USUAL * tolerance.FINER))
    assert found.met, found.columns[found.columns["patients"] > 0]
    assert max(found.summary.values(), default=0.0) <= tolerance.MOVED
    assert found.columns["largest"].max() > 0, "the tolerance is heard at all"
    # a coarse solution is told apart
    coarse = tolerance.compare(what, tolerance.treat(what, 1e-1), usual)
    assert not coarse.met
