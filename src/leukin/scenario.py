"""What a trial does: doses, arms, scans, and the protocol of a decision; plain records, times in hours."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from leukin.catalog.records import ArmRecord, CytokineRecord, DoseRecord, TrialRecord
from leukin.errors import CatalogError, Problem

#: a cytokine given or neutralised, times in h
CytokineChange = CytokineRecord

Floats = NDArray[np.float64]

GIVE, HOLD, STOP = 0, 1, 2
HOURS_A_DAY = 24.0


@dataclass(frozen=True, slots=True)
class Amount:
    """A dose as written: value, unit (IU, mg, nmol, ...) and basis (flat, per kg of weight, per m2 of surface)."""

    value: float
    unit: str
    per: Literal["flat", "kg", "m2"] = "flat"


def entry(route: str, lesion: int = 1) -> str:
    """Name of the port of a route: with the lesion, where the dose is not for the first one."""
    return route if lesion == 1 else f"{route}, lesion {lesion or 'all'}"


@dataclass(frozen=True, slots=True)
class Dose:
    """A series of doses of one molecule by one route.

    at, every, infusion, rest in h; count doses every `every` form a cycle; `cycles` cycles, the next one starting `rest`
    after the end of the day of the last dose (14 doses every 8 h and 9 days of rest start again on day 15).
    ss: the same dose was given every `every` h before time 0, until exposure repeated itself; lesion: the one that a dose
    into or beside a lesion goes to (1: the largest), 0 for all of them.
    """

    molecule: str
    amount: Amount
    route: str
    at: float = 0.0
    every: float = HOURS_A_DAY
    count: int = 1
    infusion: float = 0.0
    cycles: int = 1
    rest: float = 0.0
    ss: bool = False
    lesion: int = 1

    @property
    def entry(self) -> str:
        """The port that it enters by."""
        return entry(self.route, self.lesion)

    @property
    def period(self) -> float:
        """Hours from the start of one cycle to the start of the next."""
        last = (self.count - 1) * self.every + self.infusion
        return (math.floor(last / HOURS_A_DAY) + 1) * HOURS_A_DAY + self.rest

    def slots(self) -> tuple[tuple[float, int], ...]:
        """Start time (h) and cycle number of every dose."""
        return tuple(
            (self.at + cycle * self.period + k * self.every, cycle)
            for cycle in range(self.cycles)
            for k in range(self.count)
        )


@dataclass(frozen=True, slots=True)
class Retreat:
    """Further courses: at most `courses` in all, `every` h from start to start, while response or stable disease."""

    courses: int = 1
    every: float = 0.0


@dataclass(frozen=True, slots=True)
class Arm:
    """A treatment arm: its doses, the rule that withholds them ("" for none), retreatment, and the cytokines that are given
    or neutralised, whose times count from the start of the trial whatever the rule says of doses."""

    name: str
    doses: tuple[Dose, ...] = ()
    rule: str = ""
    retreat: Retreat = Retreat()
    patients: int = 0
    cytokines: tuple[CytokineChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """Host, tumour ("" for a healthy host), arms, horizon (h), scan times (h), response criteria, patients an arm, and the
    form of the receptor at every cell: "reduced" (fast steps in closed form) or "full" (all complexes)."""

    host: str
    tumour: str
    arms: tuple[Arm, ...]
    horizon: float
    scans: tuple[float, ...] = ()
    response: str = "RECIST 1.1"
    patients: int = 1
    receptor: Literal["reduced", "full"] = "reduced"


class Decide(Protocol):
    """Decision at a dose slot, for a whole block of patients at once.

    observed: name -> float64[patient], in the observables' units; memory: what the rule remembers, None at first;
    returns the action (GIVE, HOLD or STOP, int8[patient]) and the new memory.
    """

    def __call__(
        self, observed: Mapping[str, Floats], memory: Any, slot: int, cycle: int
    ) -> tuple[NDArray[np.int8], Any]: ...


def scenario(trial: TrialRecord) -> Scenario:
    """The scenario of a catalogue trial or of a trial file.

    Raises CatalogError for a procedure: none can be simulated yet.
    """
    first = trial.scan_first or trial.scan_every
    count = int((trial.horizon - first) // trial.scan_every) + 1 if trial.scan_every else 0
    return Scenario(
        host=trial.host,
        tumour=trial.tumour,
        arms=tuple(_arm(record, trial.patients) for record in trial.arms),
        horizon=trial.horizon,
        scans=tuple(first + k * trial.scan_every for k in range(count)),
        response=trial.response,
        patients=trial.patients,
        receptor=trial.receptor,
    )


def _arm(record: ArmRecord, patients: int) -> Arm:
    if record.procedures:
        kinds = ", ".join(procedure.kind for procedure in record.procedures)
        reason = f"{kinds} in arm '{record.name}' cannot be simulated yet"
        raise CatalogError(Problem(field="arm.procedure", reason=reason, fix="leave [[arm.procedure]] out"))
    doses = tuple(_dose(dose) for dose in record.doses)
    return Arm(
        record.name,
        doses,
        record.rule,
        Retreat(record.courses, record.every),
        record.patients or patients,
        record.cytokines,
    )


def _dose(r: DoseRecord) -> Dose:
    amount = Amount(r.amount, r.unit, r.per)
    return Dose(
        r.molecule, amount, r.route, r.at, r.every, r.count, r.infusion, r.cycles, r.rest, r.ss, r.lesion
    )
