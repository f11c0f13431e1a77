"""Cytokines: no lymphocytes, no cytokines; adaptation, priming, tolerance and fever act in their direction."""

from __future__ import annotations

import pytest

from unit.biology.body_parts import body, everything, slopes, untreated, values


def exposed(tissue: float, **changed: float) -> tuple[dict[str, float], dict[str, float]]:
    network = body()
    state, known = untreated(network, values(network))
    amount = tissue * known["V1"] * (1 + state["sR"] / known["KD_sR"])
    return state | {"A1": amount, "A2": amount * known["k12"] / known["k21"]} | changed, known


def test_release_rises_with_dose() -> None:
    found = [everything(body(), *exposed(tissue))["release"] for tissue in (0.01, 1.0, 30.0)]
    assert 0 < found[0] < found[1] < found[2]


def test_without_nk_and_cd8_cells_nothing_is_released() -> None:
    state, known = exposed(30.0, N_nk=0.0, N_cd8=0.0)
    rate = slopes(body(), state, known)
    assert rate["TNF"] == 0.0 and rate["delay1"] == 0.0 and rate["priming_stage"] == 0.0
    assert everything(body(), state, known)["activation"] == 0.0


@pytest.mark.parametrize(
    ("state", "value", "target", "sign"),
    [
        ("adaptation", 1.0, "TNF", -1),
        ("primed", 1.0, "delay1", +1),
        ("tolerance", 1.0, "IL6", -1),
        ("N_nk", 5.0, "TNF", +1),
        ("IL6", 1e-9, "fever", +1),
        ("inducer", 1e-8, "tolerance", +1),
    ],
)
def test_direction(state: str, value: float, target: str, sign: int) -> None:
    before, known = exposed(10.0, inducer=1e-11)
    after = before | {state: value}
    change = slopes(body(), after, known)[target] - slopes(body(), before, known)[target]
    assert change * sign > 0


def test_tolerance_leaves_interferon_alone_and_priming_leaves_tnf_alone() -> None:
    before, known = exposed(10.0)
    plain = slopes(body(), before, known)
    assert slopes(body(), before | {"tolerance": 3.0}, known)["delay1"] == plain["delay1"]
    assert slopes(body(), before | {"primed": 1.0}, known)["TNF"] == plain["TNF"]


def test_interferon_passes_three_equal_delays() -> None:
    state, known = exposed(10.0)
    rate = slopes(body(), state | {"delay1": 0.3, "delay2": 0.2, "delay3": 0.1, "IFNg": 0.0}, known)
    assert rate["delay2"] == pytest.approx(known["delay_rate"] * 0.1)
    assert rate["delay3"] == pytest.approx(known["delay_rate"] * 0.1)
    expected = known["IFNg_loss"] * known["IFNg_scale"] * known["IFN_mass"] * 0.1
    assert rate["IFNg"] == pytest.approx(expected)


def test_fever_never_exceeds_its_limit_under_the_antipyretic() -> None:
    state, known = exposed(10.0)
    limit = known["fever_max"] * (1 - known["antipyretic"])
    assert slopes(body(), state | {"IL6": 1.0, "fever": limit}, known)["fever"] < 0
    half = slopes(body(), state | {"IL6": known["IL6_fever"], "fever": 0.0}, known)["fever"]
    assert half == pytest.approx(known["fever_rate"] * limit / 2)
