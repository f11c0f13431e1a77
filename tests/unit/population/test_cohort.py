"""The plausibility screen: who is rejected, why, and that nobody is lost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from leukin.biology.survival import survival
from leukin.biology.tumour import untreated
from leukin.catalog import load_catalog
from leukin.engine import compile_network
from leukin.keys import Key
from leukin.population import REASONS, cohort, plausible, recipe, sample

CATALOGUE = load_catalog()
RECIPE = recipe(CATALOGUE, "human", "melanoma")
IMMUNITY = CATALOGUE.mechanism("tumour-immunity").parameters
SYSTEM = compile_network(
    untreated(IMMUNITY, CATALOGUE.tumour("melanoma").parameters)
    + survival(CATALOGUE.mechanism("survival").parameters)
)
PATIENTS = np.arange(120)


def changed(values: np.ndarray, **factors: float) -> np.ndarray:
    values = values.copy()
    for name, factor in factors.items():
        values[:, SYSTEM.parameter_index[name]] *= factor
    return values


def test_counts_add_up_and_everybody_accepted_is_plausible() -> None:
    people = cohort(SYSTEM, RECIPE, Key(4), PATIENTS)
    assert people.ok.all()
    assert people.screened_out == (people.attempts - 1).sum() > 0
    assert set(people.rejected) == set(REASONS[1:])
    assert (plausible(RECIPE, SYSTEM, people.parameters) == 0).all()
    first = plausible(RECIPE, SYSTEM, sample(SYSTEM, RECIPE, Key(4), PATIENTS).parameters)
    assert ((first == 0) == (people.attempts == 1)).all()


def test_a_patient_is_the_same_in_any_cohort() -> None:
    everyone = cohort(SYSTEM, RECIPE, Key(4), PATIENTS)
    redrawn = int(np.argmax(everyone.attempts > 1))
    few = cohort(SYSTEM, RECIPE, Key(4), np.array([77, redrawn, 3]))
    assert np.array_equal(few.parameters, everyone.parameters[[77, redrawn, 3]])
    assert np.array_equal(few.covariates["weight"], everyone.covariates["weight"][[77, redrawn, 3]])
    assert few.attempts[1] > 1


def test_reasons() -> None:
    people = cohort(SYSTEM, RECIPE, Key(4), PATIENTS[:40]).parameters
    assert set(
        plausible(RECIPE, SYSTEM, changed(people, reactive_fraction=100.0, pdl1=0.01, treg_density=0.1))
    ) == {1}
    idle = changed(people, tumour_growth=0.002, reactive_fraction=1e-6, nk_kill=0.0, priming=0.0)
    assert set(plausible(RECIPE, SYSTEM, idle)) == {3}
    assert set(plausible(RECIPE, SYSTEM, changed(people, lethal_burden=1e-3))) == {5}
    broken = people.copy()
    broken[5, SYSTEM.parameter_index["tumour_growth"]] = np.nan
    found = plausible(RECIPE, SYSTEM, broken)
    assert REASONS[found[5]] == "untreated course could not be solved"
    assert np.delete(found, 5).tolist() == [0] * 39


def test_patients_without_a_plausible_draw_are_failed_rows() -> None:
    rules = dict(RECIPE.rules)
    rules["screen_growth"] = replace(rules["screen_growth"], value=50.0)
    rules["screen_attempts"] = replace(rules["screen_attempts"], value=3)
    people = cohort(SYSTEM, replace(RECIPE, rules=rules), Key(4), PATIENTS[:6])
    assert not people.ok.any()
    assert people.attempts.tolist() == [3] * 6
    assert people.screened_out == 18
    assert all(REASONS[1] in reason for reason in people.failure)


def test_in_a_healthy_host_everybody_is_taken() -> None:
    people = cohort(SYSTEM, recipe(CATALOGUE, "human"), Key(4), PATIENTS[:10])
    assert people.ok.all() and people.screened_out == 0
    assert people.parameters == pytest.approx(sample(SYSTEM, RECIPE, Key(4), PATIENTS[:10]).parameters)
