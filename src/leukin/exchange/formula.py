"""Expressions as SBML infix: max, min and real powers become piecewise, which every simulator reads."""

from __future__ import annotations

from leukin.quantity import Expr

_SYMBOL = {"add": "+", "sub": "-", "mul": "*", "div": "/"}


class Formulas:
    """Texts for libSBML's Level 3 parser, with the same values as leukin's own evaluation.

    An operand that piecewise needs twice becomes a quantity of its own: `parts` maps its id to its text, in an order in
    which each uses earlier ones only.
    """

    def __init__(self) -> None:
        self.parts: dict[str, str] = {}
        self._known: dict[str, str] = {}

    def text(self, e: Expr) -> str:
        """The text of an expression."""
        if e.op == "number":
            return repr(e.args[0]) if e.args[0] >= 0 else f"({e.args[0]!r})"
        if e.op == "name":
            return str(e.args[0])
        if e.op in ("max", "min"):
            a, b = (self.operand(arg) for arg in e.args)
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
            self._known[text] = f"part_{len(self.parts)}"
            self.parts[self._known[text]] = text
        return self._known[text]

    def _power(self, e: Expr) -> str:
        base, exponent = e.args
        if exponent.op == "number" and exponent.args[0] == int(exponent.args[0]):
            return f"({self.text(base)})^({self.text(exponent)})"
        at = self.operand(base)
        return f"piecewise(({at})^({self.text(exponent)}), {at} > 0, 0)"
