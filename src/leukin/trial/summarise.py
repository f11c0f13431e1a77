"""From the table of patients to the summary of a trial: predicted beside published, with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from leukin.catalog.records import Figure, PublishedRecord
from leukin.trial.intervals import Interval, wilson
from leukin.trial.survival import kaplan_meier

if TYPE_CHECKING:
    from pandas import DataFrame

#: best responses, and the proportions made of them
PROPORTIONS = {"orr": ("CR", "PR"), "cr": ("CR",), "pr": ("PR",), "sd": ("SD",), "pd": ("PD",), "ne": ("NE",)}
#: medians in months: columns of time and event, and the best responses of the patients who count (None: all)
MEDIANS: Mapping[str, tuple[str, str, tuple[str, ...] | None]] = {
    "pfs_median_month": ("pfs_month", "pfs_event", None),
    "os_median_month": ("os_month", "os_event", None),
    "duration_of_response_median_month": ("duration_month", "duration_event", ("CR", "PR")),
    "duration_of_partial_response_median_month": ("duration_month", "duration_event", ("PR",)),
}
TOXICITIES = (
    "hypotension", "capillary_leak", "fever", "oliguria", "creatinine", "respiratory", "thrombocytopenia",
)  # fmt: skip
GRADES = {"any": 1, "grade3": 3, "grade4": 4}
#: a quantity is also calibrated when all of these are: what is left over between them
FOLLOWS = {"pr": ("orr", "cr")}
#: roles of figures that are shown beside a prediction; those kept for validation never are
SHOWN = ("CALIBRATE", "CHECK")
OK = "ok"


@dataclass(frozen=True, slots=True)
class Reported:
    """A published figure of one arm and the quantity that it is compared with (a path in the summary of the arm)."""

    figure: Figure
    quantity: str


def reported(
    published: Sequence[PublishedRecord], figures: Sequence[Figure], arms: Sequence[str]
) -> dict[str, list[Reported]]:
    """Figures to show, by arm; one of the whole trial stands with its first arm.

    Quantities are named as in the summary: "orr", "hypotension.any", "doses_given".
    """
    known = {figure.id: figure for figure in figures}
    found: dict[str, list[Reported]] = {arm: [] for arm in arms}
    for record in published:
        figure = known[record.figure]
        if figure.role in SHOWN:
            name = record.quantity.removeprefix("toxicity.").removesuffix(".median")
            found[record.arm or arms[0]].append(Reported(figure, name))
    return found


def calibrated(items: Sequence[Reported]) -> set[str]:
    """Quantities of an arm that a figure with the role CALIBRATE constrains."""
    found = {item.quantity for item in items if item.figure.role == "CALIBRATE"}
    return found | {name for name, parts in FOLLOWS.items() if found.issuperset(parts)}


def summarise(
    patients: DataFrame,
    arms: Sequence[str],
    published: Mapping[str, Sequence[Reported]],
    draws: DataFrame | None = None,
) -> dict[str, Any]:
    """Counts of patients and one entry an arm.

    patients: one row a patient and arm; published: by arm, from `reported`; draws: the same table for draws
    of the uncertain parameters, with a column `draw`. Proportions are fractions of the patients of the arm
    that did not fail, low and high their 95 % Wilson interval, worst_low and worst_high the bounds if every
    failed patient had not, or had, had the outcome. Toxicities are shares of patients with that grade or a
    worse one. What does not apply is None.
    """
    entries = []
    for arm in arms:
        rows = patients[patients["arm"] == arm]
        known = calibrated(published[arm])
        entry = arm_summary(arm, rows, known)
        if draws is not None and len(draws):
            _parameter_intervals(entry, draws[draws["arm"] == arm])
        entry["published"] = [compare(item, entry) for item in published[arm]]
        entries.append(entry)
    return {"patients": count(patients), "arms": entries}


def count(patients: DataFrame) -> dict[str, int]:
    """Patients requested, ok in every arm, failed in some arm; draws that the plausibility screen rejected."""
    good = (patients["status"] == OK).groupby(patients["patient"]).all()
    first = patients.drop_duplicates("patient")
    return {
        "requested": len(good),
        "ok": int(good.sum()),
        "failed": int((~good).sum()),
        "screened_out": int(first["rejected_draws"].sum()),
    }


def arm_summary(arm: str, rows: DataFrame, known: set[str]) -> dict[str, Any]:
    """Summary of one arm; known: quantities that a figure constrains."""
    good = rows[rows["status"] == OK]
    n, failed = len(good), len(rows) - len(good)
    entry: dict[str, Any] = {"name": arm, "n": n, "failed": failed}
    responses = "best_response" in rows.columns
    for name, kinds in PROPORTIONS.items():
        entry[name] = None
        if responses and n:
            hits = int(good["best_response"].isin(kinds).sum())
            entry[name] = {
                **_interval(wilson(hits, n)),
                "worst_low": hits / (n + failed),
                "worst_high": (hits + failed) / (n + failed),
                "calibrated": name in known,
            }
    entry["cr_share_of_responders"] = None
    responders = good[good["best_response"].isin(PROPORTIONS["orr"])] if responses else good[:0]
    if len(responders):
        complete = int((responders["best_response"] == "CR").sum())
        both = known.issuperset(("cr", "orr")) or "cr_share_of_responders" in known
        entry["cr_share_of_responders"] = {**_interval(wilson(complete, len(responders))), "calibrated": both}
    entry["doses_given"] = doses(good, "doses_given" in known)
    for name, (time, event, among) in MEDIANS.items():
        entry[name] = None
        if responses and n:
            chosen = good if among is None else good[good["best_response"].isin(among)]
            median = kaplan_meier(chosen[time], chosen[event].astype(bool)).median()
            entry[name] = {**_interval(median), "calibrated": name in known}
    entry["toxicity"] = toxicity(good)
    return entry


def _interval(interval: Interval) -> dict[str, float | None]:
    names = ("value", "low", "high")
    return dict(zip(names, interval, strict=True)) | {"parameter_low": None, "parameter_high": None}


def doses(good: DataFrame, known: bool) -> dict[str, Any] | None:
    """Median and quartiles of the doses given in the first course; None without patients."""
    if not len(good):
        return None
    q1, median, q3 = (float(np.quantile(good["doses_given"], p)) for p in (0.25, 0.5, 0.75))
    return {"median": median, "q1": q1, "q3": q3, "calibrated": known}


def toxicity(good: DataFrame) -> dict[str, dict[str, float] | None]:
    """Share of patients with each toxicity of any grade, grade 3 or worse, grade 4; None where it was not observed."""
    found: dict[str, dict[str, float] | None] = {}
    for name in TOXICITIES:
        column = f"grade.{name}"
        seen = len(good) > 0 and column in good.columns
        found[name] = (
            {key: float((good[column] >= grade).mean()) for key, grade in GRADES.items()} if seen else None
        )
    death = len(good) > 0 and "treatment_death" in good.columns
    found["treatment_death"] = {"any": float(good["treatment_death"].astype(bool).mean())} if death else None
    return found


def predicted(entry: Mapping[str, Any], quantity: str) -> float | None:
    """The value of a quantity in the summary of an arm, None where it has none."""
    stem, _, grade = quantity.partition(".")
    part = entry.get(stem) or (entry.get("toxicity") or {}).get(stem)
    if not isinstance(part, Mapping):
        return None
    return part.get(grade or ("median" if stem == "doses_given" else "value"))


def compare(item: Reported, entry: Mapping[str, Any]) -> dict[str, Any]:
    """A published figure beside the prediction; inside is None without an interval or without a prediction."""
    value, low, high = item.figure.fractions
    own = predicted(entry, item.quantity)
    inside = None if own is None or low is None or high is None else bool(low <= own <= high)
    return {
        "figure": item.figure.id,
        "role": item.figure.role,
        "quantity": item.quantity,
        "value": value,
        "low": low,
        "high": high,
        "predicted": own,
        "inside": inside,
    }


def _parameter_intervals(entry: dict[str, Any], draws: DataFrame) -> None:
    """Set parameter_low and parameter_high from the values of every draw; a median not reached counts as infinite."""
    summaries = [arm_summary(entry["name"], rows, set()) for _, rows in draws.groupby("draw")]
    for name, part in entry.items():
        if isinstance(part, dict) and "parameter_low" in part:
            values = [s[name]["value"] for s in summaries if s[name]]
            if not values:
                continue
            low, high = np.quantile(
                [np.inf if v is None else v for v in values], [0.025, 0.975], method="nearest"
            )
            part["parameter_low"] = float(low) if np.isfinite(low) else None
            part["parameter_high"] = float(high) if np.isfinite(high) else None
