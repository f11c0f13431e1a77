"""Writing files so that each is there whole or not at all."""

from __future__ import annotations

import hashlib
import io
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pandas import DataFrame

TEMPORARY = ".tmp"


def write(path: Path, content: bytes) -> str:
    """Write to a temporary name, force it to disk, rename it into place; the sha256 of the content.

    A device, a pipe or a link is written to as it stands: a rename would put a file in its place.
    """
    if path.is_symlink() or (path.exists() and not path.is_file()):
        with open(path, "wb") as file:
            file.write(content)
        return hashlib.sha256(content).hexdigest()
    temporary = path.with_name(path.name + TEMPORARY)
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    settle(path.parent)
    return hashlib.sha256(content).hexdigest()


def settle(folder: Path) -> None:
    """Force the names in a folder to disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_json(path: Path, value: Any) -> str:
    """Write a JSON file."""
    return write(path, (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode())


def write_table(path: Path, table: DataFrame) -> str:
    """Write a Parquet file; numbers that hardly ever repeat are stored as they are, which is smaller and three times quicker."""
    buffer = io.BytesIO()
    repeating = [name for name in table.columns if table[name].dtype.kind != "f" or name == "time_h"]
    table.to_parquet(buffer, index=False, compression="zstd", use_dictionary=repeating or False)
    return write(path, buffer.getvalue())


def sha256(path: Path) -> str | None:
    """sha256 of a file, None where it cannot be read."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
