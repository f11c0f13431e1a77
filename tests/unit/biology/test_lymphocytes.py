"""Lymphocytes: growth, ceilings, margination and blood counts against their equations."""

from __future__ import annotations

import pytest

from unit.biology.body_parts import body, everything, slopes, untreated, values

POOLS = {"treg": "treg", "cd4": "cd4_helper", "cd8": "cd8", "nk": "nk"}


def exposed(tissue: float, **changed: float) -> tuple[dict[str, float], dict[str, float]]:
    """The untreated patient with interleukin-2 at `tissue` nM everywhere."""
    network = body()
    state, known = untreated(network, values(network))
    amount = tissue * known["V1"] * (1 + state["sR"] / known["KD_sR"])
    return state | {"A1": amount, "A2": amount * known["k12"] / known["k21"]} | changed, known


@pytest.mark.parametrize("pool", POOLS)
def test_every_pool_grows_with_interleukin_2_and_faster_with_more(pool: str) -> None:
    rates = []
    for tissue in (0.001, 0.1, 10.0):
        state, known = exposed(tissue)
        rates.append(slopes(body(), state, known)[f"N_{pool}"])
    assert 0 < rates[0] < rates[1] < rates[2]


@pytest.mark.parametrize("pool", POOLS)
def test_growth_is_the_written_form(pool: str) -> None:
    state, known = exposed(1.0, **{f"N_{pool}": 3.0})
    seen = everything(body(), state, known)
    signal, rest = seen[f"S_{POOLS[pool]}"], known[f"S0_{POOLS[pool]}"]
    power = 1.0 if pool == "treg" else known["power_growth"]

    def form(s: float) -> float:
        return s**power / (known[f"half_{pool}"] ** power + s**power)

    drive = form(signal) - form(rest)
    grown = known[f"growth_{pool}"] * drive * 3.0 * (1 - 3.0 / known[f"ceiling_{pool}"])
    expected = grown - known[f"loss_{pool}"] * (3.0 - 1.0)
    assert slopes(body(), state, known)[f"N_{pool}"] == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("pool", POOLS)
def test_no_pool_grows_beyond_its_ceiling_or_below_nothing(pool: str) -> None:
    state, known = exposed(100.0)
    top = known[f"ceiling_{pool}"]
    assert slopes(body(), state | {f"N_{pool}": top}, known)[f"N_{pool}"] < 0
    assert slopes(body(), state | {f"N_{pool}": 0.0}, known)[f"N_{pool}"] > 0


def test_low_doses_favour_regulatory_cells() -> None:
    state, known = exposed(0.01)
    rate = slopes(body(), state, known)
    assert rate["N_treg"] > 2 * max(rate["N_cd4"], rate["N_cd8"], rate["N_nk"])


def test_lymphocytes_leave_the_blood_in_minutes_and_return_in_about_a_day() -> None:
    state, known = exposed(40.0)
    leaving = slopes(body(), state, known)["mg"]
    assert 1 / leaving < 1.0  # a first unit of margination halves the count, in less than an hour
    state, known = untreated(body(), values(body()))
    returning = slopes(body(), state | {"mg": 4.0}, known)["mg"]
    assert -4.0 / returning == pytest.approx(1 / known["margination_return"], rel=1e-6)
    assert 6 < 1 / known["margination_return"] < 30


def test_counts_in_blood_fall_with_margination_alike() -> None:
    state, known = untreated(body(), values(body()))
    full, half = (everything(body(), state | {"mg": mg}, known) for mg in (0.0, 1.0))
    for cell in ("treg", "cd4", "cd8", "nk", "b", "lymphocyte"):
        assert half[f"count_blood.{cell}"] == pytest.approx(full[f"count_blood.{cell}"] / 2, rel=1e-12)
    assert half["count_blood.eosinophil"] == full["count_blood.eosinophil"]


def test_depleted_patients_stay_depleted_without_treatment() -> None:
    state, known = untreated(body(), values(body(), lymphoid_level=0.02))
    assert state["N_nk"] == 0.02
    rate = slopes(body(), state, known)
    assert all(rate[f"N_{pool}"] == pytest.approx(0.0, abs=1e-14) for pool in POOLS)


def test_eosinophils_follow_interleukin_5_through_two_delays() -> None:
    state, known = untreated(body(), values(body()))
    high = state | {"IL5": known["IL5_scale"]}
    rate = slopes(body(), high, known)
    expected = known["eosinophil_maturation"] * known["eosinophil_gain"]
    assert rate["precursors"] == pytest.approx(expected, rel=1e-9)
    assert rate["maturing"] == 0.0 and rate["EO"] == 0.0


def test_less_interleukin_2_than_at_rest_drives_nothing() -> None:
    state, known = untreated(body(), values(body()))
    starved = everything(body(), state | {"A1": 0.0, "A2": 0.0}, known)
    for pool in POOLS:
        assert starved[f"S_{POOLS[pool]}"] < known[f"S0_{POOLS[pool]}"] and starved[f"signal_{pool}"] == 0.0
    rate = slopes(body(), state | {"A1": 0.0, "A2": 0.0}, known)
    assert rate["mg"] == 0.0 and rate["TNF"] == 0.0 and rate["IL5"] == 0.0 and rate["AX"] == 0.0
