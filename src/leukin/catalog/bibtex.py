"""A small BibTeX reader: entries `@type{key, field = {text}, ...}`, enough for our own references."""

from __future__ import annotations

import re

from leukin.catalog.records import Reference
from leukin.errors import Problem

REQUIRED = ("title", "year")


def read_bibtex(text: str, file: str) -> tuple[dict[str, Reference], list[Problem]]:
    """References by key, and what is wrong with the rest."""
    found: dict[str, Reference] = {}
    problems: list[Problem] = []
    for start in (m.start() for m in re.finditer(r"^@", text, re.MULTILINE)):
        line = text.count("\n", 0, start) + 1
        head = re.match(r"@(\w+)\s*\{\s*([^,\s{}]+)\s*,", text[start:])
        if not head:
            problems.append(
                Problem(file, line, "reference", "is not an entry", "write @article{key, title = {...}, ...}")
            )
            continue
        kind, key = head.group(1).lower(), head.group(2)
        fields, closed = _fields(text, start + head.end())
        if not closed:
            problems.append(Problem(file, line, key, "braces are not closed"))
        if key in found:
            problems.append(Problem(file, line, key, "stands twice"))
        problems += [
            Problem(file, line, f"{key}.{name}", "is missing") for name in REQUIRED if not fields.get(name)
        ]
        found[key] = Reference(key, kind, fields)
    return found, problems


def _fields(text: str, position: int) -> tuple[dict[str, str], bool]:
    fields: dict[str, str] = {}
    pattern = re.compile(r"[\s,]*(\w+)\s*=\s*\{")
    while found := pattern.match(text, position):
        end, depth = found.end(), 1
        while end < len(text) and depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        if depth:
            return fields, False
        fields[found.group(1).lower()] = " ".join(text[found.end() : end - 1].split())
        position = end
    return fields, re.match(r"[\s,]*\}", text[position:]) is not None
