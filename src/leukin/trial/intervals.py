"""Intervals of proportions and medians."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike


class Interval(NamedTuple):
    """A value with its interval; None where it does not exist."""

    value: float | None
    low: float | None
    high: float | None


NOTHING = Interval(None, None, None)


def wilson(count: int, n: int, level: float = 0.95) -> Interval:
    """Proportion count/n with its score interval (Wilson 1927, J Am Stat Assoc 22:209)."""
    return _proportion(count, n, level, "wilson")


def clopper_pearson(count: int, n: int, level: float = 0.95) -> Interval:
    """Proportion count/n with its exact interval (Clopper and Pearson 1934, Biometrika 26:404)."""
    return _proportion(count, n, level, "exact")


def _proportion(count: int, n: int, level: float, method: str) -> Interval:
    if n == 0:
        return NOTHING
    from scipy.stats import binomtest

    interval = binomtest(int(count), int(n)).proportion_ci(confidence_level=level, method=method)
    return Interval(count / n, float(interval.low), float(interval.high))


def quantile(values: ArrayLike, p: float = 0.5, level: float = 0.95) -> Interval:
    """Quantile of a sample with its distribution-free interval from order statistics; None for a bound out of
    the sample.

    values: float64[patient], NaN left out. Conover 1999, Practical nonparametric statistics, section 3.2.
    """
    sample = np.asarray(values, float)
    sample = sample[~np.isnan(sample)]
    if len(sample) == 0:
        return NOTHING
    from scipy.stats import quantile_test

    interval = quantile_test(sample, p=p).confidence_interval(confidence_level=level)
    bounds = (float(bound) if math.isfinite(bound) else None for bound in (interval.low, interval.high))
    return Interval(float(np.quantile(sample, p)), *bounds)
