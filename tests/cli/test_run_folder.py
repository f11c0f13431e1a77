"""A run folder: resumed, damaged, shared, made from other inputs, interrupted, killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cli import fake
from cli.commands import environment
from leukin.cli import disk, journal, run_folder
from leukin.cli.exits import Outside
from leukin.errors import FolderError


def content(path: Path) -> dict[str, bytes]:
    """Every stored table by name."""
    return {str(file.relative_to(path)): file.read_bytes() for file in sorted(path.rglob("*.parquet"))}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "run"
    fake.run(path, workers=1)
    return path


def test_finished_folder_holds_what_the_contract_names(whole: Path) -> None:
    manifest = json.loads((whole / "run.json").read_text())
    assert manifest["status"] == "finished"
    assert [block["block"] for block in manifest["blocks"]] == list(range(6))
    for block in manifest["blocks"]:
        assert disk.sha256(whole / block["file"]) == block["sha256"]
    names = {entry.name for entry in whole.iterdir()}
    assert names == {"run.json", "patients", "summary.parquet", "courses.parquet", ".lock"}
    table = pd.concat(pd.read_parquet(file) for file in sorted((whole / "patients").glob("part-*.parquet")))
    assert table["patient"].tolist() == list(range(60))
    assert manifest["result"]["sum"] == pytest.approx(
        sum(np.random.default_rng(n).normal(size=10).sum() for n in range(6)), rel=1e-12
    )


def test_workers_do_not_change_a_byte(whole: Path, tmp_path: Path) -> None:
    fake.run(tmp_path / "run", workers=4)
    assert content(tmp_path / "run") == content(whole)


def test_finished_folder_is_not_computed_again(whole: Path) -> None:
    def never(number: int) -> fake.FakeBlock:
        raise AssertionError("computed again")

    assert fake.run(whole, work=never).finished


def test_resume_computes_only_what_is_left(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "run"
    seen: list[int] = []

    def stops(number: int) -> fake.FakeBlock:
        if number == 3:
            raise OSError(28, "No space left on device")
        return fake.compute(number)

    def notes(number: int) -> fake.FakeBlock:
        seen.append(number)
        return fake.compute(number)

    with pytest.raises(OSError, match="space"):
        fake.run(path, workers=1, work=stops)
    manifest = json.loads((path / "run.json").read_text())
    assert manifest["status"] == "running"
    stored = {entry["block"] for entry in journal.read(path / "blocks.jsonl")}
    fake.run(path, work=notes)
    assert sorted(seen) == sorted(set(range(6)) - stored)
    assert stored >= {0, 1, 2}
    assert content(path) == content(whole)


@pytest.mark.parametrize("table", ["patients", "observables"])
@pytest.mark.parametrize("harm", ["cut", "flip", "gone"])
def test_damaged_part_of_unfinished_run_is_made_again(
    whole: Path, tmp_path: Path, harm: str, table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run"
    with run_folder.opened(path, fake.INPUTS, fake.START) as folder:
        for number in range(4):
            folder.store(number, fake.compute(number))
    part = path / table / "part-00002.parquet"
    body = bytearray(part.read_bytes())
    if harm == "cut":
        part.write_bytes(body[: len(body) // 2])
    elif harm == "flip":
        body[len(body) // 2] ^= 1
        part.write_bytes(body)
    else:
        part.unlink()
    seen: list[int] = []

    def notes(number: int) -> fake.FakeBlock:
        seen.append(number)
        return fake.compute(number)

    fake.run(path, work=notes)
    assert sorted(seen) == [2, 4, 5]
    assert "part-00002.parquet" in capsys.readouterr().err
    assert content(path) == content(whole)


@pytest.mark.parametrize("name", ["patients/part-00001.parquet", "summary.parquet", "courses.parquet"])
def test_damaged_table_of_finished_run_is_made_again(whole: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / "run"
    shutil.copytree(whole, path)
    (path / name).write_bytes((path / name).read_bytes()[:-1])
    fake.run(path)
    assert content(path) == content(whole)


def test_other_inputs_are_refused_and_named(whole: Path) -> None:
    before = content(whole)
    with pytest.raises(FolderError, match=r"made from other inputs: seed 1 there, 2 now"):
        fake.run(whole, seed=2)
    assert content(whole) == before


def test_folder_with_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(FolderError, match="not a run folder"):
        fake.run(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.txt"]


def test_spoilt_manifest_is_refused(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "run"
    shutil.copytree(whole, path)
    (path / "run.json").write_text("{")
    with pytest.raises(FolderError, match="not valid JSON"):
        fake.run(path)


def test_two_processes_do_not_share_a_folder(tmp_path: Path) -> None:
    with (
        run_folder.opened(tmp_path / "run", fake.INPUTS, fake.START),
        pytest.raises(Outside, match="another leukin works in this folder"),
    ):
        fake.run(tmp_path / "run")
    assert fake.run(tmp_path / "run").finished


def test_leftovers_of_a_killed_writer_are_not_used(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "run"
    (path / "patients").mkdir(parents=True)
    (path / "patients" / "part-00000.parquet.tmp").write_bytes(b"half")
    fake.run(path)
    assert content(path) == content(whole)
    assert not list(path.rglob("*.tmp"))


def _child(path: Path) -> subprocess.Popen[str]:
    file = Path(fake.__file__)
    child = subprocess.Popen(
        [sys.executable, str(file), str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        start_new_session=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "started\n"
    return child


def _wait_for_blocks(path: Path, count: int) -> None:
    for _ in range(2000):
        if len(list((path / "patients").glob("part-*.parquet"))) >= count:
            return
        time.sleep(0.005)
    raise AssertionError("no block was stored")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_run_can_be_resumed(whole: Path, tmp_path: Path, number: int, code: int) -> None:
    path = tmp_path / "run"
    child = _child(path)
    _wait_for_blocks(path, 2)
    os.kill(child.pid, number)
    _, complaints = child.communicate(timeout=20)
    assert child.returncode == code
    assert "Traceback" not in complaints
    assert json.loads((path / "run.json").read_text())["status"] == "running"
    fake.run(path)
    assert content(path) == content(whole)


def test_killed_run_loses_at_most_one_block(whole: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(11)
    for attempt, delay in enumerate(rng.uniform(0.0, 0.9, size=4)):
        path = tmp_path / f"run{attempt}"
        child = _child(path)
        time.sleep(float(delay))
        stored = len(list((path / "patients").glob("part-*.parquet")))
        os.kill(child.pid, signal.SIGKILL)
        child.wait(timeout=20)
        seen: list[int] = []

        def notes(number: int, seen: list[int] = seen) -> fake.FakeBlock:
            seen.append(number)
            return fake.compute(number)

        fake.run(path, work=notes)
        assert len(seen) <= 6 - stored + 1
        assert content(path) == content(whole)


def test_unwritable_folder_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        fake.run(tmp_path / "file" / "run")
