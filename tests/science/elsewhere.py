"""A model of ours, simulated by libroadrunner (CVODE) from the exported text, and by our engine from the same numbers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import roadrunner

from leukin.engine import System, solve
from leukin.exchange import Snapshot
from leukin.quantity import from_canonical

#: of the independent simulator; absolute tolerances are this times the typical magnitude of each state
RELATIVE, ABSOLUTE = 1e-10, 1e-13
MOST_STEPS = 1_000_000


@cache
def quick() -> None:
    """Settings of libroadrunner that compile a large model in seconds rather than in a minute."""
    config = roadrunner.Config
    config.setValue(config.LLVM_BACKEND, config.LLJIT)
    config.setValue(config.LOADSBMLOPTIONS_MUTABLE_INITIAL_CONDITIONS, False)


def runner(sbml: str, system: System) -> Any:
    """The loaded model with tight tolerances.

    One absolute tolerance for all states stalls CVODE, since they reach from 1e-12 to 1e12 in their units: each has its own.
    """
    quick()
    made = roadrunner.RoadRunner(sbml)
    made.integrator.relative_tolerance = RELATIVE
    made.integrator.maximum_num_steps = MOST_STEPS
    for name, typical in shown(system, system.scale).items():
        made.integrator.setIndividualTolerance(name, ABSOLUTE * float(typical))
    return made


def shown(system: System, states: np.ndarray) -> dict[str, Any]:
    """Columns of states[..., state] by name, in the unit of each."""
    return {key: from_canonical(states[..., i], system.unit_of(key)) for key, i in system.state_index.items()}


def courses(made: Any, times: np.ndarray, names: Mapping[str, str]) -> dict[str, np.ndarray]:
    """Time courses by the independent simulator; names: what we call it -> its id there."""
    found = np.array(made.simulate(times=[float(t) for t in times], selections=["time", *names.values()]))
    return dict(zip(names, found[:, 1:].T, strict=True))


def repeat(system: System, taken: Snapshot, times: np.ndarray, **tolerance: float) -> dict[str, np.ndarray]:
    """Time courses of every state by our engine, from a snapshot and the changes in it; after a change its value then."""
    params = np.array([[taken.parameters.get(key, 0.0) for key in system.parameters]])
    state = np.array([[taken.state[key] for key in system.states]])
    parts, now, step = [], 0.0, None
    moments = sorted({change.time for change in taken.changes if change.time < times[-1]})
    for stop in [*moments, float(times[-1])]:
        last = stop == times[-1]
        inside = times[(times >= now) & ((times <= stop) if last else (times < stop))]
        segment = solve(system, state, params, now, stop, inside, step=step, **tolerance)
        assert not segment.status.any()
        parts.append(segment.saved[0])
        state, step, now = segment.state, segment.step, stop
        for change in taken.changes:
            if change.time == stop and change.kind == "set":
                params[0, system.parameter_index[change.target]] = change.value
            elif change.time == stop:
                state[0, system.state_index[change.target]] += change.value
    return shown(system, np.concatenate(parts))


def apart(
    system: System, found: Mapping[str, np.ndarray], wanted: Mapping[str, np.ndarray], least: float = 1e-3
) -> list[tuple[float, str, int]]:
    """Largest difference of every quantity over its largest wanted value, its name and the output, worst first.

    A state's largest value counts as at least `least` of its typical magnitude.
    """
    typical = shown(system, system.scale)
    table = []
    for name, values in wanted.items():
        size = max(float(np.abs(values).max()), least * float(typical.get(name, 0.0)))
        difference = np.abs(found[name] - values)
        table.append(
            (
                float(difference.max() / size) if size else float(difference.max()),
                name,
                int(difference.argmax()),
            )
        )
    return sorted(table, reverse=True)
