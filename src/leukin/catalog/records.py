"""What the catalogue holds: frozen records of molecules, cells, hosts, tumours, mechanisms, rules, regimens and trials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from leukin.errors import CatalogError, Problem, nearest
from leukin.quantity import Parameter, Source

Basis = Literal["flat", "kg", "m2"]
Role = Literal["CALIBRATE", "VALIDATE", "CHECK", "CATALOGUE", "STRUCTURE", "DIRECTION"]
Content = Mapping[str, Any]


class HasParameters(Protocol):
    """Any record that holds parameters by name."""

    @property
    def id(self) -> str: ...

    @property
    def parameters(self) -> Mapping[str, Parameter]: ...


def parameter(record: HasParameters, name: str) -> Parameter:
    """The parameter `name` of a record. Raises CatalogError with the nearest name when there is none."""
    found = record.parameters.get(name)
    if found is None:
        reason = f"'{record.id}' has no parameter '{name}'"
        raise CatalogError(Problem(reason=reason, fix=nearest(name, record.parameters)))
    return found


@dataclass(frozen=True, slots=True)
class Correlation:
    """Correlation of the between-subject effects of two parameters of one entry, on the transformed scale."""

    first: str
    second: str
    value: float
    source: Source


@dataclass(frozen=True, slots=True)
class Usual:
    """Doses that have been given: amounts outside `low` to `high` (in `unit`, on `per`) by `route` in `host` are refused."""

    host: str
    route: str
    low: float
    high: float
    unit: str
    per: Basis
    source: Source


@dataclass(frozen=True, slots=True)
class Molecule:
    """A drug or cytokine: binding constants and physical properties, the routes it can take, doses that are usual.

    refused: routes that it cannot take -> the reason.
    """

    id: str
    title: str
    parameters: Mapping[str, Parameter]
    routes: tuple[str, ...] = ()
    usual: tuple[Usual, ...] = ()
    tags: tuple[str, ...] = ()
    note: str = ""
    content: Content = field(default_factory=dict, repr=False, compare=False)
    refused: Mapping[str, str] = field(default_factory=dict)

    __getitem__ = parameter


@dataclass(frozen=True, slots=True)
class CellType:
    """A cell type by its receptor numbers (CD25, CD122, CD132 in molecule/cell) and their single-cell spreads."""

    id: str
    title: str
    parameters: Mapping[str, Parameter]
    note: str = ""
    content: Content = field(default_factory=dict, repr=False, compare=False)

    __getitem__ = parameter


@dataclass(frozen=True, slots=True)
class Host:
    """A host species: the covariates from which its virtual patients are drawn."""

    id: str
    title: str
    parameters: Mapping[str, Parameter]
    correlations: tuple[Correlation, ...] = ()
    note: str = ""
    content: Content = field(default_factory=dict, repr=False, compare=False)

    __getitem__ = parameter


@dataclass(frozen=True, slots=True)
class Tumour:
    """A tumour type: growth, immune recognition, lesions."""

    id: str
    title: str
    parameters: Mapping[str, Parameter]
    correlations: tuple[Correlation, ...] = ()
    note: str = ""
    content: Content = field(default_factory=dict, repr=False, compare=False)

    __getitem__ = parameter


@dataclass(frozen=True, slots=True)
class Mechanism:
    """The parameters of one mechanism of the biology."""

    id: str
    title: str
    parameters: Mapping[str, Parameter]
    correlations: tuple[Correlation, ...] = ()
    note: str = ""
    content: Content = field(default_factory=dict, repr=False, compare=False)

    __getitem__ = parameter


@dataclass(frozen=True, slots=True)
class Rule:
    """A named set of limits: when doses are withheld, what a response is, how toxicity is graded (`kind`)."""

    id: str
    title: str
    parameters: Mapping[str, Parameter]
    kind: str = "withholding"
    note: str = ""
    content: Content = field(default_factory=dict, repr=False, compare=False)

    __getitem__ = parameter


@dataclass(frozen=True, slots=True)
class DoseRecord:
    """A series of doses: amount in `unit` on the basis `per`; at, every, infusion, rest in h.

    ss: the same dose has been given every `every` h before, for so long that exposure repeats itself; lesion: the one that
    a dose by a route into lesions goes to, 1 being the largest, or 0 for all.
    """

    molecule: str
    amount: float
    unit: str
    per: Basis
    route: str
    at: float = 0.0
    every: float = 24.0
    count: int = 1
    infusion: float = 0.0
    cycles: int = 1
    rest: float = 0.0
    ss: bool = False
    lesion: int = 1

    def text(self) -> str:
        """The amount as written in a trial file, such as "600000 IU/kg"."""
        return f"{self.amount:g} {self.unit}" + ("" if self.per == "flat" else f"/{self.per}")


@dataclass(frozen=True, slots=True)
class Regimen:
    """A named series of doses with its source."""

    id: str
    title: str
    doses: tuple[DoseRecord, ...]
    source: Source
    note: str = ""
    content: Content = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class ProcedureRecord:
    """A procedure of an arm, such as lymphodepletion, at `at` h (may be before the first dose)."""

    kind: str
    at: float


@dataclass(frozen=True, slots=True)
class CytokineRecord:
    """A cytokine that is given or neutralised from `at` to `until` h.

    neutralised: share of it that no longer acts; given: level that what is given would hold alone (nM if `molar`, else
    g/L).
    """

    cytokine: str
    at: float
    until: float
    neutralised: float = 0.0
    given: float = 0.0
    molar: bool = False


@dataclass(frozen=True, slots=True)
class ArmRecord:
    """An arm of a trial: doses (of `regimen`, or written out), rule, retreatment, patients reported (0: as the trial).

    courses: how many in all; every: h from the start of one course to the start of the next.
    """

    name: str
    doses: tuple[DoseRecord, ...]
    regimen: str = ""
    rule: str = ""
    courses: int = 1
    every: float = 0.0
    patients: int = 0
    procedures: tuple[ProcedureRecord, ...] = ()
    cytokines: tuple[CytokineRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class PublishedRecord:
    """A published figure beside a predicted `quantity` (path in the arm's summary) of an arm ("": of the whole trial)."""

    figure: str
    quantity: str
    arm: str = ""


@dataclass(frozen=True, slots=True)
class TrialRecord:
    """A trial: who, what, how long (h), scans every `scan_every` h from `scan_first` h on, what was published, and the form
    of the receptor that its patients have."""

    id: str
    title: str
    host: str
    tumour: str
    patients: int
    horizon: float
    response: str
    scan_every: float
    scan_first: float
    arms: tuple[ArmRecord, ...]
    published: tuple[PublishedRecord, ...] = ()
    source: Source | None = None
    note: str = ""
    receptor: Literal["reduced", "full"] = "reduced"
    content: Content = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Figure:
    """A published figure: `value` with its interval in `unit`, its n, source (`cites`: keys of references) and role."""

    id: str
    system: str
    quantity: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    species: str
    source: str
    cites: tuple[str, ...]
    role: Role
    confidence: str
    n: str = ""
    interval_basis: str = ""
    claims: tuple[str, ...] = ()
    sign: str = ""
    statement: str = ""
    note: str = ""
    checked: str = ""

    @property
    def fractions(self) -> tuple[float | None, float | None, float | None]:
        """Value, low and high, as fractions of 1 where the unit is per cent, else as they stand."""
        scale = 100.0 if self.unit == "%" else 1.0
        value, low, high = (None if x is None else x / scale for x in (self.value, self.low, self.high))
        return value, low, high

    @property
    def patients(self) -> int | None:
        """The number of patients behind the figure, None where it is not given as a count."""
        last = self.n.rpartition("/")[2]
        return int(last) if last.isdigit() else None


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement about IL-2 therapy that leukin answers for: what kind of test, what is published, which figures."""

    id: str
    system: str
    quantity: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    species: str
    source: str
    role: Role
    confidence: str
    model_output: str = ""
    test_type: str = ""
    test: str = ""
    figures: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """A bibliography entry: its BibTeX type and fields."""

    key: str
    type: str
    fields: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")

    @property
    def short(self) -> str:
        """First author and year, such as "Fyfe 1995"."""
        first = self["author"].split(" and ")[0].split(",")[0].strip("{} ")
        return " ".join(part for part in (first or self.key, self["year"]) if part)

    def bibtex(self) -> str:
        """The entry as BibTeX."""
        body = "".join(f"  {name} = {{{value}}},\n" for name, value in self.fields.items())
        return f"@{self.type}{{{self.key},\n{body}}}\n"


Entry = Molecule | CellType | Host | Tumour | Mechanism | Rule | Regimen | TrialRecord
