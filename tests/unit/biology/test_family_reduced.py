"""The reduced form of several cytokines beside full kinetics, and its limits."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import pytest

from leukin.biology.family_reduced import reduced_receptors
from leukin.biology.gamma_chain import family
from leukin.biology.receptor import receptors
from leukin.biology.signalling import stat5
from leukin.engine import System, compile_network, solve
from leukin.errors import AssemblyError
from leukin.network import Species, equations
from leukin.quantity import Parameter, Source, parse
from unit.biology.receptor_parts import catalogue, course

ALL = ("il2", "il15", "il7")
GIVEN = Source("definition")


@lru_cache
def system(full: bool, ids: tuple[str, ...], cell: str) -> System:
    """One cell under ligands at fixed concentrations, A of all of them read by one STAT5."""
    book = catalogue()
    molecules = {id: book.molecule(id) for id in ids}
    build = receptors if full else reduced_receptors
    part = build(molecules, book.cell(cell), book.mechanism("receptor-trafficking"))
    signal = stat5(book.cell(cell), book.mechanism("stat5-signalling"))
    network = part + signal.bind({"A": " + ".join(f"A_{id}" for id in ids)})
    network += equations(
        species=[Species(id, "nM", parse(f"dose_{id}"), scale=1e-3) for id in ids],
        parameters=[Parameter(f"dose_{id}", 0.0, "nM", GIVEN) for id in ids]
        + ([Parameter("density", 0.0, "cell/L", GIVEN)] if full else []),
    )
    assert network.check() == []
    return compile_network(network)


def seen(
    full: bool,
    ids: tuple[str, ...],
    cell: str,
    doses: Mapping[str, list[float]],
    times: list[float],
    names: list[str],
) -> dict[str, np.ndarray]:
    made = system(full, ids, cell)
    params = np.tile(made.nominal, (max(map(len, doses.values())), 1))
    for id, values in doses.items():
        params[:, made.parameter_index[f"dose_{id}"]] = values
    segment = solve(made, made.initial(params), params, 0.0, times[-1], times=np.array(times), rtol=1e-8)
    assert (segment.status == 0).all()
    return made.observe(names, segment.saved, params)


TIMES = [0.25, 0.5, 1.0, 4.0, 24.0, 48.0]


@pytest.mark.parametrize("id", ["il15", "il7", "il4"])
@pytest.mark.parametrize("cell", ["cd8", "nk"])
def test_one_cytokine_follows_full_kinetics(id: str, cell: str) -> None:
    """Root mean square of the difference of the signal below 4 % of its maximum, worst below 12 %."""
    doses = {id: list(10.0 ** np.arange(-3, 2.01, 0.5))}
    full, reduced = (seen(form, (id,), cell, doses, TIMES, ["S"])["S"] for form in (True, False))
    off = (reduced - full) / max(full.max(), 0.05)  # NK cells hardly carry the chain of interleukin-7
    assert np.sqrt(np.mean(off**2)) < 0.04
    assert np.abs(off).max() < 0.12


@pytest.mark.parametrize("cell", ["treg", "cd8", "nk"])
def test_three_at_once_follow_full_kinetics(cell: str) -> None:
    grid = [0.01, 0.3, 10.0]
    doses = {"il2": grid * 3, "il15": [0.1] * 9, "il7": [0.0] * 3 + [0.01] * 3 + [1.0] * 3}
    full, reduced = (seen(form, ALL, cell, doses, TIMES, ["S"])["S"] for form in (True, False))
    off = (reduced - full) / full.max()
    assert np.sqrt(np.mean(off**2)) < 0.03
    assert np.abs(off).max() < 0.12


def test_interleukin_2_alone_is_the_form_of_patients() -> None:
    """The same equations: equal but for the solver's tolerance."""
    doses, times = [1e-3, 0.1, 10.0], [0.5, 4.0, 48.0]
    several = seen(False, ("il2",), "treg", {"il2": doses}, times, ["S", "aT", "bT"])
    alone = course("reduced", "treg", doses, times, ["S", "aT", "bT"])
    for key, values in several.items():
        assert values == pytest.approx(alone[key], rel=1e-5, abs=1e-9), key


def test_il7_takes_gamma_and_lowers_complexes_of_il2() -> None:
    doses = {"il2": [0.3, 0.3], "il15": [0.0, 0.0], "il7": [0.0, 100.0]}
    found = seen(False, ALL, "cd8", doses, [4.0], ["C_il2", "gT", "g", "S"])
    assert found["g"][1, 0] < 0.7 * found["g"][0, 0]
    assert found["C_il2"][1, 0] < found["C_il2"][0, 0]
    assert found["S"][1, 0] > found["S"][0, 0]


def test_without_ligand_nothing_moves() -> None:
    made = system(False, ALL, "treg")
    params = made.nominal[None, :]
    start = made.initial(params)
    assert np.abs(solve(made, start, params, 0.0, 48.0).state - start).max() < 1e-9 * start.max()


def test_two_arms_are_refused() -> None:
    book = catalogue()
    with pytest.raises(AssemblyError, match="has two arms"):
        reduced_receptors(
            {"L": book.molecule("il2-fc")}, book.cell("treg"), book.mechanism("receptor-trafficking")
        )
    assert family(book.molecule("il2-fc")).tag == "il2-receptor"
