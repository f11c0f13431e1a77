"""The fit of the ward: what it compares is what a trial reports, and it reads figures for calibration alone."""

from __future__ import annotations

import numpy as np
import pytest

from leukin.catalog import load_catalog
from leukin.inference.experiments import read
from leukin.inference.fit_ward import DEATHS, FITTED, OF_THE_RULE, TARGETS, reported


def test_every_target_is_a_figure_for_calibration_and_every_value_has_a_prior() -> None:
    catalogue = load_catalog()
    evidence = read(catalogue)
    figures = {evidence.targets[id].figure for id in (*TARGETS, *DEATHS)}
    assert {catalogue.figure(figure).role for figure in figures} == {"CALIBRATE"}
    assert set(FITTED) | set(OF_THE_RULE) <= evidence.priors.keys()


def test_a_report_counts_worst_grades_and_the_middle_of_the_doses() -> None:
    found = reported(
        {
            "doses_given": np.array([28, 3, 10, 20, 18, 0, 22, 27, 19, 28]),
            "grade.fever": np.array([0, 1, 2, 0, 4, 0, 0, 0, 0, 0]),
            "grade.oliguria": np.zeros(10, int),
            "HZ": np.array([0.0] * 9 + [np.log(2.0)]),
        }
    )
    assert found["doses-renal"] == found["doses-melanoma"] == pytest.approx((19 + 20) / 2)
    assert found["fever"] == pytest.approx(0.3) and found["fever-4"] == pytest.approx(0.1)
    assert found["oliguria"] == 0.0
    assert found["death"] == pytest.approx(0.05)
