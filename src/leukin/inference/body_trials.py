"""What virtual trials of other regimens give: toxicity of continuous infusion and of the releasable PEG, and whether
interferon-gamma goes with toxicity between patients."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from leukin.catalog import Catalogue
from leukin.catalog.amounts import time
from leukin.keys import Key
from leukin.population import cohort
from leukin.simulate import run_in
from leukin.trial import plan
from leukin.trial.conduct import Conducted, chance, conduct

Floats = NDArray[np.float64]

#: prefix of these readings
TRIAL = "trial:"
#: reading -> trial, toxicity, the grade from which it counts, how long it is followed
SHARES = {
    "continuous-hypotension-3": ("geertsen-2004-rcc", "hypotension", 3, "70 day"),
    "releasable-leak": ("releasable-peg-2016", "capillary_leak", 1, "120 day"),
}
DAILY = "daily-bolus-1991"


def conducted(
    catalogue: Catalogue, id: str, patients: int, seed: int, horizon: float | None = None
) -> Conducted:
    """The first arm of a trial, up to `horizon` (h)."""
    trial = catalogue.trial(id)
    if horizon is not None:
        trial = replace(trial, horizon=min(horizon, trial.horizon))
    task = plan(trial, catalogue, patients=patients, seed=seed)
    ids, key, arm = np.arange(patients, dtype=np.int64), Key(seed), task.scenario.arms[0]
    drawn = cohort(task.system, task.recipe, key, ids)
    start = run_in(task.system, drawn.parameters, task.recipe.rules["settling_time"].canonical)
    start = replace(start, status=np.where(drawn.ok, start.status, 1))
    return conduct(task, start, arm, chance(task, key, ids, arm))


def trials(catalogue: Catalogue, patients: int, seed: int) -> dict[str, tuple[float, int | None]]:
    """Value and number of patients behind a share (%); the rank correlation has none."""
    found: dict[str, tuple[float, int | None]] = {}
    for name, (id, toxicity, grade, until) in SHARES.items():
        run = conducted(catalogue, id, patients, seed, time(until))
        ok = run.trajectory.status == 0
        share = float((np.asarray(run.columns[f"grade.{toxicity}"])[ok] >= grade).mean())
        found[TRIAL + name] = (100.0 * share, int(ok.sum()))
    found[TRIAL + "ifn-toxicity"] = (together(conducted(catalogue, DAILY, patients, seed)), None)
    return found


def together(run: Conducted) -> float:
    """Rank correlation between patients of the peak of interferon-gamma and the largest fall of pressure."""
    ok = run.trajectory.status == 0
    peak = run.trajectory["IFNg"][ok].max(axis=1)
    pressure = run.trajectory["SBP"][ok]
    return float(spearmanr(peak, pressure[:, 0] - pressure.min(axis=1)).statistic)
