"""The translator: a function and its machine code give the same numbers."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

from leukin.engine.native import build, this_processor
from leukin.engine.text import ATTRIBUTES, Lanes
from leukin.engine.translate import Region, translate


def sample(work, n, x, out):
    """Every construct that the stepping loop uses."""
    total = 0.0
    count = 0
    for i in range(n):
        if x[i] > 0.5 and not x[i] >= 2.0:
            total += x[i] * SCALE  # noqa: F821
            count += 1
        elif x[i] < 0 or x[i] == 3.0:
            total -= 1.0
        else:
            total = -total
    j = n
    while j > -1:
        j = j - 1
        if j == 2:
            break
    out[0] = total
    out[1] = j / 2
    part[1] = count + 1  # noqa: F821
    out[2] = part[1]  # noqa: F821


def test_agrees_with_python(cache) -> None:
    text = translate(sample, "d* i d* d*", {"SCALE": 1.5}, {"part": Region("i", 16)})
    native = build("\n".join([Lanes(2).declarations(), text, ATTRIBUTES]), this_processor(), cache)
    x = np.array([0.7, 3.0, -2.0, 1.9, 2.5, 0.1, 0.6])
    work, found, expected = np.zeros(8), np.zeros(3), np.zeros(3)
    kinds = [ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p]
    native.function("sample", kinds)(work.ctypes.data, len(x), x.ctypes.data, found.ctypes.data)
    sample.__globals__.update(SCALE=1.5, part=np.zeros(4, np.int64))
    sample(work, len(x), x, expected)
    np.testing.assert_array_equal(found, expected)
    assert work.view(np.int64)[3] == expected[2] == 4


def listing(work, n):
    work[0] = [n]


def test_other_python_is_refused() -> None:
    with pytest.raises(TypeError):
        translate(listing, "d* i", {}, {})
