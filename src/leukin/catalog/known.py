"""What an entry may refer to."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace

from leukin.catalog.records import Molecule, Regimen
from leukin.catalog.toml_lines import Document, Step
from leukin.errors import Problem, nearest

#: entry -> parameter -> value and unit
Numbers = Mapping[str, Mapping[str, tuple[float, str]]]


@dataclass(frozen=True, slots=True)
class Known:
    """Ids by kind, figure ids and citation keys; molecules and regimens in full, for trials; the plain values of
    entries, for formulas such as "pharmacokinetics.V1*size" of other entries."""

    ids: Mapping[str, Set[str]] = field(default_factory=dict)
    figures: Set[str] = frozenset()
    references: Set[str] = frozenset()
    molecules: Mapping[str, Molecule] = field(default_factory=dict)
    regimens: Mapping[str, Regimen] = field(default_factory=dict)
    numbers: Numbers = field(default_factory=dict)

    def missing(self, document: Document, path: tuple[Step, ...], kind: str, wanted: str) -> list[Problem]:
        """The problem that no entry of `kind` is called `wanted`, or nothing."""
        ids = self.ids.get(kind, frozenset())
        if wanted in ids:
            return []
        return [document.problem(path, f"no {kind} '{wanted}' in the catalogue", nearest(wanted, ids))]

    def with_entries(self, molecules: Mapping[str, Molecule], regimens: Mapping[str, Regimen]) -> Known:
        """A copy that also knows these molecules and regimens."""
        return replace(self, molecules=molecules, regimens=regimens)
