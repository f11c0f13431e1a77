"""Signalling and numbers of lymphocytes, by cell type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from leukin.report import labels
from leukin.report.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def _by_cell(
    summary: Any, arms: Sequence[str], prefix: str, until_h: float, per: float, height: float
) -> list[Axes]:
    names = [name for name in dict.fromkeys(summary["observable"]) if name.startswith(prefix + ".")]
    figure, axes = style.new_figure(0.75 + height * len(arms), len(arms), 1, sharex=True)
    for ax, arm in zip(axes, arms, strict=True):
        for position, name in enumerate(names):
            cell = name.partition(".")[2]
            rows = style.select(summary, name, arm, until_h)
            colour = style.CELLS.get(cell, style.MUTED)
            dash = style.DASHES[position % len(style.DASHES)]
            style.band(ax, rows, colour, labels.CELLS.get(cell, cell), per, dash, fill=len(names) < 4)
        ax.set_xlim(0, until_h / per)
        if len(arms) > 1:
            ax.set_title(arm)
    style.legend_below(figure, axes[0], 3)
    return axes


def pstat5(summary: Any, arms: Sequence[str], hours: float = 48.0) -> list[Axes]:
    """Median share of phosphorylated STAT5 by cell type over the first `hours`, one panel an arm."""
    with style.style():
        axes = _by_cell(summary, arms, "pSTAT5", hours, 1.0, 2.5)
        for ax in axes:
            ax.set_ylim(0, 1.02)
            ax.set_xticks(list(range(0, int(hours) + 1, 8)))
            ax.set_ylabel("pSTAT5 (fraction of maximum)")
        axes[-1].set_xlabel("time after the first dose (h)")
    return axes


def lymphocytes(summary: Any, arms: Sequence[str], days: float = 35.0) -> list[Axes]:
    """Median blood counts by cell type (1e9/L, log axis) over the first `days`, one panel an arm."""
    with style.style():
        axes = _by_cell(summary, arms, "count_blood", days * 24.0, 24.0, 2.6)
        for ax in axes:
            ax.set_yscale("log")
            style.plain_log(ax)
            ax.set_xlim(-days / 50, days)  # the loss within hours does not hide in the axis
            ax.set_xticks(list(range(0, int(days) + 1, 7)))
            ax.set_ylabel("cells in blood (10⁹/L)")
        axes[-1].set_xlabel("time after the first dose (days)")
    return axes
