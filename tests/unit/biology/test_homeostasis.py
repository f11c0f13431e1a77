"""Endogenous cytokines keep lymphocytes at their number: each can be taken away or added, and so can released ones."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukin.biology import assemble
from leukin.biology.homeostasis import (
    CELLS,
    INNATE,
    KEEPERS,
    NOBODY,
    RELEASED,
    innate,
    kept,
    levels,
    shares,
    signalling,
    support,
)
from leukin.biology.lymphocytes import POOLS
from leukin.catalog import Catalogue, load_catalog
from leukin.engine import System, compile_network
from leukin.scenario import Amount, Arm, Dose, Scenario
from leukin.simulate import Start, run_in, simulate

CATALOGUE = load_catalog()
ARM = Arm(
    "high", (Dose("aldesleukin", Amount(42.0, "MIU"), "iv infusion", every=8.0, count=6, infusion=0.25),)
)
USUAL = dict.fromkeys(levels(CATALOGUE), 1.0)


def supports(**changed: float) -> dict[str, float]:
    assert changed.keys() <= USUAL.keys()
    return {pool: support(CATALOGUE, pool, USUAL | changed) for pool in POOLS}


@cache
def healthy() -> System:
    return compile_network(assemble.network(CATALOGUE, Scenario("human", "", (ARM,), 48.0)))


@cache
def changed(*settings: str) -> tuple[Catalogue, Start]:
    """A healthy typical patient after the run-in, under settings such as `IL7_level=0`."""
    catalogue = load_catalog(overrides=[f"homeostasis.{text}" for text in settings])
    known = assemble.network(catalogue, Scenario("human", "", (ARM,), 48.0)).parameters
    system = healthy()
    values = [known[name].canonical if name in known else 0.0 for name in system.parameters]
    return catalogue, run_in(system, np.array([values]), 1440.0)


def states(settings: tuple[str, ...], names: list[str], arm: Arm = ARM) -> dict[str, np.ndarray]:
    _, start = changed(*settings)
    given = [np.array([42.0 * 3.99])] * len(arm.doses)
    times = np.arange(0.0, 121.0, 1.0)
    run = simulate(healthy(), start, arm, given, horizon=120.0, times=times, record=names)
    assert (run.status == 0).all()
    return {name: run[name][0] for name in names}


def test_a_person_as_he_is_is_not_touched() -> None:
    network = assemble.network(CATALOGUE, Scenario("human", "", (ARM,), 1.0))
    assert kept(network, CATALOGUE) is network
    assert {network.parameters[f"support_{pool}"].value for pool in POOLS} == {1.0}
    assert all(value == pytest.approx(1.0, abs=1e-15) for value in supports().values())


def test_each_cytokine_keeps_its_own_cells_and_gamma_c_keeps_all() -> None:
    lost = {keeper: supports(**{keeper: 0.0}) for keeper in KEEPERS}
    for keeper in KEEPERS:
        assert {pool for pool in POOLS if lost[keeper][pool] < 1} == {
            p for p in POOLS if keeper in shares(CATALOGUE, p)
        }
    for keeper, pool in (("IL2", "treg"), ("IL7", "cd4"), ("IL15", "nk")):
        assert min(lost[keeper], key=lost[keeper].__getitem__) == pool
        assert min(lost, key=lambda k: lost[k][pool]) == keeper
        assert all(value < 1 for value in lost[keeper].values())
    for pool in POOLS:  # what the family keeps is everything
        assert sum(1 - lost[keeper][pool] for keeper in KEEPERS) == pytest.approx(1.0, abs=1e-9)
    assert set(supports(CD132=0.0).values()) == {NOBODY}
    assert all(lost_all == NOBODY for lost_all in supports(**dict.fromkeys(KEEPERS, 0.0)).values())


@settings(max_examples=40, deadline=None)
@given(
    name=st.sampled_from([*KEEPERS, "CD132"]),
    low=st.floats(0.0, 8.0),
    more=st.floats(0.01, 2.0),
    pool=st.sampled_from(sorted(POOLS)),
)
def test_more_keeps_more_and_never_beyond_the_ceiling(name: str, low: float, more: float, pool: str) -> None:
    values = [support(CATALOGUE, pool, USUAL | {name: level}) for level in (low, low + more)]
    if name != "CD132" and name not in shares(CATALOGUE, pool):
        assert values == [1.0, 1.0]
        return
    assert values[0] < values[1] < CATALOGUE.mechanism("lymphocytes")[f"ceiling_{pool}"].value


@pytest.mark.parametrize("cell", sorted(CELLS.values()))
@pytest.mark.parametrize("gamma", [1.0, 0.01])
@pytest.mark.parametrize("level", [1e-4, 1.0, 100.0])
def test_complexes_solve_the_quadratic_of_one_chain_and_gamma(cell: str, gamma: float, level: float) -> None:
    """R + L <-> RL, RL + g <-> C: C K (1 + u)/u = (R - C)(g - C), u = L/KD."""
    own = CATALOGUE.cell(cell)
    for id, chain, kd, inner in (
        ("il7", "CD127", "KD_alpha7", "K_gamma"),
        ("il15", "CD122", "KD_beta", "K5"),
    ):
        molecule = CATALOGUE.molecule(id)
        assert own["CD215"].value == 0  # so that interleukin-15 has one chain here as well
        u = level / molecule[kd].canonical
        k = molecule[inner].canonical * (1 + u) / u
        r, g = own[chain].canonical, gamma * own["CD132"].canonical
        b = r + g + k
        expected = 2 * r * g / (b + math.sqrt(b * b - 4 * r * g))
        assert signalling(molecule, own, level, gamma) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("setting", "count", "least", "most"),
    [
        ("IL4_level=0", "N_b", 0.8, 0.95),
        ("IL21_level=0", "N_b", 0.8, 0.95),
        ("IL4_level=100", "N_b", 1.05, 1.5),
        ("CD132_level=0", "N_b", 0.7, 0.9),  # people without CD132 have B cells
        ("IL9_level=0", "EO", 0.1, 0.19),
        ("IL9_level=100", "EO", 0.201, 0.25),
    ],
)  # fmt: skip
def test_interleukins_4_9_and_21_move_cells_a_little(
    setting: str, count: str, least: float, most: float
) -> None:
    _, start = changed(setting)
    seen = simulate(
        healthy(), start, Arm("none"), [], horizon=900.0, times=np.array([0.0, 900.0]), record=[count]
    )
    assert least < seen[count][0, 0] < most
    assert seen[count][0, 1] == pytest.approx(seen[count][0, 0], rel=1e-6)


def test_interleukin_9_is_bounded_and_neutral_at_rest() -> None:
    assert innate(CATALOGUE, USUAL) == 1.0
    values = [innate(CATALOGUE, USUAL | {INNATE: level}) for level in (0.0, 0.5, 1.0, 2.0, 1e9)]
    assert values == sorted(values)
    assert values[-1] - 1.0 == pytest.approx(1.0 - values[0], rel=1e-6)


def test_without_ligand_or_gamma_nothing_signals() -> None:
    for id in KEEPERS.values():
        for cell in CELLS.values():
            assert signalling(CATALOGUE.molecule(id), CATALOGUE.cell(cell), 0.0, 1.0) == 0.0
            assert signalling(CATALOGUE.molecule(id), CATALOGUE.cell(cell), 1.0, 0.0) == 0.0


@pytest.mark.parametrize(
    "setting", ["IL2_level=0", "IL7_level=0", "IL7_level=5", "IL15_level=0", "CD132_level=0"]
)
def test_the_untreated_person_rests_at_the_moved_state(setting: str) -> None:
    catalogue, start = changed(setting)
    expected = {pool: support(catalogue, pool, levels(catalogue)) for pool in POOLS}
    names = [f"N_{pool}" for pool in POOLS]
    rest = simulate(
        healthy(),
        start,
        Arm("none"),
        [],
        horizon=2160.0,
        times=np.array([0.0, 2160.0]),
        record=[*names, "IL2_plasma"],
    )
    for pool, name in zip(POOLS, names, strict=True):
        assert rest[name][0, 0] == pytest.approx(expected[pool], rel=1e-12)
        assert rest[name][0, 1] == pytest.approx(rest[name][0, 0], rel=1e-6)
        assert abs(expected[pool] - 1) > 0.01
    usual = CATALOGUE.mechanism("pharmacokinetics")["I0"].value
    assert rest["IL2_plasma"][0, 0] == pytest.approx(0.0 if setting == "IL2_level=0" else usual, rel=1e-6)


def test_without_gamma_c_interleukin_2_does_nothing() -> None:
    names = ["pSTAT5.treg", "pSTAT5.nk", "IFNg", "TNF", "permeability"]
    seen = states(("CD132_level=0",), names)
    for name in names:
        assert np.abs(seen[name] - seen[name][0]).max() < 1e-9, name


def test_without_endogenous_interleukin_2_the_drug_still_works() -> None:
    usual, without = (states(setting, ["N_treg", "IFNg"]) for setting in ((), ("IL2_level=0",)))
    assert without["N_treg"].max() > 1.5 * without["N_treg"][0]
    assert without["IFNg"].max() == pytest.approx(usual["IFNg"].max(), rel=0.1)


@pytest.mark.parametrize("name", RELEASED)
def test_a_released_cytokine_is_neutralised_or_multiplied(name: str) -> None:
    usual, none, twice = (
        states(setting, [name, "fever", "permeability", "EO"])
        for setting in ((), (f"{name}_level=0",), (f"{name}_level=2",))
    )
    assert usual[name].max() > 0 and np.abs(none[name]).max() == 0.0
    assert twice[name].max() > 1.2 * usual[name].max()
    follows = {"IFNg": "fever", "TNF": "permeability", "IL6": "fever", "IL5": "EO"}[name]
    assert none[follows].max() < usual[follows].max() < twice[follows].max()
