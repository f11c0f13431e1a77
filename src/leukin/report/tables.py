"""Rows of the report's tables, as plain records; the terminal and the HTML page print the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leukin.report import labels


@dataclass(frozen=True, slots=True)
class Comparison:
    """One published result beside the prediction; numbers in the quantity's own unit, fractions for proportions."""

    arm: str
    quantity: str
    figure: str
    role: str
    predicted: float | None
    predicted_low: float | None
    predicted_high: float | None
    published: float | None
    published_low: float | None
    published_high: float | None
    inside: bool | None
    parameter_low: float | None = None
    parameter_high: float | None = None

    @property
    def verdict(self) -> str:
        """hit: the prediction lies in the published interval; miss: it does not; else no interval was published."""
        if self.inside is None:
            return "no interval"
        return "hit" if self.inside else "miss"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One predicted quantity of an arm with its two intervals."""

    quantity: str
    value: float | None
    low: float | None
    high: float | None
    parameter_low: float | None
    parameter_high: float | None
    calibrated: bool | None


def _entry(arm: dict[str, Any], quantity: str) -> dict[str, Any]:
    if labels.stem(quantity) == "doses_given":
        found = arm.get("doses_given") or {}
        return {"value": found.get("median"), "low": found.get("q1"), "high": found.get("q3")} | (
            {"calibrated": found["calibrated"]} if "calibrated" in found else {}
        )
    part: Any = arm
    steps = quantity.split(".")
    if steps[0] not in arm:
        steps.insert(0, "toxicity")
    for step in steps:
        part = part.get(step) if isinstance(part, dict) else None
    return part if isinstance(part, dict) else {"value": part}


def comparisons(result: dict[str, Any]) -> list[Comparison]:
    """Every published result of the trial beside its prediction, arm by arm."""
    rows = []
    for arm in result["arms"]:
        for item in arm.get("published") or []:
            own = _entry(arm, item["quantity"])
            doses = labels.stem(item["quantity"]) == "doses_given"
            rows.append(
                Comparison(
                    arm["name"],
                    item["quantity"],
                    item["figure"],
                    item["role"],
                    item.get("predicted"),
                    None if doses else own.get("low"),
                    None if doses else own.get("high"),
                    item.get("value"),
                    item.get("low"),
                    item.get("high"),
                    item.get("inside"),
                    own.get("parameter_low"),
                    own.get("parameter_high"),
                )
            )
    return rows


def endpoints(arm: dict[str, Any]) -> list[Endpoint]:
    """Predicted endpoints of one arm: response, doses (with quartiles as low and high), times to event."""
    rows = []
    for quantity in (*labels.PROPORTIONS, "doses_given", *labels.TIMES):
        own = _entry(arm, quantity)
        if own.get("value") is not None:
            keys = ("value", "low", "high", "parameter_low", "parameter_high", "calibrated")
            rows.append(Endpoint(quantity, *(own.get(key) for key in keys)))
    return rows


def toxicity(arm: dict[str, Any]) -> list[tuple[str, list[tuple[str, float | None]]]]:
    """Rates of each toxicity of one arm by grade: (name, [(grade, fraction), ...])."""
    found = arm.get("toxicity") or {}
    return [(name, list(grades.items())) for name, grades in found.items() if isinstance(grades, dict)]


def patients_line(result: dict[str, Any]) -> str:
    """One sentence that accounts for every patient."""
    count = result["patients"]
    text = f"{count['ok']} of {count['requested']} patients simulated, {count['failed']} failed"
    if count.get("screened_out"):
        text += f"; {count['screened_out']} further draws screened out as implausible"
    return text


def hits_line(result: dict[str, Any]) -> str:
    """How many published intervals hold what the model says, in words: fitted figures and others apart."""
    rows = [row for row in comparisons(result) if row.inside is not None]
    if not rows:
        return "No published interval to compare with."
    parts = []
    for name, some in (
        ("fitted to", [row for row in rows if row.role == "CALIBRATE"]),
        ("only compared with", [row for row in rows if row.role != "CALIBRATE"]),
    ):
        if some:
            parts.append(f"{sum(bool(row.inside) for row in some)} of {len(some)} that it was {name}")
    words = "Inside the published 95 % interval: " + ", ".join(parts)
    several = len(result["arms"]) > 1
    missed = [
        labels.quantity(row.quantity).lower() + (f" ({row.arm})" if several else "")
        for row in rows
        if not row.inside
    ]
    return f"{words}; missed: {', '.join(dict.fromkeys(missed))}." if missed else f"{words}."
