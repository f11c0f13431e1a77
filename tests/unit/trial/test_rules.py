"""The rule files hold what the trial reads, in plausible order, and grade 3 hypotension is not any grade."""

from __future__ import annotations

import pytest

from leukin.catalog import Catalogue, load_catalog
from leukin.trial.criteria import CRITERIA, criterion, criterion_rule
from leukin.trial.decisions import limits
from leukin.trial.grades import TOXICITIES, cuts
from leukin.trial.scans import reader


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalog()


def test_withholding_limits(catalogue):
    found = limits(catalogue.rule("high-dose-withholding").parameters)
    assert found.sbp_limit == pytest.approx(88)
    assert found.urine_limit * 8 == pytest.approx(80)  # mL in a shift of 8 h
    assert found.creatinine_limit == pytest.approx(3)
    assert found.weight_gain_limit == pytest.approx(0.15)
    assert found.holds_to_stop == 3


@pytest.mark.parametrize("toxicity", TOXICITIES)
def test_grades_rise(catalogue, toxicity):
    found = cuts(catalogue.rule("toxicity-grades").parameters, toxicity)
    assert set(found) == {1, 2, 3, 4}
    values = [value for grade, value in found.items() if (toxicity, grade) != ("hypotension", 3)]
    falling = toxicity in ("hypotension", "oliguria")
    assert values == sorted(values, reverse=falling)
    assert len(set(values)) == len(values)


def test_response_criteria(catalogue):
    who, recist = (criterion(name, catalogue.rule(criterion_rule(name)).parameters) for name in CRITERIA)
    assert (who.partial, who.progression, who.progression_minimum) == pytest.approx((0.5, 0.25, 25.0))
    assert (recist.partial, recist.progression, recist.progression_minimum) == pytest.approx((0.3, 0.2, 5.0))
    assert who.confirmation == recist.confirmation == 28 * 24
    assert recist.stable_minimum == 42 * 24


def test_reader(catalogue):
    found = reader(catalogue.mechanism("trial-conduct").parameters)
    assert (found.detection_limit, found.new_lesion) == pytest.approx((5.0, 10.0))
    assert 0 < found.error < 0.2
