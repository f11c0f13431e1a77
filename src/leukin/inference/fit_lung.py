"""Fit the permeability of lung vessels to the albumin that entered the lungs of mice under interleukin-2.

Run again with `python -m leukin.inference.fit_lung`; it prints observed beside predicted and the value for
catalog/mechanisms/lung.toml. One value is fitted to three figures; the same value serves man.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

import numpy as np

from leukin.catalog import load_catalog
from leukin.catalog.amounts import time
from leukin.inference import exposure
from leukin.inference.experiments import FILE, read
from leukin.inference.exposure import Bench
from leukin.inference.regression import Fit, regress, table

MECHANISM, FITTED = "lung", "lung_gain"
TARGETS = ("lung-1", "lung-3", "lung-6")


def assay() -> Mapping[str, Any]:
    """Doses to the mouse, and the times (h) of reading by target."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))["lung"]


def lungs(bench: Bench, values: Mapping[str, float]) -> dict[str, float]:
    """Permeability of mouse lungs, fold of untreated, by target; values: canonical, in place of the catalogue's."""
    given = assay()
    hours = np.array([0.0, *(time(given["read"][id]) for id in TARGETS)])
    course = bench.course({**given["assay"], "of": "lung_leak"}, hours, values)  # above untreated
    return {id: 1.0 + float(rise) for id, rise in zip(TARGETS, course[1:], strict=True)}


def water(bench: Bench, values: Mapping[str, float]) -> float:
    """Water of mouse lungs at the last reading over that of the untreated mouse, which is not fitted."""
    given = assay()
    hours = np.array([0.0, time(given["read"][TARGETS[-1]])])
    rise = bench.course({**given["assay"], "of": "lung_wetness"}, hours, values)[-1]
    return 1.0 + float(rise)


def fit(bench: Bench) -> Fit:
    """The gain fitted, all other values as in the catalogue."""
    evidence = read(bench.catalogue)
    start = {FITTED: bench.catalogue.mechanism(MECHANISM)[FITTED].canonical}
    targets = [evidence.targets[id] for id in TARGETS]
    return regress(lambda values: lungs(bench, values), targets, start, {FITTED: evidence.priors[FITTED]})


if __name__ == "__main__":
    here = exposure.bench(load_catalog())
    found = read(here.catalogue)
    print(table(fit(here), [found.targets[id] for id in TARGETS]))
