"""The plan of a trial: its model, what is recorded and when, and its patients in blocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukin.biology import assemble
from leukin.catalog import Catalogue, TrialRecord
from leukin.engine import System, compile_network
from leukin.errors import CatalogError, Problem, nearest
from leukin.population import Recipe, recipe
from leukin.scenario import Arm, Scenario, scenario
from leukin.trial import courses, decisions, grades
from leukin.trial.criteria import criterion_rule
from leukin.trial.outcome import HAZARDS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: patients in a block: fixed, so that a result never depends on the number of workers
BLOCK = 64
#: patients of one draw of the uncertain parameters are numbered from draw * DRAW_OFFSET on
DRAW_OFFSET = 1_000_000


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive patients that are run together; draw 0 stands for the values of the catalogue."""

    id: int
    draw: int
    patients: Ints


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a block needs; nothing in it changes, so blocks run in any order and on any worker."""

    trial: TrialRecord
    catalogue: Catalogue
    scenario: Scenario
    seed: int
    patients: int
    draws: int
    blocks: tuple[Block, ...]
    system: System
    recipe: Recipe
    times: Floats
    record: tuple[str, ...]
    courses: tuple[str, ...]

    @property
    def units(self) -> dict[str, str]:
        """Unit of every observable in the time courses."""
        return {name: self.system.unit_of(name) for name in self.courses}

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms."""
        return tuple(arm.name for arm in self.scenario.arms)

    def arm(self, name: str) -> Arm:
        """The arm `name`; CatalogError with the nearest name where there is none."""
        for arm in self.scenario.arms:
            if arm.name == name:
                return arm
        raise CatalogError(Problem(field="arm", reason=f"no arm '{name}'", fix=nearest(name, self.arms)))


def plan(
    trial: TrialRecord,
    catalogue: Catalogue,
    patients: int | None = None,
    seed: int = 1,
    draws: int = 0,
    system: System | None = None,
) -> Plan:
    """Plan a trial: assemble and compile its model, and divide its patients into blocks.

    patients: how many in every arm (None: as the trial had); draws: how often the trial is repeated, with as
    many patients as it had, each time with other values of the uncertain parameters; system: a model of one's
    own (None: the one of the catalogue). Raises CatalogError and AssemblyError.
    """
    what = scenario(trial)
    criterion_rule(trial.response)
    if system is None:
        system = compile_network(assemble.network(catalogue, what))
    shown = courses.recorded(observable.name for observable in system.network.observables)
    n = trial.patients if patients is None else patients
    return Plan(
        trial=trial,
        catalogue=catalogue,
        scenario=what,
        seed=seed,
        patients=n,
        draws=draws,
        blocks=_blocks(n, trial.patients, draws),
        system=system,
        recipe=recipe(catalogue, what.host, what.tumour),
        times=courses.time_grid(what.arms, what.horizon, what.scans),
        record=_record(system, shown),
        courses=shown,
    )


def _blocks(patients: int, published: int, draws: int) -> tuple[Block, ...]:
    found: list[Block] = []
    for draw in range(draws + 1):
        first, n = draw * DRAW_OFFSET, published if draw else patients
        for begin in range(0, n, BLOCK):
            numbers = np.arange(first + begin, first + min(begin + BLOCK, n), dtype=np.int64)
            found.append(Block(len(found), draw, numbers))
    return tuple(found)


def _record(system: System, shown: tuple[str, ...]) -> tuple[str, ...]:
    """What is recorded: time courses, and what decisions, grades, scans and deaths read."""
    observables = [observable.name for observable in system.network.observables]
    names = [*shown, *decisions.OBSERVED, *grades.OBSERVED, *HAZARDS]
    names += [name for name in observables if name.startswith("diameter.")]
    available = {*observables, *system.state_index}
    return tuple(dict.fromkeys(name for name in names if name in available))
