"""A run folder: what is finished, what is left, and who works in it."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from leukin.cli import disk
from leukin.cli.exits import Outside, say
from leukin.errors import FolderError, Problem
from leukin.report.data import MANIFEST, read_manifest

if TYPE_CHECKING:
    from pandas import DataFrame

LOCK = ".lock"
PATIENTS, OBSERVABLES = "patients", "observables"
SUMMARY, COURSES = "summary.parquet", "courses.parquet"
RUNNING, FINISHED = "running", "finished"
FORMAT = 1
AHEAD = 2  # blocks handed out for each worker

Inputs = Mapping[str, Any]


class Block(Protocol):
    """Tables of one block: one row a patient and arm; one row a patient, arm and time (may be empty)."""

    @property
    def patients(self) -> DataFrame: ...

    @property
    def courses(self) -> DataFrame: ...


def inputs_hash(inputs: Inputs) -> str:
    """Short hash of everything that decides a result."""
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:12]


@dataclass(slots=True)
class RunFolder:
    """An opened and locked run folder; `manifest` is what run.json holds."""

    path: Path
    manifest: dict[str, Any]

    @property
    def finished(self) -> bool:
        """Whether the result is stored."""
        return self.manifest["status"] == FINISHED

    @property
    def done(self) -> set[int]:
        """Numbers of the blocks that are stored."""
        return {block["block"] for block in self.manifest["blocks"]}

    def save(self) -> None:
        """Write run.json."""
        disk.write_json(self.path / MANIFEST, self.manifest)

    def store(self, number: int, block: Block) -> None:
        """Write the tables of one block, then name them in run.json."""
        name = f"part-{number:05d}.parquet"
        entry: dict[str, Any] = {"block": number, "file": f"{PATIENTS}/{name}", "rows": len(block.patients)}
        entry["sha256"] = disk.write_table(self.path / PATIENTS / name, block.patients)
        if len(block.courses):
            entry["observables"] = f"{OBSERVABLES}/{name}"
            entry["observables_sha256"] = disk.write_table(self.path / OBSERVABLES / name, block.courses)
        blocks = [*self.manifest["blocks"], entry]
        self.manifest["blocks"] = sorted(blocks, key=lambda item: item["block"])
        self.save()

    def patients(self) -> DataFrame:
        """All patients in order."""
        import pandas

        parts = [pandas.read_parquet(self.path / block["file"]) for block in self.manifest["blocks"]]
        return pandas.concat(parts, ignore_index=True)

    def observables(self, columns: list[str] | None = None) -> Iterator[DataFrame]:
        """Time courses of each block in order, whole or some columns."""
        import pandas

        for block in self.manifest["blocks"]:
            if "observables" in block:
                yield pandas.read_parquet(self.path / block["observables"], columns=columns)

    def finish(self, summary: DataFrame, courses: DataFrame, more: Mapping[str, Any]) -> None:
        """Store the tables of the whole run and mark it finished; the blocks' own time courses go."""
        files = {SUMMARY: disk.write_table(self.path / SUMMARY, summary)}
        files[COURSES] = disk.write_table(self.path / COURSES, courses)
        gone = ("observables", "observables_sha256")
        self.manifest["blocks"] = [
            {k: v for k, v in b.items() if k not in gone} for b in self.manifest["blocks"]
        ]
        self.manifest.update(more, status=FINISHED, files=files)
        self.save()
        _empty(self.path / OBSERVABLES)


@contextmanager
def opened(path: Path, inputs: Inputs, start: Mapping[str, Any]) -> Iterator[RunFolder]:
    """Open or make a run folder for `inputs` and keep others out of it meanwhile.

    start: what a new manifest holds besides. Raises FolderError where the folder was made from other inputs or holds
    something else, Outside where another process works in it, OSError where it cannot be written.
    """
    fresh = not path.exists()
    path.mkdir(parents=True, exist_ok=True)
    strangers = [entry.name for entry in path.iterdir() if entry.name != LOCK]
    if strangers and MANIFEST not in strangers and not _ours(strangers):
        reason = f"is not empty and not a run folder: it holds {strangers[0]}"
        raise FolderError(Problem(file=str(path), reason=reason, fix="give a new folder with --out"))
    with _locked(path):
        if (path / MANIFEST).exists():
            folder = RunFolder(path, read_manifest(path))
            _compare(folder, inputs)
            _verify(folder)
        else:
            manifest = {
                "format": FORMAT,
                "status": RUNNING,
                "inputs": dict(inputs),
                **start,
                "blocks": [],
                "failures": [],
            }
            folder = RunFolder(path, manifest)
        if not folder.finished:
            for name in (PATIENTS, OBSERVABLES):
                (path / name).mkdir(exist_ok=True)
            for leftover in path.glob(f"**/*{disk.TEMPORARY}"):
                leftover.unlink(missing_ok=True)
            folder.save()
            if not fresh and folder.done:
                say(f"resuming {path}: {len(folder.done)} blocks are finished")
        yield folder


def _ours(names: Sequence[str]) -> bool:
    """Whether a folder without manifest holds only what a run interrupted at its start leaves."""
    return all(name in (PATIENTS, OBSERVABLES) or name.endswith(disk.TEMPORARY) for name in names)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    handle = os.open(path / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fix = "wait for it, or give another folder with --out"
            raise Outside(
                Problem(file=str(path), reason="another leukin works in this folder", fix=fix)
            ) from None
        yield
    finally:
        os.close(handle)


def _compare(folder: RunFolder, inputs: Inputs) -> None:
    before = folder.manifest["inputs"]
    words = []
    for key in dict.fromkeys([*before, *inputs]):
        old, new = before.get(key), inputs.get(key)
        if old != new:
            name = key.replace("_", " ")
            plain = (
                isinstance(new, (int, str))
                and isinstance(old, (int, str))
                and not key.endswith(("hash", "sha256"))
            )
            words.append(f"{name} {old} there, {new} now" if plain else f"another {name}")
    if words:
        fix = "give another folder with --out"
        raise FolderError(
            Problem(file=str(folder.path), reason=f"was made from other inputs: {'; '.join(words)}", fix=fix)
        )


def _verify(folder: RunFolder) -> None:
    """Forget what is missing or damaged, so that it is made again."""
    good = []
    for block in folder.manifest["blocks"]:
        pairs = [(block["file"], block["sha256"])]
        if "observables" in block:
            pairs.append((block["observables"], block["observables_sha256"]))
        bad = [name for name, digest in pairs if disk.sha256(folder.path / name) != digest]
        if bad:
            say(f"{folder.path / bad[0]}: missing or damaged, is made again")
        else:
            good.append(block)
    whole = len(good) == len(folder.manifest["blocks"])
    if folder.finished:
        files = folder.manifest.get("files", {})
        spoilt = [name for name, digest in files.items() if disk.sha256(folder.path / name) != digest]
        if spoilt and whole:
            say(f"{folder.path / spoilt[0]}: missing or damaged, is made again")
        if whole and not spoilt:
            return
        folder.manifest["status"] = RUNNING  # the blocks' time courses are gone: all of them are needed again
        good = []
    folder.manifest["blocks"] = good


def _empty(path: Path) -> None:
    for file in path.glob("*"):
        file.unlink(missing_ok=True)
    if path.is_dir():
        path.rmdir()


def run_blocks(
    folder: RunFolder,
    blocks: Mapping[int, Any],
    compute: Callable[[Any], Block],
    workers: int,
    advance: Callable[[int], None] = lambda count: None,
) -> None:
    """Compute the blocks that are not stored yet on threads, and store each as it is finished.

    blocks: number -> what `compute` takes; compute: must not depend on order or on other blocks.
    """
    waiting = [number for number in blocks if number not in folder.done]
    waiting.reverse()
    running: dict[Future[Block], int] = {}
    pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="leukin")
    try:
        while waiting or running:
            while waiting and len(running) < workers * AHEAD:
                number = waiting.pop()
                running[pool.submit(compute, blocks[number])] = number
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                number = running.pop(future)
                block = future.result()
                folder.store(number, block)
                advance(len(block.patients))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
