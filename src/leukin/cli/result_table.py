"""The result of a run as tables on the terminal."""

from __future__ import annotations

from typing import Any

from leukin.cli import terminal
from leukin.report import labels, tables


def show(result: dict[str, Any], title: str) -> None:
    """Print predicted beside published, then what nothing published stands beside."""
    rows = tables.comparisons(result)
    print(title)
    print(tables.patients_line(result) + ".")
    if rows:
        _compared(rows, len(result["arms"]) > 1)
    _others(result, {(row.arm, labels.stem(row.quantity)) for row in rows})
    print(tables.hits_line(result))


def _compared(rows: list[tables.Comparison], several: bool) -> None:
    uncertain = "uncertain parameters" if any(row.parameter_low is not None for row in rows) else ""
    head = [
        "arm",
        "predicted beside published",
        "predicted",
        "95 %",
        uncertain,
        "published",
        "95 %",
        "",
        "role",
        "figure",
    ]
    lines = [
        [
            row.arm if several else "",
            labels.quantity(row.quantity),
            labels.amount(row.quantity, row.predicted),
            labels.interval(row.quantity, row.predicted_low, row.predicted_high),
            labels.interval(row.quantity, row.parameter_low, row.parameter_high),
            labels.amount(row.quantity, row.published),
            labels.interval(row.quantity, row.published_low, row.published_high),
            row.verdict,
            row.role.lower(),
            row.figure,
        ]
        for row in rows
    ]
    terminal.table(head, lines, right=(2, 3, 4, 5, 6))


def _others(result: dict[str, Any], shown: set[tuple[str, str]]) -> None:
    several = len(result["arms"]) > 1
    lines = [
        [
            arm["name"] if several else "",
            labels.quantity(point.quantity),
            labels.amount(point.quantity, point.value),
            labels.interval(point.quantity, point.low, point.high),
            labels.interval(point.quantity, point.parameter_low, point.parameter_high),
            "not calibrated" if point.calibrated is False else "",
        ]
        for arm in result["arms"]
        for point in tables.endpoints(arm)
        if (arm["name"], point.quantity) not in shown
    ]
    if lines:
        terminal.table(
            ["arm", "also predicted", "value", "95 %", "uncertain parameters", ""], lines, right=(2, 3, 4)
        )
