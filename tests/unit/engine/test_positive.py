"""A state that cannot be negative is not made so by an error; one that changes sign is left alone."""

from __future__ import annotations

import numpy as np
import pytest

from leukin.engine import solve
from leukin.engine.reference import solve_reference
from leukin.engine.solver import FINER, NOTHING, Segment, _pivot

#: states that stand still and dilute the error of the others, as the many slow ones of a body do
IDLE = 60


@pytest.fixture(scope="module")
def cascade(build):
    """A source that dries up, and a chain behind it; steps grow to many times its half-lives."""
    rates = {"a": "-4*a", "b": "2*(a - b)", "c": "0.5*(b/(0.1 + b) - c)", "d": "3*(c/(0.2 + c) - d)"}
    idle = [f"z{i}" for i in range(IDLE)]
    starts = {"a": "p"} | dict.fromkeys(["b", "c", "d", *idle], "0")
    return build(rates | dict.fromkeys(idle, "0*a"), starts, {"p": 1.0})


def test_no_output_of_a_decaying_chain_is_negative(cascade) -> None:
    """Without the second look at such steps the lowest of these outputs is twice below the limit."""
    params = np.tile(cascade.nominal, (80, 1))
    params[:, cascade.parameter_index["p"]] = np.geomspace(0.001, 1000.0, 80)
    times = np.linspace(0.0, 60.0, 1801)
    run = solve(cascade, cascade.initial(params), params, 0.0, 60.0, times=times)
    assert (run.status == 0).all()
    assert run.saved.min() > -2 * NOTHING
    exact = params[:, :1] * np.exp(-4.0 * times)
    a = run.saved[:, :, cascade.state_index["a"]]
    assert (np.abs(a - exact).max(axis=1) < 1e-4 * params[:, 0]).all()
    assert run.steps.max() < 100


def test_the_slow_engine_solves_such_patients_more_exactly(cascade) -> None:
    """At its first tolerance the lowest of these outputs is twice below the limit."""
    params = np.tile(cascade.nominal, (8, 1))
    params[:, cascade.parameter_index["p"]] = np.geomspace(0.001, 1000.0, 8)
    times, begin = np.linspace(0.0, 60.0, 601), cascade.initial(params)
    rough = solve_reference(cascade, begin, params, 0.0, 60.0, times, rtol=1e-7, atol=1e-6 * FINER**2)
    assert rough.saved.min() < -2 * NOTHING
    n = len(params)
    found = Segment(
        begin.copy(), np.full_like(rough.saved, np.nan), np.zeros(n), np.zeros(n, np.int64), np.zeros(n, np.int64),
        np.zeros((n, 0)), np.ones(n, bool),
    )  # fmt: skip
    _pivot(cascade, found, begin, params, 0.0, 60.0, times, 1e-6)
    assert (found.status == 0).all()
    assert found.saved.min() > -2 * NOTHING
    assert np.abs(found.saved - rough.saved).max() < 1e-5 * rough.saved.max()


def test_a_state_that_changes_sign_is_as_exact_and_as_cheap_as_its_mirror(build) -> None:
    """An oscillator against the same one raised so that nothing is ever below zero."""
    plain = build({"x": "w*y", "y": "-w*x"}, {"x": "0", "y": "1"}, {"w": 2.0})
    lifted = build({"x": "w*(y - 3)", "y": "-w*(x - 3)"}, {"x": "3", "y": "4"}, {"w": 2.0})
    times = np.linspace(0.0, 60.0, 601)
    runs = [
        solve(s, s.initial(s.nominal[None]), s.nominal[None], 0.0, 60.0, times=times) for s in (plain, lifted)
    ]
    for run, shift in zip(runs, (0.0, 3.0), strict=True):
        assert (run.status == 0).all()
        wave = np.stack([np.sin(2 * times), np.cos(2 * times)], axis=-1) + shift
        assert np.abs(run.saved[0] - wave).max() < 2e-4
    counts = [int(run.steps[0]) for run in runs]
    assert counts[0] < 2.5 * counts[1]  # the lifted one has a looser tolerance


def test_a_state_that_slowly_becomes_negative_costs_no_more_than_its_mirror(build) -> None:
    """It stays within reach of an error for long, but no error took it below zero: it is looked at once."""
    idle = [f"z{i}" for i in range(IDLE)]
    steps = []
    for level in (-1e-6, 1e-6):
        made = build(
            {"x": f"0.2*({level} - x)", "y": "1 - y"} | dict.fromkeys(idle, "0*y"),
            dict.fromkeys(["x", "y", *idle], "0"),
            {"p": 1.0},
        )
        run = solve(made, made.initial(made.nominal[None]), made.nominal[None], 0.0, 20.0, times=[20.0])
        assert (run.status == 0).all()
        wanted = -np.expm1(-4.0) * level
        assert abs(run.state[0, made.state_index["x"]] - wanted) < 1e-8
        steps.append(int(run.steps[0]))
    assert steps[0] <= steps[1] + 10
