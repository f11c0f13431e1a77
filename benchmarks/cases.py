"""Patients of a published trial with the doses that they receive under its rule: what every engine solves alike."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from leukin.catalog import load_catalog, load_trial
from leukin.dosing import amounts
from leukin.engine import System, solve
from leukin.keys import Key
from leukin.population import sample
from leukin.simulate import Input, Start, run_in, simulate
from leukin.timeline import boundaries, slot_count
from leukin.trial import plan
from leukin.trial.decisions import withholding

Floats = NDArray[np.float64]
TRIAL, HORIZON, SETTLING = "fyfe-1995-rcc", 60 * 24.0, 1440.0
#: what the rule looks at
WATCHED = ("IL2_plasma", "SBP", "urine", "creatinine", "weight", "permeability", "pressor", "pSTAT5.treg")
#: tolerance of the reference, relative and in typical magnitudes
TIGHT = {"rtol": 1e-12, "atol": 1e-15}


@dataclass(frozen=True, slots=True)
class Piece:
    """From `start` to `stop` (h) nothing happens; outputs lie behind start, up to stop; changes are made at the start."""

    start: float
    stop: float
    outputs: Floats
    changes: tuple[Input, ...]


@dataclass(frozen=True, slots=True)
class Cases:
    """A group of patients, solved by everybody between the same boundaries and at the same outputs."""

    system: System
    start: Start
    pieces: tuple[Piece, ...]
    doses: Floats

    @property
    def outputs(self) -> Floats:
        """All output times (h)."""
        return np.concatenate([piece.outputs for piece in self.pieces])


def cases(patients: int, receptor: Literal["reduced", "full"] = "reduced", seed: int = 1) -> Cases:
    """Draw patients and treat them once under the rule; outputs once a day and before each boundary.

    receptor: the form of the receptor that they have, as in a trial file.
    """
    catalogue = load_catalog()
    trial = plan(replace(load_trial(TRIAL, catalogue), receptor=receptor), catalogue)
    system, arm, ids = trial.system, trial.scenario.arms[0], np.arange(patients, dtype=np.int64)
    drawn = sample(system, trial.recipe, Key(seed), ids)
    start = run_in(system, drawn.parameters, SETTLING)
    weight, height = (drawn.parameters[:, system.parameter_index[key]] for key in ("weight", "height"))
    given = amounts(arm, {d.molecule: catalogue.molecule(d.molecule) for d in arm.doses}, weight, height)
    slots = slot_count(boundaries(arm, HORIZON))
    rule = withholding(catalogue.rule(arm.rule).parameters, Key(seed), ids, slots)
    hours = np.arange(0.0, HORIZON + 1.0)
    done = simulate(system, start, arm, given, horizon=HORIZON, times=hours, record=WATCHED, decide=rule)
    moments = sorted({0.0, HORIZON, *(change.time for change in done.inputs)})
    outputs = np.unique([*moments, *np.arange(0.0, HORIZON + 1.0, 24.0)])
    pieces = tuple(
        Piece(
            a,
            b,
            outputs[(outputs > a) & (outputs <= b)],
            tuple(change for change in done.inputs if change.time == a),
        )
        for a, b in itertools.pairwise(moments)
    )
    return Cases(system, start, pieces, (done.actions == 0).sum(axis=1).astype(float))


def chosen(group: Cases, keep: NDArray[np.int64]) -> Cases:
    """Patients of a group by their places, which may be repeated."""
    s = group.start
    pieces = tuple(
        Piece(
            p.start,
            p.stop,
            p.outputs,
            tuple(Input(c.time, c.target, c.kind, c.values[keep]) for c in p.changes),
        )
        for p in group.pieces
    )
    start = Start(s.state[keep], s.parameters[keep], s.status[keep], s.step[keep])
    return Cases(group.system, start, pieces, group.doses[keep])


@dataclass(frozen=True, slots=True)
class Solved:
    """States [patient, output, state], when each extinction happened, steps of each patient."""

    states: Floats
    extinct: Floats
    steps: Floats


def ours(group: Cases, **tolerance: float) -> Solved:
    """All patients by leukin, in one block."""
    system = group.system
    state, params = group.start.state.copy(), group.start.parameters.copy()
    step, status = group.start.step, group.start.status
    saved, steps = [], np.zeros(len(state))
    extinct = np.full((len(state), len(system.network.extinctions)), np.nan)
    for piece in group.pieces:
        for change in piece.changes:
            if change.kind == "set":
                params[:, system.parameter_index[change.target]] = change.values
            else:
                state[:, system.state_index[change.target]] += change.values
        found = solve(
            system,
            state,
            params,
            piece.start,
            piece.stop,
            piece.outputs,
            step=step,
            status=status,
            **tolerance,
        )
        state, step, status = found.state, found.step, found.status
        saved.append(found.saved)
        steps += found.steps
        extinct = np.where(np.isnan(extinct), found.extinct, extinct)
    if status.any():
        raise SystemExit(f"leukin failed in {np.count_nonzero(status)} patients of {len(status)}")
    return Solved(np.concatenate(saved, axis=1), extinct, steps)


#: (state, parameters, start, times behind it) -> states at the times; state and parameters in canonical units
Segment = Callable[[Floats, Floats, float, Floats], Floats]


def theirs(group: Cases, patient: int, extinct: Floats, segment: Segment) -> Floats:
    """States [output, state] of one patient by another engine, in canonical units.

    A boundary at which nothing changes for this patient is passed over. The moments of extinction, extinct[extinction]
    (h), are told: they are boundaries at which the species becomes zero.
    """
    system = group.system
    state, params = group.start.state[patient].copy(), group.start.parameters[patient].copy()
    clones = [system.state_index[e.species] for e in system.network.extinctions]
    moments = sorted(float(t) for t in extinct if np.isfinite(t))
    found: list[Floats] = []
    now, wanted = 0.0, []

    def run(stop: float) -> None:
        nonlocal state, now, wanted
        if stop == now:
            return
        times = np.unique([*wanted, stop])
        values = segment(state, params, now, times)
        found.append(values[: len(wanted)])
        state, now, wanted = values[-1].copy(), stop, []

    for piece in group.pieces:
        changes = [c for c in piece.changes if _changes(system, params, c, patient)]
        if changes:
            run(piece.start)
        for change in changes:
            if change.kind == "set":
                params[system.parameter_index[change.target]] = change.values[patient]
            else:
                state[system.state_index[change.target]] += change.values[patient]
        outputs = list(piece.outputs)
        while moments and moments[0] <= piece.stop:
            moment = moments.pop(0)
            wanted += [t for t in outputs if t < moment]
            outputs = [t for t in outputs if t >= moment]
            run(moment)
            state[[clone for clone, t in zip(clones, extinct, strict=True) if t == moment]] = 0.0
        wanted += outputs
    run(group.pieces[-1].stop)
    return np.concatenate(found)


def _changes(system: System, params: Floats, change: Input, patient: int) -> bool:
    value = change.values[patient]
    if change.kind == "add":
        return bool(value != 0.0)
    return bool(value != params[system.parameter_index[change.target]])


def errors(group: Cases, found: Floats, wanted: Floats) -> Floats:
    """The worst difference of each patient over states and outputs, over the state's largest value in this patient.

    found, wanted: [patient, output, state]; a largest value counts as at least 1/1000 of the typical magnitude.
    """
    size = np.maximum(np.abs(wanted).max(axis=1), 1e-3 * group.system.scale)
    return np.asarray((np.abs(found - wanted).max(axis=1) / size).max(axis=1))
