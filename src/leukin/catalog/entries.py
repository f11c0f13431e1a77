"""From the files of all kinds to records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leukin.catalog.amounts import amount
from leukin.catalog.inherit import inherit
from leukin.catalog.known import Known
from leukin.catalog.parameters import read_correlations, read_parameters, read_source
from leukin.catalog.records import CellType, Entry, Host, Mechanism, Molecule, Rule, Tumour, Usual
from leukin.catalog.routes import NO_ROUTES, ROUTES
from leukin.catalog.schema import (
    MoleculeModel,
    ParametersModel,
    RegimenModel,
    RuleModel,
    Strict,
    TrialModel,
    validate,
)
from leukin.catalog.toml_lines import Document
from leukin.catalog.trials import read_regimen, read_trial
from leukin.errors import Problem, UnitError, nearest
from leukin.quantity import unit

#: kind of entry -> its folder, in the order in which entries refer to each other
FOLDERS = {
    "molecule": "molecules",
    "cell": "cells",
    "host": "hosts",
    "tumour": "tumours",
    "mechanism": "mechanisms",
    "rule": "rules",
    "regimen": "regimens",
    "trial": "trials",
}
MODELS: Mapping[str, type[Strict]] = {
    "molecule": MoleculeModel,
    "cell": ParametersModel,
    "host": ParametersModel,
    "tumour": ParametersModel,
    "mechanism": ParametersModel,
    "rule": RuleModel,
    "regimen": RegimenModel,
    "trial": TrialModel,
}
#: parameters without which an entry of a kind is of no use
REQUIRED = {
    "molecule": ("molar_mass",),
    "cell": ("CD25", "CD122", "CD132"),
    "host": ("weight", "height", "sex_male"),
}
#: kinds whose entries share parameter names, which must then share their dimension
SHARED = ("molecule", "cell", "host", "tumour")
#: unit of a parameter by kind and id of its entry
Units = Mapping[str, Mapping[str, Mapping[str, str]]]


def build(
    documents: Mapping[str, Mapping[str, Document]], known: Known
) -> tuple[dict[str, dict[str, Any]], list[Problem]]:
    """Records by kind and id, and all problems."""
    problems: list[Problem] = []
    found: dict[str, dict[str, Any]] = {kind: {} for kind in FOLDERS}
    for kind in FOLDERS:
        if kind in ("regimen", "trial"):
            known = known.with_entries(found["molecule"], found["regimen"])
        for key in documents[kind]:
            document, faults = inherit(kind, key, documents[kind])
            entry, more = read_entry(kind, key, document, known)
            problems += faults + more
            if entry is not None:
                found[kind][key] = entry
    return found, problems


def read_entry(kind: str, key: str, document: Document, known: Known) -> tuple[Entry | None, list[Problem]]:
    """The record of one file, or None with what is wrong with it."""
    model, problems = validate(MODELS[kind], document)
    if model is None:
        return None, problems
    if kind == "regimen":
        return read_regimen(key, document, model, known)
    if kind == "trial":
        return read_trial(key, document, model, known)
    return _read_parameters(kind, key, document, model, known)


def _read_parameters(
    kind: str, key: str, document: Document, model: Any, known: Known
) -> tuple[Entry | None, list[Problem]]:
    parameters, problems = read_parameters(document, model.parameters, known)
    if not isinstance(model, RuleModel) and model.kind not in (None, kind):
        problems.append(
            document.problem(("kind",), f"is '{model.kind}' in a file of kind {kind}", f'kind = "{kind}"')
        )
    for name in REQUIRED.get(kind, ()):
        if name not in model.parameters:
            problems.append(document.problem(("parameters", name), "is missing", f"add [parameters.{name}]"))
    if isinstance(model, RuleModel):
        rule = Rule(key, model.title, parameters, model.kind, model.note, document.data)
        return (None, problems) if problems else (rule, [])
    correlations, faults = read_correlations(document, model.correlation, model.parameters, known)
    problems += faults
    if isinstance(model, MoleculeModel):
        usual = _usual(document, model, known, problems)
        routes, tags = tuple(model.routes), tuple(model.tags)
        problems += _routes(document, model)
        molecule = Molecule(
            key, model.title, parameters, routes, usual, tags, model.note, document.data, model.refused
        )
        return (None, problems) if problems else (molecule, [])
    if problems:
        return None, problems
    if kind == "cell":
        return CellType(key, model.title, parameters, model.note, document.data), []
    records: dict[str, type[Host] | type[Tumour] | type[Mechanism]]
    records = {"host": Host, "tumour": Tumour, "mechanism": Mechanism}
    return records[kind](key, model.title, parameters, correlations, model.note, document.data), []


def _routes(document: Document, model: MoleculeModel) -> list[Problem]:
    """Routes that are no routes, or both taken and refused."""
    problems = [
        document.problem(("routes", index), f"no route '{route}'", nearest(route, ROUTES))
        for index, route in enumerate(model.routes)
        if route not in ROUTES
    ]
    problems += [
        document.problem(("refused", route), f"no route '{route}'", nearest(route, (*ROUTES, *NO_ROUTES)))
        for route in model.refused
        if route not in ROUTES and route not in NO_ROUTES
    ]
    return problems + [
        document.problem(("refused", route), "is among routes", "keep one of them")
        for route in model.refused
        if route in model.routes
    ]


def _usual(
    document: Document, model: MoleculeModel, known: Known, problems: list[Problem]
) -> tuple[Usual, ...]:
    found = []
    for index, item in enumerate(model.usual):
        path = ("usual", index)
        problems += known.missing(document, (*path, "host"), "host", item.host)
        if item.route not in model.routes:
            fix = nearest(item.route, model.routes)
            problems.append(document.problem((*path, "route"), f"'{item.route}' is not among routes", fix))
        source = read_source(document, (*path, "source"), item.source, known, problems)
        limits = []
        for name in ("low", "high"):
            try:
                limits.append(amount(getattr(item, name)))
            except UnitError as error:
                problems += [document.problem((*path, name), p.reason, p.fix) for p in error.problems]
        if len(limits) < 2:
            continue
        (low, low_unit, per), (high, high_unit, other) = limits
        if per != other or not unit(low_unit).same_dimension(unit(high_unit)):
            problems.append(document.problem((*path, "high"), "is on another basis than low"))
            continue
        high *= unit(high_unit).factor / unit(low_unit).factor
        if low >= high:
            problems.append(document.problem((*path, "high"), "must be greater than low"))
        found.append(Usual(item.host, item.route, low, high, low_unit, per, source))
    return tuple(found)


def check_units(
    documents: Mapping[str, Mapping[str, Document]], shipped: Mapping[str, Mapping[str, Document]]
) -> list[Problem]:
    """Parameters whose unit has another dimension than the shipped entry of that id, or than the others of its kind."""
    problems = []
    known = units_of(shipped)
    for kind in FOLDERS:
        for key, document in documents[kind].items():
            for name, text in units(document).items():
                wanted = expected_unit(kind, key, name, known)
                if wanted and not _same(text, wanted):
                    reason = f"'{text}' has another dimension than '{wanted}'"
                    problems.append(
                        document.problem(("parameters", name, "unit"), reason, f'unit = "{wanted}"')
                    )
    return problems


def units(document: Document) -> dict[str, str]:
    """Unit of every parameter of a file, where it is a text."""
    tables = document.data.get("parameters")
    if not isinstance(tables, dict):
        return {}
    found = {name: table.get("unit") for name, table in tables.items() if isinstance(table, dict)}
    return {name: text for name, text in found.items() if isinstance(text, str)}


def units_of(documents: Mapping[str, Mapping[str, Document]]) -> Units:
    """Units of the parameters of all files."""
    return {
        kind: {key: units(document) for key, document in files.items()} for kind, files in documents.items()
    }


def expected_unit(kind: str, key: str, name: str, known: Units) -> str:
    """The unit that a parameter has in the known entry of the same id, or in most others of its kind ("" if none)."""
    own = known[kind].get(key, {})
    if kind not in SHARED:
        return own.get(name, "")
    others = [texts[name] for texts in known[kind].values() if name in texts]
    return max(sorted(set(others)), key=others.count, default="")


def _same(text: str, wanted: str) -> bool:
    try:
        return unit(text).same_dimension(unit(wanted))
    except UnitError:
        return True  # reported where the parameter is read
