"""A trial in virtual patients: planned as blocks of consecutive patients, each block run on its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from leukin.catalog import Catalogue, Molecule, TrialRecord
from leukin.dosing import amounts
from leukin.engine import REASONS, System, compile_network
from leukin.keys import Key
from leukin.population import Cohort, Recipe, cohort, recipe, uncertain
from leukin.quantity import from_canonical
from leukin.scenario import Arm, Scenario, scenario
from leukin.simulate import Start, Trajectory, run_in, simulate
from leukin.timeline import boundaries, slot_count
from leukin.trial import courses, grades, outcome
from leukin.trial.criteria import criterion, criterion_rule
from leukin.trial.decisions import OBSERVED, Withholding, withholding
from leukin.trial.outcome import HAZARDS, Deaths, Scans
from leukin.trial.response import PD
from leukin.trial.scans import Reader, reader, reading_noise
from leukin.trial.summary import OK, reported, summarise

if TYPE_CHECKING:
    from pandas import DataFrame

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: patients in a block: fixed, so that a result never depends on the number of workers
BLOCK = 64
#: patients of one draw of the uncertain parameters are numbered from draw * DRAW_OFFSET on
DRAW_OFFSET = 1_000_000
FAILED = "failed"
#: first column of a patient's results; what stands before it is known at the start
FIRST_RESULT = "doses_planned"


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive patients that are run together; draw 0 stands for the values of the catalogue."""

    id: int
    draw: int
    patients: Ints


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a block needs; nothing in it changes, so blocks run in any order and on any worker."""

    trial: TrialRecord
    catalogue: Catalogue
    scenario: Scenario
    seed: int
    patients: int
    draws: int
    blocks: tuple[Block, ...]
    system: System
    recipe: Recipe
    times: Floats
    record: tuple[str, ...]
    courses: tuple[str, ...]

    @property
    def units(self) -> dict[str, str]:
        """Unit of every observable in the time courses."""
        return {name: self.system.unit_of(name) for name in self.courses}

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms."""
        return tuple(arm.name for arm in self.scenario.arms)


@dataclass(frozen=True, slots=True)
class BlockResult:
    """Tables of one block: patients, one row a patient and arm; courses, one row a patient, arm and time."""

    patients: DataFrame
    courses: DataFrame


def plan(
    trial: TrialRecord,
    catalogue: Catalogue,
    patients: int | None = None,
    seed: int = 1,
    draws: int = 0,
    system: System | None = None,
) -> Plan:
    """Plan a trial: assemble and compile its model, and divide its patients into blocks.

    patients: how many in every arm (None: as the trial had); draws: how often the trial is repeated, with as
    many patients as it had, each time with other values of the uncertain parameters; system: a model of one's
    own (None: the one of the catalogue). Raises CatalogError and AssemblyError.
    """
    what = scenario(trial)
    criterion_rule(trial.response)
    if system is None:
        from leukin.biology import assemble

        system = compile_network(assemble.network(catalogue, what))
    shown = courses.recorded(observable.name for observable in system.network.observables)
    n = trial.patients if patients is None else patients
    return Plan(
        trial=trial,
        catalogue=catalogue,
        scenario=what,
        seed=seed,
        patients=n,
        draws=draws,
        blocks=_blocks(n, trial.patients, draws),
        system=system,
        recipe=recipe(catalogue, what.host, what.tumour),
        times=courses.time_grid(what.arms, what.horizon, what.scans),
        record=_record(system, shown),
        courses=shown,
    )


def _blocks(patients: int, published: int, draws: int) -> tuple[Block, ...]:
    found: list[Block] = []
    for draw in range(draws + 1):
        first, n = draw * DRAW_OFFSET, published if draw else patients
        for begin in range(0, n, BLOCK):
            numbers = np.arange(first + begin, first + min(begin + BLOCK, n), dtype=np.int64)
            found.append(Block(len(found), draw, numbers))
    return tuple(found)


def _record(system: System, shown: tuple[str, ...]) -> tuple[str, ...]:
    """Observables and states to record: those of the time courses, and what decisions, grades, scans and deaths read."""
    observables = [observable.name for observable in system.network.observables]
    names = [*shown, *OBSERVED, *grades.OBSERVED, *HAZARDS]
    names += [name for name in observables if name.startswith("diameter.")]
    available = {*observables, *system.state_index}
    return tuple(dict.fromkeys(name for name in names if name in available))


def run_block(plan: Plan, block: Block) -> BlockResult:
    """Run every arm of the trial for one block of patients: the same patients, chances and readers in each
    arm.

    No patient is left out: one who has no plausible draw or whose equations cannot be solved is a row with
    status "failed" and the reason.
    """
    import pandas

    key = Key(plan.seed)
    nominal, people = (
        uncertain(plan.system, plan.recipe, key, block.draw) if block.draw else (None, plan.recipe)
    )
    drawn = cohort(plan.system, people, key, block.patients, nominal=nominal)
    start = run_in(plan.system, drawn.parameters, people.rules["settling_time"].canonical)
    start = replace(start, status=np.where(drawn.ok, start.status, 1))
    rows, series = [], []
    for arm in plan.scenario.arms:
        run = _arm(plan, key, block, drawn, start, arm)
        rows.append(pandas.DataFrame({**_identity(plan, block, drawn, arm, run), **run.columns}))
        if block.draw == 0:
            alive = (plan.times[None, :] <= run.death.time[:, None]) & (run.trajectory.status == 0)[:, None]
            values = {name: run.trajectory.values[name] for name in plan.courses}
            series.append(courses.table(block.patients, arm.name, plan.times, values, alive))
    table = pandas.concat(rows, ignore_index=True)
    return BlockResult(
        _blank_failed(table), pandas.concat(series, ignore_index=True) if series else pandas.DataFrame()
    )


@dataclass(frozen=True, slots=True)
class _ArmRun:
    trajectory: Trajectory
    death: Deaths
    columns: Mapping[str, Any]


def _arm(plan: Plan, key: Key, block: Block, drawn: Cohort, start: Start, arm: Arm) -> _ArmRun:
    """Simulate one arm and judge it."""
    index = plan.system.parameter_index
    weight, height = (drawn.parameters[:, index[name]] for name in ("weight", "height"))
    molecules: dict[str, Molecule] = {
        dose.molecule: plan.catalogue.molecule(dose.molecule) for dose in arm.doses
    }
    slots = slot_count(boundaries(arm, plan.scenario.horizon))
    rule: Withholding | None = None
    if arm.rule:
        rule = withholding(plan.catalogue.rule(arm.rule).parameters, key, block.patients, slots)
    limits = outcome.death_limits(key, block.patients)
    scans = _scans(plan, key, block.patients) if plan.scenario.tumour else None

    def proceed(course: int, time: float, past: Mapping[str, Floats], times: Floats) -> NDArray[np.bool_]:
        """Alive, and without progression at any scan so far."""
        living = outcome.deaths(times, past, limits).time > time
        if scans is None:
            return living
        columns = scans.columns[scans.columns < len(times)]
        diameters = outcome.lesion_diameters(past, columns)
        found = scans.assess(diameters, np.asarray(np.isfinite(diameters).all(axis=-1)))
        return living & ~(found.levels == PD).any(axis=1)

    trajectory = simulate(
        plan.system,
        start,
        arm,
        amounts(arm, molecules, weight, height),
        horizon=plan.scenario.horizon,
        times=plan.times,
        record=plan.record,
        decide=rule,
        proceed=proceed,
    )
    death = outcome.deaths(plan.times, trajectory.values, limits)
    conduct = plan.catalogue.mechanism("trial-conduct").parameters
    cuts = plan.catalogue.rule("toxicity-grades").parameters
    columns = outcome.doses(trajectory, death.time, rule)
    columns |= outcome.toxicity(trajectory, death.time, conduct["toxicity_window"].canonical, cuts)
    columns["treatment_death"] = death.by_treatment
    if scans is not None:
        columns |= outcome.responses(scans, trajectory, death.time, plan.scenario.horizon)
    return _ArmRun(trajectory, death, columns)


def _scans(plan: Plan, key: Key, patients: Ints) -> Scans:
    times = np.array([0.0, *plan.scenario.scans])
    columns = np.searchsorted(plan.times, np.round(times, 6))
    lesions = sum(name.startswith("diameter.") for name in plan.record)
    eye: Reader = reader(plan.catalogue.mechanism("trial-conduct").parameters)
    limits = plan.catalogue.rule(criterion_rule(plan.scenario.response)).parameters
    noise = reading_noise(key, patients, len(times), lesions)
    return Scans(times, columns, eye, noise, criterion(plan.scenario.response, limits))


def _identity(plan: Plan, block: Block, drawn: Cohort, arm: Arm, run: _ArmRun) -> dict[str, Any]:
    """Columns that say who a patient is: id, arm, status, covariates, and the parameters that differ between patients."""
    reasons = [a or REASONS[b] if b else a for a, b in zip(drawn.failure, run.trajectory.status, strict=True)]
    bad = run.trajectory.status != 0
    seen = drawn.covariates
    columns: dict[str, Any] = {
        "patient": block.patients,
        "arm": arm.name,
        "draw": block.draw,
        "status": np.where(bad, FAILED, OK),
        "reason": reasons,
        "attempts": drawn.attempts,
        "rejected_draws": drawn.attempts - drawn.ok,
    }
    for name, column in seen.items():
        columns[{"weight": "weight_kg", "height": "height_cm"}.get(name, name)] = column
    if "male" in columns:
        columns["sex"] = np.where(np.asarray(columns.pop("male")) == 1, "male", "female")
    if block.draw == 0:
        for name, parameter in sorted(plan.system.network.parameters.items()):
            if parameter.iiv_scale > 0 and name in plan.system.parameter_index:
                values = drawn.parameters[:, plan.system.parameter_index[name]]
                columns[f"parameter.{name}"] = from_canonical(values, parameter.unit)
    return columns


def _blank_failed(table: DataFrame) -> DataFrame:
    """The table with the results of failed patients missing; who they are stays."""
    import pandas

    failed = (table["status"] != OK).to_numpy()
    for name in table.columns[table.columns.get_loc(FIRST_RESULT) :]:
        column = table[name]
        if pandas.api.types.is_bool_dtype(column):
            table[name] = column.astype("boolean").mask(failed)
        elif pandas.api.types.is_integer_dtype(column):
            table[name] = column.astype("Int64").mask(failed)
        else:
            table[name] = column.mask(failed, np.nan if pandas.api.types.is_float_dtype(column) else "")
    return table


def summary(plan: Plan, patients: DataFrame) -> dict[str, Any]:
    """Summary of a trial from the table of all its patients: what `leukin run --json` prints, but for folder and time."""
    shown = reported(plan.trial.published, plan.catalogue.figures, plan.arms)
    own, draws = patients[patients["draw"] == 0], patients[patients["draw"] > 0]
    result = summarise(own, plan.arms, shown, draws)
    return {"trial": plan.trial.id, "seed": plan.seed, "catalogue_hash": plan.catalogue.hash, **result}
