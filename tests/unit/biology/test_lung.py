"""Lung water: balance at rest, more leak or more plasma is more water, its drains, and the oxygen that follows."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from unit.biology.body_parts import body, everything, slopes, untreated, values

LUNG = ("lung_water", "lung_albumin")


def at_rest() -> tuple[dict[str, float], dict[str, float]]:
    return untreated(body(), values(body()))


def settled(**changed: float) -> dict[str, float]:
    """Lung water, albumin and what follows once they no longer change, with all else held; changed: states or parameters."""
    state, known = at_rest()
    state |= {name: value for name, value in changed.items() if name in state}
    known |= {name: value for name, value in changed.items() if name not in state}

    def rate(_: float, y: np.ndarray) -> list[float]:
        found = slopes(body(), state | dict(zip(LUNG, map(float, y), strict=True)), known)
        return [found[name] for name in LUNG]

    run = solve_ivp(rate, (0.0, 400.0), [state[name] for name in LUNG], method="LSODA", rtol=1e-7, atol=1e-9)
    assert np.abs(rate(0.0, run.y[:, -1])).max() < 1e-4
    return everything(body(), state | dict(zip(LUNG, map(float, run.y[:, -1]), strict=True)), known)


def test_filtration_balances_lymph_at_rest() -> None:
    state, known = at_rest()
    seen = everything(body(), state, known)
    assert seen["lung_Jv"] == pytest.approx(known["lung_lymph"], rel=1e-12)
    assert seen["lung_JL"] == pytest.approx(known["lung_lymph"], rel=1e-12)
    assert 6.0 < seen["lung_Pc"] < 12.0 and seen["lung_water_index"] == pytest.approx(5e-6)  # L/g
    assert seen["shunt"] == pytest.approx(known["shunt0"]) and seen["oxygen_saturation"] == 0.97


def test_water_of_the_lung_is_filtered_less_drained() -> None:
    state, known = at_rest()
    state |= {"J": 3.0, "lung_water": 1.5 * state["lung_water"]}
    seen, rate = everything(body(), state, known), slopes(body(), state, known)
    taken_up = known["alveolar_uptake"] * (state["lung_water"] - known["lung_water0"])
    assert rate["lung_water"] == pytest.approx(seen["lung_Jv"] - seen["lung_JL"] - taken_up, rel=1e-9)
    assert taken_up > 0


def test_more_leak_is_more_lung_water_and_less_oxygen() -> None:
    found = [settled(J=j) for j in (0.0, 0.5, 2.0, 8.0, 30.0)]
    water = [seen["lung_wet"] for seen in found]
    assert water[0] == pytest.approx(1.0, abs=1e-6) and (np.diff(water) > 0).all()
    assert (np.diff([seen["oxygen_saturation"] for seen in found]) < 0).all()
    assert settled(J=8.0, lung_gain=0.0)["lung_wet"] == pytest.approx(1.0, abs=1e-6)


def test_plasma_given_and_albumin_lost_wet_the_lung() -> None:
    state, _ = at_rest()
    fuller = settled(Vp=1.3 * state["Vp"], Ap=1.3 * state["Ap"])
    thinner = settled(Ap=0.6 * state["Ap"])
    assert fuller["lung_wet"] > 1.05 and thinner["lung_wet"] > 1.05


def test_lymph_and_alveoli_keep_the_lung_dry() -> None:
    usual = settled(J=8.0)["lung_wet"]
    assert settled(J=8.0, alveolar_uptake=0.0)["lung_wet"] > usual
    assert settled(J=8.0, lung_lymph_max=3.0)["lung_wet"] > usual
    assert settled(J=8.0, alveolar_uptake=0.5)["lung_wet"] < usual


def test_lymph_of_the_lung_rises_to_its_limit() -> None:
    state, known = at_rest()
    flow = [
        everything(body(), state | {"lung_water": w * state["lung_water"]}, known)["lung_JL"]
        for w in (1.001, 1e4)
    ]
    slope = (flow[0] / known["lung_lymph"] - 1) / 0.001
    expected = known["lung_lymph_power"] * (known["lung_lymph_max"] - 1) / known["lung_lymph_max"]
    assert slope == pytest.approx(expected, rel=1e-2)
    assert flow[1] == pytest.approx(known["lung_lymph"] * known["lung_lymph_max"], rel=1e-6)


def test_saturation_is_that_of_mixed_blood() -> None:
    """Blood of the shunt comes back as it went, the rest saturated: solved for the mixture by itself."""
    state, known = at_rest()
    wet = state | {"lung_water": 2.0 * state["lung_water"]}
    seen = everything(body(), wet, known)
    assert seen["shunt"] == pytest.approx(
        known["shunt0"] + (known["shunt_max"] - known["shunt0"]) / (1 + known["lung_flooded"] ** 3), rel=1e-9
    )

    def mixed(shunt: float, full: float) -> float:
        return brentq(lambda s: (1 - shunt) * full + shunt * (s - known["oxygen_extraction"]) - s, -1.0, 2.0)

    full = brentq(lambda c: mixed(known["shunt0"], c) - known["oxygen_saturation0"], 0.5, 1.5)
    assert seen["oxygen_saturation"] == pytest.approx(mixed(seen["shunt"], full), rel=1e-9)
