"""The full interleukin-2 receptor: conservation, loops, rates written out by hand, limits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukin.biology.receptor import full_receptor
from leukin.biology.receptor_binding import constants
from leukin.catalog import load_catalog
from leukin.engine import solve
from leukin.errors import AssemblyError
from unit.biology.receptor_parts import CHAINS, catalogue, course, network, parameters, system

CELLS_PER_LITRE = 1e10


def slopes(values: dict[str, float], binding_alone: bool = False) -> dict[str, float]:
    """Rates of change straight from the reactions: stoichiometry times rate law."""
    made = network("full")
    if binding_alone:
        made = replace(made, reactions=tuple(r for r in made.reactions if "_by_" in r.id))
    known = dict(values)
    for variable in made.variables_in_order():
        known[variable.id] = variable.expression.evaluate(known)
    return {key: float(e.evaluate(known)) for key, e in made.derivatives().items()}


def anywhere(seed: int) -> dict[str, float]:
    """Nominal parameters and a random state in which nothing is zero."""
    made, random = system("full"), np.random.default_rng(seed)
    values = dict(zip(made.parameters, made.nominal, strict=True)) | {"density": CELLS_PER_LITRE}
    return values | {key: float(10.0 ** random.uniform(-1, 4)) for key in made.states}


def test_units_names_and_conservation_are_sound() -> None:
    for form in ("full", "reduced"):
        assert network(form).check() == []


def test_size_of_the_full_form() -> None:
    made = network("full")
    binding = [r for r in made.reactions if "_by_" in r.id]
    assert (
        len(binding) == 2 * 9
    )  # of one ligand: 2 from solution and 7 on the membrane, at the surface and inside
    held = [s.id for s in made.species if "L" in s.contains and len(s.contains) > 1]
    assert len(held) == 2 * 6


@pytest.mark.parametrize("seed", range(5))
def test_binding_conserves_chains_and_ligand_at_any_state(seed: int) -> None:
    """Trafficking off: what is left of the network is its 18 binding reactions."""
    values = anywhere(seed)
    slope, made = slopes(values, binding_alone=True), network("full")
    bridge = values["density"] / values["avogadro"]
    for moiety in ("alpha", "beta", "gamma"):
        for inside in (False, True):
            parts = [s.id for s in made.species if moiety in s.contains and s.id.endswith("_in") == inside]
            gross = sum(abs(slope[key]) for key in parts)
            assert len(parts) == (4 if moiety == "gamma" else 5)
            assert gross > 0
            assert abs(sum(slope[key] for key in parts)) < 1e-10 * gross
    parts = [s.id for s in made.species if "L" in s.contains and s.id != "L"]
    total = slope["L"] / bridge + sum(slope[key] for key in parts)
    assert abs(total) < 1e-10 * sum(abs(slope[key]) for key in parts)


@pytest.mark.parametrize("seed", range(3))
def test_rates_are_those_written_out_by_hand(seed: int) -> None:
    """The nine reactions at the surface and the trafficking of every species, from their published numbering."""
    v = anywhere(seed)
    slope = slopes(v)
    a, b, g = v["alpha"], v["beta"], v["gamma"]
    La, Lb, Lab, Lag, Lbg = (
        v[f"L_{x}"] for x in ("alpha", "beta", "alpha_beta", "alpha_gamma", "beta_gamma")
    )
    Labg = v["L_alpha_beta_gamma"]
    K5, K8 = v["K5"], v["K8"]
    K11, K4 = v["ratio_11"] * K5, v["ratio_4"] * K5
    K10 = v["KD_beta"] * K5 * K8 / (v["KD_alpha"] * K11)
    K9, K12 = K10 * K11 / K4, v["KD_alpha"] * K11 / v["KD_beta"]
    kf, kg, L = v["kf"], v["kf_g"], v["L"]
    r1 = v["kon_alpha"] * (L * a - v["KD_alpha"] * La)
    r2 = v["kon_beta"] * (L * b - v["KD_beta"] * Lb)
    r4, r5, r10 = kg * (La * g - K4 * Lag), kg * (Lb * g - K5 * Lbg), kg * (Lab * g - K10 * Labg)
    r11, r12 = kf * (La * b - K11 * Lab), kf * (Lb * a - K12 * Lab)
    r9, r8 = kf * (Lag * b - K9 * Labg), kf * (Lbg * a - K8 * Labg)
    kend, ke, krec, kdr = v["kend"], v["ke"], v["krec"], v["kdr"]
    made = lambda number: number * kend * kdr / (krec + kdr)  # noqa: E731
    back = lambda key: krec * v[f"{key}_in"] - kend * v[key]  # noqa: E731
    expected = {
        "alpha": -r1 - r12 - r8 + back("alpha") + made(v["CD25"]) + v["v_S"] * v["m"],
        "beta": -r2 - r11 - r9 + back("beta") + made(v["CD122"]),
        "gamma": -r4 - r5 - r10 + back("gamma") + made(v["CD132"]),
        "L_alpha": r1 - r4 - r11 + back("L_alpha"),
        "L_beta": r2 - r5 - r12 + back("L_beta"),
        "L_alpha_beta": r11 + r12 - r10 + back("L_alpha_beta"),
        "L_alpha_gamma": r4 - r9 + back("L_alpha_gamma"),
        "L_beta_gamma": r5 - r8 - ke * Lbg,
        "L_alpha_beta_gamma": r10 + r9 + r8 - ke * Labg,
        "L": (v["kx"] * v["L_in"] - r1 - r2) * v["density"] / v["avogadro"],
    }
    size = max(abs(r) for r in (r1, r2, r4, r5, r8, r9, r10, r11, r12))
    for key, value in expected.items():
        assert slope[key] == pytest.approx(value, rel=1e-9, abs=1e-12 * size), key
    # inside: free ligand by the volume of the endosome, dissociation pH times as strong, membrane steps 1/area as fast
    inside = v["L_in"] / (v["avogadro"] * v["Ve"])
    r1e = v["kon_alpha"] * (inside * v["alpha_in"] - v["pH"] * v["KD_alpha"] * v["L_alpha_in"])
    r2e = v["kon_beta"] * (inside * v["beta_in"] - v["pH"] * v["KD_beta"] * v["L_beta_in"])
    ligand = -r1e - r2e - (v["kh"] + v["kx"]) * v["L_in"]
    assert slope["L_in"] == pytest.approx(ligand, rel=1e-9)
    Lbge, Labge = v["L_beta_gamma_in"], v["L_alpha_beta_gamma_in"]
    r5e = kg / v["area"] * (v["L_beta_in"] * v["gamma_in"] - v["pH"] * K5 * Lbge)
    r8e = kf / v["area"] * (Lbge * v["alpha_in"] - v["pH"] * K8 * Labge)
    assert slope["L_beta_gamma_in"] == pytest.approx(r5e - r8e + ke * Lbg - v["kdeg"] * Lbge, rel=1e-9)
    lost = v["kh"] * v["L_in"] + v["kdeg"] * (Lbge + Labge)
    lost += kdr * sum(v[f"L_{x}_in"] for x in ("alpha", "beta", "alpha_beta", "alpha_gamma"))
    assert slope["destroyed"] == pytest.approx(lost, rel=1e-9)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-4, 4), min_size=6, max_size=6))
def test_dependent_constants_obey_detailed_balance(logs: list[float]) -> None:
    keys = ("KD_alpha", "KD_beta", "K5", "K8", "ratio_4", "ratio_11")
    v = dict(zip(keys, np.exp(logs), strict=True))
    for key, (_, expression) in constants().items():
        v[key] = expression.evaluate(v)
    assert v["KD_alpha"] * v["K11"] / (v["KD_beta"] * v["K12"]) == pytest.approx(1.0, rel=1e-12)
    assert v["KD_beta"] * v["K5"] * v["K8"] / (v["KD_alpha"] * v["K11"] * v["K10"]) == pytest.approx(
        1.0, rel=1e-12
    )
    assert v["K4"] * v["K9"] / (v["K11"] * v["K10"]) == pytest.approx(1.0, rel=1e-12)


def test_dependent_constants_are_those_of_the_catalogue() -> None:
    """The molecule's file derives them by formula, the assembly by its rule."""
    molecule = catalogue().molecule("aldesleukin")
    v = {
        key: p.canonical
        for key, p in molecule.parameters.items()
        if key in ("KD_alpha", "KD_beta", "K5", "K8", "ratio_4", "ratio_11")
    }
    for key, (_, expression) in constants().items():
        v[key] = expression.evaluate(v)
        assert v[key] == pytest.approx(molecule[key].canonical, rel=1e-12), key


def test_a_constant_that_breaks_a_loop_is_refused() -> None:
    book = load_catalog(overrides=["il2.K10=5"])
    with pytest.raises(AssemblyError, match="K10: 5 molecule/cell of 'il2' contradicts detailed balance"):
        full_receptor(book.molecule("il2"), book.cell("treg"), book.mechanism("receptor-trafficking"))


@pytest.mark.parametrize("form", ["full", "reduced"])
def test_without_ligand_nothing_moves_for_48_hours(form: str) -> None:
    made = system(form)
    for cell in ("treg", "nk", "cd8-activated"):
        params = parameters(form, cell, [0.0])
        start = made.initial(params)
        end = solve(made, start, params, 0.0, 48.0).state
        assert np.abs(end - start).max() < 1e-9 * start.max()


@pytest.mark.parametrize("form", ["full", "reduced"])
@pytest.mark.parametrize("only", CHAINS)
def test_one_chain_alone_never_signals(form: str, only: str) -> None:
    missing = {key: 0.0 for key in CHAINS if key != only}
    seen = course(form, "cd8-activated", [0.01, 1.0, 100.0], [1.0, 24.0], ["S", "A"], missing)
    assert (seen["S"] == 0.0).all()
    assert (seen["A"] == 0.0).all()


@pytest.mark.parametrize("form", ["full", "reduced"])
def test_receptors_saturate(form: str) -> None:
    seen = course(form, "treg", [1e3, 1e4], [1.0], ["A", "S", "bT", "gT"])
    assert seen["A"][1, 0] == pytest.approx(seen["A"][0, 0], rel=0.02)
    assert (seen["S"] < 1.0).all()
    limit = course(form, "treg", [1e4], [0.25], ["A"])["A"][0, 0]
    assert limit < 657.0 * (1.0 + 1.0 / 10.0)  # no more than beta chains, at the surface and their inner pool


@pytest.mark.parametrize("seed", range(2))
def test_ligand_of_a_closed_vessel_is_bound_inside_destroyed_or_left(seed: int) -> None:
    made = system("full")
    params = parameters("full", ["treg", "cd8-activated"][seed], [0.01, 1.0], {"density": CELLS_PER_LITRE})
    times = np.array([0.1, 1.0, 8.0, 48.0])
    segment = solve(made, made.initial(params), params, 0.0, 48.0, times=times)
    index, avogadro = made.state_index, params[0, made.parameter_index["avogadro"]]
    where = [index[s.id] for s in made.network.species if "L" in s.contains and s.id != "L"] + [
        index["destroyed"]
    ]
    lost = params[:, None, made.parameter_index["dose"]] - segment.saved[:, :, index["L"]]
    cells = segment.saved[:, :, where].sum(2) * CELLS_PER_LITRE / avogadro
    assert (lost > 0).all()
    assert lost[0, -1] > 0.01 * params[0, made.parameter_index["dose"]]
    assert np.abs(cells - lost).max(axis=1) == pytest.approx(
        0.0, abs=1e-8 * params[0, made.parameter_index["dose"]]
    )


def test_hidden_epitope_lowers_stained_cd122_alone() -> None:
    seen = course("full", "treg", [0.1], [0.0, 1.5], ["CD122_stained", "bT"])
    assert seen["CD122_stained"][0, 0] == pytest.approx(657.0)
    assert seen["CD122_stained"][0, 1] < 0.6 * seen["bT"][0, 1]
