"""The result of a run as tables on the terminal."""

from __future__ import annotations

from typing import Any

from leukin.cli import terminal
from leukin.report import labels, tables


def show(result: dict[str, Any], title: str) -> None:
    """Print predicted beside published, then what nothing published stands beside."""
    several = len(result["arms"]) > 1
    rows = tables.comparisons(result)
    print(title)
    print(tables.patients_line(result) + ".")
    if rows:
        head = [
            *(["arm"] if several else []),
            "predicted beside published",
            "predicted",
            "95 %",
            "published",
            "95 %",
            "",
            "role",
            "figure",
        ]
        lines = [
            [
                *([row.arm] if several else []),
                labels.quantity(row.quantity),
                labels.amount(row.quantity, row.predicted),
                labels.interval(row.quantity, row.predicted_low, row.predicted_high),
                labels.amount(row.quantity, row.published),
                labels.interval(row.quantity, row.published_low, row.published_high),
                row.verdict,
                row.role.lower(),
                row.figure,
            ]
            for row in rows
        ]
        shift = int(several)
        terminal.table(head, lines, right=(1 + shift, 2 + shift, 3 + shift, 4 + shift))
    shown = {(row.arm, labels.stem(row.quantity)) for row in rows}
    others = []
    for arm in result["arms"]:
        for point in tables.endpoints(arm):
            if (arm["name"], point.quantity) not in shown:
                calibrated = "not calibrated" if point.calibrated is False else ""
                value, span = (
                    labels.amount(point.quantity, point.value),
                    labels.interval(point.quantity, point.low, point.high),
                )
                others.append(
                    [
                        *([arm["name"]] if several else []),
                        labels.quantity(point.quantity),
                        value,
                        span,
                        calibrated,
                    ]
                )
    if others:
        shift = int(several)
        head = [*(["arm"] if several else []), "also predicted", "value", "95 %", ""]
        terminal.table(head, others, right=(1 + shift, 2 + shift))
    print(tables.hits_line(result))
