"""Survival and intervals against textbooks and an independent package."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from leukin.trial.intervals import clopper_pearson, quantile, wilson
from leukin.trial.survival import kaplan_meier, log_rank

# Remission of leukaemia in weeks (Freireich 1963), 6-mercaptopurine and placebo; 0 where censored.
TREATED = np.array([6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35], float)
RELAPSE = np.array([1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0], bool)
PLACEBO = np.array([1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23], float)
ALL = np.ones(21, bool)


def test_kaplan_meier_of_the_textbook():
    curve = kaplan_meier(TREATED, RELAPSE)
    # 18/21; 18/21 x 16/17; x 14/15; x 11/12; x 10/11; x 6/7; x 5/6
    expected = {6: 0.8571, 7: 0.8067, 10: 0.7529, 13: 0.6902, 16: 0.6275, 22: 0.5378, 23: 0.4482}
    for week, value in expected.items():
        assert curve.at(week).value == pytest.approx(value, abs=5e-5)
    assert curve.median().value == 23
    assert kaplan_meier(PLACEBO, ALL).median().value == 8
    assert curve.at_risk([0, 6, 6.1, 10, 23, 35, 36]).tolist() == [21, 21, 17, 15, 6, 1, 0]
    assert curve.at(36).value is None


@pytest.mark.parametrize("event", [RELAPSE, ALL])
def test_kaplan_meier_equals_an_independent_package(event):
    ours, theirs = kaplan_meier(TREATED, event), SurvfuncRight(TREATED, event.astype(int))
    for time, value in zip(theirs.surv_times, theirs.surv_prob, strict=True):
        assert ours.at(time).value == pytest.approx(value, abs=1e-12)


def test_median_interval_by_log_log_band():
    # log-log limits of the median: treated (13, not reached), placebo (4, 11)
    low_high = kaplan_meier(TREATED, RELAPSE).median()
    assert (low_high.low, low_high.high) == (13.0, None)
    low_high = kaplan_meier(PLACEBO, ALL).median()
    assert (low_high.low, low_high.high) == (4.0, 11.0)


def test_log_rank_equals_an_independent_package():
    statistic, p = log_rank(TREATED, RELAPSE, PLACEBO, ALL)
    group = np.repeat([0, 1], 21)
    chi2, expected = survdiff(
        np.concatenate([TREATED, PLACEBO]), np.concatenate([RELAPSE, ALL]).astype(int), group
    )
    assert statistic**2 == pytest.approx(chi2, rel=1e-10)
    assert statistic**2 == pytest.approx(16.79, abs=0.005)
    assert p == pytest.approx(expected, rel=1e-6)


def test_curves_without_events_or_patients():
    curve = kaplan_meier([2.0, 3.0], [False, False])
    assert curve.at(2.5) == (1.0, 1.0, 1.0)
    assert curve.median() == (None, None, None)
    empty = kaplan_meier([], [])
    assert empty.median() == (None, None, None)
    assert empty.at(1.0) == (None, None, None)
    assert empty.at_risk([0.0]).tolist() == [0]


def test_proportions_of_the_textbook():
    # Newcombe 1998, Stat Med 17:857, table I: 81/263, 15/148, 0/20, 1/29
    for count, n, low, high in [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ]:
        assert wilson(count, n)[1:] == pytest.approx((low, high), abs=5e-5)
    for count, n, low, high in [
        (81, 263, 0.2527, 0.3676),
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0.0, 0.1684),
        (1, 29, 0.0009, 0.1776),
    ]:
        assert clopper_pearson(count, n)[1:] == pytest.approx((low, high), abs=5e-5)
    assert wilson(0, 0) == (None, None, None)


def test_median_by_order_statistics():
    # n = 20: the 6th and 15th order statistics hold the median with 95.9 %
    found = quantile(np.arange(1, 21))
    assert (found.value, found.low, found.high) == (10.5, 6.0, 15.0)
    assert quantile([3.0]).low is None
    assert quantile([np.nan]) == (None, None, None)
