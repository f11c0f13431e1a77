"""Leak and circulation: Starling balance, conservation of albumin and water, ward care, hazard of death."""

from __future__ import annotations

import numpy as np
import pytest

from unit.biology.body_parts import body, everything, random_state, slopes, untreated, values


def resting(**changed: float) -> tuple[dict[str, float], dict[str, float]]:
    network = body()
    state, known = untreated(network, values(network))
    return state | {k: v for k, v in changed.items() if k in state}, known | {
        k: v for k, v in changed.items() if k not in state
    }


def test_starling_forces_balance_lymph_at_rest() -> None:
    state, known = resting()
    seen = everything(body(), state, known)
    assert seen["Jv"] == pytest.approx(seen["JL"], rel=1e-12)
    assert seen["Jv"] == pytest.approx(known["lymph_flow"], rel=1e-12)
    assert seen["Jalb"] == pytest.approx(seen["JL"] * seen["ci"], rel=1e-12)
    assert 15 < seen["Pc"] < 21 and 20 < seen["pi_plasma"] < 28
    assert 0.04 < seen["albumin_escape"] < 0.07  # canonical: 1/h


@pytest.mark.parametrize("seed", range(4))
def test_albumin_is_made_and_broken_down_in_plasma_alone(seed: int) -> None:
    network = body()
    known = values(network, ward=1.0)
    state = random_state(network, seed)
    rate = slopes(network, state, known)
    made = known["albumin_loss"] * known["cp0"] * known["Vp0"] / (1 + state["IL6"] / known["IL6_albumin"])
    assert rate["Ap"] + rate["Ai"] == pytest.approx(made - known["albumin_loss"] * state["Ap"], rel=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_water_is_conserved(seed: int) -> None:
    network = body()
    known = values(network, ward=1.0)
    state = random_state(network, seed)
    rate, seen = slopes(network, state, known), everything(network, state, known)
    urine = seen["urine"]
    balance = known["water_intake"] + seen["fluid"] - urine - (known["water_intake"] - known["urine0"])
    assert rate["Vp"] + rate["Vi"] == pytest.approx(balance, rel=1e-9)


def test_without_lymphocytes_leak_is_the_direct_action_on_endothelium_alone() -> None:
    state, known = resting(N_nk=0.0, N_cd8=0.0, A1=100.0, A2=100.0)
    rate, seen = slopes(body(), state, known), everything(body(), state, known)
    assert rate["AX"] == 0.0 and rate["TNF"] == 0.0
    direct = known["direct_gain"] * seen["alpha_arm"] * known["leak_susceptibility"]
    assert rate["J"] == pytest.approx(known["leak_rate"] * direct, rel=1e-12) and direct > 0
    assert slopes(body(), state, known | {"direct_gain": 0.0})["J"] == 0.0
    assert slopes(body(), state | {"A1": 0.0, "A2": 0.0}, known)["J"] == 0.0  # no drug
    assert (
        slopes(body(), state | {"neutrophils": 50.0}, known)["J"] == rate["J"]
    )  # neutrophils need lymphocytes


def test_neutrophils_beyond_their_untreated_count_add_to_leak() -> None:
    state, known = resting(AX=1.0)
    rates = [
        slopes(body(), state | {"neutrophils": n * known["neutrophils0"]}, known)["J"] for n in (0, 1, 2, 4)
    ]
    assert rates[0] == rates[1] < rates[2] < rates[3]
    assert rates[2] == pytest.approx((1 + known["neutrophil_gain"]) * rates[1], rel=1e-12)


def test_leak_needs_activation_and_endothelial_cd25_multiplies_it() -> None:
    at_rest, known = resting(AX=1.0)
    flooded = at_rest | {"A2": 50.0}
    known = known | {"direct_gain": 0.0}
    low, high = (slopes(body(), state, known)["J"] for state in (at_rest, flooded))
    assert 0 < low < high < (1 + known["alpha_gain"]) * low * 1.001
    assert slopes(body(), flooded | {"AX": 0.0, "J": 0.0}, known)["J"] == 0.0


def test_permeability_saturates() -> None:
    state, known = resting()
    limit = 1 + known["permeability_gain"] * known["leak_limit"]
    found = [everything(body(), state | {"J": j}, known)["permeability"] for j in (0.0, 1.0, 10.0, 1e9)]
    assert found[0] == 1.0 and (np.diff(found) > 0).all() and found[-1] == pytest.approx(limit, rel=1e-6)


def test_leak_lowers_pressure_urine_and_albumin_and_raises_weight_and_creatinine() -> None:
    state, known = resting(J=3.0, TNF=20e-9)
    rate = slopes(body(), state, known)
    assert rate["Vp"] < 0 < rate["Vi"] and rate["Ap"] < 0 < rate["Ai"]
    assert rate["SVR"] < 0 < rate["creatinine"] and rate["ANG2"] > 0
    assert everything(body(), state, known)["urine"] < known["urine0"]


@pytest.mark.parametrize("name", ["fluid", "pressor"])
def test_ward_care_is_half_at_its_pressure_and_only_on_the_ward(name: str) -> None:
    def care(sbp: float, ward: float) -> float:
        state, known = resting(ward=ward)
        state = state | {"SVR": sbp / (known["SBP_ratio"] * known["MAP0"])}
        if name == "fluid":
            return everything(body(), state, known)["fluid"] / known["fluid_max"]
        return slopes(body(), state, known)["pressor"] / known["k_pressor"]

    _, known = resting()
    at, band = known[f"SBP_{name}"], known["SBP_band"]
    assert care(at - 10 * band, 0.0) == 0.0
    assert care(at, 1.0) == pytest.approx(0.5, rel=1e-12)
    assert care(at + 4.5, 1.0) < 0.1 + 1e-2 and care(at - 4.5, 1.0) > 0.9 - 1e-2
    assert care(120.0, 1.0) < 1e-4
    fall = [care(sbp, 1.0) for sbp in np.linspace(at + 20, at - 20, 41)]
    assert (np.diff(fall) > 0).all()


def test_pressor_is_needed_at_a_lower_pressure_than_fluid() -> None:
    _, known = resting()
    assert known["SBP_pressor"] + 2 * known["SBP_band"] < 90.0 < known["SBP_fluid"]


#: what is compared where blood pressure falls from far above to far below every limit
CROSSED = ("fluid", "urine", "pressor_need", "gf", "clearance_filtered", "shock_hazard")


def test_what_falling_pressure_crosses_has_two_continuous_derivatives() -> None:
    """The second derivative by pressure changes by less, the closer two pressures are: a kink would leave a jump."""
    state, known = resting(ward=1.0, J=1.0)

    def largest_changes(points: int) -> dict[str, float]:
        pressures = np.linspace(0.3, 1.3, points)
        found = {name: np.empty(points) for name in CROSSED}
        for i, svr in enumerate(pressures):
            seen = everything(body(), state | {"SVR": float(svr)}, known)
            shock = max(1 - seen["MAP"] / known["MAP_shock"], 0.0)
            seen["shock_hazard"] = slopes(body(), state | {"SVR": float(svr)}, known)["HZ"]
            assert seen["shock_hazard"] == 0.0 or shock > 0.0
            for name in CROSSED:
                found[name][i] = seen[name]
        width = pressures[1] - pressures[0]
        return {name: np.abs(np.diff(y, 3)).max() / width**2 / np.ptp(y) for name, y in found.items()}

    coarse, fine = largest_changes(601), largest_changes(1201)
    for name in CROSSED:
        assert fine[name] < 0.6 * coarse[name], name


def test_filtration_follows_pressure_and_never_ends() -> None:
    state, known = resting()

    def filtered(pressure: float) -> tuple[float, float]:
        seen = everything(body(), state | {"SVR": pressure / known["MAP0"]}, known)
        return seen["gf"], seen["clearance_filtered"]

    assert filtered(known["MAP0"]) == pytest.approx((1.0, 1.0), rel=1e-14)
    half, clearance = filtered((known["MAP0"] + known["MAP_no_filtration"]) / 2)
    assert half == pytest.approx(0.5, abs=0.01) and clearance > 0.8  # autoregulation
    assert 0 < filtered(0.5 * known["MAP_no_filtration"])[0] < filtered(known["MAP_no_filtration"])[0] < 0.06
    assert filtered(3 * known["MAP0"])[1] < 1 + known["autoregulation"]


def test_lymph_and_urine_rise_to_their_limits() -> None:
    state, known = resting()
    rest = everything(body(), state, known)
    swollen = everything(body(), state | {"Vi": 1.001 * state["Vi"]}, known)
    slope = (swollen["JL"] / rest["JL"] - 1) / 0.001
    assert slope == pytest.approx(known["lymph_slope"], rel=0.02)
    flooded = everything(body(), state | {"Vi": 1e3 * state["Vi"], "Vp": 20 * state["Vp"]}, known)
    assert flooded["JL"] == pytest.approx(known["lymph_max"] * known["lymph_flow"], rel=1e-2)
    assert flooded["urine"] == pytest.approx(known["urine_max"] * known["urine0"], rel=1e-2)


def test_septic_patients_dilate_more_but_never_without_bound() -> None:
    usual, known = resting(J=2.0)
    septic = known | {"septic": 1.0}
    plain, more = (everything(body(), usual, k)["vasodilation"] for k in (known, septic))
    most = everything(body(), usual | {"TNF": 1.0}, septic)["vasodilation"]
    assert more > 3 * plain and most == pytest.approx(known["vasodilation_max"], rel=1e-6)


def test_an_empty_circulation_loses_no_more_plasma() -> None:
    state, known = resting(J=1e6)
    drained = state | {"Vp": 0.05 * state["Vp"], "Ap": 0.05 * state["Ap"]}
    assert everything(body(), drained, known)["Pc"] < 1.0
    assert slopes(body(), drained, known)["Vp"] > 0.0


def test_an_overfilled_circulation_is_passed_as_urine_and_an_empty_one_is_as_without() -> None:
    state, known = resting()

    def drained(volume: float, **changed: float) -> float:
        return everything(body(), state | {"Vp": volume * state["Vp"]}, known | changed)["drained"]

    none = {"natriuresis_excess": 1e9}
    assert drained(0.8) == drained(0.8, **none) and drained(1.0) == drained(1.0, **none)
    assert drained(1.1) == pytest.approx(2 * drained(1.1, **none), rel=1e-9)
    assert drained(1.2) == pytest.approx(9 * drained(1.2, **none), rel=1e-9)


def test_hazard_rises_with_the_defect_of_neutrophils_and_shock() -> None:
    rest, known = resting()
    assert slopes(body(), rest, known)["HZ"] == 0.0
    shocked = rest | {"SVR": 0.5}
    pressure = everything(body(), shocked, known)["MAP"]
    short = 1 - pressure / known["MAP_shock"]
    hazard = slopes(body(), shocked, known)["HZ"]
    assert hazard == pytest.approx(
        known["hazard_shock"] * short**3 / (short**2 + known["shock_band"] ** 2), rel=1e-9
    )
    assert 0.9 < hazard / (known["hazard_shock"] * short) < 1.0
    infected = slopes(body(), rest | {"neutrophil_defect": 2.0}, known)["HZ"]
    assert infected == pytest.approx(2 * known["hazard_infection"], rel=1e-12)
    flooded = rest | {"A1": 100.0, "A2": 100.0}
    assert slopes(body(), flooded, known)["HZ"] == 0.0 < slopes(body(), flooded, known)["neutrophil_defect"]
