"""A parameter: a value with its unit, its source and its two spreads."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Literal

from leukin.quantity.units import to_canonical

Kind = Literal["measured", "fitted", "derived", "translated", "assumed", "definition"]
Distribution = Literal["lognormal", "logitnormal", "normal"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a number comes from.

    kind: measured, fitted, derived (by a formula), translated (by a rule, from another species), assumed, or
    definition (a convention); cite: key in the references; where: page, table or abstract; figures: ids of the
    published figures that a fit read; checked: primary, secondary or unverified.
    """

    kind: Kind
    cite: str = ""
    where: str = ""
    species: str = ""
    note: str = ""
    checked: str = "unverified"
    figures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another published value of a parameter: not chosen, but visible and usable."""

    value: float
    source: Source


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number of biology, drug or trial.

    value in `unit`; rse: how well it is known (coefficient of variation, feeds uncertainty bands); iiv: between-subject
    coefficient of variation (feeds virtual patients); rse_sd, iiv_sd: the same given as standard deviation on the
    transformed scale (ln, logit or natural, by `dist`) instead; bounds in `unit`; formula: for a derived value.
    """

    name: str
    value: float
    unit: str
    source: Source
    rse: float | None = None
    iiv: float | None = None
    rse_sd: float | None = None
    iiv_sd: float | None = None
    dist: Distribution = "lognormal"
    bounds: tuple[float, float] | None = None
    label: str = ""
    formula: str | None = None
    alternatives: tuple[Alternative, ...] = field(default=())

    @property
    def canonical(self) -> float:
        """The value in canonical units."""
        return to_canonical(self.value, self.unit)

    @property
    def iiv_scale(self) -> float:
        """Between-subject standard deviation on the transformed scale; 0 where the value does not vary."""
        return self._scale(self.iiv, self.iiv_sd)

    @property
    def rse_scale(self) -> float:
        """Uncertainty as standard deviation on the transformed scale; 0 where none is stated."""
        return self._scale(self.rse, self.rse_sd)

    def _scale(self, relative: float | None, direct: float | None) -> float:
        if direct is not None:
            return direct
        if not relative:
            return 0.0
        if self.dist == "lognormal":
            return math.sqrt(math.log1p(relative**2))
        if self.dist == "logitnormal":
            return relative / (1.0 - self.value)
        return relative * abs(self.value)

    def with_value(self, value: float) -> Parameter:
        """A copy with another value in the same unit."""
        return replace(self, value=value, formula=None)
