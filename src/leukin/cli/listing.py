"""`leukin list [KIND]`: what the catalogue holds."""

from __future__ import annotations

from typing import Annotated

import typer

from leukin.cli import kinds, options, terminal


def list_entries(
    kind: Annotated[
        str | None, typer.Argument(metavar="[KIND]", help=f"One of: {', '.join(kinds.KINDS)}.")
    ] = None,
    catalog: options.Catalogs = None,
) -> None:
    """List the entries of the catalogue: all kinds, or one."""
    wanted = [kinds.plural(kind)] if kind else [k for k in kinds.KINDS if k not in ("figures", "references")]
    known = options.catalogue(catalog)
    for position, name in enumerate(wanted):
        if not kind:
            print(("\n" if position else "") + name)
        entries = kinds.table(known, name)
        width = max((len(key) for key in entries), default=0)
        for key, entry in entries.items():
            indent = "" if kind else "  "
            print(terminal.cut(f"{indent}{key:<{width}}  {kinds.title(name, entry)}"))
    if not kind:
        print(f"\n{len(known.figures)} figures, {len(known.references)} references: leukin list figures")
