"""Networks: merging, repeated parts, binding of names, and one check that reports every issue."""

import pytest

from leukin.errors import AssemblyError
from leukin.network import Network, Reaction, Species, equations, for_each
from leukin.quantity import Parameter, Source, name, number, parse


def parameter(key: str, value: float, unit: str) -> Parameter:
    return Parameter(key, value, unit, Source("definition"))


def decay() -> Network:
    return equations(
        species=[Species("A", "nM", scale=2.0)],
        rates={"A": "made - k*A"},
        variables={"loss": ("nM/h", "k*A")},
        observables={"level": ("pM", "A")},
        parameters=[parameter("k", 1.0, "1/min")],
    )


def test_free_names_are_bound() -> None:
    network = decay()
    assert network.free_names == {"made"}
    assert network.bind({"made": "2*loss"}).free_names == frozenset()
    with pytest.raises(AssemblyError, match="is defined"):
        network.bind({"A": "1"})


def test_indexed_renames_what_is_defined_and_nothing_else() -> None:
    copy = decay().indexed("treg", shared=["k"])
    assert copy.defined == {"A_treg", "loss_treg", "k"}
    assert copy.free_names == {"made"}
    assert copy.species[0].index == "treg"
    assert copy.observables[0].name == "level.treg"
    assert copy.derivatives()["A_treg"] == parse("made - k*A_treg")


def test_merge_keeps_shared_parameters_and_refuses_two_meanings() -> None:
    both = for_each(["x", "y"], lambda _: decay(), shared=["k"])
    assert [s.id for s in both.species] == ["A_x", "A_y"]
    assert list(both.parameters) == ["k"]
    with pytest.raises(AssemblyError, match="A: defined twice"):
        _ = decay() + decay()
    with pytest.raises(AssemblyError, match="two different values"):
        _ = Network(parameters={"k": parameter("k", 2.0, "1/min")}) + decay()
    with pytest.raises(AssemblyError, match="k: defined twice"):
        _ = Network(species=(Species("k", "nM"),)) + decay()


def test_right_hand_side_sums_reactions_with_their_coefficients() -> None:
    bridge = parse("cells/volume")
    network = Network(
        species=(Species("L", "nM"), Species("C", "molecule/cell")),
        reactions=(Reaction("bind", {"L": bridge}, {"C": number(1.0)}, name("flux")),),
    )
    assert network.derivatives() == {"L": -(bridge * name("flux")), "C": name("flux")}


def test_check_reports_everything_at_once() -> None:
    network = equations(
        species=[Species("A", "nM", initial=name("k")), Species("B", "nM")],
        rates={"A": "k*A + A", "B": "k*B*exp(B)"},
        observables={"seen": ("1/h", "A")},
        parameters=[parameter("k", 1.0, "1/min")],
    )
    text = "\n".join(map(str, network.check()))
    assert text.count("\n") == 3
    assert "initial value of A: unit is hour^-1" in text
    assert "mixes" in text and "exp of a quantity" in text and "seen: unit is" in text


def test_check_names_what_is_missing_with_the_nearest_name() -> None:
    network = equations(
        species=[Species("ligand", "nM")],
        rates={"ligand": "-k*ligant"},
        parameters=[parameter("k", 1, "1/h")],
    )
    assert [str(p) for p in network.check()] == [
        "ligant: is used but defined nowhere (did you mean 'ligand'?)"
    ]


def test_check_finds_a_reaction_that_loses_a_moiety() -> None:
    one = number(1.0)
    species = (
        Species("L", "nM", contains={"IL2": 1}),
        Species("R", "nM", contains={"CD25": 1}),
        Species("LR", "nM", contains={"IL2": 1, "CD25": 1}),
    )
    rate = parse("k*L*R")
    parameters = {"k": parameter("k", 1.0, "1/nM/h")}
    good = Network(species, (Reaction("bind", {"L": one, "R": one}, {"LR": one}, rate),), parameters)
    bad = Network(species, (Reaction("bind", {"L": one}, {"LR": one}, rate),), parameters)
    assert good.check() == []
    assert [str(p) for p in bad.check()] == [
        "reaction bind: has CD25 0 times on the left and 1 times on the right"
    ]


def test_variables_are_ordered_and_circles_refused() -> None:
    network = equations(variables={"x": ("1", "y*2"), "y": ("1", "z"), "z": ("1", "3")})
    assert [v.id for v in network.variables_in_order()] == ["z", "y", "x"]
    with pytest.raises(AssemblyError, match="depends on itself"):
        equations(variables={"x": ("1", "y"), "y": ("1", "x")}).variables_in_order()
