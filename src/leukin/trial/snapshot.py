"""One patient of a trial as a snapshot for export: the model, its numbers, and what was done to the patient."""

from __future__ import annotations

import re

import numpy as np

from leukin.exchange.snapshot import Change, Snapshot
from leukin.trial.design import Plan
from leukin.trial.follow import follow


def snapshot(plan: Plan, arm: str, patient: int | None) -> Snapshot:
    """Patient number `patient` of a plan, or the typical patient (None), in the arm named `arm`, ready for export.

    Doses and ward stays are those which this patient had; what happened at time 0 is in the initial values. Raises
    SolveError where the patient cannot be drawn or solved, CatalogError for an unknown arm.
    """
    followed = follow(plan, arm, patient, np.array([0.0]), record=())
    system, start = plan.system, followed.start
    parameters = {key: float(start.parameters[0, i]) for key, i in system.parameter_index.items()}
    state = {key: float(start.state[0, i]) for key, i in system.state_index.items()}
    now = dict(parameters) | dict(state)
    changes = []
    for given in followed.trajectory.inputs:
        value = float(given.values[0])
        if given.time <= 0.0:
            (state if given.kind == "add" else parameters)[given.target] = value + (
                state[given.target] if given.kind == "add" else 0.0
            )
            now[given.target] = value
        elif value != (0.0 if given.kind == "add" else now[given.target]):
            changes.append(Change(given.time, given.target, value, given.kind))
            now[given.target] = value
    who = "typical patient" if patient is None else f"patient {patient}, seed {plan.seed}"
    notes = [
        f"{plan.trial.title}; arm: {arm}; {who}.",
        f"Catalogue {plan.catalogue.hash}. Time in hours. Initial values are those after the untreated run-in.",
        "Research software. Not for clinical decisions.",
    ]
    rule = plan.arm(arm).rule
    if rule:
        notes.append(
            f"Doses are those given under the rule {rule}, which depends on the state and is not exported."
        )
    id_ = re.sub(r"\W", "_", f"leukin_{plan.trial.id}_{arm}_{'typical' if patient is None else patient}")
    return Snapshot(id_, system.network, parameters, state, tuple(changes), tuple(notes), plan.trial.host)
