"""Dose-response curves and wells."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from leukin.assay import dish, dose_response, well
from leukin.assay.response import quadrature
from leukin.errors import CatalogError, SolveError
from leukin.quantity import to_canonical
from unit.biology.receptor_parts import catalogue

DOSES = np.geomspace(5e-4, 80.0, 9)


def test_dish_is_complete_and_of_sound_units() -> None:
    book = catalogue()
    cells = {"treg": book.cell("treg"), "nk": book.cell("nk")}
    for growing in (False, True):
        network = dish(
            book, {"L": book.molecule("il2")}, cells, secreted="L", soluble=growing, growing=growing
        )
        assert network.check() == []
        assert [s.id for s in network.species if s.id == "L"] == ["L"]  # one medium for all
        assert network.parameters["K_A_nk"].value != network.parameters["K_A_treg"].value


def test_quadrature_has_the_moments_of_the_spread() -> None:
    sets = {
        key: np.array([value])
        for key, value in (
            ("single_cell_share", 0.5),
            ("spread_CD25", 0.8),
            ("spread_CD122", 0.6),
            ("CD25", 100.0),
            ("CD122", 30.0),
        )
    }
    weight, cells = quadrature(sets)
    assert weight.sum() == pytest.approx(1.0)
    for chain, mean, sd in (("CD25", 100.0, 0.4), ("CD122", 30.0, 0.3)):
        log = np.log(cells[chain][0])
        assert (weight * log).sum() == pytest.approx(np.log(mean))
        assert (weight * (log - np.log(mean)) ** 2).sum() == pytest.approx(sd**2)


def test_order_of_cells_and_tables() -> None:
    response = dose_response(catalogue(), ["il2"], ["treg", "cd4-helper", "cd8", "nk"], DOSES, [1.0])
    ec50 = response.fits.set_index("cell")["ec50_nM"]
    assert ec50["treg"] < ec50["cd4-helper"] < ec50["nk"] < ec50["cd8"]
    assert len(response.curve) == 4 * len(DOSES)
    assert response.curve["pstat5"].between(0.0, 1.0).all()


def test_partial_agonists_reach_less_of_the_maximum_most_so_with_few_receptors() -> None:
    molecules = ["il2-h9", "il2-h9-ret", "il2-h9-retr"]
    fits = dose_response(
        catalogue(), molecules, ["treg", "cd8", "nk"], np.geomspace(1e-3, 1e3, 13), [1.0]
    ).fits
    emax = fits.pivot(index="cell", columns="molecule", values="emax")[molecules]
    assert (emax.diff(axis=1).iloc[:, 1:] < 0).all(axis=None)
    left = emax["il2-h9-retr"] / emax["il2-h9"]
    assert left["cd8"] < left["nk"] < 1 and left["cd8"] < left["treg"]


def test_json_is_plain_and_unknown_is_null() -> None:
    answer = dose_response(catalogue(), ["aldesleukin"], ["treg"], DOSES, [0.5, 2.0]).to_json()
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer
    assert [fit["time_h"] for fit in answer["fits"]] == [0.5, 2.0]
    assert set(answer["fits"][0]) >= {"molecule", "cell", "time_h", "ec50_nM", "hill", "emax"}
    assert answer["fits"][0]["ec50_nM"]["low"] is None
    assert set(answer["curve"][0]) == {"molecule", "cell", "time_h", "dose_nM", "pstat5", "stat"}


def test_uncertainty_gives_an_interval_around_the_value() -> None:
    first, again = (dose_response(catalogue(), ["il2"], ["treg"], DOSES, [1.0], draws=12) for _ in range(2))
    row = first.fits.iloc[0]
    assert row["low"] < row["ec50_nM"] < row["high"]
    assert row["emax_low"] < row["emax"] < row["emax_high"]
    assert row["hill_low"] < row["hill_high"]
    assert first.fits.equals(again.fits)
    other = dose_response(catalogue(), ["il2"], ["treg"], DOSES, [1.0], draws=12, seed=2).fits.iloc[0]
    assert other["ec50_nM"] == row["ec50_nM"]
    assert other["low"] != row["low"]


def test_few_cells_in_a_well_are_as_ligand_in_excess() -> None:
    excess = dose_response(catalogue(), ["il2"], ["treg"], DOSES, [1.0]).curve["pstat5"]
    few = dose_response(catalogue(), ["il2"], ["treg"], DOSES, [1.0], cells_per_ml=10.0).curve["pstat5"]
    many = dose_response(catalogue(), ["il2"], ["treg"], DOSES, [1.0], cells_per_ml=1e8).curve["pstat5"]
    assert few.to_numpy() == pytest.approx(excess.to_numpy(), rel=1e-3)
    assert (many[:5] < 0.95 * excess[:5]).all()
    assert many.iloc[0] < 0.5 * excess.iloc[0]


def test_cells_of_a_well_share_its_ligand() -> None:
    book, times = catalogue(), [0.0, 4.0]
    both = well(book, "il2", {"treg": 1e6, "cd8-activated": 1e6}, [0.05], times)
    alone = well(book, "il2", {"treg": 1e6}, [0.05], times)
    end = both[both["time_h"] == 4.0].set_index("cell")
    single = alone[alone["time_h"] == 4.0].iloc[0]
    assert end["ligand_nM"].nunique() == 1
    assert end.loc["treg", "ligand_nM"] < 0.9 * single["ligand_nM"]
    assert end.loc["treg", "pstat5"] < single["pstat5"]
    # what a millilitre lost is at least what its cells destroyed
    lost = (0.05 - end.loc["treg", "ligand_nM"]) * to_canonical(1.0, "mL") * 6.02214076e14
    assert 0.5 * lost < 1e6 * end["destroyed"].sum() < lost


@pytest.mark.parametrize("doses", [[0.0, 1.0], [-1.0], [float("nan")], []])
def test_bad_doses_are_refused(doses: list[float]) -> None:
    with pytest.raises(SolveError, match="dose"):
        dose_response(catalogue(), ["il2"], ["treg"], doses, [1.0])


def test_unknown_cell_is_refused_with_the_nearest() -> None:
    with pytest.raises(CatalogError, match="did you mean 'treg'"):
        dose_response(catalogue(), ["il2"], ["tregg"], [1.0], [1.0])


def test_receptor_numbers_alone_set_the_order_of_cells() -> None:
    """Regulatory and CD8 T cells with each other's receptors change places."""
    book = catalogue()
    cells = dict(book.cells)
    for cell, other in (("treg", "cd8"), ("cd8", "treg")):
        cells[cell] = replace(book.cell(other), id=cell)
    swapped = replace(book, cells=cells)
    first, second = (
        dose_response(known, ["il2"], ["treg", "cd8"], DOSES, [1.0]).fits["ec50_nM"].to_numpy()
        for known in (book, swapped)
    )
    assert second == pytest.approx(first[::-1], rel=1e-6)
    assert first[0] < 0.1 * first[1]
