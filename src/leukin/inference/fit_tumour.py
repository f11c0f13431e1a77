"""Fit the tumour's response to high-dose IL-2: the growth of effectors, to two registration trials.

Run again with `python -m leukin.inference.fit_tumour --patients 1000 --write`. Overall response and the
share of complete ones among responders count as binomial; every value has a log-normal prior about its prior value.
All evaluations share their random numbers, so that patients change with the parameters alone. Reactive fractions were
fitted too at first; these trials do not inform them (a richer tumour is more often screened out), so they are held.
"""

from __future__ import annotations

import argparse
import math
import re
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leukin.catalog import Catalogue, load_catalog
from leukin.inference.figures import calibrate_figures
from leukin.quantity import Parameter
from leukin.trial import plan, run_block
from leukin.trial.summarise import OK

Floats = NDArray[np.float64]

#: what is fitted: entry and parameter
FITTED = (("tumour-immunity", "effector_growth"),)
#: standard deviation of the logarithm of a prior: the drive differs in shape from that of the prior value
PRIOR_SPREAD = 0.3
#: trial -> its figures of overall and complete response; nothing else is read
TARGETS = {"fyfe-1995-rcc": ("F041a", "F041b"), "atkins-1999-melanoma": ("F043a", "F043b")}


@dataclass(frozen=True, slots=True)
class Rates:
    """Share of patients with a complete, and with a partial response, among `n`."""

    complete: float
    partial: float
    n: int

    def __str__(self) -> str:
        return f"response {self.complete + self.partial:.3f}, complete {self.complete:.3f} (n {self.n})"


def observed(catalogue: Catalogue, trial: str) -> Rates:
    """Published response of a trial; only figures for calibration are read."""
    figures = {figure.id: figure for figure in calibrate_figures(catalogue, TARGETS[trial])}
    overall, complete = (figures[id] for id in TARGETS[trial])
    n = overall.patients
    both = overall.fractions[0], complete.fractions[0]
    if n is None or both[0] is None or both[1] is None:
        raise ValueError(f"figures of {trial} give no counts")
    return Rates(both[1], both[0] - both[1], n)


def predicted(overrides: Sequence[str], trial: str, patients: int, seed: int) -> Rates:
    """Response of virtual patients in the first arm of a trial, with some values of the catalogue overridden."""
    catalogue = load_catalog(overrides=overrides)
    record = catalogue.trial(trial)
    task = plan(record, catalogue, patients=patients, seed=seed)
    best: list[str] = []
    for block in task.blocks:
        rows = run_block(task, block).patients
        rows = rows[(rows["status"] == OK) & (rows["arm"] == record.arms[0].name)]
        best += list(rows["best_response"])
    n = len(best)
    return Rates(best.count("CR") / n, best.count("PR") / n, n)


def residuals(seen: Rates, found: Rates) -> Floats:
    """Standardised differences, predicted less observed, of two independent logits: responders among patients,
    and complete ones among responders.

    Half a patient is added on both sides of every prediction, so that a share of 0 or 1 stays finite.
    """
    hits, complete = seen.n * (seen.complete + seen.partial), seen.n * seen.complete
    responders = found.n * (found.complete + found.partial)
    pairs = (
        (hits, seen.n, responders, float(found.n)),
        (complete, hits, found.n * found.complete, responders),
    )
    out = []
    for k, n, k_found, n_found in pairs:
        error = math.sqrt(n / (k * (n - k)))
        difference = math.log((k_found + 0.5) / (n_found - k_found + 0.5)) - math.log(k / (n - k))
        out.append(difference / error)
    return np.array(out)


def prior(catalogue: Catalogue) -> tuple[Floats, Floats]:
    """Medians and standard deviations of the logarithm of the fitted values: the last alternative of each
    parameter is its prior median."""
    median = [find(catalogue, entry)[name].alternatives[-1].value for entry, name in FITTED]
    return np.log(median), np.full(len(median), PRIOR_SPREAD)


def find(catalogue: Catalogue, entry: str) -> Mapping[str, Parameter]:
    """Parameters of a tumour or a mechanism."""
    return (catalogue.tumour(entry) if entry in catalogue.tumours else catalogue.mechanism(entry)).parameters


@dataclass(frozen=True, slots=True)
class Fit:
    """Fitted values with the standard deviation of their logarithm, the objective, and the rates at the fit."""

    values: Floats
    spread: Floats
    objective: float
    rates: Mapping[str, Rates]


def fit(
    start: Floats,
    seen: Mapping[str, Rates],
    prior: tuple[Floats, Floats],
    simulate: Callable[[Floats], Mapping[str, Rates]],
    rounds: int,
    step: float = 0.2,
) -> Fit:
    """Gauss-Newton on the logarithms of the values, from `start`: `rounds` times, each with one more simulation
    for every value (forward differences of `step`).

    simulate: values -> rates by trial; prior: as from `prior`. The best of all simulated points is returned.
    """
    medians, spreads = prior

    def compare(x: Floats) -> tuple[Floats, Mapping[str, Rates]]:
        rates = simulate(np.exp(x))
        parts = [residuals(seen[trial], rates[trial]) for trial in seen]
        return np.concatenate([*parts, (x - medians) / spreads]), rates

    x = np.log(start)
    here, rates = compare(x)
    best, rates_there, least = x, rates, float(here @ here)
    information = np.diag(spreads**-2)
    for _ in range(rounds):
        slopes = np.stack([(compare(x + step * e)[0] - here) / step for e in np.eye(len(x))], axis=1)
        information = slopes.T @ slopes
        x = x + np.clip(-np.linalg.solve(information, slopes.T @ here), -1.0, 1.0)
        here, rates = compare(x)
        if here @ here < least:
            best, rates_there, least = x, rates, float(here @ here)
    return Fit(np.exp(best), np.sqrt(np.diag(np.linalg.inv(information))), least, rates_there)


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


def noted(patients: int, seed: int) -> str:
    """The note of a fitted value."""
    return f"fitted to response in {' and '.join(TARGETS)}, {patients} patients each, seed {seed}"


def write(values: Sequence[float], patients: int, seed: int) -> list[Path]:
    """Put fitted values into the catalogue files of the package, with a note of how they were found."""
    import leukin.catalog

    folder = Path(leukin.catalog.__file__).parent
    note = noted(patients, seed)
    figures = [figure for pair in TARGETS.values() for figure in pair]
    files = []
    for (entry, name), value in zip(FITTED, values, strict=True):
        (file,) = folder.glob(f"*/{entry}.toml")
        file.write_text(rewrite(file.read_text(), name, value, figures, note))
        files.append(file)
    return files


def fitted(
    base: Catalogue,
    overrides: Sequence[str],
    patients: int,
    seed: int,
    rounds: int,
    workers: int,
    say: Callable[[str], None],
) -> Fit:
    """The fit from the values of `base`, which is the shipped catalogue under `overrides`; `say` hears of every
    simulation."""
    seen = {trial: observed(base, trial) for trial in TARGETS}
    start = np.array([float(find(base, entry)[name].value) for entry, name in FITTED])
    own = tuple(f"{entry}.{name}=" for entry, name in FITTED)
    held = tuple(text for text in overrides if not text.startswith(own))
    deaf = (signal.SIGINT, signal.SIG_IGN)  # who interrupts speaks to the command, which ends its processes
    with ProcessPoolExecutor(workers, initializer=signal.signal, initargs=deaf) as pool:
        done: dict[tuple[str, ...], Future[Rates]] = {}

        def simulate(values: Floats) -> Mapping[str, Rates]:
            sets = [
                (entry, f"{entry}.{name}={value:.8g}")
                for (entry, name), value in zip(FITTED, values, strict=True)
            ]
            jobs = {}
            for trial in TARGETS:  # only what concerns its tumour makes a trial run again
                own = tuple(
                    text for entry, text in sets if entry in (base.trial(trial).tumour, *base.mechanisms)
                )
                if (trial, *own) not in done:
                    done[trial, *own] = pool.submit(predicted, (*held, *own), trial, patients, seed)
                jobs[trial] = done[trial, *own]
            rates = {trial: job.result() for trial, job in jobs.items()}
            shown = [*(text for _, text in sets), *(f"{trial}: {rate}" for trial, rate in rates.items())]
            say("  ".join(shown))
            return rates

        return fit(start, seen, prior(base), simulate, rounds)


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line of the fit."""
    parser = argparse.ArgumentParser(prog="python -m leukin.inference.fit_tumour", description=__doc__)
    parser.add_argument("--patients", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=101)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="put the values into the catalogue files")
    asked = parser.parse_args(arguments)
    base = load_catalog()
    seen = {trial: observed(base, trial) for trial in TARGETS}

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    found = fitted(base, (), asked.patients, asked.seed, asked.rounds, asked.workers, say)
    for (entry, name), value, spread in zip(FITTED, found.values, found.spread, strict=True):
        print(f"{entry}.{name} = {value:.4g} (ln SD {spread:.2f})")
    for trial, rate in found.rates.items():
        print(f"{trial}: {rate}; observed {seen[trial]}")
    print(f"objective {found.objective:.2f}")
    if asked.write:
        for file in write(list(found.values), asked.patients, asked.seed):
            print(f"wrote {file.name}")


if __name__ == "__main__":
    main()
