"""The chart of one patient that `leukin simulate --plot` draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pandas import DataFrame

    from leukin.scenario import CytokineChange
    from leukin.trial.follow import Followed
    from leukin.trial.run import Plan

#: constants of a molecule that decide which affinities of receptors it meets
AFFINITIES = ("KD_alpha", "KD_beta", "K5", "K8")


def chart(plan: Plan, followed: Followed, arm: str, table: DataFrame, title: str) -> Any:
    """A figure of the first course of one patient: doses given and held above what they act on."""
    from leukin.report.figures.bedside import Slots, bedside
    from leukin.report.provenance import about
    from leukin.scenario import GIVE, HOLD

    course = followed.trajectory
    first = course.slot_course == 0
    actions = course.actions[0][first]
    slots = Slots(course.slot_times[first], actions == GIVE, actions == HOLD)
    rule = plan.arm(arm).rule
    limits = plan.catalogue.rule(rule).parameters if rule else {}
    spans = [(c.at, c.until, spoken(c)) for c in plan.arm(arm).cytokines]
    markers = about(plan.trial, plan.catalogue)["markers"]
    lines = {key: (p.value, p.unit) for key, p in limits.items()}
    return bedside(table, slots, title, markers, lines, spans, other_drug(plan, arm))[0].figure


def other_drug(plan: Plan, arm: str) -> str:
    """Id of the molecule that an arm gives, where its affinities are not those of aldesleukin; else nothing."""
    native = plan.catalogue.molecule("aldesleukin").parameters
    for dose in plan.arm(arm).doses:
        own = plan.catalogue.molecule(dose.molecule).parameters
        if any(name not in own or own[name].value != native[name].value for name in AFFINITIES):
            return dose.molecule
    return ""


def spoken(change: CytokineChange) -> str:
    """What is done to a cytokine in words: "TNF neutralised by 95 %", "IL-15 given, 0.1 nM"."""
    from leukin.quantity import from_canonical
    from leukin.report.labels import OBSERVABLES, number

    word = OBSERVABLES.get(change.cytokine, change.cytokine.replace("IL", "IL-"))
    if change.neutralised:
        return f"{word} neutralised by {number(100 * change.neutralised)} %"
    unit = "nM" if change.molar else "pg/mL"
    return f"{word} given, {number(float(from_canonical(change.given, unit)))} {unit}"
