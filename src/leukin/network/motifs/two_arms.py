"""A ligand of two equal arms: the second arm of a bound molecule finds chains on the same membrane."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations_with_replacement

from leukin.network.model import Network, Species
from leukin.network.motifs.assembly import Assembly, Chains
from leukin.network.motifs.flows import binding
from leukin.quantity import name, number
from leukin.quantity.expression import Operand, expr

Pair = tuple[Chains, Chains]


def pairs(assembly: Assembly) -> tuple[Pair, ...]:
    """What the two arms of a molecule hold when both hold something; the order of arms does not count."""
    return tuple(combinations_with_replacement(assembly.complexes, 2))


def pair_name(assembly: Assembly, pair: Pair) -> str:
    """The species of a pair, such as L_alpha_and_beta_gamma."""
    first, second = (assembly.complex(chains).removeprefix(assembly.ligand + "_") for chains in pair)
    return f"{assembly.ligand}_{first}_and_{second}"


def second_arm(
    assembly: Assembly,
    *,
    crosslink: Operand,
    meet: Mapping[str, Operand],
    release: Operand = 1.0,
    crowding: Operand = 1.0,
    place: str = "",
    unit: str = "molecule/cell",
) -> Network:
    """Species and reactions in which both arms hold chains, to be added to `membrane` of the same assembly.

    crosslink: concentration (nM cell/molecule) that one chain is to the free arm; the other arguments as in `membrane`.
    A pair of X and Y has the association constant m Ka(X) Ka(Y) crosslink with m = 1 where X = Y, else 2, and a single
    bound arm 2 Ka(X): two equal arms. All loops close, because every step is a ratio of two of these.

        L.X + y <-> L.X.y            y an anchor: crowding meet_y (L.X y - m' release KD_y/crosslink L.X.y)
        L.X.Y + z <-> L.X.(Y+z)      crowding meet_z (n L.X.Y z - n' release K(Y, z) L.X.(Y+z))

    n and n' count the arms that the step can happen on; m' is 2 where both arms hold y, else 1.
    """
    order = {chains: i for i, chains in enumerate(assembly.complexes)}
    sort = lambda x, y: (x, y) if order[x] <= order[y] else (y, x)  # noqa: E731
    species, network = [], Network()
    for pair in pairs(assembly):
        here = pair_name(assembly, pair) + place
        held = {assembly.ligand: 1}
        for chain in assembly.chains:
            count = sum(chain in arm for arm in pair)
            if count:
                held[chain] = count
        species.append(Species(here, unit, contains=held))
        both = number(2.0 if pair[0] == pair[1] else 1.0)
        for other, arm in dict.fromkeys((pair, pair[::-1])):
            for x in (chain for chain in assembly.chains if chain in arm):
                rest = arm - {x}
                rate = expr(meet[x]) * expr(crowding)
                if not rest:
                    partner, start = assembly.complex(other) + place, number(1.0)
                    constant = assembly.dissociation(rest, x) * expr(release) / expr(crosslink)
                elif rest & assembly.anchors.keys():
                    partner = pair_name(assembly, sort(other, rest)) + place
                    start = number(2.0 if other == rest else 1.0)
                    constant = assembly.dissociation(rest, x) * expr(release)
                else:
                    continue
                forward = start * rate * name(partner) * name(x + place)
                label = f"{here}_by_{x}_from_{partner}"
                network += binding(
                    label, {partner: 1.0, x + place: 1.0}, here, forward, both * rate * constant * name(here)
                )
    return Network(species=tuple(species)) + network
