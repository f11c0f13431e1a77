"""Printing on a terminal of any width, and into a pipe."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Sequence

FREE = 10_000
PIPED = 140  # columns of a table that does not go to a terminal
LEAST = 20  # columns that text is wrapped to at least


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
    """Print a table on stdout; columns in `right` are right-aligned, those without any content are left out.

    Where the terminal is too narrow for the columns, each row is a paragraph instead.
    """
    from rich import box
    from rich.console import Console
    from rich.measure import Measurement
    from rich.table import Table

    console = Console(
        width=None if sys.stdout.isatty() else PIPED, highlight=False, markup=False, emoji=False
    )
    grid = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    kept = [position for position in range(len(head)) if any(str(row[position]) for row in rows)]
    for position in kept:
        number = position in right
        grid.add_column(head[position], justify="right" if number else "left", no_wrap=number)
    for row in rows:
        grid.add_row(*(str(row[position]) for position in kept))
    room = console.width
    if Measurement.get(console, console.options.update(width=FREE, max_width=FREE), grid).minimum <= room:
        console.print(grid)
    else:
        print("\n".join(paragraphs(head, rows, title, right, max(LEAST, room))))


def paragraphs(
    head: Sequence[str], rows: Sequence[Sequence[str]], title: str, right: Sequence[int], room: int
) -> list[str]:
    """A table as lines of at most `room` columns: what a row is about, then each of its other cells with its heading."""
    named = range(min(right, default=1)) or range(1)
    lines = textwrap.wrap(title or ", ".join(head[p] for p in named if head[p]), room)
    for row in rows:
        lines += textwrap.wrap(", ".join(str(row[p]) for p in named if row[p]), room)
        cells = [
            f"{head[p]}: {row[p]}" if head[p] else str(row[p])
            for p in range(len(head))
            if p not in named and row[p]
        ]
        lines += textwrap.wrap("; ".join(cells), room, initial_indent="  ", subsequent_indent="  ")
    return [*lines, ""]
