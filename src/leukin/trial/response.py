"""Response at every scan, best overall response, and times to response, progression and death.

Levels are ordered: NE < PD < SD < PR < CR. All times are in h from the first dose slot; scan 0 is the
baseline.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukin.trial.criteria import Criterion

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Levels = NDArray[np.int8]

NE, PD, SD, PR, CR = -1, 0, 1, 2, 3
NAMES = {NE: "NE", PD: "PD", SD: "SD", PR: "PR", CR: "CR"}


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the scans of n patients say.

    levels int8[patient, scan]; burden float64[patient, scan] in mm or mm^2; best int8[patient]; change: best
    change of the burden from baseline (-1 = gone); response, progression, last_scan: float64[patient] times
    in h (NaN: none).
    """

    levels: Levels
    burden: Floats
    best: Levels
    change: Floats
    response: Floats
    progression: Floats
    last_scan: Floats


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Times to event in h with event flags; duration is NaN for patients without a response."""

    pfs: Floats
    pfs_event: Bools
    os: Floats
    os_event: Bools
    duration: Floats
    duration_event: Bools


def scan_levels(
    readings: Floats, evaluable: Bools, criterion: Criterion, new_lesion: float
) -> tuple[Levels, Floats]:
    """Level at every scan, int8[patient, scan], and the summed burden of the target lesions, float64[patient,
    scan].

    readings: float64[patient, scan, lesion, 2] in mm, 0 where a lesion is not seen; evaluable: bool[patient,
    scan]; new_lesion in mm. Targets are the lesions seen at baseline. Progression (a new lesion, or a rise
    over the smallest sum so far by the criterion's part and its absolute minimum) goes before response;
    complete response: no lesion seen.
    """
    seen = readings.max(axis=-1) > 0
    target = seen[:, :1, :]
    burden = np.where(target, criterion.burden(readings), 0.0).sum(axis=-1)
    new = (~target & (readings.max(axis=-1) >= new_lesion)).any(axis=-1)
    baseline = burden[:, 0]
    levels = np.full(burden.shape, NE, np.int8)
    nadir = baseline.copy()
    for k in range(1, burden.shape[1]):
        now = burden[:, k]
        rise = now - nadir
        grown = (rise >= criterion.progression * nadir) & (rise >= criterion.progression_minimum)
        level = np.where(now <= (1.0 - criterion.partial) * baseline, PR, SD)
        level = np.where(~seen[:, k].any(axis=-1), CR, level)
        level = np.where(grown | new[:, k], PD, level)
        usable = evaluable[:, k] & evaluable[:, 0] & (baseline > 0)
        levels[:, k] = np.where(usable, level, NE)
        nadir = np.where(usable, np.minimum(nadir, now), nadir)
    return levels, burden


def before_progression(levels: Levels) -> Bools:
    """Scans before the first progression, bool[patient, scan]."""
    return np.cumsum(levels == PD, axis=1) == 0


def confirmed(levels: Levels, times: Floats, at_least: int, wait: float) -> Bools:
    """Scans at which the level `at_least` is reached and confirmed, bool[patient, scan].

    Confirmed: the first evaluable scan at least `wait` h later has that level too, and so has every one in
    between.
    """
    found = np.zeros(levels.shape, bool)
    for k in range(levels.shape[1]):
        kept = levels[:, k] >= at_least
        for j in range(k + 1, levels.shape[1]):
            evaluable = levels[:, j] != NE
            kept &= ~evaluable | (levels[:, j] >= at_least)
            if times[j] - times[k] >= wait:
                found[:, k] |= kept & evaluable
                kept &= ~evaluable
    return found & before_progression(levels)


def assess(
    readings: Floats, times: Floats, evaluable: Bools, criterion: Criterion, new_lesion: float
) -> Assessment:
    """Assess all scans of a block of patients.

    readings: float64[patient, scan, lesion, 2] in mm; times: float64[scan] in h, the first one the baseline;
    evaluable: bool[patient, scan], false where no scan was made. Best response: CR or PR if confirmed, else
    SD if an evaluable scan without progression lies late enough, else PD if there was one, else NE.
    """
    levels, burden = scan_levels(readings, evaluable, criterion, new_lesion)
    early = before_progression(levels)
    partial = confirmed(levels, times, PR, criterion.confirmation)
    complete = confirmed(levels, times, CR, criterion.confirmation)
    stable = early & (levels >= SD) & (times - times[0] >= criterion.stable_minimum)
    progressed = (levels == PD).any(axis=1)
    best = np.where(progressed, PD, NE)
    for level, reached in ((SD, stable), (PR, partial), (CR, complete)):
        best = np.where(reached.any(axis=1), level, best)
    usable = levels != NE
    smallest = np.where(usable, burden, np.inf).min(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        change = np.where(usable.any(axis=1), smallest / burden[:, 0] - 1.0, np.nan)
    clean = usable & early
    last = np.where(clean.any(axis=1), times[clean.shape[1] - 1 - clean[:, ::-1].argmax(axis=1)], times[0])
    return Assessment(
        levels,
        burden,
        best.astype(np.int8),
        change,
        _first(partial, times),
        _first(levels == PD, times),
        np.asarray(last, float),
    )


def _first(flags: Bools, times: Floats) -> Floats:
    """Time of the first true scan of every patient, NaN without one."""
    return np.where(flags.any(axis=1), times[flags.argmax(axis=1)], np.nan)


def endpoints(assessment: Assessment, death: Floats, horizon: float) -> Endpoints:
    """Progression-free and overall survival and duration of response.

    death: float64[patient] in h, infinite for the living; horizon in h. Progression-free time ends with
    progression or death, or is censored at the last scan without progression; overall survival is censored at
    the horizon; duration runs from the first scan of the confirmed response to the end of progression-free
    time.
    """
    died = death <= horizon
    progression = np.where(np.isnan(assessment.progression), np.inf, assessment.progression)
    end = np.minimum(progression, np.where(died, death, np.inf))
    event = np.isfinite(end)
    pfs = np.where(event, end, assessment.last_scan)
    return Endpoints(
        pfs=pfs,
        pfs_event=event,
        os=np.where(died, death, horizon),
        os_event=died,
        duration=pfs - assessment.response,
        duration_event=event & ~np.isnan(assessment.response),
    )
