"""A cohort: for every patient the first draw that passes the screen, with a record of the draws that
did not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukin.engine import Segment, System, solve
from leukin.keys import Key
from leukin.population.plausible import ACCEPTED, REASONS, plausible
from leukin.population.recipe import Recipe
from leukin.population.sample import sample

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cohort:
    """Virtual patients of a trial.

    parameters: float64[patient, parameter], canonical; covariates: name -> [patient]; attempts: draws
    that a patient needed; rejected: reason -> number of draws; failure: "" or why a patient has no
    plausible draw (such a patient keeps the last draw, and is not to be simulated).
    """

    patients: NDArray[np.int64]
    parameters: Floats
    covariates: Mapping[str, NDArray[Any]]
    attempts: NDArray[np.int64]
    rejected: Mapping[str, int]
    failure: tuple[str, ...]

    @property
    def ok(self) -> NDArray[np.bool_]:
        """Patients that have a plausible draw."""
        return np.array([not reason for reason in self.failure], dtype=bool)

    @property
    def screened_out(self) -> int:
        """Number of draws that the screen rejected."""
        return sum(self.rejected.values())


def cohort(
    system: System,
    recipe: Recipe,
    key: Key,
    patients: NDArray[np.int64],
    fixed: Iterable[str] = (),
    nominal: Floats | None = None,
    solver: Callable[..., Segment] = solve,
) -> Cohort:
    """Draw `patients` and redraw those whose untreated course is not plausible (in a healthy host: none).

    Patient i is the same for any number and order of patients: attempt k of patient i has its own random
    numbers.
    """
    keep = tuple(fixed)
    drawn = sample(system, recipe, key, patients, 0, keep, nominal)
    parameters = drawn.parameters.copy()
    covariates = {name: column.copy() for name, column in drawn.covariates.items()}
    attempts = np.ones(len(patients), np.int64)
    rejected = dict.fromkeys(REASONS[1:], 0)
    last = np.zeros(len(patients), np.int8)
    waiting = np.arange(len(patients)) if recipe.screen is not None else np.array([], np.int64)
    for attempt in range(1, int(recipe.rules["screen_attempts"].value) + 1):
        if not len(waiting):
            break
        last[waiting] = reason = plausible(recipe, system, parameters[waiting], solver)
        for code in reason[reason != ACCEPTED]:
            rejected[REASONS[code]] += 1
        waiting = waiting[reason != ACCEPTED]
        if attempt < recipe.rules["screen_attempts"].value and len(waiting):
            again = sample(system, recipe, key, patients[waiting], attempt, keep, nominal)
            parameters[waiting] = again.parameters
            for name, column in again.covariates.items():
                covariates[name][waiting] = column
            attempts[waiting] += 1
    failure = tuple("" if code == ACCEPTED else f"no plausible draw: {REASONS[code]}" for code in last)
    return Cohort(patients, parameters, covariates, attempts, rejected, failure)
