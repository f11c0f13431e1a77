"""Cytokines that an arm may give or neutralise, from a trial file to records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from leukin.catalog.amounts import level, time
from leukin.catalog.parameters import Path
from leukin.catalog.records import CytokineRecord
from leukin.catalog.schema import CytokineModel
from leukin.catalog.toml_lines import Document
from leukin.errors import Problem, UnitError, nearest

#: cytokines that treatment releases, and those of the gamma-c family, which keep cells
RELEASED = ("IFNg", "TNF", "IL6", "IL5")
CYTOKINES = (*RELEASED, "IL2", "IL4", "IL7", "IL9", "IL15", "IL21")
#: the one that is dosed as a drug
DOSED = "IL2"


def read_cytokines(
    document: Document, path: Path, models: list[CytokineModel], horizon: float, problems: list[Problem]
) -> tuple[CytokineRecord, ...]:
    """Records of [[arm.cytokine]] tables; what is wrong is added to `problems`.

    horizon: h, up to which one without `for` goes on (0: not known). Entries of one cytokine must not overlap in time.
    """
    found: list[CytokineRecord] = []
    for i, model in enumerate(models):
        here = (*path, "cytokine", i)
        before = len(problems)
        record = _record(document, here, model, horizon, problems)
        for other in found:
            if other.cytokine == record.cytokine and other.at < record.until and record.at < other.until:
                fix = f'at = "{other.until:g} h", or later'
                reason = f"{record.cytokine} overlaps in time with an entry above"
                problems.append(document.problem((*here, "at"), reason, fix))
        if len(problems) == before:
            found.append(record)
    return tuple(found)


def _record(
    document: Document, here: Path, model: CytokineModel, horizon: float, problems: list[Problem]
) -> CytokineRecord:
    def read(key: str, value: Any, reader: Callable[..., Any], **how: bool) -> Any:
        try:
            return reader(value, **how)
        except UnitError as error:
            problems.extend(document.problem((*here, key), p.reason, p.fix) for p in error.problems)
            return None

    cytokine = model.cytokine
    if cytokine not in CYTOKINES:
        fix = nearest(cytokine, CYTOKINES)
        problems.append(document.problem((*here, "cytokine"), f"no cytokine '{cytokine}'", fix))
    at = read("at", model.at, time) or 0.0
    length = read("for", model.length, time, positive=True) if model.length is not None else None
    until = at + length if length else float("inf")
    if horizon and at >= horizon:
        problems.append(document.problem((*here, "at"), "is not before the horizon: nothing would happen"))
    if (model.neutralised is None) == (model.given is None):
        reason = "is missing" if model.given is None else "stands beside given"
        problems.append(
            document.problem((*here, "neutralised"), reason, 'neutralised = 0.95, or given = "100 pg/mL"')
        )
        return CytokineRecord(cytokine, at, until)
    if model.neutralised is not None:
        return CytokineRecord(cytokine, at, until, model.neutralised)
    value, molar = read("given", model.given, level) or (0.0, False)
    if cytokine == DOSED:
        fix = 'an [[arm.dose]] of "aldesleukin"'
        problems.append(document.problem((*here, "given"), "interleukin-2 is given as a dose", fix))
    elif molar and cytokine in RELEASED:
        problems.append(document.problem((*here, "given"), f"a level of {cytokine} is a mass", '"100 pg/mL"'))
    return CytokineRecord(cytokine, at, until, 0.0, value, molar)
