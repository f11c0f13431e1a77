"""`leukin check FILE`: validate a trial or catalogue file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leukin.cli import exits, options
from leukin.errors import CatalogError, Problem

if TYPE_CHECKING:
    from leukin.catalog import Catalogue
    from leukin.catalog.toml_lines import Document


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A trial or catalogue file (TOML).")],
    catalog: options.Catalogs = None,
) -> None:
    """Validate a trial or catalogue file: units, names, ranges, provenance."""
    from leukin.catalog import check_file

    known = options.catalogue(catalog)
    problems = check_file(file, known) or not_runnable(file, known)
    if problems:
        exits.tell(problems)
        raise typer.Exit(exits.USAGE)
    print(f"{file}: ok")


def not_runnable(file: Path, known: Catalogue) -> list[Problem]:
    """What `run` would refuse in a trial file that is valid as such, with file and line."""
    from leukin.catalog import load_trial
    from leukin.catalog.toml_lines import read_document
    from leukin.scenario import scenario

    try:
        trial = load_trial(file, known)
    except CatalogError:
        return []  # another kind of entry
    try:
        scenario(trial)
    except CatalogError as error:
        document = read_document(file)
        return [_placed(document, problem) for problem in error.problems]
    return []


def _placed(document: Document, problem: Problem) -> Problem:
    """The problem with the file and line of the first arm whose part it names."""
    part = problem.field.removeprefix("arm.")
    arms = document.data.get("arm", [])
    position = next((i for i, arm in enumerate(arms) if part in arm), 0)
    return replace(problem, file=document.file, line=document.line(("arm", position, part)))
