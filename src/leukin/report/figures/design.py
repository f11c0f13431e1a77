"""Activation of cell types over the affinities of a variant of interleukin-2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leukin.report import labels
from leukin.report.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STEPS = 10
#: factors between two molecules (on both axes) below which they share one label
NEAR = 1.6
CAPTION = "KD over wild type, CD25 (right: weaker)"


def design(found: Any) -> list[Axes]:
    """pSTAT5 over factors on the KD for CD25 and CD122, one panel a cell type, and Treg less the most active other.

    found: a Design; molecules of one arm stand on the maps, as numbers that the list below explains.
    """
    import numpy as np

    cells = list(dict.fromkeys(found.map["cell"]))
    grids = {}
    for cell in cells:
        table = found.map[found.map["cell"] == cell]
        grids[cell] = table.pivot(index="factor_beta", columns="factor_alpha", values="pstat5")
    first = cells[0]
    x, y = (np.asarray(axis, float) for axis in (grids[first].columns, grids[first].index))
    spots = _spots(found.molecules)
    top = np.ceil(STEPS * max(grid.to_numpy().max() for grid in grids.values())) / STEPS
    levels = np.linspace(0.0, top, 2 * round(STEPS * top) + 1)
    panels = len(cells) + (len(cells) > 1)
    with style.style():
        rows = -(-panels // 2)
        figure, axes = style.new_figure(
            2.35 * rows + 0.35 + 0.13 * len(spots), rows, 2, sharex=True, sharey=True
        )
        for ax in axes[panels:]:
            ax.set_visible(False)
        for ax, cell in zip(axes, cells, strict=False):
            shown = ax.contourf(x, y, grids[cell].to_numpy(), levels, cmap="cividis")
            ax.set_title(labels.CELLS.get(cell, cell))
        figure.colorbar(
            shown,
            ax=axes[: len(cells)],
            label="pSTAT5",
            shrink=0.7,
            aspect=30,
            location="top",
            ticks=levels[::2],
        )
        if panels > len(cells):
            ax = axes[len(cells)]
            rest = np.max([grids[cell].to_numpy() for cell in cells[1:]], axis=0)
            signed = ax.contourf(
                x, y, grids[first].to_numpy() - rest, np.linspace(-1, 1, 21), cmap="PuOr", extend="neither"
            )
            others = " or ".join(labels.CELLS.get(cell, cell) for cell in cells[1:])
            ax.set_title(f"{labels.CELLS.get(first, first)} less {others}", fontsize=7.5)
            figure.colorbar(signed, ax=ax, shrink=0.8, ticks=[-1, -0.5, 0, 0.5, 1])
        for ax in axes[:panels]:
            _points(ax, spots, x, y)
            ax.set_xscale("log")
            ax.set_yscale("log")
            ax.set_xlim(x[0], x[-1])
            ax.set_ylim(y[0], y[-1])
            ax.grid(visible=False)
        figure.supxlabel(CAPTION, fontsize=8.5)
        figure.supylabel("KD over wild type, CD122 (up: weaker)", fontsize=8.5)
        words = "\n".join(f"{i}  {', '.join(names)}" for i, (_, _, names) in enumerate(spots, start=1))
        figure.suptitle(
            f"{labels.number(found.dose_nM)} nM, {labels.number(found.time_h)} h\n{words}",
            fontsize=7.5, x=0.02, ha="left", linespacing=1.35,
        )  # fmt: skip
    return axes[:panels]


def _spots(molecules: Any) -> list[tuple[float, float, list[str]]]:
    """Molecules of one arm by place; those that lie on each other share a number."""
    spots: list[tuple[float, float, list[str]]] = []
    single = molecules[molecules["valency"] == 1].drop_duplicates("molecule")
    for row in single.to_dict("records"):
        for alpha, beta, names in spots:
            a, b = row["factor_alpha"] / alpha, row["factor_beta"] / beta
            if max(a, 1 / a) < NEAR and max(b, 1 / b) < NEAR:
                names.append(row["molecule"])
                break
        else:
            spots.append((row["factor_alpha"], row["factor_beta"], [row["molecule"]]))
    return spots


def _points(ax: Axes, spots: list[tuple[float, float, list[str]]], x: Any, y: Any) -> None:
    for i, (alpha, beta, _) in enumerate(spots, start=1):
        if not (x[0] <= alpha <= x[-1] and y[0] <= beta <= y[-1]):
            continue
        ax.plot(
            [alpha],
            [beta],
            "o",
            color="white",
            markersize=7,
            markeredgecolor=style.INK,
            markeredgewidth=0.6,
            clip_on=False,
            zorder=4,
        )
        ax.text(alpha, beta, str(i), fontsize=5.5, ha="center", va="center", color=style.INK, zorder=5)
