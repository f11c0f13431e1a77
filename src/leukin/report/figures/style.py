"""One look for every figure: size for a phone, colours for colour-blind readers, inks that a page can recolour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 4.6  # inch: readable when scaled to a 390 px screen
INK = "#1f2933"
MUTED = "#66727f"
RULE = "#d8dee5"

#: Okabe and Ito's palette
BLUE = "#0072b2"
ORANGE = "#e69f00"
GREEN = "#009e73"
VERMILLION = "#d55e00"
PURPLE = "#cc79a7"
SKY = "#56b4e9"
GREY = "#9aa5b1"
ARMS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)
DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (6, 1.5, 1.5, 1.5)), (0, (3, 1.5)), "-")
RESPONSES = {"CR": GREEN, "PR": BLUE, "SD": ORANGE, "PD": VERMILLION, "NE": GREY}
RESPONSE_WORDS = {
    "CR": "complete response",
    "PR": "partial response",
    "SD": "stable disease",
    "PD": "progressive disease",
    "NE": "not evaluable",
}
CELLS = {
    "treg": VERMILLION,
    "cd4-helper": ORANGE,
    "cd4": ORANGE,
    "cd8": BLUE,
    "nk": GREEN,
    "cd8-activated": PURPLE,
    "cd8-tumour": SKY,
    "lymphocyte": INK,
    "b": SKY,
    "eosinophil": GREY,
}

SETTINGS: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "axes.labelsize": 8.5,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.titlepad": 6,
    "axes.titleweight": "bold",
    "axes.titlecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "legend.handlelength": 2.2,
    "lines.linewidth": 1.6,
    "lines.solid_capstyle": "round",
    "figure.dpi": 100,
    "savefig.dpi": 200,
    "svg.fonttype": "none",
    "svg.hashsalt": "leukin",
    "axes.unicode_minus": True,
    "axes.formatter.useoffset": False,
}


@contextmanager
def style() -> Iterator[None]:
    """Draw with leukin's settings, and leave matplotlib's own as they were."""
    import matplotlib

    with matplotlib.rc_context(SETTINGS):
        yield


def new_figure(height: float, rows: int = 1, columns: int = 1, **kwargs: Any) -> tuple[Figure, list[Axes]]:
    """A figure of the common width and the given height (inch), with its axes row by row."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    figure = Figure(figsize=(WIDTH, height), layout=ConstrainedLayoutEngine(w_pad=0.05, h_pad=0.05))
    axes = figure.subplots(rows, columns, squeeze=False, **kwargs)
    return figure, list(axes.flat)


def axes_or_new(ax: Axes | None, height: float) -> Axes:
    """The caller's axes, or those of a new figure."""
    return ax if ax is not None else new_figure(height)[1][0]


def legend_below(figure: Any, source: Axes | Sequence[tuple[Any, str]], columns: int) -> None:
    """A legend below all axes, where it covers no data; source: axes with labels, or pairs of handle and word."""
    from matplotlib.axes import Axes

    handles: list[Any]
    if isinstance(source, Axes):
        handles, words = source.get_legend_handles_labels()
    else:
        handles, words = [handle for handle, _ in source], [word for _, word in source]
    if handles:
        figure.legend(handles, words, loc="outside lower center", ncols=columns, columnspacing=1.4)


def arm_colour(position: int) -> str:
    """Colour of an arm by its position in the trial."""
    return ARMS[position % len(ARMS)]


def band(
    ax: Axes, rows: Any, colour: str, label: str, per: float = 1.0, dash: Any = "-", fill: bool = True
) -> None:
    """Median line and 5-95 % band of summary rows; `per` converts hours to the axis' unit of time."""
    x = rows["time_h"].to_numpy() / per
    if fill:
        low, high = rows["p5"].to_numpy(), rows["p95"].to_numpy()
        ax.fill_between(x, low, high, color=colour, alpha=0.18, linewidth=0)
    ax.plot(x, rows["median"].to_numpy(), color=colour, label=label, linestyle=dash)


def select(summary: Any, name: str, arm: str, until_h: float, from_h: float = 0.0) -> Any:
    """Rows of one observable and arm within a window of time, in order of time."""
    rows = summary[(summary["observable"] == name) & (summary["arm"] == arm)]
    rows = rows[(rows["time_h"] >= from_h) & (rows["time_h"] <= until_h)]
    return rows.sort_values("time_h")


def plain_log(ax: Axes) -> None:
    """Label a logarithmic value axis with plain numbers (0.1, 1, 10), and 2 and 5 between where it spans little."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    low, high = ax.get_ylim()
    wide = high / low > 300
    ax.yaxis.set_major_locator(LogLocator(base=10, subs=(1.0,) if wide else (1.0, 2.0, 5.0)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.yaxis.set_minor_formatter(NullFormatter())


def thinned(count: int, most: int) -> Any:
    """Positions of at most `most` of `count` items, evenly spread, the first and the last among them; int[item]."""
    import numpy as np

    return np.unique(np.linspace(0, max(0, count - 1), min(count, most)).round().astype(int))
