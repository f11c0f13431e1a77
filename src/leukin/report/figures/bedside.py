"""One patient as a chart at the bedside: doses given and held above everything that they act on, on one axis of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from leukin.report import labels
from leukin.report.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GIVEN, HELD = style.GREEN, style.VERMILLION


@dataclass(frozen=True, slots=True)
class Slots:
    """When doses were due (h), and which were given and which held; others were not reached."""

    times: Any
    given: Any
    held: Any


#: panels of the left and the right column: title, observables ("x." stands for all that start so), logarithmic
LEFT = (
    ("IL-2 against the affinities of its receptors", ("IL2_plasma", "IL2_plasma_free", "IL2_carrier", "IL2_local."), True),
    ("Signal: phosphorylated STAT5", ("pSTAT5.treg", "pSTAT5.cd4-helper", "pSTAT5.cd8", "pSTAT5.nk"), False),
    ("Cells in blood", ("count_blood.treg", "count_blood.cd4", "count_blood.cd8", "count_blood.nk",
                        "count_blood.eosinophil"), True),
    ("Cytokines", ("IFNg", "TNF", "IL6", "IL5", "IFNg_free", "TNF_free", "IL6_free", "IL5_free"), True),
)  # fmt: skip
RIGHT = (
    ("Systolic pressure", ("SBP",), False),
    ("Temperature", ("temperature",), False),
    ("Urine", ("urine",), False),
    ("Creatinine", ("creatinine",), False),
    ("Change of weight", ("weight",), False),
    ("Saturation with oxygen, on air", ("oxygen_saturation",), False),
    ("Platelets", ("count_blood.platelet",), False),
)
#: words for the depots of local doses
LOCAL = {
    "IL2_plasma": "plasma",
    "IL2_plasma_free": "plasma, not neutralised",
    "IL2_carrier": "plasma, still on its carrier",
    "IL2_local.tumour": "in the injected lesion",
    "IL2_local.peritumoural": "beside the lesion",
    "IL2_local.peritoneum": "in the peritoneum",
    "IL2_local.region": "in the perfused region",
}
#: first name of the panel on which spans are drawn
CYTOKINES = "IFNg"
TUMOUR = ("Sum of diameters", ("sum_of_diameters",), False)
#: a parameter of the rule that withholds doses -> the observable at which its line is drawn, the word on it
LIMITS = {
    "sbp_limit": ("SBP", "below: dose held"),
    "urine_limit": ("urine", "below: dose held"),
    "creatinine_limit": ("creatinine", "above: dose held"),
    "oxygen_limit": ("oxygen_saturation", "below: dose held"),
    "platelet_limit": ("count_blood.platelet", "below: dose held"),
}
#: least height of a panel: a share of the value at the start, so that what hardly moves looks flat
LEAST_SPAN = {"SBP": 0.2, "temperature": 0.03, "urine": 0.5, "creatinine": 0.5, "weight": 0.02,
              "oxygen_saturation": 0.05, "count_blood.platelet": 0.2}  # fmt: skip
UNCHANGED = 1e-3  # of the weight at the start: a smaller gain is called none
#: days shown after the last dose of the first course, and at least
AFTER, LEAST = 5.0, 3.0
#: characters in a line above the chart; share of a panel's height that is kept free for its legend
WRAP, HEADROOM = 132, 0.24


def bedside(
    courses: Any,
    slots: Slots,
    title: str = "",
    markers: Sequence[Mapping[str, Any]] = (),
    limits: Mapping[str, tuple[float, str]] | None = None,
    spans: Sequence[tuple[float, float, str]] = (),
    drug: str = "",
) -> list[Axes]:
    """Doses, IL-2 against the affinities of its receptors, signal, cells, cytokines, vital signs of one patient.

    courses: table of time_h, name, value, unit; slots: doses of the first course; markers: affinities, each with label
    and value (nM); limits: parameter of the withholding rule -> its value and unit; spans: what is
    done to cytokines, from and until when (h), in words; drug: name of a drug whose affinities are not those marked.
    """
    end = float(courses["time_h"].max()) / 24.0
    last = float(slots.times.max()) / 24.0 if len(slots.times) else 0.0
    days = min(end, max(last + AFTER, LEAST))
    shown = courses[courses["time_h"] <= 24.0 * days]
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    with style.style():
        figure = Figure(
            figsize=(2 * style.WIDTH, 8.6), layout=ConstrainedLayoutEngine(w_pad=0.06, h_pad=0.03)
        )
        grid = figure.add_gridspec(1, 2)
        axes: list[Axes] = []
        for side, panels in enumerate((LEFT, RIGHT)):
            known = [panel for panel in panels if _names(shown, panel[1])]
            months = [TUMOUR] if side == 0 and _names(courses, TUMOUR[1]) else []
            rows = len(known) + len(months)
            inner = grid[side].subgridspec(1 + rows, 1, height_ratios=[0.28, *[1.0] * rows])
            strip = figure.add_subplot(inner[0])
            _strip(strip, slots, label=side == 0)
            column = [figure.add_subplot(inner[row + 1], sharex=strip) for row in range(len(known))]
            for ax, panel in zip(column, known, strict=True):
                _panel(ax, shown, panel, slots)
                ax.tick_params(labelbottom=ax is column[-1])
            strip.set_xlim(0, days)
            column[-1].set_xlabel("days since the first dose")
            axes += [strip, *column]
            for panel in months:
                ax = figure.add_subplot(inner[1 + len(known)])
                _panel(ax, courses, panel, slots, 30.4375)
                ax.margins(x=0)
                ax.set_xlabel("months since the first dose")
                axes.append(ax)
            for ax in column:
                if drug and ax.get_label() == "IL2_plasma":
                    ax.set_title(f"{drug} beside the affinities of IL-2 (nM)", fontsize=8.5)
                if ax.get_label() == CYTOKINES:
                    _spans(ax, spans, days)
                _lines(ax, markers, limits or {}, ax.get_label())
        head = [fill(title, WRAP)] if title else []
        words = fill(summary(shown, slots).replace(" ", "\xa0").replace(";\xa0", "; "), WRAP).replace(
            "\xa0", " "
        )
        figure.suptitle("\n".join([*head, words]), fontsize=9, x=0.01, ha="left")
    return axes


def summary(courses: Any, slots: Slots) -> str:
    """One line in words: doses, lowest pressure, highest temperature and creatinine, gain of weight."""
    words = [f"{int(slots.given.sum())} of {len(slots.times)} doses given, {int(slots.held.sum())} held"]
    for name, text in (("SBP", "lowest systolic pressure {low} mmHg"), ("temperature", "highest temperature {high} °C"),
                       ("creatinine", "highest creatinine {high} mg/dL")):  # fmt: skip
        own = courses.loc[courses["name"] == name, "value"]
        if len(own):
            words.append(text.format(low=labels.number(own.min()), high=labels.number(own.max())))
    weight = courses.loc[courses["name"] == "weight", "value"]
    if len(weight):
        gain = float(weight.max() - weight.iloc[0])
        same = gain < UNCHANGED * float(weight.iloc[0])
        words.append("weight unchanged" if same else f"weight +{labels.number(gain, 2)} kg")
    return "; ".join(words)


def _names(courses: Any, wanted: Sequence[str]) -> list[str]:
    known = list(dict.fromkeys(courses["name"]))
    return [n for want in wanted for n in known if n == want or (want.endswith(".") and n.startswith(want))]


def _strip(ax: Axes, slots: Slots, label: bool) -> None:
    """Doses as marks: filled where given, hollow where held."""
    days = np.asarray(slots.times) / 24.0
    ax.plot(
        days[slots.given],
        np.zeros(int(slots.given.sum())),
        "|",
        color=GIVEN,
        markersize=11,
        markeredgewidth=1.8,
    )
    ax.plot(
        days[slots.held], np.zeros(int(slots.held.sum())), "x", color=HELD, markersize=6, markeredgewidth=1.8
    )
    ax.set_ylim(-1, 1)
    ax.set_yticks([])
    ax.grid(visible=False)
    for edge in ("left", "bottom"):
        ax.spines[edge].set_visible(False)
    ax.tick_params(length=0, labelbottom=False)
    if label:
        for x, word, colour in ((0.0, "| dose given", GIVEN), (0.35, "x dose held", HELD)):
            ax.annotate(
                word,
                (x, 1.05),
                xycoords="axes fraction",
                fontsize=8,
                color=colour,
                va="bottom",
                fontweight="bold",
            )


def _panel(
    ax: Axes, courses: Any, panel: tuple[str, tuple[str, ...], bool], slots: Slots, days: float = 1.0
) -> None:
    title, wanted, log = panel
    names = _names(courses, wanted)
    for position, name in enumerate(names):
        own = courses[courses["name"] == name]
        value = own["value"].to_numpy()
        if name == "weight":
            value = value - value[0]
        cell = name.partition(".")[2]
        colour = style.CELLS.get(cell, style.arm_colour(position))
        word = LOCAL.get(name) or labels.CELLS.get(cell, cell) or labels.OBSERVABLES.get(name, name)
        dash = style.DASHES[position % len(style.DASHES)] if len(names) > 1 else "-"
        ax.plot(own["time_h"] / 24.0 / days, np.where(value > 0, value, np.nan) if log else value,
                color=colour, linestyle=dash, linewidth=1.3, label=word)  # fmt: skip
    for day in np.asarray(slots.times)[slots.held] / 24.0 if days == 1.0 else ():
        ax.axvline(day, color=HELD, linewidth=0.8, alpha=0.35)
    unit = labels.pretty_unit(str(courses.loc[courses["name"] == names[0], "unit"].iloc[0]))
    ax.set_title(f"{title}{f' ({unit})' if unit else ''}", fontsize=8.5)
    ax.set_label(names[0])
    start = float(courses.loc[courses["name"] == names[0], "value"].iloc[0])
    low, high = ax.get_ylim()
    if (short := LEAST_SPAN.get(names[0], 0.0) * start - (high - low)) > 0:
        ax.set_ylim(low - short / 2, high + short / 2)
    if log:
        ax.set_yscale("log")
        drawn = np.concatenate([line.get_ydata() for line in ax.get_lines()[: len(names)]])
        drawn = drawn[drawn > 0]
        high = 1.3 * float(drawn.max()) if len(drawn) else 1.0
        ax.set_ylim(max(float(drawn.min()) / 1.3, high / 1e5) if len(drawn) else 0.1, high)
        style.plain_log(ax)
    if len(names) > 1:
        low, high = ax.get_ylim()
        room = HEADROOM / (1.0 - HEADROOM)
        ax.set_ylim(low, high * (high / low) ** room if log else high + (high - low) * room)
        ax.legend(
            loc="upper right",
            fontsize=7,
            ncols=len(names),
            columnspacing=1.2,
            borderpad=0.2,
            borderaxespad=0.2,
        )


def _spans(ax: Axes, spans: Sequence[tuple[float, float, str]], days: float) -> None:
    """A band while a cytokine is given or neutralised, with its words below one another."""
    shown = [span for span in spans if span[0] / 24.0 < days]
    for row, (begin, end, words) in enumerate(shown):
        first, last = begin / 24.0, min(end / 24.0, days)
        ax.axvspan(first, last, color=style.INK, alpha=0.08, linewidth=0)
        ax.annotate(
            words,
            ((first + last) / 2, 0.03 + 0.1 * row),
            xycoords=("data", "axes fraction"),
            fontsize=7,
            ha="center",
            va="bottom",
            bbox={"boxstyle": "square,pad=0.1", "facecolor": "white", "alpha": 0.8, "linewidth": 0},
        )


def _lines(
    ax: Axes, markers: Sequence[Mapping[str, Any]], limits: Mapping[str, tuple[float, str]], name: object
) -> None:
    """Affinities on the panel of IL-2, and the limits at which a dose is withheld."""
    if name == "IL2_plasma":
        low, high = ax.get_ylim()
        for marker in markers:
            low, high = min(low, marker["value"] / 3), max(high, marker["value"] * 3)
            _line(ax, marker["value"], str(marker["label"]), style.INK)
        ax.set_ylim(low, high)
    for parameter, (shown, word) in LIMITS.items():
        if shown == name and parameter in limits:
            value, _ = limits[parameter]
            bottom, top = ax.get_ylim()
            ax.set_ylim(min(bottom, value * 0.95), max(top, value * 1.03))
            _line(ax, value, word, HELD)


def _line(ax: Axes, value: float, word: str, colour: str) -> None:
    ax.axhline(value, color=colour, linewidth=0.9, linestyle=(0, (4, 2)))
    ax.annotate(
        word,
        (1.0, value),
        xycoords=("axes fraction", "data"),
        xytext=(-2, 2),
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=7,
        color=colour,
        bbox={"boxstyle": "square,pad=0.1", "facecolor": "white", "alpha": 0.8, "linewidth": 0},
    )
