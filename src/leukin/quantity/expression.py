"""Expressions: immutable trees of numbers, names and a few functions; parsed through a whitelist, never evaluated as code."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from leukin.errors import AssemblyError, Problem, nearest

#: operator -> number of arguments
OPERATORS = {
    "add": 2,
    "sub": 2,
    "mul": 2,
    "div": 2,
    "pow": 2,
    "neg": 1,
    "exp": 1,
    "log": 1,
    "sqrt": 1,
    "max": 2,
    "min": 2,
}
_BINARY = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "pow"}
_SYMBOL = {"add": " + ", "sub": " - ", "mul": "*", "div": "/", "pow": "**"}
_RANK = {"add": 1, "sub": 1, "mul": 2, "div": 2, "neg": 3, "pow": 4}


class Expr:
    """An immutable expression; combine with + - * / ** or the functions of this module."""

    __slots__ = ("_hash", "args", "op")

    def __init__(self, op: str, args: tuple[Any, ...]):
        self.op = op
        self.args = args
        self._hash = hash((op, args))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return (
            isinstance(other, Expr)
            and self._hash == other._hash
            and self.op == other.op
            and self.args == other.args
        )

    def __add__(self, other: Operand) -> Expr:
        return Expr("add", (self, expr(other)))

    def __radd__(self, other: Operand) -> Expr:
        return Expr("add", (expr(other), self))

    def __sub__(self, other: Operand) -> Expr:
        return Expr("sub", (self, expr(other)))

    def __rsub__(self, other: Operand) -> Expr:
        return Expr("sub", (expr(other), self))

    def __mul__(self, other: Operand) -> Expr:
        return Expr("mul", (self, expr(other)))

    def __rmul__(self, other: Operand) -> Expr:
        return Expr("mul", (expr(other), self))

    def __truediv__(self, other: Operand) -> Expr:
        return Expr("div", (self, expr(other)))

    def __rtruediv__(self, other: Operand) -> Expr:
        return Expr("div", (expr(other), self))

    def __pow__(self, other: Operand) -> Expr:
        return Expr("pow", (self, expr(other)))

    def __neg__(self) -> Expr:
        return Expr("neg", (self,))

    def __repr__(self) -> str:
        return f"Expr({str(self)!r})"

    def __str__(self) -> str:
        return _text(self, 0)

    @property
    def names(self) -> frozenset[str]:
        """Names that occur in the expression."""
        return _names(self)

    def substitute(self, values: Mapping[str, Expr]) -> Expr:
        """The expression with the given names replaced by expressions."""
        if not (self.names & values.keys()):
            return self
        if self.op == "name":
            return values.get(self.args[0], self)
        return Expr(
            self.op, tuple(arg.substitute(values) if isinstance(arg, Expr) else arg for arg in self.args)
        )

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        """The value at `values` (name -> number or NumPy array, canonical units)."""
        import numpy as np

        return _evaluate(self, values, {}, np)


Operand = Expr | float | int | str


def expr(value: Operand) -> Expr:
    """An expression from a number, a text or an expression."""
    if isinstance(value, Expr):
        return value
    return parse(value) if isinstance(value, str) else number(value)


def number(value: float) -> Expr:
    """A literal number."""
    return Expr("number", (float(value),))


def name(text: str) -> Expr:
    """A name, to be resolved where the expression is used."""
    return Expr("name", (text,))


def exp(x: Operand) -> Expr:
    """Exponential function."""
    return Expr("exp", (expr(x),))


def log(x: Operand) -> Expr:
    """Natural logarithm."""
    return Expr("log", (expr(x),))


def sqrt(x: Operand) -> Expr:
    """Square root."""
    return Expr("sqrt", (expr(x),))


def maximum(x: Operand, y: Operand) -> Expr:
    """The larger of two expressions."""
    return Expr("max", (expr(x), expr(y)))


def minimum(x: Operand, y: Operand) -> Expr:
    """The smaller of two expressions."""
    return Expr("min", (expr(x), expr(y)))


@lru_cache(maxsize=16384)
def parse(text: str) -> Expr:
    """Read an expression such as "k*A/(K + A)"; functions exp, log, sqrt, max, min; power is ** or ^.

    Raises AssemblyError for anything else: the text is never executed.
    """
    try:
        tree = ast.parse(text.strip().replace("^", "**").replace("\n", " "), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise AssemblyError(Problem(field="formula", reason=f"'{text}' is not an expression")) from error
    return _build(tree.body, text)


def _build(node: ast.expr, text: str) -> Expr:
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        return Expr(_BINARY[type(node.op)], (_build(node.left, text), _build(node.right, text)))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        inner = _build(node.operand, text)
        return Expr("neg", (inner,)) if isinstance(node.op, ast.USub) else inner
    if isinstance(node, ast.Name):
        return name(node.id)
    if (
        isinstance(node, ast.Constant)
        and isinstance(node.value, (int, float))
        and not isinstance(node.value, bool)
    ):
        return number(node.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        function = node.func.id
        allowed = {"exp": 1, "log": 1, "sqrt": 1, "max": 2, "min": 2}
        if allowed.get(function) == len(node.args):
            return Expr(function, tuple(_build(arg, text) for arg in node.args))
        raise AssemblyError(
            Problem(
                field="formula", reason=f"function '{function}' in '{text}'", fix=nearest(function, allowed)
            )
        )
    raise AssemblyError(Problem(field="formula", reason=f"'{ast.unparse(node)}' in '{text}' is not allowed"))


@lru_cache(maxsize=65536)
def _names(e: Expr) -> frozenset[str]:
    if e.op == "name":
        return frozenset(e.args)
    if e.op == "number":
        return frozenset()
    return frozenset().union(*(_names(arg) for arg in e.args))


def _text(e: Expr, rank: int) -> str:
    if e.op == "number":
        value = e.args[0]
        text = repr(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
        return f"({text})" if value < 0 else text
    if e.op == "name":
        return e.args[0]
    if e.op not in _RANK:
        return f"{e.op}({', '.join(_text(arg, 0) for arg in e.args)})"
    own = _RANK[e.op]
    if e.op == "neg":
        text = "-" + _text(e.args[0], own)
    else:  # both operands of a power, and the right one of every operator, keep their brackets at equal rank
        text = _text(e.args[0], own + (e.op == "pow")) + _SYMBOL[e.op] + _text(e.args[1], own + 1)
    return f"({text})" if own < rank else text


def _evaluate(e: Expr, values: Mapping[str, Any], done: dict[Expr, Any], np: Any) -> Any:
    if e.op == "number":
        return e.args[0]
    if e.op == "name":
        if e.args[0] not in values:
            raise AssemblyError(Problem(field=e.args[0], reason="no value", fix=nearest(e.args[0], values)))
        return values[e.args[0]]
    if e in done:
        return done[e]
    a = [_evaluate(arg, values, done, np) for arg in e.args]
    if e.op == "add":
        result = a[0] + a[1]
    elif e.op == "sub":
        result = a[0] - a[1]
    elif e.op == "mul":
        result = a[0] * a[1]
    elif e.op == "div":
        result = np.divide(a[0], a[1])
    elif e.op == "neg":
        result = -a[0]
    elif e.op == "pow":
        result = power(a[0], a[1], np)
    else:
        functions = {"exp": np.exp, "log": np.log, "sqrt": np.sqrt, "max": np.maximum, "min": np.minimum}
        result = functions[e.op](*a)
    done[e] = result
    return result


def power(base: Any, exponent: Any, np: Any) -> Any:
    """`base ** exponent`, and 0 where a non-integer power meets a base at or below zero (states may dip below 0)."""
    base, exponent = np.asarray(base, float), np.asarray(exponent, float)
    whole = exponent == np.round(exponent)
    safe = np.where((base <= 0) & ~whole, 1.0, base)
    return np.where((base <= 0) & ~whole, 0.0, safe**exponent)[()]
