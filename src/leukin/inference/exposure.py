"""Exposure beside what was published: half-lives, levels and shares by species, route and format.

`python -m leukin.inference.exposure` prints the table.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukin.biology import assemble
from leukin.catalog import Catalogue, load_catalog
from leukin.catalog.amounts import amount, time
from leukin.catalog.load import SHIPPED
from leukin.dosing import amounts, nanomoles
from leukin.engine import System, compile_network
from leukin.inference.experiments import POPULATION, SETTLING
from leukin.quantity import from_canonical, unit
from leukin.scenario import Amount, Arm, Dose, Scenario
from leukin.simulate import Start, run_in, simulate

Floats = NDArray[np.float64]

FILE = SHIPPED / "fits" / "exposure.toml"
PLASMA = "IL2_plasma"
#: points of a course; times in a window of a half-life
POINTS = 961


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure beside the model: observed value with its interval (None: not stated), predicted, both in `unit`."""

    assay: str
    figure: str
    role: str
    quantity: str
    unit: str
    observed: float
    low: float | None
    high: float | None
    predicted: float
    note: str = ""

    @property
    def fold(self) -> float:
        """How many times the prediction is off, 1 or more."""
        ratio = self.predicted / self.observed
        return max(ratio, 1.0 / ratio) if ratio > 0 else math.inf

    @property
    def inside(self) -> bool | None:
        """Whether the prediction lies in the published interval; None where there is none."""
        if self.low is None or self.high is None:
            return None
        return self.low <= self.predicted <= self.high


def assays(path: Path = FILE) -> Mapping[str, Mapping[str, Any]]:
    """The assays of the evidence file by id."""
    return tomllib.loads(path.read_text(encoding="utf-8"))["assays"]


def compare(catalogue: Catalogue, path: Path = FILE) -> tuple[Compared, ...]:
    """Every assay of the evidence file, predicted by the catalogue's values."""
    ready = bench(catalogue, path)
    return tuple(compared(ready, id, table) for id, table in assays(path).items())


def bench(catalogue: Catalogue, path: Path = FILE) -> Bench:
    """What assays are read on."""
    return Bench(catalogue, tomllib.loads(path.read_text(encoding="utf-8"))["reading"])


def compared(
    bench: Bench, id: str, table: Mapping[str, Any], values: Mapping[str, float] | None = None
) -> Compared:
    """One assay; values: parameters (canonical) in place of the catalogue's."""
    figure = bench.catalogue.figure(table["figure"])
    shown = table.get("unit", figure.unit)
    stated = table.get("value", figure.value)
    own = "value" in table
    return Compared(
        assay=id,
        figure=figure.id,
        role=figure.role,
        quantity=figure.quantity,
        unit=shown,
        observed=float(stated),
        low=table.get("low", None if own else figure.low),
        high=table.get("high", None if own else figure.high),
        predicted=bench.predict(table, shown, values or {}),
        note=table.get("note", ""),
    )


@dataclass(frozen=True, slots=True)
class Bench:
    """Typical people and animals without a tumour, compiled when they are needed, and how readings are made."""

    catalogue: Catalogue
    reading: Mapping[str, Any]
    ready: dict[tuple[str, str, str], System] = field(default_factory=dict)

    def system(self, molecule: str, host: str, route: str) -> System:
        """The body of a host under a molecule that is given by a route."""
        key = (molecule, host, route)
        if key not in self.ready:
            scenario = Scenario(host, "", (Arm("assay", (Dose(molecule, Amount(1.0, "nmol"), route),)),), 1.0)
            self.ready[key] = compile_network(assemble.network(self.catalogue, scenario))
        return self.ready[key]

    def predict(self, table: Mapping[str, Any], shown: str, values: Mapping[str, float]) -> float:
        """What an assay reads, in the unit shown (a fold for a ratio of two observables)."""
        own = self.read(table, values)
        if "over" in table:
            other = self.read({**_without_reading(table), **table["over"]}, values)
            return own / other * (100.0 if shown == "%" else 1.0)
        if "half_life" in table or "time_of_maximum" in table:
            return float(from_canonical(own, shown))
        dose = _dose(table["molecule"], table["doses"][0])
        molecule = self.catalogue.molecule(table["molecule"])
        if shown == "%ID/g":
            given = nanomoles(dose.amount, molecule)
            return 100.0 * own * self.reading["plasma_share"] * 1e-3 / given
        return float(own / nanomoles(Amount(1.0, "IU"), molecule) * unit("mL").factor)

    def read(self, table: Mapping[str, Any], values: Mapping[str, float]) -> float:
        """The reading in canonical units: hours of a half-life or time, nM of a level."""
        window = [time(text) for text in table.get("half_life", table.get("mean", ()))]
        stop = max([*window, time(table.get("until", "0 h")), time(table.get("level", "0 h"))]) or 0.01
        times = np.linspace(0.0, stop, POINTS)
        level = self.course(table, times, values)
        if "half_life" in table or "mean" in table:
            chosen = (times >= window[0]) & (times <= window[1])
            if "mean" in table:
                return float(np.trapezoid(level[chosen], times[chosen]) / (window[1] - window[0]))
            return -math.log(2.0) / float(np.polyfit(times[chosen], np.log(level[chosen]), 1)[0])
        if "time_of_maximum" in table:
            return float(times[level.argmax()])
        return float(level.max() if "maximum" in table else np.interp(time(table["level"]), times, level))

    def course(self, table: Mapping[str, Any], times: Floats, values: Mapping[str, float]) -> Floats:
        """Level (nM) above the untreated one of what an assay reads, float64[time]."""
        arm = Arm("assay", tuple(_dose(table["molecule"], dose) for dose in table["doses"]))
        system, start, given = self.started(table, arm, values)
        name = table.get("of", PLASMA)
        run = simulate(system, start, arm, given, horizon=float(times[-1]), times=times, record=(name,))
        return run[name][0] - self._before(system, start, name)

    def untreated(self, table: Mapping[str, Any]) -> float:
        """What an assay reads before the first dose."""
        arm = Arm("assay", tuple(_dose(table["molecule"], dose) for dose in table["doses"]))
        system, start, _ = self.started(table, arm, {})
        return self._before(system, start, table.get("of", PLASMA))

    def started(
        self, table: Mapping[str, Any], arm: Arm, values: Mapping[str, float]
    ) -> tuple[System, Start, list[Floats]]:
        """The body, settled, and the amounts (nmol) of an assay."""
        molecule, host = table["molecule"], table["host"]
        system = self.system(molecule, host, arm.doses[0].route)
        params = system.nominal[None, :].copy()
        weight, text = self.reading["weight"].split()
        fixed = {"weight": float(weight) * unit(text).factor} if host == "human" else {}
        for name, value in {**fixed, **values}.items():
            params[0, system.parameter_index[name]] = value
        settling = self.catalogue.mechanism(POPULATION)[SETTLING].canonical
        size = [params[:, system.parameter_index[name]] for name in ("weight", "height")]
        given = amounts(arm, {molecule: self.catalogue.molecule(molecule)}, size[0], size[1])
        return system, run_in(system, params, settling), given

    def _before(self, system: System, start: Start, name: str) -> float:
        return float(system.observe([name], start.state[:, None, :], start.parameters)[name][0, 0])


def _without_reading(table: Mapping[str, Any]) -> dict[str, Any]:
    words = ("half_life", "mean", "level", "maximum", "time_of_maximum", "over")
    return {key: value for key, value in table.items() if key not in words}


def _dose(molecule: str, table: Mapping[str, Any]) -> Dose:
    return Dose(
        molecule,
        Amount(*amount(table["amount"])),
        table["route"],
        every=time(table.get("every", "24 h")),
        count=table.get("count", 1),
        infusion=time(table.get("infusion", "0 h")),
    )


def text(rows: tuple[Compared, ...]) -> str:
    """Observed beside predicted, one line an assay."""
    lines = [
        f"{'assay':26s}{'figure':>8s}  {'role':10s}{'unit':>8s}{'observed':>10s}{'predicted':>11s}{'fold':>7s}  inside"
    ]
    for row in rows:
        inside = {None: "-", True: "yes", False: "no"}[row.inside]
        lines.append(
            f"{row.assay:26s}{row.figure:>8s}  {row.role:10s}{row.unit:>8s}"
            f"{row.observed:10.4g}{row.predicted:11.4g}{row.fold:7.2f}  {inside}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    print(text(compare(load_catalog())))
