"""Tangents: agreement with central differences and closed forms, order, bits, kinks, extinctions, doses, names."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from leukin.engine import System, compile_network, solve
from leukin.engine.sensitivity import solve_tangents
from leukin.engine.tableau import RODAS5P
from leukin.engine.tangent_steps import abscissae
from leukin.errors import AssemblyError, SolveError
from unit.engine.toys import receptors, robertson

TIGHT = {"rtol": 1e-12, "atol": 1e-15}


def tangents(system: System, names, params, stop, times=(), **options):
    sensitive = system.with_sensitivities(names)
    ways = sensitive.own_ways(len(params))
    start = sensitive.initial(params, ways)
    return solve_tangents(sensitive, system.initial(params), params, start, ways, 0.0, stop, times, **options)


def differences(system: System, name: str, params, stop, times, part=1e-3) -> np.ndarray:
    """p d saved/dp [patient, time, state] by differences of fourth order of tight solutions."""

    def at(change: float) -> np.ndarray:
        moved = params.copy()
        moved[:, system.parameter_index[name]] *= 1 + change
        return solve(system, system.initial(moved), moved, 0.0, stop, times, **TIGHT).saved

    change = 8 * (at(part) - at(-part)) - (at(2 * part) - at(-2 * part))
    return np.asarray(change / (12 * part))


def worst(system: System, name: str, params: np.ndarray, found: np.ndarray, wanted: np.ndarray) -> float:
    """The largest difference over the largest value of each state's derivative; those that are rounding left out."""
    found = found * params[:, system.parameter_index[name], None, None]
    size = np.abs(wanted).max(axis=(0, 1))
    error = np.abs(found - wanted).max(axis=(0, 1))
    real = size > 1e-7
    assert real.any()
    return float((error[real] / size[real]).max())


def varied(system: System, n: int, seed: int = 1) -> np.ndarray:
    random = np.random.default_rng(seed)
    params = system.nominal * np.exp(0.3 * random.standard_normal((n, len(system.nominal))))
    if "rate_iv" in system.parameter_index:
        params[:, system.parameter_index["rate_iv"]] = 20.0
    return params


@pytest.fixture(scope="module")
def decay(build) -> System:
    return build({"x": "-k*x"}, {"x": "x0**2"}, {"k": 0.7, "x0": 1.5})


def test_abscissae_are_those_of_the_method() -> None:
    x, gammas = abscissae(RODAS5P)
    np.testing.assert_allclose(x[[0, 5, 6, 7]], [0, 1, 1, 1], atol=1e-10)
    assert gammas[0] == pytest.approx(RODAS5P.gamma)
    np.testing.assert_allclose(gammas[5:], 0.0, atol=1e-10)


def test_closed_form(decay) -> None:
    params, times = varied(decay, 5), np.linspace(0, 6, 13)
    k, x0 = (params[:, decay.parameter_index[key], None] for key in ("k", "x0"))
    found = tangents(decay, ["x0", "k"], params, 6.0, times, rtol=1e-9).saved
    np.testing.assert_allclose(found[:, :, 0, 0], 2 * x0 * np.exp(-k * times), rtol=1e-7)
    np.testing.assert_allclose(found[:, :, 1, 0], -times * x0**2 * np.exp(-k * times), rtol=1e-7, atol=1e-9)


def test_order_of_the_tangents(build) -> None:
    """Fixed steps on the logistic equation, whose derivative by the rate is known."""
    system = build({"a": "r*a*(1 - a)"}, {"a": "a0"}, {"r": 1.0, "a0": 0.2})
    sensitive = system.with_sensitivities(["r", "a0"])
    params, ways = system.nominal[None], sensitive.own_ways(1)

    def error(count: int) -> np.ndarray:
        y, s = system.initial(params), sensitive.initial(params, ways)
        for start, stop in itertools.pairwise(np.linspace(0, 3, count + 1)):
            part = solve_tangents(sensitive, y, params, s, ways, start, stop, step=[stop - start], rtol=1e6)
            assert part.segment.steps[0] == 1
            y, s = part.segment.state, part.tangents
        grown = 0.8 + 0.2 * np.exp(3.0)
        exact = np.array([3 * 0.2 * 0.8 * np.exp(3.0), np.exp(3.0)]) / grown**2
        return np.abs(s[0, :, 0] - exact)

    coarse, fine = error(8), error(16)
    assert (fine < 1e-5).all()
    assert (np.log2(coarse / fine) > 4.0).all()


def test_robertson_agrees_with_differences(stiff) -> None:
    names, params, times = ["k1", "k2", "k3"], varied(stiff, 3), [0.1, 1.0, 40.0, 1e3]
    found = tangents(stiff, names, params, 1e3, times, rtol=1e-10)
    usual = tangents(stiff, names, params, 1e3, times)
    for c, name in enumerate(names):
        wanted = differences(stiff, name, params, 1e3, times)
        assert worst(stiff, name, params, found.saved[:, :, c], wanted) < 1e-6
        assert worst(stiff, name, params, usual.saved[:, :, c], wanted) < 1e-4


def test_receptors_agree_through_an_extinction(receptor) -> None:
    names = ["kon_a", "n_a", "kint_b", "CL", "T0", "kill", "g"]
    params, times = varied(receptor, 6), np.linspace(0.0, 9.0, 10)
    found = tangents(receptor, names, params, 9.0, times, rtol=1e-10)
    assert np.isfinite(found.segment.extinct).any()
    for c, name in enumerate(names):
        wanted = differences(receptor, name, params, 9.0, times, 1e-4)
        assert worst(receptor, name, params, found.saved[:, :, c], wanted) < 1e-5
    np.testing.assert_array_equal(found.saved[:, -1], found.tangents)


def test_an_extinction_moves_all_that_depends_on_the_clone(build) -> None:
    """x eats what a clone sheds; when the clone is lost the shedding ends, and a source of it remains."""
    system = build(
        {"T": "made - k*T", "x": "T - c*x"}, {"T": "1", "x": "0"}, {"k": 0.7, "c": 0.2, "made": 0.02, "least": 0.1},
        extinctions={"T": "2*least"},
    )  # fmt: skip
    params, times = system.nominal[None].repeat(4, 0), [1.0, 2.0, 5.0, 9.0]
    params[:, system.parameter_index["k"]] *= [0.8, 0.9, 1.0, 1.3]
    names = ["k", "c", "made", "least"]
    found = tangents(system, names, params, 9.0, times, rtol=1e-10)
    assert np.isfinite(found.segment.extinct).all()
    for c, name in enumerate(names):
        wanted = differences(system, name, params, 9.0, times, 1e-4)
        assert worst(system, name, params, found.saved[:, :, c], wanted) < 1e-6


def test_a_kink_within_a_step_is_met(build) -> None:
    """x' = max(sin-like crossing, 0): the derivative jumps where a oscillation passes zero."""
    system = build(
        {"a": "w*b", "b": "-w*a", "x": "max(a - h, 0)"}, {"a": "0", "b": "1", "x": "0"}, {"w": 1.0, "h": 0.3}
    )
    params, times = system.nominal[None], [3.0, 7.0, 12.0]
    found = tangents(system, ["w", "h"], params, 12.0, times, rtol=1e-8)
    for c, name in enumerate(["w", "h"]):
        wanted = differences(system, name, params, 12.0, times, 1e-3)
        assert worst(system, name, params, found.saved[:, :, c], wanted) < 1e-6
    above = np.arcsin(0.3)  # h is passed at 0.3..., and left at pi - 0.3...
    assert found.saved[0, 0, 1, 2] == pytest.approx(-(3.0 - above) + (3.0 - np.pi + above), abs=1e-6)


def test_kinks_of_others_change_no_bits(build) -> None:
    """Oscillations of all periods and heights: some lanes meet a kink in a step where their neighbours do not."""
    system = build(
        {"a": "w*b", "b": "-w*a", "x": "max(a - h, 0) - x"},
        {"a": "0", "b": "1", "x": "0"},
        {"w": 1.0, "h": 0.3},
    )
    params, times = varied(system, 13), [3.0, 7.0, 12.0]
    together = rows(tangents(system, ["w", "h"], params, 12.0, times))
    assert len(set(together)) == 13
    for order in ([5], [12, 3, 7], [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]):
        assert rows(tangents(system, ["w", "h"], params[order], 12.0, times)) == [together[i] for i in order]


@pytest.fixture(scope="module")
def several(cache) -> dict[int, System]:
    return {width: compile_network(receptors(), lanes=width, cache=cache) for width in (2, 4, 8)}


def rows(result) -> list[bytes]:
    parts = (result.tangents, result.saved, result.segment.state, result.segment.saved, result.segment.step)
    return [b"".join(np.ascontiguousarray(part[i]).tobytes() for part in parts) for i in range(len(parts[0]))]


def test_tangents_have_the_same_bits_in_any_block_and_width(several) -> None:
    params, names, times = varied(several[4], 11), ["kon_a", "least", "kill"], [0.0, 0.1, 3.3, 9.0]
    together = rows(tangents(several[4], names, params, 9.0, times))
    assert len(set(together)) == 11
    order = [7, 3, 10, 0, 9, 1, 2]
    for system in several.values():
        assert rows(tangents(system, names, params[order], 9.0, times)) == [together[i] for i in order]
        assert rows(tangents(system, names, params[[5]], 9.0, times)) == [together[5]]
    wild = params.copy()
    wild[2, 0], wild[3] = np.nan, 1e200
    beside = tangents(several[8], names, wild, 9.0, times)
    assert beside.segment.status[2] and beside.segment.status[3] and np.isnan(beside.tangents[2:4]).all()
    good = [i for i in range(11) if i not in (2, 3)]
    assert [rows(beside)[i] for i in good] == [together[i] for i in good]


@pytest.mark.parametrize("network", [receptors, robertson])
def test_the_solution_keeps_its_bits(network, cache) -> None:
    system = compile_network(network(), cache=cache)
    text, params = system.machine.text, varied(system, 9)
    plain = solve(system, system.initial(params), params, 0.0, 9.0, [0.3, 4.0, 9.0])
    with_them = tangents(system, list(system.network.parameters)[:4], params, 9.0, [0.3, 4.0, 9.0]).segment
    for key in ("state", "saved", "step", "steps", "status", "extinct"):
        assert getattr(plain, key).tobytes() == getattr(with_them, key).tobytes()
    assert compile_network(network(), cache=cache).machine.text == text and "tangent" not in text


def test_a_tangent_does_not_depend_on_its_companions(receptor) -> None:
    params = varied(receptor, 3)
    one = tangents(receptor, ["CL"], params, 9.0).tangents[:, 0]
    among = tangents(receptor, ["kill", "CL", "n_a"], params, 9.0).tangents[:, 1]
    np.testing.assert_allclose(one, among, rtol=1e-9, atol=1e-13)


def test_only_what_is_asked_for_is_saved(receptor) -> None:
    params, times = varied(receptor, 3), np.linspace(0, 9, 5)
    every = tangents(receptor, ["CL", "kill"], params, 9.0, times)
    some = tangents(receptor, ["CL", "kill"], params, 9.0, times, kept=[4, 1])
    np.testing.assert_array_equal(some.saved, every.saved[..., [4, 1]])
    none = tangents(receptor, ["CL", "kill"], params, 9.0, times, kept=[])
    assert none.saved.shape == (3, 5, 2, 0)
    np.testing.assert_array_equal(none.tangents, every.tangents)


def test_observables_have_the_units_of_both(receptor) -> None:
    params, times = varied(receptor, 2), [0.5, 2.0]
    sensitive = receptor.with_sensitivities(["kon_a"])
    ways = sensitive.own_ways(2)
    found = tangents(receptor, ["kon_a"], params, 2.0, times)
    seen = sensitive.observe(["signal.a", "bind_a", "kon_a"], found.segment.saved, params, found.saved, ways)
    index, at = receptor.state_index, receptor.parameter_index
    y, s, p = found.segment.saved, found.saved[:, :, 0], params[:, None]
    np.testing.assert_allclose(seen["kon_a"]["signal.a"], 100 * s[..., index["S_a"]])
    product = y[..., index["L"]] * y[..., index["R_a"]]
    bind = product + p[..., at["kon_a"]] * (
        s[..., index["L"]] * y[..., index["R_a"]] + y[..., index["L"]] * s[..., index["R_a"]]
    )
    bind -= p[..., at["koff_a"]] * s[..., index["RL_a"]]
    np.testing.assert_allclose(seen["kon_a"]["bind_a"], bind, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(seen["kon_a"]["kon_a"], np.ones((2, 2)))


def test_names_and_arrays_that_do_not_fit_are_refused(receptor) -> None:
    with pytest.raises(AssemblyError, match=r"did you mean 'kon_[ab]'"):
        receptor.with_sensitivities(["kon_q", "CL"])
    sensitive = receptor.with_sensitivities(["CL"])
    params = receptor.nominal[None]
    state, ways = receptor.initial(params), sensitive.own_ways(1)
    with pytest.raises(SolveError):
        solve_tangents(sensitive, state, params, np.zeros((1, 2, state.shape[1])), ways, 0.0, 1.0)
