"""Kaplan-Meier curves, medians, numbers at risk and the log-rank test; thin wrappers around SciPy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leukin.trial.intervals import NOTHING, Interval

if TYPE_CHECKING:
    from scipy.stats import CensoredData

Floats = NDArray[np.float64]

#: a product of fractions that is one half on paper may come out this much larger
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Curve:
    """Kaplan-Meier estimate: share of patients without the event just after each time, with its 95 % band.

    times float64[point], starting at 0; survival, low, high float64[point]; observed: float64[patient] as
    given.
    """

    times: Floats
    survival: Floats
    low: Floats
    high: Floats
    observed: Floats

    def at(self, time: float) -> Interval:
        """Survival at a landmark (same unit as the times); nothing beyond the last patient observed."""
        if len(self.observed) == 0 or time > self.observed.max():
            return NOTHING
        k = int(np.searchsorted(self.times, time, side="right")) - 1
        return Interval(float(self.survival[k]), float(self.low[k]), float(self.high[k]))

    def median(self) -> Interval:
        """Median time to event with its interval where the band crosses one half; None where it is not
        reached.

        Brookmeyer and Crowley 1982, Biometrics 38:29.
        """
        return Interval(*(self._crossing(curve) for curve in (self.survival, self.low, self.high)))

    def _crossing(self, curve: Floats) -> float | None:
        below = np.flatnonzero(curve <= 0.5 + ROUNDING)
        return float(self.times[below[0]]) if len(below) else None

    def at_risk(self, times: ArrayLike) -> NDArray[np.int64]:
        """Patients still without event and observed at each of the times, int64[time]."""
        return (self.observed[None, :] >= np.asarray(times, float)[:, None]).sum(axis=1)


def _censored(time: ArrayLike, event: ArrayLike) -> CensoredData:
    from scipy.stats import CensoredData

    return CensoredData.right_censored(np.asarray(time, float), ~np.asarray(event, bool))


def kaplan_meier(time: ArrayLike, event: ArrayLike, level: float = 0.95) -> Curve:
    """Kaplan-Meier estimate of the time to an event.

    time: float64[patient]; event: bool[patient], false where censored. Band: log-log transform of Greenwood's
    variance (Kaplan and Meier 1958, J Am Stat Assoc 53:457). Without patients the curve is empty.
    """
    observed = np.asarray(time, float)
    if len(observed) == 0:
        return Curve(*(np.zeros(0) for _ in range(5)))
    import warnings

    from scipy.stats import ecdf

    estimate = ecdf(_censored(observed, event)).sf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # bounds that do not exist are NaN and replaced below
        band = estimate.confidence_interval(confidence_level=level, method="log-log")
    survival = np.asarray(estimate.probabilities, float)
    low = np.where(
        np.isnan(band.low.probabilities), np.where(survival >= 1, 1.0, 0.0), band.low.probabilities
    )
    high = np.where(
        np.isnan(band.high.probabilities),
        np.where(survival >= 1, 1.0, _before(band.high.probabilities)),
        band.high.probabilities,
    )
    times = np.asarray(estimate.quantiles, float)
    start = [0.0] if times[0] > 0 else []
    ones = np.ones(len(start))
    return Curve(
        np.concatenate([start, times]),
        np.concatenate([ones, survival]),
        np.concatenate([ones, low]),
        np.concatenate([ones, high]),
        observed,
    )


def _before(values: Floats) -> Floats:
    """The value of the point before, 1 for the first."""
    return np.concatenate([[1.0], np.asarray(values, float)[:-1]])


def log_rank(
    time_a: ArrayLike, event_a: ArrayLike, time_b: ArrayLike, event_b: ArrayLike
) -> tuple[float, float]:
    """Log-rank statistic (standard normal) and two-sided p (Mantel 1966, Cancer Chemother Rep 50:163)."""
    from scipy.stats import logrank

    result = logrank(_censored(time_a, event_a), _censored(time_b, event_b))
    return float(result.statistic), float(result.pvalue)
