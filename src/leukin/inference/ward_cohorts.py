"""Several cohorts of ward patients as one, treated by several processes, each of which keeps its settled patients."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from leukin.catalog import load_catalog
from leukin.inference.experiments import Evidence
from leukin.inference.fit_ward import STEP, TARGETS, TOXIC, Ward, reported, ward
from leukin.inference.regression import Fit, settle

Floats = NDArray[np.float64]
Tick = Callable[[int], None]

#: evaluations after the derivatives; change of a logarithm that counts as none: half of what is written as the error
ROUNDS, CLOSE = 10, 0.02
#: columns of patients that a report reads
DOSES, GRADE = "doses_given", "grade."


@dataclass(frozen=True, slots=True)
class Cohort:
    """Patients by their number and seed, under a catalogue with some values set."""

    overrides: tuple[str, ...]
    patients: int
    seed: int


@lru_cache(maxsize=8)
def settled(cohort: Cohort) -> Ward:
    """The patients, drawn and settled; kept by the process that treats them again and again."""
    return ward(load_catalog(overrides=cohort.overrides), cohort.patients, cohort.seed)


def treated(cohort: Cohort, values: Mapping[str, float]) -> dict[str, Floats]:
    """What a report reads of the treated patients of a cohort; values: canonical."""
    columns = settled(cohort).treat(values)
    return {n: c for n, c in columns.items() if n in (DOSES, TOXIC) or n.startswith(GRADE)}


@dataclass(frozen=True, slots=True)
class Processes:
    """Processes, to each of which cohorts are bound in turn."""

    pools: Sequence[ProcessPoolExecutor]

    def treat(self, cohorts: Sequence[Cohort], values: Mapping[str, float]) -> dict[str, Floats]:
        """Columns of all patients, cohort after cohort, whatever the number of processes."""
        jobs = [
            self.pools[i % len(self.pools)].submit(treated, cohort, dict(values))
            for i, cohort in enumerate(cohorts)
        ]
        tables = [job.result() for job in jobs]
        return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}


@contextmanager
def processes(workers: int) -> Iterator[Processes]:
    """`workers` processes, ended on leaving."""
    context = multiprocessing.get_context("spawn")
    deaf = (signal.SIGINT, signal.SIG_IGN)  # who interrupts speaks to the command, which ends its processes
    with ExitStack() as stack:
        pools = (
            ProcessPoolExecutor(1, mp_context=context, initializer=signal.signal, initargs=deaf)
            for _ in range(workers)
        )
        yield Processes([stack.enter_context(pool) for pool in pools])


def fit(
    run: Processes, cohorts: Sequence[Cohort], begin: Mapping[str, float], evidence: Evidence, tick: Tick
) -> Fit:
    """The values of the ward fitted on all patients of `cohorts`, from `begin`."""
    floor = 0.5 / sum(cohort.patients for cohort in cohorts)  # half a patient, where none is seen

    def predict(values: Mapping[str, float]) -> dict[str, float]:
        found = reported(run.treat(cohorts, values))
        tick(1)
        return {name: max(value, floor) for name, value in found.items()}

    targets = [evidence.targets[id] for id in TARGETS]
    priors = {name: evidence.priors[name] for name in begin}
    return settle(predict, targets, begin, priors, STEP, ROUNDS, CLOSE)


def evaluations(names: int) -> int:
    """Evaluations of the fit at most."""
    return 1 + 2 * names + ROUNDS
