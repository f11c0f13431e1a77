"""Rewrites products so that generated code is shorter: what only depends on parameters is gathered into one factor.

The factor is then computed once per patient (see `kernels`), and a product has one reciprocal instead of several.
"""

from __future__ import annotations

from collections.abc import Iterable

from leukin.quantity import Graph
from leukin.quantity.graph import Node


def tidy(graph: Graph, roots: list[Node], names: Iterable[str]) -> list[Node]:
    """Nodes equal to `roots` up to rounding, with products of the form parameters * states * 1/states."""
    return _Tidy(graph, roots, names).run(roots)


def uses_of(graph: Graph, roots: Iterable[Node]) -> dict[Node, int]:
    """How many operands and roots each node below `roots` is."""
    listed = list(roots)
    uses = dict.fromkeys(graph.order(listed), 0)
    for node in uses:
        for child in graph.children(node):
            uses[child] += 1
    for node in listed:
        uses[node] += 1
    return uses


class _Tidy:
    def __init__(self, graph: Graph, roots: list[Node], names: Iterable[str]):
        self.graph = graph
        self.uses = uses_of(graph, roots)
        self.varying = graph.depends(names, roots)
        self.new: dict[Node, Node] = {}

    def run(self, roots: list[Node]) -> list[Node]:
        graph = self.graph
        for node in self.uses:  # children first
            if node not in self.varying or graph.op[node] == "name":
                self.new[node] = node
            elif graph.op[node] in ("mul", "rcp", "neg"):
                self.new[node] = self._product(node)
            else:
                self.new[node] = graph.apply(graph.op[node], [self.new[child] for child in graph.args[node]])
        return [self.new[root] for root in roots]

    def _product(self, head: Node) -> Node:
        """A product, reciprocal or negative, written anew from its factors down to shared nodes."""
        graph, one = self.graph, self.graph.number(1.0)
        fixed: tuple[list[Node], list[Node]] = ([], [])
        moving: tuple[list[Node], list[Node]] = ([], [])
        negative = False
        stack = [(head, False)]
        while stack:
            node, below = stack.pop()
            op = graph.op[node]
            own = node == head or self.uses[node] == 1
            if node not in self.varying:
                fixed[below].append(node)
            elif own and op == "mul":
                stack += [(child, below) for child in graph.args[node]]
            elif own and op == "neg":
                negative = not negative
                stack.append((graph.args[node][0], below))
            elif own and op == "rcp":
                stack.append((graph.args[node][0], not below))
            else:
                moving[below].append(self.new[node])

        def multiply(factors: list[Node]) -> Node:
            result = one
            for factor in sorted(factors):
                result = graph.mul(result, factor)
            return result

        result = graph.mul(multiply(fixed[0]), graph.rcp(multiply(fixed[1])))
        for factor in sorted(moving[0]):
            result = graph.mul(result, factor)
        if moving[1]:
            result = graph.mul(result, graph.rcp(multiply(moving[1])))
        return graph.neg(result) if negative else result
