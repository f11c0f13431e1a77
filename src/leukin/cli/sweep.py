"""`leukin run TRIAL --sweep LOW:HIGH:UNIT[:STEPS]`: response and toxicity against dose."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leukin.cli import disk, terminal
from leukin.errors import CatalogError, Problem, UnitError

if TYPE_CHECKING:
    from leukin.catalog import Catalogue, TrialRecord
    from leukin.trial.sweep import Range

STEPS, MOST = 7, 25
EXAMPLE = "20000:2000000:IU/kg, or with the number of doses 20000:2000000:IU/kg:9"

Sweep = Annotated[
    str | None,
    typer.Option(
        "--sweep",
        metavar="LOW:HIGH:UNIT[:STEPS]",
        help="Run the first arm at many doses, in the same patients.",
    ),
]


def parse(text: str) -> Range:
    """The range of doses of `--sweep`. Raises CatalogError."""
    from leukin.catalog.amounts import amount
    from leukin.trial.sweep import Range

    found = re.fullmatch(r"\s*([^:]+):([^:]+):([^:]+?)(?::(\d{1,9}))?\s*", text)
    if not found:
        raise _problem(f"'{text}' is not a range of doses", EXAMPLE)
    low, high, word, steps = found.groups()
    try:
        ends = [float(end) for end in (low, high)]
    except ValueError:
        raise _problem(f"'{text}' is not a range of doses", EXAMPLE) from None
    try:
        amount(f"1 {word}")
    except UnitError as error:
        raise _problem(error.problems[0].reason, error.problems[0].fix) from error
    if not all(math.isfinite(end) and end > 0 for end in ends) or ends[0] >= ends[1]:
        raise _problem("does not rise from a dose above 0", EXAMPLE)
    count = STEPS if steps is None else int(steps)
    if not 2 <= count <= MOST:
        raise _problem(f"{count} doses", f"2 to {MOST} doses")
    return Range(ends[0], ends[1], word.strip(), count)


def _problem(reason: str, fix: str) -> CatalogError:
    return CatalogError(Problem(field="--sweep", reason=reason, fix=fix))


def write(trial: str, known: Catalogue, doses: Range, out: Path | None) -> tuple[str, float]:
    """Write the swept trial as a file beside the run folder, which every other command accepts.

    Returns its path, and the dose of the trial itself in the unit of the sweep.
    """
    from leukin.catalog import load_trial
    from leukin.catalog.toml_text import to_text
    from leukin.quantity import unit
    from leukin.trial.sweep import swept

    record = load_trial(trial, known)
    text = to_text({"kind": "trial", **swept(record, known, 0, doses)})
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    path = (out.parent if out is not None else Path("runs")) / f"{record.id}-sweep-{digest}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    disk.write(path, text.encode())
    try:
        load_trial(path, known)
    except CatalogError:
        path.unlink()
        raise
    first = record.arms[0].doses[0]
    return str(path), first.amount * unit(first.unit).factor / unit(doses.word.partition("/")[0]).factor


def show(
    folder: Path, result: Mapping[str, Any], record: TrialRecord, doses: Range, reference: float
) -> list[dict[str, Any]]:
    """Write sweep.csv, sweep.json and sweep.png into the run folder; the rows of the table."""
    from leukin.cli import plots
    from leukin.report.figures.sweep import sweep as draw
    from leukin.trial.sweep import table

    rows = table(result, doses)
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    disk.write(folder / "sweep.csv", buffer.getvalue().encode())
    disk.write(folder / "sweep.json", json.dumps(rows, ensure_ascii=False, indent=1).encode())
    plots.save(draw(rows, record.title, reference)[0].figure, folder / "sweep.png")
    return rows


def show_table(rows: list[dict[str, Any]], folder: Path) -> None:
    """The table of a sweep on the terminal."""
    from leukin.report.labels import missing, number

    def share(value: Any) -> str:
        return "–" if missing(value) else f"{100 * value:.1f}"

    head = [
        "dose",
        "n",
        "ORR %",
        "95 %",
        "CR %",
        "doses",
        "BP 3-4 %",
        "leak 3-4 %",
        "urine 3-4 %",
        "fever %",
        "death %",
    ]
    lines = [
        [
            row["arm"],
            str(row["n"]),
            share(row["response"]),
            "" if missing(row["response"]) else f"{share(row['response_low'])}–{share(row['response_high'])}",
            share(row["complete_response"]),
            number(row["doses_given"]),
            *(
                share(row[name])
                for name in (
                    "hypotension_grade3",
                    "capillary_leak_grade3",
                    "oliguria_grade3",
                    "fever_any",
                    "treatment_death",
                )
            ),
        ]
        for row in rows
    ]
    terminal.table(head, lines, right=tuple(range(1, len(head))))
    print(
        "ORR, CR: objective and complete response; doses: received, median; BP, leak, urine 3-4: low pressure, capillary "
        "leak and oliguria of grade 3 or 4; death: from treatment."
    )
    print(f"written: {folder / 'sweep.csv'}, {folder / 'sweep.json'}, {folder / 'sweep.png'}")
