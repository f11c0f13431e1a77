"""The figures of the report, in order, with caption and alternative text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leukin.report import figures, labels, tables
from leukin.report.data import RunData
from leukin.report.figures.drivers import correlations
from leukin.report.figures.panels import CYTOKINES, VITAL
from leukin.report.figures.tumour import CEILING
from leukin.report.readings import readings
from leukin.report.sections import known_by

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class Plate:
    """One figure: name (also its file name), section of the report, title, caption, text for those who cannot see it.

    readings: JSON of values to look up, from `leukin.report.readings`; may be empty.
    """

    name: str
    section: str
    title: str
    caption: str
    alt: str
    figure: Figure
    readings: str = ""


def _has(data: RunData, observable: str) -> bool:
    return bool(data.summary["observable"].astype(str).str.startswith(observable).any())


def _figure(axes: Any) -> Figure:
    return (axes[0] if isinstance(axes, list) else axes).figure


def plates(data: RunData) -> Iterator[Plate]:
    """Draw every figure that the run has data for."""
    for make in (_comparison, _tumour, _survival, _exposure, _body, _drivers):
        yield from make(data)


def _comparison(data: RunData) -> Iterator[Plate]:
    rows = [
        r
        for r in tables.comparisons(data.result)
        if labels.is_proportion(r.quantity) and r.predicted is not None
    ]
    if rows:
        pairs = "; ".join(
            f"{labels.quantity(r.quantity)} {labels.amount(r.quantity, r.predicted)} predicted, "
            f"{labels.amount(r.quantity, r.published)} published"
            for r in rows
        )
        yield Plate(
            "predicted-beside-published",
            "headline",
            "Predicted beside published",
            "Bars are 95 % intervals: of the published trial, and of sampling at the simulated number of patients.",
            pairs,
            _figure(figures.comparison(rows)),
        )


def _tumour(data: RunData) -> Iterator[Plate]:
    patients = data.treated
    if "best_change_percent" not in patients or not patients["best_change_percent"].notna().any():
        return
    response = str(data.about.get("response") or "WHO")
    shown = patients["best_change_percent"].notna()
    shrunk = float((patients.loc[shown, "best_change_percent"] < 0).mean())
    unseen = int((~shown).sum())
    left_out = f" {unseen} without a later scan are left out." if unseen else ""
    yield Plate(
        "waterfall",
        "tumour",
        "Best change of each patient",
        f"One bar a patient; growth beyond +{CEILING:.0f} % is cut. Response by {response}, with reader noise, confirmed.{left_out}",
        f"Waterfall plot: the sum of diameters shrank in {100 * shrunk:.0f} % of virtual patients.",
        _figure(figures.waterfall(patients, data.arms, response)),
    )
    sums = data.courses[data.courses["name"] == "sum_of_diameters"]
    if len(sums):
        yield Plate(
            "spider",
            "tumour",
            "Tumour size over time",
            f"A sample of {sums['patient'].nunique()} patients, true sizes without reader noise, coloured by best response.",
            "Spider plot of the change of the sum of diameters in a sample of patients over 24 months.",
            _figure(figures.spider(data.courses, patients, data.arms, response)),
        )


def _survival(data: RunData) -> Iterator[Plate]:
    words = {
        "pfs": ("Progression-free survival", "Time to progression or death."),
        "os": (
            "Overall survival",
            "Time to death of any cause, from a named hazard of tumour burden and treatment.",
        ),
    }
    for kind, (title, caption) in words.items():
        column = f"{kind}_month"
        if column not in data.treated or not data.treated[column].notna().any():
            continue
        medians = [
            f"{arm['name']}: median {labels.amount('pfs_median_month', (arm.get(f'{kind}_median_month') or {}).get('value'))}"
            for arm in data.result["arms"]
        ]
        calibrated = [
            (arm.get(f"{kind}_median_month") or {}).get("calibrated") for arm in data.result["arms"]
        ]
        if not any(calibrated):
            caption += " Not calibrated: no fitted figure constrains it."
        yield Plate(
            f"kaplan-meier-{kind}",
            "survival",
            title,
            caption + " Band: 95 % interval. Ticks: censored.",
            f"Kaplan-Meier curve of {title.lower()}; {'; '.join(medians)}.",
            _figure(figures.kaplan_meier(data.treated, data.arms, kind)),
        )


def _exposure(data: RunData) -> Iterator[Plate]:
    if _has(data, "IL2_plasma"):
        markers = data.about.get("markers", [])
        known = "; ".join(str(marker["label"]) for marker in markers)
        yield Plate(
            "il2",
            "exposure",
            "IL-2 in plasma, first two days",
            "Median and 5–95 % of patients. Dashed: dissociation constants of the receptors; above a line, most of that receptor is bound.",
            f"Plasma IL-2 over 48 hours on a logarithmic axis. Marked: {known or 'nothing'}.",
            _figure(figures.il2(data.summary, data.arms, markers)),
            readings(data.summary, data.arms, "IL2_plasma", 48.0, 1.0, "h"),
        )
    if _has(data, "pSTAT5"):
        yield Plate(
            "pstat5",
            "exposure",
            "Signal inside the cells",
            "Median phosphorylated STAT5 by cell type, first two days.",
            "Phosphorylated STAT5 by cell type over 48 hours.",
            _figure(figures.pstat5(data.summary, data.arms)),
            readings(data.summary, data.arms, "pSTAT5", 48.0, 1.0, "h"),
        )
    if _has(data, "count_blood"):
        yield Plate(
            "lymphocytes",
            "exposure",
            "Lymphocytes and eosinophils in blood",
            "Median counts: early loss from blood, then rebound and expansion.",
            "Blood counts by cell type over five weeks on a logarithmic axis.",
            _figure(figures.lymphocytes(data.summary, data.arms)),
            readings(data.summary, data.arms, "count_blood", 840.0, 24.0, "days"),
        )


def _body(data: RunData) -> Iterator[Plate]:
    patients = data.treated
    if "doses_given" in patients:
        published = {
            row.arm: row.published
            for row in tables.comparisons(data.result)
            if labels.stem(row.quantity) == "doses_given" and row.published is not None
        }
        medians = ", ".join(
            f"{arm} {patients.loc[patients['arm'] == arm, 'doses_given'].median():g}" for arm in data.arms
        )
        yield Plate(
            "doses",
            "safety",
            "Doses given",
            "Each planned dose is given, held or the treatment stopped by the rule of the trial, every 8 hours.",
            f"Histogram of doses given; median {medians}.",
            _figure(figures.doses(patients, data.arms, published)),
        )
    if any(column.startswith("grade.") for column in patients.columns):
        yield Plate(
            "toxicity",
            "safety",
            "Toxicity by grade",
            "Worst grade of each patient; the number is any grade. CTCAE-like cuts, stated in the catalogue.",
            "Stacked bars of patients by worst grade of each toxicity.",
            _figure(figures.toxicity(patients, data.arms)),
        )
    if any(_has(data, name) for name in VITAL):
        yield Plate(
            "vital-signs",
            "safety",
            "Vital signs and laboratory",
            "First week: median and 5–95 % of patients.",
            "Small multiples of pressure, temperature, urine, creatinine, weight, albumin, oxygen and lung water over seven days.",
            _figure(figures.vital_signs(data.summary, data.arms)),
        )
    if any(_has(data, name) for name in CYTOKINES):
        yield Plate(
            "cytokines",
            "safety",
            "Cytokines",
            "First week: median and 5–95 % of patients, logarithmic axes.",
            "Small multiples of interferon-gamma, TNF, IL-6 and IL-5 over seven days.",
            _figure(figures.cytokines(data.summary, data.arms)),
        )


def _words(parameter: Mapping[str, Any]) -> str:
    folder, _, cell = str(parameter["entry"]).partition("/")
    return f"{parameter['name']} of {cell}" if folder == "cells" else str(parameter["label"])


def _drivers(data: RunData) -> Iterator[Plate]:
    patients = data.treated
    if "best_change_percent" not in patients:
        return
    arm = data.arms[0]
    found = correlations(patients, arm)
    if not len(found):
        return
    known = known_by(data.about.get("parameters", []))
    names = {name: _words(parameter) for name, parameter in known.items() if parameter.get("label")}
    yield Plate(
        "drivers",
        "parameters",
        "What separates virtual patients",
        f"Rank correlation of what differs between patients with the best change of tumour size, arm “{arm}”. An association, not a cause.",
        "Bar chart of the strongest rank correlations with best change of tumour size.",
        _figure(figures.drivers(patients, arm, names)),
    )
