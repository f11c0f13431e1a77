"""Blocks of a made-up trial: quick, and the same for a number whenever it is computed."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from leukin.cli import pool, run_folder
from leukin.cli.exits import guarded

BLOCKS = {number: number for number in range(6)}
INPUTS = {"trial": "made-up", "seed": 1, "patients": 60, "code_hash": "abc"}
START = {"command": "leukin run made-up", "versions": {}, "report": {}}


@dataclass(frozen=True)
class FakeBlock:
    patients: pd.DataFrame
    courses: pd.DataFrame


def compute(number: int) -> FakeBlock:
    rng = np.random.default_rng(number)
    patients = np.arange(10 * number, 10 * number + 10)
    table = pd.DataFrame(
        {"patient": patients, "arm": "a", "status": "ok", "draw": 0, "value": rng.normal(size=10)}
    )
    courses = pd.DataFrame(
        {
            "patient": np.repeat(patients, 3),
            "arm": "a",
            "time_h": np.tile([0.0, 1.0, 2.0], 10),
            "x": rng.normal(size=30),
        }
    )
    return FakeBlock(table, courses)


def slowly(number: int) -> FakeBlock:
    time.sleep(0.15)
    return compute(number)


def run(path: Path, seed: int = 1, workers: int = 2, work=compute) -> run_folder.RunFolder:
    """What `leukin run` does with a folder, on made-up blocks."""
    with run_folder.opened(path, INPUTS | {"seed": seed}, START) as folder:
        if not folder.finished:
            with pool.threads(workers, work) as threads:
                pool.run_blocks(folder, BLOCKS, threads)
            patients = folder.patients()
            tables = {} if folder.tables_kept else whole_tables(folder)
            folder.finish(tables, {"result": {"sum": float(patients["value"].sum())}})
        return folder


def whole_tables(folder: run_folder.RunFolder) -> dict[str, pd.DataFrame]:
    summary = pd.concat(folder.observables(["time_h", "x"])).groupby("time_h", as_index=False).median()
    return {run_folder.SUMMARY: summary, run_folder.COURSES: pd.concat(folder.observables())}


if __name__ == "__main__":  # python fake.py FOLDER: a slow run that can be interrupted

    def call() -> int:
        print("started", flush=True)
        run(Path(sys.argv[1]), workers=1, work=slowly)
        return 0

    sys.exit(guarded(call))
