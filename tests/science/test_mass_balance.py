"""Interleukin-2 of a treated body is somewhere or accounted for: recomputed from raw states, outside the solver.

What is there: free and on soluble CD25 in plasma and tissue, in depots and lymph, on and in blood cells. Ligand on CD25
alone and free in endosomes is in closed form in the reduced receptor and carries no amount; the levels of lesions and
lymph nodes are levels alone. What is gone: cleared, lost where it was injected, destroyed by cells, lost with dead cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache, partial
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukin.biology import assemble
from leukin.biology.pharmacokinetics import BLOOD_CELLS
from leukin.catalog import load_catalog
from leukin.catalog.routes import ROUTES
from leukin.engine import System, compile_network, solve
from leukin.network import Network, Species, equations
from leukin.quantity import from_canonical
from leukin.scenario import Amount, Arm, Dose, Scenario
from leukin.simulate import run_in, simulate
from unit.biology.body_parts import random_state, slopes, values, with_variables

#: nmol in one dose; days of treatment and after
DOSE, DAYS = 3.0, 8.0
SUMS = ("secreted", "cleared", "wasted", "destroyed_by_cells", "lost_with_cells")


def arm(route: str) -> Arm:
    """Fourteen doses, 8 h apart."""
    infusion = 0.25 if ROUTES[route] else 0.0
    return Arm(
        "a", (Dose("aldesleukin", Amount(DOSE, "nmol"), route, every=8.0, count=14, infusion=infusion),)
    )


@lru_cache
def body(route: str, form: Literal["reduced", "full"] = "reduced") -> Network:
    """The whole body, and sums of what comes and goes."""
    scenario = Scenario("human", "melanoma", (arm(route),), DAYS * 24.0, receptor=form)
    network = assemble.network(load_catalog(), scenario)
    keep = {cell: " + ".join(bound(cell, [s.id for s in network.species])) for cell in BLOOD_CELLS}
    cells = {
        cell: f"cells_{cell}*flow_scale*{count}/molecules_per_nmol"
        for cell, (count, _) in BLOOD_CELLS.items()
    }
    stores = {s.id.removeprefix("LOC_") for s in network.species if s.id.startswith("LOC_")}
    rates = {
        "secreted": "R0",
        "cleared": "clearance*C1",
        "wasted": " + ".join(
            [
                "(1 - sc_bioavailability)*ka*rate_scale*Dp",
                *(f"local_loss_{place}*rate_scale*LOC_{place}" for place in stores),
            ]
        ),
        "destroyed_by_cells": " + ".join(f"{many}*U_{cell}" for cell, many in cells.items()),
        "lost_with_cells": " + ".join(
            f"{many}*loss_{BLOOD_CELLS[cell][0].removeprefix('N_')}*({keep[cell]})"
            for cell, many in cells.items()
        ),
    }
    return network + equations(
        species=[Species(name, "nmol", scale=1.0) for name in SUMS],
        rates={name: f"(1 - run_in)*({rate})" for name, rate in rates.items()},
    )


@lru_cache
def system(route: str, form: Literal["reduced", "full"] = "reduced") -> System:
    return compile_network(body(route, form))


def bound(cell: str, states: Iterable[str]) -> list[str]:
    """States of a cell that hold ligand (molecule/cell)."""
    complexes = [key for key in states if key.startswith("L_") and key.endswith(f"_{cell}")]
    return complexes or [f"C_{cell}", f"Ce_{cell}"]


def held(state: Mapping[str, np.ndarray], known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Interleukin-2 (nmol) in every place, by name, from raw states and parameters."""
    size = (known["weight"] / known["weight_reference"]) ** known["allometry"]
    places = {key: state[key] for key in state if key in ("A1", "A2", "Dp", "Ly") or key.startswith("LOC_")}
    for cell, (count, _) in BLOOD_CELLS.items():
        number = known[f"cells_{cell}"] * size * state[count]
        molecules = sum(state[key] for key in bound(cell, state))
        places[cell] = number * molecules / known["molecules_per_nmol"]
    return places


def patients(made: System, count: int) -> np.ndarray:
    """The typical patient and others of other weights, cell numbers and rates of growth, loss and traffic."""
    random, params = np.random.default_rng(5), np.tile(made.nominal, (count, 1))
    chosen = ("weight", "cells_", "growth_", "loss_", "kend", "ke", "kdeg", "CLren", "k12", "ka", "kly")
    for name, column in made.parameter_index.items():
        if name.startswith(chosen):
            params[1:, column] *= random.lognormal(0.0, 0.3, count - 1)
    return params


FAST, SLOW = ("iv infusion", "sc"), tuple(sorted(ROUTES.keys() - {"iv infusion", "sc"}))


CASES = [
    *((route, "reduced") for route in FAST),
    *(pytest.param(route, "reduced", marks=pytest.mark.slow) for route in SLOW),
    *(pytest.param(route, "full", marks=pytest.mark.slow) for route in FAST),
]


@pytest.mark.parametrize(("route", "form"), CASES)
def test_dosed_and_secreted_is_there_or_gone(route: str, form: Literal["reduced", "full"]) -> None:
    made, count = system(route, form), 4
    closely = partial(solve, rtol=1e-10, atol=1e-13)
    start = run_in(made, patients(made, count), 2000.0, closely)
    times = np.unique(np.concatenate([np.arange(0.0, 130.0, 0.5), np.arange(130.0, DAYS * 24.0 + 1, 2.0)]))
    run = simulate(
        made, start, arm(route), [np.full(count, DOSE)], horizon=float(times[-1]), times=times,
        record=made.states, solver=closely,
    )  # fmt: skip
    assert (run.status == 0).all()
    known = {key: start.parameters[:, [i]] for key, i in made.parameter_index.items()}
    state = {key: run[key] for key in made.states if run.units[key] in ("nmol", "1", "molecule/cell")}
    places = held(state, known)
    infusion, begun = (0.25 if ROUTES[route] else 0.0), 8.0 * np.arange(14)
    # a bolus is in the value after it; of an infusion, what has run
    part = np.clip((times[:, None] - begun) / infusion, 0, 1) if infusion else (times[:, None] >= begun)
    dosed = DOSE * part.sum(axis=1)
    there = sum(places.values())
    gone = sum(run[name] for name in SUMS[1:])
    begin = {key: from_canonical(start.state[:, [made.state_index[key]]], run.units[key]) for key in state}
    came = sum(held(begin, known).values()) + dosed + run["secreted"]
    assert np.abs((there + gone) / came - 1.0).max() < 1e-8
    # each kind matters to the balance
    assert all(
        run[name][:, -1].min() > 1e-6 * dosed[-1] for name in SUMS if name != "wasted" or route == "sc"
    )
    assert sum(places[cell] for cell in BLOOD_CELLS).max() > 1e-3 * DOSE
    assert sum(run["N_" + pool][:, -1] for pool in ("treg", "nk")).min() > 2.2, "cells divide"


@pytest.mark.parametrize(
    ("route", "form"), [*((route, "reduced") for route in sorted(ROUTES)), ("iv infusion", "full")]
)
@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_balance_of_the_rates_at_any_state(route: str, form: Literal["reduced", "full"], seed: int) -> None:
    """d/dt of all interleukin-2 by the chain rule from the rates of the states, against inputs less losses."""
    network, random = body(route, form), np.random.default_rng(seed)
    free = {
        key: float(random.uniform(0.0, 5.0))
        for key in ("R0", "rate_iv", "rate_region")
        if key in network.parameters
    }
    free |= {f"S0_{cell}": float(random.uniform(0.0, 0.3)) for cell in BLOOD_CELLS} | {
        "C2_0": 0.1,
        "shed0": 1e15,
    }
    known = values(network, **{key: value for key, value in free.items() if key in network.parameters})
    state = random_state(network, seed)
    slope, all_ = slopes(network, state, known), with_variables(network, state, known)
    size = all_["flow_scale"]
    terms = [slope[key] for key in state if key in ("A1", "A2", "Dp", "Ly") or key.startswith("LOC_")]
    for cell, (count, _) in BLOOD_CELLS.items():
        scale = known[f"cells_{cell}"] * size / known["molecules_per_nmol"]
        own = bound(cell, state)
        terms.append(scale * slope[count] * sum(state[key] for key in own))
        terms += [scale * state[count] * slope[key] for key in own]
    inputs = [known["R0"], known.get("rate_iv", 0.0), known.get("rate_region", 0.0)]
    losses = [slope[name] for name in SUMS[1:]]
    largest = max(map(abs, (*terms, *inputs, *losses)))
    assert largest > 0
    assert abs(sum(terms) - sum(inputs) + sum(losses)) < 1e-10 * largest


def test_the_sums_are_of_the_states_that_they_name() -> None:
    """The counted losses by hand, at one state."""
    network = body("sc")
    known, state = values(network), random_state(network, 3)
    seen, slope = with_variables(network, state, known), slopes(network, state, known)
    p, size = known, (known["weight"] / known["weight_reference"]) ** known["allometry"]
    free = state["A1"] / (p["V1"] * p["weight"] / p["weight_reference"])
    free /= 1.0 + state["sR"] / p["KD_sR"]
    assert slope["cleared"] == pytest.approx((p["CLren"] + p["CLoth"]) * size * free, rel=1e-12)
    dead = sum(
        p[f"loss_{count.removeprefix('N_')}"] * p[f"cells_{cell}"] * size * state[count]
        * (state[f"C_{cell}"] + state[f"Ce_{cell}"])
        for cell, (count, _) in BLOOD_CELLS.items()
    )  # fmt: skip
    assert slope["lost_with_cells"] == pytest.approx(dead / p["molecules_per_nmol"], rel=1e-12)
    assert seen["U_nk"] > 0
