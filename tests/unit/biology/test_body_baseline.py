"""The mechanisms of the body together: complete, of sound units, and exactly steady without treatment."""

from __future__ import annotations

import pytest

from leukin.biology import (
    blood_counts,
    circulation,
    cytokines,
    lung,
    lymphocytes,
    pharmacokinetics,
    vascular_leak,
)
from leukin.catalog import load_catalog
from leukin.quantity import to_canonical
from unit.biology.body_parts import MECHANISMS, body, everything, slopes, untreated, values


def test_units_and_names_are_sound() -> None:
    assert body().check() == []


def test_every_parameter_of_a_mechanism_is_used() -> None:
    for name, build in MECHANISMS.items():
        parameters = load_catalog().mechanisms[name].parameters
        network = build(parameters)
        targets = {port.target for port in network.ports}
        beside = {"lymphoid_level", "molecules_per_nmol", "inducible_share"}
        assert set(parameters) <= network.used | targets | beside, name


@pytest.mark.parametrize("weight", [50.0, 70.0, 110.0])
@pytest.mark.parametrize("factor", [1.0, 1.7])
def test_untreated_is_an_exact_fixed_point(weight: float, factor: float) -> None:
    """For any patient: albumin, pressure, urine, leak and growth parameters away from their typical values."""
    network = body(weight)
    varied = (
        "V1",
        "CLren",
        "lymph_flow",
        "growth_nk",
        "vasodilation_gain",
        "Vi0",
        "albumin_loss",
        "I0",
        "urine0",
        "lung_water0",
        "lung_gain",
        "platelets0",
        "neutrophils0",
    )
    known = values(network)
    known |= {key: factor * known[key] for key in varied}
    known |= {"cp0": 38.0, "MAP0": 100.0, "creatinine0": known["creatinine0"] * factor}
    state, settled = untreated(network, known)
    for species in network.species:
        if species.id == "IL2_tumour":
            continue  # follows plasma; its start value is the steady one already
        slope = slopes(network, state, settled)[species.id]
        assert slope == pytest.approx(0.0, abs=2e-12 * to_canonical(species.scale, species.unit)), species.id
    assert slopes(network, state, settled)["IL2_tumour"] == pytest.approx(0.0, abs=1e-15)


def test_nothing_moves_in_the_run_in_but_tissue_interleukin_2() -> None:
    network = body()
    known = values(network, run_in=1.0)
    state, _ = untreated(network, known)
    moving = {key for key, slope in slopes(network, state | {"A2": 1.0}, known).items() if abs(slope) > 1e-12}
    assert moving == {"A2"}


def test_untreated_observables_are_those_of_a_person_at_rest() -> None:
    network = body()
    state, settled = untreated(network, values(network))
    seen = everything(network, state, settled)
    assert seen["temperature"] == 37.0 and seen["permeability"] == 1.0 and seen["pressor"] == 0.0
    assert seen["SBP"] == pytest.approx(120.0, abs=0.1) and seen["MAP"] == 93.0
    assert seen["weight"] == 70000.0 and seen["weight_gain"] == pytest.approx(0.0, abs=1e-12)
    counts = ("count_blood.cd4", "count_blood.cd8", "count_blood.nk", "count_blood.b")
    assert sum(seen[name] for name in counts) == pytest.approx(seen["count_blood.lymphocyte"], rel=1e-12)


def test_each_mechanism_says_what_it_leaves_out() -> None:
    parts = (blood_counts, circulation, cytokines, lung, lymphocytes, pharmacokinetics, vascular_leak)
    for module in parts:
        assert module.NOT_MODELLED and all(isinstance(text, str) for text in module.NOT_MODELLED)
