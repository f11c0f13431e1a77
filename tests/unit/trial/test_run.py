"""A whole trial on a small model of its own: nobody is lost, chance belongs to the patient, arms share patients."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas
import pytest

from leukin.catalog import Catalogue, TrialRecord, load_catalog
from leukin.engine import System, compile_network
from leukin.errors import CatalogError, SolveError
from leukin.network import Port, Species, equations
from leukin.quantity import Parameter, Source, parse
from leukin.trial.follow import follow
from leukin.trial.run import BLOCK, Block, Plan, plan, run_block, summary

NOTE = Source("assumed", note="toy model of a test")


def toy(broken_above: float = math.inf) -> System:
    """Drug A1 leaks (J), J lowers pressure and urine; one lesion shrinks under drug and grows back; both kill.

    Patients whose weight exceeds broken_above (g) get equations without a finite value.
    """

    def number(name, value, unit, iiv=None):
        return Parameter(name, value, unit, NOTE, rse=0.3, iiv=iiv)

    parameters = [
        number("k", 0.7, "1/h"),
        number("gain", 0.05, "1/nmol/h", iiv=0.8),
        number("off", 0.05, "1/h"),
        number("kill", 0.002, "1/h", iiv=1.0),
        number("growth", 0.0004, "1/h", iiv=0.8),
        number("hazard", 2e-5, "1/h"),
        number("rate_iv", 0.0, "nmol/h"),
        number("weight", 80.0, "kg"),
        number("height", 175.0, "cm"),
        number("one_kg", 1.0, "kg"),
        number("limit", min(broken_above, 1e9), "g"),
        number("L0", 30.0, "mm", iiv=0.3),
        number("volume_unit", 1.0, "L"),
        number("none", 0.0, "nmol/h"),
    ]
    return compile_network(
        equations(
            species=[
                Species("A1", "nmol"),
                Species("J", "1"),
                Species("L", "mm", parse("L0"), scale=10.0),
                Species("HZ", "1"),
                Species("H_tumour", "1"),
            ],
            rates={
                "A1": "rate_iv - k*A1 + none*log(max(limit - weight, 0)/one_kg)",
                "J": "gain*A1 - off*J",
                "L": "L*(growth - kill*J/(1 + J))",
                "HZ": "hazard*J",
                "H_tumour": "hazard*L/L0",
            },
            observables={
                "IL2_plasma": ("nM", "A1/volume_unit"),
                "SBP": ("mmHg", "120/(1 + J/40)*MMHG"),
                "urine": ("mL/h", "60/(1 + J/10)*ML_H"),
                "creatinine": ("mg/dL", "1*MG_DL"),
                "temperature": ("degC", "(37 + J/10)*DEG"),
                "weight": ("kg", "weight*(1 + J/500)"),
                "permeability": ("1", "1 + J/10"),
                "pressor": ("1", "J/(J + 100)"),
                "sum_of_diameters": ("mm", "L"),
                "diameter.lesion1": ("mm", "L"),
            },
            parameters=[
                *parameters,
                Parameter("MMHG", 1.0, "mmHg", NOTE),
                Parameter("ML_H", 1.0, "mL/h", NOTE),
                Parameter("MG_DL", 1.0, "mg/dL", NOTE),
                Parameter("DEG", 1.0, "degC", NOTE),
            ],
            ports=[Port("iv infusion", "rate_iv", "rate")],
        )
    )


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalog()


@pytest.fixture(scope="module")
def trial(catalogue) -> TrialRecord:
    return replace(catalogue.trial("fyfe-1995-rcc"), horizon=30 * 7 * 24.0)


@pytest.fixture(scope="module")
def system() -> System:
    return toy()


@pytest.fixture(scope="module")
def planned(trial, catalogue, system) -> Plan:
    return plan(trial, catalogue, patients=12, seed=7, system=system)


@pytest.fixture(scope="module")
def table(planned) -> pandas.DataFrame:
    return run_block(planned, planned.blocks[0]).patients


def test_blocks_cover_every_patient_once(trial, catalogue, system):
    found = plan(trial, catalogue, patients=2 * BLOCK + 3, draws=2, system=system)
    own = [block for block in found.blocks if block.draw == 0]
    assert np.concatenate([block.patients for block in own]).tolist() == list(range(2 * BLOCK + 3))
    for draw in (1, 2):
        assert sum(len(block.patients) for block in found.blocks if block.draw == draw) == trial.patients
    everybody = np.concatenate([block.patients for block in found.blocks])
    assert len(set(everybody.tolist())) == len(everybody)
    assert [block.id for block in found.blocks] == list(range(len(found.blocks)))


def test_one_row_a_patient_with_what_happened(table):
    assert table["patient"].tolist() == list(range(12))
    assert (table["status"] == "ok").all()
    assert (table["reason"] == "").all()
    assert (table["doses_planned"] == 28).all()
    assert (table["doses_given"] + table["doses_held"] <= 28).all()
    assert table["doses_given"].between(1, 28).all()
    assert table["best_response"].isin(["CR", "PR", "SD", "PD", "NE"]).all()
    assert (table["pfs_month"] <= table["os_month"] + 1e-9).all()
    assert (table["rejected_draws"] == table["attempts"] - 1).all()
    assert table["sex"].isin(["male", "female"]).all()
    assert "parameter.gain" in table.columns and "parameter.k" not in table.columns
    assert table["parameter.gain"].nunique() == 12


def test_a_patient_is_the_same_in_any_block(planned, table):
    alone = run_block(planned, Block(0, 0, np.array([5, 3]))).patients
    together = table.set_index("patient").loc[[5, 3]].reset_index()[alone.columns]
    pandas.testing.assert_frame_equal(alone, together, check_exact=True)


def test_other_seed_other_patients(trial, catalogue, system, table):
    other = plan(trial, catalogue, patients=12, seed=8, system=system)
    found = run_block(other, other.blocks[0]).patients
    assert not (found["parameter.gain"] == table["parameter.gain"]).any()


def test_arms_share_patients_and_chance(trial, catalogue, system, table):
    arm = trial.arms[0]
    low = replace(arm, name="low dose", doses=tuple(replace(d, amount=d.amount / 10) for d in arm.doses))
    twin = replace(arm, name="again")
    found = plan(replace(trial, arms=(arm, low, twin)), catalogue, patients=12, seed=7, system=system)
    rows = run_block(found, found.blocks[0]).patients
    arms = {name: part.drop(columns="arm").reset_index(drop=True) for name, part in rows.groupby("arm")}
    pandas.testing.assert_frame_equal(arms["high dose"], arms["again"])
    pandas.testing.assert_frame_equal(arms["high dose"], table.drop(columns="arm"))
    assert (arms["low dose"]["parameter.gain"] == table["parameter.gain"]).all()
    assert arms["low dose"]["doses_given"].mean() > table["doses_given"].mean()


def test_failed_patients_are_rows_with_a_reason(trial, catalogue, table):
    limit = float(table["weight_kg"].quantile(0.7)) * 1000
    planned = plan(trial, catalogue, patients=12, seed=7, system=toy(limit))
    result = run_block(planned, planned.blocks[0])
    bad = table["weight_kg"] * 1000 > limit
    rows = result.patients
    assert (rows["status"] == np.where(bad, "failed", "ok")).all()
    assert (rows.loc[bad, "reason"] != "").all()
    assert rows.loc[bad, ["pfs_month", "doses_given", "treatment_death"]].isna().all(axis=None)
    assert rows.loc[bad, "weight_kg"].notna().all()
    same = ["doses_given", "best_response", "pfs_month", "os_month", "grade.hypotension"]
    pandas.testing.assert_frame_equal(rows.loc[~bad, same], table.loc[~bad, same])
    found = summary(planned, rows)
    assert found["patients"]["ok"] == int((~bad).sum())
    assert found["patients"]["failed"] == int(bad.sum())
    assert found["arms"][0]["n"] == int((~bad).sum())


def test_courses_follow_only_without_progression(table):
    progressed = table["progression_month"] < 10 * 7 / 30.4375
    assert progressed.any() and not progressed.all()
    assert (table.loc[progressed, "courses"] == 1).all()
    alive = table["os_month"] > 20 * 7 / 30.4375
    stable = table["progression_month"].isna() & alive
    assert (table.loc[stable, "courses"] == 3).all()


def test_summary_of_a_trial(planned, table):
    found = summary(planned, table)
    assert (found["trial"], found["seed"]) == ("fyfe-1995-rcc", 7)
    assert found["patients"]["requested"] == 12
    arm = found["arms"][0]
    assert arm["name"] == "high dose"
    assert sum(arm[name]["value"] for name in ("cr", "pr", "sd", "pd", "ne")) == pytest.approx(1)
    assert arm["orr"]["calibrated"] is True
    assert arm["os_median_month"]["calibrated"] is False
    roles = {item["role"] for item in arm["published"]}
    assert roles and roles <= {"CALIBRATE", "CHECK"}
    by_figure = {item["figure"]: item for item in arm["published"]}
    assert by_figure["F041a"]["value"] == pytest.approx(0.141)
    assert by_figure["F041a"]["predicted"] == arm["orr"]["value"]


def test_time_courses(planned):
    result = run_block(planned, planned.blocks[0])
    courses = result.courses
    times = courses["time_h"].unique()
    assert len(courses) == 12 * len(times)
    assert set(times) <= set(planned.times)
    assert set(planned.units) == set(courses.columns) - {"patient", "arm", "time_h"}
    assert planned.units["SBP"] == "mmHg"
    first = courses[courses["patient"] == 0]
    assert first["time_h"].iloc[0] == 0
    assert first["IL2_plasma"].iloc[1] > first["IL2_plasma"].iloc[0]


def test_draws_have_their_own_values_and_no_courses(trial, catalogue, system):
    planned = plan(replace(trial, patients=4), catalogue, patients=4, seed=7, draws=2, system=system)
    results = [run_block(planned, block) for block in planned.blocks]
    rows = pandas.concat([result.patients for result in results])
    assert rows["draw"].tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert results[1].courses.empty
    arm = summary(planned, rows)["arms"][0]
    assert arm["n"] == 4
    assert 0 <= arm["orr"]["parameter_low"] <= arm["orr"]["parameter_high"] <= 1


def test_a_followed_patient_is_the_one_of_the_run(planned, table):
    row = table.set_index("patient").loc[4]
    close = follow(planned, "high dose", 4, planned.times, ["SBP", "J"])
    apart = follow(planned, "high dose", 4, np.array([0.0, 100.0, 5000.0]), ["SBP", "J"])
    for found in (close, apart):
        given = (found.trajectory.actions[0] == 0) & (found.trajectory.slot_course == 0)
        assert given.sum() == row["doses_given"]
        assert found.trajectory.units["SBP"] == "mmHg"
    np.testing.assert_array_equal(close.trajectory.actions, apart.trajectory.actions)
    near = np.searchsorted(planned.times, 100.0)
    assert apart.trajectory["J"][0, 1] == pytest.approx(close.trajectory["J"][0, near], rel=1e-4)
    courses = run_block(planned, planned.blocks[0]).courses
    stored = courses[courses["patient"] == 4].set_index("time_h")["SBP"]
    kept = np.isin(planned.times, stored.index)
    np.testing.assert_allclose(close.trajectory["SBP"][0, kept], stored.to_numpy(), rtol=1e-6)


def test_everything_is_recorded_unless_less_is_wanted(planned):
    found = follow(planned, "high dose", None, np.array([0.0, 1.0]))
    assert {"A1", "J", "L", "IL2_plasma", "diameter.lesion1"} <= set(found.trajectory.values)
    assert found.death == math.inf


def test_the_typical_patient_is_the_catalogue(planned):
    found = follow(planned, "high dose", None, np.array([0.0]))
    np.testing.assert_array_equal(found.start.parameters[0], planned.system.nominal)


def test_who_cannot_be_solved_cannot_be_followed(trial, catalogue):
    planned = plan(trial, catalogue, patients=1, seed=7, system=toy(1.0))
    with pytest.raises(SolveError, match="patient 0"):
        follow(planned, "high dose", 0, np.array([0.0]))


def test_unknown_arm_is_refused(planned):
    with pytest.raises(CatalogError, match="did you mean 'high dose'"):
        follow(planned, "high dos", 0, np.array([0.0]))
