"""Fit exposure: exchange and non-renal clearance such that, with uptake by cells, a bolus shows Konrad's figures.

Run again with `python -m leukin.inference.fit_pharmacokinetics`; it prints the values for
catalog/mechanisms/pharmacokinetics.toml. Three parameters, three figures: nothing is left to test the form. Then the
clearance of two fusions, for catalog/molecules/il2-albumin.toml and n-803.toml: one parameter, one figure each.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from leukin.catalog import Catalogue, load_catalog
from leukin.dosing import nanomoles
from leukin.inference import exposure
from leukin.inference.experiments import MOLECULE, Target, TypicalPatient, typical_patient
from leukin.inference.figures import calibrate_figures
from leukin.inference.regression import Fit, regress, table
from leukin.quantity import from_canonical

Floats = NDArray[np.float64]

MECHANISM = "pharmacokinetics"
FITTED = ("k12", "k21", "CLoth")
TARGETS = ("half-life-fast", "half-life-slow", "clearance")
#: what the fusion with albumin is fitted to, and how closely
FUSION_ASSAY, CLOSE = "albumin-mouse", 0.01
#: assay of a fusion -> the parameter of its molecule that is fitted to it
FUSIONS = {FUSION_ASSAY: "elimination", "superagonist-skin": "catabolism"}
#: sampling times of the bolus (min), out to the 4 h that were followed
SAMPLES = (2, 5, 10, 15, 20, 30, 45, 60, 75, 90, 120, 150, 180, 210, 240)


def biexponential(times: Floats, level: Floats) -> tuple[float, float, float]:
    """Fast and slow rate (1/h) and area under the curve to infinity of the best two exponentials, on log levels.

    times: float64[time] in h; level: float64[time] > 0.
    """

    def parts(x: Floats) -> tuple[float, float, float, float]:
        return math.exp(x[0]), 1.0 / (1.0 + math.exp(-x[1])), math.exp(x[2]), math.exp(x[3])

    def off(x: Floats) -> Floats:
        height, share, fast, slow = parts(x)
        curve = (1.0 - share) * np.exp(-fast * times) + share * np.exp(-slow * times)
        return np.log(height * curve / level)

    first = math.log(level[0] / level[1]) / (times[1] - times[0])
    last = math.log(level[-2] / level[-1]) / (times[-1] - times[-2])
    start = [math.log(level[0]), -3.0, math.log(first), math.log(last)]
    height, share, fast, slow = parts(least_squares(off, start).x)
    return fast, slow, height * ((1.0 - share) / fast + share / slow)


def bolus(patient: TypicalPatient, values: Mapping[str, float]) -> dict[str, float]:
    """Half-lives (min) and clearance (mL/min) that a reader would give to the course after a bolus."""
    times = np.array([0.0, *SAMPLES]) / 60.0
    level = patient.run("bolus", ["IL2_plasma"], times, values)["IL2_plasma"][1:]
    baseline = patient.catalogue.mechanism(MECHANISM)["I0"].value
    fast, slow, area = biexponential(times[1:], level - baseline)
    dose = patient.evidence.experiments["bolus"].arm.doses[0]
    given = nanomoles(dose.amount, patient.catalogue.molecule(MOLECULE))
    half = math.log(2.0)
    return {
        "half-life-fast": from_canonical(half / fast, "min"),
        "half-life-slow": from_canonical(half / slow, "min"),
        "clearance": from_canonical(given / area, "mL/min"),
    }


def fit(patient: TypicalPatient) -> Fit:
    """The three values that meet the three figures."""
    mechanism = patient.catalogue.mechanism(MECHANISM)
    start = {name: mechanism[name].canonical for name in FITTED}
    return regress(
        lambda values: bolus(patient, values), [patient.evidence.targets[id] for id in TARGETS], start, {}
    )


def fit_fusion(catalogue: Catalogue, id: str = FUSION_ASSAY) -> Fit:
    """Elimination (1/h, of a mouse) or catabolism (L/h) of the fusion that an assay is of, such that it meets its figure."""
    ready, assay, name = exposure.bench(catalogue), exposure.assays()[id], FUSIONS[id]
    (figure,) = calibrate_figures(catalogue, [assay["figure"]])
    found = exposure.compared(ready, id, assay)
    target = Target(id, figure.id, found.observed, CLOSE, True, False)
    system = ready.system(assay["molecule"], assay["host"], assay["doses"][0]["route"])
    cleared = float(system.nominal[system.parameter_index["CLoth"]])
    start = catalogue.molecule(assay["molecule"])[name].canonical

    def predict(values: Mapping[str, float]) -> dict[str, float]:
        moved = {"CLoth": cleared * values[name] / start}
        return {id: exposure.compared(ready, id, assay, moved).predicted}

    return regress(predict, [target], {name: start}, {})


if __name__ == "__main__":
    known = load_catalog()
    someone = typical_patient(known)
    print(table(fit(someone), [someone.evidence.targets[id] for id in TARGETS]))
    for one in FUSIONS:
        fused = fit_fusion(known, one)
        unit = "L/h" if "catabolism" in fused.values else "1/h"
        print(
            *(f"{name} = {value:.5g} {unit}" for name, value in fused.values.items()), dict(fused.predicted)
        )
