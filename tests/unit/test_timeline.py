"""Schedules: when doses, infusions, cycles and courses begin and end."""

from leukin.scenario import Amount, Arm, Dose, Retreat
from leukin.timeline import boundaries, slot_count

HIGH_DOSE = Dose(
    "aldesleukin",
    Amount(600000, "IU", "kg"),
    "iv infusion",
    every=8,
    count=14,
    infusion=0.25,
    cycles=2,
    rest=216,
)


def test_second_cycle_starts_on_day_15() -> None:
    starts = [time for time, _ in HIGH_DOSE.slots()]
    assert starts[:2] == [0, 8] and starts[13] == 104 and starts[14] == 14 * 24
    assert len(starts) == 28


def test_boundaries_of_a_course() -> None:
    plan = boundaries(Arm("high dose", (HIGH_DOSE,), rule="high-dose-withholding"), horizon=60 * 24)
    assert slot_count(plan) == 28
    times = [b.time for b in plan]
    assert times == sorted(times) and len(set(times)) == len(times)
    assert [b.time for b in plan if b.ends] == [t + 0.25 for t, _ in HIGH_DOSE.slots()]
    assert [(b.time, b.ward) for b in plan if b.ward is not None] == [
        (0, True),
        (128, False),
        (336, True),
        (464, False),
    ]


def test_courses_and_horizon_cut_the_schedule() -> None:
    arm = Arm("high dose", (HIGH_DOSE,), retreat=Retreat(3, 1680))
    plan = boundaries(arm, horizon=1700)
    assert [(b.time, b.course) for b in plan if b.course is not None] == [(0, 0), (1680, 1)]
    assert slot_count(plan) == 28 + 3
    assert all(b.time < 1700 for b in plan)


def test_an_arm_without_doses_has_no_boundaries() -> None:
    assert boundaries(Arm("none"), horizon=100) == []
