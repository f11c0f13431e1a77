"""Symbolic LU factorisation of a sparse matrix whose pattern is fixed: which entries exist, and in which order.

States that only follow others (a cytokine that feeds nothing back) make the matrix block triangular: only blocks of
states that all depend on each other are factored, and what links a block to earlier ones is used as it is (Duff IS,
Reid JK, ACM Trans Math Softw 4:137, 1978). Inside a block the next pivot is the one with the least fill (Markowitz H,
Management Science 3:255, 1957). Without pivoting at run time: the matrix 1/(gamma h) - J is dominated by its diagonal
at small steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter


@dataclass(frozen=True, slots=True)
class Elimination:
    """The pattern of the blocks' factors and the places of their entries in memory.

    blocks: pivots of each block, in order; place[row, column]: position of an entry (the diagonal holds 1/pivot);
    earlier[i]: columns of row i in earlier blocks; before[i], after[i]: columns of its own block eliminated before and
    after i, in the order in which the two sweeps finish them; below[k]: rows with an entry of L in column k.
    """

    blocks: tuple[tuple[int, ...], ...]
    place: dict[tuple[int, int], int]
    earlier: tuple[tuple[int, ...], ...]
    before: tuple[tuple[int, ...], ...]
    after: tuple[tuple[int, ...], ...]
    below: tuple[tuple[int, ...], ...]

    @property
    def order(self) -> tuple[int, ...]:
        """Pivots of all blocks."""
        return tuple(k for block in self.blocks for k in block)


def eliminate(pattern: Sequence[Iterable[int]]) -> Elimination:
    """Order blocks and pivots and find the fill; pattern[i] are the columns of row i.

    Entries are numbered as a solve reads them: block after block, links to earlier blocks and L forward, U backward.
    """
    n = len(pattern)
    rows = [set(columns) | {i} for i, columns in enumerate(pattern)]
    blocks: list[tuple[int, ...]] = []
    found: list[tuple[set[int], set[int]]] = [
        (set(), set()) for _ in range(n)
    ]  # columns of the block, of earlier ones
    for members in depending(rows):
        inside = {i: rows[i] & members for i in members}
        blocks.append(tuple(_pivots(inside)))
        for i in members:
            found[i] = (inside[i], rows[i] - members)
    rank = {k: position for position, k in enumerate(k for block in blocks for k in block)}

    def ranked(items: Iterable[int], sign: int = 1) -> tuple[int, ...]:
        return tuple(sorted(items, key=lambda j: sign * rank[j]))

    earlier = tuple(ranked(others) for _, others in found)
    before = tuple(ranked(j for j in own if rank[j] < rank[i]) for i, (own, _) in enumerate(found))
    after = tuple(ranked((j for j in own if rank[j] > rank[i]), -1) for i, (own, _) in enumerate(found))
    columns: list[list[int]] = [[] for _ in range(n)]
    for i, left in enumerate(before):
        for j in left:
            columns[j].append(i)
    entries: list[tuple[int, int]] = []
    for block in blocks:
        entries += [(i, j) for i in block for j in (*earlier[i], *before[i])]
        entries += [(i, j) for i in reversed(block) for j in (*after[i], i)]
    place = {entry: position for position, entry in enumerate(entries)}
    return Elimination(
        tuple(blocks), place, earlier, before, after, tuple(ranked(column) for column in columns)
    )


def depending(rows: Sequence[set[int]]) -> list[set[int]]:
    """Sets of rows that depend on each other through their columns; a set comes after all that it depends on."""
    n = len(rows)
    reach = _closure(rows)
    first = [min(j for j in reach[i] | {i} if j == i or i in reach[j]) for i in range(n)]
    sorter: TopologicalSorter[int] = TopologicalSorter()
    for i in range(n):
        sorter.add(first[i], *(first[j] for j in sorted(rows[i]) if first[j] != first[i]))
    members: dict[int, set[int]] = {}
    for i in range(n):
        members.setdefault(first[i], set()).add(i)
    return [members[head] for head in sorter.static_order()]


def _closure(rows: Sequence[set[int]]) -> list[set[int]]:
    """All rows that each row depends on, over any number of steps."""
    reach = []
    for row in rows:
        seen: set[int] = set()
        stack = list(row)
        while stack:
            j = stack.pop()
            if j not in seen:
                seen.add(j)
                stack.extend(rows[j])
        reach.append(seen)
    return reach


def _pivots(rows: dict[int, set[int]]) -> list[int]:
    """Pivots of one block by least fill; the fill is added to `rows`."""
    columns: dict[int, set[int]] = {j: set() for j in rows}
    for i, row in rows.items():
        for j in row:
            columns[j].add(i)
    open_rows = {i: row - {i} for i, row in rows.items()}
    open_columns = {j: column - {j} for j, column in columns.items()}
    order: list[int] = []
    left = set(rows)
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
                open_columns[j].add(i)
        for j in open_rows[pivot]:
            open_columns[j].discard(pivot)
    return order


__all__ = ["Elimination", "depending", "eliminate"]
