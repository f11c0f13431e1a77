"""The engine against its slow reference: 60 days of high doses in random patients, the doses those of the reference."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from leukin.engine import solve
from leukin.engine.reference import solve_reference
from science.treated import differences, group, moments

#: days followed, patients in all and a test
DAYS, PATIENTS, BLOCK = 60, 50, 5
#: largest difference over a state's largest value; of moments over the time followed
AGREEMENT = 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, PATIENTS, BLOCK))
def test_treated_patients_agree_with_the_reference(first: int) -> None:
    patients = group(range(first, first + BLOCK))
    system = patients.system
    start = patients.start(solve_reference)
    reference = patients.treat(start, solve_reference, DAYS * 24.0)
    assert not reference.status.any() and np.isfinite(reference["IL2_tumour"]).all()
    assert (reference.actions == 0).any(axis=1).all()  # everybody had doses

    settled = patients.start(partial(solve, rtol=1e-6))
    unit = np.maximum(np.abs(start.state), 1e-3 * system.scale)
    assert (np.abs(settled.state - start.state) / unit).max() <= AGREEMENT
    np.testing.assert_allclose(settled.parameters, start.parameters, rtol=AGREEMENT)

    for rtol, allowed in ((1e-6, AGREEMENT), (1e-9, 1e-6)):
        found = patients.treat(
            start, partial(solve, rtol=rtol, atol=1e-3 * rtol), DAYS * 24.0, reference.actions
        )
        assert not found.status.any()
        worst = differences(system, found, reference)
        assert worst[0][0] <= allowed, worst[:5]
        assert moments(found, reference) <= allowed
