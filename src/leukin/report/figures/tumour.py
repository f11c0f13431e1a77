"""Response of the tumour: waterfall and spider."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from leukin.report.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CEILING = 100.0  # per cent; larger growth is cut, and said so
BARS = 500  # of a waterfall; of more patients, this many are drawn, evenly along the order


def threshold(response: str) -> tuple[float, str]:
    """Change of the sum of diameters (%) that counts as partial response, and its name.

    WHO asks for half of the product of two diameters: sqrt(1/2) of each where both shrink alike.
    """
    if response.upper().startswith("WHO"):
        return 100.0 * (math.sqrt(0.5) - 1.0), "WHO: product −50 %"
    return -30.0, "RECIST: sum −30 %"


def _response_handles(shown: Sequence[str]) -> list[tuple[Any, str]]:
    from matplotlib.patches import Patch

    return [
        (Patch(color=colour), style.RESPONSE_WORDS[code])
        for code, colour in style.RESPONSES.items()
        if code in shown
    ]


def _threshold_line(ax: Axes, response: str) -> None:
    value, words = threshold(response)
    ax.axhline(value, color=style.INK, linewidth=0.8, linestyle=(0, (4, 2)))
    ax.annotate(
        words,
        (0.012, value),
        xycoords=("axes fraction", "data"),
        xytext=(0, -2),
        textcoords="offset points",
        va="top",
        fontsize=7.5,
    )


def waterfall(patients: Any, arms: Sequence[str], response: str = "WHO") -> list[Axes]:
    """Best change of the sum of diameters of every patient (%), sorted; one panel an arm."""
    with style.style():
        figure, axes = style.new_figure(0.75 + 2.5 * len(arms), len(arms), 1)
        seen: set[str] = set()
        for ax, arm in zip(axes, arms, strict=True):
            rows = patients[(patients["arm"] == arm) & patients["best_change_percent"].notna()]
            rows = rows.sort_values("best_change_percent", ascending=False)
            count = len(rows)
            rows = rows.iloc[style.thinned(count, BARS)]
            change = rows["best_change_percent"].clip(upper=CEILING).to_numpy()
            codes = rows["best_response"].to_numpy()
            seen |= set(codes)
            colours = [style.RESPONSES.get(code, style.GREY) for code in codes]
            ax.bar(range(len(change)), change, width=1.0, color=colours, linewidth=0)
            _threshold_line(ax, response)
            ax.axhline(0, color=style.MUTED, linewidth=0.7)
            ax.set_xlim(-0.5, max(1, len(change)) - 0.5)
            ax.set_ylim(-106, CEILING * 1.06)
            ax.set_xticks([])
            ax.grid(axis="x", visible=False)
            ax.set_ylabel("best change of sum\nof diameters (%)")
            some = f"; {len(change)} of them drawn" if len(change) < count else ""
            ax.set_xlabel(f"{count} virtual patients, sorted{some}")
            if len(arms) > 1:
                ax.set_title(arm)
        style.legend_below(figure, _response_handles(list(seen)), 2)
    return axes


def spider(
    courses: Any, patients: Any, arms: Sequence[str], response: str = "WHO", months: float = 24.0
) -> list[Axes]:
    """Sum of diameters against time (% change from baseline) of a sample of patients; one panel an arm."""
    month = 30.4375 * 24.0
    with style.style():
        figure, axes = style.new_figure(0.75 + 2.6 * len(arms), len(arms), 1, sharex=True)
        seen: set[str] = set()
        sums = courses[(courses["name"] == "sum_of_diameters") & courses["value"].notna()]
        for ax, arm in zip(axes, arms, strict=True):
            best = patients[patients["arm"] == arm].set_index("patient")["best_response"]
            own = sums[sums["arm"] == arm].sort_values("time_h")
            drawn = 0
            for patient, rows in own.groupby("patient"):
                start = float(rows["value"].iloc[0])
                if patient not in best.index or start <= 0:
                    continue
                code = str(best.loc[patient])
                seen.add(code)
                change = (100.0 * (rows["value"] / start - 1.0)).clip(upper=CEILING)
                colour = style.RESPONSES.get(code, style.GREY)
                ax.plot(rows["time_h"] / month, change, color=colour, linewidth=0.8, alpha=0.8)
                drawn += 1
            _threshold_line(ax, response)
            ax.axhline(0, color=style.MUTED, linewidth=0.7)
            ax.set_xlim(0, months)
            ax.set_ylim(-106, CEILING * 1.06)
            ax.set_xticks(list(range(0, int(months) + 1, 3)))
            ax.set_ylabel("change of sum\nof diameters (%)")
            if len(arms) > 1:
                ax.set_title(f"{arm}, {drawn} patients")
        axes[-1].set_xlabel("time after the first dose (months)")
        style.legend_below(figure, _response_handles(list(seen)), 2)
    return axes
