"""Exposure: mass balance, the linear limit against its closed form, allometry, the untreated balance."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from leukin.engine import System, compile_network, solve
from unit.biology.body_parts import (
    BLOOD_CELLS,
    body,
    everything,
    initial,
    random_state,
    slopes,
    untreated,
    values,
)

AVOGADRO_NMOL = 6.02214076e14


@pytest.mark.parametrize("seed", range(5))
def test_interleukin_2_is_conserved(seed: int) -> None:
    network = body()
    known = values(network, rate_iv=3.0, R0=0.2)
    state = random_state(network, seed)
    rate = slopes(network, state, known)
    seen = everything(network, state, known)
    free = 1 / (1 + state["sR"] / known["KD_sR"])
    c1 = free * state["A1"] / known["V1"]
    c2 = free * state["A2"] / (known["V1"] * known["k12"] / known["k21"])
    cells = 0.0
    for cell, (count, share) in BLOOD_CELLS.items():
        seen_by_cell = known[share] * c1 + (1 - known[share]) * c2
        taken = seen[f"capture_{cell}"] * seen_by_cell - seen[f"restitution_{cell}"]
        cells += known[f"cells_{cell}"] * state[count] * taken / AVOGADRO_NMOL
    gone = (known["CLren"] + known["CLoth"]) * c1 + cells
    lost_in_skin = (1 - known["sc_bioavailability"]) * known["ka"] * state["Dp"]
    total = rate["A1"] + rate["A2"] + rate["Dp"] + rate["Ly"]
    assert total == pytest.approx(3.0 + 0.2 - gone - lost_in_skin, rel=1e-11)


@lru_cache(maxsize=1)
def system() -> System:
    return compile_network(body())


def course(
    known: dict[str, float], states: list[dict[str, float]], stop: float, at: np.ndarray
) -> np.ndarray:
    """IL2_plasma of the body at the times `at` from each of the given states, float64[state, time]."""
    compiled = system()
    params = np.tile([known[key] for key in compiled.parameters], (len(states), 1))
    start = np.array([[state[key] for key in compiled.states] for state in states])
    solved = solve(compiled, start, params, 0.0, stop, times=at, rtol=1e-10, atol=1e-13)
    assert (solved.status == 0).all()
    return compiled.observe(["IL2_plasma"], solved.saved, params)["IL2_plasma"]


def test_without_cells_a_bolus_is_the_closed_form_of_two_compartments() -> None:
    network = body()
    known = values(network, **{f"cells_{cell}": 0.0 for cell in BLOOD_CELLS}, sR0=0.0)
    state = initial(network, known) | {"A1": 100.0, "A2": 0.0, "sR": 0.0}
    known = known | {"R0": 0.0, "shed0": 1.0}
    at = np.array([0.1, 0.5, 1.0, 3.0, 8.0])
    k10 = (known["CLren"] + known["CLoth"]) / known["V1"]
    k12, k21 = known["k12"], known["k21"]
    total, product = k10 + k12 + k21, k10 * k21
    root = np.sqrt(total**2 - 4 * product)
    fast, slow = (total + root) / 2, (total - root) / 2
    curve = ((fast - k21) * np.exp(-fast * at) + (k21 - slow) * np.exp(-slow * at)) / (fast - slow)
    assert course(known, [state], 8.0, at)[0] == pytest.approx(100.0 / known["V1"] * curve, rel=1e-8)


def test_subcutaneous_area_is_the_bioavailable_share() -> None:
    network = body()
    known = values(network, **{f"cells_{cell}": 0.0 for cell in BLOOD_CELLS}, sR0=0.0) | {
        "R0": 0.0,
        "shed0": 1.0,
    }
    empty = initial(network, known) | {"A1": 0.0, "A2": 0.0, "sR": 0.0}
    at = np.linspace(0, 150, 3001)
    skin = course(known, [empty | {"Dp": 100.0}], 150.0, at)[0]
    area = float(np.sum((skin[1:] + skin[:-1]) / 2) * (at[1] - at[0]))
    clearance = known["CLren"] + known["CLoth"]
    assert area == pytest.approx(known["sc_bioavailability"] * 100.0 / clearance, rel=1e-4)


def test_level_rises_with_dose_and_cells_lower_it() -> None:
    network = body()
    known = values(network)
    state, settled = untreated(network, known)
    at = np.array([1.0, 8.0])
    levels = course(settled, [state | {"A1": dose} for dose in (1.0, 10.0, 100.0)], 8.0, at)
    assert (levels[0] < levels[1]).all() and (levels[1] < levels[2]).all()
    more = settled | {f"cells_{cell}": 20 * settled[f"cells_{cell}"] for cell in BLOOD_CELLS}
    assert (course(more, [state | {"A1": 10.0}], 8.0, at)[0] < levels[1]).all()


def test_plasma_is_held_during_the_run_in_and_steady_after_it() -> None:
    network = body()
    known = values(network)
    state, settled = untreated(network, known)
    assert slopes(network, state, known | {"run_in": 1.0})["A1"] == 0.0
    assert everything(network, state, settled)["IL2_plasma"] == pytest.approx(known["I0"], rel=1e-12)
    loss = (known["CLren"] + known["CLoth"]) * known["I0"]
    assert settled["R0"] > loss  # cells consume as well
    assert slopes(network, state, settled)["A1"] == pytest.approx(0.0, abs=1e-12 * settled["R0"])


def test_volume_goes_with_weight_and_clearance_with_its_power() -> None:
    light, heavy = (
        everything(body(w), initial(body(w), values(body(w))), values(body(w))) for w in (70.0, 140.0)
    )
    assert heavy["IL2_plasma"] == pytest.approx(light["IL2_plasma"], rel=1e-12)
    assert heavy["A1"] == pytest.approx(2 * light["A1"], rel=1e-12)
    power = light["allometry"]
    assert heavy["clearance"] == pytest.approx(2**power * light["clearance"], rel=1e-12)
    assert heavy["rate_scale"] == pytest.approx(2 ** (power - 1), rel=1e-12)


def test_ports_lead_to_plasma_and_depot() -> None:
    ports = {port.route: (port.target, port.kind) for port in body().ports}
    depot = ("Dp", "amount")
    assert ports == {
        "iv infusion": ("rate_iv", "rate"),
        "iv bolus": ("A1", "amount"),
        "sc": depot,
        "im": depot,
    }
