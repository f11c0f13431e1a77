"""A network compiled to a System: names, sizes and the machine code that solves it."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from leukin.engine.compile import Machine, build_machine
from leukin.engine.model import Model, Plan, read
from leukin.errors import AssemblyError, Problem, nearest
from leukin.network import Network
from leukin.network.model import RUN_IN
from leukin.quantity import Expr, from_canonical, parse, to_canonical
from leukin.quantity.graph import Node

if TYPE_CHECKING:
    from leukin.engine.sensitivity import Sensitive

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class System:
    """A network ready to be solved; holds no state of any patient.

    states, parameters: ids in the order of the columns of arrays; nominal: float64[parameter], canonical units; scale:
    float64[state], typical magnitudes in canonical units.
    """

    network: Network
    states: tuple[str, ...]
    parameters: tuple[str, ...]
    nominal: Floats
    scale: Floats
    state_index: Mapping[str, int]
    parameter_index: Mapping[str, int]
    model: Model
    machine: Machine

    def initial(self, params: Floats) -> Floats:
        """The state before anything happened, float64[patient, state], from params[patient, parameter]."""
        graph, model = self.model.graph, self.model
        with model.lock:
            roots = [model.node(species.initial) for species in self.network.species]
        values = graph.evaluate(roots, {key: params[:, i] for key, i in self.parameter_index.items()})
        return np.stack([np.broadcast_to(value, len(params)) for value in values], axis=1).astype(np.float64)

    def evaluate(self, expression: Expr | str, states: Floats, params: Floats) -> Any:
        """An expression of states, parameters and variables for states[patient, ..., state], in canonical units."""
        plan = self._plan([parse(expression) if isinstance(expression, str) else expression])
        return self._evaluate(plan, states, params)[0]

    def observe(self, names: Iterable[str], states: Floats, params: Floats) -> dict[str, Floats]:
        """Observables (or states, or variables) in their own unit, for states[patient, ..., state].

        Raises AssemblyError for a name that the network does not have.
        """
        wanted = tuple(names)
        plan = self.model.plans.get(wanted)
        if plan is None:
            plan = self._plan([self.expression(name) for name in wanted])
            plan = replace(plan, units=tuple(self.unit_of(name) for name in wanted))
            self.model.plans[wanted] = plan
        values = self._evaluate(plan, states, params)
        return {
            name: from_canonical(value, unit)
            for name, value, unit in zip(wanted, values, plan.units, strict=True)
        }

    def values(self, nodes: list[Node], states: Floats, params: Floats) -> list[Any]:
        """Nodes of the model's graph for states[patient, ..., state]."""
        return self._evaluate(self._ordered(nodes), states, params)

    def with_sensitivities(self, names: Sequence[str]) -> Sensitive:
        """This system with machine code for derivatives by the parameters `names`, compiled when first asked for.

        Raises AssemblyError for a name that is not a parameter of the network.
        """
        from leukin.engine.sensitivity import compile_sensitive

        key = tuple(dict.fromkeys(names))
        if key not in self.model.sensitive:
            self.model.sensitive[key] = compile_sensitive(self, key)
        return self.model.sensitive[key]

    def unit_of(self, name: str) -> str:
        """The unit in which an observable, a state, a variable or a parameter is shown."""
        network = self.network
        for observable in network.observables:
            if observable.name == name:
                return observable.unit
        for species in network.species:
            if species.id == name:
                return species.unit
        for variable in network.variables:
            if variable.id == name:
                return variable.unit
        if name in network.parameters:
            return network.parameters[name].unit
        raise self._unknown(name)

    def expression(self, name: str) -> Expr:
        """The expression of an observable, a state, a variable or a parameter."""
        for observable in self.network.observables:
            if observable.name == name:
                return observable.expression
        if name in self.state_index or name in self.model.names or name in self.parameter_index:
            return Expr("name", (name,))
        raise self._unknown(name)

    def _unknown(self, name: str) -> AssemblyError:
        known = [*(o.name for o in self.network.observables), *self.states, *self.model.names]
        return AssemblyError(
            Problem(field=name, reason="is not an observable of this model", fix=nearest(name, known))
        )

    def _plan(self, expressions: list[Expr]) -> Plan:
        with self.model.lock:
            roots = [self.model.node(expression) for expression in expressions]
        return self._ordered(roots)

    def _ordered(self, roots: list[Node]) -> Plan:
        graph = self.model.graph
        order = graph.order(roots)
        return Plan(roots, order, tuple(graph.args[node][0] for node in order if graph.op[node] == "name"))

    def _evaluate(self, plan: Plan, states: Floats, params: Floats) -> list[Any]:
        shape = states.shape[:-1]
        wide = (len(params), *(1,) * (len(shape) - 1))
        values: dict[str, Any] = {}
        for key in plan.names:
            if key in self.state_index:
                values[key] = np.ascontiguousarray(states[..., self.state_index[key]])
            else:
                values[key] = params[:, self.parameter_index[key]].reshape(wide)
        with np.errstate(all="ignore"):
            results = self.model.graph.evaluate(plan.roots, values, plan.order)
        return [
            np.array(result if np.shape(result) == shape else np.broadcast_to(result, shape), np.float64)
            for result in results
        ]


def compile_network(network: Network, *, lanes: int | None = None, cache: Path | None = None) -> System:
    """Compile a network: derivatives, sparse factorisation, machine code; loaded from the cache if it was built before.

    lanes: patients in one vector (the processor's choice unless given); cache: folder of compiled objects.
    Raises AssemblyError for a network with free names, SolveError where the processor is not supported.
    """
    free = sorted(network.free_names)
    if free:
        known = network.defined
        raise AssemblyError(
            [
                Problem(field=key, reason="is used but defined nowhere", fix=nearest(key, known))
                for key in free
            ]
        )
    with _uncollected():
        model = read(network)
        machine = build_machine(model, lanes, cache)
    nominal = np.array(
        [network.parameters[key].canonical if key != RUN_IN else 0.0 for key in model.parameters]
    )
    scale = np.array([to_canonical(species.scale, species.unit) for species in network.species])
    return System(
        network,
        model.states,
        model.parameters,
        nominal,
        scale,
        {key: i for i, key in enumerate(model.states)},
        {key: i for i, key in enumerate(model.parameters)},
        model,
        machine,
    )


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without search for reference cycles meanwhile: a graph of many small objects has none, and the search takes a fifth
    of the time to build it."""
    wanted = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if wanted:
            gc.enable()


__all__ = ["System", "compile_network"]
