"""Draws of patients: independent of each other, with the medians and spreads of the catalogue."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest

from leukin.biology.survival import survival
from leukin.biology.tumour import untreated
from leukin.catalog import Correlation, load_catalog
from leukin.engine import System, compile_network
from leukin.errors import CatalogError
from leukin.keys import Key
from leukin.population import draw_parameters, recipe, sample, typical, uncertain
from leukin.population.lesions import visible
from leukin.population.spread import correlated, vary
from leukin.quantity import Parameter, Source

CATALOGUE = load_catalog()
RECIPE = recipe(CATALOGUE, "human", "renal-cell-carcinoma")
MANY = np.arange(3000)


def build() -> System:
    kind = CATALOGUE.tumour("renal-cell-carcinoma").parameters
    lesions = untreated(CATALOGUE.mechanism("tumour-immunity").parameters, kind)
    return compile_network(lesions + survival(CATALOGUE.mechanism("survival").parameters))


SYSTEM = build()
DRAWN = sample(SYSTEM, RECIPE, Key(11), MANY)


def column(name: str) -> np.ndarray:
    return DRAWN.parameters[:, SYSTEM.parameter_index[name]]


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.integers(0, 10**6), min_size=1, max_size=6, unique=True),
    st.integers(0, 3),
    st.integers(0, 2**31),
)
def test_a_patient_does_not_depend_on_the_others(patients: list[int], attempt: int, seed: int) -> None:
    together = sample(SYSTEM, RECIPE, Key(seed), np.array(patients), attempt)
    alone = sample(SYSTEM, RECIPE, Key(seed), np.array(patients[-1:]), attempt)
    assert np.array_equal(together.parameters[-1:], alone.parameters)
    for name, values in together.covariates.items():
        assert np.array_equal(values[-1:], alone.covariates[name])


def test_seeds_and_attempts_give_other_patients() -> None:
    base = DRAWN.parameters[:5]
    for other in (
        sample(SYSTEM, RECIPE, Key(12), MANY[:5]),
        sample(SYSTEM, RECIPE, Key(11), MANY[:5], 1),
    ):
        changed = base != other.parameters
        assert changed[:, SYSTEM.parameter_index["tumour_growth"]].all()
        assert changed[:, SYSTEM.parameter_index["extinction1_lesion1"]].all()


def test_medians_and_spreads_are_those_of_the_catalogue() -> None:
    special = ("V0", "loss", "extinction", "performance_status")
    names = [n for n, p in SYSTEM.network.parameters.items() if p.iiv_scale > 0 and not n.startswith(special)]
    assert {
        "tumour_growth",
        "reactive_fraction",
        "antigenicity",
        "lesion_reactivity_lesion4",
        "lethal_burden",
    } <= set(names)
    for name in names:
        p = SYSTEM.network.parameters[name]
        value = column(name)
        z = np.log(value / p.canonical)
        if p.dist == "logitnormal":
            z = np.log(value / (1 - value)) - np.log(p.canonical / (1 - p.canonical))
        assert kstest(z / p.iiv_scale, "norm").pvalue > 1e-4, name


def test_what_has_no_spread_is_the_same_for_all() -> None:
    for name, p in SYSTEM.network.parameters.items():
        if p.iiv_scale == 0 and not name.startswith(("V0", "loss", "extinction", "performance_status")):
            assert (column(name) == p.canonical).all(), name


def test_values_are_finite_and_positive() -> None:
    assert np.isfinite(DRAWN.parameters).all()
    assert (DRAWN.parameters >= 0).all()
    assert (column("antigenicity") < 1).all()


def test_fixed_parameters_stay_at_their_value() -> None:
    fixed = sample(SYSTEM, RECIPE, Key(11), MANY[:20], fixed=["antigenicity", "V0_lesion2"])
    nominal = typical(SYSTEM)[0]
    for name in ("antigenicity", "V0_lesion2"):
        i = SYSTEM.parameter_index[name]
        assert (fixed.parameters[:, i] == nominal[i]).all()
    others = [i for n, i in SYSTEM.parameter_index.items() if n not in ("antigenicity", "V0_lesion2")]
    assert np.array_equal(fixed.parameters[:, others], DRAWN.parameters[:20][:, others])


def test_medians_may_be_moved() -> None:
    nominal = typical(SYSTEM)[0].copy()
    i = SYSTEM.parameter_index["tumour_growth"]
    nominal[i] *= 3
    moved = sample(SYSTEM, RECIPE, Key(11), MANY[:20], nominal=nominal)
    assert moved.parameters[:, i] == pytest.approx(3 * DRAWN.parameters[:20, i], rel=1e-12)


def test_lesions_fill_slots_and_keep_their_volume() -> None:
    count = DRAWN.covariates["lesions"]
    mean = RECIPE.rules["extra_lesions"].value
    most = int(RECIPE.rules["most_lesions"].value)
    assert count.min() == 1 and count.max() == most
    assert np.mean(count == 1) == pytest.approx(np.exp(-mean), abs=0.02)
    volume = np.stack([column(f"V0_lesion{i}") for i in (1, 2, 3, 4)], axis=1)
    assert ((volume > 0).sum(axis=1) == np.minimum(count, 4)).all()
    assert volume.sum(axis=1) * 1000 == pytest.approx(DRAWN.covariates["tumour_volume"])
    single = np.log(volume[count <= 4][:, 0] / SYSTEM.network.parameters["V0_lesion1"].canonical)
    assert kstest(single / SYSTEM.network.parameters["V0_lesion1"].iiv_scale, "norm").pvalue > 1e-4
    # four lesions in four slots and eight in four: the merged ones are about twice as large
    assert volume[count == 8].sum(axis=1).mean() == pytest.approx(
        2 * volume[count == 4].sum(axis=1).mean(), rel=0.35
    )


def test_number_of_lesions_from_a_uniform_number() -> None:
    assert visible(np.array([0.0, np.exp(-3.0) - 1e-9, np.exp(-3.0) + 1e-9, 1 - 1e-12]), 3.0, 8).tolist() == [
        1,
        1,
        2,
        8,
    ]


def test_loss_clones_are_viable_or_absent() -> None:
    clonogenic = SYSTEM.network.parameters["clonogenic"].canonical
    for i in (1, 2, 3, 4):
        cells = column(f"V0_lesion{i}") * column("cell_density")
        clone = cells * column(f"loss_lesion{i}")
        threshold = np.maximum(column(f"extinction2_lesion{i}") / clonogenic, 1.0)
        assert ((clone == 0) | (clone >= threshold)).all()
        assert (clone[cells == 0] == 0).all()
        assert 0 < np.mean(clone[cells > 0] > 0) < 1
        assert kstest(column(f"extinction1_lesion{i}"), "expon").pvalue > 1e-4
    large = column("loss_lesion1") > 1e-5  # beyond the mutants that arise during growth: an established clone
    assert np.mean(large) == pytest.approx(RECIPE.rules["loss_established"].value, abs=0.05)


def test_body_size() -> None:
    host = RECIPE.host
    height, weight = DRAWN.covariates["height"], DRAWN.covariates["weight"]
    assert np.mean(DRAWN.covariates["male"]) == pytest.approx(host["sex_male"].value, abs=0.03)
    assert np.mean(DRAWN.covariates["performance_status"] == 0) == pytest.approx(
        host["performance_0"].value, abs=0.03
    )
    assert np.median(height) == pytest.approx(host["height"].value, rel=0.01)
    assert np.median(weight) == pytest.approx(host["weight"].value, rel=0.02)
    pair = next(c for c in RECIPE.correlations if {c.first, c.second} == {"height", "weight"})
    assert np.corrcoef(np.log(height), np.log(weight))[0, 1] == pytest.approx(pair.value, abs=0.06)


def test_correlations_that_contradict_each_other_are_refused() -> None:
    link = partial(Correlation, source=Source("assumed"))
    z = np.random.default_rng(1).standard_normal((20000, 3))
    mixed = correlated(z, ["a", "b", "c"], [link("a", "b", 0.8), link("b", "c", -0.5), link("a", "x", 0.9)])
    assert np.corrcoef(mixed.T) == pytest.approx(
        np.array([[1, 0.8, 0], [0.8, 1, -0.5], [0, -0.5, 1]]), abs=0.03
    )
    with pytest.raises(CatalogError, match="a-b"):
        correlated(z, ["a", "b", "c"], [link("a", "b", 0.9), link("b", "c", 0.9), link("a", "c", -0.9)])


def test_a_draw_of_uncertain_parameters() -> None:
    parameters = SYSTEM.network.parameters
    moved = draw_parameters(parameters, Key(2), 7)
    assert moved == draw_parameters(parameters, Key(2), 7) != draw_parameters(parameters, Key(2), 8)
    assert len({moved[f"lesion_infiltration_lesion{i}"] for i in (1, 2, 3, 4)}) == 1
    assert "reference_burden" not in moved and "clonogenic" in moved
    draws = np.array([draw_parameters(parameters, Key(2), k)["priming"] for k in range(400)])
    p = parameters["priming"]
    assert np.median(np.log(draws / p.canonical)) == pytest.approx(0, abs=0.08)
    assert np.std(np.log(draws / p.canonical)) == pytest.approx(p.rse_scale, rel=0.12)


def test_derived_parameters_follow_their_formula() -> None:
    source = Source("assumed")
    given_ = Parameter("a_rate", 2.0, "1/d", source, rse=0.4)
    twice = replace(Parameter("b_rate", 4.0, "1/d", source), formula="2*a_rate")
    moved = draw_parameters({"a_rate": given_, "b_rate": twice}, Key(3), 0)
    assert moved["a_rate"] != given_.canonical
    assert moved["b_rate"] / moved["a_rate"] == pytest.approx(2.0)


def test_an_uncertain_population_has_other_medians_and_rules() -> None:
    nominal, other = uncertain(SYSTEM, RECIPE, Key(2), 3)
    moved = draw_parameters(SYSTEM.network.parameters, Key(2), 3)
    assert nominal[SYSTEM.parameter_index["priming"]] == moved["priming"]
    assert nominal[SYSTEM.parameter_index["one_cell"]] == 1.0
    assert other.rules["loss_fraction"].value != RECIPE.rules["loss_fraction"].value
    assert other.rules["most_lesions"] == RECIPE.rules["most_lesions"]
    people = sample(SYSTEM, other, Key(11), MANY[:20], nominal=nominal)
    ratio = people.parameters[:, SYSTEM.parameter_index["tumour_growth"]] / column("tumour_growth")[:20]
    assert ratio == pytest.approx(
        moved["tumour_growth"] / SYSTEM.network.parameters["tumour_growth"].canonical
    )


def test_distributions_and_bounds() -> None:
    source = Source("assumed")
    fraction = Parameter("x", 0.3, "1", source, iiv_sd=1.0, dist="logitnormal")
    assert vary(fraction, 0.3, 0.0) == pytest.approx(0.3)
    assert np.log(vary(fraction, 0.3, 1.0) / (1 - vary(fraction, 0.3, 1.0))) == pytest.approx(
        np.log(3 / 7) + 1
    )
    plain = Parameter("y", 10.0, "1/d", source, iiv=0.1, dist="normal", bounds=(8.0, 12.0))
    assert vary(plain, plain.canonical, 1.0) == pytest.approx(11.0 / 24)
    assert vary(plain, plain.canonical, 9.0) == pytest.approx(12.0 / 24)
