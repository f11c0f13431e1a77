"""The form of catalogue files: pydantic models, used inside this package only."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from leukin.catalog.toml_lines import Document, Step
from leukin.errors import Problem, nearest

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Count = Annotated[int, Field(strict=True, ge=1, le=10_000)]
Patients = Annotated[int, Field(strict=True, ge=1, le=10_000_000)]
Text = Annotated[str, Field(strict=True)]
#: text that must say something
Words = Annotated[str, Field(strict=True, pattern=r"\S")]
Name = Annotated[str, Field(strict=True, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Quantity = Any  # read by amounts.py, which says what is wrong


class Strict(BaseModel):
    """A table without unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceModel(Strict):
    """Where a number comes from."""

    kind: Literal["measured", "fitted", "derived", "translated", "assumed", "definition"]
    cite: Text = ""
    where: Text = ""
    species: Text = ""
    note: Text = ""
    checked: Literal["primary", "secondary", "unverified"] = "unverified"
    figures: list[Text] = []


class AlternativeModel(Strict):
    """Another published value of a parameter, in the parameter's unit."""

    value: Number
    source: SourceModel


class ParameterModel(Strict):
    """One parameter."""

    label: Text = ""
    value: Number | None = None
    formula: Text | None = None
    unit: Text
    rse: Number | None = None
    iiv: Number | None = None
    rse_sd: Number | None = None
    iiv_sd: Number | None = None
    dist: Literal["lognormal", "logitnormal", "normal"] = "lognormal"
    bounds: Annotated[list[Number], Field(min_length=2, max_length=2)] | None = None
    source: SourceModel
    alternative: list[AlternativeModel] = []


class CorrelationModel(Strict):
    """Correlation between two parameters of the entry."""

    first: Name
    second: Name
    value: Annotated[float, Field(strict=True, gt=-1, lt=1)]
    source: SourceModel


class ParametersModel(Strict):
    """An entry that consists of parameters: cell, host, tumour or mechanism."""

    kind: Literal["molecule", "cell", "host", "tumour", "mechanism"] | None = None
    title: Text
    note: Text = ""
    based_on: Text = ""
    parameters: dict[Name, ParameterModel] = {}
    correlation: list[CorrelationModel] = []


class UsualModel(Strict):
    """Range of amounts that have been given by a route."""

    host: Text
    route: Text
    low: Quantity
    high: Quantity
    source: SourceModel


class MoleculeModel(ParametersModel):
    """A molecule."""

    tags: list[Text] = []
    routes: list[Text] = []
    refused: dict[Text, Text] = {}
    usual: list[UsualModel] = []


class RuleModel(Strict):
    """A set of limits: when doses are withheld, what a response is, how toxicity is graded."""

    kind: Literal["withholding", "response", "grades"]
    title: Text
    note: Text = ""
    parameters: dict[Name, ParameterModel] = {}


class DoseModel(Strict):
    """A series of doses; amt, ii and addl are pharmacometric names of amount, every and count - 1.

    rate: in place of infusion, amount over rate is its length; ss = 1: a first dose at steady state; lesion: the one into
    or beside which it is injected, or "all".
    """

    molecule: Text
    amount: Quantity | None = None
    amt: Quantity | None = None
    route: Text
    rate: Quantity | None = None
    ss: Annotated[int, Field(strict=True, ge=0, le=1)] = 0
    infusion: Quantity | None = None
    lesion: Quantity | None = None
    at: Quantity = "0 h"
    every: Quantity | None = None
    ii: Quantity | None = None
    count: Count | None = None
    addl: Annotated[int, Field(strict=True, ge=0, le=9_999)] | None = None
    cycles: Count = 1
    rest: Quantity = "0 h"


class RegimenModel(Strict):
    """A regimen."""

    kind: Literal["regimen"] | None = None
    title: Text
    note: Text = ""
    source: SourceModel
    dose: Annotated[list[DoseModel], Field(min_length=1)]


class ScansModel(Strict):
    """Times of tumour assessment."""

    every: Quantity
    first: Quantity | None = None


class RetreatModel(Strict):
    """Further courses."""

    courses: Annotated[int, Field(strict=True, ge=1, le=100)]
    every: Quantity
    condition: Annotated[Literal["response or stable"], Field(alias="while")] = "response or stable"


class ProcedureModel(Strict):
    """A procedure."""

    kind: Literal["lymphodepletion", "surgery", "radiotherapy", "til-harvest"]
    at: Quantity


class CytokineModel(Strict):
    """A cytokine given or neutralised from a time on, for a time or to the end."""

    cytokine: Words
    at: Quantity = "0 h"
    length: Annotated[Quantity | None, Field(alias="for")] = None
    neutralised: Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0, le=1)] | None = None
    given: Quantity | None = None


class ArmModel(Strict):
    """An arm of a trial."""

    name: Words
    regimen: Text | None = None
    rule: Text = ""
    patients: Patients | None = None
    dose: list[DoseModel] = []
    procedure: list[ProcedureModel] = []
    cytokine: list[CytokineModel] = []
    retreat: RetreatModel | None = None


class PublishedModel(Strict):
    """A published figure beside a predicted quantity."""

    figure: Text
    quantity: Literal[
        "orr", "cr", "pr", "sd", "pd", "cr_share_of_responders",
        "doses_given.median",
        "pfs_median_month", "os_median_month",
        "duration_of_response_median_month", "duration_of_partial_response_median_month",
        "toxicity.hypotension.any", "toxicity.hypotension.grade3", "toxicity.hypotension.grade4",
        "toxicity.capillary_leak.any", "toxicity.capillary_leak.grade3", "toxicity.capillary_leak.grade4",
        "toxicity.fever.any", "toxicity.fever.grade3", "toxicity.fever.grade4",
        "toxicity.oliguria.any", "toxicity.oliguria.grade3", "toxicity.oliguria.grade4",
        "toxicity.respiratory.any", "toxicity.respiratory.grade3", "toxicity.respiratory.grade4",
        "toxicity.thrombocytopenia.any", "toxicity.thrombocytopenia.grade3", "toxicity.thrombocytopenia.grade4",
        "toxicity.treatment_death.any",
        "os_difference",
    ]  # fmt: skip
    arm: Text | None = None


class TrialModel(Strict):
    """A trial."""

    kind: Literal["trial"] | None = None
    title: Text
    host: Text
    tumour: Text = ""
    patients: Patients
    horizon: Quantity
    response: Literal["WHO", "RECIST 1.1"] = "RECIST 1.1"
    receptor: Literal["reduced", "full"] = "reduced"
    scans: ScansModel | None = None
    note: Text = ""
    source: SourceModel | None = None
    arm: Annotated[list[ArmModel], Field(min_length=1)]
    published: list[PublishedModel] = []


def validate(model: type[Strict], document: Document) -> tuple[Any, list[Problem]]:
    """The document as `model`, or None and what is wrong with its form."""
    try:
        return model.model_validate(document.data), []
    except ValidationError as error:
        items = error.errors(include_url=False)
        found = [_problem(model, document, item) for item in items if not _misspelt(model, item, items)]
        return None, sorted(dict.fromkeys(found), key=lambda problem: problem.line)
    except (OverflowError, RecursionError):
        return None, [document.problem((), "holds a number or a nesting that is too large")]


EXAMPLES = {
    "unit": 'unit = "1/h"; unit = "1" for a plain number',
    "title": 'title = "..."',
    "source": 'source = { kind = "measured", cite = "key", where = "table 2" }',
    "kind": "one of: measured, fitted, derived, translated, assumed, definition",
    "patients": "patients = 100",
    "horizon": 'horizon = "36 month"',
    "host": 'host = "human"',
    "arm": "an [[arm]] table",
    "dose": "a [[dose]] table",
    "every": 'every = "8 h"',
    "at": 'at = "0 h"',
    "amount": 'amount = "600000 IU/kg"',
    "route": 'route = "iv infusion"',
    "molecule": 'molecule = "aldesleukin"',
    "name": 'name = "..."',
    "cytokine": 'cytokine = "TNF"',
}
WANTED = {
    "string": "a text in quotes",
    "float": "a number",
    "int": "a whole number",
    "list": "a list",
    "dict": "a table",
    "model": "a table",
}


def _problem(model: type[Strict], document: Document, error: Any) -> Problem:
    path, kind, context = _path(error["loc"]), error["type"], error.get("ctx", {})
    shown = _shown(error.get("input"))
    if kind == "missing":
        return document.problem(path, "is missing", EXAMPLES.get(str(path[-1]), ""))
    if kind == "extra_forbidden":
        return document.problem(path, "unknown key", nearest(str(path[-1]), _keys(model, path[:-1])))
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", context.get("expected", ""))
        return document.problem(path, f"{shown} is not allowed", nearest(str(error["input"]), allowed))
    if kind == "string_pattern_mismatch":
        if not str(error["input"]).strip():
            return document.problem(path, "is empty", EXAMPLES.get(str(path[-1]), ""))
        return document.problem(path, "is not a valid name", "letters, digits and _")
    if kind == "finite_number":
        return document.problem(path, f"must be a finite number, not {shown}")
    if kind in ("greater_than", "greater_than_equal", "less_than", "less_than_equal"):
        words = {"gt": "greater than", "ge": "at least", "lt": "less than", "le": "at most"}
        limit = " and ".join(f"{words[key]} {value:g}" for key, value in context.items() if key in words)
        return document.problem(path, f"must be {limit}, not {shown}")
    if kind in ("too_short", "too_long"):
        least = context.get("min_length", context.get("max_length"))
        return document.problem(
            path, f"needs {least} item" + "s" * (least != 1), EXAMPLES.get(str(path[-1]), "")
        )
    if kind == "int_from_float":
        return document.problem(path, f"must be a whole number, not {shown}")
    wanted = next((text for key, text in WANTED.items() if kind.startswith(key)), "")
    return document.problem(path, f"must be {wanted}, not {shown}" if wanted else str(error["msg"]).lower())


def _misspelt(model: type[Strict], item: Any, items: Iterable[Any]) -> bool:
    """Whether a missing key stands there misspelt: one slip is one problem."""
    if item["type"] != "missing":
        return False
    *table, key = item["loc"]
    unknown = [other["loc"][-1] for other in items if other["type"] == "extra_forbidden"]
    unknown = [name for name in unknown if (*table, name) in [other["loc"] for other in items]]
    return any(nearest(str(name), _keys(model, table)) == f"did you mean '{key}'?" for name in unknown)


def _path(loc: Iterable[Step]) -> tuple[Step, ...]:
    """The path in the file: pydantic appends "[key]" where a key itself is wrong."""
    return tuple(step for step in loc if isinstance(step, int) or re.fullmatch(r"[^\[\]()]+", step))


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    try:
        text = repr(value)
    except ValueError:
        return "a number with too many digits"
    text = {"True": "true", "False": "false"}.get(text, text)
    return text if len(text) <= 40 else text[:37] + "..."


def _keys(model: type[Strict], path: Iterable[Step]) -> list[str]:
    """Keys that the table at `path` below `model` may have."""
    here: Any = model
    for step in path:
        here = _inside(here, step)
        if here is None:
            return []
    if not (isinstance(here, type) and issubclass(here, BaseModel)):
        return []
    return [info.alias or key for key, info in here.model_fields.items()]


def _inside(annotation: Any, step: Step) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields
        found = next((f for key, f in fields.items() if step in (key, f.alias)), None)
        return _bare(found.annotation) if found else None
    args = get_args(annotation)
    return _bare(args[-1]) if get_origin(annotation) in (list, dict) else None


def _bare(annotation: Any) -> Any:
    """The model or container inside `X | None` and `Annotated[X, ...]`."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (list, dict) or isinstance(annotation, type):
        return annotation
    inner = [_bare(arg) for arg in get_args(annotation) if arg is not type(None)]
    return inner[0] if inner else annotation
