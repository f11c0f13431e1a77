"""Networks written as text: rates of change by name, close to how a specification prints them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from leukin.errors import AssemblyError, Problem, nearest
from leukin.network.model import (
    Baseline,
    Extinction,
    Network,
    Observable,
    Port,
    Reaction,
    Species,
    Variable,
)
from leukin.quantity import Parameter, number
from leukin.quantity.expression import Operand, expr

Item = TypeVar("Item")


def equations(
    *,
    species: Iterable[Species] = (),
    rates: Mapping[str, Operand] | None = None,
    variables: Mapping[str, tuple[str, Operand]] | None = None,
    observables: Mapping[str, tuple[str, Operand]] | None = None,
    parameters: Mapping[str, Parameter] | Iterable[Parameter] = (),
    ports: Iterable[Port] = (),
    baselines: Mapping[str, Operand] | None = None,
    extinctions: Mapping[str, Operand] | None = None,
) -> Network:
    """A network from equations: `rates` maps a species to its rate of change (one reaction None -> species each),
    `variables` and `observables` map a name to (unit, expression), `baselines` a parameter to its value after the
    run-in, `extinctions` a species to its threshold.

    Raises AssemblyError when a rate has no species.
    """
    states = tuple(species)
    rates = rates or {}
    missing = [key for key in rates if key not in {s.id for s in states}]
    if missing:
        known = [s.id for s in states]
        raise AssemblyError(
            [
                Problem(field=key, reason="rate of an unknown species", fix=nearest(key, known))
                for key in missing
            ]
        )
    given = parameters if isinstance(parameters, Mapping) else {p.name: p for p in parameters}
    one = number(1.0)
    return Network(
        species=states,
        reactions=tuple(Reaction(f"change_{key}", {}, {key: one}, expr(rate)) for key, rate in rates.items()),
        parameters=dict(given),
        variables=tuple(Variable(key, unit, expr(e)) for key, (unit, e) in (variables or {}).items()),
        observables=tuple(Observable(key, unit, expr(e)) for key, (unit, e) in (observables or {}).items()),
        ports=tuple(ports),
        baselines=tuple(Baseline(key, expr(e)) for key, e in (baselines or {}).items()),
        extinctions=tuple(Extinction(key, expr(e)) for key, e in (extinctions or {}).items()),
    )


def for_each(
    items: Iterable[Item],
    build: Callable[[Item], Network],
    label: Callable[[Item], str] = str,
    shared: Iterable[str] = (),
) -> Network:
    """One copy of a part for every item, merged; each keeps its label as the index of its species.

    Names in `shared` (parameters that all copies have in common) stay as they are.
    """
    keep = tuple(shared)
    total = Network()
    for item in items:
        total = total + build(item).indexed(label(item), shared=keep)
    return total
