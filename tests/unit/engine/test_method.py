"""Rodas5P: order of the step and of the dense output on a nonlinear problem, linear systems, tolerance."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.linalg import expm

from leukin.engine import solve
from leukin.engine.tableau import RODAS5P

START = {"a": "0.2", "b": "1"}


@pytest.fixture(scope="module")
def logistic(build):
    return build({"a": "r*a*(1 - a)", "b": "-r*a*b"}, START, {"r": 1.0})


def exact(t: np.ndarray) -> np.ndarray:
    """Solution of the logistic equation and of a quantity that it consumes."""
    a0 = 0.2
    grown = 1 - a0 + a0 * np.exp(t)
    return np.stack([a0 * np.exp(t) / grown, 1 / grown], axis=-1)


def fixed_steps(system, count: int) -> tuple[float, float]:
    """Largest error at the end, and at a point within each step, with `count` equal steps over 3 hours."""
    params = system.nominal[None]
    y, worst = system.initial(params), 0.0
    edges = np.linspace(0.0, 3.0, count + 1)
    for start, stop in itertools.pairwise(edges):
        middle = start + 0.4 * (stop - start)
        part = solve(system, y, params, start, stop, times=[middle], step=[stop - start], rtol=1e6)
        assert part.steps[0] == 1
        worst = max(worst, np.abs(part.saved[0, 0] - exact(np.array(middle))).max())
        y = part.state
    return float(np.abs(y[0] - exact(np.array(3.0))).max()), float(worst)


def test_order_five_and_dense_order_four(logistic) -> None:
    coarse, fine = fixed_steps(logistic, 8), fixed_steps(logistic, 16)
    order, dense = np.log2(coarse[0] / fine[0]), np.log2(coarse[1] / fine[1])
    assert 4.6 < order < 5.8
    assert 3.8 < dense < 5.8
    assert fine[0] < 1e-6 and fine[1] < 1e-5


def slope(counts: list[int], errors: list[float]) -> float:
    """Slope of the logarithm of the error against that of the step, by least squares."""
    return float(-np.polyfit(np.log(counts), np.log(errors), 1)[0])


def test_slope_of_the_error_against_the_step_without_stiffness(logistic) -> None:
    """From 8 to 64 steps: 5 at the ends of steps, and in the last halving closer to it; 4 or more within steps."""
    counts = [8, 16, 32, 64]
    ends, inside = zip(*(fixed_steps(logistic, count) for count in counts), strict=True)
    assert 5.0 < slope(counts, ends) < 5.6
    assert 4.9 < np.log2(ends[-2] / ends[-1]) < 5.3
    assert 3.8 < slope(counts, inside) < 5.4


@pytest.fixture(scope="module")
def relaxing(build):
    """q follows a curve that x draws, q = x^2 = 1/(1 + t)^2, and comes back to it at 2 k x^2 when it is off."""
    rates = {"x": "-x*x", "q": "-2*x*x*x - k*(q*q - x*x*x*x)"}
    return build(rates, {"x": "1", "q": "1"}, {"k": 1.0})


def relaxed(system, stiffness: float, counts: list[int]) -> list[float]:
    """Error of q after 2 hours of equal steps."""
    errors = []
    for count in counts:
        params = system.nominal[None].copy()
        params[0, system.parameter_index["k"]] = stiffness
        y = system.initial(params)
        for start, stop in itertools.pairwise(np.linspace(0.0, 2.0, count + 1)):
            y = solve(system, y, params, start, stop, step=[stop - start], rtol=1e6).state
        errors.append(float(abs(y[0, system.state_index["q"]] - 1.0 / 9.0)))
    return errors


@pytest.mark.parametrize("stiffness", [1e6, 1e8])
def test_slope_of_the_error_against_the_step_of_a_stiff_system(relaxing, stiffness: float) -> None:
    """The step is thousands to millions of times the relaxation: the error still falls with the fifth power."""
    counts = [4, 8, 16, 32]
    errors = relaxed(relaxing, stiffness, counts)
    assert 4.6 < slope(counts, errors) < 6.0
    assert errors[-1] < 1e-8


def test_order_falls_where_step_and_relaxation_compete(relaxing) -> None:
    """Steps of some hundred times the relaxation: the known loss of order, to about 2, at errors of 1e-9."""
    counts = [32, 64]
    errors = relaxed(relaxing, 1e4, counts)
    assert 1.5 < slope(counts, errors) < 3.0
    assert max(errors) < 1e-8


def test_tableau_is_consistent() -> None:
    """A constant derivative is integrated exactly, wherever the dense output is asked."""
    k = np.zeros(8)
    for i in range(8):
        k[i] = RODAS5P.gamma * (1.0 + sum(c * k[j] for j, c in enumerate(RODAS5P.c[i])))
    assert sum(a * k[j] for j, a in enumerate(RODAS5P.a[7])) + k[7] == pytest.approx(1.0, abs=1e-12)
    assert k[7] == pytest.approx(0.0, abs=1e-11)
    for row in RODAS5P.dense:
        assert np.dot(row, k) == pytest.approx(0.0, abs=1e-10)


def test_linear_system_agrees_with_the_matrix_exponential(build) -> None:
    random = np.random.default_rng(11)
    n = 9
    rate = random.lognormal(0, 2, (n, n)) * (random.random((n, n)) < 0.4)
    np.fill_diagonal(rate, 0.0)
    matrix = rate - np.diag(rate.sum(axis=0) + 0.1)
    values = {f"k{i}_{j}": float(matrix[i, j]) for i in range(n) for j in range(n) if matrix[i, j]}
    rates = {f"x{i}": " + ".join(f"k{i}_{j}*x{j}" for j in range(n) if matrix[i, j]) for i in range(n)}
    system = build(rates, {f"x{i}": "1" for i in range(n)}, values)
    params = system.nominal[None]
    times = [0.0, 0.01, 0.5, 2.0]
    found = solve(system, system.initial(params), params, 0.0, 2.0, times=times, rtol=1e-8, atol=1e-12).saved[
        0
    ]
    for row, t in zip(found, times, strict=True):
        np.testing.assert_allclose(row, expm(matrix * t) @ np.ones(n), rtol=1e-6)


@pytest.mark.parametrize("rtol", [1e-4, 1e-6, 1e-8])
def test_error_follows_the_tolerance(logistic, rtol: float) -> None:
    params = logistic.nominal[None]
    times = np.linspace(0, 10, 41)
    found = solve(logistic, logistic.initial(params), params, 0.0, 10.0, times=times, rtol=rtol)
    error = np.abs(found.saved[0] - exact(times)).max()
    assert rtol * 1e-3 < error < rtol * 20
