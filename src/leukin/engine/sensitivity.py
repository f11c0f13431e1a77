"""Derivatives of solutions and observables by parameters: a system compiled with the tangents of chosen parameters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leukin.engine.compile import OK, build_machine
from leukin.engine.differentiate import derivatives
from leukin.engine.solver import LIMIT, Segment, solve
from leukin.engine.system import System
from leukin.engine.tangent_steps import ADDRESSES
from leukin.engine.tangent_terms import tangent_terms
from leukin.engine.tangents import Tangents
from leukin.errors import AssemblyError, Problem, SolveError, nearest
from leukin.quantity import Expr, from_canonical, unit
from leukin.quantity.graph import Node

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TangentSegment:
    """A solved segment with the tangents at its end and at the times wanted; NaN behind a failure.

    tangents[patient, name, state]: derivatives of the state by each parameter; saved[patient, time, name, kept state].
    """

    segment: Segment
    tangents: Floats
    saved: Floats


@dataclass(frozen=True, slots=True)
class Sensitive:
    """A system with machine code for the derivatives by the parameters `names`; see `tangents` for the equations.

    ways: parameters that may move with one of `names`: these themselves, then the baselines. How far is told by
    ways[patient, name, way], derivatives of parameters by parameters.
    """

    system: System
    names: tuple[str, ...]
    ways: tuple[str, ...]
    plans: dict[tuple[Expr, ...], list[dict[str, Node]]] = field(default_factory=dict, repr=False)

    def own_ways(self, patients: int) -> Floats:
        """Each of `names` moves with itself alone, as before the run-in: float64[patient, name, way]."""
        found = np.zeros((patients, len(self.names), len(self.ways)))
        for c in range(len(self.names)):
            found[:, c, c] = 1.0
        return found

    def initial(self, params: Floats, ways: Floats) -> Floats:
        """Derivatives of the state before anything happened, float64[patient, name, state]."""
        system = self.system
        shape = (len(params), len(system.states))
        found = self._chain(
            [species.initial for species in system.network.species], np.zeros(shape), params,
            np.zeros((len(params), len(self.names), len(system.states))), ways,
        )  # fmt: skip
        return np.stack(found, axis=-1)

    def evaluate(
        self, expression: Expr, states: Floats, params: Floats, tangents: Floats, ways: Floats
    ) -> Floats:
        """Derivatives of an expression for states[patient, ..., state], tangents[patient, ..., name, state], canonical."""
        return self._chain([expression], states, params, tangents, ways)[0]

    def observe(
        self,
        names: Iterable[str],
        states: Floats,
        params: Floats,
        tangents: Floats,
        ways: Floats,
        kept: Sequence[int] | None = None,
    ) -> dict[str, dict[str, Floats]]:
        """[parameter][observable]: derivatives in the unit of the observable over that of the parameter.

        tangents[patient, ..., name, state], of the states in `kept` only if given.
        """
        wanted = tuple(names)
        expressions = [self.system.expression(key) for key in wanted]
        values = self._chain(expressions, states, params, tangents, ways, kept)
        found: dict[str, dict[str, Floats]] = {key: {} for key in self.names}
        for key, value in zip(wanted, values, strict=True):
            shown = from_canonical(value, self.system.unit_of(key))
            for c, parameter in enumerate(self.names):
                factor = unit(self.system.unit_of(parameter)).factor
                found[parameter][key] = np.ascontiguousarray(shown[..., c]) * factor
        return found

    def read_states(self, names: Iterable[str]) -> list[int]:
        """The states that observables depend on."""
        rows = self._slopes([self.system.expression(key) for key in names])
        index = self.system.state_index
        return sorted({index[key] for row in rows for key in row if key in index})

    def _slopes(self, expressions: list[Expr]) -> list[dict[str, Node]]:
        """Derivatives of each expression by states and ways."""
        key = tuple(expressions)
        if key not in self.plans:
            model = self.system.model
            with model.lock:
                names = [*model.states, *self.ways]
                roots = [model.node(expression) for expression in expressions]
                self.plans[key] = [derivatives(model.graph, [root], names)[0] for root in roots]
        return self.plans[key]

    def _chain(
        self,
        expressions: list[Expr],
        states: Floats,
        params: Floats,
        tangents: Floats,
        ways: Floats,
        kept: Sequence[int] | None = None,
    ) -> list[Floats]:
        """d/dp of expressions, float64[patient, ..., name]: sum of slopes by states and by ways, each times its own."""
        system = self.system
        rows = self._slopes(expressions)
        nodes = list(dict.fromkeys(node for row in rows for node in row.values()))
        place = {node: k for k, node in enumerate(nodes)}
        values = system.values(nodes, states, params)
        shape = states.shape[:-1]
        column = {j: k for k, j in enumerate(range(len(system.states)) if kept is None else kept)}
        way = {key: q for q, key in enumerate(self.ways)}
        wide = (len(params), *(1,) * (len(shape) - 1), len(self.names))
        results = []
        for row in rows:
            total = np.zeros((*shape, len(self.names)))
            for key, node in row.items():
                slope = values[place[node]][..., None]
                if key in system.state_index:
                    total += slope * tangents[..., column[system.state_index[key]]]
                else:
                    total += slope * ways[:, :, way[key]].reshape(wide)
            results.append(total)
        return results


def compile_sensitive(
    system: System, names: Sequence[str], *, lanes: int | None = None, cache: Path | None = None
) -> Sensitive:
    """Compile a system together with tangents by the parameters `names`; takes about twice as long as the system alone.

    A parameter with a formula of its own in the catalogue (derived) is a parameter of the network like any other: the
    derivative by one holds all others. Raises AssemblyError for a name that is not a parameter of the network.
    """
    known = system.network.parameters
    wanted = tuple(dict.fromkeys(names))
    problems = [
        Problem(field=key, reason="is not a parameter of this model", fix=nearest(key, known))
        for key in wanted
        if key not in known
    ]
    if problems:
        raise AssemblyError(problems)
    terms = tangent_terms(system.network, wanted)
    width = system.machine.lanes if lanes is None else lanes
    machine = build_machine(terms.model, width, cache, Tangents(terms))
    return Sensitive(replace(system, model=terms.model, machine=machine), wanted, terms.ways)


def solve_tangents(
    sensitive: Sensitive,
    state: ArrayLike,
    params: ArrayLike,
    tangents: ArrayLike,
    ways: ArrayLike,
    start: float,
    stop: float,
    times: Sequence[float] | Floats = (),
    step: ArrayLike | None = None,
    status: ArrayLike | None = None,
    rtol: float = 1e-6,
    atol: float | None = None,
    limit: int = LIMIT,
    kept: Sequence[int] | None = None,
) -> TangentSegment:
    """Solve as `solve` does, to the same bits, and advance tangents[patient, name, state] with each step.

    ways[patient, name, way]: how far parameters move with each of the names; kept: states whose tangents are saved at
    `times` (None: all). A patient's tangents have the same bits whoever else is in the block. Their error is not
    controlled: it follows the tolerance of the solution. Raises SolveError for arrays that do not fit.
    """
    system = sensitive.system
    n, m = len(np.asarray(state)), len(sensitive.names)
    s = np.array(tangents, dtype=np.float64, order="C")
    w = np.ascontiguousarray(ways, dtype=np.float64)
    if s.shape != (n, m, len(system.states)) or w.shape != (n, m, len(sensitive.ways)):
        reason, fix = f"shapes {s.shape} and {w.shape}", f"[{n}, {m}, state] and [{n}, {m}, way]"
        raise SolveError(Problem(field="tangents, ways", reason=reason, fix=fix))
    when = np.ascontiguousarray(times, dtype=np.float64)
    rows = np.arange(len(system.states)) if kept is None else np.asarray(kept, dtype=np.int64)
    saved = np.full((n, len(when), m, len(rows)), np.nan)
    entered = np.zeros(n, np.int64) if status is None else np.array(status, dtype=np.int64)
    machine = system.machine
    width, offset = machine.lanes, machine.layout.offset
    whole = machine.work().view(np.int64)
    whole[offset["kept"] * width :][: len(rows)] = rows
    given = {"count": len(when), "many": len(rows), "times": when.ctypes.data, "tangents": s.ctypes.data}
    given |= {"saved": saved.ctypes.data, "ways": w.ctypes.data}
    whole[offset["address"] * width :][: len(ADDRESSES)] = [given[key] for key in ADDRESSES]
    machine.work()[offset["span"] * width :][:2] = start, stop
    found = solve(system, state, params, start, stop, when, step, entered, rtol, atol, limit)
    if stop == start:
        saved[:] = s[:, None][..., rows]
    s[(found.status != OK) & (entered == OK)] = np.nan
    return TangentSegment(found, s, saved)


__all__ = ["Sensitive", "TangentSegment", "compile_sensitive", "solve_tangents"]
