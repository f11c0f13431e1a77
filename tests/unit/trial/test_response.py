"""Response: tables of the criteria worked by hand, and what must hold for any tumour."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leukin.errors import CatalogError
from leukin.trial.criteria import Criterion, criterion_rule, longest_diameter, product_of_diameters
from leukin.trial.response import CR, NAMES, NE, PD, PR, SD, assess, endpoints
from leukin.trial.scans import Reader, read_scans

DAY = 24.0
WEEK = 7 * DAY
RECIST = Criterion("RECIST 1.1", longest_diameter, 0.3, 0.2, 5.0, 28 * DAY, 42 * DAY)
WHO = Criterion("WHO", product_of_diameters, 0.5, 0.25, 25.0, 28 * DAY, 28 * DAY)
SHARP = Reader(error=0.0, detection_limit=5.0, new_lesion=10.0)


def judge(diameters, criterion=RECIST, every=8 * WEEK, evaluable=None):
    """One patient: diameters[scan][lesion] in mm, the first row at baseline."""
    true = np.array(diameters, float)[None]
    readings = read_scans(true, np.zeros((*true.shape, 2)), SHARP)
    times = every * np.arange(true.shape[1])
    usable = np.ones(true.shape[:2], bool) if evaluable is None else np.array([evaluable], bool)
    return assess(readings, times, usable, criterion, SHARP.new_lesion)


def levels(found):
    return [NAMES[int(level)] for level in found.levels[0, 1:]]


RECIST_TABLE = [
    # sums at scans after a baseline of 100 mm (two lesions of 50), levels, best
    ([[49, 50]], ["SD"], "SD"),
    ([[35, 35]], ["PR"], "SD"),  # exactly -30 %, not confirmed
    ([[35, 35], [35, 35]], ["PR", "PR"], "PR"),
    ([[35.1, 35], [35.1, 35]], ["SD", "SD"], "SD"),
    ([[35, 35], [36, 36]], ["PR", "SD"], "SD"),  # -30 then -28 %: not confirmed
    ([[60, 59.9]], ["SD"], "SD"),  # +19.9 %
    ([[60, 60]], ["PD"], "PD"),  # +20 %
    ([[30, 30], [36, 36]], ["PR", "PD"], "SD"),  # +20 % over nadir although -28 % of baseline
    ([[0, 0], [0, 0]], ["CR", "CR"], "CR"),
    ([[4.9, 4.9], [4.9, 4.9]], ["CR", "CR"], "CR"),  # below detection
    ([[5, 0], [0, 0], [0, 0]], ["PR", "CR", "CR"], "CR"),
    ([[20, 20], [0, 0]], ["PR", "CR"], "PR"),  # CR seen once confirms the PR
    ([[0, 0], [6, 0]], ["CR", "PD"], "SD"),  # what was gone comes back
    ([[60, 60], [20, 20], [20, 20]], ["PD", "PR", "PR"], "PD"),  # nothing counts after progression
]


@pytest.mark.parametrize(("scans", "expected", "best"), RECIST_TABLE)
def test_recist(scans, expected, best):
    found = judge([[50, 50], *scans])
    assert levels(found) == expected
    assert NAMES[int(found.best[0])] == best


def test_recist_needs_five_millimetres_of_growth():
    # 10 -> 7 -> 11.9 mm is +70 % over nadir but only 4.9 mm
    assert levels(judge([[20], [10], [14.9]])) == ["PR", "SD"]
    assert levels(judge([[20], [10], [15]])) == ["PR", "PD"]


def test_new_lesion_is_progression():
    # the second lesion is unseen at baseline (4 mm): 9.9 mm is not yet new, 10 mm is
    assert levels(judge([[50, 4], [50, 9.9]])) == ["SD"]
    assert levels(judge([[50, 4], [50, 10]])) == ["PD"]
    assert levels(judge([[50, 4], [20, 10]])) == ["PD"]


def test_no_complete_response_while_an_unseen_lesion_shows():
    assert levels(judge([[50, 4], [0, 6], [0, 3]])) == ["PR", "CR"]


WHO_TABLE = [
    # one lesion of 20 mm: product 400 mm2
    ([14.2], ["SD"], "SD"),  # 201.6
    ([14.1, 14.1], ["PR", "PR"], "PR"),  # 198.8: -50 %
    ([22.3], ["SD"], "SD"),  # 497.3: +24.3 %
    ([22.4], ["PD"], "PD"),  # 501.8: +25.4 %
    ([8, 9], ["PR", "PR"], "PR"),  # 64 -> 81 mm2: +26.6 % but only 17 mm2
    ([8, 9.5], ["PR", "PD"], "SD"),  # 64 -> 90.25 mm2: +41 % and 26 mm2
    ([4, 4], ["CR", "CR"], "CR"),
]


@pytest.mark.parametrize(("scans", "expected", "best"), WHO_TABLE)
def test_who(scans, expected, best):
    found = judge([[20.0], *([d] for d in scans)], WHO)
    assert levels(found) == expected
    assert NAMES[int(found.best[0])] == best


def test_who_and_recist_differ_where_they_should():
    # diameters -28 %: products -48 %; diameters -29.5 %: products -50.3 %
    scans = [[100], [70.5], [70.5]]
    assert judge(scans, WHO).best[0] == PR
    assert judge(scans, RECIST).best[0] == SD


def test_confirmation_waits_four_weeks():
    weekly = [[50], [30], [30], [30], [30]]
    assert judge(weekly, every=WEEK).best[0] == NE  # confirmed only at week 5, and too early for SD
    assert judge([*weekly, [30]], every=WEEK).best[0] == PR
    broken = [
        [50],
        [30],
        [30],
        [35.9],
        [30],
        [30],
        [30],
        [30],
    ]  # a scan between is not a response: a new start
    assert judge(broken, every=WEEK).best[0] == SD
    assert judge([*broken, [30]], every=WEEK).response[0] == 4 * WEEK


def test_missing_scan_is_not_evaluable():
    scans = [[50], [30], [30], [30]]
    found = judge(scans, evaluable=[1, 1, 0, 1])
    assert levels(found) == ["PR", "NE", "PR"]
    assert found.best[0] == PR
    assert judge(scans, evaluable=[1, 0, 0, 0]).best[0] == NE
    assert judge(scans, evaluable=[0, 1, 1, 1]).best[0] == NE
    assert judge([[4], [30]]).best[0] == NE  # nothing to measure at baseline


def test_stable_disease_needs_time():
    assert judge([[50], [50]], every=5 * WEEK).best[0] == NE
    assert judge([[50], [50]], every=6 * WEEK).best[0] == SD
    assert judge([[50], [70]], every=5 * WEEK).best[0] == PD


def test_times_to_event_by_hand():
    every = 8 * WEEK
    responder = [[50], [30], [30], [30], [40]]  # PR from scan 1, PD at scan 4 (+33 %)
    found = judge(responder)
    assert found.change[0] == pytest.approx(-0.4)
    end = endpoints(found, np.array([np.inf]), horizon=6 * every)
    assert (end.pfs[0], end.pfs_event[0]) == (4 * every, True)
    assert (end.duration[0], end.duration_event[0]) == (3 * every, True)
    assert (end.os[0], end.os_event[0]) == (6 * every, False)
    end = endpoints(judge(responder[:4]), np.array([3.5 * every]), horizon=6 * every)  # dies in response
    assert (end.pfs[0], end.pfs_event[0], end.duration[0]) == (3.5 * every, True, 2.5 * every)
    assert (end.os[0], end.os_event[0]) == (3.5 * every, True)
    end = endpoints(judge(responder[:4]), np.array([np.inf]), horizon=3 * every)  # censored at the last scan
    assert (end.pfs[0], end.pfs_event[0]) == (3 * every, False)
    assert (end.duration[0], end.duration_event[0]) == (2 * every, False)
    end = endpoints(
        judge([[50], [50]]), np.array([7 * every]), horizon=6 * every
    )  # death after the horizon is unseen
    assert (end.pfs_event[0], end.os_event[0], end.os[0]) == (False, False, 6 * every)
    assert np.isnan(end.duration[0])


def test_unknown_criterion_is_refused_with_the_nearest():
    with pytest.raises(CatalogError, match="did you mean"):
        criterion_rule("RECIST")


def test_reader_error_and_detection():
    noise = np.zeros((1, 2, 1, 2))
    noise[0, 1, 0] = [1.0, -1.0]
    readings = read_scans(np.array([[[20.0], [5.2]]]), noise, Reader(0.1, 5.0, 10.0))
    assert readings[0, 0, 0] == pytest.approx([20, 20])
    assert readings[0, 1, 0] == pytest.approx(
        [5.2 * np.exp(0.1), 5.2 * np.exp(-0.1)]
    )  # seen by its larger reading
    readings = read_scans(np.array([[[20.0], [4.0]]]), noise, Reader(0.1, 5.0, 10.0))
    assert (readings[0, 1] == 0).all()


courses = st.lists(st.floats(1.0, 400.0), min_size=2, max_size=9)


@given(courses, st.floats(0.3, 1.0), st.sampled_from([RECIST, WHO]))
def test_a_uniformly_smaller_tumour_never_responds_worse(course, factor, criterion):
    """All scans after baseline smaller by one factor, everything far above the detection limit."""
    course = [100.0 + 3 * d for d in course]
    smaller = [course[0], *(factor * d for d in course[1:])]
    worse, better = judge([[d] for d in course], criterion), judge([[d] for d in smaller], criterion)
    assert better.best[0] >= worse.best[0]


@given(
    st.lists(st.lists(st.floats(0.0, 100.0), min_size=8, max_size=8), min_size=1, max_size=6), st.randoms()
)
def test_patients_do_not_touch_each_other(patients, random):
    true = np.array(patients).reshape(len(patients), 4, 2)
    order = list(range(len(patients)))
    random.shuffle(order)

    def run(diameters):
        readings = read_scans(diameters, np.zeros((*diameters.shape, 2)), SHARP)
        return assess(readings, 8 * WEEK * np.arange(4), np.ones(diameters.shape[:2], bool), RECIST, 10.0)

    alone, together = run(true), run(true[order])
    for name in ("levels", "best", "response", "progression", "last_scan", "change"):
        np.testing.assert_array_equal(getattr(alone, name)[order], getattr(together, name))


@given(courses, st.sampled_from([RECIST, WHO]))
def test_best_response_has_been_seen(course, criterion):
    found = judge([[d] for d in course], criterion)
    best, seen = int(found.best[0]), set(found.levels[0].tolist())
    if best in (CR, PR):
        assert any(level >= best for level in seen)
        assert found.response[0] >= 8 * WEEK
    else:
        assert np.isnan(found.response[0])
    if best == PD:
        assert not np.isnan(found.progression[0])
    if best == NE:
        assert seen == {NE}
