"""Readings of virtual trials of other regimens."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from leukin.catalog import load_catalog
from leukin.inference import exposure
from leukin.inference.body_readings import document, superagonist
from leukin.inference.body_trials import TRIAL, together, trials

CATALOGUE = load_catalog()


class Courses(dict):  # type: ignore[type-arg]
    status = np.array([0, 0, 0, 1])


def test_the_correlation_is_of_peaks_and_falls_of_patients_that_were_solved() -> None:
    peaks = np.array([[0.0, 3.0], [0.0, 9.0], [0.0, 5.0], [0.0, np.nan]])
    pressure = np.array([[120.0, 110.0], [110.0, 80.0], [130.0, 112.0], [1.0, 1.0]])
    run = SimpleNamespace(trajectory=Courses(IFNg=peaks, SBP=pressure))
    assert together(run) == pytest.approx(1.0)  # type: ignore[arg-type]
    run.trajectory["SBP"] = 200.0 - pressure[:, ::-1]
    run.trajectory["SBP"][:, 0] += np.array([20.0, 0.0, 10.0, 0.0]) * 3
    assert together(run) == pytest.approx(-1.0)  # type: ignore[arg-type]


def test_continuous_infusion_is_worse_than_a_slow_release() -> None:
    found = trials(CATALOGUE, 48, 3)
    assert set(found) == {
        TRIAL + name for name in ("continuous-hypotension-3", "releasable-leak", "ifn-toxicity")
    }
    share, patients = found[TRIAL + "continuous-hypotension-3"]
    leak, _ = found[TRIAL + "releasable-leak"]
    assert patients == 48 and 0 < share < 100 and 0 <= leak < share + 30
    assert -1 <= found[TRIAL + "ifn-toxicity"][0] <= 1


def test_the_superagonist_acts_on_nk_cells_more_than_on_regulatory_cells() -> None:
    found = superagonist(exposure.bench(CATALOGUE), document()["superagonist"])
    assert found["superagonist-nk"] > found["superagonist-treg"] > 1.0
