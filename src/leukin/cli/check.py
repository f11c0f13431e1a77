"""`leukin check FILE`: validate a trial or catalogue file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leukin.cli import exits, options


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A trial or catalogue file (TOML).")],
    catalog: options.Catalogs = None,
) -> None:
    """Validate a trial or catalogue file: units, names, ranges, provenance."""
    from leukin.catalog import check_file

    known = options.catalogue(catalog)
    problems = check_file(file, known)
    if problems:
        exits.tell(problems)
        raise typer.Exit(exits.USAGE)
    print(f"{file}: ok")
