"""What interleukin-2 binds: the constants of its complexes with CD25, CD122 and CD132, from one rule."""

from __future__ import annotations

import math

from leukin.biology.gamma_chain import FAMILIES, arms, assembly, family, inner_constants
from leukin.catalog import CellType, Mechanism, Molecule
from leukin.errors import AssemblyError, Problem
from leukin.network.motifs import Assembly
from leukin.quantity import Parameter
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
    """The complexes of wild-type interleukin-2 (L) with alpha, beta (anchors) and gamma: the rule of the family."""
    return assembly(FAMILIES[0], wild=True)


def constants() -> dict[str, tuple[str, Operand]]:
    """Variables for the dependent constants: K4, K11 by their ratio to K5, then K10, K9 and K12 by detailed balance."""
    il2, n = il2_assembly(), "molecule/cell"
    return {
        **inner_constants(FAMILIES[0]),
        "K10": (n, il2.dissociation(frozenset((ALPHA, BETA)), GAMMA)),
        "K9": (n, il2.dissociation(frozenset((ALPHA, GAMMA)), BETA)),
        "K12": (n, il2.dissociation(frozenset((BETA,)), ALPHA)),
    }


def signals(chains: frozenset[str]) -> bool:
    """Whether a complex of `chains` signals: it needs beta (JAK1) and gamma (JAK3)."""
    return {BETA, GAMMA} <= chains


def of_il2(molecule: Molecule) -> None:
    """Raise AssemblyError for a molecule that does not bind the receptor of interleukin-2."""
    if family(molecule).anchors != (ALPHA, BETA):
        reason = f"'{molecule.id}' does not bind the receptor of interleukin-2"
        raise AssemblyError(
            Problem(field="molecule", reason=reason, fix="use it in `leukin dose-response`, not in a trial")
        )


def check_loops(molecule: Molecule) -> None:
    """Raise AssemblyError when a molecule states a dependent constant that contradicts its independent ones."""
    if not set(LIGAND) <= molecule.parameters.keys():
        return
    known = {key: molecule[key].canonical for key in LIGAND}
    problems = []
    for key, (_, expression) in constants().items():
        known[key] = expr(expression).evaluate(known)
        stated = molecule.parameters.get(key)
        if stated and not math.isclose(stated.canonical, known[key], rel_tol=CLOSED):
            reason = f"{stated.value:g} {stated.unit} of '{molecule.id}' contradicts detailed balance ({known[key]:g})"
            problems.append(Problem(field=key, reason=reason, fix=f"it follows from {', '.join(LIGAND)}"))
    if problems:
        raise AssemblyError(problems)


def receptor_parameters(
    molecule: Molecule, cell: CellType, trafficking: Mechanism, more: tuple[str, ...]
) -> list[Parameter]:
    """Parameters of a receptor network: of the molecule (`LIGAND` and `more`), of the cell, of trafficking.

    The constants of a variant are those of its wild type times its factors. Raises CatalogError for a molecule without
    known affinities for the receptor of interleukin-2, AssemblyError when it states a dependent constant that
    contradicts its independent ones.
    """
    of_il2(molecule)
    check_loops(molecule)
    found = [molecule[key] for key in (*LIGAND, *more)] + [cell[key] for key in CHAINS.values()]
    found = [
        p.with_value(p.value * shift) if (shift := _shift(molecule, p.name)) != 1.0 else p for p in found
    ]
    return found + [p for key, p in trafficking.parameters.items() if key not in OUTSIDE]


def _shift(molecule: Molecule, key: str) -> float:
    """What the factors of a variant and its number of arms make of a constant of the wild type."""
    value = lambda name: molecule.parameters[name].canonical if name in molecule.parameters else 1.0  # noqa: E731
    shape, count = value("cooperativity"), arms(molecule)
    table = {
        "KD_alpha": value("factor_alpha") / count,
        "KD_beta": value("factor_beta") / count,
        "K5": value("factor_gamma"),
        "K8": value("factor_alpha") / shape,
        "ratio_11": value("factor_beta") / (shape * value("factor_gamma")),
        "kon_alpha": float(count),
        "kon_beta": float(count),
    }
    return table.get(key, 1.0)
