"""The interleukin-2 receptor in full kinetics, for a dish: every complex at the surface and in endosomes."""

from __future__ import annotations

from leukin.biology.receptor_binding import CHAINS, constants, il2_assembly, receptor_parameters, signals
from leukin.catalog import CellType, Mechanism, Molecule
from leukin.network import Network, Reaction, Species, equations
from leukin.network.motifs import degradation, flow, membrane, synthesis
from leukin.quantity import Expr, name, number, parse
from leukin.quantity.expression import expr

#: suffix of species inside endosomes
INSIDE = "_in"
UNIT, RATE = "molecule/cell", "molecule/cell/h"

NOT_MODELLED = ("exchange of IL-2 between endosomes, and sorting of complexes by their affinity",)


def full_receptor(molecule: Molecule, cell: CellType, trafficking: Mechanism) -> Network:
    """Binding, internalisation, recycling and degradation of interleukin-2 and its receptor on one cell type.

    Species (molecule/cell): alpha, beta, gamma and L_alpha ... L_alpha_beta_gamma at the surface, the same with _in in
    endosomes, L_in free ligand in endosomes, destroyed (ligand degraded since the start). Free names: L (nM, a species:
    the medium), density (cell/L; 0 where ligand is in excess), m (0..1, CD25 induction, from `stat5`).

        surface, inactive -> endosome: kend; active -> endosome: ke        [L_in] = L_in/(avogadro Ve)
        endosome, inactive -> surface: krec, lost: kdr; active lost: kdeg  L_in -> medium: kx, lost: kh
        synthesis of a chain: N kend kdr/(krec + kdr), CD25 also v_S m     medium: density/avogadro nM a molecule/cell

    In endosomes every dissociation constant is multiplied by pH, and steps on the membrane are 1/area times as fast, both
    ways: the rates were fitted in this form. Without ligand the initial state is steady. Variables as in the reduced
    form: aT, bT, gT, A, U, CD122_stained.
    """
    il2 = il2_assembly()
    on = {("L", "alpha"): name("kon_alpha"), ("L", "beta"): name("kon_beta")}
    meet = {"alpha": name("kf"), "beta": name("kf"), "gamma": name("kf_g")}
    scale = {"alpha": 100.0, "beta": 100.0, "gamma": 1000.0}
    medium = parse("density/avogadro")
    surface = membrane(
        [il2], numbers=CHAINS, ligands={"L": ("L", medium, name("L"))}, on=on, meet=meet, scale=scale
    )
    network = surface + membrane(
        [il2],
        numbers={chain: f"{count}*kend/(krec + kdr)" for chain, count in CHAINS.items()},
        ligands={"L": ("L" + INSIDE, 1.0, parse(f"L{INSIDE}/(avogadro*Ve)"))},
        on=on,
        meet=meet,
        release=name("pH"),
        crowding=parse("1/area"),
        place=INSIDE,
        scale=scale,
    )
    held = {il2.complex(chains): chains for chains in il2.complexes}
    active = [key for key, chains in held.items() if signals(chains)]
    for key in (*CHAINS, *held):
        lost = "destroyed" if key in held else None
        if key in active:
            network += flow(key, key + INSIDE, "ke") + degradation(key + INSIDE, "kdeg", lost)
        else:
            network += flow(key, key + INSIDE, "kend") + flow(key + INSIDE, key, "krec")
            network += degradation(key + INSIDE, "kdr", lost)
    for chain, count in CHAINS.items():
        induced = " + v_S*m" if chain == "alpha" else ""
        network += synthesis(chain, f"{count}*kend*kdr/(krec + kdr){induced}")
    network += degradation("L" + INSIDE, "kh", "destroyed") + _returned(medium)
    return network + equations(
        species=[Species("L" + INSIDE, UNIT, contains={"L": 1}), Species("destroyed", UNIT, scale=10.0)],
        variables={**constants(), **_totals(held, active)},
        parameters=receptor_parameters(molecule, cell, trafficking, ("kon_alpha", "kon_beta")),
    )


def _returned(medium: Expr) -> Network:
    """Ligand that leaves endosomes for the medium."""
    leave = Reaction(f"L{INSIDE}_to_L", {"L" + INSIDE: number(1.0)}, {"L": medium}, parse(f"kx*L{INSIDE}"))
    return Network(reactions=(leave,))


def _totals(held: dict[str, frozenset[str]], active: list[str]) -> dict[str, tuple[str, Expr]]:
    """Membrane totals, signalling complexes, stained CD122 and the rate of destruction of ligand."""
    inside = lambda keys: " + ".join(key + INSIDE for key in keys)  # noqa: E731
    idle = [key for key in held if key not in active]
    table = {
        total: (UNIT, " + ".join([chain, *(key for key, chains in held.items() if chain in chains)]))
        for total, chain in zip(("aT", "bT", "gT"), CHAINS, strict=True)
    }
    table["A"] = (UNIT, f"{' + '.join(active)} + w_e*({inside(active)})")
    table["CD122_stained"] = (UNIT, f"bT - hidden*({' + '.join(active)})")
    table["U"] = (RATE, f"kh*L{INSIDE} + kdeg*({inside(active)}) + kdr*({inside(idle)})")
    return {key: (unit, expr(text)) for key, (unit, text) in table.items()}
