"""Formulas that name values of other entries."""

from __future__ import annotations

from pathlib import Path

import pytest

from leukin.catalog import check_file, load_catalog
from leukin.catalog.derive import Underivable, import_numbers, read_formula

HOST = """kind = "host"
title = "x"
{more}
[parameters.weight]
value = 10
unit = "kg"
label = "w"
source = {{ kind = "definition" }}
[parameters.height]
value = 50
unit = "cm"
label = "h"
source = {{ kind = "definition" }}
[parameters.sex_male]
value = 0.5
unit = "1"
label = "s"
source = {{ kind = "definition" }}
[parameters.V1]
formula = "{formula}"
unit = "L"
label = "v"
rse = 0.2
source = {{ kind = "translated", note = "x" }}
"""


def test_a_value_of_another_entry_by_its_name() -> None:
    numbers = {"receptor-trafficking": {"kf": (2.0, "1/min")}, "il2": {"K5": (3.0, "nM")}}
    text, found = import_numbers("x-receptor-trafficking.kf*2.5/il2.K5", numbers)
    assert text == "x-receptor_trafficking__kf*2.5/il2__K5"
    assert found["receptor_trafficking__kf"][0] == 120.0
    assert read_formula(text, "own", {"x": 1, **found}).names == {"x", "receptor_trafficking__kf", "il2__K5"}


def test_an_unknown_value_is_named() -> None:
    with pytest.raises(Underivable, match="'il2' has no parameter 'K6' with a plain value"):
        import_numbers("il2.K6", {"il2": {"K5": (3.0, "nM")}})


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("pharmacokinetics.V1*(weight/pharmacokinetics.weight_reference)", ""),
        ("pharmacokinetics.V2*2", "'pharmacokinetics' has no parameter 'V2' with a plain value"),
        ("pharmacokinetics.k12*2", "'pharmacokinetics.k12*2' is not in decimetre^3"),
        ("pharmacokinetik.V1*2", "'pharmacokinetik.V1' in 'pharmacokinetik.V1*2' is not allowed"),
    ],
)
def test_a_host_of_ones_own_is_translated_and_checked(tmp_path: Path, formula: str, reason: str) -> None:
    path = tmp_path / "hosts" / "pig.toml"
    path.parent.mkdir()
    path.write_text(HOST.format(formula=formula, more=""), encoding="utf-8")
    problems = check_file(path)
    assert [p.reason for p in problems] == ([reason] if reason else [])
    if not reason:
        pig = load_catalog([tmp_path]).host("pig")
        assert pig["V1"].canonical == pytest.approx(2.66 / 7)


def test_a_shipped_host_survives_printing_and_reading() -> None:
    from leukin.catalog import to_toml

    text = to_toml(load_catalog().host("mouse"))
    assert 'formula = "pharmacokinetics.V1*(weight/pharmacokinetics.weight_reference)"' in text
