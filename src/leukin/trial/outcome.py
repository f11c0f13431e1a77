"""What became of a block of patients in one arm: scans, response, deaths, grades, doses; one row a patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from leukin.keys import Key
from leukin.quantity import Parameter, from_canonical
from leukin.scenario import GIVE, HOLD, STOP
from leukin.simulate import NOT_REACHED, Trajectory
from leukin.trial import grades, response
from leukin.trial.criteria import Criterion
from leukin.trial.decisions import Withholding, reason_text
from leukin.trial.scans import Reader, read_scans

if TYPE_CHECKING:
    from leukin.trial.response import Assessment, Endpoints

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

NOT_MODELLED = (
    "loss to follow-up, and treatment by other means after progression",
    "death from causes other than the tumour and the treatment",
)

#: cumulative hazards of the network (states), and the cause of death that each stands for
HAZARDS = {"H_tumour": "tumour", "HZ": "treatment"}


@dataclass(frozen=True, slots=True)
class Scans:
    """Scan times (h, the first 0), their columns in the recorded times, reader, reader errors and criterion."""

    times: Floats
    columns: Ints
    reader: Reader
    noise: Floats
    criterion: Criterion

    def readings(self, diameters: Floats) -> Floats:
        """Readings of true diameters float64[patient, scan, lesion] at the first scans."""
        return read_scans(diameters, self.noise[:, : diameters.shape[1]], self.reader)

    def assess(self, diameters: Floats, evaluable: Bools) -> Assessment:
        """Assessment of true diameters float64[patient, scan, lesion] at the first scans."""
        times = self.times[: diameters.shape[1]]
        return response.assess(
            self.readings(diameters), times, evaluable, self.criterion, self.reader.new_lesion
        )


def lesion_diameters(values: Mapping[str, Floats], columns: Ints) -> Floats:
    """True diameters (mm) at the given columns of the recorded times, float64[patient, scan, lesion]."""
    names = sorted(name for name in values if name.startswith("diameter."))
    return np.stack([values[name][:, columns] for name in names], axis=-1)


def death_limits(key: Key, patients: Ints) -> dict[str, Floats]:
    """Cumulative hazard at which each patient dies of each cause: draws from Exp(1), the same in every arm."""
    draws = -np.log(key.uniform("death", patients, len(HAZARDS)))
    return {name: draws[:, i] for i, name in enumerate(HAZARDS)}


def death_times(times: Floats, cumulative: Floats, limits: Floats) -> Floats:
    """Time (h) at which the cumulative hazard reaches each patient's limit, infinite where it does not.

    cumulative: float64[patient, time], rising; linear between the recorded times.
    """
    rise = cumulative - cumulative[:, :1]
    result = np.full(len(limits), np.inf)
    for i, (row, limit) in enumerate(zip(rise, limits, strict=True)):
        if np.isfinite(row).all() and row[-1] >= limit:
            result[i] = np.interp(limit, np.maximum.accumulate(row), times)
    return result


@dataclass(frozen=True, slots=True)
class Deaths:
    """Time of death (h, infinite for the living) and whether treatment was its cause."""

    time: Floats
    by_treatment: Bools


def deaths(times: Floats, values: Mapping[str, Floats], limits: Mapping[str, Floats]) -> Deaths:
    """Deaths from the cumulative hazards of HAZARDS that were recorded; the first cause counts."""
    n = len(next(iter(limits.values())))
    found = {name: np.full(n, np.inf) for name in HAZARDS}
    for name in HAZARDS:
        if name in values:
            found[name] = death_times(times, values[name], limits[name])
    first = np.minimum(*found.values())
    treatment = found["HZ"]
    return Deaths(first, np.isfinite(treatment) & (treatment <= first))


def doses(trajectory: Trajectory, death: Floats, rule: Withholding | None) -> dict[str, Any]:
    """Doses of the first course (planned, given, held, why it ended early), courses begun, doses in all
    courses.

    A slot after death is not reached.
    """
    reached = trajectory.slot_times[None, :] <= death[:, None]
    actions = np.where(reached, trajectory.actions, NOT_REACHED)
    first = trajectory.slot_course == 0
    given = actions == GIVE
    begun = [given[:, trajectory.slot_course == c].any(axis=1) for c in np.unique(trajectory.slot_course)]
    return {
        "doses_planned": np.full(len(actions), first.sum(), np.int64),
        "doses_given": given[:, first].sum(axis=1),
        "doses_held": (actions[:, first] == HOLD).sum(axis=1),
        "doses_given_all_courses": given.sum(axis=1),
        "courses": np.sum(begun, axis=0) if begun else np.zeros(len(actions), np.int64),
        "stopped_for": _stopped_for(trajectory, actions, rule),
    }


def _stopped_for(trajectory: Trajectory, actions: NDArray[np.int8], rule: Withholding | None) -> list[str]:
    """Why a cycle of the first course ended early: the reasons of its last hold, or the pressor; "" if none did."""
    if rule is None:
        return [""] * len(actions)
    reasons = np.zeros(actions.shape, np.int8)
    for slot, bits in rule.log:
        reasons[:, slot] = bits
    texts = []
    for row, bits in zip(actions, reasons, strict=True):
        stops = np.flatnonzero((row == STOP) & (trajectory.slot_course == 0))
        if len(stops) == 0:
            texts.append("")
            continue
        before = stops[0] - 1
        same = before >= 0 and trajectory.slot_cycle[before] == trajectory.slot_cycle[stops[0]]
        texts.append(reason_text(int(bits[before])) if same else "pressor")
    return texts


def treated(trajectory: Trajectory, death: Floats, window: float) -> Bools:
    """Recorded times that count for toxicity: alive, and within `window` h after a given dose; bool[patient, time]."""
    times = trajectory.times
    counted = np.zeros((len(death), len(times)), bool)
    for slot, at in enumerate(trajectory.slot_times):
        inside = (times >= at) & (times <= at + window)
        counted[:, inside] |= (trajectory.actions[:, slot] == GIVE)[:, None]
    return counted & (times[None, :] <= death[:, None])


def toxicity(
    trajectory: Trajectory, death: Floats, window: float, rule: Mapping[str, Parameter]
) -> dict[str, Any]:
    """Worst grade of every toxicity, columns grade.NAME; none where the network lacks the observables."""
    if not all(name in trajectory.values for name in grades.NEEDED):
        return {}
    worst = grades.grade(trajectory.times, trajectory.values, treated(trajectory, death, window), rule)
    return {f"grade.{name}": level for name, level in worst.items()}


def responses(scans: Scans, trajectory: Trajectory, death: Floats, horizon: float) -> dict[str, Any]:
    """Columns of response and of times to event (months) of a block of patients with a tumour."""
    diameters = lesion_diameters(trajectory.values, scans.columns)
    evaluable = (scans.times[None, :] <= death[:, None]) & (trajectory.status == 0)[:, None]
    found = scans.assess(diameters, evaluable)
    end = response.endpoints(found, death, horizon)
    baseline, change = sum_change(scans.readings(diameters), evaluable)
    return {
        "best_response": [response.NAMES[int(level)] for level in found.best],
        "baseline_sum_mm": baseline,
        "best_change_percent": 100.0 * change,
        "response_month": _months(found.response),
        "progression_month": _months(found.progression),
        **_event_columns(end),
    }


def _event_columns(end: Endpoints) -> dict[str, Any]:
    return {
        "pfs_month": _months(end.pfs),
        "pfs_event": end.pfs_event,
        "os_month": _months(end.os),
        "os_event": end.os_event,
        "duration_month": _months(end.duration),
        "duration_event": end.duration_event,
    }


def sum_change(readings: Floats, evaluable: Bools) -> tuple[Floats, Floats]:
    """Sum of the longest diameters seen at baseline (mm), and its best change from there (-1 = gone)."""
    target = readings[:, :1].max(axis=-1) > 0
    sums = np.where(target, readings[..., 0], 0.0).sum(axis=-1)
    later = np.where(evaluable, sums, np.inf)[:, 1:].min(axis=1, initial=np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        change = np.where(np.isfinite(later) & (sums[:, 0] > 0), later / sums[:, 0] - 1.0, np.nan)
    return sums[:, 0], change


def _months(hours: Floats) -> Floats:
    return np.asarray(from_canonical(hours, "month"))
