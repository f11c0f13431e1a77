"""Expressions as SBML infix: max, min and real powers become piecewise, which every simulator reads."""

from __future__ import annotations

from leukin.quantity import Expr

_SYMBOL = {"add": "+", "sub": "-", "mul": "*", "div": "/"}


def formula(e: Expr) -> str:
    """The text of `e` for libSBML's Level 3 parser, with the same values as leukin's own evaluation."""
    if e.op == "number":
        return repr(e.args[0]) if e.args[0] >= 0 else f"({e.args[0]!r})"
    if e.op == "name":
        return str(e.args[0])
    parts = [formula(arg) for arg in e.args]
    if e.op in _SYMBOL:
        return f"({parts[0]} {_SYMBOL[e.op]} {parts[1]})"
    if e.op == "neg":
        return f"(-{parts[0]})"
    if e.op in ("max", "min"):
        sign = ">" if e.op == "max" else "<"
        return f"piecewise({parts[0]}, {parts[0]} {sign} {parts[1]}, {parts[1]})"
    if e.op == "pow":
        return _power(e, parts)
    return f"{'ln' if e.op == 'log' else e.op}({parts[0]})"


def _power(e: Expr, parts: list[str]) -> str:
    exponent = e.args[1]
    if exponent.op == "number" and exponent.args[0] == int(exponent.args[0]):
        return f"({parts[0]})^({parts[1]})"
    return f"piecewise(({parts[0]})^({parts[1]}), {parts[0]} > 0, 0)"
