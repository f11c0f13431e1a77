"""Expressions as SBML infix: max, min and real powers become piecewise, which every simulator reads."""

from __future__ import annotations

from collections.abc import Callable

from leukin.quantity import Expr, number

ZERO = number(0.0)
_SYMBOL = {"add": "+", "sub": "-", "mul": "*", "div": "/"}


def literal(value: float, unit: str = "dimensionless") -> str:
    """A number with the id of its unit."""
    return f"{value!r} {unit}" if value >= 0 else f"(-({-value!r} {unit}))"


class Formulas:
    """Texts for libSBML's Level 3 parser, with the same values as leukin's own evaluation.

    An operand that piecewise needs twice becomes a quantity of its own: `parts` maps its id to it and its text, in an
    order in which each uses earlier ones only. Literals carry the unit 1, but for whole exponents and for a zero, which
    carries that of what it is compared with; unit_id: expression -> id of its canonical unit; free: wanted id -> one that is free.
    """

    def __init__(self, unit_id: Callable[[Expr], str], free: Callable[[str], str]) -> None:
        self.unit_id, self.free = unit_id, free
        self.parts: dict[str, tuple[Expr, str]] = {}
        self._known: dict[str, str] = {}

    def text(self, e: Expr) -> str:
        """The text of an expression."""
        if e.op == "number":
            return literal(e.args[0])
        if e.op == "name":
            return str(e.args[0])
        if e.op in ("max", "min"):
            a, b = (self._zero(e) if arg == ZERO else self.operand(arg) for arg in e.args)
            return f"piecewise({a}, {a} {'>' if e.op == 'max' else '<'} {b}, {b})"
        if e.op == "pow":
            return self._power(e)
        inner = [self.text(arg) for arg in e.args]
        if e.op in _SYMBOL:
            return f"({inner[0]} {_SYMBOL[e.op]} {inner[1]})"
        if e.op == "neg":
            return f"(-{inner[0]})"
        return f"{'ln' if e.op == 'log' else e.op}({inner[0]})"

    def operand(self, e: Expr) -> str:
        """The text of a leaf, or the id of the quantity that stands for a larger expression."""
        text = self.text(e)
        if e.op in ("number", "name"):
            return text
        if text not in self._known:
            self._known[text] = self.free(f"part_{len(self.parts)}")
            self.parts[self._known[text]] = e, text
        return self._known[text]

    def _power(self, e: Expr) -> str:
        base, exponent = e.args
        if exponent.op == "number" and exponent.args[0] == int(exponent.args[0]):
            return f"({self.text(base)})^({int(exponent.args[0])})"
        at, to = self.operand(base), self.text(exponent)
        if exponent.op == "div" and all(arg.op == "number" for arg in exponent.args):
            to = repr(exponent.args[0].args[0] / exponent.args[1].args[0])
        return f"piecewise(({at})^({to}), {at} > {self._zero(base)}, {self._zero(e)})"

    def _zero(self, e: Expr) -> str:
        return literal(0.0, self.unit_id(e))
