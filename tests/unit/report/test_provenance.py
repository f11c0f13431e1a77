"""A report lists what shaped a result, also where it acts before the network is compiled."""

from __future__ import annotations

from dataclasses import replace

from leukin.catalog import load_catalog
from leukin.catalog.records import CytokineRecord
from leukin.report.provenance import about, used_parameters

TRIAL = "fyfe-1995-rcc"


def entries(*overrides: str, cytokine: str = "", molecule: str = "") -> set[str]:
    catalogue = load_catalog(overrides=overrides)
    trial = catalogue.trial(TRIAL)
    arm = trial.arms[0]
    if cytokine:
        arm = replace(arm, cytokines=(CytokineRecord(cytokine, 0.0, 24.0, 0.5),))
    if molecule:
        arm = replace(arm, doses=tuple(replace(dose, molecule=molecule) for dose in arm.doses))
    return {entry for entry, _ in used_parameters(replace(trial, arms=(arm,)), catalogue)}


def test_levels_of_cytokines_are_listed_with_what_they_keep() -> None:
    usual = entries()
    assert "mechanisms/homeostasis" in usual
    assert not usual & {"molecules/il7", "molecules/il15", "molecules/il4"}
    for more in (entries("homeostasis.IL7_level=0"), entries(cytokine="IL15")):
        assert more - usual >= {"molecules/il7", "molecules/il15", "molecules/il4"}
    assert entries(cytokine="TNF") == usual


def test_clearance_by_size_is_listed_for_a_format_that_has_it() -> None:
    usual, fused = entries(), entries(molecule="il2-albumin")
    assert fused - usual == {"mechanisms/molecule-formats", "molecules/il2-albumin"}


def test_a_level_that_a_user_set_is_marked() -> None:
    setting = "homeostasis.TNF_level=2"
    catalogue = load_catalog(overrides=[setting])
    rows = about(catalogue.trial(TRIAL), catalogue, [setting])["parameters"]
    marked = [(row["entry"], row["name"], row["value"]) for row in rows if row["overridden"]]
    assert marked == [("mechanisms/homeostasis", "TNF_level", 2.0)]
