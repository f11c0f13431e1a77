"""The symbolic factorisation: enough entries for any values, none between parts that do not touch."""

from __future__ import annotations

import numpy as np

from leukin.engine.elimination import eliminate


def test_pattern_holds_every_entry_of_a_numeric_factorisation() -> None:
    random = np.random.default_rng(7)
    n = 30
    matrix = random.standard_normal((n, n)) * (random.random((n, n)) < 0.12) + n * np.eye(n)
    found = eliminate([np.flatnonzero(row) for row in matrix], [range(10), range(10, 20), range(20, 30)])
    assert sorted(found.order) == list(range(n))
    work = matrix.copy()
    for position, k in enumerate(found.order):
        for i in found.order[position + 1 :]:
            if work[i, k] != 0:
                work[i, k] /= work[k, k]
                for j in found.order[position + 1 :]:
                    work[i, j] -= work[i, k] * work[k, j]
    assert {(int(i), int(j)) for i, j in np.argwhere(work != 0)} <= set(found.place)
    assert sorted(found.place.values()) == list(range(len(found.place)))


def test_arrow_fills_only_the_border() -> None:
    blocks = [range(4), range(4, 8), range(8, 10)]
    pattern = [[j for block in (blocks[i // 4], blocks[2]) for j in block] for i in range(8)] + [
        list(range(10))
    ] * 2
    found = eliminate(pattern, blocks)
    assert {(i, j) for i, j in found.place if i < 4 <= j < 8 or j < 4 <= i < 8} == set()
    assert set(found.order[-2:]) == {8, 9}


def test_least_fill_first() -> None:
    star = [[0, *range(1, 8)], *([0, i] for i in range(1, 8))]
    found = eliminate(star, [range(8)])
    assert found.order[-1] == 0 or found.order[-2] == 0
    assert len(found.place) == 22
