"""A network of the size and stiffness of a trial's model, for measuring the engine alone: eight cell types with full
receptor kinetics around two fluids, and a border of slow tissue states. Its numbers are round and mean nothing."""

from __future__ import annotations

from leukin.network import Extinction, Network, Port, Reaction, Species, Variable, for_each
from leukin.quantity import Parameter, Source, number, parse

HOUR = 3600.0
#: label -> (alpha, beta, gamma chains, cells, fluid, name of what multiplies the number of cells)
CELLS = {
    "cd4_naive": (0.2, 0.5, 1.0, 5e8, "L1", "1"),
    "cd4_active": (20.0, 2.0, 2.0, 1e8, "L2", "1"),
    "cd8_naive": (0.1, 0.6, 1.0, 3e8, "L1", "1"),
    "cd8_active": (12.0, 2.5, 2.0, 3e8, "L2", "E"),
    "cd8_memory": (1.0, 2.5, 1.5, 2e8, "L1", "1"),
    "treg": (30.0, 1.0, 1.0, 3e8, "L2", "R"),
    "nk": (0.3, 5.0, 2.0, 2e8, "L1", "K"),
    "b": (0.5, 0.6, 1.0, 4e8, "L2", "1"),
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
    "km4": 1e-2 * HOUR, "km5": 1e-4 * HOUR, "km6": 1e-3 * HOUR, "km7": 1e-3 * HOUR, "fA": 4.0, "KpS": 0.3, "ke0": 0.36,
    "kr": 0.72, "kd": 0.36, "kint": 2.88, "kdis": 1.08, "krl": 0.36, "kp": 7.2, "kdp": 1.8, "KS": 0.5, "ks": 0.108,
    "kds": 0.108,
}  # fmt: skip
BORDER = {
    "D": ("0", "-ka*D"),
    "L1": ("0.001", "rate_iv/V1 + ka*D*Fb/V1 - CL/V1*L1 - Q/V1*(L1 - L2) + pr1 - sink_cd4_naive - sink_cd8_naive"
           " - sink_cd8_memory - sink_nk"),
    "L2": ("0.001", "Q/V2*(L1 - L2) + pr2*E - sink_cd4_active - sink_cd8_active - sink_treg - sink_b"),
    "T": ("1", "g*T*(1 - T/Tmax) - kk*E*T/(hT + T)/(1 + R/KR) - kn*K*T/(hT + T)"),
    "E": ("1", "sE + pE*pS_cd8_active*E/(1 + X/KE)/(1 + E) - dE*E - dX*X*E"),
    "R": ("1", "sR + pR*pS_treg*R/(1 + R) - dR*R"),
    "K": ("1", "sK + pK*pS_nk*K/(1 + K) - dK*K"),
    "F": ("0.1", "sF*(E*pS_cd8_active + K*pS_nk) - dF*F"),
    "I6": ("0.1", "s6*(F**hill/(1 + F**hill) + 0.2*pS_b) - d6*I6"),
    "V": ("0", "sV*I6/(KV + I6)*(1 + pS_nk) - dV*V"),
    "Ed": ("0", "sEd*V - dEd*Ed"),
    "Ly": ("1", "sLy - kLy*(pS_cd4_naive + pS_cd8_naive)*Ly - dLy*Ly"),
    "X": ("0", "sX*E*T/(hT + T) - dXX*X"),
}  # fmt: skip
BORDER_NUMBERS = {
    "rate_iv": 0.0, "ka": 0.15, "Fb": 0.4, "V1": 4.0, "V2": 3.0, "CL": 7.0, "Q": 1.5, "pr1": 1e-4, "pr2": 1e-3, "g": 7.2e-4,
    "Tmax": 20.0, "kk": 2e-3, "kn": 4e-4, "hT": 1.0, "KR": 1.5, "sE": 1e-3, "pE": 2e-2, "KE": 0.5, "dE": 1e-3, "dX": 1e-4,
    "sR": 2e-3, "pR": 1.5e-2, "dR": 2e-3, "sK": 3e-3, "pK": 2e-2, "dK": 3e-3, "sF": 5e-2, "dF": 0.1, "s6": 5e-2,
    "d6": 0.08, "sV": 2e-2, "KV": 1.0, "dV": 0.02, "sEd": 1e-2, "dEd": 1e-2, "sLy": 5e-3, "kLy": 2e-2, "dLy": 5e-3,
    "sX": 2e-3, "dXX": 1e-3, "hill": 1.7, "T_least": 1e-9,
}  # fmt: skip


def _parameters(values: dict[str, float]) -> dict[str, Parameter]:
    return {key: Parameter(key, value, "1", Source("definition")) for key, value in values.items()}


def _rates(rates: dict[str, str]) -> tuple[Reaction, ...]:
    return tuple(
        Reaction(f"change_{key}", {}, {key: number(1.0)}, parse(rate)) for key, rate in rates.items()
    )


def cell(label: str) -> Network:
    """Receptors, uptake and signal of one cell type."""
    alpha, beta, gamma, count, fluid, many = CELLS[label]
    made = {"sA": alpha * 0.108, "sB": beta * 0.36, "sG": gamma * 0.36, "conv": count / 6.022e11}
    start = {"A": "sA/ke0", "B": "sB/ke0", "G": "sG/ke0"}
    return Network(
        species=tuple(Species(key, "1", parse(start.get(key, "0"))) for key in CELL_RATES),
        reactions=_rates(CELL_RATES),
        variables=tuple(Variable(key, "1", parse(text)) for key, text in CELL_VARIABLES.items()),
        parameters=_parameters(CELL_NUMBERS | made),
    ).bind({"L": fluid, "cells": many})


def stand_in() -> Network:
    """125 states, about 270 parameters, an infusion port, one extinction that does not happen."""
    border = Network(
        species=tuple(Species(key, "1", parse(start)) for key, (start, _) in BORDER.items()),
        reactions=_rates({key: rate for key, (_, rate) in BORDER.items()}),
        parameters=_parameters(BORDER_NUMBERS),
        ports=(Port("iv infusion", "rate_iv", "rate"),),
        extinctions=(Extinction("T", parse("T_least")),),
    )
    return for_each(CELLS, cell) + border
