"""Printing on a terminal of any width, and into a pipe."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence

FREE = 10_000
PIPED = 140  # columns of a table that does not go to a terminal


def width() -> int:
    """Columns of the terminal; practically unlimited where the output is not one."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else FREE


def cut(line: str) -> str:
    """A line that fits the terminal."""
    room = width()
    return line if len(line) <= room else line[: room - 1] + "…"


def table(
    head: Sequence[str], rows: Sequence[Sequence[str]], title: str = "", right: Sequence[int] = ()
) -> None:
    """Print a table on stdout; columns in `right` are right-aligned, those without any content are left out."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    grid = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    kept = [position for position in range(len(head)) if any(str(row[position]) for row in rows)]
    for position in kept:
        word = head[position]
        grid.add_column(word, justify="right" if position in right else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(str(row[position]) for position in kept))
    console = Console(
        width=None if sys.stdout.isatty() else PIPED, highlight=False, markup=False, emoji=False
    )
    console.print(grid)
