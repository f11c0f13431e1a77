"""Signalling of cell types against dose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leukin.report import labels
from leukin.report.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def dose_response(curve: Any, fits: Any) -> list[Axes]:
    """pSTAT5 against dose (nM, log axis), one panel a molecule and time, one line a cell type; a dot at each EC50.

    curve: molecule, cell, time_h, dose_nM, pstat5; fits: molecule, cell, time_h, ec50_nM, emax.
    """
    import pandas

    colours = _colours([str(cell) for cell in dict.fromkeys(curve["cell"])])
    bars = "low" in fits and fits["low"].notna().any()
    keys = list(curve.groupby(["molecule", "time_h"], sort=False).groups)
    with style.style():
        figure, axes = style.new_figure(0.8 + 2.3 * len(keys), len(keys), 1, sharex=True)
        for ax, (molecule, time) in zip(axes, keys, strict=True):
            own = curve[(curve["molecule"] == molecule) & (curve["time_h"] == time)]
            for position, (cell, rows) in enumerate(own.groupby("cell", sort=False)):
                colour = colours[str(cell)]
                dash = style.DASHES[position % len(style.DASHES)]
                word = labels.CELLS.get(str(cell), str(cell))
                ax.plot(rows["dose_nM"], rows["pstat5"], color=colour, linestyle=dash, label=word)
                chosen = (fits["molecule"] == molecule) & (fits["time_h"] == time) & (fits["cell"] == cell)
                for fit in fits[chosen].to_dict("records"):
                    if (
                        pandas.notna(fit["ec50_nM"])
                        and rows["dose_nM"].min() <= fit["ec50_nM"] <= rows["dose_nM"].max()
                    ):
                        ax.plot([fit["ec50_nM"]], [fit["emax"] / 2], "o", color=colour, markersize=5)
                        if pandas.notna(fit.get("low")):
                            ends = [
                                max(fit["low"], rows["dose_nM"].min()),
                                min(fit["high"], rows["dose_nM"].max()),
                            ]
                            ax.plot(ends, [fit["emax"] / 2] * 2, color=colour, linewidth=0.9, alpha=0.7)
            ax.set_xscale("log")
            seen = str(own["stat"].iloc[0]) if "stat" in own else "STAT5"
            if seen.startswith("STAT"):
                ax.set_ylim(0, 1.02)
            ax.set_ylabel(f"p{seen} (fraction of maximum)" if seen.startswith("STAT") else seen)
            ax.set_title(f"{molecule}, {labels.number(time)} h")
        axes[-1].set_xlabel("dose (nM); dots: EC50" + (", bars: 95 %" if bars else ""))
        style.legend_below(figure, axes[0], 3)
    return axes


def _colours(cells: list[str]) -> dict[str, str]:
    """The colour of each cell type: its own, else one that no other has as long as there are any."""
    found = {cell: style.CELLS[cell] for cell in cells if cell in style.CELLS}
    for position, cell in enumerate(cells):
        if cell not in found:
            free = [colour for colour in (*style.ARMS, style.INK, style.GREY) if colour not in found.values()]
            found[cell] = free[0] if free else style.arm_colour(position)
    return found
