"""STAT5: phosphorylation by receptor complexes, SOCS feedback in three delayed steps, induction of CD25."""

from __future__ import annotations

from leukin.catalog import CellType, Mechanism
from leukin.network import Network, Species, equations

NOT_MODELLED = (
    "ERK (MAPK) and AKT (PI3K) relays, JAK inhibitors and loss of JAK3",
    "STAT3 and STAT6; copy numbers of JAK1, JAK3 and STAT5, which never limit the drive in the data",
)

#: what a cell may hold of its own instead of the constant that all cells share
OWN = "K_A"


def stat5(cell: CellType, signalling: Mechanism) -> Network:
    """Fraction S of STAT5 that is phosphorylated, and what follows from it.

    Free name: A (signalling complexes, molecule/cell). A cell entry that holds K_A uses it in place of the shared one.

        drive = (A/K_A)^h / (1 + X3)        dS/dt = k_p (drive (1 - S) - S)
        dX1/dt = 3/tau_X (x_max S/(K_X + S) - X1)        X2, X3 follow        dm/dt = (S/(K_n + S) - m)/tau_m
    """
    parameters = {**signalling.parameters, **{key: p for key, p in cell.parameters.items() if key == OWN}}
    return equations(
        species=[Species(key, "1", scale=1.0) for key in ("S", "X1", "X2", "X3", "m")],
        variables={"stat5_drive": ("1", "(A/K_A)**h/(1 + X3)"), "step_X": ("1/h", "3/tau_X")},
        rates={
            "S": "k_p*(stat5_drive*(1 - S) - S)",
            "X1": "step_X*(x_max*S/(K_X + S) - X1)",
            "X2": "step_X*(X1 - X2)",
            "X3": "step_X*(X2 - X3)",
            "m": "(S/(K_n + S) - m)/tau_m",
        },
        observables={"pSTAT5": ("1", "S")},
        parameters=parameters,
    )
