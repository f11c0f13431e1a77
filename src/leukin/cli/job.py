"""What a worker outside this process is told of a run, and what it computes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from leukin.catalog import Catalogue, TrialRecord
from leukin.cli.code import code_hash
from leukin.cli.exits import Outside
from leukin.cli.pool import Lost
from leukin.errors import Problem
from leukin.report.provenance import versions
from leukin.trial import run as trials

if TYPE_CHECKING:
    from leukin.trial.run import BlockResult, Plan

LOST = "the worker that computed it was lost each time (out of memory, or a crash)"
SAME = ("leukin", "numpy", "scipy", "llvmlite")  # packages that a worker must have in the same version


#: threads of a worker do not make the same plan at the same time
ONCE = threading.Lock()


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker needs to know of a run; two jobs with the same key are the same."""

    key: str
    trial: TrialRecord = field(compare=False)
    catalogue: Catalogue = field(compare=False)
    patients: int = field(compare=False)
    seed: int = field(compare=False)
    draws: int = field(compare=False)
    code: str = field(default_factory=code_hash, compare=False)
    packages: dict[str, str] = field(default_factory=versions, compare=False)


@lru_cache(maxsize=1)
def _plan(job: Job) -> Plan:
    """The plan of a job, made once on every worker. Raises Outside where the worker is not like the caller."""
    here = {"code": code_hash(), **versions()}
    there = {"code": job.code, **job.packages}
    unlike = [name for name in ("code", *SAME) if here.get(name) != there.get(name)]
    if unlike:
        words = ", ".join(f"{name} {here.get(name)} there, {there.get(name)} here" for name in unlike)
        fix = "give the workers the same environment"
        raise Outside(Problem(field="--cluster", reason=f"a worker is unlike this machine: {words}", fix=fix))
    return trials.plan(job.trial, job.catalogue, patients=job.patients, seed=job.seed, draws=job.draws)


def compute(job: Job, number: int, courses: int, patient: int | None = None) -> BlockResult:
    """On a worker: a block, or one patient of it; time courses only of blocks that begin below patient `courses`."""
    with ONCE:
        plan = _plan(job)
    block = plan.blocks[number]
    if patient is not None:
        block = replace(block, patients=np.array([patient], np.int64))
    return trials.without_courses(trials.run_block(plan, block), courses)


def isolated(plan: Plan, number: int, alone: Callable[[int, int | None], BlockResult]) -> BlockResult:
    """A block by `alone`(number, patient or None), which raises Lost: whole; if its worker is lost again, patient by patient.

    A patient whose worker is lost is a row with status "failed" and the reason.
    """
    try:
        return alone(number, None)
    except Lost:
        parts = []
    block = plan.blocks[number]
    for patient in block.patients:
        try:
            parts.append(alone(number, int(patient)))
        except Lost:
            one = replace(block, patients=np.array([patient], np.int64))
            parts.append(trials.lost(plan, one, LOST))
    return trials.together(plan, parts)
