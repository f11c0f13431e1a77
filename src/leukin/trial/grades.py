"""Grades of toxicity from what is observed on the ward; the cuts are data (rules/toxicity-grades.toml)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from leukin.quantity import Parameter, from_canonical
from leukin.scenario import HOURS_A_DAY

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Levels = NDArray[np.int8]

#: toxicity -> unit of its cuts
TOXICITIES = {
    "hypotension": "mmHg",
    "oliguria": "mL/d",
    "fever": "degC",
    "capillary_leak": "1",
    "creatinine": "1",
    "respiratory": "%",
    "thrombocytopenia": "1e9/L",
}

#: observables that grading reads, in these units
OBSERVED = {
    "SBP": "mmHg",
    "pressor": "1",
    "urine": "mL/h",
    "temperature": "degC",
    "weight": "kg",
    "creatinine": "mg/dL",
    "oxygen_saturation": "%",
    "count_blood.platelet": "1e9/L",
}

#: toxicities by what falls below a cut, graded where it is observed; a rule need not grade them
FALLS = {"respiratory": "oxygen_saturation", "thrombocytopenia": "count_blood.platelet"}
#: without these nothing is graded
NEEDED = tuple(name for name in OBSERVED if name not in FALLS.values())

#: grade of hypotension that means a pressor, whatever the pressure
PRESSOR_GRADE = 3


def cuts(rule: Mapping[str, Parameter], toxicity: str) -> dict[int, float]:
    """Cuts of a toxicity, grade -> value in its unit of TOXICITIES (the pressor's cut in 1)."""
    found = {}
    for name, parameter in rule.items():
        stem, _, grade = name.rpartition("_")
        if stem == toxicity:
            pressor = toxicity == "hypotension" and int(grade) == PRESSOR_GRADE
            found[int(grade)] = from_canonical(parameter.canonical, "1" if pressor else TOXICITIES[toxicity])
    return dict(sorted(found.items()))


def daily_urine(times: Floats, urine: Floats) -> Floats:
    """Urine over the 24 h that end at each time, mL; infinite before the first full day.

    times: float64[time] in h; urine: float64[patient, time] in mL/h, integrated by the trapezoidal rule.
    """
    steps = np.diff(times) * (urine[:, 1:] + urine[:, :-1]) / 2
    total = np.concatenate([np.zeros((len(urine), 1)), np.cumsum(steps, axis=1)], axis=1)
    before = times - HOURS_A_DAY
    earlier = np.array([np.interp(before, times, row) for row in total]).reshape(total.shape)
    return np.where(before >= times[0], total - earlier, np.inf)


def worst(values: Floats, counted: Bools, grades: Mapping[int, float], below: bool) -> Levels:
    """Worst grade of every patient over the counted times, int8[patient]; a grade needs no lower one."""
    result = np.zeros(len(values), np.int8)
    for grade, cut in grades.items():
        crossed = values < cut if below else values >= cut
        result = np.where((crossed & counted).any(axis=1), np.maximum(result, grade), result)
    return result.astype(np.int8)


def grade(
    times: Floats, observed: Mapping[str, Floats], counted: Bools, rule: Mapping[str, Parameter]
) -> dict[str, Levels]:
    """Worst grade of every toxicity, name -> int8[patient], 0 where none.

    times: float64[time] in h; observed: NEEDED and more of OBSERVED, float64[patient, time], the first column
    before treatment; counted: bool[patient, time], the treatment period of the living; rule: parameters of a
    rule file of kind `grades`. Hypotension by pressure, and grade 3 by the pressor; oliguria by urine of 24
    h; capillary leak by the gain in weight; creatinine by its multiple of the untreated value;
    respiratory disorder by the saturation with oxygen when breathing air; thrombocytopenia by the count of platelets.
    """
    pressure = cuts(rule, "hypotension")
    pressor = {g: cut for g, cut in pressure.items() if g == PRESSOR_GRADE}
    pressure = {g: cut for g, cut in pressure.items() if g != PRESSOR_GRADE}
    weight, creatinine = observed["weight"], observed["creatinine"]
    return {
        "hypotension": np.maximum(
            worst(observed["SBP"], counted, pressure, below=True),
            worst(observed["pressor"], counted, pressor, below=False),
        ),
        "oliguria": worst(daily_urine(times, observed["urine"]), counted, cuts(rule, "oliguria"), below=True),
        "fever": worst(observed["temperature"], counted, cuts(rule, "fever"), below=False),
        "capillary_leak": worst(
            weight / weight[:, :1] - 1, counted, cuts(rule, "capillary_leak"), below=False
        ),
        "creatinine": worst(creatinine / creatinine[:, :1], counted, cuts(rule, "creatinine"), below=False),
        **{
            toxicity: worst(observed[name], counted, cuts(rule, toxicity), below=True)
            for toxicity, name in FALLS.items()
            if name in observed and cuts(rule, toxicity)
        },
    }
