"""What ten times less dose does to the time above each affinity, and that more is never less."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from leukin.dosing import nanomoles
from leukin.quantity import to_canonical
from leukin.scenario import Amount, Arm, Dose
from unit.biology.exposure_parts import CATALOGUE, alone, area, follow, system

IU = nanomoles(Amount(1.0, "IU"), CATALOGUE.molecule("aldesleukin"))
AT = np.linspace(0.0, 8.0, 1601)
HIGH, LOW = 600_000 * 70, 72_000 * 70
DOSE = Arm("a", (Dose("aldesleukin", Amount(1, "IU"), "iv infusion", infusion=0.25),))


def affinity(figure: str) -> float:
    found = CATALOGUE.figure(figure)
    assert found.value is not None
    return to_canonical(found.value, found.unit)


def course(units: float, cells: bool, **changed: float) -> np.ndarray:
    s = system()
    params = None if cells else alone(s, weight=70e3, **changed)
    return follow(s, DOSE, [units * IU], AT, ["IL2_plasma"], params)["IL2_plasma"][0]


def hours_above(level: np.ndarray, threshold: float) -> float:
    return float(np.mean(level[1:] > threshold) * AT[-1])


#: exchange and clearance of the published half-lives without uptake by cells, per hour and L/h
KONRAD = {"k12": 0.0071 * 60, "k21": 0.0097 * 60, "CLren": 6.0, "CLoth": 1.2}


@pytest.mark.parametrize(
    ("units", "peak", "trough", "high_affinity", "low_affinity"),
    [(HIGH, 10976, 11.6, 8.0, 2.0), (LOW, 1317, 1.4, 6.8, 0.8)],
)
def test_the_sheet_of_high_and_low_dose(
    units: float, peak: float, trough: float, high_affinity: float, low_affinity: float
) -> None:
    """Levels in IU/mL and hours of 8 above both affinities, without uptake by cells."""
    level = course(units, False, **KONRAD)
    per_ml = level / IU / 1000.0
    assert per_ml.max() == pytest.approx(peak, rel=0.02)
    assert per_ml[-1] == pytest.approx(trough, rel=0.06)
    assert hours_above(level, affinity("F003a")) == pytest.approx(high_affinity, abs=0.15)
    assert hours_above(level, affinity("F003b")) == pytest.approx(low_affinity, abs=0.15)


def test_ten_times_less_costs_the_low_affinity_receptor_most() -> None:
    """With cells as well: the high-affinity receptor loses less of its time than the low-affinity one."""
    alpha, beta = affinity("F003a"), affinity("F003b")
    high, low = course(HIGH, True), course(LOW, True)
    kept_alpha = hours_above(low, alpha) / hours_above(high, alpha)
    kept_beta = hours_above(low, beta) / hours_above(high, beta)
    assert kept_beta < 0.55 < 0.65 < kept_alpha


def test_exposure_rises_with_dose_and_more_than_in_proportion_with_cells() -> None:
    doses = LOW * 10.0 ** np.linspace(-2, 1.5, 8)
    levels = [course(units, True) for units in doses]
    for less, more in pairwise(levels):
        assert (more >= less).all()
    per_dose = [area(AT, level - level[0]) / units for level, units in zip(levels, doses, strict=True)]
    assert per_dose == sorted(per_dose)
    above = [hours_above(level, affinity("F003b")) for level in levels]
    assert above == sorted(above) and above[-1] > above[0]
