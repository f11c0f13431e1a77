"""Words and number formats that tables and figures share."""

from __future__ import annotations

import math
from typing import Any

QUANTITIES = {
    "orr": "Objective response",
    "cr": "Complete response",
    "pr": "Partial response",
    "sd": "Stable disease",
    "pd": "Progressive disease",
    "doses_given": "Doses given, median",
    "pfs_median_month": "Progression-free survival, median",
    "os_median_month": "Overall survival, median",
    "duration_of_response_median_month": "Duration of response, median",
    "duration_of_partial_response_median_month": "Duration of partial response, median",
    "hypotension": "Hypotension",
    "capillary_leak": "Capillary leak",
    "fever": "Fever",
    "oliguria": "Oliguria",
    "creatinine": "Creatinine rise",
    "respiratory": "Respiratory disorder",
    "thrombocytopenia": "Low platelets",
    "treatment_death": "Death from treatment",
}
PROPORTIONS = ("orr", "cr", "pr", "sd", "pd")
TIMES = ("pfs_median_month", "os_median_month", "duration_of_response_median_month")
TOXICITIES = (
    "hypotension", "capillary_leak", "fever", "oliguria", "creatinine", "respiratory", "thrombocytopenia", "treatment_death",
)  # fmt: skip
GRADES = {"any": "any grade", "grade3": "grade 3 or worse", "grade4": "grade 4"}
CELLS = {
    "treg": "Treg",
    "cd4-helper": "CD4 helper",
    "cd8": "CD8",
    "nk": "NK",
    "cd8-tumour": "CD8 in tumour",
    "cd8-activated": "activated CD8 in tumour",
    "lymphocyte": "all lymphocytes",
    "cd4": "CD4",
    "b": "B",
    "eosinophil": "Eosinophil",
    "platelet": "Platelets",
    "neutrophil": "Neutrophils",
}
OBSERVABLES = {
    "MAP": "Mean arterial pressure",
    "SBP": "Systolic pressure",
    "urine": "Urine",
    "weight": "Body weight",
    "temperature": "Temperature",
    "creatinine": "Creatinine",
    "albumin": "Albumin",
    "permeability": "Vascular permeability",
    "lung_water_index": "Lung water",
    "oxygen_saturation": "Oxygen saturation",
    "chemotaxis": "Neutrophil chemotaxis",
    "ANG2": "Angiopoietin-2",
    "IFNg": "Interferon-γ",
    "TNF": "TNF",
    "IL6": "IL-6",
    "IL5": "IL-5",
    "IFNg_free": "Interferon-γ, free",
    "TNF_free": "TNF, free",
    "IL6_free": "IL-6, free",
    "IL5_free": "IL-5, free",
    "IL2_plasma_free": "IL-2 in plasma, free",
    "IL2_plasma": "IL-2 in plasma",
    "IL2_tumour": "IL-2 in tumour",
}


def stem(name: str) -> str:
    """The quantity itself: "hypotension" of "toxicity.hypotension.grade4", "orr" of "orr.value"."""
    return name.removeprefix("toxicity.").partition(".")[0]


def quantity(name: str) -> str:
    """Words for a quantity such as "orr" or "toxicity.hypotension.grade4"."""
    own = stem(name)
    grade = name.rpartition(".")[2]
    words = QUANTITIES.get(own) or own.replace("_", " ").capitalize()
    return f"{words}, {GRADES[grade]}" if grade in GRADES and own != "treatment_death" else words


def is_proportion(name: str) -> bool:
    """Whether the quantity is a fraction of patients, to be shown in percent."""
    return name.startswith("toxicity.") or stem(name) in PROPORTIONS + TOXICITIES


def is_months(name: str) -> bool:
    """Whether the quantity is a time in months."""
    return stem(name).endswith("_month")


def missing(value: Any) -> bool:
    """Whether a number is absent (None or NaN)."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def number(value: Any, digits: int = 3) -> str:
    """A number with `digits` significant digits, without an exponent where it can be read without."""
    if missing(value):
        return "–"
    value = float(value)
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    if size < -4 or size >= 6:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        power = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        return f"{mantissa} × 10{power}".replace("-", "−")
    text = f"{value:.{max(0, digits - 1 - size)}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", "−")


def amount(name: str, value: Any) -> str:
    """The value of a quantity as read by people: "14.1 %", "19", "3.1 months"."""
    if missing(value):
        return "–"
    if is_proportion(name):
        return f"{100 * value:.1f}\u00a0%"
    return f"{number(value)}\u00a0months" if is_months(name) else number(value)


def interval(name: str, low: Any, high: Any) -> str:
    """An interval of a quantity: "10.4–18.9 %"; empty where a bound is missing."""
    if missing(low) or missing(high):
        return ""
    if is_proportion(name):
        return f"{100 * low:.1f}–{100 * high:.1f}\u00a0%"
    quartiles = " (quartiles)" if stem(name) == "doses_given" else ""
    return f"{number(low)}–{number(high)}{quartiles}"


def pretty_unit(unit: str) -> str:
    """A unit as printed: no "1" for plain numbers, "10⁹/L" for "1e9/L"."""
    plain = {"1": "", "1e9/L": "10⁹/L", "degC": "°C", "percent": "%"}
    if unit in plain:
        return plain[unit]
    text = unit.replace("**", "^").replace("ug", "µg").replace("degC", "°C")
    for digit, raised in (("2", "²"), ("3", "³")):
        text = text.replace(f"^{digit}", raised).replace(f"m{digit}", f"m{raised}")
    return text.replace("*", "·")
