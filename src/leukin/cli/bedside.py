"""The chart of one patient that `leukin simulate --plot` draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pandas import DataFrame

    from leukin.trial.follow import Followed
    from leukin.trial.run import Plan


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
    markers = about(plan.trial, plan.catalogue)["markers"]
    return bedside(table, slots, title, markers, {key: (p.value, p.unit) for key, p in limits.items()})[
        0
    ].figure
