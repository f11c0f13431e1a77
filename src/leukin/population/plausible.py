"""The plausibility screen: what a patient's tumour would do untreated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukin.engine import Segment, System, solve
from leukin.population.recipe import Recipe
from leukin.quantity import from_canonical
from leukin.simulate import run_in

Floats = NDArray[np.float64]

ACCEPTED = 0
#: why a draw is rejected, by code; code 0 is accepted
REASONS = (
    "accepted",
    "tumour not growing before treatment",
    "tumour responds without treatment",
    "no progression without treatment",
    "untreated course could not be solved",
    "unlikely to live long enough for a trial",
)
NOT_GROWING, RESPONDS, NO_PROGRESSION, UNSOLVED, TOO_ILL = 1, 2, 3, 4, 5


def plausible(
    recipe: Recipe, system: System, parameters: Floats, solver: Callable[..., Segment] = solve
) -> NDArray[np.int8]:
    """Judge patients by their untreated course: int8[patient], an index of REASONS.

    parameters: float64[patient, parameter] of `system`, whose tumour parameters the screen takes over by
    name. A draw is accepted if the tumour grows at baseline by more than a share of its growth rate, if
    the patient is likely to live for the duration that trials ask for, and if the sum of products of diameters
    progresses within the screen's time and is never a response.
    """
    screen = recipe.screen
    if screen is None:
        return np.full(len(parameters), ACCEPTED, np.int8)
    own = take(screen.system, system, parameters)
    rule = {name: p.canonical for name, p in recipe.rules.items()}
    start = run_in(screen.system, own, rule["settling_time"], solver=solver)
    now = screen.system.observe(["net_growth"], start.state[:, None, :], start.parameters)["net_growth"][:, 0]
    growth = from_canonical(start.parameters[:, screen.system.parameter_index["tumour_growth"]], "1/d")

    times = np.arange(0.0, rule["screen_time"] + 0.5 * rule["screen_interval"], rule["screen_interval"])
    course = solver(
        screen.system,
        start.state,
        start.parameters,
        0.0,
        times[-1],
        times=times,
        step=start.step,
        status=start.status,
    )
    names = [f"diameter.lesion{i + 1}" for i in range(screen.lesions)]
    seen: Mapping[str, Any] = screen.system.observe([*names, "H_tumour"], course.saved, start.parameters)
    alive = np.exp(-seen["H_tumour"][:, np.searchsorted(times, rule["screen_life"])])
    product = sum(seen[name] ** 2 for name in names)
    nadir = np.minimum.accumulate(product, axis=1)

    reason = np.full(len(parameters), ACCEPTED, np.int8)
    reason[~(product >= rule["screen_progression"] * nadir).any(axis=1)] = NO_PROGRESSION
    reason[(product <= rule["screen_response"] * product[:, :1]).any(axis=1)] = RESPONDS
    reason[~(alive >= rule["screen_life_chance"])] = TOO_ILL
    reason[~(now > rule["screen_growth"] * growth)] = NOT_GROWING
    reason[course.status != 0] = UNSOLVED
    return reason


def take(inner: System, outer: System, parameters: Floats) -> Floats:
    """Parameters of `inner` for the same patients: by name from those of `outer`, else the catalogue's
    value."""
    own = np.repeat(np.array(inner.nominal, dtype=np.float64)[None, :], len(parameters), axis=0)
    for name, column in inner.parameter_index.items():
        if name in outer.parameter_index:
            own[:, column] = parameters[:, outer.parameter_index[name]]
    return own
