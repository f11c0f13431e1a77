"""Quantities, formulas, BibTeX and CSV tables, each by itself."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from leukin.catalog.amounts import amount, time
from leukin.catalog.bibtex import read_bibtex
from leukin.catalog.derive import Underivable, derive, read_formula
from leukin.catalog.tables import CLAIM_COLUMNS, FIGURE_COLUMNS, check_links, read_claims, read_figures
from leukin.errors import UnitError
from leukin.quantity import to_canonical, unit


@pytest.mark.parametrize(
    ("text", "hours"),
    [("8 h", 8), ("15 min", 0.25), ("9 day", 216), ("8 week", 1344), ("36 month", 36 * 730.5), ("0.5d", 12)],
)
def test_time(text: str, hours: float) -> None:
    assert time(text) == pytest.approx(hours)


def test_time_before_the_start() -> None:
    assert time("-7 day", negative=True) == -168
    with pytest.raises(UnitError):
        time("-7 day")
    with pytest.raises(UnitError):
        time("0 h", positive=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("600000 IU/kg", (600000, "IU", "kg")),
        ("18 MIU/m2", (18, "MIU", "m2")),
        ("18 MIU / m^2", (18, "MIU", "m2")),
        ("1.1 mg", (1.1, "mg", "flat")),
        ("0.04 ug/kg", (0.04, "ug", "kg")),
        ("2.5nmol", (2.5, "nmol", "flat")),
        ("1e10 cells", (1e10, "cells", "flat")),
    ],
)
def test_amount(text: str, expected: tuple[float, str, str]) -> None:
    assert amount(text) == expected


@pytest.mark.parametrize(
    "text", ["", "IU", "6 h", "6 IU/d", "6 nM", "0 IU", "-1 IU", "1e999 IU", "6 IU/kg/d", 6, None, [], True]
)
def test_not_an_amount(text: object) -> None:
    with pytest.raises(UnitError):
        amount(text)


def values(**given: tuple[float, str]) -> dict[str, tuple[float, object]]:
    return {name: (to_canonical(value, text), unit(text)) for name, (value, text) in given.items()}


@pytest.mark.parametrize(
    ("formula", "wanted", "result"),
    [
        ("V*k1/k2", "L", 2.66 * 0.73303 / 0.58425),
        ("log(2)/k1", "h", 0.693147 / 0.73303),
        ("sqrt(V*V)", "mL", 2.66),
        ("V*max(k1, k2)", "L/h", 2.66 * 0.73303),
        ("V*exp(-k1/k2)", "L", 2.66 * math.exp(-0.73303 / 0.58425)),
        ("V^(1/3)", "dm", 2.66 ** (1 / 3)),
    ],
)
def test_formula(formula: str, wanted: str, result: float) -> None:
    given = values(V=(2660, "mL"), k1=(0.73303, "1/h"), k2=(0.58425, "1/h"))
    expression = read_formula(formula, "own", given)
    assert derive(expression, given, unit(wanted)) == pytest.approx(result, rel=1e-5)


@pytest.mark.parametrize(
    "formula",
    ["V*k1", "V + k1", "V/k1*k1*k1", "exp(k1)*V", "V*max(V, k1)", "V/(k1 - k1)", "V**k1", "log(0 - V)"],
)
def test_formula_of_another_unit_or_without_value(formula: str) -> None:
    given = values(V=(2660, "mL"), k1=(0.73303, "1/h"), k2=(0.58425, "1/h"))
    with pytest.raises(Underivable):
        derive(read_formula(formula, "own", given), given, unit("L"))


@pytest.mark.parametrize(
    "formula", ["", "V +", "V.real", "[V]", "open('x')", "lambda: 1", "W", "own", "V" + "+V" * 5000]
)
def test_formula_that_is_none(formula: str) -> None:
    with pytest.raises(Underivable):
        read_formula(formula, "own", values(V=(1, "L")))


def test_bibtex() -> None:
    text = """% a remark
@article{one-2001,
  author = {One, Ann and {The Group}},
  title  = {A {Title} with
            two lines},
  year   = {2001}
}
@misc{two-2002, title = {T}}
@misc nonsense
"""
    found, problems = read_bibtex(text, "r.bib")
    assert found["one-2001"]["title"] == "A {Title} with two lines"
    assert found["one-2001"]["doi"] == ""
    assert read_bibtex(found["one-2001"].bibtex(), "x")[0]["one-2001"] == found["one-2001"]
    assert [(p.line, p.field, p.reason) for p in problems] == [
        (8, "two-2002.year", "is missing"),
        (9, "reference", "is not an entry"),
    ]


def table(tmp_path: Path, columns: tuple[str, ...], *rows: dict[str, str]) -> Path:
    path = tmp_path / "table.csv"
    lines = [",".join(columns)] + [",".join(row.get(name, "") for name in columns) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_figures_table(tmp_path: Path) -> None:
    good = {
        "id": "F1",
        "value": "14",
        "low": "10",
        "high": "19",
        "unit": "%",
        "role": "CHECK",
        "n": "~20/150",
    }
    bad = {"id": "F1", "value": "many", "low": "3", "high": "2", "role": "CHEK"}
    figures, problems = read_figures(table(tmp_path, FIGURE_COLUMNS, good, bad))
    assert figures[0].fractions == (0.14, 0.10, 0.19)
    assert figures[0].patients == 150
    assert [(p.line, p.field) for p in problems] == [(3, "id"), (3, "F1.value"), (3, "F1"), (3, "F1.role")]
    assert problems[-1].fix == "did you mean 'CHECK'?"


def test_links_between_claims_and_figures(tmp_path: Path) -> None:
    figures, _ = read_figures(
        table(tmp_path, FIGURE_COLUMNS, {"id": "F003a", "role": "CHECK", "claim_ids": "C01 C9"})
    )
    claims, _ = read_claims(
        table(tmp_path, CLAIM_COLUMNS, {"id": "C01", "role": "CALIBRATE", "figures": "F003 F4"})
    )
    assert [str(p) for p in check_links(figures, claims)] == [
        "claim C01: no figure 'F4' (one of: F003a)",
        "figure F003a: no claim 'C9' (one of: C01)",
    ]


@pytest.mark.parametrize("text", ["", "id\n", "id,value\nx\n", "\x00", "a,b\n" + '"' * 7])
def test_not_a_table(tmp_path: Path, text: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    assert read_figures(path)[1]
