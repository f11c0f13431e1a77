"""TOML text with the line of every key, so that a problem says where it is."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from leukin.errors import CatalogError, Problem

Step = str | int
Lines = dict[tuple[Step, ...], int]
LONGEST_TEXT = 200  # characters of one part of a message
#: what the parser says, in words for people, and the nearest fix
SLIPS = {
    "Invalid value": ("invalid value", "texts need quotes"),
    "Illegal character '\\n'": ("a text does not end on its line", "close it with a quotation mark"),
    "Unterminated string": ("a text does not end", "close it with a quotation mark"),
    "Cannot overwrite a value": ("a key stands twice", "keep one of them"),
    "Invalid statement": ("neither a key = value nor a [table]", 'write key = "value"'),
    "Expected '=' after a key in a key/value pair": ("a key without a value", 'write key = "value"'),
    "Expected newline or end of document after a statement": (
        "more than one value",
        "one key = value a line",
    ),
    "Unclosed array": ("a list does not end", "close it with ]"),
    "Unclosed inline table": ("a table does not end", "close it with }"),
}
LARGEST_FILE = 1_000_000  # bytes; a catalogue entry has a few thousand


@dataclass(frozen=True, slots=True)
class Document:
    """A TOML file: its name for messages, its content and its text."""

    file: str
    data: dict[str, Any]
    text: str = field(default="", repr=False)

    def problem(self, path: Sequence[Step], reason: str, fix: str = "") -> Problem:
        """The problem `reason` at the key `path`, or at the nearest table above it that stands in the file."""
        texts = (one_line(text) for text in (self.name(path), reason, fix))
        return Problem(self.file, self.line(path), *texts)

    def line(self, path: Sequence[Step]) -> int:
        """The line of the key `path` (from 1), of its parent where it stands in no line of its own."""
        lines = key_lines(self.text)
        steps = tuple(path)
        while steps and steps not in lines:
            steps = steps[:-1]
        return lines.get(steps, 1)

    def name(self, path: Sequence[Step]) -> str:
        """The key `path` as text; an index (from 1) is shown only in an array with several items."""
        text, here = "", self.data
        for step in path:
            inside = here if isinstance(here, (dict, list)) else {}
            if isinstance(step, int):
                text += f"[{step + 1}]" if len(inside) != 1 else ""
            else:
                text += f".{step}" if text else step
            try:
                here = inside[step]  # type: ignore[index]
            except (KeyError, IndexError, TypeError):
                here = {}
        return text


def one_line(text: str) -> str:
    """Text from a file as it may stand in a message: one line, no control characters, not endless."""
    text = "".join(char if char.isprintable() else " " for char in " ".join(text.split()))
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 3] + "..."


def read_document(path: Path, file: str = "") -> Document:
    """Read a TOML file. Raises CatalogError where it cannot be read or has a syntax error."""
    file = file or str(path)
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise CatalogError(Problem(file=file, reason=f"is larger than {LARGEST_FILE // 1_000} kB"))
        raw = path.read_bytes()
    except OSError as error:
        raise CatalogError(Problem(file=file, reason=(error.strerror or "cannot be read").lower())) from error
    return parse_document(raw, file)


def parse_document(raw: bytes, file: str) -> Document:
    """Read TOML from bytes. Raises CatalogError with the line of a syntax error."""
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise CatalogError(
            Problem(file=file, line=line, reason="is not UTF-8 text", fix="save it as UTF-8")
        ) from error
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogError(_syntax(str(error), text, file)) from error
    except (RecursionError, ValueError, OverflowError) as error:
        raise CatalogError(Problem(file=file, line=1, reason="is not TOML that can be read")) from error
    return Document(file, data, text)


def _syntax(message: str, text: str, file: str) -> Problem:
    found = re.search(r"line (\d+)", message)
    line = int(found.group(1)) if found else text.rstrip("\n").count("\n") + 1
    reason = re.sub(r"\s*\(at .*\)$", "", message)
    reason, fix = SLIPS.get(reason, (reason[:1].lower() + reason[1:], ""))
    return Problem(file=file, line=line, field="TOML", reason=reason, fix=fix)


@lru_cache(maxsize=32)
def key_lines(text: str) -> Lines:
    """The line (from 1) of every table, array item and key of a valid TOML text, by path."""
    lines: Lines = {(): 1}
    counts: dict[tuple[Step, ...], int] = {}
    table: tuple[Step, ...] = ()
    line, seen = 1, 0
    for start, statement in _statements(text):
        line, seen = line + text.count("\n", seen, start), start
        if statement.startswith("["):
            array = statement.startswith("[[")
            keys = _keys(statement.strip("[]"))
            table = _resolve(keys[:-1], counts)
            if array:
                index = counts.get((*table, keys[-1]), -1) + 1
                counts[(*table, keys[-1])] = index
                lines.setdefault((*table, keys[-1]), line)
                table = (*table, keys[-1], index)
            else:
                table = _resolve(keys, counts)
            lines[table] = line
        else:
            key, _, value = _split(statement)
            path = (*table, *key)
            lines.setdefault(path, line)
            for inner in re.finditer(r"[{,]\s*([A-Za-z0-9_-]+)\s*=", value if value.startswith("{") else ""):
                lines.setdefault((*path, inner.group(1)), line + value.count("\n", 0, inner.start(1)))
    return lines


def _resolve(keys: Sequence[str], counts: dict[tuple[Step, ...], int]) -> tuple[Step, ...]:
    path: tuple[Step, ...] = ()
    for key in keys:
        path = (*path, key)
        if path in counts:
            path = (*path, counts[path])
    return path


def _split(statement: str) -> tuple[list[str], str, str]:
    quote = ""
    for position, char in enumerate(statement):
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char == "=":
            return _keys(statement[:position]), "=", statement[position + 1 :].strip()
    return _keys(statement), "", ""


def _keys(text: str) -> list[str]:
    found = re.findall(r'"([^"\n]*)"|\'([^\'\n]*)\'|([A-Za-z0-9_-]+)', text)
    return [a or b or c for a, b, c in found] or [""]


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Start and text of every header and `key = value` of a valid TOML text."""
    position, end = 0, len(text)
    while position < end:
        char = text[position]
        if char in " \t\n":
            position += 1
        elif char == "#":
            position = _after(text, "\n", position)
        else:
            stop = _end_of_statement(text, position)
            yield position, text[position:stop].strip()
            position = stop


def _end_of_statement(text: str, position: int) -> int:
    header = text[position] == "["
    depth = 0
    while position < len(text):
        char = text[position]
        if char in "\"'":
            position = _after_string(text, position)
            continue
        if char == "#" or (char == "\n" and (depth <= 0 or header)):
            if depth <= 0 or char == "\n":
                return position
            position = _after(text, "\n", position)
            continue
        depth += (char in "[{") - (char in "]}")
        position += 1
    return position


def _after_string(text: str, position: int) -> int:
    quote = text[position]
    mark = quote * 3 if text.startswith(quote * 3, position) else quote
    position += len(mark)
    while position < len(text):
        if text[position] == "\\" and quote == '"':
            position += 2
        elif text.startswith(mark, position):
            return position + len(mark)
        else:
            position += 1
    return position


def _after(text: str, mark: str, position: int) -> int:
    found = text.find(mark, position)
    return len(text) if found < 0 else found + 1
