"""IL-2 in plasma over the first days, with the affinities of its receptors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from leukin.report.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def il2(
    summary: Any,
    arms: Sequence[str],
    markers: Sequence[Mapping[str, Any]] = (),
    hours: float = 48.0,
    ax: Axes | None = None,
) -> Axes:
    """IL-2 in plasma (nM, log axis) over the first `hours`, one line an arm, with horizontal lines at `markers`."""
    with style.style():
        ax = style.axes_or_new(ax, 3.3)
        for position, arm in enumerate(arms):
            rows = style.select(summary, "IL2_plasma", arm, hours)
            rows = rows[rows["median"] > 0]
            style.band(ax, rows, style.arm_colour(position), arm)
        ax.set_yscale("log")
        shown = summary[(summary["observable"] == "IL2_plasma") & (summary["time_h"].between(0.1, hours))]
        low = min([float(m["value"]) for m in markers] + [float(shown["median"].clip(lower=1e-6).min())]) / 3
        high = max([float(m["value"]) for m in markers] + [float(shown["p95"].max())]) * 4
        ax.set_ylim(max(low, 1e-5), high)
        ax.set_xlim(0, hours)
        for marker in markers:
            ax.axhline(marker["value"], color=style.INK, linewidth=0.9, linestyle=(0, (4, 2)))
            ax.annotate(
                marker["label"],
                (1.0, marker["value"]),
                xycoords=("axes fraction", "data"),
                xytext=(-2, 2),
                textcoords="offset points",
                ha="right",
                va="bottom",
                fontsize=7.5,
                bbox={"boxstyle": "square,pad=0.1", "facecolor": "white", "alpha": 0.88, "linewidth": 0},
            )
        ax.set_xticks(list(range(0, int(hours) + 1, 8)))
        ax.set_xlabel("time after the first dose (h)")
        ax.set_ylabel("IL-2 in plasma (nM)")
        if len(arms) > 1:
            style.legend_below(ax.figure, ax, min(3, len(arms)))
    return ax
