"""A network as one expression graph: rates of change, their sparse Jacobian, thresholds of extinction."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from leukin.engine.batch import pair_reciprocals
from leukin.engine.differentiate import derivatives
from leukin.engine.tidy import tidy
from leukin.errors import AssemblyError, Problem, nearest
from leukin.network import Network
from leukin.network.model import RUN_IN
from leukin.quantity import Expr, Graph
from leukin.quantity.graph import Node


@dataclass(frozen=True, slots=True)
class Plan:
    """How values are computed: nodes `roots`, all nodes that they need in `order`, states and parameters among these;
    units: in which the values are shown."""

    roots: list[Node]
    order: list[Node]
    names: tuple[str, ...]
    units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """Nodes of `graph` by meaning.

    rates[i]: derivative of state i; slopes[i]: column -> minus the derivative of rates[i], only non-zero ones;
    extinctions: (state, threshold); groups: states of each repeated part, those that all parts share last; names: what an
    expression may refer to besides states and parameters (variables); varying: nodes that depend on a state; lock: to be
    held while the graph grows; plans: how observables asked for before are computed; sensitive: systems with tangents that
    were asked for before, by their parameters.
    """

    graph: Graph
    states: tuple[str, ...]
    parameters: tuple[str, ...]
    rates: tuple[Node, ...]
    slopes: tuple[dict[int, Node], ...]
    extinctions: tuple[tuple[int, Node], ...]
    groups: tuple[tuple[int, ...], ...]
    names: dict[str, Node]
    varying: frozenset[Node]
    lock: threading.Lock = field(default_factory=threading.Lock)
    plans: dict[tuple[str, ...], Plan] = field(default_factory=dict)
    sensitive: dict[tuple[str, ...], Any] = field(default_factory=dict)

    def node(self, expression: Expr) -> Node:
        """The node of an expression in names of the network.

        Raises AssemblyError for a name that the network does not have.
        """
        unknown = sorted(expression.names - self.names.keys() - set(self.states) - set(self.parameters))
        if unknown:
            known = [*self.names, *self.states, *self.parameters]
            raise AssemblyError(
                [
                    Problem(field=key, reason="is not in the network", fix=nearest(key, known))
                    for key in unknown
                ]
            )
        return self.graph.intern(expression, self.names)


def read(network: Network) -> Model:
    """The graph of a network's equations, with derivatives by all states."""
    graph = Graph()
    states = tuple(species.id for species in network.species)
    parameters = (*network.parameters, *(() if RUN_IN in network.parameters else (RUN_IN,)))
    names: dict[str, Node] = {}
    for variable in network.variables_in_order():
        names[variable.id] = graph.intern(variable.expression, names)
    done: dict[Expr, Node] = {}
    changes = network.derivatives()
    rates = tuple(tidy(graph, [graph.intern(changes[key], names, done) for key in states], states))
    index = {key: i for i, key in enumerate(states)}
    rows = derivatives(graph, list(rates), states)
    entries = [(i, index[key], graph.neg(node)) for i, row in enumerate(rows) for key, node in row.items()]
    slopes: tuple[dict[int, Node], ...] = tuple({} for _ in states)
    shaped = tidy(graph, [node for *_, node in entries], states)
    shaped = pair_reciprocals(graph, [*rates, *shaped], states)
    rates = tuple(shaped[: len(states)])
    for (i, j, _), node in zip(entries, shaped[len(states) :], strict=True):
        slopes[i][j] = node
    extinctions = tuple((index[e.species], graph.intern(e.threshold, names)) for e in network.extinctions)
    roots = [*rates, *(node for row in slopes for node in row.values()), *(node for _, node in extinctions)]
    varying = frozenset(graph.depends(states, roots))
    problems = [
        Problem(
            field=f"extinction of {states[state]}",
            reason="the threshold depends on a state",
            fix="use parameters only",
        )
        for state, node in extinctions
        if node in varying
    ]
    if problems:
        raise AssemblyError(problems)
    return Model(graph, states, parameters, rates, slopes, extinctions, _groups(network), names, varying)


def _groups(network: Network) -> tuple[tuple[int, ...], ...]:
    groups: dict[str, list[int]] = {}
    for i, species in enumerate(network.species):
        groups.setdefault(species.index, []).append(i)
    shared = groups.pop("", [])
    return tuple(tuple(group) for group in [*groups.values(), shared] if group)
