"""The lesions against the equations they stand for, closed forms, and what must never change."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from leukin.biology.survival import survival
from leukin.biology.tumour import BASELINES, NOT_MODELLED, POOLS, SIGNALS, tumour, untreated
from leukin.catalog import load_catalog
from leukin.network import Network

CATALOGUE = load_catalog()
IMMUNITY = CATALOGUE.mechanism("tumour-immunity").parameters
RENAL = CATALOGUE.tumour("renal-cell-carcinoma").parameters
LESIONS = [f"lesion{i}" for i in (1, 2, 3, 4)]
INPUTS = (*SIGNALS, *BASELINES, *POOLS)
DAY = 24.0


@pytest.fixture(scope="module")
def network() -> Network:
    return tumour(IMMUNITY, RENAL)


def nominal(network: Network, **changed: float) -> dict[str, float]:
    """Canonical values of all parameters and inputs: no IL-2 unless changed."""
    inputs = {**dict.fromkeys((*SIGNALS, *BASELINES), 0.0), **dict.fromkeys(POOLS, 1.0), "run_in": 0.0}
    return {**{key: p.canonical for key, p in network.parameters.items()}, **inputs, **changed}


def start(network: Network, values: Mapping[str, float]) -> dict[str, float]:
    return {s.id: float(s.initial.evaluate(values)) for s in network.species}


def everything(network: Network, values: Mapping[str, float], state: Mapping[str, float]) -> dict[str, float]:
    known = {**values, **state}
    for variable in network.variables_in_order():
        known[variable.id] = variable.expression.evaluate(known)
    return known


def change(network: Network, values: Mapping[str, float], state: Mapping[str, float]) -> dict[str, float]:
    known = everything(network, values, state)
    return {key: float(rate.evaluate(known)) for key, rate in network.derivatives().items()}


def course(
    network: Network, values: Mapping[str, float], state: Mapping[str, float], hours: float
) -> dict[str, float]:
    ids = list(state)
    scale = np.array([{s.id: s.scale for s in network.species}[key] for key in ids])

    def slope(_: float, y: np.ndarray) -> list[float]:
        found = change(network, values, dict(zip(ids, y, strict=True)))
        return [found[key] for key in ids]

    done = solve_ivp(slope, (0, hours), list(state.values()), "LSODA", rtol=1e-9, atol=1e-9 * scale)
    assert done.success
    return dict(zip(ids, done.y[:, -1], strict=True))


def random_state(network: Network, rng: np.random.Generator) -> dict[str, float]:
    magnitude = {
        "T1": 9.5,
        "T2": 5.0,
        "D": 8.0,
        "S": 6.5,
        "E": 7.0,
        "X": 7.0,
        "Tr": 0.0,
        "N": 0.0,
        "A": -1.0,
        "C": 6.0,
        "M": 7.5,
    }
    return {
        s.id: 10 ** (magnitude[s.id[:2] if s.id[0] == "T" else s.id[0]] + rng.uniform(-1.5, 1.0))
        for s in network.species
    }


def by_hand(p: Mapping[str, float], y: Mapping[str, float]) -> dict[str, float]:
    """The equations in days, cells and the symbols of the model description, written out a second time."""
    day = {key: p[key] * DAY for key in (
        "tumour_growth", "debris_clearance", "kill_rate", "kill_ceiling", "nk_kill", "effector_growth",
        "tpex_death", "tpex_output", "effector_death", "exhaustion_rate", "exhausted_death",
        "effector_homing", "memory_homing",
        "treg_exchange", "nk_exchange", "presentation_rate", "antigen_half", "priming", "circulating_death",
        "circulating_to_memory", "lesion_to_memory", "memory_death", "memory_recall",
    )}  # fmt: skip
    g, k_clr, kE, kmax, kN, pE, dS, theta, dE, kx, dX, kh, kM, kG, kn, kA, KJ, nu, dC, mC, mE, dM, rhoM = (
        day.values()
    )
    phi, Tk, beta, yab, rho = (
        p["antigenicity"],
        p["search_floor"],
        p["bystander"],
        p["cd25_share"],
        p["death_rescue"],
    )
    h = {k: (p[f"S_{s}"] - p[f"S0_{s}"]) / p[f"stat5_full_{f}"] for k, s, f in (
        ("R", "treg", "treg"), ("4", "cd4_helper", "cd4"), ("N", "nk", "nk"), ("B", "cd8", "cd8"),
        ("8", "cd8_tumour", "cd8"), ("ab", "cd8_activated_tumour", "cd8_activated"),
    )}  # fmt: skip
    A, C, M = y["A_presentation"], y["C_effector"], y["M_memory"]
    G, N = y["Treg_tumour"], y["NK_tumour"]
    total = sum(y[f"T1_{i}"] + y[f"T2_{i}"] for i in LESIONS)
    out: dict[str, float] = {}
    J = Esum = 0.0
    for i in LESIONS:
        T1, T2, D, S, E, X = (y[f"{n}_{i}"] for n in ("T1", "T2", "D", "S_tpex", "E", "X_exhausted"))
        tau = T1 + T2
        a, x = phi * T1 / (T1 + Tk), E / (tau + 1e3)
        level = p["pdl1"] * (1 + p["pdl1_gain"] * x / (x + p["pdl1_half"]))
        b = level / (1 + level)
        u = 1 / (1 + p["treg_contact"] * p["treg_density"] * G)
        kap = kE * phi * (1 - b) * u * (E + p["exhausted_kill"] * X) / (tau + kE / kmax * E + Tk)
        nk = kN * p["nk_activity"] * N
        grow = g * math.log(p["tumour_capacity"] / tau) / math.log(p["tumour_capacity"] / 1e10)
        out[f"T1_{i}"] = T1 * (grow - kap - p["nk_kill_mhc"] * nk)
        out[f"T2_{i}"] = T2 * (grow - beta * kap - nk)
        out[f"D_{i}"] = T1 * (kap + p["nk_kill_mhc"] * nk) + T2 * (beta * kap + nk) - k_clr * D
        eg = p["niche_loss"] * max(0.0, -(out[f"T1_{i}"] + out[f"T2_{i}"]) / tau)
        xi = p["infiltration"] * p[f"lesion_infiltration_{i}"] * tau / (total + p["homing_burden"])
        hE = yab * a * h["ab"] + (1 - yab * a) * h["8"]
        room = max(0.0, 1 - (S + E) / (p["crowding"] * tau + p["crowding_floor"]))
        share = p["homing_tpex"]
        out[f"S_tpex_{i}"] = (
            xi * (kM * M + share * kh * C) + p["tpex_growth"] * pE * hE * u * room * S - (dS + eg) * S
        )
        out[f"E_{i}"] = (
            theta * a * (1 - b) * u * (1 + h["4"]) * S + xi * (1 - share) * kh * C + pE * hE * u * room * E
            - (dE * (1 - rho * hE) + kx * a + eg) * E
        )  # fmt: skip
        out[f"X_exhausted_{i}"] = kx * a * E - (dX + eg) * X
        J += phi * (kap + p["nk_kill_mhc"] * nk + 0.1 * g) * T1
        Esum += E
    out["Treg_tumour"] = kG * p["N_treg"] * (1 + p["treg_gain"] * h["R"]) - kG * G
    out["NK_tumour"] = kn * (p["N_nk"] * (1 + p["nk_gain"] * h["N"]) - N)
    out["A_presentation"] = kA * (J / (J + KJ) - A)
    out["C_effector"] = (
        nu * phi * A - (kh + dC * (1 - rho * h["B"]) + mC) * C
        + pE * h["B"] * C * max(0.0, 1 - C / p["circulating_capacity"])
    )  # fmt: skip
    out["M_memory"] = (
        mC * max(0.0, C - p["C0_effector"]) + mE * max(0.0, Esum - p["E0_effectors"])
        - dM * (M - p["M0_memory"])
        + rhoM * max(0.0, A - p["A0_presentation"]) * (1 - M / p["memory_capacity"]) * M
    )  # fmt: skip
    return {key: value / DAY for key, value in out.items()}


def test_network_is_consistent(network: Network) -> None:
    assert network.free_names == frozenset(INPUTS)
    assert untreated(IMMUNITY, RENAL).check() == []
    assert len({s.index for s in network.species}) == 5
    assert NOT_MODELLED


def test_rates_equal_the_equations_written_a_second_time(network: Network) -> None:
    rng = np.random.default_rng(5)
    for _ in range(40):
        values = nominal(network)
        for key in values:
            if key in SIGNALS:
                values[key] = rng.uniform(0.1, 0.9)
            elif key in (*BASELINES, "S0_cd8_tumour", "S0_cd8_activated_tumour"):
                values[key] = rng.uniform(0.0, 0.1)
            elif key in POOLS or key.startswith(
                ("lesion_", "infiltration", "nk_activity", "treg_density", "pdl1")
            ):
                values[key] *= rng.uniform(0.4, 2.0)
        values |= {"A0_presentation": 0.05, "C0_effector": 2e5, "E0_effectors": 1e7, "M0_memory": 3e7}
        state = random_state(network, rng)
        found, wanted = change(network, values, state), by_hand(values, state)
        assert found.keys() == wanted.keys()
        for key, rate in wanted.items():
            assert found[key] == pytest.approx(rate, rel=1e-9, abs=1e-9 * abs(state[key])), key


def test_without_killing_il2_leaves_the_tumour_alone(network: Network) -> None:
    off = {"kill_rate": 0.0, "nk_kill": 0.0}
    quiet = nominal(network, **off)
    loud = nominal(network, **off, **dict.fromkeys(SIGNALS, 0.8), N_treg=4.0, N_nk=6.0)
    state = start(network, quiet)
    alone, treated = (course(network, values, state, 60 * DAY) for values in (quiet, loud))
    for i in LESIONS:
        for clone in ("T1", "T2"):
            assert treated[f"{clone}_{i}"] == pytest.approx(alone[f"{clone}_{i}"], rel=1e-6)
    assert treated["E_lesion1"] > 2 * alone["E_lesion1"]  # the immune response was not idle


def test_growth_without_immunity_is_gompertz(network: Network) -> None:
    values = nominal(network, kill_rate=0.0, nk_kill=0.0)
    state = start(network, values)
    days = 200.0
    capacity = values["tumour_capacity"]
    rate = values["tumour_growth"] * DAY / math.log(capacity / 1e10)
    before = state["T1_lesion2"] + state["T2_lesion2"]
    after = capacity * math.exp(math.log(before / capacity) * math.exp(-rate * days))
    found = course(network, values, state, days * DAY)
    assert found["T1_lesion2"] + found["T2_lesion2"] == pytest.approx(after, rel=1e-6)


def test_killing_is_felt(network: Network) -> None:
    values = nominal(network)
    treated = {**values, **dict.fromkeys(SIGNALS, 0.5)}
    state = start(network, values)
    a, b = (course(network, v, state, 20 * DAY)["T1_lesion1"] for v in (values, treated))
    assert b < 0.9 * a


@pytest.mark.parametrize("signal", [0.0, 0.7])
def test_an_extinct_or_absent_lesion_stays_exactly_zero(network: Network, signal: float) -> None:
    values = nominal(network, V0_lesion3=0.0, **dict.fromkeys(SIGNALS, signal))
    state = start(network, values) | {"C_effector": 1e6}
    absent = [key for key in state if key.endswith("_lesion3") and key[0] not in "GN"]
    assert [state[key] for key in absent] == [0.0] * 6
    rates = change(network, values, state)
    assert [rates[key] for key in absent] == [0.0] * 6
    extinct = state | {"T1_lesion1": 0.0, "T2_lesion1": 0.0}
    rates = change(network, values, extinct)
    assert rates["T1_lesion1"] == 0.0 == rates["T2_lesion1"]
    assert rates["E_lesion1"] < 0  # effectors fade once nothing is left to see
    assert all(math.isfinite(rate) for rate in rates.values())


def test_thresholds_of_extinction(network: Network) -> None:
    values = nominal(network, extinction1_lesion1=2.5, extinction2_lesion1=1e-6)
    thresholds = {e.species: float(e.threshold.evaluate(values)) for e in network.extinctions}
    assert len(thresholds) == 8
    assert thresholds["T1_lesion1"] == pytest.approx(2.5 / values["clonogenic"])
    assert thresholds["T2_lesion1"] == 1.0  # never below one cell


def test_cells_that_die_become_debris(network: Network) -> None:
    rng = np.random.default_rng(8)
    values = nominal(network, **dict.fromkeys(SIGNALS, 0.5))
    state = random_state(network, rng)
    rates = change(network, values, state)
    for i in LESIONS:
        tau = state[f"T1_{i}"] + state[f"T2_{i}"]
        capacity = values["tumour_capacity"]
        born = values["tumour_growth"] * math.log(capacity / tau) / math.log(capacity / 1e10) * tau
        cleared = values["debris_clearance"] * state[f"D_{i}"]
        balance = rates[f"T1_{i}"] + rates[f"T2_{i}"] + rates[f"D_{i}"]
        assert balance == pytest.approx(born - cleared, rel=1e-9, abs=1e-7 * tau)


def test_order_of_lesions_does_not_matter(network: Network) -> None:
    rng = np.random.default_rng(13)
    values = nominal(network, **dict.fromkeys(SIGNALS, 0.4))
    state = random_state(network, rng)
    for i in LESIONS:
        values[f"lesion_infiltration_{i}"] = rng.uniform(0.5, 2)
    order = dict(zip(LESIONS, ["lesion3", "lesion1", "lesion4", "lesion2"], strict=True))

    def moved(items: Mapping[str, float]) -> dict[str, float]:
        swap = {key: f"{key.removesuffix(key[-8:])}_{order[key[-7:]]}" for key in items if key[-7:] in order}
        return {swap.get(key, key): value for key, value in items.items()}

    plain, permuted = change(network, values, state), change(network, moved(values), moved(state))
    for key, rate in moved(plain).items():
        assert permuted[key] == pytest.approx(rate, rel=1e-9, abs=1e-9), key


def test_run_in_freezes_clones_and_settles_effectors(network: Network) -> None:
    values = nominal(network, run_in=1.0)
    state = start(network, values)
    settled = course(network, values, state, 240.0)
    for key, value in state.items():
        if key.startswith(("T1", "T2", "D_", "S_", "Treg_", "NK_", "M_")):
            assert settled[key] == value
    after = change(network, {**values, "run_in": 0.0}, settled)
    for key in ("E_lesion1", "X_exhausted_lesion2", "A_presentation", "C_effector"):
        assert abs(after[key]) * DAY < 1e-3 * settled[key]


def test_memory_at_the_start_replaces_progenitors(network: Network) -> None:
    values = nominal(network, V0_lesion2=0.0, V0_lesion3=0.0, V0_lesion4=0.0)
    state = start(network, values)
    assert change(network, values, state)["S_tpex_lesion1"] == pytest.approx(
        0.0, abs=1e-12 * state["S_tpex_lesion1"]
    )


def test_baseline_signals_change_nothing(network: Network) -> None:
    values = nominal(network)
    basal = {"S_treg": 0.02, "S_cd4_helper": 0.01, "S_cd8": 0.002, "S_nk": 0.003, "S_cd8_tumour": 0.004}
    basal["S_cd8_activated_tumour"] = 0.05
    same = values | basal | {f"S0_{key[2:]}": value for key, value in basal.items()}
    state = start(network, values)
    assert change(network, same, state) == change(network, values, state)


def test_hazard_of_death_rises_with_burden() -> None:
    part = survival(CATALOGUE.mechanism("survival").parameters)
    values = {key: p.canonical for key, p in part.parameters.items()} | {"run_in": 0.0}
    burdens = [0.0, 1e8, 1e10, values["lethal_burden"], 1e12]
    rates = [change(part, {**values, "tumour_burden": b}, {"H_tumour": 0.0})["H_tumour"] for b in burdens]
    assert rates[0] == 0.0 and all(np.diff(rates) > 0)
    assert rates[3] == pytest.approx(values["hazard_max"] / 2)
    worse = change(part, {**values, "tumour_burden": 1e10, "performance_status": 1.0}, {"H_tumour": 0.0})[
        "H_tumour"
    ]
    assert worse == pytest.approx(rates[2] * values["hazard_ratio"])
