"""A run folder: what is finished, what is left, and who works in it."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from leukin.cli import disk, journal
from leukin.cli.exits import Outside, say
from leukin.errors import FolderError, Problem
from leukin.report.data import MANIFEST, checksum, read_manifest

if TYPE_CHECKING:
    from pandas import DataFrame

LOCK = ".lock"
JOURNAL = "blocks.jsonl"
PATIENTS, OBSERVABLES = "patients", "observables"
SUMMARY, COURSES = "summary.parquet", "courses.parquet"
RUNNING, FINISHED = "running", "finished"
FORMAT = 2

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
    """An opened and locked run folder; `manifest` is what run.json holds, the blocks stored so far included."""

    path: Path
    manifest: dict[str, Any]
    since: float = field(default_factory=time.monotonic)

    @property
    def finished(self) -> bool:
        """Whether the result is stored."""
        return self.manifest["status"] == FINISHED

    @property
    def done(self) -> set[int]:
        """Numbers of the blocks that are stored."""
        return {block["block"] for block in self.manifest["blocks"]}

    @property
    def tables_kept(self) -> bool:
        """Whether the tables of the whole run are there already: only parts of it were damaged."""
        return "files" in self.manifest

    @property
    def wall_s(self) -> float:
        """Seconds that this run has taken so far, all calls together."""
        return round(self.manifest["wall_s"] + time.monotonic() - self.since, 3)

    def save(self) -> None:
        """Write run.json."""
        self.manifest["checksum"] = checksum(self.manifest)
        disk.write_json(self.path / MANIFEST, self.manifest)

    def store(self, number: int, block: Block) -> None:
        """Write the tables of one block, then name them in the journal."""
        name = f"part-{number:05d}.parquet"
        entry: dict[str, Any] = {"block": number, "file": f"{PATIENTS}/{name}", "rows": len(block.patients)}
        entry["sha256"] = disk.write_table(self.path / PATIENTS / name, block.patients)
        if len(block.courses) and not self.tables_kept:
            entry["observables"] = f"{OBSERVABLES}/{name}"
            entry["observables_sha256"] = disk.write_table(self.path / OBSERVABLES / name, block.courses)
        journal.append(self.path / JOURNAL, entry | {"wall_s": self.wall_s})
        self.manifest["blocks"].append(entry)

    def patients(self, wanted: Callable[[str], bool] = lambda name: True) -> DataFrame:
        """All patients in order, with the columns whose name is `wanted`."""
        import pandas
        from pyarrow import parquet

        parts = []
        for block in self._blocks():
            path = self.path / block["file"]
            names = [name for name in parquet.read_schema(path).names if wanted(name)]
            parts.append(pandas.read_parquet(path, columns=names))
        return pandas.concat(parts, ignore_index=True)

    def observables(self, columns: list[str] | None = None) -> Iterator[DataFrame]:
        """Time courses of each block in order, whole or some columns."""
        import pandas

        for block in self._blocks():
            if "observables" in block:
                yield pandas.read_parquet(self.path / block["observables"], columns=columns)

    def _blocks(self) -> list[dict[str, Any]]:
        return sorted(self.manifest["blocks"], key=lambda block: block["block"])

    def finish(self, tables: Mapping[str, DataFrame], more: Mapping[str, Any]) -> None:
        """Store the tables of the whole run by file name and mark it finished; the blocks' own time courses go."""
        files = {name: disk.write_table(self.path / name, table) for name, table in tables.items()}
        gone = ("observables", "observables_sha256", "wall_s")
        blocks = [{k: v for k, v in block.items() if k not in gone} for block in self._blocks()]
        files = self.manifest.get("files", {}) | files
        self.manifest.update(more, status=FINISHED, files=files, blocks=blocks, wall_s=self.wall_s)
        self.save()
        self.tidy()

    def tidy(self) -> None:
        """Remove what only an unfinished run needs."""
        (self.path / JOURNAL).unlink(missing_ok=True)
        for file in (self.path / OBSERVABLES).glob("*"):
            file.unlink(missing_ok=True)
        if (self.path / OBSERVABLES).is_dir():
            (self.path / OBSERVABLES).rmdir()


@contextmanager
def opened(path: Path, inputs: Inputs, start: Mapping[str, Any]) -> Iterator[RunFolder]:
    """Open or make a run folder for `inputs` and keep others out of it meanwhile.

    start: what a new manifest holds besides. Raises FolderError where the folder was made from other inputs or holds
    something else, Outside where another process works in it, OSError where it cannot be written.
    """
    fresh = not path.exists()
    path.mkdir(parents=True, exist_ok=True)
    strangers = [entry.name for entry in path.iterdir() if entry.name not in (LOCK, JOURNAL)]
    if strangers and MANIFEST not in strangers and not _ours(strangers):
        reason = f"is not empty and not a run folder: it holds {strangers[0]}"
        raise FolderError(Problem(file=str(path), reason=reason, fix="give a new folder with --out"))
    with _locked(path):
        if (path / MANIFEST).exists():
            folder = RunFolder(path, read_manifest(path))
            _compare(folder, inputs)
            _verify(folder)
        else:
            (path / JOURNAL).unlink(missing_ok=True)  # without run.json nobody knows what it was made from
            head = {"format": FORMAT, "status": RUNNING, "inputs": dict(inputs), "wall_s": 0.0}
            folder = RunFolder(path, {**head, **start, "blocks": [], "failures": []})
        if folder.finished:
            folder.tidy()
        else:
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
    manifest = folder.manifest
    if not folder.finished:
        entries = journal.read(folder.path / JOURNAL)
        known = {block["block"]: block for block in [*manifest["blocks"], *entries]}
        manifest["wall_s"] = max([manifest["wall_s"], *(entry.pop("wall_s", 0.0) for entry in entries)])
        manifest["blocks"] = [known[number] for number in sorted(known)]
    lost = [name for name, digest in manifest.get("files", {}).items() if not _whole(folder, name, digest)]
    if lost:  # the blocks' own time courses, which these tables were made of, are gone
        (folder.path / JOURNAL).unlink(missing_ok=True)
        manifest["blocks"] = []
        del manifest["files"]
    good = [block for block in manifest["blocks"] if _whole_block(folder, block)]
    if lost or len(good) < len(manifest["blocks"]):
        manifest["status"] = RUNNING
    manifest["blocks"] = good


def _whole_block(folder: RunFolder, block: Mapping[str, Any]) -> bool:
    kinds = [("file", "sha256"), ("observables", "observables_sha256")]
    return all(_whole(folder, block[name], block[digest]) for name, digest in kinds if name in block)


def _whole(folder: RunFolder, name: str, digest: str) -> bool:
    """Whether a file is as it was written; says so where it is not."""
    whole = disk.sha256(folder.path / name) == digest
    if not whole:
        say(f"{folder.path / name}: missing or damaged, is made again")
    return whole
