"""Unit strings, parsed once by pint and reduced to a factor and the powers of leukin's base units."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from leukin.errors import Problem, UnitError
from leukin.quantity.usual_units import USUAL

#: Base units in which every solver works (decimetre, so that a cubic one is the litre), then what is built on them.
DEFINITIONS = """
femto- = 1e-15 = f-
pico- = 1e-12 = p-
nano- = 1e-9 = n-
micro- = 1e-6 = u-
milli- = 1e-3 = m-
centi- = 1e-2 = c-
deci- = 1e-1 = d-
kilo- = 1e3 = k-
mega- = 1e6 = M-
giga- = 1e9 = G-
hour = [time] = h
decimetre = [length] = dm
gram = [mass] = g
nanomole = [substance] = nmol
mmHg = [pressure]
degC = [temperature]
molecule = [molecule]
cell = [cell]
IU = [international_unit]
U = [interferon_unit]
EAID50 = [infectious_dose]
minute = hour / 60 = min
second = hour / 3600 = s
day = 24 * hour = d
week = 7 * day
month = 30.4375 * day
year = 365.25 * day
metre = 10 * decimetre = m
litre = decimetre ** 3 = L
mole = 1e9 * nanomole = mol
molar = mole / litre = M
dalton = 1e-9 * gram / nanomole = Da
percent = 0.01
"""

BASES = ("hour", "decimetre", "gram", "nanomole", "mmHg", "degC", "molecule", "cell", "IU", "U", "EAID50")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as `factor` canonical units of the dimension `powers` (pairs of base unit and exponent)."""

    factor: float
    powers: tuple[tuple[str, Fraction], ...] = ()

    def __mul__(self, other: Unit) -> Unit:
        powers = dict(self.powers)
        for base, power in other.powers:
            powers[base] = powers.get(base, Fraction(0)) + power
        return Unit(self.factor * other.factor, _sorted(powers))

    def __truediv__(self, other: Unit) -> Unit:
        return self * other**-1

    def __pow__(self, exponent: float | Fraction) -> Unit:
        power = Fraction(exponent).limit_denominator(24)
        return Unit(self.factor ** float(power), _sorted({b: p * power for b, p in self.powers}))

    def same_dimension(self, other: Unit) -> bool:
        """Whether values in both units can be converted into each other."""
        return self.powers == other.powers

    def __str__(self) -> str:
        if not self.powers:
            return "1"
        return " ".join(b if p == 1 else f"{b}^{p}" for b, p in self.powers)


def _sorted(powers: dict[str, Fraction]) -> tuple[tuple[str, Fraction], ...]:
    return tuple((base, powers[base]) for base in BASES if powers.get(base))


@lru_cache(maxsize=1)
def _registry() -> Any:
    import pint

    registry: Any = pint.UnitRegistry(None)
    registry.load_definitions(DEFINITIONS.strip().splitlines())
    return registry


@lru_cache(maxsize=4096)
def unit(text: str) -> Unit:
    """Read a unit such as "nM", "1/min", "1e9/L", "MIU/m2/d", "cell^-1" or "1".

    Raises UnitError when the text is not a unit.
    """
    return _usual().get(text) or read_unit(text)


@lru_cache(maxsize=1)
def _usual() -> dict[str, Unit]:
    """Units that are known without pint, by text."""
    found = {}
    for text, factor, *powers in (line.split() for line in USUAL.strip().splitlines()):
        pairs = (power.split("^") for power in powers)
        found[text] = Unit(float(factor), tuple((base, Fraction(number)) for base, number in pairs))
    return found


def read_unit(text: str) -> Unit:
    """Read a unit by pint, whatever it is; otherwise like `unit`."""
    cleaned = text.strip().replace("%", "percent").replace("µ", "u").replace("μ", "u")
    cleaned = re.sub(r"\bl\b", "L", cleaned)
    cleaned = re.sub(r"\b(m|cm|mm|dm)([23])\b", r"\1**\2", cleaned)
    if cleaned in ("", "1", "dimensionless"):
        if cleaned == "":
            raise UnitError(Problem(reason="unit is empty", fix='write unit = "1" for a plain number'))
        return Unit(1.0)
    if not re.fullmatch(r"[A-Za-z0-9_.+\-*/^() ]+", cleaned):
        raise UnitError(
            Problem(reason=f"'{text}' is not a unit", fix='units look like "nM", "1/h" or "IU/kg"')
        )
    try:
        quantity = _registry().parse_expression(cleaned)
        if isinstance(quantity, (int, float)):
            return Unit(float(quantity))
        base = quantity.to_base_units()
        powers = {str(b): Fraction(p).limit_denominator(24) for b, p in base.units._units.items()}
    except Exception as error:  # pint raises many kinds; each means that the text is not a unit
        raise UnitError(Problem(reason=f"'{text}' is not a unit", fix=_hint(text))) from error
    return Unit(float(base.magnitude), _sorted(powers))


def _hint(text: str) -> str:
    from leukin.errors import nearest

    words = re.findall(r"[A-Za-z]+", text)
    known = [
        "nM",
        "pM",
        "uM",
        "nmol",
        "L",
        "mL",
        "h",
        "min",
        "d",
        "day",
        "week",
        "month",
        "kg",
        "g",
        "mg",
        "ug",
        "ng",
    ]
    known += ["pg", "IU", "MIU", "cell", "molecule", "mmHg", "degC", "mm", "m2", "kDa", "percent", "U"]
    for word in words:
        if word not in known:
            return nearest(word, known)
    return 'units look like "nM", "1/h" or "IU/kg"'


def to_canonical(value: float, text: str) -> float:
    """Convert `value` in the unit `text` to canonical units (hour, litre, nanomole, gram, ...)."""
    return value * unit(text).factor


def from_canonical(value: Any, text: str) -> Any:
    """Convert a canonical `value` (number or array) to the unit `text`."""
    return value / unit(text).factor
