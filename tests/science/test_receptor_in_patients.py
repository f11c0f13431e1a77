"""Patients with the full receptor kinetics beside those with the reduced form, under the same high-dose regimen."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from leukin.catalog import load_catalog, load_trial
from leukin.dosing import amounts
from leukin.scenario import Retreat
from leukin.simulate import Trajectory, simulate
from leukin.trial import plan
from leukin.trial.follow import typical_start

HORIZON = 60 * 24.0
#: dose slots of both cycles that are left out, as the rule does in many patients: 20 of 28 are given
HELD = (4, 6, 10, 13, 17, 21, 25, 27)
#: largest relative difference between the forms that a trial may rest on
LIMIT = 0.1
CELLS = ("treg", "cd4-helper", "cd8", "nk", "cd8-tumour", "cd8-activated")
PEAKS = ("IL2_plasma", "IL2_tumour", "soluble_CD25", "permeability", "weight_gain", "creatinine")
COUNTS = ("N_treg", "N_cd4", "N_cd8", "N_nk", "tumour_volume")


@cache
def typical(form: str) -> Trajectory:
    """The typical patient, quarter-hourly."""
    catalogue = load_catalog()
    trial = replace(load_trial("fyfe-1995-rcc", catalogue), receptor=form)
    made = plan(trial, catalogue)
    start = typical_start(made)
    arm = replace(made.scenario.arms[0], rule="", retreat=Retreat())
    size = (start.parameters[:, made.system.parameter_index[key]] for key in ("weight", "height"))
    given = amounts(arm, {d.molecule: catalogue.molecule(d.molecule) for d in arm.doses}, *size)
    names = (*PEAKS, *COUNTS, "SBP", *(f"pSTAT5.{cell}" for cell in CELLS))
    return simulate(
        made.system, start, arm, given, horizon=HORIZON, times=np.arange(0.0, HORIZON + 0.1, 0.25), record=names,
        decide=lambda seen, memory, slot, cycle: (np.array([int(slot in HELD)], np.int8), memory),
    )  # fmt: skip


def off(name: str, measure: str) -> float:
    """Relative difference of the reduced form from the full one."""
    full, reduced = (getattr(typical(form)[name][0], measure)() for form in ("full", "reduced"))
    return float(reduced / full - 1.0)


@pytest.mark.slow
def test_both_forms_give_the_same_exposure() -> None:
    assert (typical("full").actions == 0).sum() == 20
    for name in ("IL2_plasma", "IL2_tumour"):
        assert abs(off(name, "max")) < 0.01
        assert abs(off(name, "sum")) < 0.01


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("measure", ["max", "sum"])
def test_both_forms_signal_alike(cell: str, measure: str) -> None:
    assert abs(off(f"pSTAT5.{cell}", measure)) < LIMIT


@pytest.mark.slow
@pytest.mark.parametrize("name", [*PEAKS, *COUNTS])
def test_both_forms_move_the_body_alike(name: str) -> None:
    assert abs(off(name, "max")) < LIMIT
    assert abs(off(name, "sum")) < LIMIT
    pressure = [typical(form)["SBP"][0].min() for form in ("full", "reduced")]
    assert pressure[0] == pytest.approx(pressure[1], rel=0.02)
