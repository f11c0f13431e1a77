"""Other species: every rule of translation, what replaces it, and how a host's receptors see the drug."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from leukin.biology import assemble
from leukin.biology.pharmacokinetics import BLOOD_CELLS, SCALED, size_factor
from leukin.biology.translate import SCALED as WHOLE
from leukin.biology.translate import in_host, of_host
from leukin.catalog import load_catalog
from leukin.inference import exposure
from leukin.quantity import from_canonical
from leukin.scenario import Amount, Arm, Dose, Scenario
from leukin.simulate import run_in, simulate
from unit.biology.body_parts import everything, initial, values
from unit.biology.exposure_parts import CATALOGUE, area, follow, network, system

WARD = exposure.bench(CATALOGUE)
ANIMALS = ("mouse", "dog", "cat", "cow")
ARM = Arm("a", (Dose("aldesleukin", Amount(1, "nmol"), "iv bolus"),))


@pytest.mark.parametrize(
    ("host", "volume", "clearance", "faster"),
    [
        ("mouse", 0.76e-3, 0.26, 7.69),
        ("cat", 0.152, 14.0, 2.05),
        ("dog", 0.95, 55.4, 1.29),
        ("cow", 19.0, 524.0, 0.61),
    ],
)
def test_translation_by_weight(host: str, volume: float, clearance: float, faster: float) -> None:
    """Plasma volume (L), clearance when man's is 120 mL/min, and rates, worked out by hand."""
    entry, man = CATALOGUE.host(host), CATALOGUE.mechanism("pharmacokinetics")
    assert entry["V1"].canonical == pytest.approx(volume, rel=2e-3)
    total = entry["CLren"].canonical + entry["CLoth"].canonical
    scaled = total / (man["CLren"].canonical + man["CLoth"].canonical) * 120.0
    assert scaled == pytest.approx(clearance, rel=0.02)
    for name in ("k12", "k21", "ka", "kly"):
        assert entry[name].canonical / man[name].canonical == pytest.approx(faster, rel=4e-3), name


@pytest.mark.parametrize("host", ANIMALS)
def test_every_translated_value_has_its_rule_and_source(host: str) -> None:
    entry = CATALOGUE.host(host)
    assert SCALED.keys() <= entry.parameters.keys()
    for name in SCALED:
        source = entry[name].source
        assert source.kind == "translated" and entry[name].formula and source.note and source.species, name
        assert entry[name].rse_scale > 0, name


def test_the_rules_of_the_files_are_those_of_the_equations() -> None:
    """A body of the animal's weight with man's values is the same as one with the animal's values."""
    for host in ANIMALS:
        here, plain = network("aldesleukin", (), host), network("aldesleukin", (), "human")
        for name in SCALED:
            known, own = plain.parameters[name], here.parameters[name]
            assert own.canonical == pytest.approx(known.canonical, rel=1e-12), (host, name)
            scaled = known.canonical * size_factor(
                name, CATALOGUE.host(host)["weight"].canonical, plain.parameters
            )
            assert scaled == pytest.approx(CATALOGUE.host(host)[name].canonical, rel=1e-12), (host, name)


@pytest.mark.parametrize("name", sorted(SCALED))
def test_the_factor_is_what_the_equations_do(name: str) -> None:
    """Doubling weight changes exposure as multiplying the parameter by its factor does, all others scaled back."""
    body = network()
    state = initial(body, values(body)) | {"A1": 3.0, "A2": 2.0, "Dp": 4.0, "Ly": 1.0}
    light = values(body, weight=70e3)
    heavy = values(body, weight=140e3)
    back = {n: heavy[n] / size_factor(n, 140e3, body.parameters) for n in SCALED if n != name}
    changed = light | {name: light[name] * size_factor(name, 140e3, body.parameters)}
    seen = ("clearance", "C1", "C2", "il2_exchange", "S1", "S2", "skin")
    one, other = everything(body, state, heavy | back), everything(body, state, changed)
    for key in seen:
        assert one[key] == pytest.approx(other[key], rel=1e-12), key


def test_a_measured_value_takes_the_place_of_a_translated_one() -> None:
    measured = load_catalog(overrides=["mouse.V1=1.2 mL"])
    body = of_host(network("aldesleukin", (), "human"), measured.host("mouse"))
    weight = measured.host("mouse")["weight"].canonical
    in_the_mouse = body.parameters["V1"].canonical * size_factor("V1", weight, body.parameters)
    assert from_canonical(in_the_mouse, "mL") == pytest.approx(1.2)
    assert "set by the user" in body.parameters["V1"].source.note


def test_man_is_changed_by_nothing() -> None:
    plain = network()
    changed = of_host(plain, CATALOGUE.host("human")).parameters
    assert {n: p for n, p in changed.items() if n != "weight"} == {
        n: p for n, p in plain.parameters.items() if n != "weight"
    }


def test_a_change_of_man_reaches_the_animals() -> None:
    changed = load_catalog(overrides=["pharmacokinetics.V1=5.32"])
    for host in ANIMALS:
        assert changed.host(host)["V1"].canonical == pytest.approx(2 * CATALOGUE.host(host)["V1"].canonical)


def test_cross_reactivity_shifts_the_dose_and_nothing_else() -> None:
    half = load_catalog(overrides=["dog.cross_reactivity=0.5"])
    drug = half.molecule("aldesleukin")
    seen = in_host(drug, half.host("dog"))
    for name in ("KD_alpha", "KD_beta"):
        assert seen[name].canonical == pytest.approx(2 * drug[name].canonical)
    for name in ("kon_alpha", "kon_beta"):
        assert seen[name].canonical == pytest.approx(drug[name].canonical / 2)
    assert seen["K5"] == drug["K5"] and seen["molar_mass"] == drug["molar_mass"]
    assert in_host(drug, CATALOGUE.host("dog")) is drug


def test_a_hosts_own_sequence_is_seen_in_full() -> None:
    weak = load_catalog(overrides=["cat.cross_reactivity=0.1"])
    vector = weak.molecule("alvac-il2")
    assert in_host(vector, weak.host("cat")) is vector
    assert in_host(weak.molecule("aldesleukin"), weak.host("cat")) is not weak.molecule("aldesleukin")


@pytest.mark.parametrize("host", ANIMALS)
def test_every_animal_assembles_and_its_untreated_plasma_is_steady(host: str) -> None:
    whole = assemble.network(CATALOGUE, Scenario(host, "", (ARM,), 24.0))
    assert whole.check() == []
    s = system("aldesleukin", (), host)
    at = np.array([0.0, 24.0, 240.0])
    level = follow(s, Arm("none"), [], at, ["IL2_plasma"], tolerance=(1e-8, 1e-12))["IL2_plasma"][0]
    assert level == pytest.approx(np.full(3, level[0]), rel=1e-5)


def test_the_same_dose_per_weight_lasts_longer_in_larger_bodies() -> None:
    levels = {}
    for host in ("mouse", "cat", "dog", "human", "cow"):
        weight = CATALOGUE.host(host)["weight"].canonical
        at = np.linspace(0, 24, 2401)
        run = follow(system("aldesleukin", (), host), ARM, [2.4e-3 * weight], at, ["IL2_plasma"])
        levels[host] = area(at, run["IL2_plasma"][0])
    assert list(levels.values()) == sorted(levels.values())


def test_all_kinds_of_blood_cells_are_translated() -> None:
    assert {f"cells_{cell}" for cell in BLOOD_CELLS} <= SCALED.keys()


def test_amounts_of_a_mouse_are_solved_on_its_own_scale() -> None:
    mouse, man = (
        {s.id: s.scale for s in network("aldesleukin", (), host).species} for host in ("mouse", "human")
    )
    assert mouse["A1"] == pytest.approx(man["A1"] * 20 / 70000)
    assert mouse["sR"] == man["sR"] and mouse["IL2_tumour"] == man["IL2_tumour"]


#: what every animal has of its own in place of man's, and what follows from man's by weight
OWN = (
    "Vp0", "MAP0", "SBP_ratio", "cp0", "creatinine0", "water_intake", "urine0", "ALC0", "EO0", "neutrophils0", "platelets0",
)  # fmt: skip
BY_WEIGHT = {
    "Vi0": 1.0, "lung_water0": 1.0, "lymph_flow": 0.75, "lung_lymph": 0.75, "albumin_loss": -0.25, "creatinine_rate": -0.25,
    "resistance_rate": -0.25, "IFNg_loss": -0.25, "TNF_loss": -0.25, "IL6_loss": -0.25, "IL5_loss": -0.25, "k_sR": -0.25,
    "ANG2_rate": -0.25, "fever_rate": -0.25,
}  # fmt: skip
#: of these, what was measured in an animal
MEASURED = {"mouse": {"IFNg_loss", "TNF_loss"}}


@pytest.mark.parametrize("host", ANIMALS)
def test_vessels_and_blood_are_those_of_the_species(host: str) -> None:
    entry = CATALOGUE.host(host)
    man = {name: p for m in CATALOGUE.mechanisms.values() for name, p in m.parameters.items()}
    for name in OWN:
        assert entry[name].source.kind == "assumed" and entry[name].rse_scale > 0, name
    ratio = entry["weight"].canonical / 70e3
    for name, power in BY_WEIGHT.items():
        if name in MEASURED.get(host, set()):
            continue
        assert entry[name].source.kind == "translated" and entry[name].rse_scale > 0, name
        assert entry[name].canonical == pytest.approx(man[name].canonical * ratio**power, rel=1e-9), name


@pytest.mark.parametrize("host", ANIMALS)
def test_an_untreated_animal_has_the_pressure_volume_urine_and_counts_that_its_file_states(host: str) -> None:
    """The equations scale with weight: what a host states is what is seen in the animal, and stays so."""
    entry, s = CATALOGUE.host(host), WARD.system("aldesleukin", host, "iv bolus")
    seen = {
        "MAP": "MAP0", "albumin": "cp0", "urine": "urine0", "creatinine": "creatinine0", "Vp": "Vp0", "Vi": "Vi0",
        "count_blood.platelet": "platelets0", "count_blood.neutrophil": "neutrophils0", "count_blood.eosinophil": "EO0",
        "lung_water": "lung_water0",
    }  # fmt: skip
    start = run_in(s, s.nominal[None, :].copy(), 400.0)
    at = np.array([0.0, 240.0])
    run = simulate(s, start, Arm("none"), [], horizon=240.0, times=at, record=(*seen, "weight_gain"))
    for name, own in seen.items():
        stated = from_canonical(entry[own].canonical, s.unit_of(name))
        assert run[name][0] == pytest.approx(np.full(2, stated), rel=1e-5), name
    assert np.abs(run["weight_gain"][0]).max() < 1e-3


def test_a_stated_value_of_a_vessel_is_what_the_animal_has() -> None:
    assert {
        "Vp0",
        "Vi0",
        "urine0",
        "water_intake",
        "lymph_flow",
        "fluid_max",
        "lung_water0",
        "lung_lymph",
    } <= WHOLE.keys()
    measured = load_catalog(overrides=["mouse.Vp0=1.4 mL"])
    body = assemble.network(measured, Scenario("mouse", "", (ARM,), 24.0))
    weight = measured.host("mouse")["weight"].canonical
    held = body.parameters["Vp0"].canonical * size_factor("Vp0", weight, body.parameters, WHOLE)
    assert from_canonical(held, "mL") == pytest.approx(1.4)


@pytest.mark.parametrize("host", ANIMALS)
def test_cytokines_of_an_animal_are_lost_by_its_size_and_released_at_the_pace_of_cells(host: str) -> None:
    """Half-lives go with weight to a quarter; delays, adaptation, growth, loss and levels of cells are those of man."""
    body = assemble.network(CATALOGUE, Scenario(host, "", (ARM,), 24.0)).parameters
    man = {name: p for m in CATALOGUE.mechanisms.values() for name, p in m.parameters.items()}
    slower = (CATALOGUE.host(host)["weight"].canonical / 70e3) ** 0.25
    lost = {"IFNg_loss", "TNF_loss", "IL6_loss", "IL5_loss", "fever_rate"}
    for name in lost - MEASURED.get(host, set()):
        assert man[name].canonical / body[name].canonical == pytest.approx(slower, rel=1e-9), name
    cells = (
        "delay_rate",
        "inducer_rate",
        "adaptation_rate",
        "priming_rate",
        "tolerance_rate",
        "activation_rate",
        "leak_rate",
    )
    pools = (
        "growth_nk",
        "loss_nk",
        "growth_treg",
        "loss_treg",
        "IFNg_scale",
        "TNF_scale",
        "IL6_scale",
        "IL6_fever",
    )
    for name in (*cells, *pools):
        assert body[name].canonical == man[name].canonical, name


def test_what_was_measured_in_mice_stands_in_place_of_the_rule_and_not_far_from_it() -> None:
    """Interferon-gamma 19 to 32 min and TNF 6 to 7 min, where the rule gives 8 and 4; a course shows the same."""
    mouse, s = CATALOGUE.host("mouse"), WARD.system("aldesleukin", "mouse", "iv bolus")
    start = run_in(s, s.nominal[None, :].copy(), 400.0)
    at = np.array([0.0, 0.1, 0.2])
    for name, low, high in (("IFNg", 19.0, 32.0), ("TNF", 6.0, 7.0)):
        loss = mouse[f"{name}_loss"]
        assert loss.source.kind == "measured" and low < 60.0 * np.log(2.0) / loss.canonical < high
        rule = CATALOGUE.mechanism("cytokines")[f"{name}_loss"].canonical * (70e3 / 20.0) ** 0.25
        assert 1.0 < rule / loss.canonical < 3.5
        state = start.state.copy()
        state[0, s.state_index[name]] = 100.0
        run = simulate(s, replace(start, state=state), Arm("none"), [], horizon=0.2, times=at, record=(name,))
        assert run[name][0] == pytest.approx(run[name][0][0] * np.exp(-loss.canonical * at), rel=1e-3), name
