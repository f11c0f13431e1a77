"""Receptors of the gamma-c family in full kinetics, for a dish: every complex at the surface and in endosomes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from leukin.biology.gamma_chain import (
    ALPHA,
    ARMS,
    BETA,
    CHAINS,
    GAMMA,
    ONLY,
    Family,
    arms,
    assembly,
    crosslink,
    family,
    inner_constants,
    ligand_parameters,
    suffix,
)
from leukin.biology.receptor_binding import OUTSIDE, check_loops
from leukin.catalog import CellType, Mechanism, Molecule
from leukin.errors import CatalogError, Problem
from leukin.network import Network, Reaction, Species, equations
from leukin.network.motifs import (
    Assembly,
    degradation,
    flow,
    membrane,
    pair_name,
    pairs,
    second_arm,
    synthesis,
)
from leukin.quantity import Expr, Parameter, name, number, parse
from leukin.quantity.expression import Operand, expr

#: suffix of species inside endosomes
INSIDE = "_in"
UNIT, RATE = "molecule/cell", "molecule/cell/h"
#: names of the totals on the membrane of chains that IL-2 binds
TOTALS = {"alpha": "aT", "beta": "bT", "gamma": "gT"}
#: typical number of chains, for the solver's absolute tolerance
PRIVATE_SCALE, SHARED_SCALE = 100.0, 1000.0
#: synthesis of chains under antigen receptor signal: a term added, a factor
INDUCED = {ALPHA: ("v_S*m", "v_T*TCR"), BETA: ("", "g_T*TCR")}

NOT_MODELLED = (
    "exchange of ligand between endosomes, and sorting of complexes by their affinity",
    "ligand presented by a chain of another cell (trans-presentation), such as IL-15 on CD215 of monocytes",
)


@dataclass(frozen=True, slots=True)
class Complex:
    """A complex: its species, the chains that it holds, and how many of its arms signal."""

    key: str
    chains: Counter[str]
    active: int


@dataclass(frozen=True, slots=True)
class Ligand:
    """A ligand of the dish: its label, receptor, complexes of one arm, number of arms."""

    label: str
    kind: Family
    arm: Assembly
    arms: int

    @property
    def complexes(self) -> tuple[Complex, ...]:
        """Everything that holds the ligand on a membrane."""
        signals = self.kind.signals
        found = [Complex(self.arm.complex(x), Counter(x), int(signals(x))) for x in self.arm.complexes]
        if self.arms == ARMS:
            found += [
                Complex(
                    pair_name(self.arm, pair), Counter(pair[0]) + Counter(pair[1]), sum(map(signals, pair))
                )
                for pair in pairs(self.arm)
            ]
        return tuple(found)


def full_receptor(molecule: Molecule, cell: CellType, trafficking: Mechanism) -> Network:
    """Receptors of one cell type for one molecule, L in the medium; see `receptors`."""
    return receptors({ONLY: molecule}, cell, trafficking)


def receptors(
    molecules: Mapping[str, Molecule],
    cell: CellType,
    trafficking: Mechanism,
    activation: Mechanism | None = None,
    born: Operand = 0.0,
) -> Network:
    """Binding, internalisation, recycling and degradation of cytokines of the gamma-c family on one cell type.

    molecules: label -> molecule; what several of them bind (CD132, CD122) is one species, so that they compete. Species
    (molecule/cell), for the label L: alpha, beta, gamma ... the free chains, L_alpha ... L_alpha_beta_gamma at the
    surface, the same with _in in endosomes, L_in free ligand in endosomes, destroyed (ligand degraded since the start).
    Free names: L (nM, a species: the medium), density (cell/L; 0 where ligand is in excess), m (0..1, CD25 induction,
    from `stat5`), with `activation`, TCR (0..1, antigen receptor signal), and those of `born` (1/h): new cells per cell
    and hour, 0 where none is born. A new cell has the chains of the others, without ligand: cells that divide share the
    ligand that they hold (born times all of it is taken from each), and the chains of what is shared are made anew.

        surface, inactive -> endosome: kend; active -> endosome: ke        [L_in] = L_in/(avogadro Ve)
        endosome, inactive -> surface: krec, lost: kdr; active lost: kdeg  L_in -> medium: kx, lost: kh
        synthesis of a chain: N kend kdr/(krec + kdr)                      medium: density/avogadro nM a molecule/cell
        CD25 also v_S m + v_T TCR, CD122 times 1 + g_T TCR

    In endosomes every dissociation constant is multiplied by pH, and steps on the membrane are 1/area times as fast, both
    ways: the rates were fitted in this form. Without ligand the initial state is steady. Variables: aT, bT, gT (CD25,
    CD122, CD132 on the membrane with what they hold), for every ligand A (signalling complexes, endosomal ones weighted
    w_e) and U (molecules destroyed per cell and hour), CD122_stained. Names of a ligand other than L end in its label.
    Raises CatalogError for a cell without a number of a chain that is needed.
    """
    ligands = [
        Ligand(label, family(m), assembly(family(m), label), arms(m)) for label, m in molecules.items()
    ]
    for molecule in molecules.values():
        check_loops(molecule)
    chains = [c for c in CHAINS if any(c in ligand.kind.chains for ligand in ligands)]
    network = _surface(ligands, chains) + _endosome(ligands, chains)
    medium = parse("density/avogadro")
    for ligand in ligands:
        network += _ligand(ligand, medium)
    for chain in chains:
        network += _chain(chain, activation is not None)
    network += _shared_by_birth(ligands, expr(born))
    found = [p for label, m in molecules.items() for p in ligand_parameters(m, label)]
    found += [number_of(cell, chain) for chain in chains]
    found += [p for key, p in trafficking.parameters.items() if key not in OUTSIDE]
    if activation is not None:
        found += [activation[key] for key in ("v_T", "g_T")]
    table = _totals(ligands, chains)
    for ligand in ligands:
        table |= inner_constants(ligand.kind, ligand.label)
    return network + equations(variables=table, parameters=found)


def number_of(cell: CellType, chain: str) -> Parameter:
    """How many of a chain a cell has. Raises CatalogError for a cell that does not say."""
    key = CHAINS[chain]
    if key not in cell.parameters:
        reason, fix = f"'{cell.id}' states no number of {key}", f"add [parameters.{key}] to the cell"
        raise CatalogError(Problem(field=f"{cell.id}.{key}", reason=reason, fix=fix))
    return cell[key]


def _binding(
    ligands: list[Ligand], numbers: Mapping[str, Operand], inside: bool, medium: Expr | float
) -> Network:
    """Free chains and complexes of all ligands in one place."""
    place = INSIDE if inside else ""
    release, crowding = (name("pH"), parse("1/area")) if inside else (number(1.0), number(1.0))
    meet = {chain: name("kf_g" if chain == GAMMA else "kf") for chain in numbers}
    free = {}
    for one in ligands:
        concentration = parse(f"{one.label}{INSIDE}/(avogadro*Ve)") if inside else name(one.label)
        arm_concentration = concentration if one.arms == 1 else number(float(one.arms)) * concentration
        free[one.label] = (one.label + place, medium, arm_concentration)
    network = membrane(
        [one.arm for one in ligands],
        numbers=numbers,
        ligands=free,
        on={(o.label, x): name(f"kon_{x}{suffix(o.label)}") for o in ligands for x in o.kind.anchors},
        meet=meet,
        release=release,
        crowding=crowding,
        place=place,
        scale={chain: SHARED_SCALE if chain == GAMMA else PRIVATE_SCALE for chain in numbers},
    )
    for one in ligands:
        if one.arms == ARMS:
            network += second_arm(
                one.arm,
                crosslink=crosslink(one.label),
                meet=meet,
                release=release,
                crowding=crowding,
                place=place,
            )
    return network


def _surface(ligands: list[Ligand], chains: list[str]) -> Network:
    return _binding(ligands, {chain: CHAINS[chain] for chain in chains}, False, parse("density/avogadro"))


def _endosome(ligands: list[Ligand], chains: list[str]) -> Network:
    return _binding(ligands, {c: f"{CHAINS[c]}*kend/(krec + kdr)" for c in chains}, True, 1.0)


def _ligand(ligand: Ligand, medium: Expr) -> Network:
    """Traffic of a ligand's complexes, and of what is free in endosomes."""
    free, lost = ligand.label + INSIDE, "destroyed" + suffix(ligand.label)
    network = Network()
    for one in ligand.complexes:
        if one.active:
            network += flow(one.key, one.key + INSIDE, "ke") + degradation(one.key + INSIDE, "kdeg", lost)
        else:
            network += flow(one.key, one.key + INSIDE, "kend") + flow(one.key + INSIDE, one.key, "krec")
            network += degradation(one.key + INSIDE, "kdr", lost)
    network += degradation(free, "kh", lost)
    leave = Reaction(
        f"{free}_to_{ligand.label}", {free: number(1.0)}, {ligand.label: medium}, parse(f"kx*{free}")
    )
    return network + Network(
        species=(Species(free, UNIT, contains={ligand.label: 1}), Species(lost, UNIT, scale=10.0)),
        reactions=(leave,),
    )


def _chain(chain: str, activated: bool) -> Network:
    """Traffic and synthesis of a free chain."""
    network = flow(chain, chain + INSIDE, "kend") + flow(chain + INSIDE, chain, "krec")
    network += degradation(chain + INSIDE, "kdr")
    made = f"{CHAINS[chain]}*kend*kdr/(krec + kdr)"
    by_stat5, by_antigen = INDUCED.get(chain, ("", ""))
    if chain == BETA and activated:
        made = f"{made}*(1 + {by_antigen})"
    elif chain == ALPHA:
        made = " + ".join([made, by_stat5, *([by_antigen] if activated else [])])
    return network + synthesis(chain, made)


def _shared_by_birth(ligands: list[Ligand], born: Expr) -> Network:
    """What ligand a cell has less because new cells share it, and the chains made for them in the place of those shared."""
    if born == number(0.0):
        return Network()
    reactions = []
    for ligand in ligands:
        held = [(one.key + place, one.chains, place) for one in ligand.complexes for place in ("", INSIDE)]
        for key, chains, place in [*held, (ligand.label + INSIDE, Counter[str](), INSIDE)]:
            rate = born * name(key)
            reactions.append(Reaction(f"share_{key}", {key: number(1.0)}, {}, rate))
            anew = {chain + place: number(float(count)) for chain, count in chains.items()}
            if anew:
                reactions.append(Reaction(f"equip_{key}", {}, anew, rate))
    return Network(reactions=tuple(reactions))


def total_of(chain: str) -> str:
    """The variable that counts a chain on the membrane, free and in complexes."""
    return TOTALS.get(chain, f"{chain}_total")


def _weighted(parts: list[tuple[int, str]]) -> Expr:
    terms = [key if count == 1 else f"{count}*{key}" for count, key in parts if count]
    return expr(" + ".join(terms)) if terms else number(0.0)


def _totals(ligands: list[Ligand], chains: list[str]) -> dict[str, tuple[str, Expr]]:
    """Membrane totals, signalling complexes, stained CD122 and rates of destruction of ligand."""
    every = [one for ligand in ligands for one in ligand.complexes]
    table = {}
    for chain in chains:
        held = [(one.chains[chain], one.key) for one in every if one.chains[chain]]
        table[total_of(chain)] = (UNIT, _weighted([(1, chain), *held]))
    for ligand in ligands:
        end = suffix(ligand.label)
        active = [one for one in ligand.complexes if one.active]
        idle = [one for one in ligand.complexes if not one.active]
        surface = _weighted([(one.active, one.key) for one in active])
        inner = _weighted([(one.active, one.key + INSIDE) for one in active])
        table[f"A{end}"] = (UNIT, surface + name("w_e") * inner)
        lost = name("kh") * name(ligand.label + INSIDE)
        lost = lost + name("kdeg") * _weighted([(1, one.key + INSIDE) for one in active])
        table[f"U{end}"] = (
            RATE,
            lost + name("kdr") * _weighted([(1, one.key + INSIDE) for one in idle]),
        )
    if BETA in chains:
        hiding = [(min(one.active, one.chains[BETA]), one.key) for one in every if one.chains[BETA]]
        table["CD122_stained"] = (UNIT, name("bT") - name("hidden") * _weighted(hiding))
    return table
