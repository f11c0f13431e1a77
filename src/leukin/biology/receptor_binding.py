"""What interleukin-2 binds: the constants of its complexes with CD25, CD122 and CD132, from one rule."""

from __future__ import annotations

import math

from leukin.catalog import CellType, Mechanism, Molecule
from leukin.errors import AssemblyError, Problem
from leukin.network.motifs import Assembly
from leukin.quantity import Parameter, name, parse
from leukin.quantity.expression import Operand, expr

#: chain in names of species -> receptor number of the cell
CHAINS = {"alpha": "CD25", "beta": "CD122", "gamma": "CD132"}
#: independent constants of the molecule; all others follow by detailed balance
LIGAND = ("KD_alpha", "KD_beta", "K5", "K8", "ratio_4", "ratio_11")
#: entry of the trafficking mechanism that is not part of the equations: it belongs to the assay of many cells
OUTSIDE = ("single_cell_share",)
#: relative tolerance with which a stated constant must close its loops
CLOSED = 1e-9

ALPHA, BETA, GAMMA = CHAINS


def il2_assembly() -> Assembly:
    """The complexes of interleukin-2 (L) with alpha, beta (anchors) and gamma, in names of the molecule's constants.

    The links are chosen so that L.beta + gamma has the constant K5, L.alpha + gamma K4, L.alpha + beta K11 and
    L.beta.gamma + alpha K8 (numbers of the reactions as in Farhat et al. 2021).
    """
    return Assembly(
        ligand="L",
        anchors={ALPHA: name("KD_alpha"), BETA: name("KD_beta")},
        shared=(GAMMA,),
        links={
            frozenset((BETA, GAMMA)): parse("1/K5"),
            frozenset((ALPHA, GAMMA)): parse("1/K4"),
            frozenset((ALPHA, BETA)): parse("KD_beta/K11"),
            frozenset((ALPHA, BETA, GAMMA)): parse("KD_alpha*K4*K11/(KD_beta*K8)"),
        },
    )


def constants() -> dict[str, tuple[str, Operand]]:
    """Variables for the dependent constants: K4, K11 by their ratio to K5, then K10, K9 and K12 by detailed balance."""
    il2, n = il2_assembly(), "molecule/cell"
    return {
        "K4": (n, parse("ratio_4*K5")),
        "K11": (n, parse("ratio_11*K5")),
        "K10": (n, il2.dissociation(frozenset((ALPHA, BETA)), GAMMA)),
        "K9": (n, il2.dissociation(frozenset((ALPHA, GAMMA)), BETA)),
        "K12": (n, il2.dissociation(frozenset((BETA,)), ALPHA)),
    }


def signals(chains: frozenset[str]) -> bool:
    """Whether a complex of `chains` signals: it needs beta (JAK1) and gamma (JAK3)."""
    return {BETA, GAMMA} <= chains


def receptor_parameters(
    molecule: Molecule, cell: CellType, trafficking: Mechanism, more: tuple[str, ...]
) -> list[Parameter]:
    """Parameters of a receptor network: of the molecule (`LIGAND` and `more`), of the cell, of trafficking.

    Raises AssemblyError when the molecule states a dependent constant that contradicts its independent ones.
    """
    found = [molecule[key] for key in (*LIGAND, *more)] + [cell[key] for key in CHAINS.values()]
    known = {p.name: p.canonical for p in found}
    problems = []
    for key, (_, expression) in constants().items():
        known[key] = expr(expression).evaluate(known)
        stated = molecule.parameters.get(key)
        if stated and not math.isclose(stated.canonical, known[key], rel_tol=CLOSED):
            reason = f"{stated.value:g} {stated.unit} of '{molecule.id}' contradicts detailed balance ({known[key]:g})"
            problems.append(Problem(field=key, reason=reason, fix=f"it follows from {', '.join(LIGAND)}"))
    if problems:
        raise AssemblyError(problems)
    return found + [p for key, p in trafficking.parameters.items() if key not in OUTSIDE]
