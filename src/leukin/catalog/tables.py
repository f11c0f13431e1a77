"""The tables of published figures and of claims: CSV files, read and checked."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

from leukin.catalog.records import Claim, Figure, Role
from leukin.errors import Problem, nearest

FIGURE_COLUMNS = (
    "id", "system", "quantity", "value", "low", "high", "unit", "species", "source", "cite", "role", "confidence",
    "n", "interval_basis", "claim_ids", "sign", "statement", "note", "checked",
)  # fmt: skip
CLAIM_COLUMNS = (
    "id", "system", "quantity", "value", "low", "high", "unit", "species", "source", "role", "confidence",
    "model_output", "test_type", "test", "figures", "note",
)  # fmt: skip
Row = dict[str, str]


def read_figures(path: Path) -> tuple[tuple[Figure, ...], list[Problem]]:
    """Published figures of a CSV file, and what is wrong with it."""
    problems: list[Problem] = []
    found: list[Figure] = []
    for line, row in _rows(path, FIGURE_COLUMNS, problems):
        value, low, high = _interval(path, line, row, problems)
        figure = Figure(
            id=row["id"],
            system=row["system"],
            quantity=row["quantity"],
            value=value,
            low=low,
            high=high,
            unit=row["unit"],
            species=row["species"],
            source=row["source"],
            cites=tuple(row["cite"].split()),
            role=_role(path, line, row, problems),
            confidence=row["confidence"],
            n=row["n"],
            interval_basis=row["interval_basis"],
            claims=tuple(row["claim_ids"].split()),
            sign=row["sign"],
            statement=row["statement"],
            note=row["note"],
            checked=row["checked"],
        )
        found.append(figure)
    return tuple(found), problems


def read_claims(path: Path) -> tuple[tuple[Claim, ...], list[Problem]]:
    """Claims of a CSV file, and what is wrong with it."""
    problems: list[Problem] = []
    found: list[Claim] = []
    for line, row in _rows(path, CLAIM_COLUMNS, problems):
        value, low, high = _interval(path, line, row, problems)
        claim = Claim(
            id=row["id"],
            system=row["system"],
            quantity=row["quantity"],
            value=value,
            low=low,
            high=high,
            unit=row["unit"],
            species=row["species"],
            source=row["source"],
            role=_role(path, line, row, problems),
            confidence=row["confidence"],
            model_output=row["model_output"],
            test_type=row["test_type"],
            test=row["test"],
            figures=tuple(row["figures"].split()),
            note=row["note"],
        )
        found.append(claim)
    return tuple(found), problems


def check_links(figures: Sequence[Figure], claims: Sequence[Claim]) -> list[Problem]:
    """Claims that name a figure, and figures that name a claim, which does not exist.

    A claim may name a group: "F003" stands for F003a, F003b and F003c.
    """
    ids = [figure.id for figure in figures]
    claim_ids = {claim.id for claim in claims}
    problems = [
        Problem(field=f"claim {claim.id}", reason=f"no figure '{wanted}'", fix=nearest(wanted, ids))
        for claim in claims
        for wanted in claim.figures
        if not any(key == wanted or key.rstrip("abcdefghijklmnopqrstuvwxyz") == wanted for key in ids)
    ]
    return problems + [
        Problem(field=f"figure {figure.id}", reason=f"no claim '{wanted}'", fix=nearest(wanted, claim_ids))
        for figure in figures
        for wanted in figure.claims
        if wanted not in claim_ids
    ]


def _rows(path: Path, columns: Sequence[str], problems: list[Problem]) -> Iterator[tuple[int, Row]]:
    file = str(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        problems.append(Problem(file, reason="cannot be read as UTF-8 text"))
        return
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="", restval=None)
    names = reader.fieldnames or []
    wrong = [
        Problem(file, 1, name, "unknown column", nearest(name, columns))
        for name in names
        if name not in columns
    ]
    wrong += [Problem(file, 1, name, "column is missing") for name in columns if name not in names]
    problems += wrong
    seen: set[str] = set()
    if wrong:
        return
    try:
        for row in reader:
            if None in row.values() or "" in row:
                problems.append(
                    Problem(file, reader.line_num, row["id"] or "", f"needs {len(columns)} columns")
                )
                continue
            if not row["id"] or row["id"] in seen:
                problems.append(
                    Problem(file, reader.line_num, "id", f"'{row['id']}' is empty or stands twice")
                )
            seen.add(row["id"])
            yield reader.line_num, {key: value.strip() for key, value in row.items()}
    except csv.Error as error:
        problems.append(Problem(file, reader.line_num, reason=f"is not CSV: {error}"))


def _interval(path: Path, line: int, row: Row, problems: list[Problem]) -> tuple[float | None, ...]:
    found = []
    for key in ("value", "low", "high"):
        try:
            number = float(row[key]) if row[key] else None
        except ValueError:
            number = math.nan
        if number is not None and not math.isfinite(number):
            problems.append(
                Problem(str(path), line, f"{row['id']}.{key}", f"'{row[key]}' is not a finite number")
            )
            number = None
        found.append(number)
    value, low, high = found
    if low is not None and high is not None and low > high:
        problems.append(Problem(str(path), line, row["id"], "low is above high"))
    return value, low, high


def _role(path: Path, line: int, row: Row, problems: list[Problem]) -> Role:
    for role in get_args(Role):
        if role == row["role"]:
            return role
    problems.append(
        Problem(
            str(path), line, f"{row['id']}.role", f"'{row['role']}'", nearest(row["role"], get_args(Role))
        )
    )
    return "CHECK"
