"""Platelets and neutrophils: their steady states, their lives, and the hazard that follows the defect of neutrophils."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from leukin.catalog import load_catalog
from leukin.inference.experiments import typical_patient
from unit.biology.body_parts import body, everything, slopes, untreated, values


def at_rest(**changed: float) -> tuple[dict[str, float], dict[str, float]]:
    state, known = untreated(body(), values(body()))
    return state | {k: v for k, v in changed.items() if k in state}, known | {
        k: v for k, v in changed.items() if k not in state
    }


def test_at_the_limit_of_leak_a_platelet_lives_shorter_by_what_is_consumed() -> None:
    state, known = at_rest(J=1e9)
    halved = state | {"platelets": known["platelets0"] / (1 + known["platelet_consumption"])}
    scale = known["platelet_loss"] * known["platelets0"]
    assert slopes(body(), halved, known)["platelets"] == pytest.approx(0.0, abs=1e-6 * scale)
    assert slopes(body(), state, known)["platelets"] == pytest.approx(
        -known["platelet_consumption"] * scale, rel=1e-6
    )


def test_platelets_recover_in_their_life() -> None:
    state, known = at_rest()
    low = 0.4 * known["platelets0"]

    def rate(_: float, y: np.ndarray) -> list[float]:
        return [slopes(body(), state | {"platelets": float(y[0])}, known)["platelets"]]

    life = 1 / known["platelet_loss"]
    run = solve_ivp(rate, (0.0, life), [low], rtol=1e-9, atol=1e-9)
    expected = known["platelets0"] - (known["platelets0"] - low) * math.exp(-1)
    assert run.y[0, -1] == pytest.approx(expected, rel=1e-6)


def test_neutrophils_rise_with_interleukin_6_to_a_limit() -> None:
    state, known = at_rest()
    rates = [slopes(body(), state | {"IL6": x}, known)["neutrophils"] for x in (0.0, 1e-8, 1e-7, 1.0)]
    assert rates[0] == 0.0 and (np.diff(rates) > 0).all()
    limit = known["neutrophil_turnover"] * known["neutrophils0"] * known["neutrophil_rise"]
    assert rates[-1] == pytest.approx(limit, rel=1e-5)


def test_a_defect_of_neutrophils_halves_chemotaxis_where_it_says() -> None:
    state, known = at_rest()
    assert everything(body(), state, known)["chemotaxis"] == 1.0
    half = state | {"neutrophil_defect": known["defect_half"]}
    assert everything(body(), half, known)["chemotaxis"] == pytest.approx(0.5)


def test_the_defect_kills_as_many_as_activation_would_but_later() -> None:
    """Whatever the rate of the defect, its integral over a course and the time after it is that of activation."""
    patient = typical_patient(load_catalog())
    at = np.arange(0.0, 336.0, 2.0)
    quiet = {"hazard_shock": 0.0}
    found = {
        rate: patient.run("high-dose", ["HZ"], at, {**quiet, "defect_rate": rate})["HZ"]
        for rate in (0.05, 0.2, 5.0)
    }
    total = found[5.0][-1]
    assert total > 0
    for course in found.values():
        assert course[-1] == pytest.approx(total, rel=2e-3)
    middle = np.searchsorted(at, 96.0)
    assert found[0.05][middle] < found[0.2][middle] < found[5.0][middle]
