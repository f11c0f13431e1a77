"""From regimen and trial files to records, with every check that needs the rest of the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from leukin.catalog.amounts import amount, rate, time
from leukin.catalog.cytokines import read_cytokines
from leukin.catalog.known import Known
from leukin.catalog.parameters import Path, read_source
from leukin.catalog.records import (
    ArmRecord,
    Basis,
    DoseRecord,
    Molecule,
    ProcedureRecord,
    PublishedRecord,
    Regimen,
    TrialRecord,
)
from leukin.catalog.routes import ALL_LESIONS, INTO_A_LESION, LESIONS, ROUTES, refusal
from leukin.catalog.schema import EXAMPLES, ArmModel, DoseModel, RegimenModel, TrialModel
from leukin.catalog.toml_lines import Document
from leukin.errors import Problem, UnitError, nearest
from leukin.quantity import unit

MOST_SCANS = 1_000
VECTOR = "secretion"  # what an expression vector has and a protein has not
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
    arms = tuple(
        _arm(document, ("arm", i), arm, model, known, horizon, problems) for i, arm in enumerate(model.arm)
    )
    problems += _twice(document, [arm.name for arm in model.arm])
    problems += _steady(document, model, arms)
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
        receptor=model.receptor,
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


def _steady(document: Document, model: TrialModel, arms: tuple[ArmRecord, ...]) -> list[Problem]:
    """Doses at steady state in a patient with a tumour, who would have been treated before, or of unequal intervals."""
    problems = []
    for index, arm in enumerate(arms):
        steady = [number for number, dose in enumerate(arm.doses) if dose.ss]
        path: Path = (
            ("arm", index, "dose", steady[0], "ss") if steady and model.arm[index].dose else ("arm", index)
        )
        if steady and model.tumour:
            problems.append(
                document.problem(path, "needs a host without a tumour", "leave out ss, or tumour")
            )
        if len({arm.doses[number].every for number in steady}) > 1:
            reason = "of several doses needs one interval for all"
            problems.append(document.problem(path, reason, "the same every"))
    return problems


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
    document: Document,
    path: Path,
    model: ArmModel,
    trial: TrialModel,
    known: Known,
    horizon: float,
    problems: list[Problem],
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
        cytokines=read_cytokines(document, path, model.cytokine, horizon, problems),
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
    word = "amount" if model.amt is None else "amt"
    given = model.amount if model.amt is None else model.amt
    value = None
    if given is None:
        problems.append(document.problem((*path, word), "is missing", EXAMPLES["amount"]))
    else:
        value = _read(document, (*path, word), given, amount, problems)
    for key, other in (("amt", "amount"), ("ii", "every"), ("addl", "count"), ("rate", "infusion")):
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
    reason, fix = refusal(molecule, model.route) if molecule is not None else ("", "")
    infusion = 0.0 if reason else _infusion(document, path, model, value, every, count, problems)
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
        ss=model.ss == 1,
        lesion=_lesion(document, (*path, "lesion"), model, problems),
    )
    if dose.ss and (interval is None or dose.at > 0):
        reason_ss = "needs the interval of the doses before" if interval is None else "is for a dose at 0 h"
        problems.append(document.problem((*path, "ss"), reason_ss, 'every = "8 h" and at = "0 h"'))
    problems += known.missing(document, (*path, "molecule"), "molecule", model.molecule)
    if reason:
        problems.append(document.problem((*path, "route"), reason, fix))
    if molecule is not None and value:
        problems += _counted(document, (*path, word), dose, molecule)
        problems += _usual(document, (*path, word), dose, known, host)
    return dose if len(problems) == before else None


def _lesion(document: Document, here: Path, model: DoseModel, problems: list[Problem]) -> int:
    """The lesion of a dose: the first, the largest, where nothing is said."""
    given = model.lesion
    if given is None:
        return 1
    if model.route not in INTO_A_LESION:
        reason = f"does not belong to route '{model.route}'"
        problems.append(document.problem(here, reason, 'leave it out, or route = "intratumoural"'))
    elif given == "all":
        return ALL_LESIONS
    elif type(given) is not int or not 1 <= given <= LESIONS:
        problems.append(
            document.problem(here, f"no lesion {given!r}", f'1 (the largest) to {LESIONS}, or "all"')
        )
    else:
        return given
    return 1


def _infusion(
    document: Document,
    path: Path,
    model: DoseModel,
    value: tuple[float, str, Basis] | None,
    every: float | None,
    count: int,
    problems: list[Problem],
) -> float:
    here = (*path, "infusion" if model.rate is None else "rate")
    runs_in = ROUTES.get(model.route, False)
    if model.infusion is None and model.rate is None:
        if runs_in:
            fix = 'infusion = "15 min"' + (', or route = "iv bolus"' if model.route == "iv infusion" else "")
            problems.append(document.problem(here, "is missing", fix))
        return 0.0
    if not runs_in:
        reason = f"does not belong to route '{model.route}'"
        problems.append(document.problem(here, reason, 'leave it out, or route = "iv infusion"'))
        return 0.0
    if model.rate is not None:
        length = _length(document, here, model.rate, value, problems)
    else:
        length = _read(document, here, model.infusion, time, problems, positive=True) or 0.0
    if (count > 1 or model.ss) and every and length > every:
        problems.append(
            document.problem(here, "is longer than the interval between doses", "check every and infusion")
        )
    return length


def _length(
    document: Document,
    here: Path,
    given: object,
    value: tuple[float, str, Basis] | None,
    problems: list[Problem],
) -> float:
    """Hours in which an amount runs in at a rate."""
    speed = _read(document, here, given, rate, problems)
    if speed is None or value is None:
        return 0.0
    amount_, word, basis = value
    speed_, speed_word, speed_basis, hours = speed
    if basis != speed_basis or not unit(word).same_dimension(unit(speed_word)):
        reason = "is counted otherwise than the amount"
        per = "" if basis == "flat" else f"/{basis}"
        problems.append(document.problem(here, reason, f'rate = "... {word}{per}/h"'))
        return 0.0
    return hours * amount_ * unit(word).factor / (speed_ * unit(speed_word).factor)


def _counted(document: Document, path: Path, dose: DoseRecord, molecule: Molecule) -> list[Problem]:
    """The problem that an amount is counted in a way that the molecule has not: infectious doses of a vector alone."""
    vector = VECTOR in molecule.parameters
    infectious = unit(dose.unit).same_dimension(unit("EAID50"))
    if vector != infectious:
        fix = "EAID50" if vector else "IU, MIU, mg, ug or nmol"
        return [document.problem(path, f"'{dose.unit}' is not an amount of {molecule.id}", fix)]
    if unit(dose.unit).same_dimension(unit("IU")) and "specific_activity" not in molecule.parameters:
        reason = f"{molecule.id} has no activity in international units"
        return [document.problem(path, reason, "mg, ug or nmol")]
    return []


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
