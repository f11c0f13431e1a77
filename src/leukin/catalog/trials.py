"""From regimen and trial files to records, with every check that needs the rest of the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from leukin.catalog.amounts import amount, time
from leukin.catalog.known import Known
from leukin.catalog.parameters import Path, read_source
from leukin.catalog.records import (
    ArmRecord,
    DoseRecord,
    ProcedureRecord,
    PublishedRecord,
    Regimen,
    TrialRecord,
)
from leukin.catalog.schema import ArmModel, DoseModel, RegimenModel, TrialModel
from leukin.catalog.toml_lines import Document
from leukin.errors import Problem, UnitError, nearest
from leukin.quantity import unit

MOST_SCANS = 1_000
LONGEST = 100 * 365.25 * 24.0  # h; a horizon beyond a lifetime is a slip


def read_regimen(
    name: str, document: Document, model: RegimenModel, known: Known
) -> tuple[Regimen | None, list[Problem]]:
    """A regimen and its problems."""
    problems: list[Problem] = []
    source = read_source(document, ("source",), model.source, known, problems)
    doses = _doses(document, (), model.dose, known, "", problems)
    if problems:
        return None, problems
    return Regimen(name, model.title, doses, source, model.note, document.data), []


def read_trial(
    name: str, document: Document, model: TrialModel, known: Known
) -> tuple[TrialRecord | None, list[Problem]]:
    """A trial and its problems."""
    problems = known.missing(document, ("host",), "host", model.host)
    if model.tumour:
        problems += known.missing(document, ("tumour",), "tumour", model.tumour)
    horizon = _read(document, ("horizon",), model.horizon, time, problems, positive=True) or 0.0
    if horizon > LONGEST:
        problems.append(document.problem(("horizon",), "is longer than 100 years"))
    every, first = _scans(document, model, horizon, problems)
    arms = tuple(_arm(document, ("arm", i), arm, model, known, problems) for i, arm in enumerate(model.arm))
    problems += _twice(document, [arm.name for arm in model.arm])
    published = _published(document, model, known, problems)
    source = read_source(document, ("source",), model.source, known, problems) if model.source else None
    if problems:
        return None, problems
    return TrialRecord(
        id=name,
        title=model.title,
        host=model.host,
        tumour=model.tumour,
        patients=model.patients,
        horizon=horizon,
        response=model.response,
        scan_every=every,
        scan_first=first,
        arms=arms,
        published=published,
        source=source,
        note=model.note,
        content=document.data,
    ), []


def _read(
    document: Document,
    path: Path,
    value: Any,
    reader: Callable[..., Any],
    problems: list[Problem],
    **how: bool,
) -> Any:
    try:
        return reader(value, **how)
    except UnitError as error:
        problems += [document.problem(path, p.reason, p.fix) for p in error.problems]
        return None


def _scans(
    document: Document, model: TrialModel, horizon: float, problems: list[Problem]
) -> tuple[float, float]:
    if model.scans is None:
        if model.tumour:
            problems.append(document.problem(("scans",), "is missing", 'scans = { every = "8 week" }'))
        return 0.0, 0.0
    every = _read(document, ("scans", "every"), model.scans.every, time, problems, positive=True) or 0.0
    if every and horizon / every > MOST_SCANS:
        problems.append(
            document.problem(("scans", "every"), f"gives more than {MOST_SCANS} scans", 'every = "8 week"')
        )
    if horizon and every > horizon:
        problems.append(document.problem(("scans", "every"), "is longer than the horizon: no scan is made"))
    if model.scans.first is None:
        return every, every
    return every, _read(document, ("scans", "first"), model.scans.first, time, problems, positive=True) or 0.0


def _twice(document: Document, names: list[str]) -> list[Problem]:
    return [
        document.problem(
            ("arm", index, "name"), f"'{name}' is the name of an arm above", f"'{name} {index + 1}'"
        )
        for index, name in enumerate(names)
        if name in names[:index]
    ]


def _published(
    document: Document, model: TrialModel, known: Known, problems: list[Problem]
) -> tuple[PublishedRecord, ...]:
    names = [arm.name for arm in model.arm]
    found = []
    for index, item in enumerate(model.published):
        path: Path = ("published", index)
        if item.figure not in known.figures:
            fix = nearest(item.figure, known.figures)
            problems.append(document.problem((*path, "figure"), f"no figure '{item.figure}'", fix))
        if item.arm is not None and item.arm not in names:
            problems.append(
                document.problem((*path, "arm"), f"no arm '{item.arm}'", nearest(item.arm, names))
            )
        found.append(
            PublishedRecord(item.figure, item.quantity, item.arm or (names[0] if len(names) == 1 else ""))
        )
    return tuple(found)


def _arm(
    document: Document, path: Path, model: ArmModel, trial: TrialModel, known: Known, problems: list[Problem]
) -> ArmRecord:
    before = len(problems)
    doses = _doses(document, path, model.dose, known, trial.host, problems)
    if model.regimen is not None:
        problems += (unknown := known.missing(document, (*path, "regimen"), "regimen", model.regimen))
        regimen = known.regimens.get(model.regimen)
        if regimen and not unknown and len(problems) == before:
            if model.dose and doses != regimen.doses:
                fix = "leave out regimen, or the doses"
                problems.append(
                    document.problem((*path, "dose"), f"differs from regimen '{model.regimen}'", fix)
                )
            doses = regimen.doses
    elif not model.dose:
        problems.append(
            document.problem((*path, "regimen"), "is missing", 'regimen = "..." or an [[arm.dose]] table')
        )
    if model.rule:
        problems += known.missing(document, (*path, "rule"), "rule", model.rule)
    courses, every = _retreat(document, path, model, doses, problems)
    return ArmRecord(
        name=model.name,
        doses=doses,
        regimen=model.regimen or "",
        rule=model.rule,
        courses=courses,
        every=every,
        patients=model.patients or 0,
        procedures=tuple(
            ProcedureRecord(
                p.kind, _read(document, (*path, "procedure", i, "at"), p.at, time, problems, negative=True)
            )
            for i, p in enumerate(model.procedure)
        ),
    )


def _retreat(
    document: Document, path: Path, model: ArmModel, doses: tuple[DoseRecord, ...], problems: list[Problem]
) -> tuple[int, float]:
    if model.retreat is None:
        return 1, 0.0
    here = (*path, "retreat", "every")
    every = _read(document, here, model.retreat.every, time, problems, positive=True)
    last = max((last_dose(dose) for dose in doses), default=0.0)
    if every is not None and every <= last:
        fix = f"the last dose starts on day {int(last // 24) + 1}"
        problems.append(
            document.problem(here, "starts the next course before the doses of this one end", fix)
        )
    return model.retreat.courses, every or 0.0


def last_dose(dose: DoseRecord) -> float:
    """Start (h) of the last dose; a cycle begins `rest` after the end of the day of the last dose before it."""
    length = (dose.count - 1) * dose.every
    period = ((length + dose.infusion) // 24.0 + 1.0) * 24.0 + dose.rest
    return dose.at + (dose.cycles - 1) * period + length


def _doses(
    document: Document, path: Path, models: list[DoseModel], known: Known, host: str, problems: list[Problem]
) -> tuple[DoseRecord, ...]:
    found = [
        _dose(document, (*path, "dose", i), model, known, host, problems) for i, model in enumerate(models)
    ]
    return tuple(dose for dose in found if dose is not None)


def _dose(
    document: Document, path: Path, model: DoseModel, known: Known, host: str, problems: list[Problem]
) -> DoseRecord | None:
    before = len(problems)
    value = _read(document, (*path, "amount"), model.amount, amount, problems)
    for key, other in (("ii", "every"), ("addl", "count")):
        if getattr(model, key) is not None and getattr(model, other) is not None:
            problems.append(document.problem((*path, key), f"stands beside {other}", "keep one of them"))
    key = "ii" if model.ii is not None else "every"
    interval = model.ii if model.ii is not None else model.every
    count = model.count if model.count is not None else (model.addl or 0) + 1
    if interval is None and count > 1:
        problems.append(document.problem((*path, "every"), "is missing", 'every = "8 h"'))
    every = (
        24.0 if interval is None else _read(document, (*path, key), interval, time, problems, positive=True)
    )
    molecule = known.molecules.get(model.molecule)
    refused = molecule is not None and model.route not in molecule.routes
    infusion = 0.0 if refused else _infusion(document, path, model, every, count, problems)
    dose = DoseRecord(
        molecule=model.molecule,
        amount=value[0] if value else 0.0,
        unit=value[1] if value else "",
        per=value[2] if value else "flat",
        route=model.route,
        at=_read(document, (*path, "at"), model.at, time, problems) or 0.0,
        every=every or 24.0,
        count=count,
        infusion=infusion,
        cycles=model.cycles,
        rest=_read(document, (*path, "rest"), model.rest, time, problems) or 0.0,
    )
    problems += known.missing(document, (*path, "molecule"), "molecule", model.molecule)
    if molecule is not None and refused:
        reason = f"{model.molecule} cannot be given by '{model.route}'"
        problems.append(document.problem((*path, "route"), reason, nearest(model.route, molecule.routes)))
    if molecule is not None and value:
        problems += _usual(document, (*path, "amount"), dose, known, host)
    return dose if len(problems) == before else None


def _infusion(
    document: Document, path: Path, model: DoseModel, every: float | None, count: int, problems: list[Problem]
) -> float:
    here = (*path, "infusion")
    if model.infusion is None:
        if model.route == "iv infusion":
            problems.append(
                document.problem(here, "is missing", 'infusion = "15 min", or route = "iv bolus"')
            )
        return 0.0
    if model.route != "iv infusion":
        reason = f"does not belong to route '{model.route}'"
        problems.append(document.problem(here, reason, 'leave it out, or route = "iv infusion"'))
        return 0.0
    length = _read(document, here, model.infusion, time, problems, positive=True) or 0.0
    if count > 1 and every and length > every:
        problems.append(
            document.problem(here, "is longer than the interval between doses", "check every and infusion")
        )
    return length


def _usual(document: Document, path: Path, dose: DoseRecord, known: Known, host: str) -> list[Problem]:
    """The problem that an amount lies far outside what has been given, mostly a lost "/kg" or a factor of a thousand."""
    molecule = known.molecules[dose.molecule]
    host = host or "human"
    ranges = [u for u in molecule.usual if u.host == host and u.route == dose.route]
    here = next(
        (u for u in ranges if u.per == dose.per and unit(u.unit).same_dimension(unit(dose.unit))), None
    )
    if here is None:
        return []
    low, high = (limit * unit(here.unit).factor / unit(dose.unit).factor for limit in (here.low, here.high))
    if low <= dose.amount <= high:
        return []
    suffix = "" if dose.per == "flat" else f"/{dose.per}"
    reason = f"{dose.text()} by {dose.route} is outside {low:g} to {high:g} {dose.unit}{suffix}"
    for other in ranges:
        factor = unit(other.unit).factor / unit(dose.unit).factor
        same = unit(other.unit).same_dimension(unit(dose.unit))
        if same and other.per != dose.per and other.low * factor <= dose.amount <= other.high * factor:
            other_suffix = "" if other.per == "flat" else f"/{other.per}"
            return [
                document.problem(path, reason, f'did you mean "{dose.amount:g} {dose.unit}{other_suffix}"?')
            ]
    return [document.problem(path, reason, "check the unit; the range stands in the molecule's file")]
