"""The three numbers of a dose-response curve: EC50, plateau, slope."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

#: steepest and shallowest slope that a fit may return
SLOPES = (0.1, 10.0)
#: a response below this is none
NOTHING = 1e-6


@dataclass(frozen=True, slots=True)
class Hill:
    """response = emax d^n/(ec50^n + d^n); ec50 in the unit of the doses; all NaN but emax = 0 where nothing responds."""

    ec50: float
    emax: float
    slope: float


def fit_hill(doses: ArrayLike, response: ArrayLike) -> Hill:
    """The Hill curve through one dose-response curve by least squares (doses positive, in any unit).

    EC50 is the dose at half of the fitted plateau of this curve, not of another one.
    """
    from scipy.optimize import least_squares

    d, y = np.asarray(doses, dtype=np.float64), np.asarray(response, dtype=np.float64)
    top = float(y.max(initial=0.0))
    if len(d) < 3 or not np.isfinite(y).all() or top < NOTHING:
        return Hill(np.nan, 0.0 if top < NOTHING else np.nan, np.nan)
    x, y = np.log(d), y / top
    middle = x[int(np.abs(y - 0.5).argmin())]
    far = 2.0 * (x[-1] - x[0]) + 1.0

    def curve(p: np.ndarray) -> np.ndarray:
        return p[0] / (1.0 + np.exp(np.clip(-p[2] * (x - p[1]), -700.0, 700.0)))

    bounds = ([0.0, x[0] - far, SLOPES[0]], [np.inf, x[-1] + far, SLOPES[1]])
    found = least_squares(lambda p: curve(p) - y, [1.0, middle, 1.0], bounds=bounds)
    emax, centre, slope = found.x
    return Hill(float(np.exp(centre)), float(emax * top), float(slope))
