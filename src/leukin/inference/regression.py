"""Least squares with log-normal priors: a small fit of positive parameters to a few targets."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from leukin.inference.experiments import Prior, Target

Values = dict[str, float]
#: change of a logarithm for derivatives; wide, because solved courses carry solver noise
STEP = 0.02
#: evaluations of a fit, derivatives not counted
MOST = 40
#: largest change of a logarithm in one step of `settle`; damping after the first step that leads nowhere
WIDEST, LEAST_DAMPING = 0.7, 0.25


@dataclass(frozen=True, slots=True)
class Fit:
    """Fitted values (canonical units), standard errors of their logarithms, predictions and misses by target."""

    values: Mapping[str, float]
    errors: Mapping[str, float]
    predicted: Mapping[str, float]
    misses: Mapping[str, float]

    @property
    def deviance(self) -> float:
        """Sum of squared misses, priors left out."""
        return float(sum(miss**2 for miss in self.misses.values()))


def regress(
    predict: Callable[[Values], Mapping[str, float]],
    targets: Sequence[Target],
    start: Mapping[str, float],
    priors: Mapping[str, Prior],
    step: float = STEP,
    most: int = MOST,
) -> Fit:
    """Minimise the squared misses of `predict` plus, for every name in `priors`, (ln(value/prior value)/width)^2.

    start: values in canonical units, all positive; step: change of a logarithm that derivatives are taken over;
    most: evaluations at which it ends.
    """
    names = tuple(start)
    centre = np.log([start[name] for name in names])

    def misses(shift: np.ndarray) -> np.ndarray:
        values = dict(zip(names, map(float, np.exp(centre + shift)), strict=True))
        found = predict(values)
        off = [target.miss(found[target.id]) for target in targets]
        expected = [math.log(values[name] / prior.value) / prior.width for name, prior in priors.items()]
        return np.array(off + expected)

    def slopes(shift: np.ndarray) -> np.ndarray:
        here = misses(shift)
        steps = np.eye(len(names)) * step
        return np.stack([(misses(shift + change) - here) / step for change in steps], axis=1)

    best = least_squares(misses, np.zeros(len(names)), jac=slopes, xtol=1e-4, ftol=1e-6, max_nfev=most)
    values = dict(zip(names, map(float, np.exp(centre + best.x)), strict=True))
    spread = np.sqrt(np.diag(np.linalg.pinv(best.jac.T @ best.jac)))
    found = predict(values)
    return Fit(
        values,
        dict(zip(names, map(float, spread), strict=True)),
        {target.id: float(found[target.id]) for target in targets},
        {target.id: float(target.miss(found[target.id])) for target in targets},
    )


def settle(
    predict: Callable[[Values], Mapping[str, float]],
    targets: Sequence[Target],
    start: Mapping[str, float],
    priors: Mapping[str, Prior],
    step: float,
    rounds: int,
    close: float,
) -> Fit:
    """As `regress`, for shares of patients, which change in steps: central differences over `step` at the start alone,
    then at most `rounds` damped Gauss-Newton steps, of which the wide ones correct the derivatives (Broyden 1965).

    step: change of a logarithm, wide; close: the largest change of a logarithm that counts as none. It evaluates
    `predict` 1 + 2 len(start) + rounds times at most and returns the best of the start and the steps.
    """
    names = tuple(start)

    def look(x: np.ndarray) -> tuple[np.ndarray, Mapping[str, float]]:
        values = dict(zip(names, map(float, np.exp(x)), strict=True))
        found = predict(values)
        off = [target.miss(found[target.id]) for target in targets]
        expected = [math.log(values[name] / prior.value) / prior.width for name, prior in priors.items()]
        return np.array(off + expected), found

    x = np.log([start[name] for name in names])
    here, seen = look(x)
    sides = [(look(x + change)[0], look(x - change)[0]) for change in np.eye(len(names)) * step]
    slopes = np.stack([(high - low) / (2.0 * step) for high, low in sides], axis=1)
    spread = np.sqrt(np.diag(np.linalg.pinv(slopes.T @ slopes)))
    damping = 0.0
    for _ in range(rounds):
        information = slopes.T @ slopes
        move = -np.linalg.pinv(information + damping * np.diag(np.diag(information))) @ (slopes.T @ here)
        move = np.clip(move, -WIDEST, WIDEST)
        if np.abs(move).max() < close:
            break
        there, found = look(x + move)
        if (
            np.linalg.norm(move) > step / 2.0
        ):  # over less, the steps of shares are all that a difference shows
            slopes = slopes + np.outer(there - here - slopes @ move, move) / (move @ move)
        if there @ there < here @ here:
            x, here, seen, damping = x + move, there, found, damping / 4.0
        else:
            damping = max(4.0 * damping, LEAST_DAMPING)
    return Fit(
        dict(zip(names, map(float, np.exp(x)), strict=True)),
        dict(zip(names, map(float, spread), strict=True)),
        {target.id: float(seen[target.id]) for target in targets},
        {target.id: float(target.miss(seen[target.id])) for target in targets},
    )


def table(fit: Fit, targets: Sequence[Target]) -> str:
    """Observed beside predicted, one line a target; then the values with their errors."""
    lines = [f"{'target':26s}{'figure':>8s}{'observed':>12s}{'predicted':>12s}{'miss':>8s}"]
    lines += [
        f"{t.id:26s}{t.figure:>8s}{('>' if t.at_least else '') + format(t.value, '.4g'):>12s}"
        f"{fit.predicted[t.id]:12.4g}{fit.misses[t.id]:8.2f}"
        for t in targets
    ]
    lines += [
        f"{name} = {value:.5g}  (ln error {fit.errors[name]:.2f})" for name, value in fit.values.items()
    ]
    return "\n".join(lines)
