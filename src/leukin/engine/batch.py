"""Fewer divisions: two reciprocals that do not depend on each other share one.

A division of vectors costs as much as sixteen multiplications, and two cannot overlap: 1/a and 1/b are b r and a r with
r = 1/(a b).
"""

from __future__ import annotations

from collections.abc import Iterable

from leukin.quantity import Graph
from leukin.quantity.graph import Node


def pair_reciprocals(graph: Graph, roots: list[Node], names: Iterable[str]) -> list[Node]:
    """Nodes equal to `roots` up to rounding, with the reciprocals that depend on `names` in pairs."""
    varying = graph.depends(names, roots)
    partner = _partners(graph, [node for node in graph.order(roots) if node in varying])
    new: dict[Node, Node] = {}
    stack = list(reversed(roots))
    while stack:
        node = stack[-1]
        if node in new:
            stack.pop()
            continue
        if node not in varying or graph.op[node] == "name":
            new[node] = node
            continue
        other = partner.get(node)
        needed = graph.children(node) if other is None else (graph.args[node][0], graph.args[other][0])
        missing = [child for child in needed if child not in new]
        if missing:
            stack.extend(reversed(missing))
        elif other is None:
            new[node] = graph.apply(graph.op[node], [new[child] for child in graph.args[node]])
        else:
            a, b = (new[child] for child in needed)
            both = graph.rcp(graph.mul(a, b))
            new[node], new[other] = graph.mul(both, b), graph.mul(both, a)
    return [new[root] for root in roots]


def _partners(graph: Graph, order: list[Node]) -> dict[Node, Node]:
    """Pairs of reciprocals with as many reciprocals below them: neither of them needs the other."""
    depth: dict[Node, int] = {}
    levels: dict[int, list[Node]] = {}
    for node in order:
        depth[node] = max((depth.get(child, 0) for child in graph.children(node)), default=0)
        if graph.op[node] == "rcp":
            levels.setdefault(depth[node], []).append(node)
            depth[node] += 1
    partner: dict[Node, Node] = {}
    for level in levels.values():
        for a, b in zip(level[::2], level[1::2], strict=False):
            partner |= {a: b, b: a}
    return partner
