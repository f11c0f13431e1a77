"""Sparse derivatives with few multiplications, by elimination of vertices.

Every operation of the graph is a vertex, and an edge leads from it to each operand with the slope by that operand.
Vertices are removed one after the other: the slopes of the edges into it are chained with those of the edges out of it.
What is left are edges from rates to states, the derivatives. The next vertex is the one with the fewest products
(Markowitz's rule; Griewank A, Reese S, in: Automatic Differentiation of Algorithms, SIAM 1991, p 126).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heapify, heappop, heappush

from leukin.quantity import Graph
from leukin.quantity.graph import Node


def derivatives(graph: Graph, roots: list[Node], names: Iterable[str]) -> list[dict[str, Node]]:
    """For every root its non-zero derivatives by name."""
    varying = graph.depends(set(names), roots)
    one = graph.number(1.0)
    edges = _Edges(graph)
    inner = [node for node in graph.order(roots) if node in varying and graph.op[node] != "name"]
    for node in inner:
        for child, slope in partials(graph, node, one):
            if child in varying:
                edges.add(node, child, slope)
    ends = {i: -1 - i for i, root in enumerate(roots) if root in varying}  # a vertex above each root
    for i, end in ends.items():
        edges.add(end, roots[i], one)
    queue = [(edges.products(node), node) for node in inner]
    heapify(queue)
    left = set(inner)
    while queue:
        products, node = heappop(queue)
        if node not in left:
            continue
        if products != edges.products(node):
            heappush(queue, (edges.products(node), node))
            continue
        left.discard(node)
        for neighbour in edges.remove(node):
            if neighbour in left:
                heappush(queue, (edges.products(neighbour), neighbour))
    return [
        {graph.args[child][0]: slope for child, slope in edges.below(ends[i]).items()} if i in ends else {}
        for i in range(len(roots))
    ]


class _Edges:
    """Edges by their upper and by their lower end."""

    def __init__(self, graph: Graph):
        self._graph, self._zero = graph, graph.number(0.0)
        self._below: dict[Node, dict[Node, Node]] = {}
        self._above: dict[Node, dict[Node, Node]] = {}

    def add(self, upper: Node, lower: Node, slope: Node) -> None:
        """One more way from `upper` to `lower`."""
        if slope == self._zero:
            return
        below = self._below.setdefault(upper, {})
        if lower in below:
            slope = self._graph.add(below[lower], slope)
        below[lower] = self._above.setdefault(lower, {})[upper] = slope

    def below(self, node: Node) -> dict[Node, Node]:
        """Slopes by the lower ends of a vertex's edges."""
        return self._below.get(node, {})

    def products(self, node: Node) -> int:
        """Products that the removal of a vertex takes."""
        return len(self._above.get(node, ())) * len(self.below(node))

    def remove(self, node: Node) -> list[Node]:
        """Join the edges above and below a vertex; gives the vertices that they now connect."""
        above, below = self._above.pop(node, {}), self._below.pop(node, {})
        for upper in above:
            del self._below[upper][node]
        for lower in below:
            del self._above[lower][node]
        for upper, first in above.items():
            for lower, second in below.items():
                self.add(upper, lower, self._graph.mul(first, second))
        return [*above, *below]


def partials(graph: Graph, node: Node, slope: Node) -> Iterator[tuple[Node, Node]]:
    """Each operand of a node with `slope` times the derivative of the node by it."""
    op, args = graph.op[node], graph.args[node]
    zero, one = graph.number(0.0), graph.number(1.0)
    a = args[0]
    if op in ("add", "sub"):
        yield a, slope
        yield args[1], slope if op == "add" else graph.neg(slope)
    elif op == "mul":
        yield a, graph.mul(slope, args[1])
        yield args[1], graph.mul(slope, a)
    elif op == "neg":
        yield a, graph.neg(slope)
    elif op == "rcp":
        yield a, graph.neg(graph.mul(slope, graph.mul(node, node)))
    elif op == "exp":
        yield a, graph.mul(slope, node)
    elif op == "log":
        yield a, graph.mul(slope, graph.rcp(a))
    elif op == "sqrt":
        yield a, graph.mul(slope, graph.mul(graph.number(0.5), graph.where_gt(a, zero, graph.rcp(node), one)))
    elif op in ("max", "min"):
        first, second = (
            args if op == "max" else args[::-1]
        )  # the first operand is the result where first > second
        yield a, graph.where_gt(first, second, slope, zero)
        yield args[1], graph.where_gt(first, second, zero, slope)
    elif op == "where_gt":
        yield args[2], graph.where_gt(a, args[1], slope, zero)
        yield args[3], graph.where_gt(a, args[1], zero, slope)
    else:
        base, exponent = args
        safe = graph.where_gt(base, zero, base, one)
        yield (
            base,
            graph.mul(slope, graph.where_gt(base, zero, graph.mul(exponent, graph.div(node, safe)), zero)),
        )
        yield exponent, graph.mul(slope, graph.mul(node, graph.function("log", safe)))
