"""The reduced receptor: its algebra, its balance of ligand, and what follows from receptor numbers; STAT5."""

from __future__ import annotations

import numpy as np
import pytest

from leukin.engine import solve
from unit.biology.receptor_parts import course, network, parameters, system


def everything(values: dict[str, float]) -> dict[str, float]:
    known = dict(values)
    for variable in network("reduced").variables_in_order():
        known[variable.id] = float(variable.expression.evaluate(known))
    return known


def state(seed: int) -> dict[str, float]:
    made, random = system("reduced"), np.random.default_rng(seed)
    values = dict(zip(made.parameters, made.nominal, strict=True))
    chains = {key: float(10.0 ** random.uniform(1, 5)) for key in ("aT", "bT", "gT")}
    signalling = float(random.uniform(0, 0.9) * min(chains["bT"], chains["gT"]))
    return (
        values
        | chains
        | {
            "C": signalling,
            "Ce": signalling / 2,
            "m": 0.3,
            "S": 0.2,
            "dose": float(10.0 ** random.uniform(-4, 3)),
        }
        | dict.fromkeys(("X1", "X2", "X3"), 0.1)
    )


@pytest.mark.parametrize("seed", range(20))
def test_free_chains_solve_their_balances(seed: int) -> None:
    """The closed form against the balance that it was derived from: chains held by complexes at their steady state."""
    v = everything(state(seed))
    u = v["dose"] / v["KD_alpha"]
    held = v["a"] * (1.0 + u * (1.0 + v["g0"] / v["K4"])) + v["C"] * v["a"] / (v["K8p"] + v["a"])
    assert held == pytest.approx(v["aT"], rel=1e-9)
    assert v["g"] * (1.0 + u * v["a"] / v["K4"]) == pytest.approx(v["gT"] - v["C"], rel=1e-9)
    assert v["b"] * (1.0 + v["dose"] / v["KD_beta"] + u * v["a"] / v["K11"]) == pytest.approx(
        v["bT"] - v["C"], rel=1e-9
    )


def test_at_rest_without_traffic_complexes_are_in_equilibrium() -> None:
    """With internalisation off, C is that of the equilibrium constants alone, whatever the rates."""
    off = dict.fromkeys(("kend", "ke", "v_S"), 0.0)
    for cell, dose in (("treg", 0.003), ("cd8", 1.0), ("nk", 3.0)):
        full = course("full", cell, [dose], [500.0], ["A"], {**off, "krec": 0.0, "kdr": 1e-6})["A"][0, 0]
        reduced = course("reduced", cell, [dose], [500.0], ["A"], {**off, "kdr": 1e-6})["A"][0, 0]
        assert reduced == pytest.approx(full, rel=0.02), cell


@pytest.mark.parametrize("dose", [0.001, 0.1, 10.0])
def test_ligand_taken_is_ligand_bound_or_destroyed(dose: float) -> None:
    """capture L - restitution is what leaves the medium; all but the bound pool (C, Ce) of it is destroyed."""
    made = system("reduced")
    params = parameters("reduced", "treg", [dose])
    times = np.linspace(0.0, 6.0, 4001)
    segment = solve(made, made.initial(params), params, 0.0, 6.0, times=times, rtol=1e-9)
    seen = made.observe(["capture", "restitution", "U", "C", "Ce"], segment.saved, params)
    net = seen["capture"][0] * dose - seen["restitution"][0]
    step = times[1] - times[0]
    total = lambda x: step * (x.sum() - (x[0] + x[-1]) / 2)  # noqa: E731
    bound = seen["C"][0, -1] + seen["Ce"][0, -1]
    assert total(net) == pytest.approx(total(seen["U"][0]) + bound, rel=1e-3)


def test_without_ligand_nothing_is_taken_up() -> None:
    seen = course("reduced", "nk", [0.0], [5.0], ["U", "restitution", "A"])
    assert all((values == 0.0).all() for values in seen.values())


@pytest.mark.parametrize("form", ["full", "reduced"])
def test_more_cd25_needs_less_ligand(form: str) -> None:
    doses = np.geomspace(1e-4, 1e2, 25)
    half = []
    for count in (20.0, 500.0, 5000.0):
        s = course(form, "treg", doses, [1.0], ["S"], {"CD25": count})["S"][:, 0]
        assert (np.diff(s[: s.argmax() + 1]) > 0).all()
        half.append(np.interp(s.max() / 2, s[: s.argmax() + 1], np.log(doses[: s.argmax() + 1])))
    assert half[0] > half[1] + 1.0 > half[2] + 2.0


@pytest.mark.parametrize("form", ["full", "reduced"])
def test_fewer_gamma_chains_signal_less(form: str) -> None:
    s = [
        course(form, "nk", [1.0], [1.0], ["S"], {"CD132": 7643.0 * part})["S"][0, 0]
        for part in (1.0, 0.5, 0.1)
    ]
    assert s[0] > 1.3 * s[1] > 3.0 * s[2]


@pytest.mark.parametrize("cell", ["treg", "cd8"])
def test_reduced_form_follows_the_full_one(cell: str) -> None:
    """Root mean square of the difference of pSTAT5, over its maximum, at most 3 %; 13 cell types in the long tests."""
    doses, times = 10.0 ** np.arange(-3, 2.01, 1.0), [0.1, 0.5, 1.0, 4.0, 24.0, 48.0]
    full, reduced = (course(form, cell, doses, times, ["S"])["S"] for form in ("full", "reduced"))
    assert np.sqrt(np.mean((full - reduced) ** 2)) < 0.03 * full.max()


def test_stat5_reaches_the_steady_state_of_its_equations() -> None:
    """After a day at constant complexes: S = drive/(1 + drive), and SOCS at its level for S."""
    made = system("reduced")
    params = parameters("reduced", "cd4-helper", [0.1])
    end = solve(made, made.initial(params), params, 0.0, 2000.0, rtol=1e-10).state
    seen = made.observe(["S", "A", "X1", "X2", "X3", "m"], end, params)
    v = {key: float(values[0]) for key, values in seen.items()}
    p = dict(zip(made.parameters, params[0], strict=True))
    drive = (v["A"] / p["K_A"]) ** p["h"] / (1.0 + v["X3"])
    assert v["S"] == pytest.approx(drive / (1.0 + drive), rel=1e-5)
    assert v["X1"] == pytest.approx(p["x_max"] * v["S"] / (p["K_X"] + v["S"]), rel=1e-5)
    assert v["X1"] == pytest.approx(v["X3"], rel=1e-4)
    assert v["m"] == pytest.approx(v["S"] / (p["K_n"] + v["S"]), rel=1e-5)
