"""How the receptor layer stands against its goals: one row a figure, hit or miss, fitted or predicted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukin.assay import Hill, fit_hill
from leukin.inference.fit_receptor import LOW_DOSE, Setup
from leukin.inference.receptor_data import BLOOD, Measured
from leukin.inference.receptor_model import Bench, courses

Floats = NDArray[np.float64]

TIMES = np.array([0.5, 1.0, 2.0, 4.0])
#: wells of a curve that a mask may take before its Hill curve is not read
LOST = 2
FITTED, PREDICTED, SHOWN, CHOSEN = "fitted", "predicted", "shown", "chosen"
#: slopes near 1 and near 2
ONE, TWO = (0.75, 1.35), (1.6, 2.4)


@dataclass(frozen=True, slots=True)
class Row:
    """A figure: what was published or asked for, what the model gives, whether it was fitted, and the verdict."""

    quantity: str
    published: str
    model: str
    role: str
    hit: bool | None

    @property
    def verdict(self) -> str:
        """hit, miss, or nothing where there is nothing to meet."""
        return "" if self.hit is None else "hit" if self.hit else "**miss**"


def measured_curves(data: Measured) -> dict[tuple[str, float], list[Hill]]:
    """Hill curves through the plates by cell and time, one a date; dates with more than two bad wells left out."""
    found: dict[tuple[str, float], list[Hill]] = {}
    for plate in data.plates:
        for column, moment in enumerate(plate.times):
            good = plate.weight[:, column] > 0
            if (~good).sum() <= LOST:
                curve = fit_hill(plate.doses[good], plate.signal[good, column])
                found.setdefault((plate.cell, float(moment)), []).append(curve)
    return found


def model_curves(made: Bench, values: Mapping[str, float]) -> dict[str, Floats]:
    """pSTAT5 [dose, time] of blood cells on the plate of the experiment (84 nM and eleven threefold dilutions)."""
    sets = {name: np.array([value]) for name, value in values.items()} or {"h": np.array([made.value("h")])}
    return {cell: courses(made, cell, sets, plate_doses(), TIMES)[0] for cell in BLOOD.values()}


def plate_doses() -> Floats:
    """Doses of the plates, nM, rising."""
    return np.array([84.0 / 3.0**k for k in range(12)][::-1])


def rms(logs: Sequence[float]) -> float:
    """A root mean square factor."""
    return math.exp(math.sqrt(float(np.mean(np.square(logs)))))


def scores(made: Bench, values: Mapping[str, float], data: Measured, plan: Setup) -> list[Row]:
    """Every goal of the receptor layer that the measurements speak to."""
    curves = model_curves(made, values)
    fits = {
        (c, float(t)): fit_hill(plate_doses(), y[:, i])
        for c, y in curves.items()
        for i, t in enumerate(TIMES)
    }
    seen = measured_curves(data)
    rows = [*_ec50(fits, seen, plan), *_slopes(fits, seen), *_times(curves, data)]
    return [*rows, *_yt(made, values, data), *_surface(made, values, data, plan)]


def _ec50(
    fits: Mapping[tuple[str, float], Hill], seen: Mapping[tuple[str, float], list[Hill]], plan: Setup
) -> Iterator[Row]:
    for cell, stated in plan.ec50.items():
        dates = ", ".join(f"{curve.ec50:.3g}" for curve in seen[cell, 1.0])
        yield Row(
            f"EC50 at 1 h, {cell} (nM)",
            f"{stated:.3g} stated; {dates} by date",
            f"{fits[cell, 1.0].ec50:.3g}",
            FITTED,
            None,
        )
    goal, wide = plan.goals["ec50_hour"], plan.goals["ec50_all"]
    stated = rms([math.log(fits[cell, 1.0].ec50 / value) for cell, value in plan.ec50.items()])
    yield Row(
        "EC50 at 1 h, root mean square factor to those stated",
        f"at most {goal:g}",
        f"{stated:.2f}",
        FITTED,
        stated <= goal,
    )
    mean = {key: float(np.mean(np.log([curve.ec50 for curve in dates]))) for key, dates in seen.items()}
    hour = rms([math.log(fits[key].ec50) - value for key, value in mean.items() if key[1] == plan.time])
    yield Row(
        "EC50 at 1 h, root mean square factor to the two dates",
        f"at most {goal:g}",
        f"{hour:.2f}",
        FITTED,
        hour <= goal,
    )
    every = rms([math.log(fits[key].ec50) - value for key, value in mean.items()])
    yield Row(
        "EC50 over 0.5 to 4 h, root mean square factor to the dates",
        f"at most {wide:g}",
        f"{every:.2f}",
        FITTED,
        every <= wide,
    )
    pairs = [np.log([curve.ec50 for curve in dates]) for dates in seen.values() if len(dates) > 1]
    spread = rms([float(x - pair.mean()) for pair in pairs for x in pair])
    yield Row(
        "the same between the two dates",
        f"published model {plan.goals['ec50_published']:g}",
        f"{spread:.2f}",
        SHOWN,
        None,
    )


def _slopes(
    fits: Mapping[tuple[str, float], Hill], seen: Mapping[tuple[str, float], list[Hill]]
) -> Iterator[Row]:
    for cell in BLOOD.values():
        dates = ", ".join(f"{curve.slope:.2f}" for curve in seen[cell, 1.0])
        wanted = {"treg": ONE, "cd8": TWO, "nk": TWO}.get(cell)
        slope = fits[cell, 1.0].slope
        hit = None if wanted is None else wanted[0] <= slope <= wanted[1]
        goal = "" if wanted is None else "near 1; " if wanted == ONE else "near 2; "
        yield Row(f"Hill slope at 1 h, {cell}", f"{goal}{dates} by date", f"{slope:.2f}", FITTED, hit)


def _times(curves: Mapping[str, Floats], data: Measured) -> Iterator[Row]:
    """pSTAT5 at 4 h over that at 0.5 h at the highest dose and at 0.115 nM."""
    for dose, words in ((84.0, "falls by 4 h"), (LOW_DOSE, "rises by 4 h")):
        for cell, y in curves.items():
            row = int(np.abs(plate_doses() - dose).argmin())
            ratio = float(y[row, 3] / y[row, 0])
            best = float((y[row] / y[row, 0]).max())
            shown = []
            for plate in data.plates:
                at = int(np.abs(plate.doses - dose).argmin())
                if plate.cell == cell and plate.weight[at].min() > 0:
                    shown.append(f"{plate.signal[at, 3] / plate.signal[at, 0]:.2f}")
            hit = ratio < 1 if dose > 1 else best > 1 + 1e-3
            yield Row(
                f"pSTAT5 at {dose:.3g} nM, {cell}: 4 h over 0.5 h", f"{words}; {', '.join(shown) or '-'} by date",
                f"{ratio:.2f}" + ("" if dose > 1 else f", highest {best:.2f}"), FITTED, hit,
            )  # fmt: skip


def _yt(made: Bench, values: Mapping[str, float], data: Measured) -> Iterator[Row]:
    sets = {name: np.array([value]) for name, value in values.items()} or {"h": np.array([made.value("h")])}
    from leukin.inference.receptor_model import YT_TIME

    for clone, signal in data.yt_signal.items():
        y = courses(made, clone, sets, data.yt_doses, np.array([YT_TIME]))[0, :, 0]
        theirs, ours = fit_hill(data.yt_doses, signal).ec50, fit_hill(data.yt_doses, y).ec50
        yield Row(
            f"EC50 of {clone} (nM)",
            f"{theirs:.3g}",
            f"{ours:.3g}",
            FITTED,
            abs(math.log(ours / theirs)) < math.log(1.5),
        )


def _surface(made: Bench, values: Mapping[str, float], data: Measured, plan: Setup) -> Iterator[Row]:
    """Stained CD122 and CD132 of the YT clones, and what a signalling surface complex loses of its ligand."""
    sets = {name: np.array([value]) for name, value in values.items()} or {"h": np.array([made.value("h")])}
    goal = plan.goals["stained"]
    one = next(s for s in data.stained if s.cell == goal["cell"] and s.dose == goal["dose"])
    at = int(np.abs(one.times - goal["minutes"] / 60.0).argmin())
    y = courses(made, one.cell, sets, np.array([one.dose]), one.times, "stained")[0, 0]
    lost = 100.0 * (1.0 - float(y[at] / y[0]))
    yield Row(
        f"stained CD122 lost by {goal['minutes']:g} min, {one.cell}, {one.dose:g} nM (%)",
        f"{100 - one.percent[at]:.0f} ({goal['lost']:g} within {goal['within']:g})", f"{lost:.0f}", FITTED,
        abs(lost - goal["lost"]) <= goal["within"],
    )  # fmt: skip
    half = int(np.abs(data.gamma_times - 2.0).argmin())
    gamma = courses(made, "yt", sets, np.array([500.0]), data.gamma_times, "gamma")[0, 0]
    kept = 100.0 * float(gamma[half] / gamma[0])
    yield Row(
        "CD132 left at 2 h, yt, 500 nM (%)",
        f"{data.gamma_percent[half]:.0f}",
        f"{kept:.0f}",
        FITTED,
        abs(kept - data.gamma_percent[half]) < 15,
    )
    low, high = plan.goals["consumption"]["low"], plan.goals["consumption"]["high"]
    for cell in BLOOD.values():
        rate = consumption(made, sets, cell)
        yield Row(
            f"ligand lost per signalling surface complex, {cell}, 1 nM, 1 to 2 h (1/min)",
            f"{low:g} to {high:g}",
            f"{rate:.3f}",
            CHOSEN,
            low <= rate <= high,
        )


def consumption(made: Bench, sets: Mapping[str, Floats], cell: str) -> float:
    """Ligand destroyed from 1 to 2 h over the mean of signalling surface complexes in that time, 1/min, at 1 nM."""
    dose, times = np.array([1.0]), np.array([1.0, 1.5, 2.0])
    lost = courses(made, cell, sets, dose, times, "destroyed")[0, 0]
    held = courses(made, cell, sets, dose, times, "surface")[0, 0]
    return float((lost[2] - lost[0]) / held.mean() / 60.0)
