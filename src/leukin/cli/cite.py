"""`leukin cite DIR|TRIAL`: BibTeX of just what was used, with reasons."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leukin.cli import options


def cite(
    what: Annotated[
        str,
        typer.Argument(metavar="DIR|TRIAL", help="A run folder, a trial of the catalogue, or a trial file."),
    ],
    catalog: options.Catalogs = None,
) -> None:
    """Print BibTeX, with reasons, of just what a run or a trial uses."""
    from leukin.report import citations
    from leukin.report.data import read_manifest

    if Path(what).is_dir():
        references = read_manifest(Path(what)).get("report", {}).get("references", [])
    else:
        from leukin.catalog import load_trial
        from leukin.report.provenance import about

        known = options.catalogue(catalog)
        references = about(load_trial(what, known), known)["references"]
    print(citations.bibtex(references), end="")
