"""From patients and a treatment arm to time courses: doses and decisions cut time into segments, each solved whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from leukin.engine import Segment, System, solve
from leukin.engine.moving import Moving, empty_courses, moving
from leukin.errors import AssemblyError, Problem, SolveError, nearest
from leukin.network.model import RUN_IN
from leukin.scenario import GIVE, HOLD, STOP, Arm, Decide
from leukin.timeline import CYCLES_A_COURSE, Boundary, Setting, Slot, boundaries, slot_count

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: input parameter that is 1 while a patient is on the ward (fluids, vasopressor), if the network has it
WARD = "ward"
#: at steady state, what an interval changes relative to a state's size; and what counts as none when it falls no further
SETTLED, NOISE = 1e-9, 1e-5
#: intervals after which repeated doses must have settled, and after which a change is seen to fall no further
MOST, PATIENCE = 3000, 5
#: code in Trajectory.actions of a slot that was not reached (course not started)
NOT_REACHED = -1


#: solves one segment for a block of patients: `leukin.engine.solve`, or its slow reference
Solver = Callable[..., Segment]


@dataclass(frozen=True, slots=True)
class Start:
    """Patients at time 0, after the untreated run-in: state[patient, state], parameters with their baselines, status.

    moving: derivatives of states and baselines, if the run-in was asked for them.
    """

    state: Floats
    parameters: Floats
    status: Ints
    step: Floats
    moving: Moving | None = None


@dataclass(frozen=True, slots=True)
class Input:
    """What was done at `time` (h): a parameter set to, or a species increased by, values[patient] (canonical)."""

    time: float
    target: str
    kind: Literal["set", "add"]
    values: Floats


@dataclass(frozen=True, slots=True)
class Trajectory:
    """Time courses: values[name] is float64[patient, time] in units[name]; times in h.

    actions[patient, slot]: GIVE, HOLD, STOP or NOT_REACHED; extinct[patient, clone]: time (h) or NaN; status 0 is ok;
    inputs: everything that was done to the patients, in order of time; sensitivities[parameter][observable]: float64[patient,
    time], derivatives in the unit of the observable over that of the parameter, if asked for.
    """

    times: Floats
    values: Mapping[str, Floats]
    units: Mapping[str, str]
    actions: NDArray[np.int8]
    slot_times: Floats
    slot_course: Ints
    slot_cycle: Ints
    extinct: Floats
    status: Ints
    steps: Ints
    inputs: tuple[Input, ...]
    sensitivities: Mapping[str, Mapping[str, Floats]] = field(default_factory=dict)

    def __getitem__(self, key: str | tuple[str, str]) -> Floats:
        """Values of an observable or state, `trajectory["IL2_plasma"]` or `trajectory["pSTAT5", "treg"]`."""
        name = ".".join(key) if isinstance(key, tuple) else key
        if name not in self.values:
            raise AssemblyError(Problem(field=name, reason="not recorded", fix=nearest(name, self.values)))
        return self.values[name]


def run_in(
    system: System,
    parameters: Floats,
    hours: float,
    solver: Solver = solve,
    *,
    sensitivities: Sequence[str] = (),
    rtol: float | None = None,
) -> Start:
    """Let untreated patients settle for `hours` with the tumour frozen, then set the baseline parameters.

    parameters: float64[patient, parameter] in canonical units. The state at the end is an exact steady state of
    everything but the tumour, since production and drives are taken from it. sensitivities: parameters by which `simulate`
    is to differentiate, through initial values, the run-in and the baselines; rtol: tolerance (None: the solver's own).
    Raises AssemblyError for a name that is not a parameter.
    """
    params = np.array(parameters, dtype=np.float64)
    settling = RUN_IN in system.parameters
    if settling:
        params[:, system.parameter_index[RUN_IN]] = 1.0
    state = system.initial(params)
    options: dict[str, Any] = {} if rtol is None else {"rtol": rtol}
    tangents = _moving(system, sensitivities, params, solver)
    if tangents is None:
        segment = solver(system, state, params, 0.0, hours, **options)
    else:
        segment, tangents, _ = tangents.solve(state, params, 0.0, hours, **options)
    for baseline in system.network.baselines:
        value = system.evaluate(baseline.expression, segment.state, params)
        if tangents is not None:
            tangents = tangents.set_to(baseline.parameter, baseline.expression, segment.state, params)
        params[:, system.parameter_index[baseline.parameter]] = value
    if settling:
        params[:, system.parameter_index[RUN_IN]] = 0.0
    if tangents is not None:
        tangents = tangents.set(RUN_IN)
    return Start(segment.state, params, segment.status, segment.step, tangents)


def _moving(system: System, names: Sequence[str], params: Floats, solver: Solver) -> Moving | None:
    if not names:
        return None
    if solver is not solve:
        reason = "another solver than leukin's own gives no derivatives"
        raise AssemblyError(Problem(field="sensitivities", reason=reason, fix="leave out solver"))
    return moving(system, names, params)


def simulate(
    system: System,
    start: Start,
    arm: Arm,
    amounts: Sequence[Floats],
    *,
    horizon: float,
    times: Floats,
    record: Sequence[str],
    decide: Decide | None = None,
    proceed: Callable[[int, float, Mapping[str, Floats], Floats], NDArray[np.bool_]] | None = None,
    solver: Solver = solve,
    sensitivities: Sequence[str] = (),
    rtol: float | None = None,
    settings: Sequence[Setting] = (),
) -> Trajectory:
    """Simulate a block of patients under one arm up to `horizon` (h).

    amounts: nmol of every series of doses, float64[patient] each; times (h): when `record` (observables or states) is
    saved, at a discontinuity with the value after it; decide: called once per dose slot for the whole block (none: all
    doses are given); proceed(course, time, values so far, times so far): who enters a further course; rtol: tolerance
    (None: the solver's own); settings: parameters that change in the course of all patients, whatever their doses.

    sensitivities: parameters by which every recorded value is differentiated, among those that `run_in` was asked for.
    Derivatives go through initial values, run-in, baselines, doses and extinctions (see `leukin.engine.tangents`). Doses in
    nmol, decisions (which dose is given, who goes on) and parameters set by a schedule are held as they were; one with a
    formula in the catalogue moves only by itself. Values keep their bits, since the steps follow the error of the solution
    alone. Raises AssemblyError for a name that the run-in was not asked for.
    """
    if sensitivities:
        if start.moving is None or solver is not solve:
            reason, fix = (
                "run_in was not asked for them, or another solver is used",
                "run_in(..., sensitivities)",
            )
            raise AssemblyError(Problem(field="sensitivities", reason=reason, fix=fix))
        start = replace(start, moving=start.moving.chosen(system, sensitivities))
    else:
        start = replace(start, moving=None)
    options: dict[str, Any] = {} if rtol is None else {"rtol": rtol}
    start = at_steady_state(system, start, arm, amounts, solver, rtol)
    run = _Run(system, start, arm, list(amounts), np.asarray(times, float), tuple(record), solver, options)
    plan = boundaries(arm, horizon, settings)
    run.prepare(plan, horizon)
    memory: Any = None
    for boundary in plan:
        run.advance(boundary.time)
        if boundary.course is not None:
            run.enter(boundary, proceed)
        if boundary.ward is not None:
            run.ward(boundary.ward)
        if boundary.setting is not None:
            run.apply(boundary.setting)
        for series in boundary.ends:
            run.set(run.ports[series].target, np.zeros(run.n))
        for slot in boundary.slots:
            memory = run.dose(slot, decide, memory)
    run.advance(horizon, last=True)
    return run.trajectory()


def at_steady_state(
    system: System,
    start: Start,
    arm: Arm,
    amounts: Sequence[Floats],
    solver: Solver = solve,
    rtol: float | None = None,
) -> Start:
    """The start of patients who had the doses of an arm marked `ss` before, until each interval was like the last.

    States that only add up (a cumulative hazard) stay as they were. Raises SolveError where nothing repeats itself.
    """
    series = [number for number, dose in enumerate(arm.doses) if dose.ss]
    if not series:
        return start
    every = arm.doses[series[0]].every
    options: dict[str, Any] = {} if rtol is None else {"rtol": rtol}
    run = _Run(system, start, arm, list(amounts), np.zeros(0), (), solver, options)
    counted = [system.state_index[name] for name in _counted_only(system)]
    best, since = np.inf, 0

    def interval() -> None:
        run.now, ends = 0.0, {0.0, every}
        ends |= {arm.doses[number].infusion for number in series if arm.doses[number].infusion > 0}
        for time in sorted(ends):
            run.advance(time)
            for number in series:
                dose, port = arm.doses[number], run.ports[number]
                if time == 0.0:
                    run.enter_dose(number, run.amounts[number])
                elif time == dose.infusion and port.kind == "rate":
                    run.set(port.target, np.zeros(run.n))
        run.state[:, counted] = start.state[:, counted]
        if run.moving is not None and start.moving is not None:
            run.moving.tangents[:, :, counted] = start.moving.tangents[:, :, counted]

    for _ in range(MOST):
        before = run.state.copy()
        interval()
        size = np.maximum(np.abs(run.state), system.scale)
        ok = run.status == 0
        change = float((np.abs(run.state - before) / size)[ok].max(initial=0.0))
        since = 0 if change < best else since + 1
        best = min(best, change)
        if change < SETTLED or (best < NOISE and since >= PATIENCE):
            found = Start(run.state.copy(), run.params, run.status, run.step)
            return replace(found, moving=_settled(run, interval))
    reason = f"doses every {every:g} h come to no steady state in {MOST} intervals"
    raise SolveError(Problem(field="ss", reason=reason, fix="leave out ss and write the doses before"))


def _settled(run: _Run, interval: Callable[[], None]) -> Moving | None:
    """Tangents at a steady state that the patients have reached: the last interval is repeated until they settle too."""
    if run.moving is None:
        return None
    state, step = run.state.copy(), run.step
    best, since = np.inf, 0
    for _ in range(MOST):
        before = run.moving.tangents
        run.state, run.step = state.copy(), step
        interval()
        now = run.moving.tangents[run.status == 0]
        large = (np.abs(now) / run.system.scale).max(axis=2, keepdims=True, initial=0.0) * run.system.scale
        size = np.maximum(np.abs(now), large)
        change = float(
            (np.abs(now - before[run.status == 0]) / np.where(size > 0, size, 1.0)).max(initial=0.0)
        )
        since = 0 if change < best else since + 1
        best = min(best, change)
        if change < SETTLED or (best < NOISE and since >= PATIENCE):
            return run.moving
    reason = f"derivatives come to no steady state in {MOST} intervals"
    raise SolveError(Problem(field="ss", reason=reason, fix="leave out ss and write the doses before"))


def _counted_only(system: System) -> list[str]:
    """States that no rate and no variable reads."""
    network = system.network
    used = frozenset().union(
        *(r.rate.names for r in network.reactions), *(v.expression.names for v in network.variables)
    )
    return [name for name in system.states if name not in used]


class _Run:
    """The arrays of one simulation while it advances; nothing outlives the call of `simulate`."""

    def __init__(
        self,
        system: System,
        start: Start,
        arm: Arm,
        amounts: list[Floats],
        times: Floats,
        record: tuple[str, ...],
        solver: Solver,
        options: Mapping[str, Any],
    ):
        self.system, self.arm, self.amounts, self.options = system, arm, amounts, options
        self.moving = start.moving
        names = () if start.moving is None else start.moving.sensitive.names
        self.sensitivities = empty_courses(names, record, len(start.state), len(times))
        self.times, self.record, self.solver = times, record, solver
        self.state, self.params = start.state.copy(), start.parameters.copy()
        self.at_start = start.parameters
        self.status, self.step = start.status.copy(), start.step.copy()
        self.n = len(self.state)
        self.now = 0.0
        self.done = 0
        self.steps = np.zeros(self.n, np.int64)
        self.units = {name: system.unit_of(name) for name in record}
        self.values = {name: np.full((self.n, len(times)), np.nan) for name in record}
        self.extinct = np.full((self.n, len(system.network.extinctions)), np.nan)
        self.in_course = np.ones(self.n, bool)
        self.ports = [self._port(dose.entry) for dose in arm.doses]
        self.previous_slot = 0
        self.inputs: list[Input] = []

    def _port(self, route: str) -> Any:
        for port in self.system.network.ports:
            if port.route == route:
                return port
        routes = [port.route for port in self.system.network.ports]
        raise AssemblyError(
            Problem(
                field="route", reason=f"'{route}' is not a route of this model", fix=nearest(route, routes)
            )
        )

    def prepare(self, plan: list[Boundary], horizon: float) -> None:
        slots = [(boundary.time, slot) for boundary in plan for slot in boundary.slots]
        count = slot_count(plan)
        self.actions = np.full((self.n, count), NOT_REACHED, np.int8)
        self.slot_times, self.slot_course, self.slot_cycle = (
            np.zeros(count),
            np.zeros(count, int),
            np.zeros(count, int),
        )
        for time, slot in slots:
            self.slot_times[slot.number] = time
            self.slot_course[slot.number], self.slot_cycle[slot.number] = slot.course, slot.cycle

    def advance(self, stop: float, last: bool = False) -> None:
        """Solve up to `stop`; a value at `stop` itself belongs to the next segment unless this is the last."""
        if stop > self.now or last:
            end = np.searchsorted(self.times, stop, side="right" if last else "left")
            wanted = self.times[self.done : end]
            seen: Mapping[str, Mapping[str, Floats]] = {}
            if stop > self.now:
                given = {"step": self.step, "status": self.status, **self.options}
                if self.moving is None:
                    segment = self.solver(
                        self.system, self.state, self.params, self.now, stop, times=wanted, **given
                    )
                else:
                    segment, self.moving, seen = self.moving.solve(
                        self.state, self.params, self.now, stop, wanted, self.record, **given
                    )
                saved, self.state = segment.saved, segment.state
                self.step, self.status = segment.step, segment.status
                self.steps += segment.steps
                first = np.isnan(self.extinct)
                self.extinct[first] = segment.extinct[first]
            else:
                saved = self.state[:, None, :].repeat(len(wanted), axis=1)
                if self.moving is not None:
                    seen = self.moving.observe(self.record, self.state, self.params, len(wanted))
            if len(wanted):
                observed = self.system.observe(self.record, saved, self.params)
                for name in self.record:
                    self.values[name][:, self.done : end] = observed[name]
                    for parameter, courses in seen.items():
                        self.sensitivities[parameter][name][:, self.done : end] = courses[name]
            self.done, self.now = int(end), stop

    def enter(self, boundary: Boundary, proceed: Any) -> None:
        if boundary.course and proceed is not None:
            past = {name: values[:, : self.done] for name, values in self.values.items()}
            self.in_course = self.in_course & proceed(
                boundary.course, boundary.time, past, self.times[: self.done]
            )

    def ward(self, inside: bool) -> None:
        if WARD in self.system.parameter_index:
            self.set(WARD, np.where(self.in_course & inside, 1.0, 0.0))

    def set(self, parameter: str, values: Floats) -> None:
        self.params[:, self.system.parameter_index[parameter]] = values
        if self.moving is not None:
            self.moving = self.moving.set(parameter)
        self.inputs.append(Input(self.now, parameter, "set", values))

    def apply(self, setting: Setting) -> None:
        for parameter, value in setting.values.items():
            self.set(parameter, np.full(self.n, value))
        for parameter, factor in setting.multiples.items():
            self.set(parameter, factor * self.at_start[:, self.system.parameter_index[parameter]])

    def add(self, species: str, values: Floats) -> None:
        self.state[:, self.system.state_index[species]] += values
        self.inputs.append(Input(self.now, species, "add", values))

    def dose(self, slot: Slot, decide: Decide | None, memory: Any) -> Any:
        action = np.where(self.in_course, GIVE, STOP).astype(np.int8)
        if decide is not None:
            asked, memory = decide(
                self.observed(), memory, slot.number, slot.course * CYCLES_A_COURSE + slot.cycle
            )
            action = np.where(self.in_course, asked, STOP).astype(np.int8)
        self.actions[:, slot.number] = np.where(self.in_course, action, NOT_REACHED)
        given = (action == GIVE) & (self.status == 0)
        amount = np.where(given, self.amounts[slot.series], 0.0)
        self.enter_dose(slot.series, amount)
        self.previous_slot = self.done
        return memory

    def enter_dose(self, series: int, amount: Floats) -> None:
        dose, port = self.arm.doses[series], self.ports[series]
        if port.kind == "rate":
            if dose.infusion <= 0:
                raise AssemblyError(
                    Problem(field="infusion", reason="missing for an infusion", fix='infusion = "15 min"')
                )
            self.set(port.target, amount / dose.infusion)
        else:
            self.add(port.target, amount)

    def observed(self) -> dict[str, Floats]:
        """Observables now, and as NAME.mean, NAME.min and NAME.max their recorded values since the previous slot."""
        now = self.system.observe(self.record, self.state[:, None, :], self.params)
        seen = {name: values[:, 0] for name, values in now.items()}
        for name, values in self.values.items():
            recent = values[:, self.previous_slot : self.done]
            seen[f"{name}.mean"] = recent.mean(axis=1) if recent.shape[1] else seen[name]
            seen[f"{name}.min"] = recent.min(axis=1) if recent.shape[1] else seen[name]
            seen[f"{name}.max"] = recent.max(axis=1) if recent.shape[1] else seen[name]
        return seen

    def trajectory(self) -> Trajectory:
        return Trajectory(
            self.times,
            self.values,
            self.units,
            self.actions,
            self.slot_times,
            self.slot_course,
            self.slot_cycle,
            self.extinct,
            self.status,
            self.steps,
            tuple(self.inputs),
            self.sensitivities,
        )


__all__ = ["GIVE", "HOLD", "NOT_REACHED", "STOP", "Input", "Start", "Trajectory", "run_in", "simulate"]
