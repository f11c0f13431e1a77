"""Values of a time course that a reader can look up under its figure, with a slider, without a library."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from typing import Any

from leukin.report import labels
from leukin.report.figures import style

POINTS = 240  # times to choose from


def readings(summary: Any, arms: Sequence[str], prefix: str, until_h: float, per: float, unit: str) -> str:
    """Medians of the observables that start with `prefix`, until `until_h`, as JSON; empty where there are none.

    per: hours in one step of `unit`, in which times are told.
    """
    rows: list[dict[str, Any]] = []
    times: list[float] = []
    for name in dict.fromkeys(summary["observable"]):
        if name != prefix and not name.startswith(f"{prefix}."):
            continue
        for arm in arms:
            own = style.select(summary, name, arm, until_h)
            kept = own.iloc[style.thinned(len(own), POINTS)]
            here = [round(float(time) / per, 3) for time in kept["time_h"]]
            if not here or (times and here != times):
                continue
            times = here
            cell = str(name).partition(".")[2]
            words = labels.CELLS.get(cell, cell) or labels.OBSERVABLES.get(str(name), str(name))
            values = [None if labels.missing(float(v)) else float(f"{v:.4g}") for v in kept["median"]]
            shown = f"{words}, {arm}" if len(arms) > 1 else words
            rows.append(
                {"name": shown, "unit": labels.pretty_unit(str(own["unit"].iloc[0])), "values": values}
            )
    return json.dumps({"unit": unit, "times": times, "rows": rows}, ensure_ascii=False) if rows else ""


def slider(name: str, data: str) -> str:
    """HTML of the slider and the place for its values; hidden until the page's script finds it."""
    if not data:
        return ""
    text = data.replace("<", "\\u003c")
    label = escape("Read the median at a time")
    return (
        f'<div class="read" data-readings="{escape(name, quote=True)}" hidden>'
        f'<label>{label}: <output class="at"></output><input type="range" min="0" step="1"></label>'
        '<dl aria-live="polite"></dl></div>'
        f'<script type="application/json" id="readings-{escape(name, quote=True)}">{text}</script>'
    )
