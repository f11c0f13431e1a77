"""Which fitted values of the body their figures determine: curvature of every fit, and a profile of every value."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukin.catalog import Catalogue
from leukin.inference import exposure, fit_lung, fit_pharmacokinetics, fit_ward
from leukin.inference.body_readings import exposed
from leukin.inference.experiments import Prior, Target, TypicalPatient
from leukin.inference.figures import calibrate_figures
from leukin.inference.fit_body import PARTS
from leukin.inference.regression import STEP, regress

Floats = NDArray[np.float64]
Values = Mapping[str, float]

#: changes of a logarithm at which a profile is taken; the last is what a bounded value must not exceed
SHIFTS = (0.25, 0.5, 1.0)
#: rise of the sum of squares that excludes a value: 95 % point of chi-squared with one degree of freedom
EXCLUDED = 3.84
#: steps of the fit over which the curvature of the ward is taken: shares change by whole patients
WIDE = 2.0
#: evaluations of a refit with one value held
SHORT = 12
#: width of the logarithm by which the other values are held while one is profiled on the figures alone
LOOSE = 2.0
FINITE, ONE_SIDED, FLAT = "finite", "one-sided", "flat"
ABSORPTION = {"human-skin-plateau": "F014a", "human-muscle-share": "F014b", "human-skin-time": "F022c"}
FIRST_LEVEL = "F010c"
SKIN = ("sc_bioavailability", "ka", "kly")


@dataclass(frozen=True, slots=True)
class Problem:
    """A fit: starting values (canonical), targets, priors, predictions; quick: whether one evaluation is cheap."""

    title: str
    start: Values
    targets: tuple[Target, ...]
    priors: Mapping[str, Prior]
    predict: Callable[[Values], Mapping[str, float]]
    step: float = STEP
    quick: bool = True

    def misses(self, values: Values) -> Floats:
        """Misses of the targets in spreads."""
        found = self.predict(values)
        return np.array([target.miss(found[target.id]) for target in self.targets])


@dataclass(frozen=True, slots=True)
class Profile:
    """A value and how far its figures bound it: low and high are factors on it, None where open beyond e.

    error: standard error of the logarithm with the priors.
    """

    name: str
    value: float
    low: float | None
    high: float | None
    error: float

    @property
    def verdict(self) -> str:
        """finite: bounded within a factor of e both ways."""
        return {0: FLAT, 1: ONE_SIDED, 2: FINITE}[(self.low is not None) + (self.high is not None)]


@dataclass(frozen=True, slots=True)
class Identified:
    """A fit with its curvature: singular values of the misses by logarithms of values, the direction of the smallest."""

    problem: Problem
    singular: tuple[float, ...]
    weakest: Mapping[str, float]
    profiles: tuple[Profile, ...]

    @property
    def bound(self) -> int:
        """Directions that the figures alone bound within a factor of e, by curvature: sd of the logarithm at most a half."""
        return sum(value >= math.sqrt(EXCLUDED) for value in self.singular)


def identified(problem: Problem, profiled: bool = True) -> Identified:
    """Curvature at the values of the catalogue, and a profile of every value."""
    names = list(problem.start)
    slopes = curvature(problem)
    _, singular, directions = np.linalg.svd(slopes, full_matrices=True)
    padded = [*map(float, singular), *[0.0] * (len(names) - len(singular))]
    weak = dict(zip(names, map(float, directions[-1]), strict=True))
    widths = np.array([problem.priors[n].width if n in problem.priors else np.inf for n in names])
    spread = np.sqrt(np.diag(np.linalg.pinv(slopes.T @ slopes + np.diag(1.0 / widths**2))))
    errors = dict(zip(names, map(float, spread), strict=True))
    best = least(problem) if profiled else 0.0
    found = tuple(profile(problem, name, slopes, best, errors[name]) for name in names) if profiled else ()
    return Identified(problem, tuple(padded), weak, found)


def curvature(problem: Problem) -> Floats:
    """Change of every miss by the logarithm of every value, float64[target, value], by central differences."""
    columns = []
    for name, value in problem.start.items():
        high, low = (
            problem.misses({**problem.start, name: value * math.exp(sign * problem.step)}) for sign in (1, -1)
        )
        columns.append((high - low) / (2 * problem.step))
    return np.stack(columns, axis=1)


def least(problem: Problem) -> float:
    """Smallest sum of squared misses on the figures alone: of the catalogue, or of a refit where one is cheap."""
    now = float(np.sum(problem.misses(problem.start) ** 2))
    if not problem.quick:
        return now
    loose = {name: Prior(value, LOOSE) for name, value in problem.start.items()}
    again = regress(problem.predict, problem.targets, problem.start, loose, problem.step, SHORT)
    return min(now, again.deviance)


def profile(problem: Problem, name: str, slopes: Floats, best: float, error: float) -> Profile:
    """Sum of squared misses against one value, the others free, on the figures alone.

    best: the smallest sum (`least`). The others are refitted where an evaluation is cheap, else moved along their linear compensation.
    """
    now = float(np.sum(problem.misses(problem.start) ** 2))
    ends: list[float | None] = []
    for sign in (-1.0, 1.0):
        far = _at(problem, name, sign * SHIFTS[-1], slopes)
        shifts, costs = [0.0], [now]
        if far > best + EXCLUDED:  # else open: what lies nearer need not be known
            for shift in SHIFTS[:-1]:
                if costs[-1] <= best + EXCLUDED:
                    shifts.append(shift)
                    costs.append(_at(problem, name, sign * shift, slopes))
            shifts.append(SHIFTS[-1])
            costs.append(far)
        ends.append(_crossing(shifts, costs, min(best, *costs), sign))
    return Profile(name, problem.start[name], ends[0], ends[1], error)


def _at(problem: Problem, name: str, shift: float, slopes: Floats) -> float:
    names = list(problem.start)
    moved = problem.start[name] * math.exp(shift)
    others = {other: value for other, value in problem.start.items() if other != name}
    if not others:
        return float(np.sum(problem.misses({name: moved}) ** 2))
    if problem.quick:
        loose = {other: Prior(value, LOOSE) for other, value in others.items()}
        fitted = regress(
            lambda values: problem.predict({**values, name: moved}),
            problem.targets,
            others,
            loose,
            problem.step,
        )
        return fitted.deviance
    at = names.index(name)
    rest = [i for i in range(len(names)) if i != at]
    inner = slopes[:, rest].T @ slopes[:, rest] + np.eye(len(rest)) / LOOSE**2
    answer = -np.linalg.solve(inner, slopes[:, rest].T @ slopes[:, at]) * shift
    values = {names[i]: problem.start[names[i]] * math.exp(x) for i, x in zip(rest, answer, strict=True)}
    return float(np.sum(problem.misses({**values, name: moved}) ** 2))


def _crossing(shifts: Sequence[float], costs: Sequence[float], least: float, sign: float) -> float | None:
    """Factor at which the cost first exceeds its least by EXCLUDED; None if it never does.

    The cost is near a parabola: its root is interpolated.
    """
    rise = [math.sqrt(max(cost - least, 0.0)) for cost in costs]
    limit = math.sqrt(EXCLUDED)
    for k in range(1, len(shifts)):
        if rise[k] > limit:
            before = max(limit - rise[k - 1], 0.0) / (rise[k] - rise[k - 1]) if rise[k - 1] < limit else 0.0
            return math.exp(sign * (shifts[k - 1] + before * (shifts[k] - shifts[k - 1])))
    return None


def problems(someone: TypicalPatient, bench: exposure.Bench, spread: float) -> Iterator[Problem]:
    """Every fit of the body that needs no virtual trial; spread: of the logarithm of the figures of absorption."""
    catalogue, targets, priors = someone.catalogue, someone.evidence.targets, someone.evidence.priors
    body = catalogue.mechanism("pharmacokinetics")
    yield Problem(
        "plasma and tissue",
        {name: body[name].canonical for name in fit_pharmacokinetics.FITTED},
        tuple(targets[id] for id in fit_pharmacokinetics.TARGETS),
        {},
        lambda values: fit_pharmacokinetics.bolus(someone, values),
    )
    figures = {f.id: f for f in calibrate_figures(catalogue, ABSORPTION.values())}
    assays = exposure.assays()
    yield Problem(
        "absorption from skin and muscle (set by hand, not by a fit)",
        {name: body[name].canonical for name in SKIN},
        tuple(
            _target(id, figures[figure].id, figures[figure].value, spread)
            for id, figure in ABSORPTION.items()
        ),
        {},
        lambda values: {id: exposure.compared(bench, id, assays[id], values).predicted for id in ABSORPTION},
    )
    for part in PARTS:
        mechanism = catalogue.mechanism(part.mechanism)
        yield Problem(
            f"{part.mechanism}: {part.predict.__name__}",
            {name: mechanism[name].canonical for name in part.names},
            tuple(targets[id] for id in part.targets),
            {name: priors[name] for name in part.names if name in priors},
            partial(part.predict, someone),
        )
    yield Problem(
        "lung of the mouse",
        {fit_lung.FITTED: catalogue.mechanism(fit_lung.MECHANISM)[fit_lung.FITTED].canonical},
        tuple(targets[id] for id in fit_lung.TARGETS),
        {fit_lung.FITTED: priors[fit_lung.FITTED]},
        partial(fit_lung.lungs, bench),
    )


def _target(id: str, figure: str, value: float | None, spread: float) -> Target:
    assert value is not None
    return Target(id, figure, value, spread, True, False)


def of_ward(on: fit_ward.Ward) -> Problem:
    """The fit of the ward."""
    start = {name: on.plan.system.network.parameters[name].canonical for name in fit_ward.FITTED}
    start |= {name: on.plan.catalogue.rule(fit_ward.RULE)[name].canonical for name in fit_ward.OF_THE_RULE}
    floor = 0.5 / len(on.start.status)
    return Problem(
        "ward: toxicity and doses received",
        start,
        tuple(on.evidence.targets[id] for id in fit_ward.TARGETS),
        {name: on.evidence.priors[name] for name in start},
        lambda values: {name: max(value, floor) for name, value in on.outcome(values).items()},
        WIDE * fit_ward.STEP,
        quick=False,
    )


def single(someone: TypicalPatient, bench: exposure.Bench, tables: Mapping[str, Any]) -> Iterator[Problem]:
    """Values that were set one by one: the plasma volume, and the clearance of the fusions."""
    catalogue, spread = someone.catalogue, tables["single"]["relative"]
    (figure,) = calibrate_figures(catalogue, [FIRST_LEVEL])
    yield Problem(
        "plasma volume",
        {"V1": catalogue.mechanism("pharmacokinetics")["V1"].canonical},
        (_target("first-level", figure.id, figure.value, spread),),
        {},
        lambda values: exposed(someone, tables["reading"], values),
    )
    for id, name in fit_pharmacokinetics.FUSIONS.items():
        yield _fused(catalogue, bench, id, name, spread)


def _fused(catalogue: Catalogue, bench: exposure.Bench, id: str, name: str, spread: float) -> Problem:
    """The clearance `name` of a fusion and the half-life that it was fitted to."""
    assay = exposure.assays()[id]
    (figure,) = calibrate_figures(catalogue, [assay["figure"]])
    system = bench.system(assay["molecule"], assay["host"], assay["doses"][0]["route"])
    cleared = float(system.nominal[system.parameter_index["CLoth"]])
    start = catalogue.molecule(assay["molecule"])[name].canonical

    def fused(values: Values) -> dict[str, float]:
        moved = {"CLoth": cleared * values[name] / start}
        return {id: exposure.compared(bench, id, assay, moved).predicted}

    host = "in the mouse" if assay["host"] == "mouse" else "in man"
    return Problem(
        f"{assay['molecule']} {host}",
        {name: start},
        (_target(id, figure.id, figure.value, spread),),
        {},
        fused,
    )
