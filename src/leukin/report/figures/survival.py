"""Kaplan-Meier curves with the numbers at risk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from leukin.report.figures import style
from leukin.trial.survival import kaplan_meier as estimate

if TYPE_CHECKING:
    from matplotlib.axes import Axes


STEPS = 800  # of a curve, and ticks on it; a finer line cannot be seen


def kaplan_meier(
    patients: Any, arms: Sequence[str], kind: str = "pfs", months: float | None = None
) -> list[Axes]:
    """Share of patients without event against time, and the numbers at risk below.

    kind: "pfs" (progression or death) or "os" (death); reads the columns KIND_month and KIND_event.
    The curve is that of leukin.trial.survival.
    """
    import numpy as np

    words = {"pfs": "alive without progression", "os": "alive"}[kind]
    with style.style():
        table = 0.24 + 0.17 * len(arms)
        _, axes = style.new_figure(2.75 + table, 2, 1, height_ratios=[2.75, table], sharex=True)
        ax, below = axes
        last = float(np.nanmax(patients[f"{kind}_month"])) if months is None else months
        step = next((s for s in (1, 2, 3, 6, 12, 24) if last / s <= 7), 36)
        ticks = np.arange(0, last + 1e-6, step)
        for position, arm in enumerate(arms):
            rows = patients[(patients["arm"] == arm) & patients[f"{kind}_month"].notna()]
            t = rows[f"{kind}_month"].to_numpy(float)
            event = rows[f"{kind}_event"].to_numpy(bool)
            colour = style.arm_colour(position)
            if len(t):
                curve = estimate(t, event)
                seen = style.thinned(len(curve.times), STEPS)
                times, values, low, high = (
                    part[seen] for part in (curve.times, curve.survival, curve.low, curve.high)
                )
                end = np.append(times, max(last, times[-1]))
                ax.fill_between(
                    end,
                    np.append(low, low[-1]),
                    np.append(high, high[-1]),
                    step="post",
                    color=colour,
                    alpha=0.18,
                    lw=0,
                )
                ax.plot(end, np.append(values, values[-1]), drawstyle="steps-post", color=colour, label=arm)
                censored = np.unique(t[~event])
                censored = censored[style.thinned(len(censored), STEPS)]
                at = np.interp(censored, times, np.arange(len(times)))
                ax.plot(
                    censored, values[at.astype(int)], "|", color=colour, markersize=5, markeredgewidth=0.8
                )
            y = len(arms) - 1 - position
            for tick in ticks:
                below.text(
                    tick, y, str(int((t >= tick).sum())), ha="center", va="center", color=colour, fontsize=8
                )
        ax.axhline(0.5, color=style.RULE, linewidth=0.9)
        ax.set_ylim(0, 1.02)
        ax.set_xlim(0, last * 1.01)
        ax.set_xticks(ticks)
        ax.set_ylabel(f"share {words}")
        ax.tick_params(labelbottom=True)
        ax.set_xlabel("time after the first dose (months)")
        if len(arms) > 1:
            ax.legend(loc="upper right")
        below.set_ylim(-0.6, len(arms) - 0.2)
        below.set_title("at risk", fontsize=8, fontweight="normal", pad=2)
        below.set_axis_off()
    return axes
