"""leukin against other engines: the patients of a published trial with the doses that they get, one thread, in one run.

    python benchmarks/engine.py [--quick] [--json] [--out FILE.md]

Sixty days of high-dose treatment, of the shipped model and of the same body with full receptor kinetics. Every engine solves
the same equations for the same patients between the same boundaries and gives the same outputs; engines take turns patient by
patient, and CPU time counts. leukin solves them in a block of as many patients as a block of a trial has, all different; of
the time of the block theirs is what part of its steps they took. Error: difference from a solution at rtol 1e-12, over each
state's largest value (at least a thousandth of its typical magnitude), the worst over states and outputs of a patient. An
engine that is not installed is named as such, and nothing is said about it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# before NumPy is loaded
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np  # noqa: E402
from cases import TIGHT, Cases, Solved, cases, chosen, errors, ours, theirs  # noqa: E402
from peak import peak, profile  # noqa: E402
from peers import PEERS, PREPARED, Engine  # noqa: E402
from translation import Translation, translate  # noqa: E402

from leukin.trial.design import BLOCK  # noqa: E402

#: tolerance at which leukin is used, and at whose error engines are compared
USUAL = 1e-6
#: engines of a quick run: those that are ready within seconds, and the one that reads our export
BRIEF = frozenset({"libroadrunner", "CasADi CVODES"})


@dataclass(slots=True)
class Tally:
    """What one engine did at one tolerance."""

    name: str
    rtol: float
    spent: float = 0.0
    solved: int = 0
    failed: int = 0
    errors: list[float] = field(default_factory=list)
    steps: float | None = None

    def row(self, states: int) -> dict[str, Any]:
        """For the JSON; a patient that failed counts in the time and in `failed`."""
        found = {
            "name": self.name,
            "rtol": self.rtol,
            "patients_per_cpu_s": self.solved / self.spent,
            "error_median": float(np.median(self.errors)) if self.errors else None,
            "error_max": float(np.max(self.errors)) if self.errors else None,
            "patients": len(self.errors),
            "failed": self.failed,
        }
        if self.steps is not None:
            step = 1e6 * self.spent / (self.solved * self.steps)
            found |= {"steps": self.steps, "us_per_step": step, "ns_per_step_and_state": 1e3 * step / states}
        return found


def measure(
    block: Cases,
    size: int,
    engines: dict[str, Engine],
    own: Sequence[float],
    other: Sequence[float],
    others: int,
) -> list[Tally]:
    """All engines in turns, patient by patient, on the first `size` patients of a block, the other engines on the first
    `others` of them; leukin solves the block each time.

    Where those are fewer, what is said of leukin is still of all `size`.
    """
    group = chosen(block, np.arange(size))
    tight = ours(group, **TIGHT)
    mine = {rtol: Tally("leukin", rtol) for rtol in own}
    peers = {(name, rtol): Tally(name, rtol) for name in engines for rtol in other}
    for rtol, tally in mine.items():
        found = ours(group, rtol=rtol)
        tally.errors, tally.steps = list(errors(group, found.states, tight.states)), float(found.steps.mean())
    for patient in range(size):
        for rtol, tally in mine.items():
            begin = time.process_time()
            steps = ours(block, rtol=rtol).steps
            tally.spent += (time.process_time() - begin) * float(steps[:size].sum() / steps.sum())
            tally.solved += size
        alone = chosen(group, np.array([patient]))
        for (name, rtol), tally in peers.items() if patient < others else ():
            one(group, patient, alone, tight, engines[name](rtol), tally)
        print(f"patient {patient + 1} of {size}", file=sys.stderr)
    return [*mine.values(), *peers.values()]


def one(group: Cases, patient: int, alone: Cases, tight: Solved, segment: Any, tally: Tally) -> None:
    """One patient by another engine."""
    if tally.name in PREPARED:
        theirs(group, patient, tight.extinct[patient], segment)
    begin = time.process_time()
    try:
        found = theirs(group, patient, tight.extinct[patient], segment)
    except Exception as problem:  # whatever another package raises: a patient that it could not solve
        print(f"{tally.name}, rtol {tally.rtol:g}, patient {patient}: {problem}"[:200], file=sys.stderr)
        found = np.full(tight.states[patient].shape, np.nan)
    tally.spent += time.process_time() - begin
    tally.solved += 1
    if np.isfinite(found).all():
        tally.errors.append(float(errors(alone, found[None], tight.states[patient][None])[0]))
    else:
        tally.failed += 1


def rate_at(rows: list[dict[str, Any]], error: float) -> float | None:
    """Patients per CPU-second at a median error, between two tolerances on logarithmic scales, or at a tighter one if that is
    faster; None where the error is outside of what was measured."""
    table = sorted(
        (np.log(r["error_median"]), np.log(r["patients_per_cpu_s"]))
        for r in rows
        if r["error_median"] and not r["failed"]
    )
    x, y = ([pair[k] for pair in table] for k in (0, 1))
    if not x or not x[0] <= np.log(error) <= x[-1]:
        return None
    between = float(np.interp(np.log(error), x, y))
    return float(np.exp(max([between, *(rate for exact, rate in table if exact <= np.log(error))])))


def ratios(rows: list[dict[str, Any]]) -> tuple[float, dict[str, float | None], dict[str, float | None]]:
    """Error of leukin at its usual tolerance; leukin over each engine at that error, and at that tolerance."""
    of = lambda name: [row for row in rows if row["name"] == name]  # noqa: E731
    usual = next(row for row in of("leukin") if row["rtol"] == USUAL)
    rate, error = usual["patients_per_cpu_s"], usual["error_median"]
    matched: dict[str, float | None] = {}
    same: dict[str, float | None] = {}
    for name in dict.fromkeys(row["name"] for row in rows if row["name"] != "leukin"):
        there = rate_at(of(name), error)
        matched[name] = None if there is None else rate / there
        same[name] = next((rate / r["patients_per_cpu_s"] for r in of(name) if r["rtol"] == USUAL), None)
    return error, matched, same


def two_threads(job: Callable[[], Any], repeats: int) -> float:
    """How many times as fast two jobs are done by two threads as by one, by the clock; the best of each counts."""
    one, two = [], []
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: job(), range(2)))  # each thread's work array
        for _ in range(repeats):
            begin = time.perf_counter()
            for _ in range(2):
                job()
            one.append(time.perf_counter() - begin)
            begin = time.perf_counter()
            list(pool.map(lambda _: job(), range(2)))
            two.append(time.perf_counter() - begin)
    return min(one) / min(two)


def sorting() -> None:
    """Work that two threads of an idle machine are known to share well."""
    values = np.random.default_rng(1).random(500_000)
    for _ in range(4):
        np.sort(values)


def prepare(make: Callable[[Translation], Engine], read: Translation) -> tuple[Engine | str, float]:
    """An engine and the seconds of CPU time meanwhile, or why there is none."""
    begin = time.process_time()
    try:
        return make(read), time.process_time() - begin
    except ImportError as problem:
        return f"not installed ({problem})", 0.0


def compare(form: str, patients: int, others: int, quick: bool) -> dict[str, Any]:
    """One model by all engines: `patients` by leukin, the first `others` of them by every other engine."""
    block = cases(max(patients, BLOCK), form)  # type: ignore[arg-type]
    group = chosen(block, np.arange(patients))
    read = translate(group.system)
    engines: dict[str, Engine] = {}
    missing: dict[str, str] = {}
    made: dict[str, float] = {}
    with ThreadPoolExecutor(2 if quick else 1) as pool:
        wanted = {name: make for name, make in PEERS.items() if name in BRIEF or not quick}
        found = pool.map(lambda make: prepare(make, read), wanted.values())
        for name, (engine, seconds) in zip(wanted, found, strict=True):
            if isinstance(engine, str):
                missing[name] = engine
                continue
            engines[name], made[name] = engine, seconds
            print(f"{form}, {name}: ready after {seconds:.1f} s", file=sys.stderr)
    own = (1e-5, USUAL, 1e-7) if quick else (1e-3, 1e-4, 1e-5, USUAL, 1e-7, 1e-8)
    finest = 1e-10 if form == "full" else 1e-9
    other = (USUAL, finest) if quick else (1e-4, USUAL, 1e-8, finest)
    tallies = measure(block, patients, engines, own, other, others)
    rows = [tally.row(len(group.system.states)) for tally in tallies]
    error, matched, same = ratios(rows)
    return {
        "model": {"states": len(group.system.states), "parameters": len(group.system.parameters)},
        "engines": rows,
        "ratio_at_matched_error": matched,
        "matched_error": error,
        "ratio_at_rtol_1e-6": same,
        "missing": missing,
        "cpu_s_to_make": made,
        "doses_median": float(np.median(group.doses)),
        "lanes": group.system.machine.lanes,
        "kernels": profile(group),
    }


def run(patients: int, others: int, quick: bool) -> dict[str, Any]:
    """Everything that is reported: the model of the trial, unless `quick` the same with full receptor kinetics, two threads.

    others: how many patients of the larger model the other engines solve.
    """
    found = compare("reduced", patients, patients, quick)
    if not quick:
        found["full_kinetics"] = compare("full", patients, others, quick)
    block = cases(BLOCK)
    return found | {
        "block": max(patients, BLOCK),
        "peak_gflops": peak(),
        "two_threads": two_threads(lambda: ours(block, rtol=USUAL), 2 if quick else 10),
        "two_threads_sorting": two_threads(sorting, 3 if quick else 10),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="2 patients of the model of the trial, fewer engines and tolerances",
    )
    parser.add_argument("--patients", type=int, help="16, or 2 with --quick")
    parser.add_argument(
        "--large", type=int, help="patients of the larger model for the other engines: 4, or 1"
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--out", type=Path, help="write the page with table and plot")
    asked = parser.parse_args()
    if asked.quick and asked.out is not None:
        parser.error("--out: the page needs both models; leave out --quick")
    patients = asked.patients or (2 if asked.quick else 16)
    found = run(patients, min(patients, asked.large or (1 if asked.quick else 4)), asked.quick)
    if asked.out is not None:
        from performance_page import write

        write(found, asked.out)
    if asked.json:
        print(json.dumps(found))
        return
    from performance_page import text

    print(text(found))


if __name__ == "__main__":
    main()
