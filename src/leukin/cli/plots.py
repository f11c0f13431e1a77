"""Figures that a command writes into a file."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Annotated, Any

import typer

from leukin.cli import disk, options
from leukin.errors import CatalogError, Problem, nearest

FORMATS = (".png", ".svg", ".pdf")

Plot = Annotated[Path | None, typer.Option("--plot", metavar="FILE", help="Draw (.png, .svg or .pdf).")]


def check(path: Path | None) -> None:
    """Refuse a file whose name does not end in a format of figures, or that cannot be written."""
    if path is not None and path.suffix not in FORMATS:
        reason, fix = f"'{path.suffix}' is not a format of figures", nearest(path.suffix, FORMATS)
        raise CatalogError(Problem(field="--plot", reason=reason, fix=fix))
    options.target("--plot", path)


def save(figure: Any, path: Path) -> None:
    """Write a matplotlib figure in the format that the file's name asks for."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format=path.suffix[1:], facecolor="white", dpi=200)
    disk.write(path, buffer.getvalue())
