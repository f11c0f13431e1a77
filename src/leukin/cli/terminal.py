"""Printing on a terminal of any width, and into a pipe."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence

FREE = 10_000


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
    """Print a table on stdout; columns in `right` are right-aligned."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    grid = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for position, word in enumerate(head):
        grid.add_column(word, justify="right" if position in right else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(str(cell) for cell in row))
    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False, markup=False, emoji=False)
    console.print(grid)
