"""The interleukin-2 receptor for runs of months: fast steps eliminated in closed form, signalling complexes kept."""

from __future__ import annotations

from leukin.biology.receptor_binding import constants, receptor_parameters
from leukin.catalog import CellType, Mechanism, Molecule
from leukin.network import Network, Species, equations
from leukin.quantity import parse

NOT_MODELLED = (
    "other cytokines that share CD122 or CD132 (IL-15, IL-7, IL-4, IL-9, IL-21)",
    "single-cell spread of receptor numbers inside a patient: every cell type is its geometric mean cell",
    "induction of CD25 and CD122 by antigen receptors: activated cells are a type of their own",
)


def reduced_receptor(molecule: Molecule, cell: CellType, trafficking: Mechanism, born: str = "0") -> Network:
    """Membrane totals and signalling complexes of one cell type under interleukin-2.

    States (molecule/cell): aT and bT are CD25 and CD122 on the membrane with what they hold (CD132, gT, follows CD122 at
    a fixed distance); C signalling complexes at the surface, Ce in endosomes. Binding to CD25 (half-life 2 s) and
    encounters on the membrane are at their quasi-steady state; complexes of beta-gamma and alpha-beta-gamma, which live
    longer than plasma ligand, are not. Free names: L (nM), m (0..1, CD25 induction, from `stat5`), and those of `born`
    (1/h): new cells per cell and hour of the pool that the cell stands for, "0" where none is born. A new cell has the
    chains of the others, without ligand: cells that divide share what they hold, and their chains are made anew.

        a from  A1 a^2 + (A1 K8' + C - aT) a - aT K8' = 0        u = L/KD_alpha, A1 = 1 + u (1 + g0/K4)
        dC/dt  = b on L - (off + ke + born) C   dCe/dt = ke C - (kdeg + off_e + born) Ce

    Ligand on CD25 alone and free in endosomes is in closed form and carries no amount: what a cell holds is C + Ce.
    Variables: A (signalling complexes, endosomal ones weighted w_e), U (molecules destroyed per cell and hour),
    capture and restitution (gross uptake per nM and its return, so that capture L - restitution = U + dC/dt + dCe/dt
    + born (C + Ce) exactly), CD122_stained (what antibodies see). Equilibrium constants come from the assembly of the
    full form.
    """
    n, rate = "molecule/cell", "molecule/cell/h"
    new = "" if born == "0" else f" + {born}"
    return equations(
        species=[
            Species("aT", n, parse("CD25"), scale=1000.0),
            Species("bT", n, parse("CD122"), scale=1000.0),
            Species("C", n, scale=1000.0),
            Species("Ce", n, scale=1000.0),
        ],
        variables={
            # of parameters alone
            **constants(),
            "kl": ("1/h", "kend*kdr/(krec + kdr)"),
            "recycled": ("1", "krec/(krec + kdr)"),
            "rho": ("1", "kend/(krec + kdr)"),
            "K8p": (n, "K8 + ke/kf"),
            "kfe": ("cell/molecule/h", "kf/area"),
            "kge": ("cell/molecule/h", "kf_g/area"),
            # CD122 and CD132 are made, lost and returned alike, so that their difference stays
            "gT": (n, "bT + CD132 - CD122"),
            # free chains
            "u": ("1", "L/KD_alpha"),
            "g0": (n, "max(gT - C, 0)"),
            "A1": ("1", "1 + u*(1 + g0/K4)"),
            "bq": (n, "A1*K8p + C - aT"),
            "a": (n, "2*aT*K8p/(bq + sqrt(bq*bq + 4*A1*aT*K8p))"),
            "f3": ("1", "a/(K8p + a)"),
            "g": (n, "g0/(1 + u*a/K4)"),
            "b": (n, "max(bT - C, 0)/(1 + L/KD_beta + u*a/K11)"),
            # signalling complexes: on-rate a nM and free CD122, off-rates at the surface and in endosomes
            "on_by_beta": ("1/nM/h", "kon_beta*kf_g*g/(kon_beta*KD_beta + kf_g*g)"),
            "on": ("1/nM/h", "on_by_beta + a*g*w3/KD_alpha"),
            "w3": ("cell^2/molecule^2/h", "kf*kf_g*(1/(kf_g*g + kf*K11) + 1/(kf_g*K4 + kf*b))"),
            "off": ("1/h", "(1 - f3)*K5*kf_g*kon_beta*KD_beta/(kon_beta*KD_beta + kf_g*g) + f3*K10*K11*w3"),
            "ae": (n, "rho*a"),
            "be": (n, "rho*b"),
            "ge": (n, "rho*g"),
            "f3e": ("1", "ae/(ae + pH*K8)"),
            "w3_e": ("cell^2/molecule^2/h", "kfe*kge*(1/(kge*ge + kfe*K11*pH) + 1/(kge*K4*pH + kfe*be))"),
            "off_e": (
                "1/h",
                "(1 - f3e)*K5*pH*kge*kon_beta*KD_beta*pH/(kon_beta*KD_beta*pH + kge*ge) + f3e*K10*K11*pH**2*w3_e",
            ),
            # fate of the ligand
            "eta": ("1", "kh/(kh + kx + krec*rho*aT/(avogadro*Ve*pH*KD_alpha))"),
            "idle": (rate + "/nM", "kend*a/KD_alpha*(1 + g/K4)"),
            "U": (rate, "kdeg*Ce + eta*off_e*Ce + eta*idle*L"),
            "capture": (rate + "/nM", "b*on + eta*idle"),
            "restitution": (rate, "off*C + (1 - eta)*off_e*Ce"),
            "A": (n, "C + w_e*Ce"),
            "CD122_stained": (n, "bT - hidden*C"),
        },
        rates={
            "aT": f"kl*(CD25 - (aT - f3*C)) + v_S*m - ke*f3*C + recycled*(off_e{new})*f3*Ce",
            "bT": f"kl*(CD122 - (bT - C)) - ke*C + recycled*(off_e{new})*Ce",
            "C": f"b*on*L - (off + ke{new})*C",
            "Ce": f"ke*C - (kdeg + off_e{new})*Ce",
        },
        parameters=receptor_parameters(molecule, cell, trafficking, ("kon_beta",)),
    )
