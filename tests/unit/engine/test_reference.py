"""The slow reference engine: known solutions, its own Jacobian, and a treated patient solved by both engines."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from leukin.engine import solve
from leukin.engine.reference import differences as slopes_of
from leukin.engine.reference import occurrences, right_hand_side, solve_reference
from science.treated import differences, group, moments


def test_robertson_meets_the_published_values(stiff) -> None:
    # Hairer and Wanner, Solving Ordinary Differential Equations II, problem ROBER: the solution at t = 1e11
    wanted = [0.2083340149701255e-07, 0.8333360770334713e-13, 0.9999999791665050]
    params = stiff.nominal[None]
    found = solve_reference(stiff, stiff.initial(params), params, 0.0, 1e11, atol=1e-18)
    np.testing.assert_allclose(found.state[0], wanted, rtol=1e-6)


def test_extinction_meets_its_moment_and_leaves_the_rest_alone(build) -> None:
    system = build(
        {"T": "-k*T", "X": "m*T - k*X"}, {"T": "1", "X": "0"}, {"k": 0.7, "m": 0.1, "least": 1e-3},
        extinctions={"T": "least"},
    )  # fmt: skip
    params, end = system.nominal[None], np.log(1e3) / 0.7
    times = np.array([0.0, 5.0, end - 1e-3, end + 1e-3, 20.0])
    found = solve_reference(system, system.initial(params), params, 0.0, 20.0, times)
    assert found.extinct[0, 0] == pytest.approx(end, rel=1e-9)
    np.testing.assert_allclose(found.saved[0, :, 0], np.exp(-0.7 * times) * (times < end), rtol=1e-8)
    produced = 0.1 * np.minimum(times, end) * np.exp(-0.7 * times)  # m*T feeds X while T lives
    np.testing.assert_allclose(found.saved[0, :, 1], produced, rtol=1e-7)


def test_jacobian_by_differences_is_that_of_the_equations(receptor) -> None:
    params = receptor.nominal * 1.1
    rate, rng = right_hand_side(receptor)(params), np.random.default_rng(2)
    slopes = slopes_of(rate, occurrences(receptor), 1e-6 * receptor.scale)
    for y in rng.uniform(0.2, 2.0, (5, len(receptor.states))):
        found = slopes(0.0, y)
        for j in range(len(y)):  # central differences, one state after the other
            step = 1e-5 * y[j] * np.eye(len(y))[j]
            column = (np.array(rate(0.0, y + step)) - np.array(rate(0.0, y - step))) / (2e-5 * y[j])
            np.testing.assert_allclose(found[:, j], column, rtol=1e-4, atol=1e-4 * np.abs(found).max())


def test_patients_that_fail_are_rows(build) -> None:
    system = build({"x": "k*x*x", "z": "log(4 - x)"}, {"x": "1", "z": "0"}, {"k": 1.0})
    params = np.array([[0.1, 0.0], [1.0, 0.0], [np.inf, 0.0], [0.1, 0.0]])
    state = np.tile([1.0, 0.0], (4, 1))
    found = solve_reference(system, state, params, 0.0, 2.0, [0.0, 2.0], status=[0, 0, 0, 3])
    assert (
        found.status[0] == 0 and found.status[1] in (3, 4) and found.status[2] == 1 and found.status[3] == 3
    )
    assert found.state[0, 0] == pytest.approx(1 / 0.8, rel=1e-9)
    assert np.isnan(found.saved[1:, 1]).all()
    broken = build({"x": "-share*x"}, {"x": "1"}, {"k": 0.0}, variables={"share": ("1", "1/k")})
    assert solve_reference(broken, [[1.0]], broken.nominal[None], 0.0, 1.0).status[0] == 4


def test_treated_patients_agree_in_the_first_day() -> None:
    patients = group([3, 5])
    start = patients.start(partial(solve, rtol=1e-6))
    reference = patients.treat(start, solve_reference, 26.0)
    found = patients.treat(start, partial(solve, rtol=1e-6), 26.0, reference.actions)
    assert not reference.status.any() and not found.status.any()
    assert (reference.actions == 0).sum() >= 6
    worst = differences(patients.system, found, reference)
    assert 0 < worst[0][0] <= 1e-5 and moments(found, reference) <= 1e-5
