"""Experiments and targets of the body's fits, and a typical patient in whom they are repeated."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukin.biology import assemble
from leukin.catalog import Catalogue
from leukin.catalog.amounts import amount, time
from leukin.catalog.load import SHIPPED
from leukin.dosing import nanomoles
from leukin.engine import System, compile_network
from leukin.inference.figures import calibrate_figures
from leukin.quantity import to_canonical, unit
from leukin.scenario import Amount, Arm, Dose, Scenario
from leukin.simulate import run_in, simulate

Floats = NDArray[np.float64]

FILE = SHIPPED / "fits" / "body.toml"
MOLECULE, HOST = "aldesleukin", "human"
#: parameters of the virtual population that set how long the untreated patient settles
POPULATION, SETTLING = "population", "settling_time"


@dataclass(frozen=True, slots=True)
class Experiment:
    """Doses to one typical patient, followed up to `horizon` (h)."""

    id: str
    arm: Arm
    horizon: float


@dataclass(frozen=True, slots=True)
class Target:
    """A published value that a fit should meet within `spread` (in its unit, or of its logarithm if `relative`)."""

    id: str
    figure: str
    value: float
    spread: float
    relative: bool
    at_least: bool

    def miss(self, predicted: float) -> float:
        """How far a prediction is off, in spreads; 0 above a lower bound."""
        off = math.log(predicted / self.value) if self.relative else predicted - self.value
        return (min(off, 0.0) if self.at_least else off) / self.spread


@dataclass(frozen=True, slots=True)
class Prior:
    """Log-normal expectation of a parameter before the fit: median (canonical) and width of the logarithm."""

    value: float
    width: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """Experiments, targets and priors by id, what was reported of the patients, the weight (g) of the typical one."""

    experiments: Mapping[str, Experiment]
    targets: Mapping[str, Target]
    priors: Mapping[str, Prior]
    reported: Mapping[str, float]
    weight: float


def read(catalogue: Catalogue, path: Path = FILE) -> Evidence:
    """The evidence file.

    Raises CatalogError for a target whose figure is not kept for calibration.
    """
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    experiments = {id: experiment(id, table) for id, table in document["experiments"].items()}
    tables = document["targets"]
    figures = {f.id: f for f in calibrate_figures(catalogue, [table["figure"] for table in tables.values()])}
    targets = {id: _target(id, table, figures[table["figure"]].value) for id, table in tables.items()}
    value, text = document["weight"].split()
    tables = document["priors"]
    priors = {id: Prior(to_canonical(t["value"], t["unit"]), t["width"]) for id, t in tables.items()}
    return Evidence(experiments, targets, priors, document["reported"], float(value) * unit(text).factor)


def experiment(id: str, table: Mapping[str, Any]) -> Experiment:
    """An experiment of an evidence file: its doses and horizon."""
    doses = tuple(_dose(dose) for dose in table["doses"])
    return Experiment(id, Arm(id, doses), time(table["horizon"]))


def _dose(table: Mapping[str, Any]) -> Dose:
    return Dose(
        MOLECULE,
        Amount(*amount(table["amount"])),
        table["route"],
        at=time(table.get("at", "0 h")),
        every=time(table.get("every", "24 h")),
        count=table.get("count", 1),
        infusion=time(table.get("infusion", "0 h")),
        cycles=table.get("cycles", 1),
        rest=time(table.get("rest", "0 h")),
    )


def _target(id: str, table: Mapping[str, Any], published: float | None) -> Target:
    relative = "relative" in table
    value = float(table.get("value", published))
    return Target(
        id,
        table["figure"],
        value,
        table["relative" if relative else "spread"],
        relative,
        table.get("at_least", False),
    )


@dataclass(frozen=True, slots=True)
class TypicalPatient:
    """The body without a tumour, compiled, and what may be given to it."""

    catalogue: Catalogue
    system: System
    evidence: Evidence

    def run(
        self, experiment: str, names: Iterable[str], times: Floats, values: Mapping[str, float] | None = None
    ) -> dict[str, Floats]:
        """Observables or states `names` at `times` (h) in an experiment, float64[time], in their own unit.

        values: parameters (canonical units) to use instead of the catalogue's.
        """
        what = self.evidence.experiments[experiment]
        params = self.system.nominal[None, :].copy()
        for name, value in {"weight": self.evidence.weight, **(values or {})}.items():
            params[0, self.system.parameter_index[name]] = value
        settling = self.catalogue.mechanism(POPULATION)[SETTLING].canonical
        molecule = self.catalogue.molecule(MOLECULE)
        course = simulate(
            self.system,
            run_in(self.system, params, settling),
            what.arm,
            [np.array([nanomoles(dose.amount, molecule)]) for dose in what.arm.doses],
            horizon=what.horizon,
            times=np.asarray(times, dtype=np.float64),
            record=tuple(names),
        )
        return {name: column[0] for name, column in course.values.items()}


def typical_patient(catalogue: Catalogue) -> TypicalPatient:
    """Compile the body of the catalogue and read the experiments."""
    evidence = read(catalogue)
    first = next(iter(evidence.experiments.values()))
    network = assemble.network(catalogue, Scenario(HOST, "", (first.arm,), first.horizon))
    return TypicalPatient(catalogue, compile_network(network), evidence)
