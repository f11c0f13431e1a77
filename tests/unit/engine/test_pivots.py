"""Factors without exchanged pivots: where they fail a step is taken again, and at last the slow engine helps."""

from __future__ import annotations

import numpy as np
import pytest

from leukin.engine import System, compile
from leukin.engine.compile import AGAIN, OK, UNSTABLE
from leukin.engine.solver import Segment, solve
from leukin.engine.tableau import RODAS5P

#: the first step, in h, and how near to zero a pivot comes there
STEP, NEAR = 0.01, 1e-12


@pytest.fixture(scope="module")
def pairs(build) -> System:
    """x' = -x beside pairs at rest, p' = a p - 2 a q and q' = a p - 3/2 a q, stable with the first pivot 1/(gamma h) - a;
    compiled so that every step is verified."""
    rates, values = {"x": "-k*x"}, {"k": 1.0}
    for i in range(AGAIN):
        rates |= {f"p{i}": f"a{i}*p{i} - 2*a{i}*q{i}", f"q{i}": f"a{i}*p{i} - 1.5*a{i}*q{i}"}
        values[f"a{i}"] = 1e-3
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compile, "EVERY", 1)
        return build(rates, {key: "1" if key == "x" else "0" for key in rates}, values)


def solved(pairs: System, patients: list[int], stop: float = 2.0) -> Segment:
    """Patients whose pivots nearly vanish at the first step and so many of its halves less one."""
    params = np.tile(pairs.nominal, (len(patients), 1))
    for row, count in enumerate(patients):
        for i in range(count):
            params[row, pairs.parameter_index[f"a{i}"]] = (1.0 + NEAR) / (RODAS5P.gamma * STEP / 2**i)
    return solve(
        pairs, pairs.initial(params), params, 0.0, stop, [0.5, stop], step=np.full(len(patients), STEP)
    )


def test_a_step_in_doubt_is_taken_again_with_half_its_length(pairs) -> None:
    counts = list(range(AGAIN))
    found = solved(pairs, counts)
    assert not found.pivoted.any() and not found.status.any()
    np.testing.assert_allclose(found.state[:, 0], np.exp(-2.0), rtol=1e-6)
    assert (np.diff(found.steps) > 0).all()


def test_the_slow_engine_helps_where_steps_stay_in_doubt(pairs) -> None:
    found = solved(pairs, [0, AGAIN, 1])
    np.testing.assert_array_equal(found.pivoted, [False, True, False])
    assert not found.status.any()
    np.testing.assert_allclose(found.state[:, 0], np.exp(-2.0), rtol=1e-6)
    np.testing.assert_allclose(found.saved[:, :, 0], np.exp([[-0.5, -2.0]] * 3), rtol=1e-6)
    np.testing.assert_array_equal(found.saved[1, :, 1:], 0.0)


def test_a_neighbour_in_doubt_changes_no_bits(pairs) -> None:
    alone, beside = solved(pairs, [0]), solved(pairs, [AGAIN, 0, 2])
    for one, other in ((alone.state[0], beside.state[1]), (alone.saved[0], beside.saved[1])):
        assert one.tobytes() == other.tobytes()
    assert solved(pairs, [2]).state[0].tobytes() == beside.state[2].tobytes()


def test_a_patient_whom_nobody_can_solve_is_told_why(pairs, monkeypatch) -> None:
    monkeypatch.setattr("leukin.engine.reference.LIMIT", 5)
    found = solved(pairs, [AGAIN, 0])
    assert list(found.status) == [UNSTABLE, OK] and list(found.pivoted) == [True, False]
    np.testing.assert_allclose(found.state[1, 0], np.exp(-2.0), rtol=1e-6)
