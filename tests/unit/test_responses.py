"""Dose-response from Python, and how fast it is."""

from __future__ import annotations

import time

import numpy as np
import pytest

import leukin as lk


def test_one_call_gives_tables_and_a_plot() -> None:
    found = lk.dose_response("il2", ["treg", "nk"], draws=4, receptors_only=True)
    assert list(found.fits["cell"]) == ["treg", "nk"]
    assert (found.fits["low"] < found.fits["high"]).all()
    assert len(found.curve) == 24
    assert found.curve["dose_nM"].max() == 84.0
    assert found.plot()[0].get_ylabel()
    assert found.to_json()["fits"][0]["emax_interval"][0] > 0


def test_receptors_alone_spread_less_than_everything() -> None:
    width = {}
    for only in (True, False):
        fits = lk.dose_response("il2", ["treg"], draws=30, receptors_only=only).fits
        width[only] = np.log(fits["high"] / fits["low"]).iloc[0]
    assert 0 < width[True] < width[False]


def test_a_plate_of_ten_cells_takes_less_than_two_seconds_warm() -> None:
    cells = ["treg", "treg-naive", "treg-memory", "cd4-helper", "cd4-naive", "cd4-memory", "cd8", "cd8-naive", "cd8-memory", "nk"]  # fmt: skip
    lk.dose_response("il2", cells[:1])
    start = time.perf_counter()
    found = lk.dose_response("il2", cells, times=[0.5, 1.0, 2.0, 4.0])
    assert time.perf_counter() - start < 2.0
    assert len(found.curve) == 12 * 4 * 10


def test_inhibitor_moves_the_curve() -> None:
    free, blocked, none = (
        lk.dose_response("il2", "cd8", jak_inhibitor=drug, jak3=jak3).curve["pstat5"].max()
        for drug, jak3 in ((0.0, 1.0), (100.0, 1.0), (0.0, 0.0))
    )
    assert free > 2 * blocked > 0
    assert none == pytest.approx(0.0, abs=1e-12)


def test_other_read_outs() -> None:
    found = lk.dose_response("il2", "cd8-activated", times=[48.0], read="division")
    assert set(found.curve["stat"]) == {"division"}
    assert found.plot()[0].get_ylabel() == "division"
    il7 = lk.dose_response("il7", "cd8", times=[1.0], read="ERK")
    assert (il7.curve["pstat5"] == 0.0).all()  # interleukin-7 has no MAPK arm
    with pytest.raises(lk.LeukinError, match="did you mean 'ERK'"):
        lk.dose_response("il2", "cd8", read="ERG")
    assert set(lk.dose_response("il4", "cd8").curve["stat"]) == {"STAT6"}


def test_a_cytokine_in_the_background_competes() -> None:
    """IL-7 holds CD132, so that less is left for IL-4, read on another STAT; IL-4 alone is as without it."""
    doses = list(np.geomspace(1e-3, 1e2, 11))
    alone, none, beside = (
        lk.dose_response("il4", "cd4-naive", doses, [0.25], background=background)
        for background in (None, {"il7": 0.0}, {"il7": 100.0})
    )
    assert none.curve["pstat5"].to_numpy() == pytest.approx(alone.curve["pstat5"].to_numpy(), rel=1e-4)
    assert none.fits["ec50_nM"].iloc[0] == pytest.approx(alone.fits["ec50_nM"].iloc[0], rel=1e-4)
    assert (beside.curve["pstat5"] < alone.curve["pstat5"]).all()
    with pytest.raises(lk.LeukinError, match="in the background too"):
        lk.dose_response("il4", "cd8", background={"il4": 1.0})
    with pytest.raises(lk.LeukinError, match="out of range"):
        lk.dose_response("il4", "cd8", background={"il7": -1.0})


def test_another_host_binds_by_its_cross_reactivity() -> None:
    """The potency ratio that the host states moves every concentration, and nothing else."""
    book = lk.load_catalog(overrides=["mouse.cross_reactivity=0.25"])
    doses = np.geomspace(1e-4, 1e2, 13)
    human = lk.dose_response("il2", "treg", list(doses), catalogue=book).fits.iloc[0]
    mouse = lk.dose_response("il2", "treg", list(4.0 * doses), catalogue=book, host="mouse").fits.iloc[0]
    assert mouse["ec50_nM"] == pytest.approx(4.0 * human["ec50_nM"], rel=0.02)
    assert mouse["emax"] == pytest.approx(human["emax"], rel=0.02)
    with pytest.raises(lk.LeukinError, match="mouse"):
        lk.dose_response("il2", "treg", host="mousse")
