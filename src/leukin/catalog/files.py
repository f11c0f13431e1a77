"""Single files: check one, read a trial from one, print a record as one."""

from __future__ import annotations

import re
from pathlib import Path

from leukin.catalog.entries import FOLDERS, expected_unit, read_entry, units, units_of
from leukin.catalog.inherit import inherit
from leukin.catalog.load import Catalogue, load_catalog
from leukin.catalog.records import Entry, Rule, TrialRecord
from leukin.catalog.toml_lines import Document, read_document
from leukin.catalog.toml_text import to_text
from leukin.errors import CatalogError, Problem, UnitError, nearest
from leukin.quantity import unit

RULE_KINDS = ("withholding", "response", "grades")


def load_trial(trial: str | Path, catalogue: Catalogue) -> TrialRecord:
    """A trial by its id in the catalogue or from a TOML file. Raises CatalogError with all problems together."""
    text = str(trial)
    if text in catalogue.trials:
        return catalogue.trials[text]
    path = Path(text)
    if path.suffix != ".toml" and not path.exists():
        fix = nearest(text, catalogue.trials) + " or a .toml file"
        raise CatalogError(Problem(field="trial", reason=f"no trial '{text}' in the catalogue", fix=fix))
    document = read_document(path)
    record, problems = read_entry("trial", _id(path), document, catalogue.known())
    if problems or not isinstance(record, TrialRecord):
        raise CatalogError(sorted(dict.fromkeys(problems), key=lambda problem: problem.line))
    return record


def check_file(path: str | Path, catalogue: Catalogue | None = None) -> list[Problem]:
    """All problems of a trial or catalogue file; none means that it can be used.

    The kind of the file is its `kind` key, the folder that it stands in, or what its tables are.
    """
    path = Path(path)
    try:
        document = read_document(path)
        catalogue = load_catalog() if catalogue is None else catalogue
    except CatalogError as error:
        return list(error.problems)
    kind, problems = _kind(document, path)
    if problems:
        return problems
    key = _id(path)
    others = {id: Document(id, dict(entry.content)) for id, entry in catalogue.entries(kind).items()}
    whole, problems = inherit(kind, key, others | {key: document})
    _, faults = read_entry(kind, key, whole, catalogue.known())
    problems += faults + _units(kind, key, document, catalogue)
    return sorted(dict.fromkeys(problems), key=lambda problem: problem.line)


def to_toml(record: Entry) -> str:
    """The record as a TOML file that `check` and `run` accept."""
    if isinstance(record, Rule):
        return to_text(record.content)
    kind = next(kind for kind, name in RECORDS.items() if name == type(record).__name__)
    return to_text({"kind": kind, **{key: value for key, value in record.content.items() if key != "kind"}})


RECORDS = {
    "molecule": "Molecule",
    "cell": "CellType",
    "host": "Host",
    "tumour": "Tumour",
    "mechanism": "Mechanism",
    "regimen": "Regimen",
    "trial": "TrialRecord",
}


def _id(path: Path) -> str:
    return re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-") or "entry"


def _kind(document: Document, path: Path) -> tuple[str, list[Problem]]:
    stated = document.data.get("kind")
    if stated in RULE_KINDS:
        return "rule", []
    if stated is not None:
        if isinstance(stated, str) and stated in FOLDERS:
            return stated, []
        kinds = [kind for kind in FOLDERS if kind != "rule"] + list(RULE_KINDS)
        return "", [
            document.problem(("kind",), f"'{stated}' is not a kind of entry", nearest(str(stated), kinds))
        ]
    folders = {folder: kind for kind, folder in FOLDERS.items()}
    if path.resolve().parent.name in folders:
        return folders[path.resolve().parent.name], []
    if "arm" in document.data or "patients" in document.data or "horizon" in document.data:
        return "trial", []
    if "dose" in document.data:
        return "regimen", []
    if "parameters" in document.data:
        fix = f"one of: {', '.join(kind for kind in FOLDERS if kind not in ('rule', 'regimen', 'trial'))}"
        return "", [document.problem(("kind",), "is missing", fix)]
    return "trial", []


def _units(kind: str, key: str, document: Document, catalogue: Catalogue) -> list[Problem]:
    documents = {
        name: {id: Document("", dict(entry.content)) for id, entry in catalogue.entries(name).items()}
        for name in FOLDERS
    }
    known = units_of(documents)
    problems = []
    for name, text in units(document).items():
        wanted = expected_unit(kind, key, name, known)
        try:
            fits = not wanted or unit(text).same_dimension(unit(wanted))
        except UnitError:
            fits = True  # reported where the parameter is read
        if not fits:
            reason = f"'{text}' has another dimension than '{wanted}'"
            problems.append(document.problem(("parameters", name, "unit"), reason, f'unit = "{wanted}"'))
    return problems
