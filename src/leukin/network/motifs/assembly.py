"""Complexes that a ligand builds from membrane chains; every loop of reactions closes by construction.

A complex L.X of a ligand with a set X of chains has one association constant

    Ka(L.X) = product over anchors x in X of 1/KD_x  *  product over links Y within X of W_Y

and every equilibrium constant between two complexes is a ratio of two of them, so that no detailed balance can be broken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from operator import mul

from leukin.errors import AssemblyError, Problem, nearest
from leukin.network.model import Network, Species
from leukin.network.motifs.flows import binding
from leukin.quantity import Expr, name, number
from leukin.quantity.expression import Operand, expr

Chains = frozenset[str]


@dataclass(frozen=True, slots=True)
class Assembly:
    """What one ligand binds.

    ligand: prefix of its complexes; anchors: chains that bind it from solution, with their dissociation constant (nM);
    shared: chains that join a complex only; links: factor of the association constant of each group of chains that
    hold each other in the complex (cell/molecule for an anchor with a shared chain, nM cell/molecule for two anchors).
    Raises AssemblyError when a link names a chain that the ligand does not bind.
    """

    ligand: str
    anchors: Mapping[str, Expr]
    shared: tuple[str, ...]
    links: Mapping[Chains, Expr]

    def __post_init__(self) -> None:
        unknown = sorted({chain for link in self.links for chain in link} - set(self.chains))
        if unknown:
            raise AssemblyError(
                [
                    Problem(
                        field=self.ligand, reason=f"links unknown chain '{c}'", fix=nearest(c, self.chains)
                    )
                    for c in unknown
                ]
            )

    @property
    def chains(self) -> tuple[str, ...]:
        """Anchors, then shared chains."""
        return (*self.anchors, *self.shared)

    @property
    def complexes(self) -> tuple[Chains, ...]:
        """Every set of chains with at least one anchor, small ones first."""
        sets = (frozenset(s) for n in range(1, len(self.chains) + 1) for s in combinations(self.chains, n))
        return tuple(s for s in sets if s & self.anchors.keys())

    def complex(self, chains: Iterable[str]) -> str:
        """The species of the ligand with `chains`."""
        held = set(chains)
        return "_".join([self.ligand, *(chain for chain in self.chains if chain in held)])

    def affinity(self, chains: Chains) -> Expr:
        """Association constant of the ligand with all of `chains`."""
        return _product(self._factors(chains))

    def dissociation(self, chains: Chains, joining: str) -> Expr:
        """Equilibrium constant Ka(chains)/Ka(chains + joining): of L.chains + joining <-> L.(chains + joining)."""
        more = self._factors(chains | {joining})
        return number(1.0) / _product({key: more[key] for key in more.keys() - self._factors(chains).keys()})

    def _factors(self, chains: Chains) -> dict[Chains, Expr]:
        factors = {frozenset([c]): number(1.0) / self.anchors[c] for c in self.anchors if c in chains}
        return factors | {link: self.links[link] for link in self.links if link <= chains}


def _product(factors: Mapping[Chains, Expr]) -> Expr:
    ordered = [factors[key] for key in sorted(factors, key=lambda link: (len(link), sorted(link)))]
    return reduce(mul, ordered) if ordered else number(1.0)


def membrane(
    assemblies: Iterable[Assembly],
    *,
    numbers: Mapping[str, Operand],
    ligands: Mapping[str, tuple[str, Operand, Operand]],
    on: Mapping[tuple[str, str], Operand],
    meet: Mapping[str, Operand],
    release: Operand = 1.0,
    crowding: Operand = 1.0,
    place: str = "",
    unit: str = "molecule/cell",
    scale: Mapping[str, float] | None = None,
) -> Network:
    """Free chains and complexes of some ligands on one membrane, with every binding reaction between them.

    numbers: chain -> free chains at the start; ligands: ligand -> (species of the free ligand, molecules a cell to that
    species' unit, concentration in nM); on: (ligand, anchor) -> association rate from solution (1/nM/h); meet: chain ->
    rate at which it joins a complex (cell/molecule/h); release: factor of all equilibrium constants of dissociation;
    crowding: factor of the rates on the membrane, both ways; place: suffix of the species; scale: chain -> typical number.

        L + x <-> L.x        on_x ([L] x - release KD_x L.x)
        L.X + x <-> L.(X+x)  crowding meet_x (L.X x - release K L.(X+x))        K = Ka(X)/Ka(X + x)

    Chains that several ligands share are one species: competition for them needs no further code.
    """
    assemblies, sizes = tuple(assemblies), dict(scale or {})
    chains = list(dict.fromkeys(chain for assembly in assemblies for chain in assembly.chains))
    species = [
        Species(chain + place, unit, expr(numbers[chain]), sizes.get(chain, 1.0), contains={chain: 1})
        for chain in chains
    ]
    network = Network()
    for assembly in assemblies:
        free, bridge, concentration = ligands[assembly.ligand]
        for chains_held in assembly.complexes:
            here = assembly.complex(chains_held) + place
            held = {assembly.ligand: 1} | {chain: 1 for chain in assembly.chains if chain in chains_held}
            species.append(Species(here, unit, contains=held))
            for x in (chain for chain in assembly.chains if chain in chains_held):
                rest = chains_held - {x}
                constant = assembly.dissociation(rest, x) * expr(release)
                if not rest:
                    rate = expr(on[assembly.ligand, x])
                    left = {free: bridge, x + place: 1.0}
                    forward = rate * expr(concentration) * name(x + place)
                elif rest & assembly.anchors.keys():
                    rate = expr(meet[x]) * expr(crowding)
                    partner = assembly.complex(rest) + place
                    left = {partner: 1.0, x + place: 1.0}
                    forward = rate * name(partner) * name(x + place)
                else:  # without x nothing holds the ligand: it leaves by another reaction
                    continue
                network += binding(f"{here}_by_{x}", left, here, forward, rate * constant * name(here))
    return Network(species=tuple(species)) + network
