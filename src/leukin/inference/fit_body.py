"""Fit the body's response to interleukin-2: regulatory T cells, lymphocytes, cytokines, eosinophils, albumin escape.

Run again with `python -m leukin.inference.fit_body`; it prints observed beside predicted and the values for
catalog/mechanisms. Each part is fitted after the parts it depends on: write the values of one before fitting the next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukin.catalog import load_catalog
from leukin.inference.experiments import TypicalPatient, typical_patient
from leukin.inference.regression import Fit, regress, table
from leukin.scenario import HOURS_A_DAY

Floats = NDArray[np.float64]
Values = Mapping[str, float]

#: the delay of a cytokine is when it first passes this share of its peak
ONSET = 0.05


@dataclass(frozen=True, slots=True)
class Part:
    """One fit: the mechanism and names of what is fitted, the targets, and the predictions."""

    mechanism: str
    names: tuple[str, ...]
    targets: tuple[str, ...]
    predict: Callable[[TypicalPatient, Values], dict[str, float]]


def _course(
    patient: TypicalPatient, experiment: str, name: str, values: Values, step: float
) -> tuple[Floats, Floats]:
    times = np.arange(0.0, patient.evidence.experiments[experiment].horizon + step / 2, step)
    return times, patient.run(experiment, [name], times, values)[name]


def peak_time(times: Floats, values: Floats) -> float:
    """Time (h) of the highest of `values`, by a parabola through it and its neighbours, so that it moves smoothly.

    times: evenly spaced; a highest value at either end is its time.
    """
    top = int(values.argmax())
    if top in (0, len(values) - 1):
        return float(times[top])
    before, here, after = values[top - 1 : top + 2]
    bend = before - 2.0 * here + after
    shift = (before - after) / (2.0 * bend) if bend < 0 else 0.0
    return float(times[top] + shift * (times[top + 1] - times[top]))


def passing(times: Floats, values: Floats, mark: float) -> float:
    """Time (h) at which `values`, which start below `mark`, first pass it, on a straight line between two times."""
    after = int(np.argmax(values > mark))
    part = (mark - values[after - 1]) / (values[after] - values[after - 1])
    return float(times[after - 1] + part * (times[after] - times[after - 1]))


def treg(patient: TypicalPatient, values: Values) -> dict[str, float]:
    """Rise of regulatory T cells (points of % of CD4) after five days, their share after four courses, fold at a month."""
    percent = "treg_percent_of_cd4"
    found = {}
    for id in ("third", "one", "three"):
        _, share = _course(patient, f"skin-{id}", percent, values, HOURS_A_DAY)
        found[f"treg-{id}"] = share[-1] - share[0]
    _, share = _course(patient, "vasculitis", percent, values, HOURS_A_DAY)
    found["treg-vasculitis"] = share[-1] / share[0] * patient.evidence.reported["treg-vasculitis-before"]
    found["treg-fold"] = _course(patient, "graft-versus-host", "N_treg", values, HOURS_A_DAY)[1][-1]
    return found


def counts(patient: TypicalPatient, values: Values) -> dict[str, float]:
    """Lymphocytes (1e9/L) 48 h after two courses, and their highest fold of baseline after high doses."""
    values = {**values, "growth_nk": values["growth_cd8"]}  # one common rate
    name = "count_blood.lymphocyte"
    _, skin = _course(patient, "two-courses-skin", name, values, HOURS_A_DAY)
    _, vein = _course(patient, "two-courses-vein", name, values, HOURS_A_DAY)
    _, high = _course(patient, "high-dose", name, values, HOURS_A_DAY / 4)
    return {
        "lymphocytes-skin": skin[-1],
        "lymphocytes-vein": vein[-1],
        "lymphocyte-fold": high.max() / high[0],
    }


def cytokine(patient: TypicalPatient, values: Values) -> dict[str, float]:
    """Times (h) and levels (U/mL) of IFN-gamma after a bolus, a second one and an infusion; TNF and IL-6 times."""
    mass = values.get("IFN_mass", patient.catalogue.mechanism("cytokines")["IFN_mass"].value)
    times = np.arange(0.0, 36.0, 0.02)
    twice = patient.run("two-boluses", ["IFNg", "TNF"], times, values)
    first = times < HOURS_A_DAY
    level = twice["IFNg"] / mass
    peak = level[first].max()
    _, infused = _course(patient, "infusion-five-days", "IFNg", values, 2.0)
    hours, il6 = _course(patient, "skin-large", "IL6", values, 0.25)
    day = hours < HOURS_A_DAY
    return {
        "ifn-lag": passing(times, level, ONSET * peak),
        "ifn-peak-time": peak_time(times[first], level[first]),
        "ifn-second-dose": level[~first].max() / peak,
        "ifn-level": peak,
        "ifn-infusion": float(np.median(infused[len(infused) // 10 :])) / mass,
        "tnf-peak-time": peak_time(times[first], twice["TNF"][first]),
        "il6-peak-time": peak_time(hours[day], il6[day]),
        "il6-last-over-first": il6[hours >= 4 * HOURS_A_DAY].max() / il6[day].max(),
    }


def eosinophils(patient: TypicalPatient, values: Values) -> dict[str, float]:
    """Highest count (1e9/L) after three weeks of infusion."""
    return {
        "eosinophils": _course(patient, "infusion-three-weeks", "count_blood.eosinophil", values, 6.0)[
            1
        ].max()
    }


def escape(patient: TypicalPatient, values: Values) -> dict[str, float]:
    """Transcapillary escape of albumin after four days, over its value before."""
    _, rate = _course(patient, "skin-four-days", "albumin_escape", values, HOURS_A_DAY)
    return {"albumin-escape": rate[-1] / rate[0]}


PARTS = (
    Part(
        "lymphocytes",
        ("growth_treg", "half_treg", "loss_treg"),
        ("treg-third", "treg-one", "treg-three", "treg-vasculitis", "treg-fold"),
        treg,
    ),
    Part(
        "lymphocytes",
        ("growth_cd8", "growth_cd4"),
        ("lymphocytes-skin", "lymphocytes-vein", "lymphocyte-fold"),
        counts,
    ),
    Part(
        "cytokines",
        (
            "adaptation_rate", "adaptation_gain", "priming_gain", "delay_rate", "IFNg_scale", "tolerance_gain",
            "inducer_rate", "priming_rate",
        ),
        (
            "ifn-lag", "ifn-peak-time", "ifn-second-dose", "ifn-level", "ifn-infusion", "tnf-peak-time", "il6-peak-time",
            "il6-last-over-first",
        ),
        cytokine,
    ),
    Part("lymphocytes", ("eosinophil_gain",), ("eosinophils",), eosinophils),
    Part("vascular-leak", ("permeability_gain",), ("albumin-escape",), escape),
)  # fmt: skip


def fit(patient: TypicalPatient, part: Part) -> Fit:
    """One part fitted, all other values as in the catalogue."""
    mechanism = patient.catalogue.mechanism(part.mechanism)
    start = {name: mechanism[name].canonical for name in part.names}
    targets = [patient.evidence.targets[id] for id in part.targets]
    priors = {name: prior for name, prior in patient.evidence.priors.items() if name in part.names}
    return regress(lambda values: part.predict(patient, values), targets, start, priors)


if __name__ == "__main__":
    someone = typical_patient(load_catalog())
    for one in PARTS:
        print(table(fit(someone, one), [someone.evidence.targets[id] for id in one.targets]), end="\n\n")
