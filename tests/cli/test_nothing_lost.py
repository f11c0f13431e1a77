"""A run that is killed, damaged or cut short is finished by the next call with the same bytes, no block lost or doubled."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cli import fake, kills
from cli.commands import environment
from leukin.cli import journal, run_folder
from leukin.errors import FolderError


def content(path: Path) -> dict[str, bytes]:
    """Every stored table by name."""
    return {str(file.relative_to(path)): file.read_bytes() for file in sorted(path.rglob("*.parquet"))}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "run"
    fake.run(path, workers=1)
    return path


def same(path: Path, whole: Path) -> None:
    assert fake.run(path).finished
    assert content(path) == content(whole)
    names = {entry.name for entry in path.iterdir()}
    assert names == {"run.json", "patients", "summary.parquet", "courses.parquet", ".lock"}
    numbers = [block["block"] for block in json.loads((path / "run.json").read_text())["blocks"]]
    assert numbers == list(range(6))


def die_at(folder: Path, first: int, step: int) -> list[Path]:
    """Folders of runs that died before the steps to disk `first`, `first + step`, ...; the last one came to its end."""
    command = [sys.executable, kills.__file__, str(folder), str(first), str(step)]
    tests = str(Path(kills.__file__).parents[1])
    path = os.pathsep.join([environment()["PYTHONPATH"], tests])
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment(PYTHONPATH=path), check=False
    )
    assert done.returncode == 0, done.stderr
    return sorted(folder.iterdir())


def test_killed_before_steps_to_disk(whole: Path, tmp_path: Path) -> None:
    folders = die_at(tmp_path, 3, 9)
    assert len(folders) > 4
    assert json.loads((folders[-1] / "run.json").read_text())["status"] == "finished"
    for path in folders:
        same(path, whole)


@pytest.mark.slow
def test_killed_before_every_step_to_disk(whole: Path, tmp_path: Path) -> None:
    folders = die_at(tmp_path, 0, 1)
    assert len(folders) > 40
    assert [
        json.loads((path / "run.json").read_text())["status"]
        for path in folders
        if (path / "run.json").exists()
    ]
    for path in folders:
        same(path, whole)


@pytest.mark.slow
def test_killed_at_twenty_random_moments(whole: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    for attempt, delay in enumerate(rng.uniform(0.0, 1.2, size=20)):
        path = tmp_path / f"run{attempt}"
        child = subprocess.Popen(
            [sys.executable, fake.__file__, str(path)], stdout=subprocess.PIPE, text=True, env=environment()
        )
        assert child.stdout is not None
        assert child.stdout.readline() == "started\n"
        time.sleep(float(delay))
        os.kill(child.pid, signal.SIGKILL)
        child.wait(timeout=20)
        stored = len(list((path / "patients").glob("part-*.parquet")))
        seen: list[int] = []

        def notes(number: int, seen: list[int] = seen) -> fake.FakeBlock:
            seen.append(number)
            return fake.compute(number)

        fake.run(path, work=notes)
        assert len(seen) <= 6 - stored + 1
        same(path, whole)


def test_a_hundred_damaged_parts_are_all_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(3)
    path = tmp_path / "run"
    with run_folder.opened(path, fake.INPUTS, fake.START) as folder:
        for number in range(4):
            folder.store(number, fake.compute(number))
    before = content(path)
    for attempt in range(100):
        number = int(rng.integers(4))
        part = path / str(rng.choice(["patients", "observables"])) / f"part-{number:05d}.parquet"
        body = bytearray(part.read_bytes())
        if attempt % 2:
            part.write_bytes(body[: int(rng.integers(len(body)))])
        else:
            body[int(rng.integers(len(body)))] ^= 1 << int(rng.integers(8))
            part.write_bytes(body)
        with run_folder.opened(path, fake.INPUTS, fake.START) as folder:
            assert folder.done == set(range(4)) - {number}
            folder.store(number, fake.compute(number))
        assert part.name in capsys.readouterr().err
        assert content(path) == before


def test_damaged_lines_of_the_journal_are_not_believed(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    file = tmp_path / "blocks.jsonl"
    entries = [{"block": number, "file": f"patients/part-{number:05d}.parquet"} for number in range(8)]
    for entry in entries:
        journal.append(file, entry)
    assert journal.read(file) == entries
    body = file.read_bytes()
    for _ in range(200):
        harmed = bytearray(body)
        harmed[int(rng.integers(len(body)))] ^= 1 << int(rng.integers(8))
        file.write_bytes(harmed)
        read = journal.read(file)
        assert all(entry in entries for entry in read)
        assert len(read) >= 6
    for end in range(0, len(body), 7):
        file.write_bytes(body[:end])
        assert journal.read(file) == entries[: len(journal.read(file))]
        journal.append(file, entries[7])
        assert entries[7] in journal.read(file)


def test_a_journal_without_its_manifest_is_not_used(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "run"
    with run_folder.opened(path, fake.INPUTS | {"seed": 9}, fake.START) as folder:
        folder.store(0, fake.compute(5))
    (path / "run.json").unlink()
    same(path, whole)


def test_one_damaged_part_of_a_finished_run_costs_one_block(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "run"
    fake.run(path)
    part = path / "patients" / "part-00004.parquet"
    part.write_bytes(part.read_bytes()[:-9])
    seen: list[int] = []

    def notes(number: int) -> fake.FakeBlock:
        seen.append(number)
        return fake.compute(number)

    fake.run(path, work=notes)
    assert seen == [4]
    same(path, whole)


def test_a_changed_number_in_the_manifest_is_found(tmp_path: Path) -> None:
    path = tmp_path / "run"
    fake.run(path)
    text = (path / "run.json").read_text()
    (path / "run.json").write_text(text.replace('"rows": 10', '"rows": 11', 1))
    with pytest.raises(FolderError, match="was changed or is damaged"):
        fake.run(path)


def test_disk_full(whole: Path, tmp_path: Path) -> None:
    """A limit on the size of files stands for a full disk: the run ends with code 3 and one line, and is resumed."""
    path = tmp_path / "run"

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2500, resource.RLIM_INFINITY))

    done = subprocess.run(
        [sys.executable, fake.__file__, str(path)], capture_output=True, text=True, env=environment(),
        preexec_fn=small, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert "file too large" in done.stderr.splitlines()[-1]
    assert not list(path.rglob("*.tmp"))
    same(path, whole)


def test_wall_time_adds_up_over_calls(tmp_path: Path) -> None:
    with run_folder.opened(tmp_path, fake.INPUTS, fake.START) as folder:
        folder.since -= 100.0
        folder.store(0, fake.compute(0))
    assert fake.run(tmp_path).manifest["wall_s"] >= 100.0


def test_a_run_needs_the_same_disk_for_a_block_whatever_came_before(tmp_path: Path) -> None:
    sizes = []
    with run_folder.opened(tmp_path, fake.INPUTS, fake.START) as folder:
        for number in range(6):
            before = (tmp_path / "run.json").stat().st_size
            folder.store(number, fake.compute(number))
            sizes.append((tmp_path / "blocks.jsonl").stat().st_size)
            assert (tmp_path / "run.json").stat().st_size == before
    steps = np.diff(sizes)
    assert steps.max() - steps.min() < 8
    assert pd.Series(sizes).is_monotonic_increasing
