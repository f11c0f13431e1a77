"""Fit the catalogue again: exposure, the body, the lung, the ward, the tumour, each from the values that the former gave.

Run with `python -m leukin.inference.calibrate` (or `make calibrate`). It prints observed beside predicted and old beside
new values and changes nothing; with `--write` the values are put into the files of the catalogue at the end of each step.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from leukin.catalog.load import SHIPPED
from leukin.errors import CatalogError, LeukinError, Problem, nearest
from leukin.inference.calibration_parts import COHORTS, Given, Outcome, Part, Row, Tick, parts
from leukin.inference.figures import calibrate_figures
from leukin.inference.fitted_values import Change, may_write, write

#: an error of the logarithm above this share of the width of its prior: the value is mostly its prior
MOSTLY_PRIOR = 0.7
INTERRUPTED = 130
Say = Callable[[str], None]


def chosen(only: str | None, known: Sequence[Part]) -> tuple[Part, ...]:
    """The parts of the steps named in `only`, "a,b", in their own order; all where it is None.

    Raises CatalogError for a name that is no step.
    """
    steps = list(dict.fromkeys(part.step for part in known))
    wanted = steps if only is None else [word.strip() for word in only.split(",")]
    problems = [
        Problem(file="--only", field=word, reason="is no step", fix=nearest(word, steps))
        for word in wanted
        if word not in steps
    ]
    if problems:
        raise CatalogError(problems)
    return tuple(part for part in known if part.step in wanted)


def calibrate(
    todo: Sequence[Part],
    given: Given,
    say: Say,
    tick: Callable[[str], Tick],
    folder: Path | None = None,
) -> tuple[Change, ...]:
    """Run parts in order, each from the values of those before it; returns all changes.

    folder: the catalogue into which the changes of a step are put as soon as it ends, None for none. Raises CatalogError
    before anything runs where a part would read a figure that is not kept for calibration.
    """
    catalogue = given.catalogue
    for part in todo:
        calibrate_figures(catalogue, part.figures(catalogue))
    values: dict[tuple[str, str], Change] = {}
    waiting: list[Change] = []
    for at, part in enumerate(todo):
        now = replace(given, overrides=(*given.overrides, *(one.override for one in values.values())))
        found = part.run(now, tick(part.step))
        say(text(part, found))
        values |= {(one.entry, one.name): one for one in found.changes}
        waiting += found.changes
        if at + 1 == len(todo) or todo[at + 1].step != part.step:
            if folder is not None:
                files = write(folder, waiting)
                say(f"{part.step}: written to {', '.join(str(file) for file in files)}\n")
            waiting = []
    return tuple(values.values())


def text(part: Part, found: Outcome) -> str:
    """Targets and values of a part."""
    return "\n".join(
        [f"== {part.step}: {part.title}", *_targets(found.rows), *_values(found.changes), *found.remarks, ""]
    )


def _targets(rows: Sequence[Row]) -> Iterator[str]:
    fresh = any(row.fresh is not None for row in rows)
    yield (
        f"{'target':34s}{'figure':>8s}{'observed':>11s}{'fitted':>11s}{'miss':>8s}"
        + f"{'fresh':>11s}" * fresh
    )
    for row in rows:
        miss = "-" if row.miss is None else f"{row.miss:.2f}"
        line = f"{row.target:34s}{row.figure:>8s}{row.observed:11.4g}{row.predicted:11.4g}{miss:>8s}"
        yield line + (f"{row.fresh:11.4g}" if row.fresh is not None else "")


def _values(changes: Sequence[Change]) -> Iterator[str]:
    yield f"{'value':40s}{'unit':>8s}{'old':>11s}{'new':>11s}{'ln error':>10s}{'prior':>7s}"
    for one in changes:
        name = f"{one.entry}.{one.name}"
        prior = "-" if one.width is None else f"{one.width:.2g}"
        weak = "  mostly its prior" if one.width and one.error > MOSTLY_PRIOR * one.width else ""
        yield f"{name:40s}{one.unit:>8s}{one.old:11.4g}{one.new:11.4g}{one.error:10.2f}{prior:>7s}{weak}"


@contextmanager
def bars(todo: Sequence[Part]) -> Iterator[tuple[Say, Callable[[str], Tick]]]:
    """A line printer and a bar a step, on stderr."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), redirect_stdout=True) as shown:
        tasks = {
            step: shown.add_task(
                step, total=sum(part.length for part in todo if part.step == step), start=False
            )
            for step in dict.fromkeys(part.step for part in todo)
        }

        def tick(step: str) -> Tick:
            if not shown.tasks[list(tasks).index(step)].started:
                shown.start_task(tasks[step])
            return lambda count: shown.advance(tasks[step], count)

        yield (lambda line: print(line, flush=True)), tick


def _count(word: str) -> int:
    value = int(word)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {value}")
    return value


def main(words: Sequence[str] | None = None) -> int:
    """The command; bad input is one line on stderr and exit code 2."""
    known = tuple(parts())
    steps = ", ".join(dict.fromkeys(part.step for part in known))
    parser = argparse.ArgumentParser(prog="python -m leukin.inference.calibrate", description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the values into the files of the catalogue")
    parser.add_argument("--only", help=f"steps, separated by commas, of: {steps}")
    parser.add_argument("--patients", type=_count, help="virtual patients of a cohort or trial")
    parser.add_argument("--cohorts", type=_count, default=COHORTS, help="cohorts of the ward")
    parser.add_argument("--seed", type=int, default=1, help="of the first cohort")
    parser.add_argument("--workers", type=_count, default=2, help="processes")
    asked = parser.parse_args(words)
    try:
        todo = chosen(asked.only, known)
        if asked.write:
            may_write(SHIPPED)
            print(f"values will be written to {SHIPPED}", flush=True)
        given = Given((), asked.patients, asked.cohorts, asked.seed, asked.workers)
        with bars(todo) as (say, tick):
            calibrate(todo, given, say, tick, SHIPPED if asked.write else None)
    except LeukinError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; steps that were written stay, the one that ran left nothing", file=sys.stderr)
        return INTERRUPTED
    if not asked.write:
        print("nothing was written (--write puts the new values into the catalogue)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
