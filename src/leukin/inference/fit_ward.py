"""Fit what happens on the ward: pressure, urine, fever, doses received and deaths, in a trial of high doses.

`leukin.inference.calibrate` runs it on several cohorts. On one, run it with
`python -m leukin.inference.fit_ward --patients 512`; it prints observed beside predicted and the values for
catalog/mechanisms and for the withholding rule. What is compared is what a trial reports: doses of the first course,
and the worst grade and the deaths of a patient over all courses, as far as scans and toxicity let him go. The published
figures pool kidney cancer and melanoma; the patients here have kidney cancer. All evaluations share their random
numbers. Nearly as many parameters are fitted as there are figures, so agreement is no evidence for the form.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from leukin.catalog import Catalogue, load_catalog
from leukin.inference.experiments import Evidence, read
from leukin.inference.regression import Fit, regress, table
from leukin.keys import Key
from leukin.population import cohort
from leukin.quantity import Parameter
from leukin.scenario import scenario
from leukin.simulate import Start, run_in
from leukin.trial import decisions, grades, plan
from leukin.trial.conduct import Chance, Conducted, chance, conduct
from leukin.trial.design import Plan
from leukin.trial.outcome import HAZARDS

Floats = NDArray[np.float64]

TRIAL, RULE = "fyfe-1995-rcc", "high-dose-withholding"
FITTED = ("vasodilation_gain", "septic_vasodilation", "renal_gain", "septic_renal", "fever_max")
OF_THE_RULE = ("other_toxicity",)
#: the hazards of death from treatment, which share one scale, and the state that they add up in
DANGERS = ("hazard_infection", "hazard_shock")
TOXIC = "HZ"
TARGETS = ("doses-renal", "doses-melanoma", "hypotension", "hypotension-4", "oliguria", "oliguria-4", "fever")
DEATHS = ("deaths-renal", "deaths-melanoma")
#: middle share of patients whose mean stands for the median, so that the count of doses changes smoothly
MIDDLE = (0.4, 0.6)
#: change of a logarithm for derivatives: wide, because shares of patients change in steps
STEP = 0.15


@dataclass(frozen=True, slots=True)
class Ward:
    """The patients of a trial, drawn and settled: what is fitted acts only once they are treated."""

    plan: Plan
    evidence: Evidence
    start: Start
    luck: Chance

    def treat(self, values: Mapping[str, float]) -> Mapping[str, Floats]:
        """Columns of the table of patients, and HZ at the end, with other values of what is fitted (canonical).

        Nobody dies of his treatment, so that HZ is what a patient would gather: the share of deaths then follows for
        any scale of the hazards.
        """
        run = self.conducted(values)
        ok = run.trajectory.status == 0
        columns = {name: np.asarray(column)[ok] for name, column in run.columns.items()}
        return columns | {TOXIC: run.trajectory[TOXIC][ok, -1]}

    def conducted(self, values: Mapping[str, float]) -> Conducted:
        """The whole course of every patient, who does not die of his treatment."""
        parameters = self.start.parameters.copy()
        for name, value in values.items():
            if name in self.plan.system.parameter_index:  # log-normal: all patients change by the same factor
                at = self.plan.system.parameter_index[name]
                parameters[:, at] *= value / self.plan.system.nominal[at]
        rule = self.luck.rule
        assert rule is not None
        limits = decisions.limits(self.rule(values))
        return conduct(
            self.plan,
            replace(self.start, parameters=parameters),
            self.plan.scenario.arms[0],
            replace(self.luck, rule=replace(rule, limits=limits, log=[])),
        )

    def outcome(self, values: Mapping[str, float]) -> dict[str, float]:
        """Doses of the first course, shares of patients by toxicity, and the mean probability of death by treatment."""
        return reported(self.treat(values))

    def rule(self, values: Mapping[str, float]) -> dict[str, Parameter]:
        """The withholding rule with other values."""
        found = dict(self.plan.catalogue.rule(RULE).parameters)
        return found | {name: found[name].with_value(values[name]) for name in OF_THE_RULE if name in values}


def reported(columns: Mapping[str, Floats]) -> dict[str, float]:
    """What a trial reports of its patients."""
    doses = np.sort(columns["doses_given"])
    low, high = (int(share * len(doses)) for share in MIDDLE)
    median = float(doses[low:high].mean())
    worst = {name.removeprefix("grade."): c for name, c in columns.items() if name.startswith("grade.")}
    shares = {name: float((grade >= 1).mean()) for name, grade in worst.items()}
    severe = {f"{name}-4": float((grade >= 4).mean()) for name, grade in worst.items()}
    death = float(-np.expm1(-columns[TOXIC]).mean())
    return {"doses-renal": median, "doses-melanoma": median, "death": death, **shares, **severe}


def ward(catalogue: Catalogue, patients: int, seed: int, id: str = TRIAL) -> Ward:
    """Draw the patients of the trial `id` (its first arm) and let them settle."""
    trial = catalogue.trial(id)
    retreat = scenario(trial).arms[0].retreat
    last = retreat.every * retreat.courses  # nobody is treated later
    whole = plan(replace(trial, horizon=last), catalogue, patients=patients, seed=seed)
    lesions = (name for name in whole.record if name.startswith("diameter."))
    needed = {*decisions.OBSERVED, *grades.OBSERVED, *HAZARDS, *lesions}
    task = replace(whole, record=tuple(sorted(needed)), courses=())
    ids, key = np.arange(patients, dtype=np.int64), Key(seed)
    drawn = cohort(task.system, task.recipe, key, ids)
    luck = chance(task, key, ids, task.scenario.arms[0])
    start = run_in(task.system, drawn.parameters, task.recipe.rules["settling_time"].canonical)
    start = replace(start, status=np.where(drawn.ok, start.status, 1))
    deaths = {**luck.deaths, TOXIC: np.full(patients, np.inf)}
    return Ward(task, read(catalogue), start, replace(luck, deaths=deaths))


def fit(on: Ward) -> Fit:
    """All fitted values but the hazards of death."""
    start = {name: on.plan.system.network.parameters[name].canonical for name in FITTED}
    start |= {name: on.plan.catalogue.rule(RULE)[name].canonical for name in OF_THE_RULE}
    priors = {name: on.evidence.priors[name] for name in start}
    floor = 0.5 / len(on.start.status)  # half a patient, where none is seen

    def predict(values: Mapping[str, float]) -> dict[str, float]:
        return {name: max(value, floor) for name, value in on.outcome(values).items()}

    return regress(predict, [on.evidence.targets[id] for id in TARGETS], start, priors, STEP)


def hazard_scale(on: Ward, values: Mapping[str, float]) -> float:
    """Factor on both hazards that brings the predicted share of deaths to the mean of the two published ones."""
    return scale(on.treat(values)[TOXIC], on.evidence)


def scale(gathered: Floats, evidence: Evidence) -> float:
    """Factor on the hazards that patients gathered, float64[patient], at which the mean published share dies."""
    published = float(np.mean([evidence.targets[id].value for id in DEATHS]))
    return float(brentq(lambda s: -np.expm1(-s * gathered).mean() - published, 1e-3, 1e3))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=512)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    here = ward(load_catalog(), asked.patients, asked.seed)
    result = fit(here)
    print(table(result, [here.evidence.targets[id] for id in TARGETS]))
    print(f"factor on {' and '.join(DANGERS)}: {hazard_scale(here, result.values):.3f}")
