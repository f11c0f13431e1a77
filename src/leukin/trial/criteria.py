"""Response criteria by name: how a scan is summed, and where response and progression begin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukin.errors import CatalogError, Problem, nearest
from leukin.quantity import Parameter, from_canonical

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Criterion:
    """A response criterion.

    burden: readings float64[patient, scan, lesion, 2] in mm -> float64[patient, scan, lesion] in mm or mm^2;
    partial: fall from baseline of a partial response (1); progression: rise over the smallest sum (1), and at
    least progression_minimum (mm or mm^2); confirmation, stable_minimum in h.
    """

    name: str
    burden: Callable[[Floats], Floats]
    partial: float
    progression: float
    progression_minimum: float
    confirmation: float
    stable_minimum: float


def longest_diameter(readings: Floats) -> Floats:
    """Diameter of every lesion (mm), the first of its two readings; RECIST sums these."""
    return readings[..., 0]


def product_of_diameters(readings: Floats) -> Floats:
    """Product of the two perpendicular diameters of every lesion (mm^2); WHO sums these."""
    return readings[..., 0] * readings[..., 1]


#: name in a trial file -> rule file with its limits, what is summed, unit of the sum
CRITERIA: Mapping[str, tuple[str, Callable[[Floats], Floats], str]] = {
    "WHO": ("response-who", product_of_diameters, "mm^2"),
    "RECIST 1.1": ("response-recist-1-1", longest_diameter, "mm"),
}


def criterion_rule(name: str) -> str:
    """Catalogue id of the rule with the limits of the criterion `name`; CatalogError if unknown."""
    if name not in CRITERIA:
        problem = Problem(
            field="response", reason=f"'{name}' is not a response criterion", fix=nearest(name, CRITERIA)
        )
        raise CatalogError(problem)
    return CRITERIA[name][0]


def criterion(name: str, limits: Mapping[str, Parameter]) -> Criterion:
    """The criterion `name` with the limits of its rule file."""
    criterion_rule(name)
    _, burden, unit = CRITERIA[name]
    return Criterion(
        name,
        burden,
        partial=limits["partial"].canonical,
        progression=limits["progression"].canonical,
        progression_minimum=from_canonical(limits["progression_minimum"].canonical, unit),
        confirmation=limits["confirmation"].canonical,
        stable_minimum=limits["stable_minimum"].canonical,
    )
