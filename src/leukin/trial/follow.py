"""One patient of a trial, followed as closely as wanted: the same doses and decisions as in the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukin.biology.interventions import settings
from leukin.engine import REASONS
from leukin.errors import Problem, SolveError
from leukin.keys import Key
from leukin.population import cohort, typical
from leukin.simulate import NOT_REACHED, Start, Trajectory, at_steady_state, run_in, simulate
from leukin.trial.conduct import Conducted, chance, conduct, no_chance
from leukin.trial.design import Plan

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Followed:
    """One patient: time courses at the wanted times, the state and parameters at the start, what happened in the run."""

    trajectory: Trajectory
    start: Start
    conducted: Conducted

    @property
    def death(self) -> float:
        """Time of death (h), infinite where the patient lives at the horizon."""
        return float(self.conducted.death.time[0])


def follow(
    plan: Plan, arm: str, patient: int | None, times: Floats, record: Sequence[str] | None = None
) -> Followed:
    """Follow patient number `patient` of a plan, or the typical patient (None), in the arm named `arm`.

    times: float64[time] in h, wherever wanted; record: observables and states (None: all of them). Decisions
    are made first, on the times of the trial, and then replayed, so that they do not depend on the times
    wanted. The typical patient has the catalogue's values, errorless readings and does not die. Raises
    SolveError where the patient cannot be drawn or solved, CatalogError for an unknown arm.
    """
    chosen = plan.arm(arm)
    start = typical_start(plan) if patient is None else patient_start(plan, patient)
    if patient is None:
        luck = no_chance(plan, chosen)
    else:
        luck = chance(plan, Key(plan.seed), np.array([patient], np.int64), chosen)
    done = conduct(plan, start, chosen, luck)
    actions, courses = done.trajectory.actions, done.trajectory.slot_course

    def decide(
        observed: Mapping[str, Floats], memory: Any, slot: int, cycle: int
    ) -> tuple[NDArray[np.int8], Any]:
        return actions[:, slot], memory

    def proceed(course: int, time: float, past: Mapping[str, Floats], at: Floats) -> NDArray[np.bool_]:
        return (actions[:, courses == course] != NOT_REACHED).any(axis=1)

    start = at_steady_state(plan.system, start, chosen, done.amounts)
    network = plan.system.network
    everything = [*(observable.name for observable in network.observables), *plan.system.states]
    trajectory = simulate(
        plan.system,
        start,
        chosen,
        done.amounts,
        horizon=float(plan.scenario.horizon),
        times=np.asarray(times, float),
        record=tuple(dict.fromkeys(everything if record is None else record)),
        decide=decide,
        proceed=proceed,
        settings=settings(plan.catalogue, chosen),
    )
    if trajectory.status[0] or done.trajectory.status[0]:
        status = int(trajectory.status[0] or done.trajectory.status[0])
        raise SolveError(Problem(field=f"patient {_name(patient)}", reason=REASONS[status]))
    return Followed(trajectory, start, done)


def typical_start(plan: Plan) -> Start:
    """The typical patient at time 0."""
    return run_in(plan.system, typical(plan.system), plan.recipe.rules["settling_time"].canonical)


def patient_start(plan: Plan, patient: int) -> Start:
    """Patient number `patient` of a plan at time 0; SolveError where no plausible draw was found."""
    numbers = np.array([patient], np.int64)
    drawn = cohort(plan.system, plan.recipe, Key(plan.seed), numbers)
    if not drawn.ok[0]:
        raise SolveError(Problem(field=f"patient {_name(patient)}", reason=drawn.failure[0]))
    return run_in(plan.system, drawn.parameters, plan.recipe.rules["settling_time"].canonical)


def _name(patient: int | None) -> str:
    return "typical" if patient is None else str(patient)
