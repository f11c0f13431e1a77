"""Whether the tolerance of the solver matters: a trial at the usual tolerance and at a thousandth of it.

    python benchmarks/tolerance.py --patients 1000                 every outcome of every patient, and of the trial
    python benchmarks/tolerance.py --trial yang-2003-rcc --patients 200 --workers 2

The same patients, doses decided anew. What a patient's table holds: numbers are compared over themselves, or over 1 in
their unit where they are smaller; words, grades and counts are the same or not. A patient whose best response differs is
listed, with the change of the sum of diameters that decided it. The exit status is 1 where a goal is missed: no
number moves by more than 1e-4, in at most 0.1 % of patients the response.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas
from pandas.api.types import is_float_dtype

from leukin.catalog import load_catalog, load_trial
from leukin.engine import solve
from leukin.trial import Plan, plan
from leukin.trial.run import FIRST_RESULT, run_block, summary

USUAL, FINER = 1e-6, 1e-3
#: goals: of a number, and the share of patients of another response
MOVED, FLIPPED = 1e-4, 1e-3
RESPONSE = "best_response"
SHOWN = ["patient", "arm", "best_change_percent"]


@dataclass(frozen=True)
class Comparison:
    """A row a column (largest move, patients that moved by more than MOVED or differ), patients of another response, and
    what of the summary moved: name -> move."""

    columns: pandas.DataFrame
    flipped: pandas.DataFrame
    summary: Mapping[str, float]
    patients: int

    @property
    def met(self) -> bool:
        """Whether every number stays and hardly a response flips."""
        moved = self.columns.loc[self.columns["kind"] == "number", "largest"].max()
        return bool(moved <= MOVED and len(self.flipped) <= FLIPPED * self.patients)


def treat(what: Plan, rtol: float, workers: int = 1) -> pandas.DataFrame:
    """The table of patients of a trial solved at a relative tolerance."""
    solver = partial(solve, rtol=rtol)
    with ThreadPoolExecutor(workers) as pool:
        parts = pool.map(lambda block: run_block(what, block, solver).patients, what.blocks)
        return pandas.concat(list(parts), ignore_index=True)


def compare(what: Plan, usual: pandas.DataFrame, finer: pandas.DataFrame) -> Comparison:
    """What differs between two tables of the same patients."""
    rows = []
    for name in ["status", *usual.columns[usual.columns.get_loc(FIRST_RESULT) :]]:
        a, b = usual[name], finer[name]
        if is_float_dtype(b):
            move = ((a - b).abs() / np.maximum(b.abs(), 1.0)).fillna(0.0)
            apart = (move > MOVED) | (a.isna() != b.isna())
            rows.append((name, "number", float(move.max()), int(apart.sum())))
        else:
            apart = a.astype(str) != b.astype(str)
            rows.append((name, "word", float(apart.any()), int(apart.sum())))
    table = pandas.DataFrame(rows, columns=["outcome", "kind", "largest", "patients"])
    flipped = pandas.DataFrame()
    if RESPONSE in usual:
        other = usual[RESPONSE].astype(str) != finer[RESPONSE].astype(str)
        flipped = usual.loc[other, SHOWN].assign(
            usual=usual.loc[other, RESPONSE], finer=finer.loc[other, RESPONSE],
            finer_change_percent=finer.loc[other, "best_change_percent"],
        )  # fmt: skip
    before, after = (dict(_numbers(summary(what, found))) for found in (usual, finer))
    moved = {key: abs(before[key] - x) / max(abs(x), 1.0) for key, x in after.items() if key in before}
    return Comparison(
        table, flipped, {key: move for key, move in moved.items() if move > 0}, what.patients * len(what.arms)
    )


def _numbers(value: Any, name: str = "") -> list[tuple[str, float]]:
    """Every number of a nested summary, by its path."""
    if isinstance(value, Mapping):
        return [
            found for key, inner in value.items() for found in _numbers(inner, f"{name}.{key}".strip("."))
        ]
    if isinstance(value, (list, tuple)):
        return [found for i, inner in enumerate(value) for found in _numbers(inner, f"{name}.{i}")]
    if isinstance(value, (int, float)) and not isinstance(value, bool) and np.isfinite(value):
        return [(name, float(value))]
    return []


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trial", default="fyfe-1995-rcc")
    parser.add_argument("--patients", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rtol", type=float, default=USUAL)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    catalogue = load_catalog()
    what = plan(load_trial(options.trial, catalogue), catalogue, options.patients, options.seed)
    tables = []
    for rtol in (options.rtol, options.rtol * FINER):
        begun = time.perf_counter()
        tables.append(treat(what, rtol, options.workers))
        print(
            f"rtol {rtol:.0e}: {options.patients} patients in {time.perf_counter() - begun:.1f} s", flush=True
        )
    found = compare(what, *tables)
    print("\n" + found.columns.to_string(index=False, formatters={"largest": "{:.2e}".format}))
    print(f"\n{len(found.flipped)} of {found.patients} with another best response")
    if len(found.flipped):
        print(found.flipped.to_string(index=False))
    for name, move in sorted(found.summary.items(), key=lambda item: -item[1])[:20]:
        print(f"summary {name}: {move:.2e}")
    print("goals met" if found.met else "a goal is missed")
    return 0 if found.met else 1


if __name__ == "__main__":
    sys.exit(main())
