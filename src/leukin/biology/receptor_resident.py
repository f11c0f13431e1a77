"""The full receptor kinetics in a patient: every complex of every cell, with the ligand taken from fluids of the body."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from operator import add

from leukin.biology.gamma_chain import ONLY, arms, family
from leukin.biology.receptor import RATE, receptors
from leukin.biology.receptor_binding import of_il2
from leukin.catalog import CellType, Mechanism, Molecule
from leukin.network import Network, Reaction, Variable
from leukin.quantity import name, number, parse

#: species of a dish that a patient has not: the sum of what was destroyed has no steady state
SUM = "destroyed"
#: typical number of molecules of any species under treatment, for the solver's absolute tolerance
TYPICAL = 100.0
#: part of the dissociation constant of CD25 that counts as no ligand
NOTHING = 1e-9


def resident_receptor(molecule: Molecule, cell: CellType, trafficking: Mechanism, born: str = "0") -> Network:
    """All complexes of one cell type of a patient under interleukin-2, at the surface and in endosomes: see `receptors`.

    It stands where `reduced_receptor` stands and offers the same names. Free names: L (nM, any expression: the fluid that
    the cell sees), m (0..1, CD25 induction, from `stat5`), and those of `born` (1/h). The ligand is no species of the
    cell; what the cell takes is counted, exactly:

        capture L - restitution = sum of net rates of binding - kx L_in        (molecule/cell/h)

    so that a body which subtracts cells (capture L - restitution) from its fluids loses nothing. A cell that stays in
    several fluids in turn takes from each by its level. What leaves a single chain, within seconds, leaves where it was
    bound, and must not be carried from one fluid to another: it is given back by level too, so that nothing is ever taken
    from a fluid without ligand. What leaves endosomes is given back by the time that the cell stays.

        capture = kon_alpha alpha + kon_beta beta - fast/(L + trace)        restitution = kx L_in + fast trace/(L + trace)
        fast = koff_alpha L_alpha + koff_beta L_beta        trace: a level that counts as none

    Raises AssemblyError for a molecule that does not bind the receptor of interleukin-2.
    """
    of_il2(molecule)
    dish = receptors({ONLY: molecule}, cell, trafficking, born=parse(born))
    none = {ONLY: number(0.0)}
    fast = reduce(add, [-r.rate.substitute(none) for r in dish.reactions if ONLY in r.reactants])
    slow = reduce(add, [r.rate for r in dish.reactions if ONLY in r.products])
    gross = parse(" + ".join(f"{arms(molecule)}*kon_{x}*{x}" for x in family(molecule).anchors))
    counts = (
        Variable("fast", RATE, fast),
        Variable("trace", "nM", number(NOTHING) * name("KD_alpha")),
        Variable("capture", f"{RATE}/nM", gross - parse(f"fast/({ONLY} + trace)")),
        Variable("restitution", RATE, slow + parse(f"fast*trace/({ONLY} + trace)")),
    )
    return replace(
        dish,
        species=tuple(
            replace(
                s,
                scale=max(s.scale, TYPICAL),
                contains={chain: n for chain, n in s.contains.items() if chain != ONLY},
            )
            for s in dish.species
            if s.id != SUM
        ),
        reactions=tuple(_inside(r) for r in dish.reactions),
        variables=dish.variables + counts,
    )


def _inside(reaction: Reaction) -> Reaction:
    """The reaction without the fluid and without the sum of what was destroyed."""
    keep = lambda side: {key: n for key, n in side.items() if key not in (ONLY, SUM)}  # noqa: E731
    return replace(reaction, reactants=keep(reaction.reactants), products=keep(reaction.products))
