"""Which drawn properties of a patient go with a good or bad outcome."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from leukin.report.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from pandas import Series

COVARIATES = {
    "performance_status": "performance status",
    "lesions": "number of lesions",
    "baseline_sum_mm": "sum of diameters at the start",
    "doses_given": "doses given",
}
PREFIX = "parameter."
MOST = 12
RANKED = 10_000  # patients whose ranks are correlated, the first ones
WIDTH = 28  # characters of a label's line


def correlations(patients: Any, arm: str, outcome: str = "best_change_percent") -> Series:
    """Spearman's rank correlation of every varying parameter and covariate with `outcome`, strongest first."""
    import pandas

    rows = patients[(patients["arm"] == arm) & patients[outcome].notna()].head(RANKED)
    columns = [c for c in rows.columns if (c.startswith(PREFIX) or c in COVARIATES) and rows[c].nunique() > 2]
    if len(rows) < 20 or not columns:
        return pandas.Series(dtype=float)
    ranks = rows[[*columns, outcome]].rank()
    found = ranks[columns].corrwith(ranks[outcome]).dropna()
    return found.reindex(found.abs().sort_values(ascending=False).index)


def drivers(
    patients: Any, arm: str, names: Mapping[str, str] | None = None, most: int = MOST, ax: Axes | None = None
) -> Axes:
    """The strongest rank correlations with the best change of tumour size in one arm (an association, not a cause)."""
    found = correlations(patients, arm).head(most)
    names = names or {}
    with style.style():
        ax = style.axes_or_new(ax, 0.75 + 0.34 * max(1, len(found)))
        colours = [style.BLUE if value < 0 else style.VERMILLION for value in found]
        ax.barh(range(len(found)), found.to_numpy(), color=colours, height=0.66)
        plain = [str(column).removeprefix(PREFIX) for column in found.index]
        ax.set_yticks(range(len(found)), [_words(name, names) for name in plain])
        ax.invert_yaxis()
        ax.axvline(0, color=style.MUTED, linewidth=0.7)
        ax.set_xlabel("rank correlation with best change\n(left: goes with shrinkage)")
        ax.grid(axis="y", visible=False)
        ax.tick_params(axis="y", length=0)
    return ax


def _words(name: str, known: Mapping[str, str]) -> str:
    """The meaning of a parameter in two short lines; one of a cell type ("CD122_treg") names the cell."""
    text = known.get(name, "") or COVARIATES.get(name, "")
    if not text:
        stem, _, cell = name.partition("_")
        text = f"{known[stem]}, {cell}" if stem in known else name
    lines = textwrap.wrap(text.replace("_", " "), WIDTH, max_lines=2, placeholder=" …")
    return "\n".join(lines)
