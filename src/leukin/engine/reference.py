"""A slow and readable engine to check the fast one: SciPy's LSODA on a right-hand side written as plain Python.

Nothing is shared with the fast engine but the network: the text of the equations comes straight from its expressions, the
Jacobian from differences (which states occur in which equation is read from them too), steps and orders from LSODA, which
is a multistep method where the fast engine is a one-step method, extinctions from the events of `solve_ivp`. A patient
of a trial takes some seconds for 60 days.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leukin.engine.compile import BROKEN, NOT_FINITE, OK, TOO_MANY
from leukin.engine.solver import Segment
from leukin.engine.system import System
from leukin.quantity import Expr

Floats = NDArray[np.float64]
Rate = Callable[[float, Any], list[float]]

#: relative change of a state by which the Jacobian is taken, and its floor in typical magnitudes of the state
CHANGE, LEAST = 1e-7, 1e-6
#: most evaluations of one patient's right-hand side in one segment; LSODA itself never gives up
LIMIT = 200_000
#: what plain Python says to a division by zero or the logarithm of a negative number
IMPOSSIBLE = (ArithmeticError, ValueError)


class _TooManyError(Exception):
    """The limit of evaluations was reached."""


def solve_reference(
    system: System,
    state: ArrayLike,
    params: ArrayLike,
    start: float,
    stop: float,
    times: Sequence[float] | Floats = (),
    step: ArrayLike | None = None,
    status: ArrayLike | None = None,
    rtol: float = 1e-10,
    atol: float = 1e-13,
) -> Segment:
    """Solve one segment for every patient, one after the other; arguments and result as in `solve`.

    `step` is ignored; the `steps` of the result count evaluations of the right-hand side.
    """
    y = np.array(state, dtype=np.float64)
    p = np.asarray(params, dtype=np.float64)
    n, size = y.shape
    when = np.asarray(times, dtype=np.float64)
    code = np.zeros(n, np.int64) if status is None else np.array(status, dtype=np.int64)
    saved = np.full((n, len(when), size), np.nan)
    steps = np.zeros(n, np.int64)
    extinct = np.full((n, len(system.network.extinctions)), np.nan)
    build, pattern = right_hand_side(system), occurrences(system)
    for i in np.flatnonzero(code == OK):
        if not (np.isfinite(y[i]).all() and np.isfinite(p[i]).all()):
            code[i] = NOT_FINITE
            continue
        try:
            patient = _Patient(system, build(p[i]), pattern, p[i], rtol, atol)
        except IMPOSSIBLE:
            code[i] = BROKEN
            continue
        code[i] = patient.solve(y[i], start, stop, when, saved[i], extinct[i])
        steps[i] = patient.calls
    return Segment(y, saved, np.full(n, np.nan), steps, code, extinct, np.ones(n, bool))


class _Patient:
    """One patient's equations and tolerances."""

    def __init__(self, system: System, rate: Rate, pattern: Any, params: Floats, rtol: float, atol: float):
        self.calls, self.equations = 0, rate
        self.slopes = differences(self.rate, pattern, LEAST * system.scale)
        self.rtol, self.atol = rtol, atol * system.scale
        values = dict(zip(system.parameters, params, strict=True))
        index = system.state_index
        self.clones = [
            (index[e.species], float(_value(system, e.threshold, values))) for e in system.network.extinctions
        ]

    def rate(self, time: float, y: Floats) -> list[float]:
        """The right-hand side, counted."""
        self.calls += 1
        if self.calls > LIMIT:
            raise _TooManyError
        return self.equations(time, y)

    def solve(
        self, y: Floats, start: float, stop: float, when: Floats, saved: Floats, extinct: Floats
    ) -> int:
        """Advance `y` in place; the status."""
        from scipy.integrate import solve_ivp

        saved[when == start] = y
        now = start
        while now < stop:
            events = [self._event(state, threshold) for state, threshold in self.clones]
            inside = when[(when > now) & (when <= stop)]
            try:
                run = solve_ivp(
                    self.rate, (now, stop), y.copy(), "LSODA", t_eval=np.unique([*inside, stop]), events=events or None,
                    rtol=self.rtol, atol=self.atol, jac=self.slopes,
                )  # fmt: skip
            except _TooManyError:
                return TOO_MANY
            except IMPOSSIBLE:
                return BROKEN
            if run.status < 0 or not np.isfinite(run.y).all():
                return BROKEN
            for time, values in zip(run.t, run.y.T, strict=True):
                saved[when == time] = values
            if run.status == 0:
                y[:] = run.y[:, -1]
                return OK
            which = next(k for k, found in enumerate(run.t_events) if len(found))
            now = float(run.t_events[which][0])
            y[:] = run.y_events[which][0]
            y[self.clones[which][0]] = 0.0
            extinct[which] = now
        return OK

    @staticmethod
    def _event(state: int, threshold: float) -> Any:
        def below(time: float, y: Floats) -> float:
            return float(y[state] - threshold)

        below.terminal = True  # type: ignore[attr-defined]
        below.direction = -1.0  # type: ignore[attr-defined]
        return below


def differences(rate: Rate, pattern: Any, least: Floats) -> Callable[[float, Floats], Floats]:
    """The Jacobian [state, state] by forward differences, as a function of time and state.

    States that no equation has in common are changed together; least: float64[state], smallest magnitudes from which a
    change is taken. The solver's iterations alone depend on it, not its result.
    """
    size = pattern.shape[0]
    rows = [pattern[:, [j]].nonzero()[0] for j in range(size)]
    groups: list[tuple[list[int], set[int]]] = []
    for j, touched in enumerate(rows):
        for group, taken in groups:
            if taken.isdisjoint(touched):
                group.append(j)
                taken.update(touched)
                break
        else:
            groups.append(([j], set(touched)))

    def slopes(time: float, y: Floats) -> Floats:
        matrix = np.zeros((size, size))
        here = np.array(rate(time, y))
        change = CHANGE * np.maximum(np.abs(y), least)
        for group, _ in groups:
            there = y.copy()
            there[group] += change[group]
            moved = np.array(rate(time, there)) - here
            for j in group:
                matrix[rows[j], j] = moved[rows[j]] / (there[j] - y[j])
        return matrix

    return slopes


def _value(system: System, expression: Expr, values: dict[str, Any]) -> Any:
    for variable in system.network.variables_in_order():
        if variable.expression.names <= values.keys():
            values = {**values, variable.id: variable.expression.evaluate(values)}
    return expression.evaluate(values)


def right_hand_side(system: System) -> Callable[[Floats], Rate]:
    """Python code of a network's derivatives: given parameters, a function of time and state."""
    lines = ["def build(given_):"]
    lines += [f"    {key} = float(given_[{i}])" for i, key in enumerate(system.parameters)]
    fixed, inner = set(system.parameters), []
    for variable in system.network.variables_in_order():
        text = f"{variable.id} = {python(variable.expression)}"
        if variable.expression.names <= fixed:
            fixed.add(variable.id)
            lines.append(f"    {text}")
        else:
            inner.append(f"        {text}")
    names = ", ".join(system.states)
    lines += ["    def rate(time_, state_):", f"        {names}, = state_.tolist()", *inner]
    terms: dict[str, list[str]] = {key: [] for key in system.states}
    for number, reaction in enumerate(system.network.reactions):
        lines.append(f"        flux_{number}_ = {python(reaction.rate)}")
        for side, sign in ((reaction.products, "+"), (reaction.reactants, "-")):
            for key, coefficient in side.items():
                terms[key].append(f"{sign} {python(coefficient)}*flux_{number}_")
    lines.append(f"        return [{', '.join(' '.join(terms[key]) or '0.0' for key in system.states)}]")
    lines.append("    return rate")
    space: dict[str, Any] = {
        "exp": math.exp,
        "log": math.log,
        "sqrt": math.sqrt,
        "power": _power,
        "max": max,
        "min": min,
    }
    exec("\n".join(lines), space)
    build: Callable[[Floats], Rate] = space["build"]
    return build


def occurrences(system: System) -> Any:
    """Sparse matrix of ones: which states (columns) occur in the derivative of which state (row)."""
    from scipy.sparse import lil_matrix

    index = system.state_index
    within: dict[str, set[str]] = {key: {key} for key in index}
    for variable in system.network.variables_in_order():
        within[variable.id] = set().union(*(within.get(key, set()) for key in variable.expression.names))
    matrix = lil_matrix((len(index), len(index)))
    for reaction in system.network.reactions:
        for key, coefficient in (*reaction.reactants.items(), *reaction.products.items()):
            for used in coefficient.names | reaction.rate.names:
                for state in within.get(used, set()):
                    matrix[index[key], index[state]] = 1.0
    return matrix.tocsr()


def _power(x: float, y: float) -> float:
    return x**y if x > 0 or y == round(y) else 0.0


_SYMBOLS = {"add": "+", "sub": "-", "mul": "*", "div": "/"}


def python(e: Expr) -> str:
    """An expression as Python text."""
    if e.op == "number":
        return repr(float(e.args[0]))
    if e.op == "name":
        return str(e.args[0])
    args = [python(arg) for arg in e.args]
    if e.op in ("add", "sub", "mul", "div"):
        return f"({args[0]} {_SYMBOLS[e.op]} {args[1]})"
    if e.op == "neg":
        return f"(-{args[0]})"
    return f"{'power' if e.op == 'pow' else e.op}({', '.join(args)})"
