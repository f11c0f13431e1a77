"""Patients by counter: each draws its own parameters, the same whoever else is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukin.engine import System
from leukin.keys import Key
from leukin.network import Network
from leukin.population.covariates import body
from leukin.population.lesions import lesions
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
    population: Mapping[str, Parameter],
    key: Key,
    patients: NDArray[np.int64],
    attempt: int = 0,
    fixed: Iterable[str] = (),
    nominal: Floats | None = None,
) -> Drawn:
    """Draw patients from the between-subject spreads of the system's parameters.

    Every parameter with an iiv varies on its own by its distribution, except those in `fixed`; body size,
    performance status and lesions are drawn jointly from `population` (parameters of that mechanism).
    nominal (canonical, float64[parameter]): medians to use instead of the catalogue's, as from
    `draw_parameters`.
    """
    centre = np.array(system.nominal if nominal is None else nominal, dtype=np.float64)
    values = np.repeat(centre[None, :], len(patients), axis=0)
    index = system.parameter_index
    keep = set(fixed)

    covariates: dict[str, NDArray[Any]] = {}
    known = {name: centre[i] for name, i in index.items()}
    joint = [body(population, key, patients, attempt)]
    joint.append(lesions(population, system.network.parameters, known, key, patients, attempt))
    for drawn in joint:
        covariates.update(drawn.covariates)
        for name, column in drawn.parameters.items():
            if name in index and name not in keep:
                values[:, index[name]] = column
            keep.add(name)

    varying = sorted(name for name, p in system.network.parameters.items() if p.iiv_scale > 0)
    z = key.normal("between patients", patients, len(varying), attempt)
    for position, name in enumerate(varying):
        if name not in keep and name in index:
            parameter = system.network.parameters[name]
            values[:, index[name]] = vary(
                parameter, centre[index[name]], parameter.iiv_scale * z[:, position]
            )
    return Drawn(values, covariates)


def vary(parameter: Parameter, centre: float, shift: Any) -> Any:
    """`centre` (canonical) moved by `shift` on the scale of the parameter's distribution, kept inside
    its bounds."""
    if parameter.dist == "lognormal":
        value = centre * np.exp(shift)
    elif parameter.dist == "logitnormal":
        value = 1.0 / (1.0 + (1.0 - centre) / centre * np.exp(-np.asarray(shift)))
    else:
        value = centre + np.asarray(shift) * unit(parameter.unit).factor
    if parameter.bounds is not None:
        low, high = (bound * unit(parameter.unit).factor for bound in parameter.bounds)
        value = np.clip(value, low, high)
    return value


def typical(system: System) -> Floats:
    """Parameters of the typical patient, float64[1, parameter]: every parameter at its catalogue value."""
    return np.array(system.nominal, dtype=np.float64)[None, :]


def draw_parameters(network: Network, key: Key, draw: int) -> dict[str, float]:
    """One draw of the uncertain parameters (those with an rse): name -> value in canonical units.

    Copies of one parameter (a constant that every cell or lesion shares) are drawn together. A parameter
    derived by a formula from others of the network follows them.
    """
    moved: dict[str, float] = {}
    groups: dict[tuple[Any, ...], list[str]] = {}
    for name, p in network.parameters.items():
        if p.rse_scale > 0 and p.formula is None:
            groups.setdefault((p.label, p.unit, p.value, p.source), []).append(name)
    ordered = sorted(groups.values(), key=min)
    z = key.normal("uncertain parameters", np.array([draw]), len(ordered))[0]
    for names, shift in zip(ordered, z, strict=True):
        for name in names:
            p = network.parameters[name]
            moved[name] = float(vary(p, p.canonical, p.rse_scale * shift))
    before = {name: p.canonical for name, p in network.parameters.items()}
    after = {**before, **moved}
    for name, p in network.parameters.items():
        if p.formula is not None:
            formula = parse(p.formula)
            if formula.names & moved.keys() and formula.names <= before.keys():
                after[name] = moved[name] = before[name] * float(
                    formula.evaluate(after) / formula.evaluate(before)
                )
    return moved


def with_values(network: Network, values: Mapping[str, float]) -> Network:
    """The network with other (canonical) values of some parameters."""
    changed = []
    for name, value in values.items():
        p = network.parameters[name]
        changed.append(replace(p, value=value / unit(p.unit).factor, formula=None))
    return network.with_parameters(changed)
