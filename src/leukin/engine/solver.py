"""Solves one segment of time for a block of patients; nothing in it is discontinuous but extinctions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leukin.engine.compile import BROKEN, NOT_FINITE, OK, TOO_MANY, TOO_SMALL, UNSTABLE
from leukin.engine.stages import NEAR
from leukin.engine.system import System
from leukin.errors import Problem, SolveError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: what the status of a patient means; 0 is success
REASONS: Mapping[int, str] = MappingProxyType(
    {
        OK: "ok",
        NOT_FINITE: "a parameter or the state at the start is not a finite number",
        TOO_SMALL: "the step size fell below its floor",
        TOO_MANY: "the limit of steps was reached",
        BROKEN: "the equations gave a value that is not a finite number",
        UNSTABLE: "linear systems lost their accuracy, with pivots exchanged too",
    }
)
#: a step below this fraction of the segment is a failure; most steps of a patient in one segment
FLOOR, LIMIT = 1e-13, 100_000
#: below zero by less than this part of its scale, or of its tolerance, a state is as good as zero
NOTHING, SHARE = 5e-10, 5e-3
#: how much tighter the slow engine solves: at the same tolerance its error is larger; how often it solves again, each time
#: with so much less of an absolute tolerance, because a state fell below zero by an error
FINER, TIGHTER = 0.1, 4


@dataclass(frozen=True, slots=True)
class Segment:
    """The result of one segment.

    state[patient, state] at the end, or where a patient failed; saved[patient, time, state], NaN behind a failure;
    step[patient]: proposed next step (h); steps[patient]: steps tried; status[patient], see REASONS;
    extinct[patient, extinction]: when the species fell below its threshold (h), else NaN; pivoted[patient]: solved by the
    slow engine, whose linear systems exchange pivots.
    """

    state: Floats
    saved: Floats
    step: Floats
    steps: Ints
    status: Ints
    extinct: Floats
    pivoted: NDArray[np.bool_]


def solve(
    system: System,
    state: ArrayLike,
    params: ArrayLike,
    start: float,
    stop: float,
    times: Sequence[float] | Floats = (),
    step: ArrayLike | None = None,
    status: ArrayLike | None = None,
    rtol: float = 1e-6,
    atol: float | None = None,
    limit: int = LIMIT,
) -> Segment:
    """Solve from `start` to `stop` (h) for every patient with its own adaptive steps.

    state[patient, state], params[patient, parameter]: canonical units; times: increasing, within [start, stop], with the
    state at entry at `start` and the state at the end at `stop`; step[patient]: first step, NaN or None to choose it;
    status[patient]: patients with a status other than 0 stay as they are; limit: most steps of a patient. The error of
    each step, over atol*scale + rtol*|state| (atol is rtol/10 unless given), has a root mean square of at most 1 over
    the states, and that of one state is at most 6. A step, or an output within it, in which a state falls from zero or above
    to below by an error of that size is taken again, shorter; a state that truly changes sign is left alone. A patient's
    result has the same bits whoever else is in the block. Other threads run meanwhile.

    Linear systems are solved with a fixed order of pivots; factors of some steps are verified (`stages.verify`). A patient
    in whom they fail again and again is solved from the start of the segment by the slow engine of `reference`.

    Raises SolveError for arrays that do not fit.
    """
    y = np.array(state, dtype=np.float64, order="C")
    p = np.ascontiguousarray(params, dtype=np.float64)
    n = len(y)
    when = np.ascontiguousarray(times, dtype=np.float64)
    _check(system, y, p, when, start, stop)
    h = np.full(n, np.nan) if step is None else np.array(np.broadcast_to(np.asarray(step, np.float64), n))
    code = np.zeros(n, np.int64) if status is None else np.array(status, dtype=np.int64)
    saved = np.empty((n, len(when), y.shape[1]))
    steps = np.zeros(n, np.int64)
    extinct = np.full((n, len(system.model.extinctions)), np.nan)
    if stop == start:
        saved[:] = y[:, None, :]
        return Segment(y, saved, h, steps, code, extinct, np.zeros(n, bool))
    machine = system.machine
    work = machine.work()
    width, offset = machine.lanes, machine.layout.offset
    work[offset["relative"] * width :][:width] = rtol
    absolute = 0.1 * rtol if atol is None else atol
    work[offset["tolerance"] * width :][: y.shape[1]] = absolute * system.scale
    work[offset["nothing"] * width :][:width] = max(SHARE, NOTHING / absolute) if absolute > 0 else 0.0
    floor = max(FLOOR * (stop - start), 4.0 * np.spacing(max(abs(start), abs(stop))))
    code[(code == OK) & ~(np.isfinite(y).all(axis=1) & np.isfinite(p).all(axis=1))] = NOT_FINITE
    machine.begin(work.ctypes.data, n, p.ctypes.data, y.ctypes.data, h.ctypes.data, code.ctypes.data, floor)
    # those that begin with short steps take most of them: they come first, so that lanes end together
    order = np.argsort(h, kind="stable").astype(np.int64, copy=False)
    machine.advance(
        work.ctypes.data, n, order.ctypes.data, p.ctypes.data, y.ctypes.data, when.ctypes.data, len(when), saved.ctypes.data, h.ctypes.data,
        steps.ctypes.data, code.ctypes.data, extinct.ctypes.data, start, stop, floor, limit,
    )  # fmt: skip
    found = Segment(y, saved, h, steps, code, extinct, code == UNSTABLE)
    if found.pivoted.any():
        _pivot(system, found, np.asarray(state, dtype=np.float64), p, start, stop, when, rtol)
    return found


def _pivot(
    system: System,
    found: Segment,
    state: Floats,
    p: Floats,
    start: float,
    stop: float,
    when: Floats,
    rtol: float,
) -> None:
    """Solve the patients `found.pivoted` anew, in place; those in whom a state dips below zero by an error, more exactly."""
    from leukin.engine.reference import solve_reference

    rows, exact = np.flatnonzero(found.pivoted), rtol * FINER**2
    bound = -max(SHARE * 0.1 * rtol, NOTHING) * system.scale
    for _ in range(TIGHTER):
        again = solve_reference(
            system, state[rows], p[rows], start, stop, when, rtol=rtol * FINER, atol=exact
        )
        found.state[rows], found.saved[rows], found.extinct[rows] = again.state, again.saved, again.extinct
        found.steps[rows] += again.steps
        found.step[rows] = np.nan
        found.status[rows] = np.where(again.status == OK, OK, UNSTABLE)
        lowest = np.minimum(again.state, again.saved.min(axis=1, initial=np.inf))
        dips = (state[rows] >= bound) & (lowest < bound) & (lowest > -NEAR * exact * system.scale)
        rows, exact = rows[dips.any(axis=1)], exact * FINER
        if not len(rows):
            break


def _check(system: System, y: Floats, p: Floats, when: Floats, start: float, stop: float) -> None:
    problems = []
    if y.ndim != 2 or y.shape[1] != len(system.states):
        problems.append(
            Problem(field="state", reason=f"has shape {y.shape}", fix=f"[patient, {len(system.states)}]")
        )
    if p.shape != (len(y), len(system.parameters)):
        problems.append(
            Problem(
                field="params", reason=f"has shape {p.shape}", fix=f"[{len(y)}, {len(system.parameters)}]"
            )
        )
    if not np.isfinite([start, stop]).all() or stop < start:
        problems.append(Problem(field="stop", reason=f"a segment from {start} to {stop} h"))
    if len(when) and (when[0] < start or when[-1] > stop or (np.diff(when) < 0).any()):
        problems.append(Problem(field="times", reason=f"not increasing within {start} to {stop} h"))
    if problems:
        raise SolveError(problems)
