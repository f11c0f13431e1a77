"""Grades from hourly observations, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukin.quantity import Parameter, Source
from leukin.trial.grades import cuts, daily_urine, grade

HOURS = np.arange(0.0, 73.0)
CUTS = {
    "hypotension_1": (90, "mmHg"),
    "hypotension_2": (80, "mmHg"),
    "hypotension_3": (0.25, "1"),
    "hypotension_4": (60, "mmHg"),
    "oliguria_1": (400, "mL/d"),
    "oliguria_4": (0.1, "L/d"),
    "fever_1": (38, "degC"),
    "fever_2": (39, "degC"),
    "capillary_leak_1": (0.05, "1"),
    "capillary_leak_3": (15, "%"),
    "creatinine_1": (1.5, "1"),
    "creatinine_3": (3, "1"),
    "respiratory_1": (94, "%"),
    "respiratory_3": (0.88, "1"),
    "thrombocytopenia_1": (150, "1e9/L"),
    "thrombocytopenia_4": (25, "1e9/L"),
}
RULE = {name: Parameter(name, value, unit, Source("definition")) for name, (value, unit) in CUTS.items()}
WELL = {"SBP": 120.0, "pressor": 0.0, "urine": 60.0, "temperature": 37.0, "weight": 80.0, "creatinine": 1.0,
        "oxygen_saturation": 97.0, "count_blood.platelet": 250.0}  # fmt: skip


def worst(counted=None, **change):
    """Grades of one patient; change: observable -> {hour: value}, or one value from hour 1 on."""
    observed = {name: np.full((1, len(HOURS)), value) for name, value in WELL.items()}
    for name, values in change.items():
        if isinstance(values, dict):
            for hour, value in values.items():
                observed[name][0, hour] = value
        else:
            observed[name][0, 1:] = values
    counted = np.ones((1, len(HOURS)), bool) if counted is None else counted
    return {name: int(level[0]) for name, level in grade(HOURS, observed, counted, RULE).items()}


def test_nothing_is_grade_zero():
    assert set(worst().values()) == {0}


@pytest.mark.parametrize(
    ("pressure", "expected"), [(90.0, 0), (89.9, 1), (80.0, 1), (79.9, 2), (60.0, 2), (59.9, 4)]
)
def test_hypotension_by_one_hour(pressure, expected):
    assert worst(SBP={30: pressure})["hypotension"] == expected


def test_pressor_is_grade_three_whatever_the_pressure():
    assert worst(pressor={30: 0.25})["hypotension"] == 3
    assert worst(pressor={30: 0.24}, SBP={30: 89.0})["hypotension"] == 1
    assert worst(pressor={30: 0.5}, SBP={30: 59.0})["hypotension"] == 4


def test_oliguria_needs_a_full_day():
    assert worst(urine=16.0)["oliguria"] == 1  # 384 mL in 24 h
    assert worst(urine=17.0)["oliguria"] == 0  # 408 mL
    assert worst(urine=4.0)["oliguria"] == 4  # 96 mL
    assert worst(urine=dict.fromkeys(range(30, 40), 0.0))["oliguria"] == 0  # ten dry hours: 780 mL or more
    assert worst(urine=dict.fromkeys(range(20, 41), 0.0))["oliguria"] == 1


def test_urine_of_a_day_is_an_integral():
    times = np.array([0.0, 6.0, 12.0, 24.0, 30.0, 48.0])
    total = daily_urine(times, np.array([[10.0, 10.0, 20.0, 20.0, 0.0, 0.0]]))
    assert np.isinf(total[0, :3]).all()
    # 0-6: 60, 6-12: 90, 12-24: 240, 24-30: 60, then none
    assert total[0, 3:] == pytest.approx([390.0, 390.0, 60.0])


def test_fever_leak_creatinine():
    assert worst(temperature={20: 38.0})["fever"] == 1
    assert worst(temperature={20: 39.2})["fever"] == 2
    assert worst(weight={20: 83.9})["capillary_leak"] == 0
    assert worst(weight={20: 84.0})["capillary_leak"] == 1
    assert worst(weight={20: 92.01})["capillary_leak"] == 3
    assert worst(creatinine={20: 3.0})["creatinine"] == 3


def test_oxygen_and_platelets():
    low = [worst(oxygen_saturation={20: value})["respiratory"] for value in (94.0, 93.9, 88.0, 87.9)]
    assert low == [0, 1, 1, 3]
    few = [
        worst(**{"count_blood.platelet": {20: value}})["thrombocytopenia"] for value in (150.0, 149.0, 24.0)
    ]
    assert few == [0, 1, 4]


def test_what_is_not_observed_or_has_no_cut_has_no_grade():
    observed = {name: np.full((1, len(HOURS)), value) for name, value in WELL.items()}
    counted = np.ones((1, len(HOURS)), bool)
    air = {name: course for name, course in observed.items() if name != "oxygen_saturation"}
    assert "respiratory" not in grade(HOURS, air, counted, RULE)
    cut = {name: parameter for name, parameter in RULE.items() if not name.startswith("thrombo")}
    assert "thrombocytopenia" not in grade(HOURS, observed, counted, cut)


def test_only_counted_times_and_observed_values():
    counted = np.ones((1, len(HOURS)), bool)
    counted[0, 40:] = False
    assert worst(counted, SBP={50: 50.0})["hypotension"] == 0
    assert worst(SBP={50: np.nan})["hypotension"] == 0


def test_cuts_are_read_in_their_unit():
    assert cuts(RULE, "oliguria") == pytest.approx({1: 400.0, 4: 100.0})
    assert cuts(RULE, "hypotension") == {1: 90.0, 2: 80.0, 3: 0.25, 4: 60.0}
    assert cuts(RULE, "capillary_leak") == pytest.approx({1: 0.05, 3: 0.15})


#: observable -> the toxicity that its latent course decides, and the direction of harm
HARM = {
    "SBP": ("hypotension", -1.0),
    "pressor": ("hypotension", 1.0),
    "urine": ("oliguria", -1.0),
    "temperature": ("fever", 1.0),
    "weight": ("capillary_leak", 1.0),
    "creatinine": ("creatinine", 1.0),
    "oxygen_saturation": ("respiratory", -1.0),
    "count_blood.platelet": ("thrombocytopenia", -1.0),
}


@settings(max_examples=200, deadline=None)
@given(name=st.sampled_from(sorted(HARM)), seed=st.integers(0, 10**6), share=st.floats(0.0, 1.0))
def test_grades_never_fall_while_a_latent_course_gets_worse(name, seed, share):
    toxicity, sign = HARM[name]
    rng = np.random.default_rng(seed)
    size = {"pressor": 0.5}.get(name, WELL[name])
    course = np.full(len(HOURS), WELL[name])
    course[1:] += sign * size * rng.uniform(0.0, 0.5, len(HOURS) - 1)
    worse = course.copy()
    worse[1:] += sign * share * size * rng.uniform(0.0, 0.5, len(HOURS) - 1)
    before, after = (worst(**{name: dict(enumerate(values))}) for values in (course, worse))
    assert after[toxicity] >= before[toxicity]
    assert {key: level for key, level in after.items() if key != toxicity} == {
        key: level for key, level in before.items() if key != toxicity
    }
