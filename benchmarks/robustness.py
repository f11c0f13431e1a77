"""Wild patients: drawn with a multiple of the usual spread, without the screen; how many fail, and why.

    python benchmarks/robustness.py --patients 100000            every patient is counted, failures by reason
    python benchmarks/robustness.py --patient 4711               one patient again, alone
    python benchmarks/robustness.py --patients 2000 --poison 0.01   1 % get a NaN; the others keep their bits

The model is that of the shipped trial, 60 days, every dose given, one thread.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukin.catalog import load_catalog, load_trial
from leukin.dosing import amounts
from leukin.engine.solver import REASONS
from leukin.keys import Key
from leukin.population import sample
from leukin.simulate import Trajectory, run_in, simulate
from leukin.trial import plan

TRIAL, HORIZON, RUN_IN = "fyfe-1995-rcc", 60 * 24.0, 1440.0
RECORD = ("IL2_plasma", "MAP", "tumour_volume", "count_blood.cd8", "creatinine")


class WideKey:
    """Random numbers as those of `key`, but with normal ones `spread` times as wide."""

    def __init__(self, key: Key, spread: float):
        self.key, self.spread = key, spread

    def normal(self, *args: Any, **kwargs: Any) -> NDArray[np.float64]:
        return self.spread * self.key.normal(*args, **kwargs)

    def uniform(self, *args: Any, **kwargs: Any) -> NDArray[np.float64]:
        return self.key.uniform(*args, **kwargs)


class Ward:
    """The compiled trial and its treatment."""

    def __init__(self, spread: float, seed: int):
        self.catalogue = load_catalog()
        self.plan = plan(load_trial(TRIAL, self.catalogue), self.catalogue)
        self.arm = self.plan.scenario.arms[0]
        self.key: Any = WideKey(Key(seed), spread)
        self.times = np.arange(0.0, HORIZON + 1.0, 24.0)

    def draw(self, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        return sample(self.plan.system, self.plan.recipe, self.key, ids).parameters

    def treat(self, parameters: NDArray[np.float64]) -> Trajectory:
        system = self.plan.system
        index = system.parameter_index
        with np.errstate(invalid="ignore"):
            start = run_in(system, parameters, RUN_IN)
            molecules = {dose.molecule: self.catalogue.molecule(dose.molecule) for dose in self.arm.doses}
            weight, height = (parameters[:, index[name]] for name in ("weight", "height"))
            given = amounts(self.arm, molecules, weight, height)
            return simulate(system, start, self.arm, given, horizon=HORIZON, times=self.times, record=RECORD)


def wild(ward: Ward, patients: int, block: int, seed: int, spread: float) -> int:
    """Count; returns the exit code."""
    reasons: Counter[str] = Counter()
    failed: list[int] = []
    steps, begin = 0, time.process_time()
    for first in range(0, patients, block):
        ids = np.arange(first, min(first + block, patients), dtype=np.int64)
        done = ward.treat(ward.draw(ids))
        steps = max(steps, int(done.steps.max()))
        for patient, status in zip(ids, done.status, strict=True):
            reasons[REASONS[int(status)]] += 1
            if status:
                failed.append(int(patient))
        if sys.stderr.isatty():
            print(f"\r{ids[-1] + 1} of {patients}, {len(failed)} failed", end="", file=sys.stderr)
    spent = time.process_time() - begin
    print(
        f"requested {patients} = ok {reasons[REASONS[0]]} + failed {len(failed)}; {spread:g} times the usual spread"
    )
    for reason, count in reasons.items():
        print(f"  {count:7d}  {reason}")
    print(f"  {patients / spent:.0f} patients/CPU-s, most steps of one patient {steps}")
    for patient in failed[:20]:
        print(
            f"  again: python benchmarks/robustness.py --patient {patient} --seed {seed} --spread {spread:g}"
        )
    assert sum(reasons.values()) == patients
    return 0 if len(failed) <= 0.001 * patients else 4


def poisoned(ward: Ward, patients: int, share: float) -> int:
    """A share of patients with one NaN parameter: reported, and nobody else's bits change."""
    parameters = ward.draw(np.arange(patients, dtype=np.int64))
    clean = ward.treat(parameters)
    random = np.random.default_rng(1)
    sick = random.choice(patients, max(1, round(share * patients)), replace=False)
    bad = parameters.copy()
    bad[sick, random.integers(0, bad.shape[1], len(sick))] = np.nan
    found = ward.treat(bad)
    others = np.setdiff1d(np.arange(patients), sick)
    same = all(np.array_equal(found[name][others], clean[name][others], equal_nan=True) for name in RECORD)
    reported = int((found.status[sick] != 0).sum())
    print(f"{len(sick)} of {patients} poisoned: {reported} reported; others bit-identical: {same}")
    return 0 if same and reported == len(sick) else 4


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--patients", type=int, default=2000)
    parser.add_argument("--patient", type=int)
    parser.add_argument("--spread", type=float, default=2.0)
    parser.add_argument("--block", type=int, default=512)
    parser.add_argument("--poison", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    ward = Ward(options.spread, options.seed)
    if options.patient is not None:
        done = ward.treat(ward.draw(np.array([options.patient], dtype=np.int64)))
        print(f"patient {options.patient}: {REASONS[int(done.status[0])]}, {int(done.steps[0])} steps")
        return 0
    if options.poison:
        return poisoned(ward, options.patients, options.poison)
    return wild(ward, options.patients, options.block, options.seed, options.spread)


if __name__ == "__main__":
    sys.exit(main())
