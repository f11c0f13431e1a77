"""Cells that divide share the ligand that they hold; chains and ligand of both forms where nothing moves inside."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukin.assay.dish import dish, rows
from leukin.biology.family_reduced import reduced_receptors
from leukin.biology.gamma_chain import ONLY
from leukin.biology.receptor import receptors
from leukin.biology.receptor_reduced import reduced_receptor
from leukin.biology.signalling import stat5
from leukin.engine import System, compile_network, solve
from leukin.network import Network, Species, Variable, equations
from leukin.quantity import Expr, Parameter, Source, parse
from unit.biology.receptor_parts import catalogue

GIVEN = Source("definition")
STILL = ("kend", "ke", "krec", "kdr", "kdeg", "kh", "kx", "v_S")
BORN = 0.05


@lru_cache
def network(form: str, molecule: str = "il2") -> Network:
    """A regulatory T cell in ligand of constant level `dose` in a pool where `born` cells are born per cell and hour."""
    book = catalogue()
    cell, moves = book.cell("treg"), book.mechanism("receptor-trafficking")
    own = [Parameter("dose", 0.0, "nM", GIVEN), Parameter("born", 0.0, "1/h", GIVEN)]
    if form == "full":
        part = receptors({ONLY: book.molecule(molecule)}, cell, moves, born=parse("born"))
        part += equations(
            species=[Species("L", "nM", parse("dose"), scale=1e-3, contains={"L": 1})],
            parameters=[Parameter("density", 0.0, "cell/L", GIVEN)],
        )
    elif form == "family":
        part = reduced_receptors({ONLY: book.molecule(molecule)}, cell, moves, "born").bind({"L": "dose"})
    else:
        part = reduced_receptor(book.molecule(molecule), cell, moves, "born").bind({"L": "dose"})
    return part + stat5(cell, book.mechanism("stat5-signalling")) + equations(parameters=own)


@lru_cache
def ready(form: str) -> tuple[list[Variable], dict[str, Expr]]:
    """Variables in order, and the rates of change."""
    return network(form).variables_in_order(), network(form).derivatives()


@lru_cache
def system(form: str) -> System:
    return compile_network(network(form))


def at(form: str, seed: int, **changed: float) -> tuple[dict[str, float], dict[str, float]]:
    """Everything at a random state in which nothing is zero, and the rates of change."""
    made, random = network(form), np.random.default_rng(seed)
    known = {key: p.canonical for key, p in made.parameters.items()} | changed
    known |= {s.id: float(10.0 ** random.uniform(-1, 4)) for s in made.species}
    if form != "full":  # no more complexes than chains
        known |= {"C": 0.9 * min(known["aT"], known["bT"]) * random.uniform(), "gT": 2e4}
    known |= {key: float(random.uniform(0.0, 0.9)) for key in ("S", "m")}
    variables, rates = ready(form)
    for variable in variables:
        known[variable.id] = float(variable.expression.evaluate(known))
    return known, {key: float(e.evaluate(known)) for key, e in rates.items()}


def test_units_names_and_conservation_are_sound() -> None:
    for form in ("full", "reduced", "family"):
        assert network(form).check() == []
    assert network("full", "il2-fc").check() == []


@pytest.mark.parametrize("molecule", ["il2", "il2-fc", "il15"])
@pytest.mark.parametrize("seed", range(2))
def test_births_take_ligand_in_proportion_and_no_chain(molecule: str, seed: int) -> None:
    """Rates with births less those without: born times what is held of ligand, nothing of any chain in any place."""
    made, random = network("full", molecule), np.random.default_rng(seed)
    known = {key: p.canonical for key, p in made.parameters.items()}
    known |= {s.id: float(10.0 ** random.uniform(-1, 4)) for s in made.species} | {
        "density": 1e9,
        "born": BORN,
    }
    births = [r for r in made.reactions if "born" in r.rate.names]
    change: dict[str, float] = {}
    for r in births:
        rate = float(r.rate.evaluate(known))
        for side, sign in ((r.products, 1.0), (r.reactants, -1.0)):
            for key, coefficient in side.items():
                change[key] = change.get(key, 0.0) + sign * rate * float(coefficient.evaluate(known))
    holders = [s for s in made.species if "L" in s.contains and s.id != "L"]
    assert {s.id for s in holders} <= change.keys()
    for s in holders:
        assert change[s.id] == pytest.approx(-BORN * known[s.id], rel=1e-12)
    assert "L" not in change, "the medium loses nothing to a birth"
    for inside in (False, True):
        place = [s for s in made.species if s.id.endswith("_in") == inside and s.id in change]
        for chain in {c for s in place for c in s.contains} - {"L"}:
            off = sum(change[s.id] * s.contains.get(chain, 0) for s in place)
            assert abs(off) < 1e-10 * sum(abs(change[s.id]) for s in place), (chain, inside)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), dose=st.floats(1e-4, 1e3), born=st.floats(0.0, 1.0))
def test_reduced_form_accounts_for_every_molecule(seed: int, dose: float, born: float) -> None:
    """capture L - restitution is destroyed, held more of, or shared with new cells, at any state."""
    v, slope = at("reduced", seed, dose=dose, born=born)
    parts = [v["capture"] * dose, -v["restitution"], -v["U"], -slope["C"], -slope["Ce"]]
    parts += [-born * v["C"], -born * v["Ce"]]
    assert abs(sum(parts)) < 1e-10 * max(map(abs, parts))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), dose=st.floats(1e-4, 1e3))
@pytest.mark.parametrize("form", ["full", "reduced", "family"])
def test_with_traffic_off_chains_and_ligand_stay(form: str, seed: int, dose: float) -> None:
    """Every chain and the ligand at random states where nothing is made, lost or carried: rates sum to zero."""
    # endosomes return what they hold and lose nothing, or, in the full form, next to nothing of what is free
    still = dict.fromkeys(STILL, 0.0) | {"dose": dose, "born": 0.0}
    if form != "full":
        v, slope = at(form, seed, **{**still, "krec": 1.0, "kx": 1.0})
        totals = {"bT": 1.0, "aT": v["f3"]} | ({"gT": 1.0} if form == "family" else {})
        for total, share in totals.items():
            assert abs(slope[total]) > 0
            assert abs(slope[total] + share * slope["Ce"]) < 1e-10 * abs(slope[total]), total
        if form == "reduced":
            taken = v["capture"] * dose - v["restitution"]
            largest = max(v["capture"] * dose, v["restitution"])
            assert abs(taken - slope["C"] - slope["Ce"]) < 1e-10 * largest
        return
    v, slope = at(form, seed, **{**still, "kdr": 1e-15, "density": 1e9})
    made = network(form)
    bridge = v["density"] / v["avogadro"]
    for moiety in ("alpha", "beta", "gamma", "L"):
        for inside in (False, True):
            parts = [
                slope[s.id] * s.contains[moiety]
                for s in made.species
                if moiety in s.contains and s.id.endswith("_in") == inside and s.id != "L"
            ]
            if moiety == "L" and not inside:
                parts.append(slope["L"] / bridge)
            assert max(map(abs, parts)) > 0
            assert abs(sum(parts)) < 1e-10 * sum(map(abs, parts)), (moiety, inside)


def test_both_forms_lose_the_same_share_of_signal_to_births() -> None:
    """A pool that grows by 5 % an hour: complexes over those of a pool at rest, in both forms."""
    doses, left = np.array([0.01, 0.1, 1.0]), {}
    for form in ("full", "reduced", "family"):
        made = system(form)
        params = np.tile(made.nominal, (6, 1))
        params[:, made.parameter_index["dose"]] = np.tile(doses, 2)
        params[3:, made.parameter_index["born"]] = BORN
        times = np.array([4.0, 24.0])
        run = solve(made, made.initial(params), params, 0.0, 24.0, times=times, rtol=1e-8)
        a = made.observe(["A"], run.saved, params)["A"]
        left[form] = a[3:] / a[:3]
        assert (left[form] < 1.0).all()
        assert left[form].min() < 0.98
    assert left["reduced"] == pytest.approx(left["full"], abs=0.004)
    assert left["family"] == pytest.approx(left["reduced"], abs=0.004)


def test_ligand_of_a_well_where_cells_grow_is_somewhere_or_counted() -> None:
    """Medium, cells, destroyed and lost with dead cells add up to what was given, while cells divide and die."""
    book, seeded = catalogue(), 2e9
    growing = dish(book, {ONLY: book.molecule("il2")}, {"cell": book.cell("cd8-activated")}, growing=True)
    held = [s.id for s in growing.species if s.id.startswith("L_")]
    dies = "death_cell*(1 - divide_cell/division_max_cell)"
    growing += equations(
        species=[Species("used", "nM", scale=1e-3), Species("dead", "nM", scale=1e-3)],
        rates={
            "used": "U_cell*density_cell/avogadro",
            "dead": f"{dies}*({' + '.join(held)})*density_cell/avogadro",
        },
    )
    assert growing.check() == []
    made = compile_network(growing)
    params = rows(made, {"dose": [0.1, 3.0], "seeded_cell": seeded}, 2)
    times = np.array([1.0, 12.0, 48.0, 96.0])
    run = solve(made, made.initial(params), params, 0.0, 96.0, times=times, rtol=1e-10, atol=1e-13)
    seen = made.observe(["L", "used", "dead", "N_cell", *held], run.saved, params)
    avogadro = params[0, made.parameter_index["avogadro"]]
    on_cells = seeded * seen["N_cell"] * sum(seen[key] for key in held) / avogadro
    total = seen["L"] + on_cells + seen["used"] + seen["dead"]
    assert seen["N_cell"][1, -1] > 1.5
    assert (seen["dead"][:, -1] > 1e-5 * total[:, -1]).all()
    assert np.abs(total / total[:, :1] - 1.0).max() < 1e-8
    assert total[:, 0] == pytest.approx([0.1, 3.0], rel=1e-8)
