"""Patients by counter: each draws its own parameters, the same whoever else is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukin.engine import System
from leukin.keys import Key
from leukin.population.covariates import body
from leukin.population.lesions import lesions
from leukin.population.recipe import Recipe
from leukin.population.spread import correlated, vary
from leukin.quantity import Parameter, parse, unit

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Drawn:
    """Patients as drawn: parameters float64[patient, parameter] in canonical units, covariates name ->
    [patient]."""

    parameters: Floats
    covariates: Mapping[str, NDArray[Any]]


def sample(
    system: System,
    recipe: Recipe,
    key: Key,
    patients: NDArray[np.int64],
    attempt: int = 0,
    fixed: Iterable[str] = (),
    nominal: Floats | None = None,
) -> Drawn:
    """Draw patients from the between-subject spreads of the system's parameters.

    Every parameter with an iiv varies by its distribution, except those in `fixed`; body size, performance
    status and lesions are drawn jointly. nominal (canonical, float64[parameter]): medians to use instead of
    the catalogue's, as from `draw_parameters`.
    """
    centre = np.array(system.nominal if nominal is None else nominal, dtype=np.float64)
    values = np.repeat(centre[None, :], len(patients), axis=0)
    index = system.parameter_index
    keep = set(fixed)

    covariates: dict[str, NDArray[Any]] = {}
    known = {name: float(centre[i]) for name, i in index.items()}
    joint = [body(recipe.host, recipe.correlations, key, patients, attempt)]
    joint.append(lesions(recipe.rules, system.network.parameters, known, key, patients, attempt))
    for drawn in joint:
        covariates.update(drawn.covariates)
        for name, column in drawn.parameters.items():
            if name in index and name not in keep:
                values[:, index[name]] = column
            keep.add(name)

    varying = sorted(name for name, p in system.network.parameters.items() if p.iiv_scale > 0)
    z = correlated(
        key.normal("between patients", patients, len(varying), attempt), varying, recipe.correlations
    )
    for position, name in enumerate(varying):
        if name not in keep and name in index:
            parameter = system.network.parameters[name]
            values[:, index[name]] = vary(
                parameter, centre[index[name]], parameter.iiv_scale * z[:, position]
            )
    return Drawn(values, covariates)


def typical(system: System) -> Floats:
    """Parameters of the typical patient, float64[1, parameter]: every parameter at its catalogue value."""
    return np.array(system.nominal, dtype=np.float64)[None, :]


def draw_parameters(
    parameters: Mapping[str, Parameter], key: Key, draw: int, stream: str = "uncertain parameters"
) -> dict[str, float]:
    """One draw of the uncertain parameters (those with an rse): name -> value in canonical units.

    Copies of one parameter (a constant that every cell or lesion shares) are drawn together. A parameter derived
    by a formula from others among `parameters` follows them.
    """
    moved: dict[str, float] = {}
    groups: dict[tuple[Any, ...], list[str]] = {}
    for name, p in parameters.items():
        if p.rse_scale > 0 and p.formula is None:
            groups.setdefault((p.label, p.unit, p.value, p.source), []).append(name)
    ordered = sorted(groups.values(), key=min)
    z = key.normal(stream, np.array([draw]), len(ordered))[0]
    for names, shift in zip(ordered, z, strict=True):
        for name in names:
            p = parameters[name]
            moved[name] = float(vary(p, p.canonical, p.rse_scale * shift))
    before = {name: p.canonical for name, p in parameters.items()}
    after = {**before, **moved}
    for name, p in parameters.items():
        if p.formula is not None:
            formula = parse(p.formula)
            if formula.names & moved.keys() and formula.names <= before.keys():
                ratio = float(formula.evaluate(after) / formula.evaluate(before))
                after[name] = moved[name] = before[name] * ratio
    return moved


def uncertain(system: System, recipe: Recipe, key: Key, draw: int) -> tuple[Floats, Recipe]:
    """One draw of everything uncertain: medians for `sample(..., nominal=...)`, float64[parameter], and a recipe."""
    nominal = np.array(system.nominal, dtype=np.float64)
    for name, value in draw_parameters(system.network.parameters, key, draw).items():
        if name in system.parameter_index:
            nominal[system.parameter_index[name]] = value
    rules = {
        name: recipe.rules[name].with_value(value / unit(recipe.rules[name].unit).factor)
        for name, value in draw_parameters(recipe.rules, key, draw, "uncertain population").items()
    }
    return nominal, replace(recipe, rules={**recipe.rules, **rules})
