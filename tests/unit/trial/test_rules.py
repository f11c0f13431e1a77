"""The rule files hold what the trial reads, in plausible order, and grade 3 hypotension is not any grade."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from leukin.catalog import Catalogue, load_catalog
from leukin.catalog.load import SHIPPED
from leukin.scenario import GIVE, HOLD
from leukin.trial.criteria import CRITERIA, criterion, criterion_rule
from leukin.trial.decisions import UNITS, average, limits
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
    assert (found.oxygen_limit, found.platelet_limit) == pytest.approx((87, 30))


def test_a_rule_without_limits_of_oxygen_and_platelets_holds_no_dose_for_them(catalogue):
    whole = catalogue.rule("high-dose-withholding").parameters
    found = limits({name: whole[name] for name in UNITS})
    assert np.isnan(found.oxygen_limit) and np.isnan(found.platelet_limit)


@pytest.mark.parametrize("toxicity", TOXICITIES)
def test_grades_rise(catalogue, toxicity):
    found = cuts(catalogue.rule("toxicity-grades").parameters, toxicity)
    assert set(found) == {1, 2, 3, 4}
    values = [value for grade, value in found.items() if (toxicity, grade) != ("hypotension", 3)]
    falling = toxicity in ("hypotension", "oliguria", "respiratory", "thrombocytopenia")
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


def test_every_number_of_a_rule_names_its_source(catalogue):
    for id, rule in catalogue.rules.items():
        for name, parameter in rule.parameters.items():
            cite, note = parameter.source.cite, parameter.source.note
            assert cite in catalogue.references if cite else note, (id, name)
    dutcher = ("urine_limit", "urine_window", "creatinine_limit", "weight_gain_limit")
    named = catalogue.rule("high-dose-withholding").parameters
    assert {named[name].source.cite for name in dutcher} == {"dutcher-2014"}


def test_arms_name_their_rule_and_each_is_in_the_catalogue(catalogue):
    named = {arm.rule for trial in catalogue.trials.values() for arm in trial.arms if arm.rule}
    assert named and named <= catalogue.rules.keys()
    withholding = [rule for rule in catalogue.rules.values() if rule.kind == "withholding"]
    assert withholding and all(UNITS.keys() <= rule.parameters.keys() for rule in withholding)


def test_a_rule_of_a_folder_decides_otherwise(catalogue, tmp_path: Path):
    (tmp_path / "rules").mkdir()
    shipped = (SHIPPED / "rules" / "high-dose-withholding.toml").read_text(encoding="utf-8")
    assert shipped.count("value  = 88\n") == 1
    strict = shipped.replace("value  = 88\n", "value  = 100\n")
    (tmp_path / "rules" / "high-dose-withholding.toml").write_text(strict, encoding="utf-8")
    seen = {
        "SBP": 95.0,
        "urine": 60.0,
        "creatinine": 1.0,
        "weight": 80.0,
        "permeability": 1.0,
        "pressor": 0.0,
    }
    observed = {name: np.array([value]) for name, value in seen.items()}
    for book, expected in ((catalogue, GIVE), (load_catalog([tmp_path]), HOLD)):
        action, _ = average(book.rule("high-dose-withholding").parameters, 1)(observed, None, 0, 0)
        assert action[0] == expected
