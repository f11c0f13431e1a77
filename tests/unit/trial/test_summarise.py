"""The summary of a table of patients written by hand."""

from __future__ import annotations

import numpy as np
import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leukin.catalog.records import Figure, PublishedRecord
from leukin.trial.intervals import wilson
from leukin.trial.summarise import Reported, calibrated, compare, reported, summarise


def figure(id, role="CALIBRATE", value=14.1, low=10.4, high=18.9, unit="%"):
    return Figure(id, "response", "ORR", value, low, high, unit, "human", "somebody", (), role, "high")


def patients(responses, arm="high dose", failed=0, first=0, **columns):
    n = len(responses) + failed
    ok = np.arange(n) < len(responses)
    table = {
        "patient": np.arange(first, first + n),
        "arm": arm,
        "draw": 0,
        "status": np.where(ok, "ok", "failed"),
        "rejected_draws": 1,
        "doses_given": pandas.array([20] * n, dtype="Int64"),
        "best_response": [*responses, *[""] * failed],
        "pfs_month": 2.0,
        "pfs_event": pandas.array([True] * n, dtype="boolean"),
        "os_month": 10.0,
        "os_event": pandas.array([False] * n, dtype="boolean"),
        "duration_month": np.where([r in ("CR", "PR") for r in [*responses, *[""] * failed]], 5.0, np.nan),
        "duration_event": pandas.array([True] * n, dtype="boolean"),
        "grade.hypotension": pandas.array([1] * n, dtype="Int64"),
        "treatment_death": pandas.array([False] * n, dtype="boolean"),
    }
    return pandas.DataFrame({**table, **columns})


def one(table, items=(), **more):
    return summarise(table, ["high dose"], {"high dose": list(items)}, **more)["arms"][0]


TEN = ["CR", "PR", "PR", "SD", "SD", "SD", "PD", "PD", "PD", "NE"]


def test_proportions_with_their_interval():
    entry = one(patients(TEN))
    values = {name: entry[name]["value"] for name in ("orr", "cr", "pr", "sd", "pd", "ne")}
    assert values == {"orr": 0.3, "cr": 0.1, "pr": 0.2, "sd": 0.3, "pd": 0.3, "ne": 0.1}
    assert (entry["orr"]["low"], entry["orr"]["high"]) == wilson(3, 10)[1:]
    assert entry["cr_share_of_responders"]["value"] == pytest.approx(1 / 3)
    assert entry["orr"]["parameter_low"] is None


def test_failed_patients_are_counted_and_bound_the_result():
    result = summarise(patients(TEN, failed=2), ["high dose"], {"high dose": []})
    assert result["patients"] == {"requested": 12, "ok": 10, "failed": 2, "screened_out": 12}
    entry = result["arms"][0]
    assert (entry["n"], entry["failed"]) == (10, 2)
    assert entry["orr"]["value"] == 0.3
    assert entry["orr"]["worst_low"] == pytest.approx(3 / 12)
    assert entry["orr"]["worst_high"] == pytest.approx(5 / 12)


def test_a_patient_who_failed_in_one_arm_is_a_failed_patient_once():
    table = pandas.concat([patients(TEN), patients(TEN[:9], "low dose", failed=1)])
    result = summarise(table, ["high dose", "low dose"], {"high dose": [], "low dose": []})
    assert result["patients"] == {"requested": 10, "ok": 9, "failed": 1, "screened_out": 10}
    assert [arm["n"] for arm in result["arms"]] == [10, 9]


def test_nobody_left_gives_nulls_not_zeros():
    entry = one(patients([], failed=3))
    assert (entry["n"], entry["failed"]) == (0, 3)
    for name in ("orr", "pfs_median_month", "doses_given"):
        assert entry[name] is None
    assert entry["toxicity"]["hypotension"] is None


def test_without_a_tumour_response_is_null():
    table = patients(TEN).drop(columns=["best_response", "pfs_month", "pfs_event", "os_month", "os_event"])
    entry = one(table)
    assert entry["orr"] is None
    assert entry["pfs_median_month"] is None
    assert entry["doses_given"]["median"] == 20


def test_medians_and_doses():
    table = patients(TEN, pfs_month=np.arange(1.0, 11.0), doses_given=np.arange(11, 21))
    entry = one(table)
    assert entry["pfs_median_month"]["value"] == 5.0  # of 1..10 without censoring: where half have progressed
    assert entry["os_median_month"]["value"] is None  # all censored
    assert entry["duration_of_response_median_month"]["value"] == 5.0
    assert entry["doses_given"] == {"median": 15.5, "q1": 13.25, "q3": 17.75, "calibrated": False}


def test_toxicity_counts_that_grade_or_worse():
    grades = pandas.array([0, 1, 2, 3, 4, 4, 1, 0, 0, 0], dtype="Int64")
    entry = one(patients(TEN, **{"grade.hypotension": grades, "treatment_death": [True] + [False] * 9}))
    assert entry["toxicity"]["hypotension"] == {"any": 0.6, "grade3": 0.3, "grade4": 0.2}
    assert entry["toxicity"]["treatment_death"] == {"any": 0.1}
    assert entry["toxicity"]["fever"] is None


def test_published_beside_predicted_in_fractions():
    entry = one(patients(TEN), [Reported(figure("A", value=30, low=20, high=40), "orr")])
    expected = {"figure": "A", "role": "CALIBRATE", "quantity": "orr", "value": 0.3, "low": 0.2, "high": 0.4}
    assert entry["published"] == [expected | {"predicted": 0.3, "inside": True}]
    assert entry["orr"]["calibrated"] is True
    assert entry["cr"]["calibrated"] is False
    outside = one(patients(TEN), [Reported(figure("A", value=14, low=10, high=19), "orr")])
    assert outside["published"][0]["inside"] is False


@pytest.mark.parametrize(
    ("quantity", "unit", "own"),
    [("hypotension.any", "%", 1.0), ("doses_given", "doses", 20.0), ("treatment_death.any", "%", 0.0)],
)
def test_without_an_interval_inside_is_null(quantity, unit, own):
    item = Reported(figure("A", value=20, low=None, high=None, unit=unit), quantity)
    found = one(patients(TEN), [item])["published"][0]
    assert (found["predicted"], found["inside"]) == (own, None)


def test_what_cannot_be_computed_is_listed_with_null():
    found = compare(Reported(figure("A"), "os_difference"), one(patients(TEN)))
    assert (found["predicted"], found["inside"]) == (None, None)


def test_validation_figures_are_never_shown_and_check_figures_do_not_calibrate():
    records = [
        PublishedRecord("A", "orr", "x"),
        PublishedRecord("B", "cr", "x"),
        PublishedRecord("C", "pd", ""),
    ]
    figures = [figure("A", "VALIDATE"), figure("B", "CHECK"), figure("C", "CALIBRATE")]
    found = reported(records, figures, ["y", "x"])
    assert [(item.figure.id, item.quantity) for item in found["x"]] == [("B", "cr")]
    assert [item.figure.id for item in found["y"]] == ["C"]  # of the whole trial: with its first arm
    assert calibrated(found["x"]) == set()
    assert calibrated(found["y"]) == {"pd"}


def test_quantities_are_named_as_in_the_summary():
    names = ["toxicity.hypotension.any", "doses_given.median", "orr"]
    found = reported([PublishedRecord("A", name, "x") for name in names], [figure("A")], ["x"])
    assert [item.quantity for item in found["x"]] == ["hypotension.any", "doses_given", "orr"]


def test_partial_response_is_calibrated_by_its_complements():
    items = [Reported(figure("A"), "orr"), Reported(figure("B"), "cr")]
    assert calibrated(items) == {"orr", "cr", "pr"}
    assert calibrated(items[:1]) == {"orr"}


def test_draws_give_parameter_intervals():
    draws = pandas.concat([patients(["CR"] * k + ["PD"] * (10 - k)).assign(draw=k + 1) for k in range(11)])
    entry = one(patients(TEN), draws=draws)
    assert (entry["orr"]["parameter_low"], entry["orr"]["parameter_high"]) == (0.0, 1.0)
    assert entry["orr"]["value"] == 0.3
    assert entry["os_median_month"]["parameter_low"] is None


@given(st.lists(st.sampled_from(["CR", "PR", "SD", "PD", "NE"]), min_size=1, max_size=40), st.randoms())
def test_fractions_sum_to_one_in_any_order(responses, random):
    entry = one(patients(responses))
    parts = [entry[name]["value"] for name in ("cr", "pr", "sd", "pd", "ne")]
    assert sum(parts) == pytest.approx(1.0)
    assert entry["orr"]["value"] == pytest.approx(parts[0] + parts[1])
    shuffled = list(responses)
    random.shuffle(shuffled)
    assert {k: v for k, v in one(patients(shuffled)).items() if k in ("orr", "sd", "pd")} == {
        k: v for k, v in entry.items() if k in ("orr", "sd", "pd")
    }
