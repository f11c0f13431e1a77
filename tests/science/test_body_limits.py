"""What must hold of cytokines, leak and grades whatever was fitted: order and repetition, nobody left, more is not less."""

from __future__ import annotations

import numpy as np
import pytest

from leukin.catalog import load_catalog
from leukin.inference.experiments import TypicalPatient, typical_patient
from leukin.trial.grades import OBSERVED, TOXICITIES, grade

#: nearly nobody, few, a third, all
LYMPHOCYTES = (1e-9, 0.02, 0.3, 1.0)


@pytest.fixture(scope="module")
def patient() -> TypicalPatient:
    return typical_patient(load_catalog())


@pytest.fixture(scope="module")
def twice(patient: TypicalPatient) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Two boluses, a day apart."""
    times = np.arange(0.0, 36.0, 0.02)
    return times, patient.run("two-boluses", ["TNF", "IFNg", "IL6", "IL5"], times)


def test_after_a_first_dose_tnf_comes_first_then_il6_then_interferon(twice) -> None:
    times, seen = twice
    day = times < 24.0
    peak = {name: times[course[day].argmax()] for name, course in seen.items()}
    assert peak["TNF"] < peak["IL6"] < peak["IFNg"] < 6.0
    level = seen["IFNg"]
    onset = times[np.argmax(level > 0.05 * level[day].max())]
    assert 0.5 < onset < 1.5  # a lag of an hour: figure F090a
    assert level[np.argmin(abs(times - 23.9))] < 0.05 * level[day].max()  # gone before the next dose
    assert all((course > -1e-9 * course.max()).all() for course in seen.values())


def test_a_second_dose_releases_more_interferon_at_the_same_time_and_no_more_tnf(twice) -> None:
    times, seen = twice
    first, second = times < 24.0, times >= 24.0
    level = seen["IFNg"]
    assert level[second].max() > 2.5 * level[first].max()  # figure F090c
    assert times[second][level[second].argmax()] - 24.0 == pytest.approx(
        times[level[first].argmax()], abs=0.75
    )
    assert seen["TNF"][second].max() < 1.05 * seen["TNF"][first].max()
    rest = seen["IL5"][np.argmin(abs(times - 23.9))]
    assert (
        seen["IL5"][first].max() > 2 * rest and seen["IL5"][second].max() > 2 * rest
    )  # figure F093a: with each dose


def test_repeated_doses_lower_interleukin_6_and_fever(patient: TypicalPatient) -> None:
    times = np.arange(0.0, 120.0, 0.25)
    seen = patient.run("skin-large", ["IL6", "temperature"], times)
    for name in seen:
        peaks = [seen[name][(times >= day * 24) & (times < (day + 1) * 24)].max() for day in range(5)]
        assert max(peaks[1:]) < peaks[0], name  # figure F092


def test_leak_and_storm_fall_with_the_lymphocytes_and_nearly_vanish_without_them(
    patient: TypicalPatient,
) -> None:
    names = ["permeability", "TNF", "IFNg", "weight_gain", "temperature", "SBP", "ANG2", "creatinine"]
    names += ["lung_leak", "lung_water_index", "count_blood.neutrophil", "chemotaxis"]
    times = np.arange(0.0, 240.0, 2.0)
    courses = [patient.run("high-dose", names, times, {"lymphoid_level": level}) for level in LYMPHOCYTES]
    storm = ("TNF", "IFNg", "temperature", "count_blood.neutrophil", "chemotaxis")
    for name in names:
        change = [np.abs(seen[name] - seen[name][0]).max() for seen in courses]
        assert change == sorted(change), (name, change)
        # what is left without lymphocytes is the direct action of interleukin-2 on endothelium
        assert change[0] < (1e-5 if name in storm else 0.2) * change[-1] and change[1] < change[-1], name


@pytest.mark.parametrize("cause", ["leak_susceptibility", "vasodilation_gain", "fever_max", "renal_gain"])
def test_grades_of_a_typical_patient_rise_with_what_causes_them(patient: TypicalPatient, cause: str) -> None:
    times = np.arange(0.0, 240.0)
    rule = patient.catalogue.rule("toxicity-grades").parameters
    usual = patient.system.nominal[patient.system.parameter_index[cause]]
    found = []
    for factor in (0.02, 0.25, 1.0, 4.0, 16.0):
        seen = patient.run("high-dose", list(OBSERVED), times, {cause: factor * usual})
        observed = {name: course[None, :] for name, course in seen.items()}
        found.append(grade(times, observed, np.ones((1, len(times)), bool), rule))
    moved = {name: [int(levels[name][0]) for levels in found] for name in TOXICITIES}
    rising = {
        "leak_susceptibility": ("hypotension", "oliguria", "capillary_leak", "respiratory"),
        "vasodilation_gain": ("hypotension", "oliguria"),
        "fever_max": ("fever",),
        "renal_gain": ("oliguria", "creatinine"),
    }[cause]  # fmt: skip
    for name in rising:
        assert moved[name] == sorted(moved[name]), (name, moved[name])
        assert moved[name][0] < moved[name][-1], (name, moved[name])
    if cause == "fever_max":
        assert all(len(set(moved[name])) == 1 for name in moved if name != "fever"), moved


def test_after_a_course_plasma_hardly_overfills_and_is_back_before_the_next(patient: TypicalPatient) -> None:
    times = np.arange(0.0, 336.0, 2.0)
    seen = patient.run("high-dose", ["Vp", "weight_gain", "lung_wetness", "count_blood.platelet"], times)
    fold = seen["Vp"] / seen["Vp"][0]
    assert fold.min() > 0.6  # without fluids a prototype lost more than half
    assert fold.max() < 1.15
    late = times > 13 * 24.0
    for name in ("weight_gain", "lung_wetness"):
        left = np.abs(seen[name] - seen[name][0])
        assert left[late].max() < 0.05 * left.max(), name
    platelets = seen["count_blood.platelet"]
    assert 5 * 24.0 < times[platelets.argmin()] < 9 * 24.0  # lowest as treatment ends, and days to recover
    assert platelets.min() < platelets[-1] < platelets[0]
