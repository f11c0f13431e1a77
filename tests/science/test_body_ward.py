"""What happens on the ward in a trial of high doses, against the figures it was fitted to, in fresh patients."""

from __future__ import annotations

import pytest

from leukin.catalog import load_catalog
from leukin.inference.fit_ward import Ward, ward

#: quantity -> (published, how far a small group of other patients may be off)
PUBLISHED = {
    "doses-renal": (19.0, 2.5),
    "hypotension": (0.71, 0.08),
    "hypotension-4": (0.03, 0.025),
    "oliguria": (0.63, 0.08),
    "oliguria-4": (0.06, 0.035),
    "fever": (0.29, 0.08),
    "death": (0.0325, 0.01),
}


@pytest.fixture(scope="module")
def group() -> Ward:
    return ward(load_catalog(), patients=300, seed=31)


@pytest.mark.slow
def test_fresh_patients_show_the_published_toxicity(group: Ward) -> None:
    found = group.outcome({})
    for name, (value, margin) in PUBLISHED.items():
        assert abs(found[name] - value) <= margin, (name, found[name])


@pytest.mark.slow
def test_more_vasodilation_means_more_hypotension_and_fewer_doses(group: Ward) -> None:
    gain = group.plan.catalogue.mechanism("circulation")["vasodilation_gain"].canonical
    usual, more = group.outcome({}), group.outcome({"vasodilation_gain": 1.5 * gain})
    assert more["hypotension"] > usual["hypotension"] and more["doses-renal"] < usual["doses-renal"]


@pytest.mark.slow
def test_patients_differ_in_every_grade_and_who_leaks_more_gets_fewer_doses(group: Ward) -> None:
    usual = group.treat({})
    for name, least in (
        ("hypotension", 4),
        ("oliguria", 4),
        ("capillary_leak", 2),
        ("creatinine", 3),
        ("fever", 2),
    ):
        assert len(set(usual[f"grade.{name}"])) >= least, name
    doses = usual["doses_given"]
    assert doses.min() >= 0 and doses.max() <= 28 and len(set(doses)) > 8
    sick = usual["grade.hypotension"] >= 3
    assert 0 < sick.sum() < len(sick) and doses[sick].mean() < doses[~sick].mean()
    strict = group.outcome(
        {"other_toxicity": 20 * group.plan.catalogue.rule("high-dose-withholding")["other_toxicity"].value}
    )
    assert strict["doses-renal"] < group.outcome({})["doses-renal"] - 2
