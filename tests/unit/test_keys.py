"""Counter-based random numbers: the same for a patient whatever else is drawn."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from leukin.keys import Key


@given(st.integers(0, 2**31), st.permutations(range(7)), st.integers(1, 5))
def test_a_patient_does_not_depend_on_the_others(seed: int, order: list[int], size: int) -> None:
    key = Key(seed)
    together = key.normal("covariates", np.arange(7), size)
    assert np.array_equal(key.normal("covariates", np.array(order), size), together[order])


def test_streams_attempts_and_seeds_differ() -> None:
    patients = np.arange(3)
    draws = [
        Key(1).normal("a", patients, 4),
        Key(1).normal("b", patients, 4),
        Key(1).normal("a", patients, 4, attempt=1),
        Key(2).normal("a", patients, 4),
    ]
    assert len({d.tobytes() for d in draws}) == 4
    assert not np.intersect1d(draws[0], np.concatenate([d.ravel() for d in draws[1:]])).size


def test_distributions() -> None:
    patients = np.arange(4000)
    assert kstest(Key(3).normal("x", patients, 1)[:, 0], "norm").pvalue > 1e-3
    uniform = Key(3).uniform("x", patients, 1)[:, 0]
    assert kstest(uniform, "uniform").pvalue > 1e-3
    assert uniform.min() > 0 and uniform.max() < 1
