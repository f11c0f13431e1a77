"""Blocks on a Dask cluster: the same bytes as on threads, nothing lost with a worker, what kills workers is isolated."""

from __future__ import annotations

import dataclasses
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import dask
import pandas as pd
import pytest
from distributed import LocalCluster
from distributed.scheduler import KilledWorker

from cli import fake
from cli.commands import environment, leukin
from cli.poison import POISON, deadly, keep_compiled_in
from leukin.catalog import load_catalog, load_trial
from leukin.cli import cluster, pool, run_folder
from leukin.cli.cluster import Cluster
from leukin.cli.exits import Outside
from leukin.cli.job import Job, compute
from leukin.cli.processes import processes
from leukin.cli.run import where
from leukin.errors import CatalogError
from leukin.trial.run import Plan, plan, run_block, together

TRIAL = """
title    = "Five days of aldesleukin, for tests"
host     = "human"
tumour   = "renal-cell-carcinoma"
patients = 4
horizon  = "8 week"
response = "WHO"
scans    = { every = "8 week" }

[[arm]]
name = "some"
rule = "high-dose-withholding"

[[arm.dose]]
molecule = "aldesleukin"
amount   = "600000 IU/kg"
route    = "iv infusion"
infusion = "15 min"
every    = "8 h"
count    = 14

[[arm]]
name = "few"

[[arm.dose]]
molecule = "aldesleukin"
amount   = "72000 IU/kg"
route    = "iv infusion"
infusion = "15 min"
every    = "8 h"
count    = 3
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trial") / "short.toml"
    path.write_text(TRIAL, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def ready(file: Path) -> Plan:
    known = load_catalog()
    return plan(load_trial(file, known), known, draws=3)


@pytest.fixture(scope="module")
def job(ready: Plan) -> Job:
    return Job("short", ready.trial, ready.catalogue, ready.patients, ready.seed, ready.draws)


@pytest.fixture(scope="module")
def on_threads(ready: Plan, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    path = tmp_path_factory.mktemp("threads") / "run"
    with (
        run_folder.opened(path, fake.INPUTS, fake.START) as folder,
        pool.threads(1, lambda number: run_block(ready, ready.blocks[number])) as workers,
    ):
        pool.run_blocks(folder, range(4), workers)
    return parts(path)


def parts(path: Path) -> dict[str, bytes]:
    return {str(file.relative_to(path)): file.read_bytes() for file in sorted(path.rglob("part-*.parquet"))}


def run_on(workers: Cluster, path: Path, order: list[int]) -> dict[str, bytes]:
    with run_folder.opened(path, fake.INPUTS, fake.START) as folder:
        pool.run_blocks(folder, order, workers)
    return parts(path)


def test_inside_one_process(ready: Plan, job: Job, on_threads: dict[str, bytes], tmp_path: Path) -> None:
    local = LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None)
    with local, cluster.cluster(local.scheduler_address, job, ready, 10_000) as workers:
        assert workers.slots() == 2
        assert run_on(workers, tmp_path / "run", [3, 0, 2, 1]) == on_threads


def test_a_worker_that_is_unlike_is_refused(job: Job) -> None:
    other = dataclasses.replace(job, key="other", packages=job.packages | {"numpy": "1.0"})
    with pytest.raises(Outside, match=r"a worker is unlike this machine: numpy .* there, 1\.0 here"):
        compute(other, 0, 0)


def test_no_scheduler(file: Path, tmp_path: Path) -> None:
    short = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "1s"}
    address = "tcp://127.0.0.1:9"
    answer = leukin("run", file, "--cluster", address, "--out", tmp_path / "out", **short)
    assert answer.returncode == 3
    assert answer.stdout == ""
    assert answer.stderr.splitlines()[-1].startswith(f"--cluster: no scheduler answers at {address} (")


def test_refusals(ready: Plan, job: Job) -> None:
    with (
        pytest.raises(CatalogError, match="'nonsense://x' is not an address"),
        cluster.cluster("nonsense://x", job, ready, 0),
    ):
        pass
    with pytest.raises(CatalogError, match="--workers: does not belong to --cluster"):
        where(2, "tcp://127.0.0.1:9")


class Doomed:
    """An executor that answers at once and loses the workers of whatever `kills` says."""

    def __init__(self, kills: Any) -> None:
        self.kills = kills
        self.seen: list[tuple[int, int | None]] = []

    def submit(self, call: Any, job: Job, number: int, courses: int, patient: int | None) -> Future[Any]:
        self.seen.append((number, patient))
        answer: Future[Any] = Future()
        if self.kills(number, patient):
            answer.set_exception(KilledWorker("task", None, 3))  # type: ignore[arg-type]
        else:
            answer.set_result(call(job, number, courses, patient))
        return answer


class Client:
    """A client with one worker, or none."""

    status = "running"

    def __init__(self, threads: int = 1) -> None:
        self.threads = threads

    def nthreads(self) -> dict[str, int]:
        return {"worker": self.threads} if self.threads else {}


def doomed(ready: Plan, job: Job, kills: Any, threads: int = 1, patience: float = 9.0) -> Cluster:
    return Cluster(Client(threads), Doomed(kills), job, ready, 10_000, patience)  # type: ignore[arg-type]


def test_a_block_that_lost_its_worker_by_chance_is_computed_alone(
    ready: Plan, job: Job, on_threads: dict[str, bytes], tmp_path: Path
) -> None:
    times = iter([True])
    workers = doomed(ready, job, lambda number, patient: number == 1 and next(times, False))
    assert run_on(workers, tmp_path / "run", [0, 1, 2, 3]) == on_threads
    assert workers.executor.seen == [(0, None), (1, None), (2, None), (3, None), (1, None)]


def test_the_patient_that_kills_is_a_row_that_says_so(
    ready: Plan, job: Job, on_threads: dict[str, bytes], tmp_path: Path
) -> None:
    workers = doomed(ready, job, lambda number, patient: number == 0 and patient in (None, 2))
    found = run_on(workers, tmp_path / "run", [0, 1, 2, 3])
    assert {name for name in found if found[name] != on_threads[name]} == {
        "patients/part-00000.parquet", "observables/part-00000.parquet",
    }  # fmt: skip
    table = pd.read_parquet(tmp_path / "run" / "patients" / "part-00000.parquet")
    whole = run_block(ready, ready.blocks[0]).patients
    assert table["patient"].tolist() == whole["patient"].tolist() == [0, 1, 2, 3, 0, 1, 2, 3]
    assert table["arm"].tolist() == whole["arm"].tolist()
    dead = table["patient"] == 2
    assert (table.loc[dead, "status"] == "failed").all()
    assert table.loc[dead, "reason"].str.contains("worker that computed it was lost").all()
    assert table.loc[dead, "doses_given"].isna().all()
    columns = [name for name in whole if name not in ("sex",)]
    pd.testing.assert_frame_equal(
        table.loc[~dead, columns], whole.loc[~dead, columns], check_dtype=False, check_exact=True
    )


def test_parts_of_a_block_make_the_block(ready: Plan, job: Job) -> None:
    block = ready.blocks[0]
    whole = run_block(ready, block)
    singles = [compute(job, 0, 10_000, int(patient)) for patient in reversed(block.patients)]
    joined = together(ready, singles)
    pd.testing.assert_frame_equal(joined.patients, whole.patients, check_exact=True)
    pd.testing.assert_frame_equal(
        joined.courses, whole.courses, check_exact=True, check_categorical=False, check_dtype=False
    )


def test_a_cluster_without_workers_is_given_up(ready: Plan, job: Job) -> None:
    workers = doomed(ready, job, lambda number, patient: False, threads=0, patience=0.2)
    assert workers.slots() == 1
    time.sleep(0.3)
    with pytest.raises(Outside, match=r"no worker has been there for 0\.2 s"):
        workers.slots()


@pytest.fixture
def local(request: pytest.FixtureRequest) -> Iterator[LocalCluster]:
    with dask.config.set({"distributed.scheduler.allowed-failures": 0}):
        made = LocalCluster(n_workers=request.param, threads_per_worker=1, dashboard_address=None)
    with made:
        yield made


@pytest.mark.slow
@pytest.mark.parametrize("local", [1, 2, 4], indirect=True)
@pytest.mark.parametrize("cold", [False, True])
def test_processes_and_order_do_not_change_a_byte(
    local: LocalCluster, cold: bool, ready: Plan, job: Job, on_threads: dict[str, bytes], tmp_path: Path,
) -> None:  # fmt: skip
    order = list(range(4))
    random.Random(len(local.workers)).shuffle(order)
    with cluster.cluster(local.scheduler_address, job, ready, 10_000) as workers:
        if cold:
            workers.client.run(keep_compiled_in, str(tmp_path / "cache"))
        assert run_on(workers, tmp_path / "run", order) == on_threads
    if cold:
        assert list((tmp_path / "cache").rglob("*"))


@pytest.mark.slow
@pytest.mark.parametrize("local", [2], indirect=True)
def test_a_killed_worker_loses_nothing(
    local: LocalCluster, ready: Plan, job: Job, on_threads: dict[str, bytes], tmp_path: Path
) -> None:
    killed = []

    def kill(count: int) -> None:
        if not killed:
            killed.extend(local.scheduler_info["workers"])
            os.kill(next(iter(workers.client.run(os.getpid).values())), signal.SIGKILL)

    with (
        cluster.cluster(local.scheduler_address, job, ready, 10_000) as workers,
        run_folder.opened(tmp_path / "run", fake.INPUTS, fake.START) as folder,
    ):
        pool.run_blocks(folder, range(4), workers, kill)
    assert killed
    assert parts(tmp_path / "run") == on_threads


@pytest.mark.slow
@pytest.mark.parametrize("local", [2], indirect=True)
def test_a_patient_that_kills_every_worker_is_isolated(
    local: LocalCluster, ready: Plan, job: Job, on_threads: dict[str, bytes], tmp_path: Path
) -> None:
    with cluster.cluster(local.scheduler_address, job, ready, 10_000) as workers:
        workers.compute = deadly
        found = run_on(workers, tmp_path / "run", [0, 1, 2, 3])
    assert {name for name in found if found[name] != on_threads[name]} == {"patients/part-00001.parquet"}
    table = pd.read_parquet(tmp_path / "run" / "patients" / "part-00001.parquet")
    assert table.loc[table["status"] == "failed", "patient"].unique().tolist() == [POISON]


@pytest.mark.slow
@pytest.mark.parametrize("local", [2], indirect=True)
def test_the_command(local: LocalCluster, file: Path, tmp_path: Path) -> None:
    words = ("run", file, "--patients", "70", "--json")
    here = leukin(*words, "--out", "here", cwd=tmp_path)
    there = leukin(*words, "--out", "there", "--cluster", local.scheduler_address, cwd=tmp_path)
    assert there.returncode == 0, there.stderr
    assert parts(tmp_path / "here") == parts(tmp_path / "there")
    strip = [text.split('"patients"', 1)[1] for text in (here.stdout, there.stdout)]
    assert strip[0] == strip[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("victim", "number", "code"),
    [("scheduler", "SIGKILL", 3), ("run", "SIGINT", 130), ("run", "SIGTERM", 143), ("run", "SIGKILL", -9)],
)
def test_a_scheduler_or_a_run_that_ends_early(
    victim: str, number: str, code: int, file: Path, tmp_path: Path
) -> None:
    """Programs of their own, as on a real cluster: what is stored stays, and the run goes on without the cluster."""
    address = tmp_path / "scheduler.json"
    programs = [
        subprocess.Popen([sys.executable, "-m", f"distributed.cli.dask_{name}", *words, "--no-dashboard"], env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for name, words in (
            ("scheduler", ["--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(address)]),
            ("worker", ["--scheduler-file", str(address), "--nthreads", "1"]),
        )
    ]  # fmt: skip
    try:
        for _ in range(600):
            if address.exists() and address.read_text().strip().endswith("}"):
                break
            time.sleep(0.1)
        where = json.loads(address.read_text())["address"]
        words = [
            sys.executable,
            "-m",
            "leukin",
            "run",
            str(file),
            "--patients",
            "400",
            "--out",
            str(tmp_path / "out"),
        ]
        with subprocess.Popen([*words, "--cluster", where], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()) as run:  # fmt: skip
            journal = tmp_path / "out" / "blocks.jsonl"
            for _ in range(1200):
                if journal.exists() or run.poll() is not None:
                    break
                time.sleep(0.1)
            (programs[0] if victim == "scheduler" else run).send_signal(getattr(signal, number))
            out, complaints = run.communicate(timeout=120)
        assert run.returncode == code, complaints
        assert out == ""
        assert "Traceback" not in complaints
        last = {
            3: "scheduler is gone",
            130: "Resume with: leukin run",
            143: "Resume with: leukin run",
            -9: "",
        }
        assert last[code] in complaints
        stored = len(journal.read_text().split())
        assert stored
    finally:
        for program in programs:
            program.kill()
            program.wait(timeout=30)
    whole = leukin("run", file, "--patients", "400", "--out", tmp_path / "whole", "--json")
    resumed = leukin("run", file, "--patients", "400", "--out", tmp_path / "out", "--json")
    assert "resuming" in resumed.stderr
    assert parts(tmp_path / "whole") == parts(tmp_path / "out")
    assert whole.stdout.split('"patients"', 1)[1] == resumed.stdout.split('"patients"', 1)[1]


def test_threads_or_processes() -> None:
    assert pool.threads_suffice(1, 10_000)
    assert pool.threads_suffice(16, 4)
    assert not pool.threads_suffice(16, 10_000)


@pytest.mark.slow
def test_processes_of_this_machine(
    ready: Plan, job: Job, on_threads: dict[str, bytes], tmp_path: Path
) -> None:
    with processes(2, job, ready, 10_000) as workers:
        with run_folder.opened(tmp_path / "run", fake.INPUTS, fake.START) as folder:
            pool.run_blocks(folder, [2, 0, 3, 1], workers)
        assert workers.executor is not None
        children = list(workers.executor._processes)
    assert parts(tmp_path / "run") == on_threads
    time.sleep(0.5)
    assert not [
        child
        for child in children
        if Path(f"/proc/{child}/cmdline").exists() and Path(f"/proc/{child}/cmdline").read_bytes()
    ]


@pytest.mark.slow
def test_a_patient_that_kills_every_process_is_isolated(
    ready: Plan, job: Job, on_threads: dict[str, bytes], tmp_path: Path
) -> None:
    with processes(2, job, ready, 10_000) as workers:
        workers.compute = deadly
        with run_folder.opened(tmp_path / "run", fake.INPUTS, fake.START) as folder:
            pool.run_blocks(folder, [0, 1, 2, 3], workers)
    found = parts(tmp_path / "run")
    assert {name for name in found if found[name] != on_threads[name]} == {"patients/part-00001.parquet"}
    table = pd.read_parquet(tmp_path / "run" / "patients" / "part-00001.parquet")
    assert table.loc[table["status"] == "failed", "patient"].unique().tolist() == [POISON]
