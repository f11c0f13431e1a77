"""The reduced receptor beside the full one under the exposures of patients."""

from __future__ import annotations

import pytest

from leukin.assay.forms import LIMIT, compare
from leukin.errors import CatalogError, UnitError
from unit.biology.receptor_parts import catalogue


def test_forms_agree_within_their_limit_on_every_route() -> None:
    table = compare(catalogue(), ["treg", "nk"], ["1 MIU", "18 MIU"])
    assert len(table) == 2 * 2 * 3
    assert not table["over"].any()
    off = table[["peak_difference", "area_difference"]].abs()
    assert off.max().max() < LIMIT
    assert off.max().max() > 1e-3, "they are two forms"


def test_a_depot_is_slower_and_a_larger_dose_gives_more() -> None:
    table = compare(catalogue(), ["cd8"], ["1 MIU", "10 MIU"]).set_index(["route", "dose"])
    assert table.loc[("subcutaneous", "10 MIU"), "peak"] < table.loc[("bolus", "10 MIU"), "peak"]
    for route in ("bolus", "infusion", "subcutaneous"):
        assert table.loc[(route, "10 MIU"), "area_h"] > table.loc[(route, "1 MIU"), "area_h"]


def test_bad_input() -> None:
    with pytest.raises(CatalogError, match="treg"):
        compare(catalogue(), ["tregg"], ["1 MIU"])
    with pytest.raises(UnitError):
        compare(catalogue(), ["treg"], ["1 bananas"])
