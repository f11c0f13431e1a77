"""A dose sweep: one arm of a trial at many doses, as arms of one trial, so that the same patients meet each."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from leukin.catalog import Catalogue, TrialRecord
from leukin.catalog.amounts import amount
from leukin.errors import CatalogError, Problem
from leukin.quantity import unit

#: how many digits of a dose are kept
DIGITS = 3
#: observed shares of an arm that a sweep shows: column -> path in the arm's summary
OUTCOMES: Mapping[str, tuple[str, ...]] = {
    "response": ("orr", "value"),
    "response_low": ("orr", "low"),
    "response_high": ("orr", "high"),
    "complete_response": ("cr", "value"),
    "doses_given": ("doses_given", "median"),
    "hypotension_grade3": ("toxicity", "hypotension", "grade3"),
    "capillary_leak_grade3": ("toxicity", "capillary_leak", "grade3"),
    "oliguria_grade3": ("toxicity", "oliguria", "grade3"),
    "fever_any": ("toxicity", "fever", "any"),
    "treatment_death": ("toxicity", "treatment_death", "any"),
}


@dataclass(frozen=True, slots=True)
class Range:
    """Doses from `low` to `high` in `word` ("IU/kg"), `steps` of them, evenly spaced in the logarithm."""

    low: float
    high: float
    word: str
    steps: int

    @property
    def doses(self) -> tuple[float, ...]:
        """The doses, rounded to three digits."""
        spaced = np.geomspace(self.low, self.high, self.steps)
        return tuple(float(f"{value:.{DIGITS}g}") for value in spaced)


def swept(trial: TrialRecord, catalogue: Catalogue, arm: int, doses: Range) -> dict[str, Any]:
    """The content of a trial file in which arm number `arm` stands once for each dose, named by it.

    The first series of doses takes each dose of the range, all others change in proportion. Raises CatalogError when
    the range is counted on another basis than the arm's doses.
    """
    base = trial.arms[arm]
    content = copy.deepcopy(dict(trial.content))
    own = dict(content["arm"][arm])
    if own.pop("regimen", None) is not None and "dose" not in own:
        own["dose"] = copy.deepcopy(list(catalogue.regimen(base.regimen).content["dose"]))
    own.pop("patients", None)
    first = base.doses[0]
    written = amount(f"1 {doses.word}")
    if written[2] != first.per or not unit(written[1]).same_dimension(unit(first.unit)):
        per = "" if first.per == "flat" else f"/{first.per}"
        reason = f"'{doses.word}' is counted otherwise than the doses of arm '{base.name}'"
        raise CatalogError(Problem(field="--sweep", reason=reason, fix=f"in {first.unit}{per}"))
    shipped = first.amount * unit(first.unit).factor / unit(written[1]).factor
    arms = []
    for value in doses.doses:
        here = copy.deepcopy(own) | {"name": f"{value:g} {doses.word}"}
        for series in here["dose"]:
            key = "amt" if "amt" in series else "amount"
            number, word, per_ = amount(series[key])
            suffix = "" if per_ == "flat" else f"/{per_}"
            series[key] = f"{number * value / shipped:.6g} {word}{suffix}"
        arms.append(here)
    plain = {"arm", "published", "source", "title", "kind"}
    return {
        "title": f"{trial.title}: sweep of {base.name}",
        **{key: value for key, value in content.items() if key not in plain},
        "arm": arms,
    }


def table(result: Mapping[str, Any], doses: Range) -> list[dict[str, Any]]:
    """One row a dose: the dose, patients, response with its 95 % interval, doses given, shares of patients with toxicity.

    result: the summary of the swept trial; None where a quantity does not apply.
    """
    arms = {entry["name"]: entry for entry in result["arms"]}
    rows = []
    for value in doses.doses:
        entry = arms[f"{value:g} {doses.word}"]
        rows.append(
            {"dose": value, "unit": doses.word, "arm": entry["name"], "n": entry["n"]}
            | {name: _get(entry, path) for name, path in OUTCOMES.items()}
        )
    return rows


def _get(entry: Any, path: Sequence[str]) -> Any:
    for step in path:
        if not isinstance(entry, Mapping) or entry.get(step) is None:
            return None
        entry = entry[step]
    return entry
