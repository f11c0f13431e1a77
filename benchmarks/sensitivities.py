"""What derivatives by parameters cost and how exact they are: patients of a trial through run-in and 60 days of doses.

    python benchmarks/sensitivities.py [patients] [--exact]

CPU time of one thread with 0, 1, 4 and 16 parameters, side by side, as multiples of the time without any; the part of the
engine alone, without the derivatives of observables, stands beside it. --exact: the largest difference from central
differences of sixth order at tight tolerance for parameters of each module, over the largest value of the derivative.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np
from cases import HORIZON, SETTLING, TRIAL

from leukin.catalog import load_catalog, load_trial
from leukin.keys import Key
from leukin.population import sample
from leukin.quantity import unit
from leukin.simulate import Trajectory, run_in, simulate
from leukin.trial import plan
from leukin.trial.conduct import dose_amounts

#: parameters of pharmacokinetics, receptors, signalling, lymphocytes, cytokines, leak, circulation, tumour
NAMES = (
    "CLren k12 CD25_treg kdeg growth_treg growth_cd8 IL6_scale leak_rate MAP0 kill_rate effector_growth tumour_growth "
    "V0_lesion1 kon_beta urine0 kh"
).split()
#: relative change of a parameter for the differences: much smaller ones are mostly rounding
PART = 3e-3


class Bench:
    """A group of patients; all doses are given as the rule of the trial would for nobody: each of them."""

    def __init__(self, patients: int) -> None:
        catalogue = load_catalog()
        self.trial = plan(load_trial(TRIAL, catalogue), catalogue)
        self.system, self.arm = self.trial.system, self.trial.scenario.arms[0]
        ids = np.arange(patients, dtype=np.int64)
        self.parameters = sample(self.system, self.trial.recipe, Key(1), ids).parameters
        self.amounts = dose_amounts(self.trial, run_in(self.system, self.parameters, SETTLING), self.arm)

    def run(
        self,
        names: tuple[str, ...] = (),
        record: tuple[str, ...] = (),
        parameters: Any = None,
        rtol: float | None = None,
    ) -> Trajectory:
        """Run-in and treatment; values once a day."""
        given = self.parameters if parameters is None else parameters
        start = run_in(self.system, given, SETTLING, sensitivities=names, rtol=rtol)
        return simulate(
            self.system, start, self.arm, self.amounts, horizon=HORIZON, times=np.arange(0.0, HORIZON + 1, 24.0),
            record=record, sensitivities=names, rtol=rtol,
        )  # fmt: skip


def seconds(bench: Bench, names: tuple[str, ...], record: tuple[str, ...]) -> float:
    """The best CPU time of three runs."""
    best = np.inf
    for _ in range(3):
        began = time.process_time()
        bench.run(names, record)
        best = min(best, time.process_time() - began)
    return float(best)


def cost(bench: Bench) -> None:
    """Print the CPU time with more and more parameters."""
    print(
        f"{len(bench.parameters)} patients, {len(bench.system.states)} states, {len(bench.trial.courses)} observables"
    )
    base: dict[bool, float] = {}
    for count in (0, 1, 4, 16):
        names = tuple(NAMES[:count])
        began = time.process_time()
        if names:
            bench.system.with_sensitivities(names)
        compiled = time.process_time() - began
        line = f"{count:3d} parameters (compiled in {compiled:.1f} s):"
        for observed in (False, True):
            took = seconds(bench, names, bench.trial.courses if observed else ())
            first = base.setdefault(observed, took)
            each = f", {(took / first - 1) / count:.2f} base solves a parameter" if count else ""
            line += f"  {'with observables' if observed else 'engine'} {took:.3f} s{each};"
        print(line)


def exact(bench: Bench) -> None:
    """Print the largest difference from central differences, for the usual and for a tight tolerance."""
    record = bench.trial.courses
    found = {rtol: bench.run(tuple(NAMES), record, rtol=rtol) for rtol in (1e-6, 1e-11)}
    for name in NAMES:
        q = bench.system.parameter_index[name]
        value = bench.parameters[:, q, None] / unit(bench.system.unit_of(name)).factor
        moved = [
            [bench.run((), record, _moved(bench, q, sign * k * PART), 1e-12).values for sign in (1, -1)]
            for k in (1, 2, 3)
        ]
        line = f"{name:20s}"
        for rtol, run in found.items():
            worst, where, own = 0.0, "", 0.0
            for key in record:
                one, two, three = (up[key] - down[key] for up, down in moved)
                wanted = (45 * one - 9 * two + three) / (60 * PART)
                lower = (8 * one - two) / (12 * PART)
                size = np.abs(wanted).max()
                if size > 1e-4 * np.abs(moved[0][0][key]).max():
                    error = np.abs(run.sensitivities[name][key] * value - wanted).max() / size
                    if error > worst:
                        worst, where, own = error, key, np.abs(lower - wanted).max() / size
            line += f"  rtol {rtol:g}: {worst:.1e} ({where}; differences of 4th and 6th order differ by {own:.0e})"
        print(line, flush=True)


def _moved(bench: Bench, q: int, change: float) -> Any:
    moved = bench.parameters.copy()
    moved[:, q] *= 1 + change
    return moved


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if not word.startswith("-")]
    if "--exact" in sys.argv:
        exact(Bench(numbers[0] if numbers else 4))
    else:
        cost(Bench(numbers[0] if numbers else 32))
