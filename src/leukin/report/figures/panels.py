"""Small multiples of observables against time: vital signs and cytokines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from leukin.report import labels
from leukin.report.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

VITAL = (
    "MAP", "temperature", "urine", "creatinine", "weight", "albumin", "oxygen_saturation", "lung_water_index",
)  # fmt: skip
CYTOKINES = ("IFNg", "TNF", "IL6", "IL5")


def _panels(summary: Any, arms: Sequence[str], names: Sequence[str], hours: float, log: bool) -> list[Axes]:
    known = [name for name in names if (summary["observable"] == name).any()]
    rows = max(1, (len(known) + 1) // 2)
    figure, axes = style.new_figure(0.5 + 1.55 * rows + 0.25 * (len(arms) > 1), rows, 2, sharex=True)
    for ax in axes[len(known) :]:
        ax.set_axis_off()
    for ax, name in zip(axes, known, strict=False):
        for position, arm in enumerate(arms):
            data = style.select(summary, name, arm, hours)
            style.band(ax, data, style.arm_colour(position), arm, 24.0)
        unit = labels.pretty_unit(str(summary.loc[summary["observable"] == name, "unit"].iloc[0]))
        ax.set_title(f"{labels.OBSERVABLES.get(name, name)}{f' ({unit})' if unit else ''}", fontsize=8.5)
        ax.set_xlim(0, hours / 24.0)
        if log and max((np.max(line.get_ydata()) for line in ax.get_lines()), default=0.0) > 0:
            ax.set_yscale("log")
            top = ax.get_ylim()[1]
            ax.set_ylim(max(ax.get_ylim()[0], top / 1e4), top)
            style.plain_log(ax)
    for ax in axes[max(0, len(known) - 2) : len(known)]:
        ax.set_xlabel("days")
        ax.tick_params(labelbottom=True)
    if len(arms) > 1:
        style.legend_below(figure, axes[0], min(3, len(arms)))
    return axes[: len(known)]


def vital_signs(summary: Any, arms: Sequence[str], days: float = 7.0) -> list[Axes]:
    """Pressure, temperature, urine, creatinine, weight, albumin, oxygen and lung water in the first `days`: median and 5-95 %."""
    with style.style():
        return _panels(summary, arms, VITAL, days * 24.0, log=False)


def cytokines(summary: Any, arms: Sequence[str], days: float = 7.0) -> list[Axes]:
    """Interferon-gamma, TNF, IL-6 and IL-5 in the first `days` (log axes): median and 5-95 %."""
    with style.style():
        return _panels(summary, arms, CYTOKINES, days * 24.0, log=True)
