"""Response and toxicity against dose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any

from leukin.report.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: column, word, colour
HARMS = (
    ("hypotension_grade3", "low pressure, grade 3-4", style.VERMILLION),
    ("capillary_leak_grade3", "capillary leak, grade 3-4", style.PURPLE),
    ("oliguria_grade3", "little urine, grade 3-4", style.ORANGE),
    ("treatment_death", "death from treatment", style.INK),
)


def sweep(rows: Sequence[Mapping[str, Any]], title: str = "", reference: float | None = None) -> list[Axes]:
    """Benefit above harm, against dose on a logarithmic axis; one point a dose, the same patients at each.

    rows: of `leukin.trial.sweep.table`; reference: the trial's own dose, marked by a line.
    """
    from matplotlib.ticker import FuncFormatter

    with style.style():
        figure, axes = style.new_figure(5.6, 3, 1, sharex=True, height_ratios=(1.1, 1.3, 0.9))
        x = [row["dose"] for row in rows]
        if title:
            figure.suptitle(fill(title, 58), fontsize=8.5, x=0.02, ha="left", fontweight="bold")
        _response(axes[0], x, rows)
        for position, (name, word, colour) in enumerate(HARMS):
            share = [_percent(row[name]) for row in rows]
            dash = style.DASHES[position % len(style.DASHES)]
            axes[1].plot(x, share, color=colour, linestyle=dash, marker="o", markersize=3.5, label=word)
        axes[1].set_title("Harm: patients (%)", fontsize=8.5)
        axes[1].set_ylim(0, max(5.0, *(_percent(row[name]) for row in rows for name, *_ in HARMS)) * 1.1)
        axes[2].plot(x, [row["doses_given"] for row in rows], color=style.GREEN, marker="o", markersize=3.5)
        axes[2].set_title("Doses that patients received (median)", fontsize=8.5)
        axes[2].set_ylim(bottom=0)
        for ax in axes:
            ax.set_xscale("log")
            if reference is not None:
                ax.axvline(reference, color=style.MUTED, linewidth=0.9, linestyle=(0, (4, 2)))
        if reference is not None:
            axes[2].annotate(
                "dose of the trial",
                (reference, 0),
                xycoords=("data", "axes fraction"),
                xytext=(-3, 3),
                textcoords="offset points",
                ha="right",
                va="bottom",
                fontsize=7,
                color=style.MUTED,
            )
        axes[2].xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
        axes[2].set_xlabel(f"dose ({rows[0]['unit']})")
        style.legend_below(figure, axes[1], 2)
    return axes


def _response(ax: Axes, x: Sequence[float], rows: Sequence[Mapping[str, Any]]) -> None:
    if rows[0]["response"] is None:
        ax.annotate("no tumour, no response", (0.5, 0.5), xycoords="axes fraction", ha="center", va="center")
        ax.set_yticks([])
    else:
        low, high = ([_percent(row[f"response_{end}"]) for row in rows] for end in ("low", "high"))
        ax.fill_between(x, low, high, color=style.BLUE, alpha=0.18, linewidth=0, label="95 % of sampling")
        response = [_percent(row["response"]) for row in rows]
        ax.plot(x, response, color=style.BLUE, marker="o", markersize=3.5, label="objective")
        complete = [_percent(row["complete_response"]) for row in rows]
        ax.plot(
            x,
            complete,
            color=style.GREEN,
            marker="o",
            markersize=3.5,
            linestyle=style.DASHES[1],
            label="complete",
        )
        ax.set_ylim(bottom=0)
        ax.legend(loc="upper left", fontsize=7, ncols=3)
        top = ax.get_ylim()[1]
        ax.set_ylim(0, top * 1.25)
    ax.set_title("Benefit: response (%)", fontsize=8.5)


def _percent(share: float | None) -> float:
    return float("nan") if share is None else 100.0 * share
