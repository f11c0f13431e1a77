"""Sparse derivatives with few multiplications: backward inside a piece of an expression, forward between pieces.

A piece reaches from a root, or from a node that several others need, down to states and to other such nodes. Inside it
one backward pass gives the slopes by everything at its lower end; these are then chained to derivatives by states.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from leukin.engine.tidy import uses_of
from leukin.quantity import Graph
from leukin.quantity.graph import Node


def derivatives(graph: Graph, roots: list[Node], names: Iterable[str]) -> list[dict[str, Node]]:
    """For every root its non-zero derivatives by name."""
    wanted = set(names)
    uses = uses_of(graph, roots)
    varying = graph.depends(wanted, roots)
    zero, one = graph.number(0.0), graph.number(1.0)
    heads = {node for node in varying if uses[node] > 1 and graph.op[node] != "name"} | {
        r for r in roots if r in varying
    }
    table: dict[Node, dict[str, Node]] = {
        n: {graph.args[n][0]: one} for n in varying if graph.op[n] == "name"
    }
    for head in sorted(heads - table.keys()):
        below: dict[Node, Node] = {}
        stack = [(head, one)]
        while stack:
            node, slope = stack.pop()
            for child, change in partials(graph, node, slope):
                if child not in varying or change == zero:
                    continue
                if child in table:
                    below[child] = graph.add(below[child], change) if child in below else change
                else:
                    stack.append((child, change))
        row: dict[str, Node] = {}
        for child, slope in below.items():
            for key, inner in table[child].items():
                part = graph.mul(slope, inner)
                row[key] = graph.add(row[key], part) if key in row else part
        table[head] = {key: node for key, node in row.items() if node != zero}
    return [table.get(root, {}) for root in roots]


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
