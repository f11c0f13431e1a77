"""A trial in virtual patients: blocks of consecutive patients, each run on its own, and the summary of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from leukin.engine import REASONS, solve
from leukin.keys import Key
from leukin.population import Cohort, cohort, uncertain
from leukin.quantity import from_canonical
from leukin.scenario import Arm
from leukin.simulate import Solver, run_in
from leukin.trial import courses
from leukin.trial.conduct import Conducted, chance, conduct
from leukin.trial.design import BLOCK, Block, Plan, plan
from leukin.trial.summarise import OK, reported, summarise

if TYPE_CHECKING:
    from pandas import DataFrame

FAILED = "failed"
#: first column of a patient's results; what stands before it is known at the start
FIRST_RESULT = "doses_planned"
#: status of a patient without a plausible draw: not simulated
UNDRAWN = 1


@dataclass(frozen=True, slots=True)
class BlockResult:
    """Tables of one block: patients, one row a patient and arm; courses, one row a patient, arm and time."""

    patients: DataFrame
    courses: DataFrame


def run_block(plan: Plan, block: Block, solver: Solver = solve) -> BlockResult:
    """Run every arm of the trial for one block of patients: the same patients, chances and readers in each.

    solver: what solves a segment, such as `solve` with another tolerance. No patient is left out: one who has no plausible
    draw or whose equations cannot be solved is a row with status "failed" and the reason.
    """
    import pandas

    key = Key(plan.seed)
    nominal, people = None, plan.recipe
    if block.draw:
        nominal, people = uncertain(plan.system, plan.recipe, key, block.draw)
    drawn = cohort(plan.system, people, key, block.patients, nominal=nominal)
    start = run_in(plan.system, drawn.parameters, people.rules["settling_time"].canonical, solver)
    start = replace(start, status=np.where(drawn.ok, start.status, UNDRAWN))
    rows, series = [], []
    kept = courses.kept(plan.times, plan.scenario.scans)
    for arm in plan.scenario.arms:
        run = conduct(plan, start, arm, chance(plan, key, block.patients, arm), solver)
        rows.append(pandas.DataFrame({**_identity(plan, block, drawn, arm, run), **run.columns}))
        if block.draw == 0:
            alive = (plan.times[kept] <= run.death.time[:, None]) & (run.trajectory.status == 0)[:, None]
            values = {name: run.trajectory.values[name][:, kept] for name in plan.courses}
            series.append(courses.table(block.patients, arm.name, plan.times[kept], values, alive))
    table = _blank_failed(pandas.concat(rows, ignore_index=True))
    return BlockResult(table, pandas.concat(series, ignore_index=True) if series else pandas.DataFrame())


def _identity(plan: Plan, block: Block, drawn: Cohort, arm: Arm, run: Conducted) -> dict[str, Any]:
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


def without_courses(result: BlockResult, from_patient: int) -> BlockResult:
    """The result without its time courses where its patients are numbered from `from_patient` on."""
    late = bool((result.patients["patient"] >= from_patient).all())
    return replace(result, courses=result.courses.iloc[:0]) if late else result


def lost(plan: Plan, block: Block, reason: str) -> BlockResult:
    """Rows of patients whose computation was lost: failed, with the reason and nothing else."""
    import pandas

    rows = [
        {"patient": patient, "arm": arm, "draw": block.draw, "status": FAILED, "reason": reason}
        for arm in plan.arms
        for patient in block.patients
    ]
    return BlockResult(pandas.DataFrame(rows), pandas.DataFrame())


def together(plan: Plan, parts: Sequence[BlockResult]) -> BlockResult:
    """Results of some patients each as the one that a single block of all of them gives: arm by arm, patient by patient."""
    import pandas

    order = {arm: position for position, arm in enumerate(plan.arms)}

    def sorted_(tables: list[DataFrame], *keys: str) -> DataFrame:
        whole = pandas.concat([table for table in tables if len(table)] or tables[:1], ignore_index=True)
        if not len(whole):
            return whole
        key = whole["arm"].astype(str).map(order)
        return whole.assign(_=key).sort_values(["_", *keys], ignore_index=True).drop(columns="_")

    full = [part.patients for part in parts]
    full.sort(key=lambda table: -len(table.columns))  # the columns are those of a patient that was computed
    return BlockResult(
        sorted_(full, "patient"), sorted_([part.courses for part in parts], "patient", "time_h")
    )


def summary(plan: Plan, patients: DataFrame) -> dict[str, Any]:
    """Summary of a trial from the table of all its patients: what `leukin run --json` prints, but for folder and time."""
    shown = reported(plan.trial.published, plan.catalogue.figures, plan.arms)
    own, draws = patients[patients["draw"] == 0], patients[patients["draw"] > 0]
    result = summarise(own, plan.arms, shown, draws)
    return {"trial": plan.trial.id, "seed": plan.seed, "catalogue_hash": plan.catalogue.hash, **result}


__all__ = [
    "BLOCK",
    "Block",
    "BlockResult",
    "Plan",
    "lost",
    "plan",
    "run_block",
    "summary",
    "together",
    "without_courses",
]
