"""Fit the tumour's response to high-dose IL-2: reactive fractions and effector growth to two registration trials.

Run again with `python -m leukin.inference.fit_tumour --patients 1000 --write`. The likelihood is multinomial in
complete, partial and no response; every value has a log-normal prior about the catalogue's prior value. All
evaluations share their random numbers, so that patients change with the parameters alone.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from leukin.catalog import Catalogue, load_catalog
from leukin.inference.figures import calibrate_figures
from leukin.quantity import Parameter
from leukin.trial import plan, run_block
from leukin.trial.summarise import OK

Floats = NDArray[np.float64]

#: what is fitted: entry and parameter
FITTED = (
    ("renal-cell-carcinoma", "reactive_fraction"),
    ("melanoma", "reactive_fraction"),
    ("tumour-immunity", "effector_growth"),
)
#: trial -> its figures of overall and complete response; nothing else is read
TARGETS = {"fyfe-1995-rcc": ("F041a", "F041b"), "atkins-1999-melanoma": ("F043a", "F043b")}


@dataclass(frozen=True, slots=True)
class Rates:
    """Share of patients with a complete, and with a partial response, among `n`."""

    complete: float
    partial: float
    n: int

    @property
    def classes(self) -> Floats:
        """Shares of complete, partial and no response."""
        return np.array([self.complete, self.partial, 1.0 - self.complete - self.partial])


def observed(catalogue: Catalogue, trial: str) -> Rates:
    """Published response of a trial; only figures for calibration are read."""
    figures = {figure.id: figure for figure in calibrate_figures(catalogue, TARGETS[trial])}
    overall, complete = (figures[id] for id in TARGETS[trial])
    n = overall.patients
    both = overall.fractions[0], complete.fractions[0]
    if n is None or both[0] is None or both[1] is None:
        raise ValueError(f"figures of {trial} give no counts")
    return Rates(both[1], both[0] - both[1], n)


def predicted(catalogue: Catalogue, trial: str, patients: int, seed: int) -> Rates:
    """Response of virtual patients in the first arm of a trial."""
    record = catalogue.trial(trial)
    task = plan(record, catalogue, patients=patients, seed=seed)
    best: list[str] = []
    for block in task.blocks:
        rows = run_block(task, block).patients
        rows = rows[(rows["status"] == OK) & (rows["arm"] == record.arms[0].name)]
        best += list(rows["best_response"])
    n = len(best)
    return Rates(best.count("CR") / n, best.count("PR") / n, n)


def deviance(seen: Rates, found: Rates) -> float:
    """Twice the multinomial log-likelihood ratio of the observed shares over the predicted ones.

    Half a patient is added to every predicted class, so that a class without patients is unlikely, not impossible.
    """
    shares = (found.classes * found.n + 0.5) / (found.n + 1.5)
    counts = seen.classes * seen.n
    used = counts > 0
    return float(2.0 * np.sum(counts[used] * np.log(seen.classes[used] / shares[used])))


def prior(catalogue: Catalogue) -> tuple[Floats, Floats]:
    """Medians and standard deviations of the logarithm of the fitted values: the last alternative of each
    parameter, with the spread of the parameter."""
    median, spread = [], []
    for entry, name in FITTED:
        parameter = find(catalogue, entry)[name]
        median.append(parameter.alternatives[-1].value if parameter.alternatives else parameter.value)
        spread.append(parameter.rse_scale)
    return np.log(median), np.array(spread)


def find(catalogue: Catalogue, entry: str) -> Mapping[str, Parameter]:
    """Parameters of a tumour or a mechanism."""
    return (catalogue.tumour(entry) if entry in catalogue.tumours else catalogue.mechanism(entry)).parameters


def objective(x: Sequence[float], base: Catalogue, patients: int, seed: int) -> float:
    """Deviance of all trials plus the prior, at the logarithms `x` of the fitted values."""
    medians, spreads = prior(base)
    total = float(np.sum(((np.asarray(x) - medians) / spreads) ** 2))
    sets = [f"{entry}.{name}={math.exp(value):.8g}" for (entry, name), value in zip(FITTED, x, strict=True)]
    catalogue = load_catalog(overrides=sets)
    line = []
    for trial in TARGETS:
        found, seen = predicted(catalogue, trial, patients, seed), observed(base, trial)
        total += deviance(seen, found)
        line.append(f"{trial} ORR {found.complete + found.partial:.3f} CR {found.complete:.3f}")
    print(f"{total:8.2f}  {'  '.join(sets)}  {'  '.join(line)}", file=sys.stderr, flush=True)
    return total


def fit(base: Catalogue, patients: int, seed: int, evaluations: int) -> tuple[Floats, float]:
    """Values that minimise the objective (Nelder-Mead from the catalogue's), and the objective there."""
    start = np.log([float(find(base, entry)[name].value) for entry, name in FITTED])
    steps = np.vstack([start, start + np.diag(np.full(len(start), 0.3))])
    options = {"maxfev": evaluations, "initial_simplex": steps, "xatol": 0.02, "fatol": 0.1}
    best = minimize(objective, start, args=(base, patients, seed), method="Nelder-Mead", options=options)
    return np.exp(best.x), float(best.fun)


def rewrite(text: str, name: str, value: float, figures: Sequence[str], note: str) -> str:
    """The text of a catalogue file with another value of one parameter, its figures and note; all else as it was.

    Raises ValueError where the parameter has no plain value, figures or note.
    """
    head, mark, rest = text.partition(f"[parameters.{name}]\n")
    body, cut, tail = rest.partition("\n[")
    body, values = re.subn(r"(?m)^(value\s*=\s*)\S+", rf"\g<1>{value:.4g}", body, count=1)
    listed = ", ".join(f'"{figure}"' for figure in figures)
    body, lists = re.subn(r"figures = \[[^\]]*\]", f"figures = [{listed}]", body, count=1)
    body, notes = re.subn(r'note = "[^"]*"', f'note = "{note}"', body, count=1)
    if not (mark and values and lists and notes):
        raise ValueError(f"no plain value, figures and note of '{name}'")
    return head + mark + body + cut + tail


def write(values: Sequence[float], patients: int, seed: int) -> list[Path]:
    """Put fitted values into the catalogue files of the package, with a note of how they were found."""
    import leukin.catalog

    folder = Path(leukin.catalog.__file__).parent
    note = (
        f"fitted to response in fyfe-1995-rcc and atkins-1999-melanoma, {patients} patients each, seed {seed}"
    )
    figures = [figure for pair in TARGETS.values() for figure in pair]
    files = []
    for (entry, name), value in zip(FITTED, values, strict=True):
        (file,) = folder.glob(f"*/{entry}.toml")
        file.write_text(rewrite(file.read_text(), name, value, figures, note))
        files.append(file)
    return files


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line of the fit."""
    parser = argparse.ArgumentParser(prog="python -m leukin.inference.fit_tumour", description=__doc__)
    parser.add_argument("--patients", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=101)
    parser.add_argument("--evaluations", type=int, default=40)
    parser.add_argument("--write", action="store_true", help="put the values into the catalogue files")
    asked = parser.parse_args(arguments)
    base = load_catalog()
    values, height = fit(base, asked.patients, asked.seed, asked.evaluations)
    for (entry, name), value in zip(FITTED, values, strict=True):
        print(f"{entry}.{name} = {value:.4g}")
    print(f"objective {height:.2f}")
    if asked.write:
        for file in write(list(values), asked.patients, asked.seed):
            print(f"wrote {file.name}")


if __name__ == "__main__":
    main()
