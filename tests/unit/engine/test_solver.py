"""`solve`: agreement with the reference engine, bits, outputs, extinctions, failures."""

from __future__ import annotations

import numpy as np
import pytest

from leukin.engine import REASONS, Segment, System, compile_network, solve
from leukin.engine.reference import solve_reference
from leukin.errors import AssemblyError, SolveError
from leukin.network import equations
from unit.engine.toys import receptors

WIDTHS = (2, 4, 8)


def varied(system: System, n: int, spread: float = 0.4, seed: int = 1) -> np.ndarray:
    random = np.random.default_rng(seed)
    return system.nominal * np.exp(spread * random.standard_normal((n, len(system.nominal))))


def dosed(system: System, params: np.ndarray) -> np.ndarray:
    params = params.copy()
    params[:, system.parameter_index["rate_iv"]] = 20.0
    return params


def worst(found: np.ndarray, reference: np.ndarray) -> float:
    """Largest difference over the largest value of each state in the reference."""
    size = np.abs(reference).max(axis=(0, 1))
    return float((np.abs(found - reference).max(axis=(0, 1)) / np.where(size > 0, size, 1.0)).max())


def test_robertson_agrees_with_the_reference(stiff) -> None:
    params = varied(stiff, 3)
    state, times = stiff.initial(params), [0.0, 1e-4, 0.1, 40.0, 4e3, 1e5]
    reference = solve_reference(stiff, state, params, 0.0, 1e5, times)
    found = solve(stiff, state, params, 0.0, 1e5, times)
    assert not found.status.any() and not reference.status.any()
    assert worst(found.saved, reference.saved) < 1e-5
    np.testing.assert_allclose(found.saved.sum(axis=2), 1.0, rtol=1e-6)


def test_receptors_agree_with_the_reference_through_an_extinction(receptor) -> None:
    params = dosed(receptor, varied(receptor, 6))
    state, times = receptor.initial(params), np.linspace(0.0, 5.5, 23)
    reference = solve_reference(receptor, state, params, 0.0, 5.5, times)
    found = solve(receptor, state, params, 0.0, 5.5, times)
    assert not found.status.any() and not reference.status.any()
    assert np.isfinite(reference.extinct).any() and np.isnan(reference.extinct).any()
    np.testing.assert_allclose(found.extinct, reference.extinct, rtol=1e-5)
    assert worst(found.saved, reference.saved) < 1e-5


@pytest.fixture(scope="module")
def several(cache) -> dict[int, System]:
    return {width: compile_network(receptors(), lanes=width, cache=cache) for width in WIDTHS}


def bits(segment: Segment) -> list[bytes]:
    parts = (segment.state, segment.saved, segment.step, segment.steps, segment.status, segment.extinct)
    return [
        b"".join(np.ascontiguousarray(part[i]).tobytes() for part in parts) for i in range(len(segment.state))
    ]


def run(system: System, params: np.ndarray, rows: list[int]) -> list[bytes]:
    p = params[rows]
    return bits(solve(system, system.initial(p), p, 0.0, 9.0, times=[0.0, 0.1, 3.3, 9.0]))


def test_same_bits_alone_in_any_block_order_and_width(several) -> None:
    params = dosed(several[4], varied(several[4], 13))
    together = run(several[4], params, list(range(13)))
    assert len(set(together)) == 13
    for width in WIDTHS:
        order = [7, 3, 12, 0, 9, 1, 2, 11, 10, 5, 8, 4, 6][: width + 3]
        assert run(several[width], params, order) == [together[i] for i in order]
        assert run(several[width], params, [5]) == [together[5]]


def test_same_bits_beside_broken_neighbours(receptor) -> None:
    params = dosed(receptor, varied(receptor, 8))
    good = run(receptor, params, list(range(8)))
    wild = params.copy()
    wild[2, 0], wild[3], wild[6] = np.nan, 1e200, -params[6] * 50
    p, state = wild, receptor.initial(params)
    found = solve(receptor, state, p, 0.0, 9.0, times=[0.0, 0.1, 3.3, 9.0])
    assert found.status[2] == 1 and found.status[3] != 0
    assert [b for i, b in enumerate(bits(found)) if i not in (2, 3, 6)] == [
        b for i, b in enumerate(good) if i not in (2, 3, 6)
    ]


def test_inputs_are_not_changed(receptor) -> None:
    params = dosed(receptor, varied(receptor, 3))
    state, step, status = receptor.initial(params), np.full(3, 0.1), np.zeros(3, np.int64)
    before = [a.copy() for a in (state, params, step, status)]
    solve(receptor, state, params, 0.0, 1.0, step=step, status=status)
    for now, then in zip((state, params, step, status), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_outputs_cost_no_steps_and_meet_both_ends(receptor) -> None:
    params = dosed(receptor, varied(receptor, 5))
    state = receptor.initial(params)
    few = solve(receptor, state, params, 1.0, 3.0)
    many = solve(receptor, state, params, 1.0, 3.0, times=np.linspace(1.0, 3.0, 401))
    np.testing.assert_array_equal(few.steps, many.steps)
    np.testing.assert_array_equal(many.saved[:, 0], state)
    np.testing.assert_array_equal(many.saved[:, -1], many.state)
    np.testing.assert_array_equal(few.state, many.state)


def test_restart_uses_the_step_of_the_segment_before(receptor) -> None:
    params = varied(receptor, 4)
    first = solve(receptor, receptor.initial(params), params, 0.0, 30.0)
    again = solve(receptor, first.state, params, 30.0, 60.0, step=first.step)
    fresh = solve(receptor, first.state, params, 30.0, 60.0)
    assert (again.steps <= fresh.steps).all()
    after = solve(receptor, first.state, dosed(receptor, params), 30.0, 38.0, step=first.step)
    assert not after.status.any() and after.steps.max() < 150


def test_extinct_clone_is_exactly_zero_and_stays(build) -> None:
    system = build(
        {"T": "-k*T", "X": "m*T - k*X"},
        {"T": "1", "X": "0"},
        {"k": 0.7, "m": 0.1, "least": 1e-3},
        extinctions={"T": "least"},
    )
    params = varied(system, 7, 0.2)
    k, least = params[:, system.parameter_index["k"]], params[:, system.parameter_index["least"]]
    when = np.log(1 / least) / k
    times = np.linspace(0, 40, 81)
    found = solve(system, system.initial(params), params, 0.0, 40.0, times=times)
    np.testing.assert_allclose(found.extinct[:, 0], when, rtol=1e-5)
    clone = found.saved[:, :, 0]
    assert (clone[times[None] > when[:, None] + 1e-3] == 0).all()
    assert (clone[times[None] < when[:, None] - 1e-3] > 0).all()
    later = solve(system, found.state, params, 40.0, 80.0)
    assert (later.state[:, 0] == 0).all() and np.isnan(later.extinct).all()


def test_two_clones_lost_in_one_step_are_both_found(build) -> None:
    system = build(
        {"A": "-A", "B": "-B"}, {"A": "1", "B": "1"}, {"a": 0.5, "b": 0.499}, extinctions={"A": "a", "B": "b"}
    )
    params = system.nominal[None]
    found = solve(system, system.initial(params), params, 0.0, 5.0, rtol=1e-3)
    np.testing.assert_allclose(found.extinct[0], [np.log(1 / 0.5), np.log(1 / 0.499)], rtol=1e-3)
    assert (found.state == 0).all()


def test_failed_patients_are_rows(build) -> None:
    system = build({"x": "k*x*x"}, {"x": "1"}, {"k": 1.0})
    params = np.array([[0.1, 0.0], [1.0, 0.0], [np.inf, 0.0], [0.2, 0.0]])
    state = np.ones((4, 1))
    found = solve(system, state, params, 0.0, 2.0, times=[0.5, 2.0], status=[0, 0, 0, 3])
    assert found.status[0] == 0 and found.status[3] == 3
    assert found.status[1] in (2, 4) and found.status[2] == 1
    assert all(REASONS[int(code)] for code in found.status)
    np.testing.assert_allclose(found.state[0], 1 / 0.8, rtol=1e-6)
    assert found.state[1, 0] > 1e3 and found.state[2, 0] == 1 and found.state[3, 0] == 1
    np.testing.assert_allclose(found.saved[1, 0, 0], 2.0, rtol=1e-5)
    assert np.isnan(found.saved[1, 1, 0]) and np.isnan(found.saved[2:]).all()
    limited = solve(system, state[:1], params[:1], 0.0, 2.0, limit=2)
    assert limited.status[0] == 3 and limited.steps[0] == 2


def test_equations_that_give_no_number_are_named(build) -> None:
    system = build({"x": "-1", "z": "log(x)"}, {"x": "1", "z": "0"}, {})
    params = system.nominal[None]
    found = solve(system, system.initial(params), params, 0.0, 3.0)
    assert found.status[0] in (2, 4) and found.state[0, 0] >= 0


def test_arrays_that_do_not_fit_are_refused(receptor) -> None:
    params = receptor.nominal[None]
    state = receptor.initial(params)
    for changed in (
        {"state": state[:, 1:]}, {"params": params[:, 1:]}, {"stop": -1.0}, {"times": [0.5, 2.0]}, {"times": [0.5, 0.2]},
    ):  # fmt: skip
        given = {"state": state, "params": params, "start": 0.0, "stop": 1.0} | changed
        with pytest.raises(SolveError):
            solve(receptor, **given)


def test_empty_segment_and_empty_block(receptor) -> None:
    params = receptor.nominal[None]
    state = receptor.initial(params)
    still = solve(receptor, state, params, 2.0, 2.0, times=[2.0])
    np.testing.assert_array_equal(still.saved[0, 0], state[0])
    none = solve(receptor, state[:0], params[:0], 0.0, 1.0, times=[0.5])
    assert none.saved.shape == (0, 1, len(receptor.states))


def test_observables_have_their_unit(receptor) -> None:
    params = varied(receptor, 2)
    states = np.random.default_rng(3).random((2, 4, len(receptor.states)))
    seen = receptor.observe(["signal.a", "S_a", "bind_b"], states, params)
    np.testing.assert_allclose(seen["signal.a"], 100 * seen["S_a"])
    assert receptor.unit_of("signal.a") == "percent"
    index, at = receptor.state_index, receptor.parameter_index
    bind = params[:, None, at["kon_b"]] * states[..., index["L"]] * states[..., index["R_b"]]
    bind -= params[:, None, at["koff_b"]] * states[..., index["RL_b"]]
    np.testing.assert_allclose(seen["bind_b"], bind)
    with pytest.raises(AssemblyError, match=r"did you mean 'signal\.[ab]'"):
        receptor.observe(["signal.q"], states, params)


def test_free_names_are_refused() -> None:
    with pytest.raises(AssemblyError, match="defined nowhere"):
        compile_network(equations(species=[], rates={}, variables={"v": ("1", "unknown + 1")}))
