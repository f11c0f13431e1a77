"""The error of one state is bounded, however many others there are whose errors are nothing."""

from __future__ import annotations

import numpy as np

from leukin.engine import solve

#: of the wave below, alone: far above it, states that stand still have hidden its error
MOST = 6.0


def test_idle_states_do_not_hide_the_error_of_a_wave(build) -> None:
    """Without a bound on single states the second error is some 18 times, the root of the number of states."""
    times = np.linspace(0.0, 30.0, 301)
    exact = 3.0 + np.sin(2.0 * times)
    errors = []
    for idle in (0, 600):
        names = [f"z{i}" for i in range(idle)]
        made = build(
            {"x": "2*(y - 3)", "y": "-2*(x - 3)"} | dict.fromkeys(names, "0*y"),
            {"x": "3", "y": "4"} | dict.fromkeys(names, "1"),
            {"p": 1.0},
        )
        run = solve(made, made.initial(made.nominal[None]), made.nominal[None], 0.0, 30.0, times=times)
        assert (run.status == 0).all()
        errors.append(float(np.abs(run.saved[0, :, made.state_index["x"]] - exact).max()))
    assert errors[1] < MOST * errors[0], errors
