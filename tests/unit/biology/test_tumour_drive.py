"""The scale on which pSTAT5 drives the tumour's lymphocytes is the receptor layer's own."""

from __future__ import annotations

import pytest

from leukin.biology.receptor_reduced import reduced_receptor
from leukin.biology.signalling import stat5
from leukin.catalog import load_catalog
from leukin.engine import compile_network, solve

CATALOGUE = load_catalog()
CELLS = {
    "treg": "treg",
    "cd4": "cd4-helper",
    "cd8": "cd8",
    "cd8_activated": "cd8-activated",
    "nk": "nk",
}


@pytest.mark.parametrize("label", CELLS)
def test_full_drive_is_pstat5_after_an_hour_in_100_nm(label: str) -> None:
    cell = CATALOGUE.cell(CELLS[label])
    trafficking, signalling = (CATALOGUE.mechanism(m) for m in ("receptor-trafficking", "stat5-signalling"))
    part = reduced_receptor(CATALOGUE.molecule("aldesleukin"), cell, trafficking) + stat5(cell, signalling)
    system = compile_network(part.bind({"L": 100}))
    values = system.nominal[None, :]
    end = solve(system, system.initial(values), values, 0.0, 1.0).state
    full = CATALOGUE.mechanism("tumour-immunity")[f"stat5_full_{label}"].value
    assert end[0, system.state_index["S"]] == pytest.approx(full, rel=0.03)
