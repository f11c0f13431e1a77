"""Progress on stderr: a bar on a terminal, one plain line for every five per cent elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from leukin.cli.exits import say

STEP = 5  # per cent between two plain lines

Advance = Callable[[int], None]


@contextmanager
def progress(total: int, done: int, what: str) -> Iterator[Advance]:
    """Yields a function that is told how many more of `total` are finished; `done` were so before."""
    if sys.stderr.isatty():
        with _bar(total, done, what) as advance:
            yield advance
    else:
        yield _lines(total, done, what)


@contextmanager
def _bar(total: int, done: int, what: str) -> Iterator[Advance]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=total, completed=done)
        yield lambda count: bar.advance(task, count)


def _lines(total: int, done: int, what: str) -> Advance:
    finished = done
    told = int(100 * done / max(1, total)) // STEP

    def advance(count: int) -> None:
        nonlocal finished, told
        finished += count
        reached = int(100 * finished / max(1, total)) // STEP
        if reached > told:
            told = reached
            say(f"{what}: {reached * STEP} % ({finished} of {total})")

    return advance
