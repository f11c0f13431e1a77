"""The blocks of an unfinished run, one line each, so that storing a block costs the same in a run of any length."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from leukin.cli import disk


def append(path: Path, entry: dict[str, Any]) -> None:
    """Add an entry with its checksum and force it to disk; half a line that a crash left stays a line of its own."""
    fresh = not path.exists()
    text = json.dumps(entry).encode()
    with open(path, "ab") as file:
        file.write(b"\n" + text + b"\t" + _checksum(text) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    if fresh:
        disk.settle(path.parent)


def read(path: Path) -> list[dict[str, Any]]:
    """The entries by their number, the last one of a number where there are several; damaged lines are left out."""
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    found: dict[int, dict[str, Any]] = {}
    for line in lines:
        text, _, checksum = line.rpartition(b"\t")
        if text and checksum == _checksum(text):
            entry = json.loads(text)
            found[entry["block"]] = entry
    return [found[number] for number in sorted(found)]


def _checksum(text: bytes) -> bytes:
    return hashlib.sha256(text).hexdigest()[:16].encode()
