"""Which derivatives by parameters a network has: of its rates, and of the thresholds of extinction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from leukin.engine.differentiate import derivatives
from leukin.engine.model import Model, read
from leukin.engine.tidy import tidy
from leukin.network import Network
from leukin.quantity.graph import Node


@dataclass(frozen=True, slots=True)
class TangentTerms:
    """Derivatives of a model for tangents by the parameters `names`.

    ways: parameters that move when one of `names` does: all of these, and the baselines, which the run-in sets;
    slopes: (row, column, minus the derivative of a rate by a state); pushes: (row, way, derivative of a rate by a
    parameter); limits: (extinction, way, derivative of its threshold); kinks: a - b for every max(a, b), min(a, b) and
    choice by a > b in rates and slopes: derivatives jump where one of them changes its sign.
    """

    model: Model
    names: tuple[str, ...]
    ways: tuple[str, ...]
    slopes: tuple[tuple[int, int, Node], ...]
    pushes: tuple[tuple[int, int, Node], ...]
    limits: tuple[tuple[int, int, Node], ...]
    kinks: tuple[Node, ...]


def tangent_terms(network: Network, names: Sequence[str]) -> TangentTerms:
    """Read a network anew, so that nothing which was asked for before has a part in the bits, and differentiate it."""
    model = read(network)
    graph, states = model.graph, model.states
    ways = tuple(dict.fromkeys([*names, *(baseline.parameter for baseline in network.baselines)]))
    place = {key: q for q, key in enumerate(ways)}
    changes = network.derivatives()
    rates = tidy(graph, [graph.intern(changes[key], model.names) for key in states], states)
    rows = derivatives(graph, rates, ways)
    found = [(i, place[key], node) for i, row in enumerate(rows) for key, node in row.items()]
    shaped = tidy(graph, [node for *_, node in found], states)
    pushes = tuple((i, q, node) for (i, q, _), node in zip(found, shaped, strict=True))
    slopes = tuple((i, j, node) for i, row in enumerate(model.slopes) for j, node in row.items())
    thresholds = derivatives(graph, [node for _, node in model.extinctions], ways)
    limits = tuple((e, place[key], node) for e, row in enumerate(thresholds) for key, node in row.items())
    roots = [*model.rates, *(node for *_, node in slopes), *(node for *_, node in pushes)]
    varying = model.varying | graph.depends(states, roots)
    pairs = [
        graph.args[node][:2]
        for node in graph.order(roots)
        if node in varying and graph.op[node] in ("max", "min", "where_gt")
    ]
    kinks = tuple(dict.fromkeys(graph.sub(a, b) for a, b in dict.fromkeys(pairs)))
    varying |= graph.depends(states, kinks)
    kinks = tuple(node for node in kinks if node in varying)
    model = replace(model, varying=frozenset(varying))
    return TangentTerms(model, tuple(names), ways, slopes, pushes, limits, kinks)
