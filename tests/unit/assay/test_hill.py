"""The Hill curve through a dose-response."""

from __future__ import annotations

import numpy as np
import pytest

from leukin.assay import fit_hill

DOSES = np.geomspace(1e-3, 1e2, 12)


@pytest.mark.parametrize(("ec50", "emax", "slope"), [(0.03, 0.7, 1.0), (2.0, 0.05, 2.2), (0.4, 1.0, 0.6)])
def test_recovers_a_curve(ec50: float, emax: float, slope: float) -> None:
    found = fit_hill(DOSES, emax * DOSES**slope / (ec50**slope + DOSES**slope))
    assert found.ec50 == pytest.approx(ec50, rel=1e-5)
    assert found.emax == pytest.approx(emax, rel=1e-5)
    assert found.slope == pytest.approx(slope, rel=1e-5)


def test_half_is_of_the_curve_s_own_plateau() -> None:
    assert fit_hill(DOSES, 0.01 * DOSES / (1 + DOSES)).ec50 == pytest.approx(1.0, rel=1e-5)


def test_no_response_has_no_ec50() -> None:
    found = fit_hill(DOSES, np.zeros(12))
    assert np.isnan(found.ec50)
    assert found.emax == 0.0
    assert np.isnan(fit_hill(DOSES[:2], DOSES[:2]).ec50)
