"""Fit what happens on the ward: pressure, urine, fever, doses received and deaths in one course of high doses.

Run again with `python -m leukin.inference.fit_ward --patients 400`; it prints observed beside predicted and the values
for catalog/mechanisms and for the withholding rule. All evaluations share their random numbers. As many parameters
are fitted as there are figures, so agreement is no evidence for the form.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from leukin.biology import assemble
from leukin.catalog import Catalogue, load_catalog
from leukin.dosing import amounts
from leukin.engine import System, compile_network
from leukin.inference.experiments import HOST, MOLECULE, Evidence, read
from leukin.inference.regression import Fit, regress, table
from leukin.keys import Key
from leukin.population import Recipe, recipe, sample
from leukin.quantity import Parameter
from leukin.scenario import GIVE, HOURS_A_DAY, Arm, Retreat, Scenario, scenario
from leukin.simulate import run_in, simulate
from leukin.timeline import boundaries, slot_count
from leukin.trial import decisions, grades

Floats = NDArray[np.float64]

TRIAL, RULE, GRADES = "fyfe-1995-rcc", "high-dose-withholding", "toxicity-grades"
FITTED = ("vasodilation_gain", "septic_vasodilation", "renal_gain", "septic_renal", "fever_max")
OF_THE_RULE = ("other_toxicity",)
HAZARDS = ("hazard_activation", "hazard_shock")
TARGETS = ("doses-renal", "doses-melanoma", "hypotension", "hypotension-4", "oliguria", "oliguria-4", "fever")
DEATHS = ("deaths-renal", "deaths-melanoma")
#: middle share of patients whose mean stands for the median, so that the count of doses changes smoothly
MIDDLE = (0.4, 0.6)
#: change of a logarithm for derivatives: wide, because shares of patients change in steps
STEP = 0.15


@dataclass(frozen=True, slots=True)
class Ward:
    """One course of high doses in virtual patients without a tumour."""

    catalogue: Catalogue
    evidence: Evidence
    system: System
    recipe: Recipe
    arm: Arm
    key: Key
    patients: NDArray[np.int64]

    def course(self, values: Mapping[str, float]) -> dict[str, float]:
        """Doses, shares of patients by toxicity, and the mean probability of death, with other parameter values."""
        nominal = self.system.nominal.copy()
        for name, value in values.items():
            if name in self.system.parameter_index:
                nominal[self.system.parameter_index[name]] = value
        drawn = sample(self.system, self.recipe, self.key, self.patients, nominal=nominal)
        start = run_in(self.system, drawn.parameters, self.recipe.rules["settling_time"].canonical)
        horizon = max(at for dose in self.arm.doses for at, _ in dose.slots()) + 2 * HOURS_A_DAY
        times = np.arange(0.0, horizon + 1.0)
        weight, height = (
            drawn.parameters[:, self.system.parameter_index[name]] for name in ("weight", "height")
        )
        given = amounts(self.arm, {MOLECULE: self.catalogue.molecule(MOLECULE)}, weight, height)
        slots = slot_count(boundaries(self.arm, horizon))
        decide = decisions.withholding(self.rule(values), self.key, self.patients, slots)
        record = tuple(sorted({*decisions.OBSERVED, *grades.OBSERVED, "HZ"}))
        run = simulate(
            self.system, start, self.arm, given, horizon=horizon, times=times, record=record, decide=decide
        )
        counted = np.ones((len(self.patients), len(times)), bool)
        worst = grades.grade(times, run.values, counted, self.catalogue.rule(GRADES).parameters)
        doses = np.sort((run.actions == GIVE).sum(axis=1))
        low, high = (int(share * len(doses)) for share in MIDDLE)
        median = float(doses[low:high].mean())
        shares = {name: float((grade >= 1).mean()) for name, grade in worst.items()}
        severe = {f"{name}-4": float((grade >= 4).mean()) for name, grade in worst.items()}
        death = float(-np.expm1(-run["HZ"][:, -1]).mean())
        return {"doses-renal": median, "doses-melanoma": median, "death": death, **shares, **severe}

    def rule(self, values: Mapping[str, float]) -> dict[str, Parameter]:
        """The withholding rule with other values."""
        found = dict(self.catalogue.rule(RULE).parameters)
        return found | {name: found[name].with_value(values[name]) for name in OF_THE_RULE if name in values}


def ward(catalogue: Catalogue, patients: int, seed: int) -> Ward:
    """Compile the body without a tumour for the patients of one course."""
    arm = replace(scenario(catalogue.trial(TRIAL)).arms[0], retreat=Retreat())
    network = assemble.network(catalogue, Scenario(HOST, "", (arm,), HOURS_A_DAY))
    people = recipe(catalogue, HOST)
    ids = np.arange(patients, dtype=np.int64)
    return Ward(catalogue, read(catalogue), compile_network(network), people, arm, Key(seed), ids)


def fit(on: Ward) -> Fit:
    """All fitted values but the hazards of death."""
    start = {name: on.system.network.parameters[name].canonical for name in FITTED}
    start |= {name: on.catalogue.rule(RULE)[name].canonical for name in OF_THE_RULE}
    priors = {name: on.evidence.priors[name] for name in start}
    floor = 0.5 / len(on.patients)  # half a patient, where none is seen

    def predict(values: Mapping[str, float]) -> dict[str, float]:
        return {name: max(value, floor) for name, value in on.course(values).items()}

    return regress(predict, [on.evidence.targets[id] for id in TARGETS], start, priors, STEP)


def hazard_scale(on: Ward, values: Mapping[str, float]) -> float:
    """Factor on both hazards that brings the predicted share of deaths to the mean of the two published ones."""
    published = np.mean([on.evidence.targets[id].value for id in DEATHS])
    return float(published / on.course(values)["death"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    here = ward(load_catalog(), asked.patients, asked.seed)
    result = fit(here)
    print(table(result, [here.evidence.targets[id] for id in TARGETS]))
    print(f"factor on {' and '.join(HAZARDS)}: {hazard_scale(here, result.values):.3f}")
