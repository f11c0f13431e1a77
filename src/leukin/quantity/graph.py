"""A hash-consed graph of scalar expressions: equal sub-expressions exist once, so that code can be generated from it.

Node operators: number, name, add, sub, mul, neg, rcp (reciprocal), exp, log, sqrt, pow (positive base, real exponent),
max, min, and where_gt(a, b, x, y) = x if a > b else y, which derivatives of max, min and pow need.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from leukin.quantity.expression import Expr

Node = int

#: largest whole exponent that becomes a chain of products
WHOLE_POWER = 6


class Graph:
    """Interned expressions; nodes are small integers, children always precede their parents."""

    def __init__(self) -> None:
        self.op: list[str] = []
        self.args: list[tuple[Any, ...]] = []
        self._children: list[tuple[Node, ...]] = []
        self._known: dict[tuple[Any, ...], Node] = {}

    def __len__(self) -> int:
        return len(self.op)

    def _node(self, op: str, *args: Any) -> Node:
        key = (op, *args)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = len(self.op)
            self.op.append(op)
            self.args.append(args)
            self._children.append(() if op in ("number", "name") else args)
        return found

    # leaves
    def number(self, value: float) -> Node:
        """The node of a literal."""
        return self._node("number", float(value))

    def name(self, text: str) -> Node:
        """The node of a name."""
        return self._node("name", text)

    def value(self, node: Node) -> float | None:
        """The literal of a node, or None."""
        return self.args[node][0] if self.op[node] == "number" else None

    # arithmetic with the simplifications that keep zeros, ones and signs out of generated code
    def add(self, a: Node, b: Node) -> Node:
        """a + b."""
        first, second = self.op[a], self.op[b]
        if first == "number" or second == "number":
            x, y = self.value(a), self.value(b)
            if x is not None and y is not None:
                return self.number(x + y)
            if x == 0.0:
                return b
            if y == 0.0:
                return a
        if second == "neg":
            return self.sub(a, self.args[b][0])
        if first == "neg":
            return self.sub(b, self.args[a][0])
        return self._node("add", a, b) if a < b else self._node("add", b, a)

    def sub(self, a: Node, b: Node) -> Node:
        """a - b."""
        first, second = self.op[a], self.op[b]
        if first == "number" or second == "number":
            x, y = self.value(a), self.value(b)
            if x is not None and y is not None:
                return self.number(x - y)
            if y == 0.0:
                return a
            if x == 0.0:
                return self.neg(b)
        if a == b:
            return self.number(0.0)
        if second == "neg":
            return self.add(a, self.args[b][0])
        return self._node("sub", a, b)

    def neg(self, a: Node) -> Node:
        """-a."""
        x = self.value(a)
        if x is not None:
            return self.number(-x)
        if self.op[a] == "neg":
            return self.args[a][0]
        if self.op[a] == "sub":
            return self._node("sub", self.args[a][1], self.args[a][0])
        return self._node("neg", a)

    def mul(self, a: Node, b: Node) -> Node:
        """a * b."""
        first, second = self.op[a], self.op[b]
        if first == "number" or second == "number":
            x, y = self.value(a), self.value(b)
            if x is not None and y is not None:
                return self.number(x * y)
            if x == 0.0 or y == 0.0:
                return self.number(0.0)
            if x == 1.0:
                return b
            if y == 1.0:
                return a
            if x == -1.0:
                return self.neg(b)
            if y == -1.0:
                return self.neg(a)
        if first == "neg":
            return self.neg(self.mul(self.args[a][0], b))
        if second == "neg":
            return self.neg(self.mul(a, self.args[b][0]))
        return self._node("mul", a, b) if a < b else self._node("mul", b, a)

    def rcp(self, a: Node) -> Node:
        """1 / a."""
        x = self.value(a)
        if x is not None and x != 0.0:
            return self.number(1.0 / x)
        if self.op[a] == "rcp":
            return self.args[a][0]
        return self._node("rcp", a)

    def div(self, a: Node, b: Node) -> Node:
        """a / b."""
        return self.mul(a, self.rcp(b))

    def function(self, op: str, a: Node) -> Node:
        """exp, log or sqrt of a node."""
        x = self.value(a)
        if x is not None:
            return self.number({"exp": math.exp, "log": math.log, "sqrt": math.sqrt}[op](x))
        return self._node(op, a)

    def larger(self, op: str, a: Node, b: Node) -> Node:
        """max or min of two nodes."""
        x, y = self.value(a), self.value(b)
        if x is not None and y is not None:
            return self.number(max(x, y) if op == "max" else min(x, y))
        return a if a == b else self._node(op, a, b)

    def where_gt(self, a: Node, b: Node, x: Node, y: Node) -> Node:
        """x where a > b, else y."""
        return x if x == y else self._node("where_gt", a, b, x, y)

    def pow(self, a: Node, b: Node) -> Node:
        """a ** b; a real exponent gives 0 where the base is not positive."""
        x, y = self.value(a), self.value(b)
        if y is not None:
            if y == int(y) and abs(y) <= WHOLE_POWER:
                return self._whole_power(a, int(y))
            if y == 0.5 and x is None:
                return self.function("sqrt", self.larger("max", a, self.number(0.0)))
            if x is not None:
                return self.number(x**y if x > 0 else 0.0)
        return self._node("pow", a, b)

    def _whole_power(self, a: Node, n: int) -> Node:
        if n < 0:
            return self.rcp(self._whole_power(a, -n))
        if n == 0:
            return self.number(1.0)
        half = self._whole_power(a, n // 2)
        square = self.mul(half, half)
        return self.mul(square, a) if n % 2 else square

    # from expressions
    def intern(
        self, expr: Expr, names: Mapping[str, Node] | None = None, done: dict[Expr, Node] | None = None
    ) -> Node:
        """The node of `expr`; `names` maps names to nodes already in the graph (others become name nodes)."""
        names = names or {}
        done = {} if done is None else done
        found = done.get(expr)
        if found is not None:
            return found
        if expr.op == "number":
            node = self.number(expr.args[0])
        elif expr.op == "name":
            text = expr.args[0]
            node = names[text] if text in names else self.name(text)
        else:
            node = self.apply(expr.op, [self.intern(arg, names, done) for arg in expr.args])
        done[expr] = node
        return node

    def apply(self, op: str, args: list[Node]) -> Node:
        """The node of an operator of an expression (or of the graph) on nodes."""
        if op in ("exp", "log", "sqrt"):
            return self.function(op, args[0])
        if op in ("max", "min"):
            return self.larger(op, args[0], args[1])
        return _OPERATORS[op](self, *args)

    # walking
    def children(self, node: Node) -> tuple[Node, ...]:
        """Nodes that a node is made of."""
        return self._children[node]

    def order(self, roots: Iterable[Node]) -> list[Node]:
        """All nodes below `roots`, children before parents."""
        children = self._children
        seen: set[Node] = set()
        stack = list(roots)
        while stack:
            node = stack.pop()
            if node not in seen:
                seen.add(node)
                stack += children[node]
        return sorted(seen)

    def depends(self, names: Iterable[str], roots: Iterable[Node]) -> set[Node]:
        """Nodes below `roots` that depend on any of `names`."""
        wanted = set(names)
        found: set[Node] = set()
        for node in self.order(roots):
            if self.op[node] == "name":
                if self.args[node][0] in wanted:
                    found.add(node)
            elif not found.isdisjoint(self._children[node]):
                found.add(node)
        return found

    # derivatives
    def derivatives(self, roots: list[Node], names: Iterable[str]) -> list[dict[str, Node]]:
        """For every root its non-zero derivatives by name, by sparse forward differentiation."""
        wanted = set(names)
        table: dict[Node, dict[str, Node]] = {}
        for node in self.order(roots):
            op, args = self.op[node], self.args[node]
            if op == "name":
                table[node] = {args[0]: self.number(1.0)} if args[0] in wanted else {}
            elif op == "number":
                table[node] = {}
            else:
                table[node] = self._chain(node, op, args, table)
        zero = self.number(0.0)
        return [{k: v for k, v in table[root].items() if v != zero} for root in roots]

    def _chain(
        self, node: Node, op: str, args: tuple[Node, ...], table: dict[Node, dict[str, Node]]
    ) -> dict[str, Node]:
        first = table[args[0]]
        if op in ("add", "sub"):
            return self._combine(
                first, table[args[1]], lambda x, y: self.add(x, y) if op == "add" else self.sub(x, y)
            )
        if op == "mul":
            left = {k: self.mul(v, args[1]) for k, v in first.items()}
            right = {k: self.mul(v, args[0]) for k, v in table[args[1]].items()}
            return self._combine(left, right, self.add)
        if op in ("max", "min"):
            a, b = args if op == "max" else args[::-1]
            return self._combine(first, table[args[1]], lambda x, y: self.where_gt(a, b, x, y))
        if op == "where_gt":
            return self._combine(
                table[args[2]], table[args[3]], lambda x, y: self.where_gt(args[0], args[1], x, y)
            )
        if op == "pow":
            return self._power_rule(node, args, table)
        one = self.number(1.0)
        factor = {
            "neg": lambda: self.number(-1.0),
            "rcp": lambda: self.neg(self.mul(node, node)),
            "exp": lambda: node,
            "log": lambda: self.rcp(args[0]),
            "sqrt": lambda: self.mul(
                self.number(0.5), self.where_gt(args[0], self.number(0.0), self.rcp(node), one)
            ),
        }[op]()
        return {k: self.mul(factor, v) for k, v in first.items()}

    def _power_rule(
        self, node: Node, args: tuple[Node, ...], table: dict[Node, dict[str, Node]]
    ) -> dict[str, Node]:
        base, exponent = args
        zero, one = self.number(0.0), self.number(1.0)
        safe = self.where_gt(base, zero, base, one)
        slope = self.where_gt(base, zero, self.mul(exponent, self.div(node, safe)), zero)
        by_base = {k: self.mul(slope, v) for k, v in table[base].items()}
        if not table[exponent]:
            return by_base
        growth = self.mul(node, self.function("log", safe))
        return self._combine(by_base, {k: self.mul(growth, v) for k, v in table[exponent].items()}, self.add)

    def _combine(
        self, left: dict[str, Node], right: dict[str, Node], join: Callable[[Node, Node], Node]
    ) -> dict[str, Node]:
        zero = self.number(0.0)
        return {
            k: join(left.get(k, zero), right.get(k, zero))
            for k in [*left, *(k for k in right if k not in left)]
        }

    def evaluate(
        self, roots: list[Node], values: Mapping[str, Any], order: list[Node] | None = None
    ) -> list[Any]:
        """Values of `roots` at `values` (name -> number or NumPy array); order: that of the roots, if known."""
        import numpy as np

        from leukin.quantity.expression import power

        functions: dict[str, Callable[..., Any]] = {
            "add": np.add,
            "sub": np.subtract,
            "mul": np.multiply,
            "neg": np.negative,
            "rcp": lambda x: np.divide(1.0, x),
            "exp": np.exp,
            "log": np.log,
            "sqrt": np.sqrt,
            "max": np.maximum,
            "min": np.minimum,
            "pow": lambda x, y: power(x, y, np),
            "where_gt": lambda a, b, x, y: np.where(a > b, x, y),
        }
        ops, arguments = self.op, self.args
        table: dict[Node, Any] = {}
        for node in self.order(roots) if order is None else order:
            op, args = ops[node], arguments[node]
            if op == "number":
                table[node] = args[0]
            elif op == "name":
                table[node] = values[args[0]]
            elif len(args) == 2:
                table[node] = functions[op](table[args[0]], table[args[1]])
            else:
                table[node] = functions[op](*[table[arg] for arg in args])
        return [table[root] for root in roots]


#: operators whose node is made by a method of two or more operands
_OPERATORS: dict[str, Callable[..., Node]] = {
    "add": Graph.add,
    "sub": Graph.sub,
    "mul": Graph.mul,
    "div": Graph.div,
    "pow": Graph.pow,
    "neg": Graph.neg,
    "rcp": Graph.rcp,
    "where_gt": Graph.where_gt,
}
