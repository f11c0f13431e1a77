"""The body mechanisms with a simple stand-in for the receptor layer, and values of a network at any state."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from leukin.biology.blood_counts import blood_counts
from leukin.biology.circulation import circulation
from leukin.biology.cytokines import cytokines
from leukin.biology.lung import lung
from leukin.biology.lymphocytes import lymphocytes
from leukin.biology.pharmacokinetics import BLOOD_CELLS, pharmacokinetics
from leukin.biology.vascular_leak import vascular_leak
from leukin.catalog import load_catalog
from leukin.network import Network, equations
from leukin.network.model import RUN_IN
from leukin.quantity import Parameter, Source

#: half-maximal interleukin-2 (nM), largest uptake (molecule/cell/h) and CD25 (molecule/cell) of the stand-in cells
CELLS = {
    "treg": (0.03, 600, 3476), "cd4_helper": (0.3, 150, 329), "cd8": (2, 400, 22), "nk": (1, 3500, 22), "b": (5, 100, 30),
}  # fmt: skip
MECHANISMS = {
    "pharmacokinetics": pharmacokinetics,
    "lymphocytes": lymphocytes,
    "cytokines": cytokines,
    "vascular-leak": vascular_leak,
    "circulation": circulation,
    "lung": lung,
    "blood-counts": blood_counts,
}


def stand_in(weight: float = 70.0, returned: float = 0.1) -> Network:
    """Receptors without memory: S and uptake saturate with L; a share of what is taken up comes back."""
    parameters = [Parameter("weight", weight, "kg", Source("definition"))]
    variables = {}
    for cell, (half, most, cd25) in CELLS.items():
        parameters += [
            Parameter(f"ec50_{cell}", half, "nM", Source("definition")),
            Parameter(f"most_{cell}", most, "molecule/cell/h", Source("definition")),
            Parameter(f"cd25_{cell}", cd25, "molecule/cell", Source("definition")),
        ]
        variables[f"S_{cell}"] = ("1", f"L_{cell}/(ec50_{cell} + L_{cell})")
        variables[f"capture_{cell}"] = ("molecule/cell/h/nM", f"most_{cell}/(ec50_{cell} + L_{cell})")
        variables[f"restitution_{cell}"] = ("molecule/cell/h", f"{returned}*most_{cell}*S_{cell}")
        variables[f"aT_{cell}"] = ("molecule/cell", f"cd25_{cell}*(1 + S_{cell})")
    return equations(parameters=parameters, variables=variables)


@lru_cache(maxsize=4)
def body(weight: float = 70.0) -> Network:
    """All mechanisms on the stand-in receptors."""
    catalogue = load_catalog()
    parts = (build(catalogue.mechanisms[name].parameters) for name, build in MECHANISMS.items())
    return sum(parts, stand_in(weight))


def values(network: Network, **changed: float) -> dict[str, float]:
    """Parameters in canonical units, run_in included, with changes."""
    found = {key: p.canonical for key, p in network.parameters.items()} | {RUN_IN: 0.0}
    assert changed.keys() <= found.keys() | {s.id for s in network.species}, changed
    return found | changed


def initial(network: Network, known: Mapping[str, float]) -> dict[str, float]:
    """Initial state."""
    return {s.id: float(s.initial.evaluate(known)) for s in network.species}


class Ready:
    """A network with its variables ordered and its right-hand side written out, once."""

    def __init__(self, network: Network):
        self.variables = [(v.id, v.expression) for v in network.variables_in_order()]
        self.observables = [(o.name, o.expression) for o in network.observables]
        self.derivatives = network.derivatives()


READY: dict[int, Ready] = {}


def ready(network: Network) -> Ready:
    if id(network) not in READY:
        READY[id(network)] = Ready(network)
    return READY[id(network)]


def with_variables(
    network: Network, state: Mapping[str, float], known: Mapping[str, float]
) -> dict[str, float]:
    """States, parameters and variables at one state."""
    found = {**known, **state}
    for key, expression in ready(network).variables:
        found[key] = float(expression.evaluate(found))
    return found


def everything(network: Network, state: Mapping[str, float], known: Mapping[str, float]) -> dict[str, float]:
    """States, parameters, variables and observables at one state."""
    found = with_variables(network, state, known)
    for key, expression in ready(network).observables:
        found[key] = float(expression.evaluate(found))
    return found


def slopes(network: Network, state: Mapping[str, float], known: Mapping[str, float]) -> dict[str, float]:
    """Rates of change at one state."""
    found = with_variables(network, state, known)
    return {key: float(e.evaluate(found)) for key, e in ready(network).derivatives.items()}


def untreated(network: Network, known: Mapping[str, float]) -> tuple[dict[str, float], dict[str, float]]:
    """State and parameters after the run-in, found by bisection: only interleukin-2 in tissue settles in it."""
    held = dict(known) | {RUN_IN: 1.0}
    state = initial(network, held)
    slope = ready(network).derivatives["A2"]
    low, high = 0.0, state["A2"] * 2
    for _ in range(60):
        state["A2"] = (low + high) / 2
        if slope.evaluate(with_variables(network, state, held)) > 0:
            low = state["A2"]
        else:
            high = state["A2"]
    found = everything(network, state, held)
    done = {b.parameter: float(b.expression.evaluate(found)) for b in network.baselines}
    return state, dict(known) | done | {RUN_IN: 0.0}


def random_state(network: Network, seed: int) -> dict[str, float]:
    """A state far from baseline, every species positive and of its typical size."""
    rng = np.random.default_rng(seed)
    from leukin.quantity import to_canonical

    return {s.id: to_canonical(s.scale, s.unit) * float(rng.lognormal(0, 0.7)) for s in network.species}


__all__ = [
    "BLOOD_CELLS",
    "MECHANISMS",
    "body",
    "everything",
    "initial",
    "random_state",
    "slopes",
    "stand_in",
    "untreated",
    "values",
]
