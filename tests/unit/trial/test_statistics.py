"""Survival and intervals against textbooks and an independent package."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.datasets import heart
from statsmodels.duration.survfunc import SurvfuncRight, survdiff
from statsmodels.stats.proportion import proportion_confint

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


# Maintenance in acute myelogenous leukaemia (Miller 1997), weeks to relapse; Stanford heart transplants, days.
MAINTAINED = np.array([9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161], float)
KEPT_ON = np.array([1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0], bool)
STOPPED = np.array([5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45], float)
LEFT_OFF = np.array([1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1], bool)
HEART = heart.load_pandas().data
OLD = HEART["age"].to_numpy() > 48
DAYS, DIED = HEART["survival"].to_numpy(float), HEART["censors"].to_numpy() == 1

DATA = [
    ((TREATED, RELAPSE), (PLACEBO, ALL)),
    ((MAINTAINED, KEPT_ON), (STOPPED, LEFT_OFF)),
    ((DAYS[OLD], DIED[OLD]), (DAYS[~OLD], DIED[~OLD])),
]


@pytest.mark.parametrize("groups", DATA)
def test_kaplan_meier_equals_an_independent_package(groups):
    for time, event in groups:
        ours, theirs = kaplan_meier(time, event), SurvfuncRight(time, event.astype(int))
        for at, value in zip(theirs.surv_times, theirs.surv_prob, strict=True):
            assert ours.at(at).value == pytest.approx(value, abs=1e-10)
        assert ours.at_risk(theirs.surv_times).tolist() == theirs.n_risk.tolist()
        half = theirs.surv_times[theirs.surv_prob <= 0.5 + 1e-12]
        assert ours.median().value == (half[0] if len(half) else None)


@pytest.mark.parametrize("groups", DATA)
def test_log_rank_equals_an_independent_package(groups):
    (time_a, event_a), (time_b, event_b) = groups
    statistic, p = log_rank(time_a, event_a, time_b, event_b)
    group = np.repeat([0, 1], [len(time_a), len(time_b)])
    together = np.concatenate([event_a, event_b]).astype(int)
    chi2, expected = survdiff(np.concatenate([time_a, time_b]), together, group)
    assert statistic**2 == pytest.approx(chi2, rel=1e-10)
    assert p == pytest.approx(expected, rel=1e-10)


def test_log_rank_of_the_textbook():
    statistic, _ = log_rank(TREATED, RELAPSE, PLACEBO, ALL)
    assert statistic**2 == pytest.approx(16.79, abs=0.005)


def test_median_interval_by_log_log_band():
    # log-log limits of the median: treated (13, not reached), placebo (4, 11)
    low_high = kaplan_meier(TREATED, RELAPSE).median()
    assert (low_high.low, low_high.high) == (13.0, None)
    low_high = kaplan_meier(PLACEBO, ALL).median()
    assert (low_high.low, low_high.high) == (4.0, 11.0)


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


@pytest.mark.parametrize(("count", "n"), [(0, 7), (3, 7), (7, 7), (36, 255), (1, 1000)])
def test_proportions_equal_an_independent_package(count, n):
    assert wilson(count, n)[1:] == pytest.approx(proportion_confint(count, n, method="wilson"), abs=1e-10)
    exact = proportion_confint(count, n, method="beta")
    assert clopper_pearson(count, n)[1:] == pytest.approx(exact, abs=1e-10)


def test_median_by_order_statistics():
    # n = 20: the 6th and 15th order statistics hold the median with 95.9 %
    found = quantile(np.arange(1, 21))
    assert (found.value, found.low, found.high) == (10.5, 6.0, 15.0)
    assert quantile([3.0]).low is None
    assert quantile([np.nan]) == (None, None, None)
