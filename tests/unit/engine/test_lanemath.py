"""exp, log and power of the lanes against mpmath, in units of the last place."""

from __future__ import annotations

import ctypes

import mpmath
import numpy as np
import pytest

from leukin.engine.lanemath import binary_logarithm, lane_math, power_of
from leukin.engine.native import build, this_processor
from leukin.engine.text import ATTRIBUTES, Body, Lanes


@pytest.fixture(scope="module", params=[2, 4, 8])
def functions(request, cache):
    lanes = Lanes(request.param)
    texts = [lanes.declarations(), lane_math(lanes), ATTRIBUTES]
    for name in ("vexp", "vlog", "vpow"):
        body = Body(lanes)
        x = body.load("%a")
        if name == "vpow":
            result = power_of(body, x, body.load("%b"), binary_logarithm(body, x))
        else:
            result = body.function(name, x)
        body.store("%out", 0, result)
        texts.append(body.text(f"call_{name}", "a b out"))
    native = build("\n".join(texts), this_processor(), cache)

    def call(name: str, a: np.ndarray, b: np.ndarray | None = None) -> np.ndarray:
        function = native.function(f"call_{name}", [ctypes.c_void_p] * 3)
        padded = -(-len(a) // lanes.width) * lanes.width
        x, y, out = (_aligned(padded) for _ in range(3))
        x[: len(a)] = a
        y[: len(a)] = 0 if b is None else b
        for at in range(0, padded, lanes.width):
            function(*(v[at:].ctypes.data for v in (x, y, out)))
        return out[: len(a)].copy()

    return call


def _aligned(n: int) -> np.ndarray:
    raw = np.zeros(n + 8)
    shift = (-raw.ctypes.data % 64) // 8
    return raw[shift : shift + n]


def _ulps(found: np.ndarray, exact: list) -> float:
    with mpmath.workprec(120):
        return max(
            float(abs(mpmath.mpf(float(f)) - e) / np.spacing(abs(float(e))))
            for f, e in zip(found, exact, strict=True)
        )


def test_exp(functions) -> None:
    x = np.random.default_rng(1).uniform(-700, 700, 1001)
    x = np.concatenate([x, np.linspace(-1, 1, 101)])
    with mpmath.workprec(120):
        exact = [mpmath.exp(mpmath.mpf(float(v))) for v in x]
    assert _ulps(functions("vexp", x), exact) < 1.0


def test_log(functions) -> None:
    x = np.exp(np.random.default_rng(2).uniform(-700, 700, 1001))
    x = np.concatenate([x, 1 + np.linspace(-0.3, 0.4, 101), [5e-324, 1e-310]])
    with mpmath.workprec(120):
        exact = [mpmath.log(mpmath.mpf(float(v))) for v in x]
    assert _ulps(functions("vlog", x), exact) < 1.0


def test_power(functions) -> None:
    random = np.random.default_rng(3)
    x, y = np.exp(random.uniform(-20, 10, 500)), random.uniform(-3, 4, 500)
    found = functions("vpow", x, y)
    with mpmath.workprec(120):
        exact = np.array(
            [float(mpmath.mpf(float(a)) ** mpmath.mpf(float(b))) for a, b in zip(x, y, strict=True)]
        )
    assert np.max(np.abs(found / exact - 1)) < 2e-14


def test_special_values(functions) -> None:
    inf, nan = np.inf, np.nan
    np.testing.assert_array_equal(
        functions("vexp", np.array([0.0, -inf, inf, -800.0, 800.0, nan])), [1, 0, inf, 0, inf, nan]
    )
    np.testing.assert_array_equal(
        functions("vlog", np.array([1.0, 0.0, -1.0, inf, nan])), [0, -inf, nan, inf, nan]
    )
    base, power = np.array([0.0, -1e-12, 1.0, nan]), np.array([1.5, 1.5, 7.5, 2.0])
    np.testing.assert_array_equal(functions("vpow", base, power), [0, 0, 1, nan])
