"""Read the catalogue: what is shipped, then the user's folders, then single values that the user sets."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from leukin.catalog.bibtex import read_bibtex
from leukin.catalog.entries import FOLDERS, build, check_units
from leukin.catalog.known import Known, Numbers
from leukin.catalog.overrides import apply_overrides
from leukin.catalog.records import (
    CellType,
    Claim,
    Entry,
    Figure,
    Host,
    Mechanism,
    Molecule,
    Reference,
    Regimen,
    Rule,
    TrialRecord,
    Tumour,
)
from leukin.catalog.tables import check_links, read_claims, read_figures
from leukin.catalog.toml_lines import Document, read_document
from leukin.errors import CatalogError, Problem, UnitError, nearest
from leukin.quantity import unit

SHIPPED = Path(__file__).parent
OTHER_FOLDERS = ("tables", "fits")
#: kinds whose plain values formulas of other entries may name
NAMED = ("mechanism", "host", "molecule")
ID = r"[a-z0-9]+(-[a-z0-9]+)*"
Documents = dict[str, dict[str, Document]]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All entries by kind and id, figures, claims and references; `hash` is the sha256 of entries and figures."""

    molecules: Mapping[str, Molecule] = field(default_factory=dict)
    cells: Mapping[str, CellType] = field(default_factory=dict)
    hosts: Mapping[str, Host] = field(default_factory=dict)
    tumours: Mapping[str, Tumour] = field(default_factory=dict)
    regimens: Mapping[str, Regimen] = field(default_factory=dict)
    rules: Mapping[str, Rule] = field(default_factory=dict)
    trials: Mapping[str, TrialRecord] = field(default_factory=dict)
    mechanisms: Mapping[str, Mechanism] = field(default_factory=dict)
    figures: tuple[Figure, ...] = ()
    claims: tuple[Claim, ...] = ()
    references: Mapping[str, Reference] = field(default_factory=dict)
    hash: str = ""

    def molecule(self, id: str) -> Molecule:
        """The molecule `id`. Raises CatalogError with the nearest id."""
        return self._find("molecule", self.molecules, id)

    def cell(self, id: str) -> CellType:
        """The cell type `id`. Raises CatalogError with the nearest id."""
        return self._find("cell", self.cells, id)

    def host(self, id: str) -> Host:
        """The host `id`. Raises CatalogError with the nearest id."""
        return self._find("host", self.hosts, id)

    def tumour(self, id: str) -> Tumour:
        """The tumour `id`. Raises CatalogError with the nearest id."""
        return self._find("tumour", self.tumours, id)

    def regimen(self, id: str) -> Regimen:
        """The regimen `id`. Raises CatalogError with the nearest id."""
        return self._find("regimen", self.regimens, id)

    def rule(self, id: str) -> Rule:
        """The rule `id`. Raises CatalogError with the nearest id."""
        return self._find("rule", self.rules, id)

    def trial(self, id: str) -> TrialRecord:
        """The trial `id`. Raises CatalogError with the nearest id."""
        return self._find("trial", self.trials, id)

    def mechanism(self, id: str) -> Mechanism:
        """The mechanism `id`. Raises CatalogError with the nearest id."""
        return self._find("mechanism", self.mechanisms, id)

    def figure(self, id: str) -> Figure:
        """The published figure `id`. Raises CatalogError with the nearest id."""
        return self._find("figure", {figure.id: figure for figure in self.figures}, id)

    def claim(self, id: str) -> Claim:
        """The claim `id`. Raises CatalogError with the nearest id."""
        return self._find("claim", {claim.id: claim for claim in self.claims}, id)

    def reference(self, key: str) -> Reference:
        """The reference `key`. Raises CatalogError with the nearest key."""
        return self._find("reference", self.references, key)

    def entries(self, kind: str) -> Mapping[str, Entry]:
        """All entries of a kind such as "molecule"."""
        return getattr(self, FOLDERS[kind])

    def known(self) -> Known:
        """What a file may refer to."""
        return Known(
            ids={kind: frozenset(getattr(self, folder)) for kind, folder in FOLDERS.items()},
            figures=frozenset(figure.id for figure in self.figures),
            references=frozenset(self.references),
            molecules=self.molecules,
            regimens=self.regimens,
            numbers={
                id: {
                    n: (p.value, p.unit)
                    for n, p in entry.parameters.items()  # type: ignore[union-attr]
                    if p.formula is None
                }
                for kind in NAMED
                for id, entry in self.entries(kind).items()
            },
        )

    @staticmethod
    def _find(kind: str, table: Mapping[str, Any], id: str) -> Any:
        if id in table:
            return table[id]
        raise CatalogError(
            Problem(field=kind, reason=f"no {kind} '{id}' in the catalogue", fix=nearest(id, table))
        )


def load_catalog(folders: Iterable[str | Path] = (), overrides: Iterable[str] = ()) -> Catalogue:
    """The shipped catalogue with the user's `folders` on top and then single values, "ID.FIELD=VALUE" or "... UNIT".

    A folder has the layout of the shipped catalogue; its entries are added or take the place of those with the same id.
    Raises CatalogError with all problems together.
    """
    problems: list[Problem] = []
    places = [SHIPPED, *(Path(folder).expanduser() for folder in folders)]
    documents: Documents = {kind: {} for kind in FOLDERS}
    shipped: Documents = documents
    references: dict[str, Reference] = {}
    figures: dict[str, Figure] = {}
    claims: dict[str, Claim] = {}
    for place in places:
        found = _read_folder(place, problems)
        shipped = found if place is SHIPPED else shipped
        documents = {kind: documents[kind] | found[kind] for kind in FOLDERS}
        references |= _references(place, problems)
        figures |= {figure.id: figure for figure in _table(place, "figures.csv", read_figures, problems)}
        claims |= {claim.id: claim for claim in _table(place, "claims.csv", read_claims, problems)}
    if not problems:
        problems += check_links(tuple(figures.values()), tuple(claims.values()))
    documents, faults = apply_overrides(documents, overrides)
    problems += faults
    ids = {kind: frozenset(documents[kind]) for kind in FOLDERS}
    known = Known(ids, frozenset(figures), frozenset(references), numbers=_numbers(documents))
    entries, faults = build(documents, known)
    problems += faults
    problems += check_units(documents, shipped)
    if problems:
        raise CatalogError(list(dict.fromkeys(problems)))
    content = {kind: {key: document.data for key, document in documents[kind].items()} for kind in FOLDERS}
    return Catalogue(
        **{FOLDERS[kind]: entries[kind] for kind in FOLDERS},
        figures=tuple(figures.values()),
        claims=tuple(claims.values()),
        references=references,
        hash=_hash(content, figures.values()),
    )


def _numbers(documents: Documents) -> Numbers:
    """Plain values of the entries that formulas may name, as far as they are sound: what is wrong is reported where it
    is read."""
    found: dict[str, dict[str, tuple[float, str]]] = {}
    for key, document in (item for kind in NAMED for item in documents[kind].items()):
        tables = document.data.get("parameters")
        for name, table in tables.items() if isinstance(tables, dict) else ():
            if not isinstance(table, dict) or "formula" in table:
                continue
            value, text = table.get("value"), table.get("unit")
            if isinstance(value, (int, float)) and not isinstance(value, bool) and isinstance(text, str):
                try:
                    unit(text)
                except UnitError:
                    continue
                found.setdefault(key, {})[name] = (float(value), text)
    return found


def _hash(content: Mapping[str, Any], figures: Iterable[Figure]) -> str:
    rows = sorted((asdict(figure) for figure in figures), key=lambda row: row["id"])
    text = json.dumps({"entries": content, "figures": rows}, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _read_folder(place: Path, problems: list[Problem]) -> Documents:
    found: Documents = {kind: {} for kind in FOLDERS}
    if not place.is_dir():
        reason = "is not a folder" if place.exists() else "no such folder"
        problems.append(Problem(file=str(place), field="catalogue", reason=reason))
        return found
    known = (*FOLDERS.values(), *OTHER_FOLDERS)
    if place is not SHIPPED:
        problems += [
            Problem(
                file=str(inner), field="catalogue", reason="unknown folder", fix=nearest(inner.name, known)
            )
            for inner in sorted(place.iterdir())
            if inner.is_dir() and inner.name not in known and not inner.name.startswith((".", "_"))
        ]
    for kind, folder in FOLDERS.items():
        for path in sorted((place / folder).glob("*.toml")):
            if not re.fullmatch(ID, path.stem):
                fix = f"{re.sub(r'[^a-z0-9]+', '-', path.stem.lower()).strip('-') or kind}.toml"
                problems.append(Problem(file=str(path), field="file name", reason="is not an id", fix=fix))
                continue
            try:
                found[kind][path.stem] = read_document(path)
            except CatalogError as error:
                problems += error.problems
    return found


def _references(place: Path, problems: list[Problem]) -> dict[str, Reference]:
    path = place / "references.bib"
    if not path.is_file():
        return {}
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        problems.append(Problem(file=str(path), reason="cannot be read as UTF-8 text"))
        return {}
    found, faults = read_bibtex(text, str(path))
    problems += faults
    return found


def _table(place: Path, name: str, read: Any, problems: list[Problem]) -> Sequence[Any]:
    path = place / "tables" / name
    if not path.is_file():
        return ()
    found, faults = read(path)
    problems += faults
    return found
