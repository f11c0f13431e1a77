"""Plain data as TOML text: the form in which `leukin show --toml` prints an entry."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

#: keys whose tables stand in one line
INLINE = frozenset({"source", "scans", "retreat", "sampling"})


def to_text(data: Mapping[str, Any], path: tuple[str, ...] = ()) -> str:
    """TOML of a table: plain keys first, then tables and arrays of tables."""
    plain, tables = [], []
    for key, value in data.items():
        if isinstance(value, Mapping) and key not in INLINE:
            inner = to_text(value, (*path, key))
            plain_inside = not value or any(not _is_table(k, v) for k, v in value.items())
            tables.append((f"\n[{_path((*path, key))}]\n" if plain_inside else "") + inner)
        elif _is_array_of_tables(value):
            tables += [f"\n[[{_path((*path, key))}]]\n" + to_text(item, (*path, key)) for item in value]
        else:
            plain.append(f"{_key(key)} = {_value(value)}\n")
    return "".join(plain) + "".join(tables)


def _is_table(key: str, value: Any) -> bool:
    return (isinstance(value, Mapping) and key not in INLINE) or _is_array_of_tables(value)


def _is_array_of_tables(value: Any) -> bool:
    return (
        isinstance(value, (list, tuple)) and bool(value) and all(isinstance(item, Mapping) for item in value)
    )


def _path(keys: tuple[str, ...]) -> str:
    return ".".join(_key(key) for key in keys)


def _key(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z0-9_-]+", text) else _quoted(text)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, Mapping):
        return (
            "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }" if value else "{}"
        )
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return _quoted(str(value))
