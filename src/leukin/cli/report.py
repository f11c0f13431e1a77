"""`leukin report DIR`: build report.html from a run folder, without simulating."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def report(folder: Annotated[Path, typer.Argument(metavar="DIR", help="A finished run folder.")]) -> None:
    """Build (again) report.html and its figures from a run folder, without simulating."""
    from leukin.report.html import write_report

    print(write_report(folder))
