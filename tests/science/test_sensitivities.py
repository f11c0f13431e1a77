"""Derivatives of the whole patient by parameters of each module, against central differences at tight tolerance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from leukin.catalog import load_catalog, load_trial
from leukin.keys import Key
from leukin.population import sample
from leukin.quantity import unit
from leukin.simulate import Trajectory, run_in, simulate
from leukin.trial import plan
from leukin.trial.conduct import dose_amounts

#: pharmacokinetics, receptors, lymphocytes, cytokines, circulation, leak, tumour
NAMES = "CLren k12 kdeg growth_cd8 growth_treg IL6_scale MAP0 urine0 leak_rate permeability_gain kill_rate tumour_growth".split()
HORIZON, TIMES, PART = 480.0, np.arange(0.0, 481.0, 24.0), 1e-3


class Treated:
    """Two patients of a trial, dosed once as its rule decided for nobody: every dose is given, to all alike."""

    def __init__(self) -> None:
        catalogue = load_catalog()
        self.trial = plan(load_trial("fyfe-1995-rcc", catalogue), catalogue)
        self.system, self.arm = self.trial.system, self.trial.scenario.arms[0]
        ids = np.arange(2, dtype=np.int64)
        self.parameters = sample(self.system, self.trial.recipe, Key(1), ids).parameters
        start = run_in(self.system, self.parameters, 1440.0)
        self.amounts = [0.5 * amount for amount in dose_amounts(self.trial, start, self.arm)]

    def run(self, parameters: np.ndarray, rtol: float | None, names: tuple[str, ...] = ()) -> Trajectory:
        options: Mapping[str, Any] = {"sensitivities": names, "rtol": rtol}
        start = run_in(self.system, parameters, 1440.0, **options)
        return simulate(
            self.system, start, self.arm, self.amounts, horizon=HORIZON, times=TIMES, record=self.trial.courses, **options
        )  # fmt: skip


@pytest.fixture(scope="module")
def treated() -> Treated:
    return Treated()


@pytest.fixture(scope="module")
def found(treated) -> Trajectory:
    return treated.run(treated.parameters, 1e-11, tuple(NAMES))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_whole_patient_agrees_with_central_differences(treated, found, name: str) -> None:
    q = treated.system.parameter_index[name]

    def at(change: float) -> Mapping[str, np.ndarray]:
        moved = treated.parameters.copy()
        moved[:, q] *= 1 + change
        return treated.run(moved, 1e-12).values

    near, far = (at(PART), at(-PART)), (at(2 * PART), at(-2 * PART))
    value = treated.parameters[:, q, None] / unit(treated.system.unit_of(name)).factor
    compared = 0
    for key in treated.trial.courses:
        wanted = (8 * (near[0][key] - near[1][key]) - (far[0][key] - far[1][key])) / (12 * PART)
        size = np.abs(wanted).max()
        if size > 1e-4 * np.abs(near[0][key]).max():  # a smaller one is mostly rounding of the differences
            compared += 1
            error = np.abs(found.sensitivities[name][key] * value - wanted).max() / size
            assert error < 1e-5, key
    assert compared > 0


@pytest.mark.slow
def test_values_keep_their_bits_beside_derivatives(treated) -> None:
    plain = treated.run(treated.parameters, None)
    beside = treated.run(treated.parameters, None, ("CLren", "kill_rate"))
    for key in treated.trial.courses:
        assert plain.values[key].tobytes() == beside.values[key].tobytes()
