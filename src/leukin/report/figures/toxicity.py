"""Worst toxicity of each patient by grade."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from leukin.report import labels
from leukin.report.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GRADE_COLOURS = {1: "#a9d4ee", 2: style.SKY, 3: style.BLUE, 4: style.VERMILLION, 5: style.PURPLE}


def toxicity(patients: Any, arms: Sequence[str]) -> list[Axes]:
    """Share of patients by worst grade of each toxicity, from the columns grade.NAME; one panel an arm."""
    names = [column.partition(".")[2] for column in patients.columns if column.startswith("grade.")]
    with style.style():
        figure, axes = style.new_figure(
            0.8 + (0.5 + 0.27 * len(names)) * len(arms), len(arms), 1, sharex=True
        )
        shown = [
            grade
            for grade in GRADE_COLOURS
            if any((patients[f"grade.{name}"] == grade).any() for name in names)
        ]
        for ax, arm in zip(axes, arms, strict=True):
            rows = patients[patients["arm"] == arm]
            for position, name in enumerate(names):
                left = 0.0
                for grade in shown:
                    share = (
                        100.0 * float((rows[f"grade.{name}"] == grade).astype(bool).mean())
                        if len(rows)
                        else 0.0
                    )
                    ax.barh(position, share, left=left, height=0.68, color=GRADE_COLOURS[grade], linewidth=0)
                    left += share
                ax.annotate(
                    f"{left:.0f} %",
                    (left, position),
                    xytext=(3, 0),
                    textcoords="offset points",
                    va="center",
                    fontsize=7.5,
                )
            ax.set_yticks(
                range(len(names)),
                [labels.QUANTITIES.get(name, name.replace("_", " ").capitalize()) for name in names],
            )
            ax.invert_yaxis()
            ax.set_xlim(0, 108)
            ax.set_xticks([0, 25, 50, 75, 100])
            ax.grid(axis="y", visible=False)
            ax.tick_params(axis="y", length=0)
            if len(arms) > 1:
                ax.set_title(arm)
        axes[-1].set_xlabel("patients (%), by worst grade")
        from matplotlib.patches import Patch

        style.legend_below(figure, [(Patch(color=GRADE_COLOURS[g]), f"grade {g}") for g in shown], 4)
    return axes
