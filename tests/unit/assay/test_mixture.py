"""Mixtures of cells and cytokines in one well: who takes what, who makes interleukin-2, what inhibitors do."""

from __future__ import annotations

import numpy as np
import pytest

from leukin.assay import mixture
from leukin.errors import CatalogError, SolveError
from leukin.quantity import to_canonical
from unit.biology.receptor_parts import catalogue

AVOGADRO = 6.02214076e14  # molecules in a nanomole


def at(table, cell: str, time: float, key: str):
    rows = table[(table["cell"] == cell) & (table["time_h"] == time)].sort_values("row")
    return rows[key].to_numpy()


def test_regulatory_cells_starve_weakly_but_not_strongly_activated_ones() -> None:
    """Helpers live on what they secrete: regulatory T cells take it where it is little."""
    kept = {}
    for antigen in (0.01, 1.0):
        s = []
        for others in ({}, {"treg": 3e6}):
            cells = {"cd4-helper": 1e6, **others}
            seen = mixture(catalogue(), {"il2": 0.0}, cells, [24.0], antigen={"cd4-helper": antigen})
            s.append(at(seen, "cd4-helper", 24.0, "pSTAT5")[0])
        kept[antigen] = s[1] / s[0]
    assert kept[0.01] < 0.7
    assert kept[1.0] > 0.97


def test_secretion_balances_and_is_held_down_by_stat5() -> None:
    """What cells made is in the medium, on them, in them or destroyed; a JAK inhibitor raises what they make."""
    book, density = catalogue(), 1e6
    seen = mixture(
        book, {"il2": 0.0}, {"cd4-activated": density}, [0.0, 12.0], antigen={"cd4-activated": 1.0},
        jak_inhibitor=[0.0, 1000.0],
    )  # fmt: skip
    made, free = (at(seen, "cd4-activated", 12.0, key) for key in ("made", "il2_nM"))
    destroyed = at(seen, "cd4-activated", 12.0, "destroyed_il2")
    a_cell = free / density * to_canonical(1.0, "mL") * AVOGADRO
    assert made[1] > 1.2 * made[0]
    assert (made > a_cell + destroyed).all(), "the rest is bound"
    # 2e4 CD25 at the start, more made under signal: what is missing cannot be more than chains on and in the cell
    assert (made - a_cell - destroyed < 1e5).all()
    quiet = mixture(book, {"il2": 0.0}, {"cd4-activated": density}, [12.0])
    assert at(quiet, "cd4-activated", 12.0, "il2_nM")[0] == 0.0
    assert "made" not in quiet


def test_inhibitor_and_loss_of_jak3() -> None:
    seen = mixture(
        catalogue(), {"il2": 10.0}, {"cd8": 0.0, "treg": 0.0}, [0.5], jak_inhibitor=[0, 20, 100, 1e3]
    )
    for cell in ("cd8", "treg"):
        assert (np.diff(at(seen, cell, 0.5, "pSTAT5")) < 0).all()
    # the specification's table: jak = 1, 0.5, 0.1, 0.02 of normal
    activity = mixture(
        catalogue(), {"il2": 10.0}, {"cd8": 0.0, "treg": 0.0}, [0.5], jak3=[1.0, 0.5, 0.1, 0.02, 0.0]
    )
    assert at(activity, "cd8", 0.5, "pSTAT5") == pytest.approx([0.55, 0.35, 0.07, 0.01, 0.0], abs=0.03)
    assert at(activity, "treg", 0.5, "pSTAT5") == pytest.approx([0.74, 0.57, 0.18, 0.03, 0.0], abs=0.03)
    assert at(activity, "cd8", 0.5, "AKT")[-1] == 0.0


def test_antigen_receptor_signal_induces_cd25() -> None:
    """About 1e4 CD25 after a day at full signal, and ten times the synthesis of CD122."""
    seen = mixture(catalogue(), {"il15": 0.0}, {"cd8": 0.0}, [0.0, 24.0], antigen={"cd8": 1.0})
    assert 5e3 < at(seen, "cd8", 24.0, "CD25")[0] < 2e4
    assert at(seen, "cd8", 24.0, "CD122")[0] > 3.0 * at(seen, "cd8", 0.0, "CD122")[0]


def test_culture_of_days_grows_with_il2() -> None:
    doses = [0.0, 0.01, 0.1, 1.0]
    seen = mixture(catalogue(), {"il2": doses}, {"cd8-activated": 1e3}, [0.0, 72.0], growing=True)
    fold = at(seen, "cd8-activated", 72.0, "fold")
    assert fold[0] == pytest.approx(np.exp(-0.015 * 72.0), rel=1e-4), "without ligand only death"
    assert (np.diff(fold) > 0).all()
    assert fold[-1] > 2.0


def test_two_cytokines_share_one_stat5() -> None:
    """Together they give more than either, and less than the sum where gamma is short."""
    seen = mixture(catalogue(), {"il2": [0.3, 0.0, 0.3], "il15": [0.0, 3.0, 3.0]}, {"nk": 0.0}, [1.0])
    one, other, both = at(seen, "nk", 1.0, "pSTAT5")
    assert both > max(one, other)
    assert both < one + other


def test_bad_input_is_one_clear_line() -> None:
    book = catalogue()
    with pytest.raises(SolveError, match="out of range"):
        mixture(book, {"il2": -1.0}, {"treg": 0.0}, [1.0])
    with pytest.raises(SolveError, match="above 1"):
        mixture(book, {"il2": 1.0}, {"treg": 0.0}, [1.0], antigen={"treg": 2.0})
    with pytest.raises(SolveError, match="2 values beside 3"):
        mixture(book, {"il2": [1.0, 2.0], "il15": [1.0, 2.0, 3.0]}, {"treg": 0.0}, [1.0])
    with pytest.raises(CatalogError, match="il22"):
        mixture(book, {"il22": 1.0}, {"treg": 0.0}, [1.0])
    with pytest.raises(SolveError, match="no ligand or no cell"):
        mixture(book, {}, {"treg": 0.0}, [1.0])
