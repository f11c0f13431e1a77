"""Fit the receptor layer to wild-type interleukin-2 in blood cells and YT cells; nothing else is read.

Run again with `python -m leukin.inference.fit_receptor FOLDER`, FOLDER being that of the measurements; it prints fitted
values with their spread. `--rivals` also fits and scores the rival explanations, `--profiles` prints the profile of
every fitted value, `--out DIR` writes the entries with the fitted values as a folder for `--catalog`. What patients use
changes only if DIR is the catalogue of the package; exposure and body were calibrated with what stands there, and have to
be fitted again then.
"""

from __future__ import annotations

import argparse
import math
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from leukin.assay import fit_hill
from leukin.catalog import Catalogue, load_catalog
from leukin.catalog.amounts import time
from leukin.catalog.load import SHIPPED
from leukin.errors import LeukinError
from leukin.inference.receptor_data import BLOOD, Measured, read
from leukin.inference.receptor_model import CLONES, Bench, bench, predict
from leukin.inference.receptor_write import write

Floats = NDArray[np.float64]

FILE = SHIPPED / "fits" / "receptor.toml"
#: error of a well over the highest signal of its plate, of YT signals and of stained chains (percent)
ERROR, YT_ERROR, STAIN_ERROR, GAMMA_ERROR = 0.08, 8.0, 8.0, 5.0
#: the dose (nM) whose rise with time also counts on a logarithmic scale, and the error of that
LOW_DOSE, LOW_ERROR = 0.115226, 0.3
#: change of a logarithm for derivatives
STEP = 0.02


#: cell types of the blood plates, and the clones
CELLS = (*BLOOD.values(), *CLONES)
#: profiles: shifts of a logarithm, and the rise of the sum of squares that bounds an interval of 95 %
SHIFTS, BOUND = (-1.0, 1.0), 3.84


@dataclass(frozen=True, slots=True)
class Prior:
    """Expectation of a value before the fit: median in canonical units (None: as in the catalogue), width of the log."""

    width: float
    median: float | None = None


@dataclass(frozen=True, slots=True)
class Rival:
    """Another explanation: what more is fitted (with its prior), and factors on values that are held."""

    id: str
    why: str
    free: Mapping[str, Prior]
    held: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Setup:
    """Priors, stated EC50 (nM) by cell at `time` (h) with the spread of their logarithm, rivals, goals."""

    priors: Mapping[str, Prior]
    ec50: Mapping[str, float]
    time: float
    spread: float
    rivals: tuple[Rival, ...]
    goals: Mapping[str, Any]


def setup(path: Path = FILE) -> Setup:
    """What the file of the fit states."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    targets = document["targets"]
    rivals = tuple(
        Rival(
            key,
            table["why"],
            {name: Prior(width) for name, width in table.get("free", {}).items()},
            dict(table.get("held", {})),
        )
        for key, table in document["rivals"].items()
    )
    return Setup(
        {name: Prior(table["width"]) for name, table in document["priors"].items()},
        dict(targets["ec50_nM"]),
        time(targets["time"]),
        targets["spread"],
        rivals,
        dict(document["goals"]),
    )


@dataclass(frozen=True, slots=True)
class Fitted:
    """Values (canonical) with standard errors of their logarithms, and the sums of squares of data and priors."""

    values: Mapping[str, float]
    errors: Mapping[str, float]
    priors: Mapping[str, Prior]
    data: float
    penalty: float
    residuals: int

    @property
    def total(self) -> float:
        """What the fit minimised."""
        return self.data + self.penalty


def residuals(found: Mapping[Any, Floats], data: Measured, plan: Setup, which: int) -> Floats:
    """Residuals of set `which` of the predictions, in errors; the scale of every plate is the best one."""
    off = []
    first = {plate.cell: plate for plate in reversed(data.plates)}
    for cell, stated in plan.ec50.items():
        column = int(np.abs(first[cell].times - plan.time).argmin())
        curve = fit_hill(first[cell].doses, found[cell][which][:, column])
        off.append(np.array([math.log(curve.ec50 / stated) / plan.spread]))
    for plate in data.plates:
        model = found[plate.cell][which]
        weight = plate.weight
        scale = (weight * plate.signal * model).sum() / max((weight * model**2).sum(), 1e-30)
        off.append((np.sqrt(weight) * (plate.signal - scale * model) / (ERROR * plate.top)).ravel())
        row = int(np.abs(plate.doses - LOW_DOSE).argmin())
        ratio = np.log(np.maximum(plate.signal[row], 1.0) / np.maximum(scale * model[row], 1e-9))
        off.append(np.sqrt(weight[row]) * ratio / LOW_ERROR)
    for clone, signal in data.yt_signal.items():
        model = found[clone, "dose"][which]
        scale = (signal * model).sum() / max((model**2).sum(), 1e-30)
        off.append((signal - scale * model) / YT_ERROR)
    for one in data.stained:
        off.append((one.percent - found[one.cell, one.dose][which])[1:] / STAIN_ERROR)
    off.append((data.gamma_percent - found["gamma"][which])[1:] / GAMMA_ERROR)
    return np.concatenate(off)


def fit(
    made: Bench,
    data: Measured,
    plan: Setup,
    priors: Mapping[str, Prior],
    start: Mapping[str, float] | None = None,
    fixed: Mapping[str, float] | None = None,
    say: Callable[[str], None] | None = None,
    evaluations: int = 25,
) -> Fitted:
    """Values of `priors` that are most likely under the data; `fixed`: values (canonical) that are held."""
    held = dict(fixed or {})
    names = [name for name in priors if name not in held]
    centre = {name: p.median if p.median is not None else made.value(name) for name, p in priors.items()}
    first = dict(start or {})
    origin = np.log([first.get(name, centre[name]) for name in names])
    target = np.log([centre[name] for name in names])
    width = np.array([priors[name].width for name in names])

    def sets(points: Floats) -> dict[str, Floats]:
        table = {name: np.exp(origin[i] + points[:, i]) for i, name in enumerate(names)}
        return table | {name: np.full(len(points), value) for name, value in held.items()}

    def many(points: Floats) -> Floats:
        found = predict(made, sets(points), data)
        expected = (origin[None, :] + points - target[None, :]) / width[None, :]
        return np.stack(
            [np.concatenate([residuals(found, data, plan, i), expected[i]]) for i in range(len(points))]
        )

    def slopes(point: Floats) -> Floats:
        seen = many(np.vstack([point, point + STEP * np.eye(len(names))]))
        if say is not None:
            say(f"sum of squares {float((seen[0] ** 2).sum()):.1f}")
        return (seen[1:] - seen[0]).T / STEP

    best = least_squares(
        lambda x: many(x[None, :])[0],
        np.zeros(len(names)),
        jac=slopes,
        bounds=(-6.0, 6.0),
        xtol=1e-3,
        ftol=1e-4,
        max_nfev=evaluations,
    )
    values = {name: float(math.exp(o + x)) for name, o, x in zip(names, origin, best.x, strict=True)}
    spread = np.sqrt(np.diag(np.linalg.pinv(best.jac.T @ best.jac)))
    squares = best.fun**2
    parts = len(squares) - len(names)
    return Fitted(
        values | held,
        dict(zip(names, map(float, spread), strict=True)) | dict.fromkeys(held, 0.0),
        priors,
        float(squares[:parts].sum()),
        float(squares[parts:].sum()),
        parts,
    )


def one_point(catalogue: Catalogue) -> Catalogue:
    """The catalogue in which no blood cell has a half-point of its own: one set of signalling parameters for all."""
    from dataclasses import replace

    cells = dict(catalogue.cells)
    for cell in BLOOD.values():
        own = {key: p for key, p in cells[cell].parameters.items() if key != "K_A"}
        cells[cell] = replace(cells[cell], parameters=own)
    return replace(catalogue, cells=cells)


def fit_all(
    catalogue: Catalogue, data: Measured, plan: Setup, say: Callable[[str], None] | None = None
) -> Fitted:
    """The chosen form fitted: receptor numbers as measured, one set of signalling parameters."""
    return fit(bench(one_point(catalogue), CELLS), data, plan, plan.priors, say=say)


def fit_rival(catalogue: Catalogue, data: Measured, plan: Setup, rival: Rival, start: Fitted) -> Fitted:
    """A rival fitted from the values of the chosen form."""
    own = "nk.K_A" in rival.free
    made = bench(catalogue if own else one_point(catalogue), CELLS)
    held = {name: factor * made.value(name) for name, factor in rival.held.items()}
    priors = {**plan.priors, **rival.free}
    return fit(made, data, plan, priors, start=start.values, fixed=held)


def profile(catalogue: Catalogue, data: Measured, plan: Setup, best: Fitted, name: str) -> dict[float, float]:
    """Rise of the sum of squares when the logarithm of one value is moved and all others are fitted again."""
    made = bench(one_point(catalogue), CELLS)
    return {
        shift: fit(
            made,
            data,
            plan,
            plan.priors,
            best.values,
            {name: best.values[name] * math.exp(shift)},
            evaluations=6,
        ).total
        - best.total
        for shift in SHIFTS
    }


def verdict(rises: Mapping[float, float]) -> str:
    """Whether the data bound a value on both sides within the shifts of its profile, on one side, or not at all."""
    below = any(rise > BOUND for shift, rise in rises.items() if shift < 0)
    above = any(rise > BOUND for shift, rise in rises.items() if shift > 0)
    return "finite" if below and above else "one-sided" if below or above else "flat"


def report(made: Bench, found: Fitted) -> str:
    """Fitted values in canonical units beside those of the catalogue, with errors of their logarithms."""
    lines = [f"sum of squares {found.data:.1f} of {found.residuals} residuals, priors {found.penalty:.1f}"]
    lines.append(f"{'value':22s}{'fitted':>12s}{'catalogue':>12s}{'ln error':>10s}{'prior':>8s}")
    lines += [
        f"{name:22s}{value:12.4g}{made.value(name):12.4g}{found.errors[name]:10.2f}{found.priors[name].width:8.2f}"
        for name, value in found.values.items()
        if name in found.priors
    ]
    return "\n".join(lines)


def main(words: list[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m leukin.inference.fit_receptor")
    parser.add_argument("folder", type=Path, help="folder of the measurements")
    parser.add_argument("--rivals", action="store_true", help="fit the rival explanations too")
    parser.add_argument("--profiles", action="store_true", help="profile every fitted value")
    parser.add_argument("--out", type=Path, help="write entries with the fitted values into this folder")
    given = parser.parse_args(words)
    catalogue, plan, data = load_catalog(), setup(), read(given.folder)
    best = fit_all(catalogue, data, plan, say=lambda text: print(text, flush=True))
    print(report(bench(catalogue, CELLS), best))
    if given.profiles:
        for name in best.priors:
            rises = profile(catalogue, data, plan, best, name)
            print(
                f"{name:22s}", *(f"{s:+.1f}: {r:7.1f}" for s, r in rises.items()), verdict(rises), flush=True
            )
    if given.rivals:
        for rival in plan.rivals:
            found = fit_rival(catalogue, data, plan, rival, best)
            print(f"{rival.id:30s} {found.data:8.1f} + {found.penalty:5.1f}   {rival.why}", flush=True)
    if given.out is not None:
        for path in write(given.out, best, catalogue):
            print(f"written: {path}")


def guarded(command: Callable[[], None]) -> None:
    """Run a command; bad input is one line on stderr and exit code 2."""
    try:
        command()
    except LeukinError as error:
        print(error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    guarded(main)
