"""Fits read figures through one door, and only those kept for calibration pass."""

from __future__ import annotations

import numpy as np
import pytest

from leukin.catalog import load_catalog
from leukin.errors import CatalogError
from leukin.inference.experiments import Prior, Target, read
from leukin.inference.figures import calibrate_figures
from leukin.inference.fit_pharmacokinetics import biexponential
from leukin.inference.regression import regress

CATALOGUE = load_catalog()


def test_figures_for_calibration_pass_in_order() -> None:
    assert [figure.id for figure in calibrate_figures(CATALOGUE, ["F012", "F010a"])] == ["F012", "F010a"]


def test_every_other_role_is_refused() -> None:
    others = [figure for figure in CATALOGUE.figures if figure.role != "CALIBRATE"]
    assert {figure.role for figure in others} >= {"CHECK", "VALIDATE"}
    for figure in others:
        with pytest.raises(CatalogError, match=figure.role):
            calibrate_figures(CATALOGUE, ["F012", figure.id])


def test_unknown_figure_is_refused_with_the_nearest() -> None:
    with pytest.raises(CatalogError, match="did you mean"):
        calibrate_figures(CATALOGUE, ["F010z"])


def test_every_target_of_the_body_reads_a_figure_for_calibration() -> None:
    roles = {figure.id: figure.role for figure in CATALOGUE.figures}
    assert {roles[target.figure] for target in read(CATALOGUE).targets.values()} == {"CALIBRATE"}


def test_what_the_catalogue_calls_fitted_names_figures_for_calibration() -> None:
    roles = {figure.id: figure.role for figure in CATALOGUE.figures}
    for id in ("pharmacokinetics", "lymphocytes", "cytokines", "vascular-leak", "circulation"):
        for parameter in CATALOGUE.mechanism(id).parameters.values():
            if parameter.source.kind == "fitted":
                assert parameter.source.figures, parameter.name
                assert {roles[figure] for figure in parameter.source.figures} == {"CALIBRATE"}, parameter.name


def test_two_exponentials_are_found_again() -> None:
    times = np.linspace(0.05, 4, 20)
    fast, slow = 3.2, 0.5
    level = 20 * (0.95 * np.exp(-fast * times) + 0.05 * np.exp(-slow * times))
    found = biexponential(times, level)
    assert found == pytest.approx((fast, slow, 20 * (0.95 / fast + 0.05 / slow)), rel=1e-5)


def test_regression_weighs_targets_against_priors() -> None:
    target = Target("a", "F012", 4.0, 1.0, True, False)
    found = regress(lambda v: {"a": v["x"]}, [target], {"x": 1.0}, {"x": Prior(1.0, 1.0)})
    assert found.values["x"] == pytest.approx(2.0, rel=1e-3)  # half way on the logarithm
    assert found.errors["x"] == pytest.approx(np.sqrt(0.5), rel=1e-3)


def test_a_lower_bound_does_not_pull_from_above() -> None:
    target = Target("a", "F012", 4.0, 0.5, False, True)
    assert target.miss(5.0) == 0.0 and target.miss(3.0) == -2.0
