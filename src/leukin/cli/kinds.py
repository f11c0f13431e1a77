"""Kinds of catalogue entries as words of the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from leukin.errors import CatalogError, Problem, nearest

if TYPE_CHECKING:
    from leukin.catalog import Catalogue

KINDS = (
    "molecules",
    "cells",
    "hosts",
    "tumours",
    "regimens",
    "rules",
    "trials",
    "mechanisms",
    "figures",
    "references",
)


def plural(word: str) -> str:
    """The kind that `word` (singular or plural) names."""
    for kind in KINDS:
        if word.lower() in (kind, kind.removesuffix("s")):
            return kind
    raise CatalogError(
        Problem(field="KIND", reason=f"'{word}' is not a kind of entry", fix=nearest(word.lower(), KINDS))
    )


def table(catalogue: Catalogue, kind: str) -> Mapping[str, Any]:
    """All entries of a kind by id."""
    if kind == "figures":
        return {figure.id: figure for figure in catalogue.figures}
    return getattr(catalogue, kind)


def title(kind: str, entry: Any) -> str:
    """One line that says what an entry is."""
    if kind == "figures":
        return f"{entry.role}: {entry.statement or entry.quantity}"
    if kind == "references":
        return f"{entry.short}: {entry['title']}"
    return str(entry.title)
