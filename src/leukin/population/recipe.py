"""What patients are drawn from: a host's covariates, the rules of the population, a screen for the tumour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from leukin.biology.survival import survival
from leukin.biology.tumour import untreated
from leukin.catalog import Catalogue, Correlation
from leukin.engine import System, compile_network
from leukin.quantity import Parameter


@dataclass(frozen=True, slots=True)
class Screen:
    """The untreated tumour as a system of its own, with so many lesions."""

    system: System
    lesions: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """host: parameters of the host species; rules: those of the mechanism `population`; correlations: of
    between-subject effects, by parameter name; screen: None in a healthy host."""

    host: Mapping[str, Parameter]
    rules: Mapping[str, Parameter]
    correlations: tuple[Correlation, ...] = ()
    screen: Screen | None = None


def recipe(catalogue: Catalogue, host: str, tumour: str = "", lesions: int = 4) -> Recipe:
    """The recipe for patients of a trial, from catalogue ids; `tumour` "" for a healthy host.

    Raises CatalogError for an unknown id.
    """
    body = catalogue.host(host)
    rules = catalogue.mechanism("population").parameters
    immunity = catalogue.mechanism("tumour-immunity")
    correlations = (*body.correlations, *(c for m in catalogue.mechanisms.values() for c in m.correlations))
    if not tumour:
        return Recipe(body.parameters, rules, correlations)
    kind = catalogue.tumour(tumour)
    alone = untreated(immunity.parameters, kind.parameters, lesions)
    system = compile_network(alone + survival(catalogue.mechanism("survival").parameters))
    return Recipe(body.parameters, rules, (*correlations, *kind.correlations), Screen(system, lesions))
