"""Random patients of a trial, treated by any engine, with doses decided once and then repeated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from leukin.catalog import load_catalog, load_trial
from leukin.dosing import amounts
from leukin.engine import System
from leukin.keys import Key
from leukin.population import sample
from leukin.quantity import from_canonical
from leukin.scenario import Arm
from leukin.simulate import Solver, Start, Trajectory, run_in, simulate
from leukin.timeline import boundaries, slot_count
from leukin.trial import Plan, plan
from leukin.trial.decisions import OBSERVED, withholding

SEED = 1
#: a state is compared over its largest value, but at least this part of its typical magnitude: what stays below is nothing
LEAST = 1e-3


@dataclass(frozen=True)
class Group:
    """Patients `ids` of a trial, drawn without the plausibility screen, before they are treated."""

    plan: Plan
    arm: Arm
    ids: np.ndarray
    params: np.ndarray

    @property
    def system(self) -> System:
        return self.plan.system

    def start(self, solver: Solver) -> Start:
        """The patients at time 0 after the untreated run-in."""
        return run_in(self.system, self.params, self.plan.recipe.rules["settling_time"].canonical, solver)

    def treat(
        self, start: Start, solver: Solver, horizon: float, actions: np.ndarray | None = None
    ) -> Trajectory:
        """Every state at every output; doses under the rule, or `actions` repeated.

        Outputs hourly in the two weeks of treatment, else daily, and at the horizon.
        """
        weeks = [np.arange(begin, begin + 7 * 24.0) for begin in (0.0, 336.0)]
        times = np.unique(np.concatenate([*weeks, np.arange(0.0, horizon, 24.0)]))
        index = self.system.parameter_index
        molecules = {dose.molecule: self.plan.catalogue.molecule(dose.molecule) for dose in self.arm.doses}
        given = amounts(
            self.arm, molecules, start.parameters[:, index["weight"]], start.parameters[:, index["height"]]
        )
        if actions is None:
            slots = slot_count(boundaries(self.arm, horizon))
            decide: Any = withholding(
                self.plan.catalogue.rule(self.arm.rule).parameters, Key(SEED), self.ids, slots
            )
        else:
            decide = lambda seen, memory, slot, cycle: (actions[:, slot], memory)  # noqa: E731
        return simulate(
            self.system, start, self.arm, given, horizon=horizon, times=np.append(times[times < horizon], horizon),
            record=tuple(dict.fromkeys((*self.system.states, *OBSERVED))), decide=decide, solver=solver,
        )  # fmt: skip


def group(ids: Sequence[int], trial: str = "fyfe-1995-rcc", arm: int = 0) -> Group:
    """Patients number `ids` in an arm of a trial of the catalogue."""
    catalogue = load_catalog()
    made = plan(load_trial(trial, catalogue), catalogue)
    numbers = np.array(ids, np.int64)
    drawn = sample(made.system, made.recipe, Key(SEED), numbers)
    return Group(made, made.scenario.arms[arm], numbers, drawn.parameters)


def differences(
    system: System, found: Trajectory, reference: Trajectory
) -> list[tuple[float, str, int, float]]:
    """Every state's largest difference over its largest value in the reference: (difference, state, row, time), worst first.

    A clone's values between the two moments at which it dies out are left out: there the one engine has the last cell
    and the other none. The moments themselves are compared by `moments`.
    """
    clones = {e.species: k for k, e in enumerate(system.network.extinctions)}
    table = []
    for name in system.states:
        typical = from_canonical(system.scale[system.state_index[name]], reference.units[name])
        size = np.maximum(np.abs(reference[name]).max(axis=1), LEAST * typical)
        apart = np.abs(found[name] - reference[name]) / size[:, None]
        if name in clones:
            ends = np.stack([x.extinct[:, clones[name]] for x in (found, reference)])
            apart[
                (reference.times >= ends.min(axis=0)[:, None])
                & (reference.times <= ends.max(axis=0)[:, None])
            ] = 0.0
        for row, at in enumerate(apart.argmax(axis=1)):
            table.append((float(apart[row, at]), name, row, float(reference.times[at])))
    return sorted(table, reverse=True)


def moments(found: Trajectory, reference: Trajectory) -> float:
    """Largest difference between the times of extinction over the horizon; one beyond the horizon counts as at it."""
    horizon = float(reference.times[-1])
    ends = [np.where(np.isnan(x.extinct), horizon, x.extinct) for x in (found, reference)]
    return float(np.abs(ends[0] - ends[1]).max(initial=0.0)) / horizon
