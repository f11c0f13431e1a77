"""From the parameters of a file to Parameter records, with every check that one entry allows."""

from __future__ import annotations

import re
from collections.abc import Mapping

from leukin.catalog.derive import Underivable, derive, import_numbers, read_formula
from leukin.catalog.known import Known, Numbers
from leukin.catalog.records import Correlation
from leukin.catalog.schema import CorrelationModel, ParameterModel, SourceModel
from leukin.catalog.toml_lines import Document, Step
from leukin.errors import Problem, UnitError, nearest
from leukin.quantity import Parameter, Source, from_canonical, unit
from leukin.quantity.parameter import Alternative

Path = tuple[Step, ...]


def read_source(
    document: Document,
    path: Path,
    model: SourceModel,
    known: Known,
    problems: list[Problem],
    formula: bool = False,
) -> Source:
    """The source at `path`; adds to `problems` what is missing or unknown in it."""
    if model.cite and model.cite not in known.references:
        fix = nearest(model.cite, known.references)
        problems.append(document.problem((*path, "cite"), f"'{model.cite}' is not in references.bib", fix))
    if not model.cite and not model.figures and model.kind in ("measured", "fitted"):
        problems.append(
            document.problem(
                (*path, "cite"), f"is missing: kind is '{model.kind}'", 'cite = "key in references.bib"'
            )
        )
    if not model.cite and not formula and not model.note and model.kind in ("derived", "translated"):
        reason = f"has no formula, cite or note that says how it was {model.kind}"
        problems.append(document.problem(path, reason, 'add formula = "..." to the parameter'))
    for index, figure in enumerate(model.figures):
        if figure not in known.figures:
            fix = nearest(figure, known.figures)
            problems.append(document.problem((*path, "figures", index), f"no figure '{figure}'", fix))
    return Source(
        kind=model.kind,
        cite=model.cite,
        where=model.where,
        species=model.species,
        note=model.note,
        checked=model.checked,
        figures=tuple(model.figures),
    )


def read_parameters(
    document: Document, models: Mapping[str, ParameterModel], known: Known
) -> tuple[dict[str, Parameter], list[Problem]]:
    """Parameters of an entry in the order of the file, and all problems found."""
    problems: list[Problem] = []
    sound = {name: _sound(document, ("parameters", name), model, problems) for name, model in models.items()}
    values = {name: model.value for name, model in models.items() if model.value is not None}
    values |= _derived(document, models, values, sound, known.numbers, problems)
    found = {}
    wrong: set[str] = set()
    for name, model in models.items():
        path = ("parameters", name)
        source = read_source(
            document, (*path, "source"), model.source, known, problems, model.formula is not None
        )
        alternatives = tuple(
            Alternative(
                a.value, read_source(document, (*path, "alternative", i, "source"), a.source, known, problems)
            )
            for i, a in enumerate(model.alternative)
        )
        if name in values and sound[name]:
            before = len(problems)
            follows = bool(wrong & set(re.findall(r"[A-Za-z_]\w*", model.formula or "")))
            if not follows:  # what a wrong value makes of a formula is no problem of its own
                _range(document, path, model, values[name], problems)
            if follows or len(problems) > before:
                wrong.add(name)
            found[name] = _record(name, model, values[name], source, alternatives)
    return {name: found[name] for name in models if name in found}, problems


def read_correlations(
    document: Document, models: list[CorrelationModel], parameters: Mapping[str, object], known: Known
) -> tuple[tuple[Correlation, ...], list[Problem]]:
    """Correlations between parameters of the entry."""
    problems: list[Problem] = []
    found = []
    for index, model in enumerate(models):
        path: Path = ("correlation", index)
        for key, name in (("first", model.first), ("second", model.second)):
            if name not in parameters:
                problems.append(
                    document.problem((*path, key), f"no parameter '{name}'", nearest(name, parameters))
                )
        if model.first == model.second:
            problems.append(document.problem((*path, "second"), "is the same parameter as first"))
        source = read_source(document, (*path, "source"), model.source, known, problems)
        found.append(Correlation(model.first, model.second, model.value, source))
    return tuple(found), problems


def _record(
    name: str, model: ParameterModel, value: float, source: Source, alternatives: tuple[Alternative, ...]
) -> Parameter:
    return Parameter(
        name=name,
        value=value,
        unit=model.unit,
        source=source,
        rse=model.rse,
        iiv=model.iiv,
        rse_sd=model.rse_sd,
        iiv_sd=model.iiv_sd,
        dist=model.dist,
        bounds=(model.bounds[0], model.bounds[1]) if model.bounds else None,
        label=model.label,
        formula=model.formula,
        alternatives=alternatives,
    )


def _sound(document: Document, path: Path, model: ParameterModel, problems: list[Problem]) -> bool:
    """Whether unit and value are there; adds problems of spreads, which do not depend on the value."""
    before = len(problems)
    try:
        unit(model.unit)
    except UnitError as error:
        problems += [document.problem((*path, "unit"), p.reason, p.fix) for p in error.problems]
    if model.value is None and model.formula is None:
        problems.append(
            document.problem((*path, "value"), "is missing", "value = 1.0, or formula for a derived one")
        )
    if model.value is not None and model.formula is not None:
        problems.append(document.problem((*path, "formula"), "stands beside a value", "keep one of them"))
    sound = len(problems) == before
    for key in ("rse", "iiv", "rse_sd", "iiv_sd"):
        spread = getattr(model, key)
        if spread is not None and spread < 0:
            problems.append(
                document.problem((*path, key), "must not be negative", f"{key} = {abs(spread):g}")
            )
    for key in ("rse", "iiv"):
        if getattr(model, key) is not None and getattr(model, f"{key}_sd") is not None:
            problems.append(
                document.problem((*path, f"{key}_sd"), f"stands beside {key}", "keep one of them")
            )
    kind = model.source.kind
    if kind == "assumed" and not (model.rse or model.rse_sd):
        problems.append(document.problem(path, "is assumed without a spread", "add rse = 0.5, or rse_sd"))
    if kind == "definition" and (model.rse or model.rse_sd):
        problems.append(
            document.problem((*path, "rse"), "is given for a definition", "leave it out, or kind assumed")
        )
    if model.formula is not None and kind not in ("derived", "translated"):
        problems.append(
            document.problem((*path, "source", "kind"), f"is '{kind}' beside a formula", 'kind = "derived"')
        )
    return sound


def _derived(
    document: Document,
    models: Mapping[str, ParameterModel],
    values: Mapping[str, float],
    sound: Mapping[str, bool],
    numbers: Numbers,
    problems: list[Problem],
) -> dict[str, float]:
    """Values of the parameters with a formula, in their own units."""
    ready = {
        n: (v * unit(models[n].unit).factor, unit(models[n].unit)) for n, v in values.items() if sound[n]
    }
    waiting = {}
    for name, model in models.items():
        if model.formula is not None and model.value is None and sound[name]:
            try:
                text, more = import_numbers(model.formula, numbers)
                waiting[name] = read_formula(text, name, {**models, **more})
                ready |= more
            except Underivable as error:
                problems += [
                    document.problem(("parameters", name, "formula"), p.reason, p.fix) for p in error.problems
                ]
    found: dict[str, float] = {}
    while step := [name for name, expression in waiting.items() if expression.names <= ready.keys()]:
        for name in step:
            expression, wanted = waiting.pop(name), unit(models[name].unit)
            try:
                value = derive(expression, {used: ready[used] for used in expression.names}, wanted)
            except Underivable as error:
                problems += [
                    document.problem(("parameters", name, "formula"), p.reason.replace("__", "."), p.fix)
                    for p in error.problems
                ]
                continue
            ready[name] = (value, wanted)
            found[name] = float(from_canonical(value, models[name].unit))
    circular = [n for n, e in waiting.items() if e.names <= ready.keys() | waiting.keys()]
    for name in circular:
        problems.append(document.problem(("parameters", name, "formula"), "goes round in a circle"))
    return found


def _range(
    document: Document, path: Path, model: ParameterModel, value: float, problems: list[Problem]
) -> None:
    key = "formula" if model.value is None else "value"
    if model.dist == "lognormal" and value <= 0 and model.source.kind != "definition":
        fix = f"value = {-value:g}" if value < 0 else 'source kind "definition" for a switched-off term'
        problems.append(document.problem((*path, key), f"must be greater than 0, not {value:g}", fix))
    if model.dist == "logitnormal" and not 0 < value * unit(model.unit).factor < 1:
        problems.append(
            document.problem((*path, key), f"must lie between 0 and 1, not {value:g}", 'dist = "lognormal"?')
        )
    if model.dist == "logitnormal" and unit(model.unit).factor != 1.0:
        problems.append(
            document.problem((*path, "unit"), "must be a plain fraction for a logit-normal", 'unit = "1"')
        )
    if model.bounds:
        low, high = model.bounds
        if low >= high:
            problems.append(document.problem((*path, "bounds"), "must rise", f"bounds = [{high:g}, {low:g}]"))
        elif not low <= value <= high:
            reason = f"{value:g} {model.unit} is outside {low:g} to {high:g}"
            problems.append(document.problem((*path, key), reason, "check value and unit"))
