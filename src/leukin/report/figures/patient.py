"""Time courses of one patient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from leukin.report import labels
from leukin.report.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: panels: title, names ("pSTAT5." stands for all that start so), logarithmic, first days shown (0: all)
PANELS: tuple[tuple[str, tuple[str, ...], bool, float], ...] = (
    ("IL-2", ("IL2_plasma", "IL2_tumour"), True, 30.0),
    ("pSTAT5", ("pSTAT5.",), False, 7.0),
    ("Cells in blood", ("count_blood.",), True, 60.0),
    ("Cytokines", ("IFNg", "TNF", "IL6", "IL5"), True, 30.0),
    ("Mean arterial pressure", ("MAP",), False, 30.0),
    ("Temperature", ("temperature",), False, 30.0),
    ("Urine", ("urine",), False, 30.0),
    ("Body weight", ("weight",), False, 30.0),
    ("Albumin", ("albumin",), False, 30.0),
    ("Sum of diameters", ("sum_of_diameters",), False, 0.0),
)
SHORT = {"IL2_plasma": "plasma", "IL2_tumour": "tumour"}


def _names(known: Sequence[str], wanted: Sequence[str]) -> list[str]:
    return [
        name
        for name in known
        if any(name == want or (want.endswith(".") and name.startswith(want)) for want in wanted)
    ]


def _word(name: str) -> str:
    cell = name.partition(".")[2]
    return labels.CELLS.get(cell, cell) if cell else SHORT.get(name, labels.OBSERVABLES.get(name, name))


def patient(courses: Any, title: str = "") -> list[Axes]:
    """Exposure, signal, cells, cytokines, vital signs and tumour of one patient.

    courses: table of time_h, name, value, unit, as `leukin simulate --csv` writes it.
    """
    known = list(dict.fromkeys(courses["name"]))
    panels = [(panel, _names(known, panel[1])) for panel in PANELS]
    panels = [(panel, names) for panel, names in panels if names]
    rows = (len(panels) + 1) // 2
    with style.style():
        figure, axes = style.new_figure(0.5 + 2.0 * rows, rows, 2)
        figure.set_figwidth(2 * style.WIDTH)
        if title:
            figure.suptitle(title, fontsize=10, x=0.02, ha="left")
        for ax in axes[len(panels) :]:
            ax.set_axis_off()
        for ax, ((words, _, log, days), names) in zip(axes, panels, strict=False):
            for position, name in enumerate(names):
                own = courses[courses["name"] == name]
                if days:
                    own = own[own["time_h"] <= 24.0 * days]
                cell = name.partition(".")[2]
                colour = style.CELLS.get(cell, style.arm_colour(position))
                dash = style.DASHES[position % len(style.DASHES)]
                x = own["time_h"] / (24.0 if days else 24.0 * 30.4375)
                ax.plot(x, own["value"], color=colour, linestyle=dash, linewidth=1.2, label=_word(name))
            unit = labels.pretty_unit(str(courses.loc[courses["name"] == names[0], "unit"].iloc[0]))
            ax.set_title(f"{words}{f' ({unit})' if unit else ''}", fontsize=8.5)
            if log:
                ax.set_yscale("log")
                low, high = ax.get_ylim()
                ax.set_ylim(max(low, high / 1e6), high)
            ax.margins(x=0)
            ax.set_xlabel("days" if days else "months", fontsize=8)
            if len(names) > 1:
                ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=7)
    return axes[: len(panels)]
