"""Patients per CPU-second of one thread, on the model of a published trial: 60 days of high-dose treatment.

    python benchmarks/engine.py [--quick] [--json]

Every patient of a random group gets all 28 infusions, or (rows "under the rule") those that the withholding rule leaves;
hourly outputs in the weeks of treatment, daily ones otherwise. Error: difference from a solution at rtol 1e-10 with the
same doses, over each state's largest value (at least a thousandth of its typical magnitude), the worst over states and times
of a patient.
"""

from __future__ import annotations

import argparse
import json
import time
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukin.catalog import load_catalog, load_trial
from leukin.dosing import amounts
from leukin.engine import solve
from leukin.keys import Key
from leukin.population import sample
from leukin.quantity import from_canonical
from leukin.simulate import Trajectory, run_in, simulate
from leukin.timeline import boundaries, slot_count
from leukin.trial import plan
from leukin.trial.decisions import withholding

TRIAL = "fyfe-1995-rcc"
HORIZON = 60 * 24.0
TIGHT = {"rtol": 1e-10, "atol": 1e-13}


class Bench:
    """A group of random patients, ready to be treated."""

    def __init__(self, patients: int):
        self.catalogue = load_catalog()
        self.plan = plan(load_trial(TRIAL, self.catalogue), self.catalogue)
        self.system, self.arm = self.plan.system, self.plan.scenario.arms[0]
        self.ids = np.arange(patients, dtype=np.int64)
        drawn = sample(self.system, self.plan.recipe, Key(1), self.ids)
        self.start = run_in(self.system, drawn.parameters, 1440.0)
        index = self.system.parameter_index
        weight, height = (drawn.parameters[:, index[name]] for name in ("weight", "height"))
        molecules = {dose.molecule: self.catalogue.molecule(dose.molecule) for dose in self.arm.doses}
        self.amounts = amounts(self.arm, molecules, weight, height)
        weeks = [np.arange(begin, begin + 7 * 24.0) for begin in (0.0, 336.0)]
        self.times = np.unique(np.concatenate([*weeks, np.arange(0.0, HORIZON + 1.0, 24.0)]))

    def treat(
        self, rule: bool, record: tuple[str, ...], actions: NDArray[np.int8] | None = None, **tolerance: float
    ) -> Trajectory:
        """Treat everybody; actions: decisions to repeat instead of asking the rule."""
        decide: Any = None
        if actions is not None:
            decide = lambda seen, memory, slot, cycle: (actions[:, slot], memory)  # noqa: E731
        elif rule:
            parameters = self.catalogue.rule(self.arm.rule).parameters
            slots = slot_count(boundaries(self.arm, HORIZON))
            decide = withholding(parameters, Key(1), self.ids, slots)
        return simulate(
            self.system, self.start, self.arm, self.amounts, horizon=HORIZON, times=self.times,
            record=record, decide=decide, solver=partial(solve, **tolerance),
        )  # fmt: skip

    def error(self, found: Trajectory, tight: Trajectory) -> NDArray[np.float64]:
        """The worst scaled difference of every patient."""
        worst = np.zeros(len(self.ids))
        for name in self.system.states:
            typical = from_canonical(self.system.scale[self.system.state_index[name]], tight.units[name])
            scale = np.maximum(np.abs(tight[name]).max(axis=1), 1e-3 * typical)
            worst = np.maximum(worst, np.abs(found[name] - tight[name]).max(axis=1) / scale)
        return worst


def measure(bench: Bench, rule: bool, rtol: float, checked: int) -> dict[str, Any]:
    """One row: rate without error outputs, then the error on the first `checked` patients."""
    watched = ("IL2_plasma", "SBP", "urine", "creatinine", "weight", "permeability", "pressor", "pSTAT5.treg")
    bench.treat(rule, watched, rtol=1e-3)  # warm
    begin = time.process_time()
    found = bench.treat(rule, watched, rtol=rtol)
    spent = time.process_time() - begin
    small = Bench(checked)
    states = small.system.states
    usual = small.treat(False, states, found.actions[:checked], rtol=rtol)
    error = small.error(usual, small.treat(False, states, found.actions[:checked], **TIGHT))
    return {
        "name": "leukin, under the rule" if rule else "leukin",
        "rtol": rtol,
        "patients_per_cpu_s": len(bench.ids) / spent,
        "error_median": float(np.median(error)),
        "error_max": float(error.max()),
        "patients": len(bench.ids),
        "failed": int((found.status != 0).sum()),
        "steps": float(found.steps.mean()),
        "us_per_step": 1e6 * spent / float(found.steps.sum()),
        "doses_median": float(np.median((found.actions == 0).sum(axis=1))),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="fewer patients and tolerances")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    bench = Bench(64 if asked.quick else 256)
    rows = [
        measure(bench, rule, rtol, 8 if asked.quick else 16)
        for rule in (False, True)
        for rtol in ((1e-6,) if asked.quick else (1e-6, 1e-5, 1e-4))
    ]
    model = {"states": len(bench.system.states), "parameters": len(bench.system.parameters)}
    if asked.json:
        print(json.dumps({"model": model, "engines": rows, "ratio_at_matched_error": {}}))
        return
    print(f"{model['states']} states, {model['parameters']} parameters, one thread")
    for row in rows:
        print(
            f"{row['name']:24s} rtol {row['rtol']:.0e}: {row['patients_per_cpu_s']:6.1f} patients/CPU-s, "
            f"{row['steps']:6.0f} steps, {row['us_per_step']:.2f} us a step, error median {row['error_median']:.1e} "
            f"max {row['error_max']:.1e}, {row['failed']} failed, median doses {row['doses_median']:.0f}"
        )


if __name__ == "__main__":
    main()
