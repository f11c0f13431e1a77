"""Predicted beside published proportions, with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from leukin.report import labels
from leukin.report.figures import style
from leukin.report.tables import Comparison

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def comparison(rows: Sequence[Comparison], ax: Axes | None = None) -> Axes:
    """One row for each published proportion: published and predicted value with 95 % interval (% of patients)."""
    rows = [row for row in rows if labels.is_proportion(row.quantity) and row.predicted is not None]
    several = len({row.arm for row in rows}) > 1
    seen = [(row.arm, row.quantity) for row in rows]
    with style.style():
        ax = style.axes_or_new(ax, 0.95 + 0.42 * max(1, len(rows)))
        for position, row in enumerate(rows):
            for shift, colour, marker, value, low, high, word in (
                (-0.15, style.MUTED, "s", row.published, row.published_low, row.published_high, "published"),
                (0.15, style.BLUE, "o", row.predicted, row.predicted_low, row.predicted_high, "predicted"),
            ):
                y = position + shift
                if low is not None and high is not None:
                    ax.plot(
                        [100 * low, 100 * high], [y, y], color=colour, linewidth=1.8, solid_capstyle="butt"
                    )
                if value is not None:
                    label = word if position == 0 else None
                    ax.plot(
                        [100 * value],
                        [y],
                        marker,
                        color=colour,
                        markersize=5.5,
                        label=label,
                        linestyle="none",
                        clip_on=False,
                    )
        words = [
            labels.quantity(row.quantity)
            + (f" ({row.figure})" if seen.count((row.arm, row.quantity)) > 1 else "")
            + (f"\n{row.arm}" if several else "")
            for row in rows
        ]
        ax.set_yticks(range(len(rows)), words)
        ax.set_ylim(len(rows) - 0.5, -0.5)
        ax.set_xlim(left=0)
        ax.grid(axis="y", visible=False)
        ax.tick_params(axis="y", length=0)
        ax.set_xlabel("patients (%), bars: 95 % interval where known")
        style.legend_below(ax.figure, ax, 2)
    return ax
