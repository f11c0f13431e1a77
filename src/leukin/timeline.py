"""The schedule of an arm as a list of boundaries: dose slots, ends of infusions, ward stays, courses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from leukin.scenario import HOURS_A_DAY, Arm

#: a decision is told course and cycle as one number, course * CYCLES_A_COURSE + cycle
CYCLES_A_COURSE = 1000


@dataclass(frozen=True, slots=True)
class Slot:
    """One dose slot: its number in the arm, the series of doses it belongs to, its cycle and course."""

    number: int
    series: int
    cycle: int
    course: int


@dataclass(frozen=True, slots=True)
class Setting:
    """At `time` (h) parameters are set: to `values` (canonical), or to `multiples` of what the patient had at the start."""

    time: float
    values: Mapping[str, float]
    multiples: Mapping[str, float]


@dataclass(slots=True)
class Boundary:
    """What happens at one time (h): slots that start, series whose infusion ends, courses that begin, ward in or out,
    parameters that are set."""

    time: float
    slots: list[Slot] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    course: int | None = None
    ward: bool | None = None
    setting: Setting | None = None


def boundaries(arm: Arm, horizon: float, settings: Iterable[Setting] = ()) -> list[Boundary]:
    """Boundaries of an arm and of `settings` up to `horizon` (h), in order; a slot that would start at or after it is left out.

    A patient of an arm with a withholding rule has the care of a ward (fluids and vasopressor when pressure falls) from
    the first slot of a cycle to the end of the day after its last one.
    """
    found: dict[float, Boundary] = {}

    def at(time: float) -> Boundary:
        return found.setdefault(round(time, 9), Boundary(round(time, 9)))

    for setting in settings:
        at(setting.time).setting = setting
    number = 0
    for course in range(max(arm.retreat.courses, 1)):
        offset = course * arm.retreat.every
        if offset >= horizon or not arm.doses:
            break
        at(offset + min(dose.at for dose in arm.doses)).course = course
        for series, dose in enumerate(arm.doses):
            stays: dict[int, list[float]] = {}
            for start, cycle in dose.slots():
                if offset + start >= horizon:
                    continue
                at(offset + start).slots.append(Slot(number, series, cycle, course))
                stays.setdefault(cycle, []).append(offset + start)
                number += 1
                if dose.infusion > 0:
                    at(offset + start + dose.infusion).ends.append(series)
            if arm.rule:
                for starts in stays.values():
                    at(starts[0]).ward = True
                    at(starts[-1] + HOURS_A_DAY).ward = False
    return [found[time] for time in sorted(found) if time < horizon]


def slot_count(plan: list[Boundary]) -> int:
    """Number of dose slots in a schedule."""
    return sum(len(boundary.slots) for boundary in plan)
