"""Fitted values on their way into the files of the catalogue: rounded, in the unit that an entry states, all else kept."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from leukin.catalog import Catalogue
from leukin.catalog.entries import FOLDERS
from leukin.errors import CatalogError, FolderError, Problem
from leukin.quantity import from_canonical

#: kinds of entries that hold fitted values
KINDS = ("mechanism", "molecule", "rule")
FITTED = "fitted"
#: significant digits written
DIGITS = 4
#: name of a file that is not whole yet
PART = ".part"


@dataclass(frozen=True, slots=True)
class Change:
    """A fitted value of an entry, old and new in `unit`; error: of its logarithm; width: of its prior, None without one;
    note: of its source, None to leave it."""

    kind: str
    entry: str
    name: str
    unit: str
    old: float
    new: float
    error: float
    width: float | None = None
    note: str | None = None

    @property
    def file(self) -> Path:
        """The file below a folder that has the layout of the catalogue."""
        return Path(FOLDERS[self.kind]) / f"{self.entry}.toml"

    @property
    def override(self) -> str:
        """The change as `load_catalog` takes it."""
        return f"{self.entry}.{self.name}={self.new:.{DIGITS}g}"


def change(
    catalogue: Catalogue,
    entry: str,
    name: str,
    value: float,
    error: float,
    width: float | None = None,
    note: str | None = None,
) -> Change:
    """A change to `value` (canonical unit), rounded in the unit of the entry.

    Raises CatalogError where there is no such value, or it was not fitted: a measured value is never overwritten.
    """
    for kind in KINDS:
        record = catalogue.entries(kind).get(entry)
        if record is not None and name in record.parameters:  # type: ignore[union-attr]
            found = record.parameters[name]  # type: ignore[union-attr]
            _fitted(found.source.kind, f"{entry}.{name}")
            own = float(f"{float(from_canonical(value, found.unit)):.{DIGITS}g}")
            return Change(kind, entry, name, found.unit, float(found.value), own, error, width, note)
    raise CatalogError(Problem(field=f"{entry}.{name}", reason="is no value of the catalogue"))


def _fitted(source: str, field: str, file: str = "") -> None:
    if source != FITTED:
        reason, fix = f"is {source}, not {FITTED}", "a fit overwrites fitted values alone"
        raise CatalogError(Problem(file=file, field=field, reason=reason, fix=fix))


def rewritten(text: str, change: Change, file: str = "") -> str:
    """The text of a catalogue file with one value changed (and its note, if the change has one), all else as it was.

    Raises CatalogError where the file has no such plain value, states another unit, or does not call the value fitted.
    """
    field = f"{change.entry}.{change.name}"
    table = tomllib.loads(text).get("parameters", {}).get(change.name)
    if not isinstance(table, dict) or not isinstance(table.get("value"), int | float):
        raise CatalogError(Problem(file=file, field=field, reason="has no plain value"))
    _fitted(str(table.get("source", {}).get("kind")), field, file)
    if table.get("unit") != change.unit:
        reason = f"is in {table.get('unit')}, not in {change.unit}"
        raise CatalogError(Problem(file=file, field=field, reason=reason))
    head = re.search(rf"(?m)^\[parameters\.{re.escape(change.name)}\][^\n]*\n", text)
    if head is None:
        raise CatalogError(
            Problem(file=file, field=field, reason="stands in no table of its own", fix="[parameters.NAME]")
        )
    after = re.compile(r"(?m)^\[").search(text, head.end())
    end = len(text) if after is None else after.start()
    body = re.sub(
        r"(?m)^(value[ \t]*=[ \t]*)[^\s#]+",
        lambda found: f"{found[1]}{change.new:.{DIGITS}g}",
        text[head.end() : end],
        count=1,
    )
    if change.note is not None:
        body = re.sub(r'note = "[^"]*"', lambda _: f'note = "{change.note}"', body, count=1)
    new = text[: head.end()] + body + text[end:]
    if float(tomllib.loads(new)["parameters"][change.name]["value"]) != float(f"{change.new:.{DIGITS}g}"):
        raise CatalogError(Problem(file=file, field=field, reason="its value cannot be replaced"))
    return new


def may_write(folder: Path) -> None:
    """Raises FolderError unless `folder` is the catalogue of a working copy that can be written."""
    where = folder.resolve()
    fix = "write from a working copy of leukin (make env), or leave --write out"
    if {"site-packages", "dist-packages"} & set(where.parts):
        raise FolderError(Problem(file=str(where), reason="belongs to installed software", fix=fix))
    if not all(os.access(where / FOLDERS[kind], os.W_OK) for kind in KINDS):
        raise FolderError(Problem(file=str(where), reason="cannot be written", fix=fix))


def write(folder: Path, changes: Iterable[Change]) -> list[Path]:
    """Put changes into the catalogue files below `folder`; returns the files.

    All texts are made, and all new files are on disk under another name, before the first file takes its new place; each
    does so at once. Raises CatalogError as `rewritten`, FolderError where a file cannot be read or written.
    """
    texts: dict[Path, str] = {}
    try:
        for one in changes:
            path = folder / one.file
            before = texts[path] if path in texts else path.read_bytes().decode("utf-8")
            texts[path] = rewritten(before, one, str(path))
        _replace(texts)
    except OSError as error:
        reason = error.strerror or "cannot be written"
        raise FolderError(Problem(file=str(error.filename or folder), reason=reason)) from error
    return list(texts)


def _replace(texts: Mapping[Path, str]) -> None:
    parts = {path.with_name(path.name + PART): path for path in texts}
    try:
        for part, path in parts.items():
            with open(part, "wb") as file:
                file.write(texts[path].encode("utf-8"))
                file.flush()
                os.fsync(file.fileno())
            part.chmod(path.stat().st_mode & 0o777)
        for part, path in parts.items():
            os.replace(part, path)
    finally:
        for part in parts:
            part.unlink(missing_ok=True)
