"""Cytokines given or neutralised in the course of an arm: neutral inputs, limits, directions, and what follows a stop."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest

from leukin.biology import assemble
from leukin.biology.homeostasis import RELEASED, levels, rest, support
from leukin.biology.interventions import acted_on, added, settings
from leukin.biology.lymphocytes import POOLS
from leukin.catalog import Catalogue, load_catalog
from leukin.catalog.cytokines import CYTOKINES
from leukin.catalog.cytokines import RELEASED as NAMED
from leukin.engine import System, compile_network
from leukin.scenario import Amount, Arm, CytokineChange, Dose, Scenario
from leukin.simulate import Trajectory, run_in, simulate

CATALOGUE = load_catalog()
HIGH = (Dose("aldesleukin", Amount(42.0, "MIU"), "iv infusion", every=8.0, count=6, infusion=0.25),)
WHAT_FOLLOWS = {"IFNg": "fever", "TNF": "permeability", "IL6": "fever", "IL5": "EO"}
NO_END = math.inf


@cache
def system(*cytokines: str) -> System:
    changes = tuple(CytokineChange(key, 0.0, NO_END, 1.0) for key in cytokines)
    arm = Arm("high", HIGH, cytokines=changes)
    return compile_network(assemble.network(CATALOGUE, Scenario("human", "", (arm,), 48.0)))


def course(
    *changes: CytokineChange,
    names: tuple[str, ...],
    doses: tuple[Dose, ...] = HIGH,
    horizon: float = 72.0,
    settings_of: Catalogue = CATALOGUE,
    inputs: tuple[str, ...] | None = None,
) -> Trajectory:
    own = tuple(dict.fromkeys(change.cytokine for change in changes)) if inputs is None else inputs
    body = system(*own)
    arm = Arm("one", doses, cytokines=changes)
    run = simulate(
        body,
        run_in(body, body.nominal[None, :], 1440.0),
        arm,
        [np.array([42.0 * 3.99])] * len(doses),
        horizon=horizon,
        times=np.arange(0.0, horizon + 0.5, 1.0),
        record=names,
        settings=settings(settings_of, arm),
    )
    assert (run.status == 0).all()
    return run


def test_names_of_trial_files_are_those_of_the_body() -> None:
    assert tuple(RELEASED) == NAMED
    assert set(CYTOKINES) < levels(CATALOGUE).keys()


def test_an_arm_without_cytokines_has_the_body_as_it_was() -> None:
    body = assemble.network(CATALOGUE, Scenario("human", "", (Arm("high", HIGH),), 48.0))
    assert acted_on(body, ()) is body
    assert settings(CATALOGUE, Arm("high", HIGH)) == ()
    assert not [key for key in body.parameters if key.startswith(("free_", "given_"))]


def test_neutral_inputs_change_nothing() -> None:
    names = (
        "IL2_plasma",
        "IFNg",
        "TNF",
        "IL6",
        "IL5",
        "fever",
        "permeability",
        "N_treg",
        "N_b",
        "EO",
        "albumin",
    )
    plain = course(names=names)
    ready = course(names=names, inputs=("TNF", "IL6", "IL7", "IL9"))
    for name in names:
        np.testing.assert_allclose(ready[name], plain[name], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("key", RELEASED)
def test_neutralised_wholly_is_as_without_it(key: str) -> None:
    follows = WHAT_FOLLOWS[key]
    gone = course(CytokineChange(key, 0.0, NO_END, 1.0), names=(key, f"{key}_free", follows))
    without = load_catalog(overrides=[f"homeostasis.{key}_level=0"])
    known = assemble.network(without, Scenario("human", "", (Arm("high", HIGH),), 48.0)).parameters
    body = system()
    values = np.array([[known[name].canonical if name in known else 0.0 for name in body.parameters]])
    start = run_in(body, values, 1440.0)
    none = simulate(
        body, start, Arm("high", HIGH), [np.array([42.0 * 3.99])],
        horizon=72.0, times=gone.times, record=(follows,),
    )  # fmt: skip
    size = np.abs(none[follows]).max()
    np.testing.assert_allclose(gone[follows], none[follows], rtol=1e-4, atol=1e-5 * size)
    assert (gone[f"{key}_free"] == 0.0).all()
    assert gone[key].max() > 0.0  # the whole goes on


@pytest.mark.parametrize("key", RELEASED)
def test_more_neutralised_acts_less_from_its_time_on(key: str) -> None:
    follows = WHAT_FOLLOWS[key]
    seen = [
        course(CytokineChange(key, 24.0, NO_END, share), names=(follows,), inputs=(key,))[follows][0]
        for share in (0.0, 0.5, 0.95)
    ]
    assert (seen[0][:25] == seen[1][:25]).all() and (seen[0][:25] == seen[2][:25]).all()
    areas = [course_[25:].sum() for course_ in seen]
    assert areas[0] > areas[1] > areas[2]


@pytest.mark.parametrize("key", RELEASED)
def test_a_level_given_alone_is_held_and_leaves_when_it_ends(key: str) -> None:
    given = 100e-9  # g/L, 100 pg/mL
    run = course(CytokineChange(key, 10.0, 110.0, given=given), names=(key,), doses=(), horizon=220.0)
    assert run[key][0, :11] == pytest.approx(0.0, abs=1e-9)
    assert run[key][0, 109] == pytest.approx(100.0, rel=1e-6)
    assert run[key][0, -1] < 1e-3
    loss = CATALOGUE.mechanism("cytokines")[f"{key}_loss"].canonical
    rise = 100.0 * (1.0 - math.exp(-loss * 5.0))
    assert run[key][0, 15] == pytest.approx(rise, rel=1e-4)


@pytest.mark.parametrize("key", ["IL7", "IL15", "IL4", "IL21"])
def test_without_a_keeper_pools_approach_their_new_number(key: str) -> None:
    horizon = 20000.0
    names = tuple(f"N_{pool}" for pool in (*POOLS, "b"))
    run = course(CytokineChange(key, 24.0, NO_END, 1.0), names=names, doses=(), horizon=horizon)
    now = levels(CATALOGUE) | {key: 0.0}
    for pool in (*POOLS, "b"):
        seen, target = run[f"N_{pool}"][0], support(CATALOGUE, pool, now)
        assert seen[24] == pytest.approx(1.0, abs=1e-6)
        # lost cells leave interleukin-2 to others, which gives back a little of what is lost
        assert seen[-1] == pytest.approx(target, rel=1e-6 if pool == "b" else 0.01)
        loss = CATALOGUE.mechanism("lymphocytes")[f"loss_{pool}"].canonical
        assert seen[124] == pytest.approx(target + (1 - target) * math.exp(-100.0 * loss), abs=2e-3)


def test_a_keeper_given_raises_and_its_end_brings_back() -> None:
    run = course(
        CytokineChange("IL15", 0.0, 240.0, given=0.01, molar=True),
        names=("N_nk", "N_cd8"), doses=(), horizon=4000.0,
    )  # fmt: skip
    for name in ("N_nk", "N_cd8"):
        assert run[name][0, 240] > 1.2
        assert run[name][0, -1] == pytest.approx(1.0, abs=1e-3)


def test_interleukin_9_moves_eosinophils() -> None:
    run = course(CytokineChange("IL9", 24.0, NO_END, 1.0), names=("EO",), doses=(), horizon=300.0)
    share = CATALOGUE.mechanism("homeostasis")["IL9_share_eosinophil"].value
    assert run["EO"][0, -1] / run["EO"][0, 0] == pytest.approx(1 - share, rel=1e-3)


def test_a_level_in_mass_and_in_moles_are_one() -> None:
    molecule = CATALOGUE.molecule("il7")
    molar = CytokineChange("IL7", 0.0, 1.0, given=0.01, molar=True)
    mass = CytokineChange("IL7", 0.0, 1.0, given=0.01 * molecule["molar_mass"].canonical)
    assert added(CATALOGUE, molar) == pytest.approx(0.01 / rest(CATALOGUE, "IL7"))
    assert added(CATALOGUE, mass) == pytest.approx(added(CATALOGUE, molar))


def test_interleukin_2_neutralised_wholly_takes_drug_and_own_away() -> None:
    names = ("IL2_plasma", "IL2_plasma_free", "S_nk", "S_treg", "IFNg", "permeability", "N_treg", "N_nk")
    run = course(CytokineChange("IL2", 0.0, NO_END, 1.0), names=names, horizon=20000.0)
    assert run["IL2_plasma"].max() > 1.0 and (run["IL2_plasma_free"] == 0.0).all()
    for name in ("S_nk", "S_treg"):
        assert run[name][0, 48:].max() < 1e-6, name
    assert np.abs(run["IFNg"]).max() < 1e-4
    now = levels(CATALOGUE) | {"IL2": 0.0}
    for pool in ("treg", "nk"):
        assert run[f"N_{pool}"][0, -1] == pytest.approx(support(CATALOGUE, pool, now), rel=1e-3)


def test_half_of_interleukin_2_neutralised_acts_less_than_all_of_it() -> None:
    seen = [
        course(CytokineChange("IL2", 0.0, NO_END, share), names=("IFNg",), inputs=("IL2",))["IFNg"].max()
        for share in (0.0, 0.9, 0.99)
    ]
    assert seen[0] > seen[1] > seen[2] > 0.0


def test_settings_begin_and_end_and_go_back_to_neutral() -> None:
    arm = Arm(
        "one",
        HIGH,
        cytokines=(
            CytokineChange("TNF", 24.0, 48.0, 0.95),
            CytokineChange("TNF", 48.0, 72.0, given=1e-7),
            CytokineChange("IL7", 36.0, NO_END, 1.0),
        ),
    )
    found = settings(CATALOGUE, arm)
    assert [s.time for s in found] == [24.0, 36.0, 48.0, 72.0, NO_END]
    assert [s.values["free_TNF"] for s in found] == pytest.approx([0.05, 0.05, 1.0, 1.0, 1.0])
    assert [s.values["given_TNF"] for s in found] == [0.0, 0.0, 1e-7, 0.0, 0.0]
    assert found[0].values["support_cd4"] == 1.0 and found[1].values["support_cd4"] < 0.5
