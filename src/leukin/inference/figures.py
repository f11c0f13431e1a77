"""The one door through which a fit reads published figures: only those kept for calibration pass."""

from __future__ import annotations

from collections.abc import Iterable

from leukin.catalog import Catalogue, Figure
from leukin.errors import CatalogError, Problem, nearest

ALLOWED = "CALIBRATE"


def calibrate_figures(catalogue: Catalogue, ids: Iterable[str]) -> tuple[Figure, ...]:
    """The figures `ids`, in their order.

    Raises CatalogError for an unknown id and for every figure whose role is not CALIBRATE: figures that check or
    validate the model are never fitted.
    """
    known = {figure.id: figure for figure in catalogue.figures}
    wanted = tuple(ids)
    problems = [
        Problem(field=id, reason="is not a published figure", fix=nearest(id, known))
        for id in wanted
        if id not in known
    ]
    problems += [
        Problem(field=id, reason=f"has the role {known[id].role}", fix=f"a fit reads {ALLOWED} figures only")
        for id in wanted
        if id in known and known[id].role != ALLOWED
    ]
    if problems:
        raise CatalogError(problems)
    return tuple(known[id] for id in wanted)
