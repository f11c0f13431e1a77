"""Doses that patients received under the rule of the trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from leukin.report.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def doses(patients: Any, arms: Sequence[str], published: Mapping[str, float] | None = None) -> list[Axes]:
    """Histogram of doses given in the first course, with the median; one panel an arm.

    published: median published for an arm, drawn as a dashed line.
    """
    import numpy as np

    with style.style():
        _, axes = style.new_figure(0.6 + 1.9 * len(arms), len(arms), 1, sharex=True)
        highest = int(np.nanmax(patients["doses_given"])) if len(patients) else 1
        for position, (ax, arm) in enumerate(zip(axes, arms, strict=True)):
            given = patients.loc[patients["arm"] == arm, "doses_given"].dropna().to_numpy(int)
            counts = np.bincount(given, minlength=highest + 1)
            ax.bar(np.arange(len(counts)), counts, width=0.86, color=style.arm_colour(position))
            median = float(np.median(given)) if len(given) else 0.0
            ax.axvline(
                median, ymax=0.68, color=style.INK, linewidth=1.4, label=f"predicted median {median:g}"
            )
            if published and arm in published:
                ax.axvline(
                    published[arm],
                    ymax=0.68,
                    color=style.INK,
                    linewidth=1.4,
                    linestyle=(0, (2, 1.5)),
                    label=f"published median {published[arm]:g}",
                )
            ax.set_ylim(0, counts.max() * 1.55 + 1)
            ax.legend(loc="upper left", fontsize=7.5, borderaxespad=0.2)
            ax.set_ylabel("patients")
            ax.grid(axis="x", visible=False)
            ax.set_xlim(-0.7, highest + 0.7)
            if len(arms) > 1:
                ax.set_title(arm)
        axes[-1].set_xlabel("doses given in the first course")
    return axes
