"""The fit of the lung reads figures for calibration and finds back a gain that made its targets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from leukin.catalog import load_catalog
from leukin.inference import exposure
from leukin.inference.experiments import Prior, read
from leukin.inference.fit_lung import FITTED, TARGETS, lungs
from leukin.inference.regression import regress


def test_targets_are_for_calibration_and_a_known_gain_is_found_back() -> None:
    catalogue = load_catalog()
    evidence, bench = read(catalogue), exposure.bench(catalogue)
    targets = [evidence.targets[id] for id in TARGETS]
    assert {catalogue.figure(target.figure).role for target in targets} == {"CALIBRATE"}
    made = lungs(bench, {FITTED: 0.8})
    known = [replace(target, value=made[target.id]) for target in targets]
    found = regress(lambda values: lungs(bench, values), known, {FITTED: 1.6}, {FITTED: Prior(1.6, 5.0)})
    assert found.values[FITTED] == pytest.approx(0.8, rel=0.01)
    assert 1.0 < made["lung-1"] < made["lung-3"] < made["lung-6"]
    none = lungs(bench, {FITTED: 1e-12})
    assert all(value == pytest.approx(1.0) for value in none.values())
