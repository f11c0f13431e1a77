"""Tangents of a block of patients, carried from segment to segment; a record like the patients' states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukin.engine.sensitivity import Sensitive, solve_tangents
from leukin.engine.solver import Segment
from leukin.engine.system import System
from leukin.errors import AssemblyError, Problem, nearest
from leukin.quantity import Expr

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Moving:
    """Derivatives of states and of parameters by the parameters of `sensitive`, in canonical units.

    tangents[patient, name, state]; ways[patient, name, way].
    """

    sensitive: Sensitive
    tangents: Floats
    ways: Floats

    def solve(
        self,
        state: Floats,
        params: Floats,
        start: float,
        stop: float,
        times: Sequence[float] | Floats = (),
        record: Sequence[str] = (),
        **options: Any,
    ) -> tuple[Segment, Moving, dict[str, dict[str, Floats]]]:
        """Solve a segment; the tangents at its end, and [parameter][observable] derivatives at the times."""
        kept = self.sensitive.read_states(record)
        found = solve_tangents(
            self.sensitive, state, params, self.tangents, self.ways, start, stop, times, kept=kept, **options
        )
        seen: dict[str, dict[str, Floats]] = {}
        if len(times) and record:
            seen = self.sensitive.observe(record, found.segment.saved, params, found.saved, self.ways, kept)
        return found.segment, replace(self, tangents=found.tangents), seen

    def observe(
        self, record: Sequence[str], state: Floats, params: Floats, count: int
    ) -> dict[str, dict[str, Floats]]:
        """[parameter][observable] derivatives now, `count` times over."""
        states = state[:, None].repeat(count, axis=1)
        tangents = self.tangents[:, None].repeat(count, axis=1)
        return self.sensitive.observe(record, states, params, tangents, self.ways)

    def set(self, parameter: str) -> Moving:
        """The tangents after a parameter was set to a value that moves with none."""
        if parameter not in self.sensitive.ways:
            return self
        ways = self.ways.copy()
        ways[:, :, self.sensitive.ways.index(parameter)] = 0.0
        return replace(self, ways=ways)

    def set_to(self, parameter: str, expression: Expr, state: Floats, params: Floats) -> Moving:
        """The tangents after a parameter was set to an expression of the state and of parameters as they were."""
        ways = self.ways.copy()
        ways[:, :, self.sensitive.ways.index(parameter)] = self.sensitive.evaluate(
            expression, state, params, self.tangents, self.ways
        )
        return replace(self, ways=ways)

    def chosen(self, system: System, names: Sequence[str]) -> Moving:
        """The tangents by some of the parameters.

        Raises AssemblyError for one that was not asked for before.
        """
        known = self.sensitive.names
        missing = [key for key in names if key not in known]
        if missing:
            reason = "the run-in was not asked for derivatives by it"
            raise AssemblyError(
                [Problem(field=key, reason=reason, fix=nearest(key, known)) for key in missing]
            )
        sensitive = system.with_sensitivities(names)
        rows = [known.index(key) for key in sensitive.names]
        columns = [self.sensitive.ways.index(key) for key in sensitive.ways]
        return Moving(sensitive, self.tangents[:, rows], self.ways[:, rows][:, :, columns])


def moving(system: System, names: Sequence[str], params: Floats) -> Moving:
    """The tangents of patients before anything happened, from params[patient, parameter].

    Raises AssemblyError for a name that is not a parameter of the network.
    """
    sensitive = system.with_sensitivities(names)
    ways = sensitive.own_ways(len(params))
    return Moving(sensitive, sensitive.initial(params, ways), ways)


def empty_courses(
    names: Sequence[str], record: Sequence[str], patients: int, times: int
) -> Mapping[str, dict[str, Floats]]:
    """[parameter][observable] arrays float64[patient, time], to be filled segment by segment."""
    return {name: {key: np.full((patients, times), np.nan) for key in record} for name in names}
