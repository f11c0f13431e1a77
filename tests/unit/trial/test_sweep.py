"""A dose sweep: the arm at every dose, in the same patients; what rises with dose and what may not fall."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from leukin.catalog import Catalogue, load_catalog, load_trial
from leukin.catalog.toml_text import to_text
from leukin.cli.sweep import parse
from leukin.errors import CatalogError
from leukin.keys import Key
from leukin.population import cohort
from leukin.simulate import run_in
from leukin.trial import plan
from leukin.trial.conduct import chance, conduct
from leukin.trial.sweep import Range, swept, table

HEALTHY = """title = "healthy"
host = "human"
patients = 4
horizon = "4 day"

[[arm]]
name = "a"

[[arm.dose]]
molecule = "aldesleukin"
amount = "600000 IU/kg"
route = "iv infusion"
infusion = "15 min"
every = "8 h"
count = 6

[[arm.dose]]
molecule = "aldesleukin"
amt = "60 kIU/kg"
route = "sc"
"""


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalog()


def test_doses_are_evenly_spaced_and_short() -> None:
    assert Range(10.0, 1000.0, "IU/kg", 3).doses == (10.0, 100.0, 1000.0)
    assert Range(72000.0, 720000.0, "IU/kg", 4).doses == (72000.0, 155000.0, 334000.0, 720000.0)


def test_every_series_of_an_arm_is_scaled_alike(catalogue: Catalogue, tmp_path: Path) -> None:
    path = tmp_path / "healthy.toml"
    path.write_text(HEALTHY, encoding="utf-8")
    trial = load_trial(path, catalogue)
    content = swept(trial, catalogue, 0, Range(60.0, 600.0, "kIU/kg", 2))
    out = tmp_path / "swept.toml"
    out.write_text(to_text({"kind": "trial", **content}), encoding="utf-8")
    found = load_trial(out, catalogue)
    assert [arm.name for arm in found.arms] == ["60 kIU/kg", "600 kIU/kg"]
    low, high = found.arms
    assert high.doses[0] == trial.arms[0].doses[0] and high.doses[1].amount == 60.0
    assert low.doses[0].amount == pytest.approx(60000.0) and low.doses[1].amount == pytest.approx(6.0)


def test_a_published_trial_keeps_its_rule_and_loses_its_comparison(catalogue: Catalogue) -> None:
    trial = catalogue.trial("fyfe-1995-rcc")
    content = swept(trial, catalogue, 0, Range(72000.0, 720000.0, "IU/kg", 3))
    assert "published" not in content and content["tumour"] == "renal-cell-carcinoma"
    for arm in content["arm"]:
        assert arm["rule"] == "high-dose-withholding" and arm["retreat"]["courses"] == 3
        assert "regimen" not in arm and "patients" not in arm
    assert [arm["dose"][0]["amount"] for arm in content["arm"]] == [
        "72000 IU/kg",
        "228000 IU/kg",
        "720000 IU/kg",
    ]
    with pytest.raises(CatalogError, match="counted otherwise than the doses of arm 'high dose'"):
        swept(trial, catalogue, 0, Range(1.0, 2.0, "MIU", 2))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1:2", "is not a range of doses"),
        ("2:1:IU/kg", "does not rise"),
        ("0:1:IU/kg", "does not rise"),
        ("1:nan:IU/kg", "does not rise"),
        ("1:2:bananas", "is not a unit"),
        ("1:2:IU/kg:1", "1 doses"),
        ("1:2:IU/kg:999", "999 doses"),
    ],
)
def test_a_wrong_range_is_refused(text: str, message: str) -> None:
    with pytest.raises(CatalogError, match=message):
        parse(text)


def test_exposure_and_harm_rise_with_dose_in_every_patient(catalogue: Catalogue, tmp_path: Path) -> None:
    """Without a withholding rule: more interleukin-2, lower lowest pressure, larger leak, patient by patient."""
    path = tmp_path / "healthy.toml"
    path.write_text(HEALTHY.partition('[[arm.dose]]\nmolecule = "aldesleukin"\namt')[0], encoding="utf-8")
    content = swept(load_trial(path, catalogue), catalogue, 0, Range(6000.0, 600000.0, "IU/kg", 5))
    out = tmp_path / "swept.toml"
    out.write_text(to_text({"kind": "trial", **content}), encoding="utf-8")
    planned = plan(load_trial(out, catalogue), catalogue, seed=3)
    numbers = np.arange(4, dtype=np.int64)
    drawn = cohort(planned.system, planned.recipe, Key(3), numbers)
    start = run_in(planned.system, drawn.parameters, planned.recipe.rules["settling_time"].canonical)
    peak, leak, pressure = [], [], []
    for arm in planned.scenario.arms:
        run = conduct(planned, start, arm, chance(planned, Key(3), numbers, arm)).trajectory
        peak.append(run["IL2_plasma"].max(axis=1))
        leak.append(run["permeability"].max(axis=1))
        pressure.append(run["SBP"].min(axis=1))
    for name, values, sign in (("IL-2", peak, 1), ("leak", leak, 1), ("pressure", pressure, -1)):
        steps = np.diff(np.array(values), axis=0) * sign
        assert (steps > 0).all(), name


def test_a_table_has_one_row_a_dose() -> None:
    doses = Range(1.0, 10.0, "IU/kg", 2)
    entry = {
        "n": 5, "orr": {"value": 0.2, "low": 0.1, "high": 0.5}, "cr": None, "doses_given": {"median": 12},
        "toxicity": {"fever": {"any": 0.4}, "treatment_death": {"any": 0.0}},
    }  # fmt: skip
    rows = table({"arms": [{"name": "1 IU/kg", **entry}, {"name": "10 IU/kg", **entry}]}, doses)
    assert [row["dose"] for row in rows] == [1.0, 10.0]
    assert rows[0]["response"] == 0.2 and rows[0]["complete_response"] is None
    assert rows[1]["fever_any"] == 0.4 and rows[1]["hypotension_grade3"] is None
