"""One patient, ready to leave: a network, all numbers, and what is done to it at which time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from leukin.network import Network
from leukin.network.model import RUN_IN


@dataclass(frozen=True, slots=True)
class Change:
    """At `time` (h) a parameter is set to, or a species is increased by, `value` (canonical units)."""

    time: float
    target: str
    value: float
    kind: Literal["set", "add"]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A network with the canonical values of its parameters and states at time 0, and the changes that follow.

    Doses are changes: they are those which this patient received; a rule that depends on the state is not exported,
    `notes` says so. host: catalogue id of the host species, if there is one.
    """

    id: str
    network: Network
    parameters: Mapping[str, float]
    state: Mapping[str, float]
    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()
    host: str = ""

    @property
    def values(self) -> dict[str, float]:
        """Values of all parameters that the equations use."""
        used = self.network.used | {c.target for c in self.changes if c.kind == "set"}
        values = {key: self.parameters[key] for key in self.network.parameters if key in used}
        if RUN_IN in used:
            values[RUN_IN] = self.parameters.get(RUN_IN, 0.0)
        return values
