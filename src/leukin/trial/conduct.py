"""One arm for a block of patients: dosed under the rule, scanned, retreated, followed to the horizon, judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukin.biology.interventions import settings
from leukin.dosing import amounts
from leukin.engine import solve
from leukin.keys import Key
from leukin.scenario import Arm
from leukin.simulate import Solver, Start, Trajectory, simulate
from leukin.timeline import boundaries, slot_count
from leukin.trial import outcome
from leukin.trial.criteria import criterion, criterion_rule
from leukin.trial.decisions import Withholding, average, withholding
from leukin.trial.design import Plan
from leukin.trial.outcome import HAZARDS, Deaths, Scans
from leukin.trial.response import PD
from leukin.trial.scans import READINGS, reader, reading_noise

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Chance:
    """What chance holds for a block of patients in one arm.

    rule: the withholding rule with its readings (None: all doses are given); deaths: cumulative hazard at
    which each patient dies, by hazard; scans: scan times and reader errors (None without a tumour).
    """

    rule: Withholding | None
    deaths: Mapping[str, Floats]
    scans: Scans | None


@dataclass(frozen=True, slots=True)
class Conducted:
    """What happened: time courses, nmol of every series of doses, deaths, and the columns of a table of patients."""

    trajectory: Trajectory
    amounts: tuple[Floats, ...]
    death: Deaths
    columns: Mapping[str, Any]


def chance(plan: Plan, key: Key, patients: Ints, arm: Arm) -> Chance:
    """The chance that meets patients, int64[patient]; a patient meets the same in every arm."""
    rule = None
    if arm.rule:
        limits = plan.catalogue.rule(arm.rule).parameters
        rule = withholding(limits, key, patients, _slots(plan, arm))
    times = 1 + len(plan.scenario.scans)
    return Chance(
        rule,
        outcome.death_limits(key, patients),
        scans(plan, reading_noise(key, patients, times, _lesions(plan))) if plan.scenario.tumour else None,
    )


def no_chance(plan: Plan, arm: Arm) -> Chance:
    """The chance of the typical patient: readings without error, an even chance of other toxicity, no death."""
    rule = average(plan.catalogue.rule(arm.rule).parameters, _slots(plan, arm)) if arm.rule else None
    noise = np.zeros((1, 1 + len(plan.scenario.scans), _lesions(plan), READINGS))
    deaths = {name: np.full(1, np.inf) for name in HAZARDS}
    return Chance(rule, deaths, scans(plan, noise) if plan.scenario.tumour else None)


def _slots(plan: Plan, arm: Arm) -> int:
    return slot_count(boundaries(arm, plan.scenario.horizon))


def _lesions(plan: Plan) -> int:
    return sum(name.startswith("diameter.") for name in plan.record)


def scans(plan: Plan, noise: Floats) -> Scans:
    """Scans of a plan with given reader errors, float64[patient, scan, lesion, 2]."""
    times = np.array([0.0, *plan.scenario.scans])
    limits = plan.catalogue.rule(criterion_rule(plan.scenario.response)).parameters
    return Scans(
        times,
        np.searchsorted(plan.times, np.round(times, 6)),
        reader(plan.catalogue.mechanism("trial-conduct").parameters),
        noise,
        criterion(plan.scenario.response, limits),
    )


def conduct(plan: Plan, start: Start, arm: Arm, luck: Chance, solver: Solver = solve) -> Conducted:
    """Simulate and judge one arm.

    A further course follows while a patient lives and no scan has shown progression.
    """

    def proceed(course: int, time: float, past: Mapping[str, Floats], times: Floats) -> NDArray[np.bool_]:
        living = outcome.deaths(times, past, luck.deaths).time > time
        if luck.scans is None:
            return living
        columns = luck.scans.columns[luck.scans.columns < len(times)]
        diameters = outcome.lesion_diameters(past, columns)
        found = luck.scans.assess(diameters, np.asarray(np.isfinite(diameters).all(axis=-1)))
        return living & ~(found.levels == PD).any(axis=1)

    given = dose_amounts(plan, start, arm)
    trajectory = simulate(
        plan.system,
        start,
        arm,
        given,
        horizon=plan.scenario.horizon,
        times=plan.times,
        record=plan.record,
        decide=luck.rule,
        proceed=proceed,
        solver=solver,
        settings=settings(plan.catalogue, arm),
    )
    death = outcome.deaths(plan.times, trajectory.values, luck.deaths)
    window = plan.catalogue.mechanism("trial-conduct")["toxicity_window"].canonical
    cuts = plan.catalogue.rule("toxicity-grades").parameters
    columns = outcome.doses(trajectory, death.time, luck.rule)
    columns |= outcome.toxicity(trajectory, death.time, window, cuts)
    columns["treatment_death"] = death.by_treatment
    if luck.scans is not None:
        columns |= outcome.responses(luck.scans, trajectory, death.time, plan.scenario.horizon)
    return Conducted(trajectory, given, death, columns)


def dose_amounts(plan: Plan, start: Start, arm: Arm) -> tuple[Floats, ...]:
    """nmol of every series of doses of an arm, float64[patient] each."""
    index = plan.system.parameter_index
    weight, height = (start.parameters[:, index[name]] for name in ("weight", "height"))
    molecules = {dose.molecule: plan.catalogue.molecule(dose.molecule) for dose in arm.doses}
    return tuple(amounts(arm, molecules, weight, height))
