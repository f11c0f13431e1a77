"""The symbolic factorisation: enough entries for any values, none between parts that do not touch."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from leukin.engine.elimination import depending, eliminate


def test_pattern_holds_every_entry_of_a_numeric_factorisation() -> None:
    random = np.random.default_rng(7)
    n = 30
    matrix = random.standard_normal((n, n)) * (random.random((n, n)) < 0.12) + n * np.eye(n)
    found = eliminate([np.flatnonzero(row) for row in matrix])
    assert sorted(found.order) == list(range(n))
    block_of = {k: b for b, block in enumerate(found.blocks) for k in block}
    work = matrix.copy()
    for position, k in enumerate(found.order):
        for i in found.order[position + 1 :]:
            if work[i, k] != 0 and block_of[i] == block_of[k]:
                work[i, k] /= work[k, k]
                for j in found.order[position + 1 :]:
                    work[i, j] -= work[i, k] * work[k, j]
    assert {(int(i), int(j)) for i, j in np.argwhere(work != 0)} <= set(found.place)
    assert sorted(found.place.values()) == list(range(len(found.place)))


def test_blocks_depend_on_earlier_blocks_only() -> None:
    random = np.random.default_rng(3)
    for _ in range(20):
        n = 15
        rows = [{int(j) for j in np.flatnonzero(random.random(n) < 0.12)} for _ in range(n)]
        graph = csr_matrix([[float(j in row or i == j) for j in range(n)] for i, row in enumerate(rows)])
        _, label = connected_components(graph, connection="strong")
        found = depending(rows)
        assert {frozenset(block) for block in found} == {
            frozenset(np.flatnonzero(label == value).tolist()) for value in set(label)
        }
        seen: set[int] = set()
        for block in found:
            seen |= block
            assert all(rows[i] <= seen for i in block)


def test_followers_fill_nothing() -> None:
    """A chain that hangs on a dense block keeps the entries that it has."""
    pattern = [list(range(5)) for _ in range(5)] + [[i - 1, 0, i] for i in range(5, 12)]
    found = eliminate(pattern)
    assert len(found.place) == 25 + 7 * 3
    assert [len(block) for block in found.blocks] == [5] + [1] * 7


def test_arrow_fills_only_the_border() -> None:
    blocks = [range(4), range(4, 8), range(8, 10)]
    pattern = [[j for block in (blocks[i // 4], blocks[2]) for j in block] for i in range(8)] + [
        list(range(10))
    ] * 2
    found = eliminate(pattern)
    assert {(i, j) for i, j in found.place if i < 4 <= j < 8 or j < 4 <= i < 8} == set()
    assert set(found.order[-2:]) == {8, 9}


def test_least_fill_first() -> None:
    star = [[0, *range(1, 8)], *([0, i] for i in range(1, 8))]
    found = eliminate(star)
    assert found.order[-1] == 0 or found.order[-2] == 0
    assert len(found.place) == 22
