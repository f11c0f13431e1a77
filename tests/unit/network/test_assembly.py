"""Complexes of a ligand with membrane chains: counts, loops, and what a wrong description says."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leukin.errors import AssemblyError
from leukin.network import Network, Species
from leukin.network.motifs import Assembly, membrane, transit
from leukin.network.motifs.flows import hill
from leukin.quantity import name

SHARED = {
    "IL2": ("a25", "b"), "IL15": ("a15", "b"), "IL7": ("r7",), "IL4": ("r4",), "IL9": ("r9",), "IL21": ("r21",)
}  # fmt: skip


def assembly(ligand: str, anchors: tuple[str, ...]) -> Assembly:
    """A ligand with `anchors` and a common chain g; every group of chains has a link of its own."""
    chains = (*anchors, "g")
    groups = [frozenset(s) for n in range(2, len(chains) + 1) for s in combinations(chains, n)]
    links = {group: name("_".join(["W", ligand, *sorted(group)])) for group in groups}
    return Assembly(ligand, {x: name(f"KD_{ligand}_{x}") for x in anchors}, ("g",), links)


def family() -> Network:
    assemblies = [assembly(ligand, anchors) for ligand, anchors in SHARED.items()]
    chains = {chain for a in assemblies for chain in a.chains}
    ligands = {a.ligand: (f"free_{a.ligand}", name("bridge"), name(f"free_{a.ligand}")) for a in assemblies}
    return membrane(
        assemblies,
        numbers={chain: f"N_{chain}" for chain in chains},
        ligands=ligands,
        on={(a.ligand, x): name("kon") for a in assemblies for x in a.anchors},
        meet={chain: name("kf") for chain in chains},
    )


def test_six_ligands_make_28_species_and_26_reactions() -> None:
    network = family()
    assert len(network.species) == 28
    assert len(network.reactions) == 26
    assert len({r.id for r in network.reactions}) == 26
    chains = [s for s in network.species if len(s.contains) == 1]
    assert len(chains) == 8  # a common gamma chain and a beta chain of two ligands exist once


def test_reactions_conserve_every_ligand_and_chain() -> None:
    network = family() + Network(species=tuple(Species(f"free_{x}", "nM", contains={x: 1}) for x in SHARED))
    contains = {s.id: s.contains for s in network.species}
    for reaction in network.reactions:
        left, right = ({}, {})
        for side, count in ((reaction.reactants, left), (reaction.products, right)):
            for key in side:
                for moiety, n in contains[key].items():
                    count[moiety] = count.get(moiety, 0) + n
        assert left == right, reaction.id


@given(st.integers(0, 2**32 - 1))
def test_every_loop_closes_for_any_constants(seed: int) -> None:
    """Joining x then y costs what joining y then x costs, from any complex, binding from solution included."""
    random = np.random.default_rng(seed)
    for ligand, anchors in SHARED.items():
        il = assembly(ligand, anchors)
        names = {n for c in il.complexes for n in il.affinity(c).names}
        values = {n: 10.0 ** random.uniform(-6, 6) for n in names}
        constant = lambda rest, x, il=il, values=values: np.log(il.dissociation(rest, x).evaluate(values))  # noqa: E731
        loops = 0
        for top in il.complexes:
            for x, y in combinations(sorted(top), 2):
                bottom = top - {x, y}
                if (bottom | {x}) & il.anchors.keys() and (bottom | {y}) & il.anchors.keys():
                    over_x = constant(bottom, x) + constant(bottom | {x}, y)
                    over_y = constant(bottom, y) + constant(bottom | {y}, x)
                    assert abs(over_x - over_y) < 1e-12 * max(1.0, abs(over_x))
                    loops += 1
        assert loops == {1: 0, 2: 4}[len(anchors)]


def test_affinity_is_the_product_along_any_path() -> None:
    il2 = assembly("IL2", SHARED["IL2"])
    values = {
        n: 3.0 + i for i, n in enumerate(sorted({n for c in il2.complexes for n in il2.affinity(c).names}))
    }
    whole = il2.affinity(frozenset(("a25", "b", "g"))).evaluate(values)
    path = 1.0
    for rest, x in ((set(), "b"), ({"b"}, "g"), ({"b", "g"}, "a25")):
        path /= il2.dissociation(frozenset(rest), x).evaluate(values)
    assert path == pytest.approx(whole, rel=1e-13)


def test_unknown_chain_in_a_link_is_named() -> None:
    with pytest.raises(AssemblyError, match=r"unknown chain 'gama'.*did you mean 'gamma'"):
        Assembly("L", {"beta": name("KD")}, ("gamma",), {frozenset(("beta", "gama")): name("W")})


def test_hill_and_transit() -> None:
    half = hill("x", "K", "n")
    assert half.evaluate({"x": 2.0, "K": 2.0, "n": 3.0}) == pytest.approx(0.5)
    assert half.evaluate({"x": 4.0, "K": 2.0, "n": 2.0}) == pytest.approx(0.8)
    assert half.evaluate({"x": 0.0, "K": 2.0, "n": 1.5}) == 0.0
    chain = transit(["one", "two"], "x", "k")
    slopes = {
        key: e.evaluate({"x": 5.0, "k": 2.0, "one": 3.0, "two": 1.0})
        for key, e in chain.derivatives().items()
    }
    assert slopes == {"one": 4.0, "two": 4.0}
