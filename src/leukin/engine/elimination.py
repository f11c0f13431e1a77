"""Symbolic LU factorisation of a sparse matrix whose pattern is fixed: which entries exist, and in which order.

Repeated parts (cells, lesions) touch each other only through what they share, so their blocks are eliminated first and
the shared border last; inside a block the next pivot is the one with the least fill (Markowitz H, Management Science
3:255, 1957). Without pivoting at run time: the matrix 1/(gamma h) - J is dominated by its diagonal at small steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Elimination:
    """The pattern of L and U and the places of their entries in memory.

    order: pivots; place[row, column]: position of an entry (the diagonal holds 1/pivot); before[i], after[i]: columns
    of row i eliminated before and after i, in the order in which the two sweeps finish them; below[k]: rows with an entry of L in column k.
    """

    order: tuple[int, ...]
    place: dict[tuple[int, int], int]
    before: tuple[tuple[int, ...], ...]
    after: tuple[tuple[int, ...], ...]
    below: tuple[tuple[int, ...], ...]

    @property
    def operations(self) -> int:
        """Multiplications of one numeric factorisation."""
        return sum(len(self.below[k]) * (1 + len(self.after[k])) for k in self.order)


def eliminate(pattern: Sequence[Iterable[int]], groups: Sequence[Sequence[int]]) -> Elimination:
    """Order the pivots group after group and find the fill; pattern[i] are the columns of row i.

    Entries are numbered as the two sweeps of a solve read them: L row by row forward, then U row by row backward.
    """
    n = len(pattern)
    rows = [set(columns) | {i} for i, columns in enumerate(pattern)]
    columns: list[set[int]] = [{i for i in range(n) if j in rows[i]} for j in range(n)]
    open_rows = [set(row) - {i} for i, row in enumerate(rows)]
    open_columns = [set(column) - {j} for j, column in enumerate(columns)]
    order: list[int] = []
    for group in groups:
        left = set(group)
        while left:
            pivot = min(left, key=lambda k: (len(open_rows[k]) * len(open_columns[k]), k))
            left.discard(pivot)
            order.append(pivot)
            for i in open_columns[pivot]:
                new = open_rows[pivot] - {i} - open_rows[i]
                rows[i] |= new
                open_rows[i] |= new
                open_rows[i].discard(pivot)
                for j in new:
                    columns[j].add(i)
                    open_columns[j].add(i)
            for j in open_rows[pivot]:
                open_columns[j].discard(pivot)
    rank = {k: position for position, k in enumerate(order)}
    before = tuple(
        tuple(sorted((j for j in rows[i] if rank[j] < rank[i]), key=rank.__getitem__)) for i in range(n)
    )
    after = tuple(
        tuple(sorted((j for j in rows[i] if rank[j] > rank[i]), key=lambda j: -rank[j])) for i in range(n)
    )
    below = tuple(
        tuple(sorted((i for i in columns[k] if rank[i] > rank[k]), key=rank.__getitem__)) for k in range(n)
    )
    entries = [(i, j) for i in order for j in before[i]]
    entries += [(i, j) for i in reversed(order) for j in (*after[i], i)]
    return Elimination(tuple(order), {entry: p for p, entry in enumerate(entries)}, before, after, below)
