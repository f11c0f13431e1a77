"""A network of the size and stiffness of a trial's model, for measuring the engine alone: eight cell types with full
receptor kinetics around two fluids, and a border of slow tissue states. Its numbers are round and mean nothing, and do not
change with the catalogue: speed over the years can be compared.

    python benchmarks/stand_in.py [--patients 256] [--rtol 1e-6]

Sixty days, 28 bolus doses in two cycles, daily outputs, every parameter log-normal with a spread of 30 %, one thread.
"""

from __future__ import annotations

import argparse
import itertools
import os
import time
from dataclasses import dataclass

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

from leukin.engine import System, compile_network, solve  # noqa: E402
from leukin.network import Network, Port, Reaction, Species, Variable, for_each  # noqa: E402
from leukin.quantity import Parameter, Source, number, parse  # noqa: E402

Floats = NDArray[np.float64]

HOUR = 3600.0
#: label -> (alpha, beta, gamma chains, induction of alpha, cells, fluid, name of what multiplies the number of cells)
CELLS = {
    "cd4_naive": (0.2, 0.5, 1.0, 2.0, 5e8, "L1", "1"),
    "cd4_active": (20.0, 2.0, 2.0, 6.0, 1e8, "L1", "1"),
    "cd8_naive": (0.1, 0.6, 1.0, 2.0, 3e8, "L1", "1"),
    "cd8_active": (12.0, 2.5, 2.0, 6.0, 3e8, "L2", "E"),
    "cd8_memory": (1.0, 2.5, 1.5, 3.0, 2e8, "L1", "1"),
    "treg": (30.0, 1.0, 1.0, 6.0, 3e8, "L2", "R"),
    "nk": (0.3, 5.0, 2.0, 2.0, 2e8, "L1", "K"),
    "b": (0.5, 0.6, 1.0, 1.0, 4e8, "L2", "1"),
}
CELL_RATES = {
    "A": "sA*(1 + fA*pS/(pS + KpS)) - ke0*A - r1 - r6 - r7 + kr*iA",
    "B": "sB - ke0*B - r2 - r4",
    "G": "sG - ke0*G - r3 - r5",
    "AL": "r1 - r4 - ke0*AL",
    "BL": "r2 - r3 - r6 - ke0*BL",
    "BGL": "r3 - r7 - kint*BGL",
    "ABL": "r4 + r6 - r5 - ke0*ABL",
    "ABGL": "r5 + r7 - kint*ABGL",
    "iA": "ke0*(A + AL + ABL) - kr*iA - kd*iA + kdis*iABGL",
    "iBGL": "kint*BGL - kdis*iBGL - kd*iBGL",
    "iABGL": "kint*ABGL - kdis*iABGL - kd*iABGL",
    "iL": "ke0*(AL + BL + ABL) + kdis*(iBGL + iABGL) - krl*iL - kd*iL",
    "pS": "kp*active*(1 - pS)/(1 + So/KS) - kdp*pS",
    "So": "ks*pS - kds*So",
}
CELL_VARIABLES = {
    "r1": "konA*L*A - koffA*AL",
    "r2": "konB*L*B - koffB*BL",
    "r3": "k2*BL*G - km3*BGL",
    "r4": "k2*AL*B - km4*ABL",
    "r5": "k2*ABL*G - km5*ABGL",
    "r6": "k2*BL*A - km6*ABL",
    "r7": "k2*BGL*A - km7*ABGL",
    "active": "BGL + ABGL + 0.5*(iBGL + iABGL)",
    "sink": "conv*(r1 + r2 - krl*iL)*cells",
}
CELL_NUMBERS = {
    "konA": 1e-2 * HOUR, "koffA": 0.1 * HOUR, "konB": 1e-2 * HOUR, "koffB": HOUR, "k2": 0.1 * HOUR, "km3": 1e-3 * HOUR,
    "km4": 1e-2 * HOUR, "km5": 1e-4 * HOUR, "km6": 1e-3 * HOUR, "km7": 1e-3 * HOUR, "KpS": 0.3, "ke0": 0.36,
    "kr": 0.72, "kd": 0.36, "kint": 2.88, "kdis": 1.08, "krl": 0.36, "kp": 7.2, "kdp": 1.8, "KS": 0.5, "ks": 0.108,
    "kds": 0.108,
}  # fmt: skip
BORDER = {
    "D": ("0", "-ka*D"),
    "L1": ("0.001", "ka*D*Fb/V1 - CL/V1*L1 - Q/V1*(L1 - L2) + pr1 - sink_cd4_naive - sink_cd4_active - sink_cd8_naive"
           " - sink_cd8_memory - sink_nk"),
    "L2": ("0.001", "Q/V2*(L1 - L2) + pr2*E - sink_cd8_active - sink_treg - sink_b"),
    "T": ("1", "g*T*(1 - T/Tmax) - kk*E*T/(hT + T)/(1 + R/KR) - kn*K*T/(hT + T)"),
    "E": ("1", "sE + pE*pS_cd8_active*E/(1 + X/KE)/(1 + E) - dE*E - dX*X*E"),
    "R": ("1", "sR + pR*pS_treg*R/(1 + R) - dR*R"),
    "K": ("1", "sK + pK*pS_nk*K/(1 + K) - dK*K"),
    "F": ("0.1", "sF*(E*pS_cd8_active + K*pS_nk) - dF*F"),
    "I6": ("0.1", "s6*(F*F/(1 + F*F) + 0.2*pS_b) - d6*I6"),
    "V": ("0", "sV*I6/(KV + I6)*(1 + pS_nk) - dV*V"),
    "Ed": ("0", "sEd*V - dEd*Ed"),
    "Ly": ("1", "sLy - kLy*(pS_cd4_naive + pS_cd8_naive)*Ly - dLy*Ly"),
    "X": ("0", "sX*E*T/(hT + T) - dXX*X"),
}  # fmt: skip
BORDER_NUMBERS = {
    "ka": 0.15, "Fb": 0.4, "V1": 4.0, "V2": 3.0, "CL": 7.0, "Q": 1.5, "pr1": 1e-4, "pr2": 1e-3, "g": 7.2e-4,
    "Tmax": 20.0, "kk": 2e-3, "kn": 4e-4, "hT": 1.0, "KR": 1.5, "sE": 1e-3, "pE": 2e-2, "KE": 0.5, "dE": 1e-3, "dX": 1e-4,
    "sR": 2e-3, "pR": 1.5e-2, "dR": 2e-3, "sK": 3e-3, "pK": 2e-2, "dK": 3e-3, "sF": 5e-2, "dF": 0.1, "s6": 5e-2,
    "d6": 0.08, "sV": 2e-2, "KV": 1.0, "dV": 0.02, "sEd": 1e-2, "dEd": 1e-2, "sLy": 5e-3, "kLy": 2e-2, "dLy": 5e-3,
    "sX": 2e-3, "dXX": 1e-3,
}  # fmt: skip


def _parameters(values: dict[str, float]) -> dict[str, Parameter]:
    return {key: Parameter(key, value, "1", Source("definition")) for key, value in values.items()}


def _rates(rates: dict[str, str]) -> tuple[Reaction, ...]:
    return tuple(
        Reaction(f"change_{key}", {}, {key: number(1.0)}, parse(rate)) for key, rate in rates.items()
    )


def cell(label: str) -> Network:
    """Receptors, uptake and signal of one cell type."""
    alpha, beta, gamma, induced, count, fluid, many = CELLS[label]
    made = {
        "sA": alpha * 0.108,
        "sB": beta * 0.36,
        "sG": gamma * 0.36,
        "fA": induced,
        "conv": count / 6.022e11,
    }
    start = {"A": "sA/ke0", "B": "sB/ke0", "G": "sG/ke0"}
    return Network(
        species=tuple(Species(key, "1", parse(start.get(key, "0"))) for key in CELL_RATES),
        reactions=_rates(CELL_RATES),
        variables=tuple(Variable(key, "1", parse(text)) for key, text in CELL_VARIABLES.items()),
        parameters=_parameters(CELL_NUMBERS | made),
    ).bind({"L": fluid, "cells": many})


def stand_in() -> Network:
    """125 states, 255 parameters, ports of both fluids that doses enter."""
    border = Network(
        species=tuple(Species(key, "1", parse(start)) for key, (start, _) in BORDER.items()),
        reactions=_rates({key: rate for key, (_, rate) in BORDER.items()}),
        parameters=_parameters(BORDER_NUMBERS),
        ports=(Port("iv bolus", "L1", "amount"), Port("sc", "D", "amount")),
    )
    return for_each(CELLS, cell) + border


HORIZON, SPREAD = 60 * 24.0, 0.3
#: h; what every dose adds to plasma (nM) and to the depot (nmol)
DOSES = tuple(cycle + 8.0 * k for cycle in (0.0, 336.0) for k in range(14))
PLASMA, DEPOT = 30.0, 12.0
#: part of the relative tolerance that is allowed absolutely
SMALL = 1e-3


def population(system: System, n: int, seed: int = 1) -> Floats:
    """Parameters float64[patient, parameter], log-normal about the nominal values with their means kept."""
    width = np.sqrt(np.log(1 + SPREAD**2))
    draws = np.random.default_rng(seed).standard_normal((n, len(system.parameters)))
    return np.asarray(system.nominal * np.exp(width * draws - 0.5 * width**2))


@dataclass(frozen=True, slots=True)
class Course:
    """States [patient, day, state] just before doses, steps and statuses of each patient."""

    states: Floats
    steps: Floats
    status: NDArray[np.int64]


def treat(system: System, params: Floats, rtol: float, block: int = 64) -> Course:
    """All patients through all segments."""
    plasma, depot = system.state_index["L1"], system.state_index["D"]
    days = np.arange(0.0, HORIZON + 1.0, 24.0)
    found = []
    for first in range(0, len(params), block):
        p = params[first : first + block]
        y, step, code, steps = system.initial(p), None, None, np.zeros(len(p))
        saved = [y[:, None, :].copy()]
        for start, stop in itertools.pairwise((*DOSES, HORIZON)):
            y = y.copy()
            y[:, plasma] += PLASMA
            y[:, depot] += DEPOT
            inside = days[(days > start) & (days <= stop)]
            part = solve(
                system, y, p, start, stop, inside, step=step, status=code, rtol=rtol, atol=SMALL * rtol
            )
            y, step, code, steps = part.state, part.step, part.status, steps + part.steps
            saved.append(part.saved)
        found.append(Course(np.concatenate(saved, axis=1), steps, np.asarray(code)))
    return Course(
        *(np.concatenate([getattr(c, key) for c in found]) for key in ("states", "steps", "status"))
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--patients", type=int, default=256)
    parser.add_argument("--rtol", type=float, default=1e-6)
    asked = parser.parse_args()
    begin = time.process_time()
    system = compile_network(stand_in())
    compiled = time.process_time() - begin
    params = population(system, asked.patients)
    treat(system, params[:8], asked.rtol)
    best = np.inf
    for _ in range(3):
        begin = time.process_time()
        done = treat(system, params, asked.rtol)
        best = min(best, time.process_time() - begin)
    cached = "from the cache" if system.machine.native.cached else "cold"
    print(
        f"{len(system.states)} states, {len(system.parameters)} parameters, {len(system.machine.elimination.place)} entries "
        f"of LU, compiled in {compiled:.2f} s ({cached}); rtol {asked.rtol:g}: {asked.patients / best:.0f} patients/CPU-s, "
        f"{done.steps.mean():.0f} steps a patient, {1e6 * best / done.steps.sum():.2f} us a step, "
        f"{np.count_nonzero(done.status)} failed"
    )


if __name__ == "__main__":
    main()
