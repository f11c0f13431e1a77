"""Derived parameters: formulas over parameters of the same entry, evaluated and checked for their unit."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from leukin.catalog.known import Numbers
from leukin.errors import LeukinError, Problem, nearest
from leukin.quantity import Expr, Unit, parse, unit
from leukin.quantity.units import BASES

#: two independent changes of the base units; a sound formula gives a value that changes as its unit does
RESCALINGS = tuple(
    {base: math.exp(math.sin(3.7 * k + 1.3 * i)) for i, base in enumerate(BASES)} for k in (1, 2)
)


class Underivable(LeukinError):
    """A formula cannot be read or evaluated, or its unit is not the one stated."""


def import_numbers(text: str, numbers: Numbers) -> tuple[str, dict[str, tuple[float, Unit]]]:
    """A formula with each `ENTRY.NAME` of another entry as one name, and the canonical values of those names.

    Raises Underivable for a name that its entry lacks or derives itself.
    """
    found: dict[str, tuple[float, Unit]] = {}
    ids = sorted(numbers, key=len, reverse=True)
    if not ids:
        return text, found

    def one(match: re.Match[str]) -> str:
        entry, name = match.groups()
        if name not in numbers[entry]:
            reason = f"'{entry}' has no parameter '{name}' with a plain value"
            raise Underivable(Problem(reason=reason, fix=nearest(name, numbers[entry])))
        value, text = numbers[entry][name]
        mangled = f"{entry.replace('-', '_')}__{name}"
        found[mangled] = (value * unit(text).factor, unit(text))
        return mangled

    pattern = rf"(?<![\w.])({'|'.join(map(re.escape, ids))})\.([A-Za-z_]\w*)"
    return re.sub(pattern, one, text), found


def read_formula(text: str, own: str, names: Mapping[str, Any]) -> Expr:
    """The formula of the parameter `own`. Raises Underivable for a name that is not among `names`."""
    try:
        expression = parse(text)
    except LeukinError as error:
        raise Underivable(error.problems) from error
    except (RecursionError, ValueError, OverflowError) as error:
        raise Underivable(Problem(reason="is too long")) from error
    for used in sorted(expression.names):
        if used == own:
            raise Underivable(Problem(reason="refers to itself"))
        if used not in names:
            others = [name for name in names if name != own]
            raise Underivable(Problem(reason=f"unknown name '{used}'", fix=nearest(used, others)))
    return expression


def derive(expression: Expr, values: Mapping[str, tuple[float, Unit]], wanted: Unit) -> float:
    """The value of a formula in canonical units, from canonical values and their units.

    Raises Underivable where it is not finite or has not the dimension of `wanted`.
    """
    result = _value(expression, {name: value for name, (value, _) in values.items()})
    for scale in RESCALINGS:
        moved = _value(expression, {name: value * _factor(scale, u) for name, (value, u) in values.items()})
        if not math.isclose(moved, result * _factor(scale, wanted), rel_tol=1e-9):
            raise Underivable(
                Problem(reason=f"'{expression}' is not in {wanted}", fix="check the units of its parts")
            )
    return result


def _factor(scale: Mapping[str, float], found: Unit) -> float:
    return math.prod(scale[base] ** float(power) for base, power in found.powers)


def _value(expression: Expr, values: Mapping[str, float]) -> float:
    import numpy as np

    with np.errstate(all="ignore"):
        try:
            result = float(expression.evaluate(values))
        except (ArithmeticError, ValueError, TypeError, RecursionError, LeukinError) as error:
            raise Underivable(Problem(reason=f"'{expression}' cannot be evaluated")) from error
    if not math.isfinite(result):
        raise Underivable(Problem(reason=f"'{expression}' is not finite"))
    return result
