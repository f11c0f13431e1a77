"""The withholding rule: every dose is given, held or stopped; a held dose is lost, never shifted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from leukin.keys import Key
from leukin.quantity import Parameter, from_canonical
from leukin.scenario import GIVE, HOLD, STOP
from leukin.timeline import CYCLES_A_COURSE

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

NOT_MODELLED = (
    "heart rhythm, mental state, infection and the patient's wish as reasons to hold a dose: one "
    "probability that rises with vascular permeability stands for them",
)

#: observables that the rule reads, in these units
OBSERVED = {
    "SBP": "mmHg",
    "urine": "mL/h",
    "creatinine": "mg/dL",
    "weight": "kg",
    "permeability": "1",
    "pressor": "1",
    "oxygen_saturation": "%",
    "count_blood.platelet": "1e9/L",
}

#: reasons to hold, each one bit
REASONS = ("pressure", "urine", "creatinine", "weight", "other toxicity", "oxygen", "platelets")


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a withholding rule in the units of the observables, named as the parameters of its file.

    A rule need not have those that have a default: NaN holds no dose.
    """

    sbp_limit: float
    urine_limit: float
    creatinine_limit: float
    weight_gain_limit: float
    other_toxicity: float
    holds_to_stop: float
    pressor_limit: float
    sbp_noise: float
    urine_noise: float
    oxygen_limit: float = math.nan
    platelet_limit: float = math.nan


UNITS = {
    "sbp_limit": "mmHg",
    "urine_limit": "mL/h",
    "creatinine_limit": "mg/dL",
    "weight_gain_limit": "1",
    "other_toxicity": "1",
    "holds_to_stop": "1",
    "pressor_limit": "1",
    "sbp_noise": "mmHg",
    "urine_noise": "1",
}
#: what a rule may leave out
OPTIONAL = {"oxygen_limit": "%", "platelet_limit": "1e9/L"}


def limits(rule: Mapping[str, Parameter]) -> Limits:
    """Limits from the parameters of a rule file of kind `withholding`."""
    own = UNITS | {name: unit for name, unit in OPTIONAL.items() if name in rule}
    return Limits(**{name: from_canonical(rule[name].canonical, unit) for name, unit in own.items()})


@dataclass(frozen=True, slots=True)
class Memory:
    """What the rule remembers: weight on admission, holds in this cycle, cycle over, pressor was maximal."""

    code: int
    weight: Floats
    holds: Ints
    over: Bools
    maximal: Bools


@dataclass(frozen=True, slots=True)
class Withholding:
    """The rule as a Decide callable for one block of patients.

    sbp_noise, urine_noise: standard normal, chance: uniform, each float64[patient, slot]; log receives for
    every slot asked its number and the reasons to hold (bits of REASONS), int8[patient].
    """

    limits: Limits
    sbp_noise: Floats
    urine_noise: Floats
    chance: Floats
    log: list[tuple[int, NDArray[np.int8]]] = field(default_factory=list)

    def __call__(
        self, observed: Mapping[str, Floats], memory: Memory | None, slot: int, cycle: int
    ) -> tuple[NDArray[np.int8], Memory]:
        """Action of every patient at one slot: hold if any limit is crossed; the last allowed hold ends the
        cycle.

        Other toxicity: P = 1 - exp(-other_toxicity (permeability - 1)^2). A pressor that has reached its
        limit cancels the later cycles of the course. A new course starts afresh.
        """
        now = _entered(memory, observed["weight"], cycle)
        reasons = self.reasons(observed, now.weight, slot)
        self.log.append((slot, np.where(now.over, 0, reasons).astype(np.int8)))
        hold = (reasons > 0) & ~now.over
        holds = now.holds + hold
        maximal = now.maximal | (
            observed.get("pressor.max", observed["pressor"]) >= self.limits.pressor_limit
        )
        ended = now.over | (holds >= self.limits.holds_to_stop)
        action = np.where(now.over, STOP, np.where(hold, HOLD, GIVE)).astype(np.int8)
        return action, replace(now, holds=holds, over=ended, maximal=maximal)

    def reasons(self, observed: Mapping[str, Floats], admission: Floats, slot: int) -> NDArray[np.int64]:
        """Reasons to hold as bits of REASONS; urine is the mean since the last slot, read with noise."""
        rule = self.limits
        pressure = observed["SBP"] + rule.sbp_noise * self.sbp_noise[:, slot]
        urine = observed.get("urine.mean", observed["urine"]) * np.maximum(
            1.0 + rule.urine_noise * self.urine_noise[:, slot], 0.0
        )
        leak = np.maximum(observed["permeability"] - 1.0, 0.0)
        healthy = np.full(len(pressure), np.inf)
        crossed = (
            pressure < rule.sbp_limit,
            urine < rule.urine_limit,
            observed["creatinine"] > rule.creatinine_limit,
            observed["weight"] / admission - 1.0 > rule.weight_gain_limit,
            self.chance[:, slot] < -np.expm1(-rule.other_toxicity * leak**2),
            observed.get("oxygen_saturation", healthy) < rule.oxygen_limit,
            observed.get("count_blood.platelet", healthy) < rule.platelet_limit,
        )
        return sum(
            (flag.astype(np.int64) << bit for bit, flag in enumerate(crossed)),
            np.zeros(len(pressure), np.int64),
        )


def _entered(memory: Memory | None, weight: Floats, code: int) -> Memory:
    """Memory on entering a slot: new in a new course; a new cycle starts unless the pressor was maximal."""
    n = len(weight)
    nothing = np.zeros(n, bool)
    if memory is None or memory.code // CYCLES_A_COURSE != code // CYCLES_A_COURSE:
        return Memory(code, weight.copy(), np.zeros(n, np.int64), nothing, nothing)
    if memory.code != code:
        return replace(memory, code=code, holds=np.zeros(n, np.int64), over=memory.maximal)
    return memory


def withholding(
    rule: Mapping[str, Parameter], key: Key, patients: NDArray[np.int64], slots: int
) -> Withholding:
    """The withholding rule for a block of patients; a patient meets the same chance in every arm.

    rule: parameters of a rule file of kind `withholding`; patients: int64[patient] ids; slots: dose slots of
    the arm.
    """
    noise = key.normal("decision reading", patients, 2 * slots).reshape(-1, slots, 2)
    chance = key.uniform("decision chance", patients, slots)
    return Withholding(limits(rule), noise[..., 0], noise[..., 1], chance)


def average(rule: Mapping[str, Parameter], slots: int) -> Withholding:
    """The rule for one patient without chance: errorless readings, an even chance of other toxicity."""
    nothing = np.zeros((1, slots))
    return Withholding(limits(rule), nothing, nothing, nothing + 0.5)


def reason_text(bits: int) -> str:
    """Reasons to hold in words, "pressure, urine"."""
    return ", ".join(name for bit, name in enumerate(REASONS) if bits >> bit & 1)
