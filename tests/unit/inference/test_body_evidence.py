"""The table of the body: nothing kept for validation is read, nothing fitted is called free, the page is what is computed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from leukin.catalog import Catalogue, load_catalog
from leukin.errors import CatalogError
from leukin.inference import body_profiles, exposure
from leukin.inference.body_evidence import COMMAND, number, page
from leukin.inference.body_profiles import Problem, identified
from leukin.inference.body_readings import CYCLE, WARD, document, patient, readings
from leukin.inference.body_scores import FITTED, FREE, ROLES, Reading, Row, exposures, figures, missing, rows
from leukin.inference.experiments import Prior, Target, read

DISK = Path(__file__).parents[3] / "docs" / "body-evidence.md"
CATALOGUE, TABLES = load_catalog(), document()
#: comparisons of exposure that need no further body to be compiled
QUICK = ("human-skin-time", "human-skin-plateau", "human-high-dose-trough")


@pytest.fixture(scope="module")
def found() -> list[Row]:
    """All rows that need no virtual trial, but of exposure only the quick ones."""
    bench = exposure.bench(CATALOGUE)
    seen = {
        name: (value, None) for name, value in readings(patient(CATALOGUE, TABLES), bench, TABLES).items()
    }
    return [*rows(CATALOGUE, TABLES, seen), *exposures(CATALOGUE, TABLES, bench, QUICK)]


def everything(value: float = 1.0) -> list[Row]:
    """Every row of the evidence file, whatever is predicted."""
    return list(rows(CATALOGUE, TABLES, {table["reads"]: (value, None) for table in TABLES["rows"].values()}))


def hidden(id: str) -> Catalogue:
    """The catalogue with a figure kept for validation."""
    kept = (replace(f, role="VALIDATE") if f.id == id else f for f in CATALOGUE.figures)
    return replace(CATALOGUE, figures=tuple(kept))


def test_no_figure_for_validation_is_read() -> None:
    assert {row.figure.role for row in everything()} == set(ROLES)
    for id in ("F016", "F080a", "F117b"):
        assert id not in figures(hidden(id), TABLES["systems"])
    seen: Mapping[str, Reading] = {"half-life-fast": (12.9, None)}
    with pytest.raises(CatalogError, match="VALIDATE"):
        list(rows(hidden("F016"), TABLES, seen))
    with pytest.raises(CatalogError, match="VALIDATE"):
        list(exposures(hidden("F022c"), TABLES, exposure.bench(CATALOGUE), ["human-skin-time"]))


def test_every_figure_of_the_body_has_a_row_or_a_reason() -> None:
    assert len(missing(CATALOGUE, TABLES)) == len(TABLES["missing"])
    silent: dict[str, Any] = {
        **TABLES,
        "missing": {k: v for k, v in TABLES["missing"].items() if k != "F133"},
    }
    with pytest.raises(CatalogError, match="F133"):
        missing(CATALOGUE, silent)
    twice = {**TABLES, "missing": {**TABLES["missing"], "F012": "no"}}
    with pytest.raises(CatalogError, match="a row and a reason"):
        missing(CATALOGUE, twice)


def test_what_was_fitted_is_never_called_free() -> None:
    targets = read(CATALOGUE).targets
    for row in everything():
        reads = TABLES["rows"][row.id]["reads"].removeprefix(WARD).removeprefix(CYCLE)
        if reads in targets and targets[reads].figure == row.figure.id:
            assert row.use == FITTED, row.id
        if row.figure.role == "CHECK":
            assert row.use != FITTED, row.id


@pytest.mark.parametrize(
    ("id", "value", "hit"),
    [
        ("treg-one", 2.1, True), ("treg-one", 2.0, False),  # published 2.1 to 5.7
        ("treg-fold", 8.0, True), ("treg-fold", 7.9, False),  # more than 8
        ("clearance-limit", 143.0, True), ("clearance-limit", 144.0, False),
        ("treg-high-dose", 0.5, True), ("treg-high-dose", 0.0, False), ("leak-without-cd25", 0.0, False),
        ("half-life-lotze-1985", 13.7, True), ("half-life-lotze-1985", 13.9, False),  # within twofold of 6.9
        ("hypotension", 74.8, True), ("hypotension", 75.1, False),  # 71 % of 525
        ("doses-renal", 18.1, True), ("doses-renal", 22.1, False),  # 20, spread of the fit 2
        ("lymphocytes-vein", 6.5, True), ("lymphocytes-vein", 6.6, False),  # 5.9, spread 0.1 of the logarithm
    ],
)  # fmt: skip
def test_a_hit_is_what_the_page_says(id: str, value: float, hit: bool) -> None:
    assert next(row for row in everything(value) if row.id == id).hit is hit


def on_disk() -> list[list[str]]:
    """Cells of all lines of the page that show a value beside the model."""
    lines = DISK.read_text(encoding="utf-8").splitlines()
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in lines if re.match(r"\| F\d", line)
    ]
    return [line for line in cells if len(line) == 11]


def test_the_page_shows_what_is_computed(found: list[Row]) -> None:
    shown = {(line[0], line[1]): line for line in on_disk()}
    assert len(found) > 40
    for row in found:
        line = shown[row.figure.id, row.quantity]
        assert float(line[5]) == pytest.approx(float(number(row.predicted)), rel=0.01, abs=1e-5), (
            row.id,
            COMMAND,
        )
        assert [line[2], line[6], line[7]] == [row.unit, row.figure.role, row.use]
        assert line[8] == ("hit" if row.hit else "**miss**")
        assert (line[9] == "**unverified**") == (row.figure.checked == "unverified")


def test_the_page_counts_its_own_rows_and_holds_the_trial() -> None:
    lines = on_disk()
    text = DISK.read_text(encoding="utf-8")
    total = re.search(r"^\| all \|.*\| (\d+) / (\d+) \|$", text, flags=re.MULTILINE)
    assert total is not None
    hits = sum(line[8] == "hit" for line in lines)
    assert (int(total[1]), int(total[2])) == (hits, len(lines) - hits)
    assert len(lines) == len(TABLES["rows"]) + len(exposure.assays())
    for id in TABLES["missing"]:
        assert f"| {id} |" in text
    assert "## What the figures determine" in text


def test_every_fitted_value_of_the_body_stands_in_the_page() -> None:
    text = DISK.read_text(encoding="utf-8")
    shown = figures(CATALOGUE, TABLES["systems"])
    entries = [*CATALOGUE.mechanisms.values(), *CATALOGUE.rules.values(), *CATALOGUE.molecules.values()]
    for entry in entries:
        for name, parameter in entry.parameters.items():
            if parameter.source.kind == FITTED and shown.keys() & set(parameter.source.figures):
                assert f"`{name}`" in text, name


def problem(**changes: Any) -> Problem:
    """Two values of which a target sees the product alone."""
    target = Target("product", "F012", 6.0, 0.1, True, False)
    made = Problem("test", {"a": 2.0, "b": 3.0}, (target,), {}, lambda v: {"product": v["a"] * v["b"]})
    return replace(made, **changes)


def test_a_product_binds_one_direction_and_neither_value() -> None:
    one = identified(problem())
    assert one.bound == 1 and one.singular == pytest.approx((np.sqrt(2) / 0.1, 0.0), abs=1e-6)
    assert one.weakest["a"] == pytest.approx(-one.weakest["b"], abs=1e-9)
    assert [value.verdict for value in one.profiles] == [body_profiles.FLAT] * 2
    slow = identified(problem(quick=False))
    assert [value.verdict for value in slow.profiles] == [body_profiles.FLAT] * 2


def test_a_value_seen_alone_is_bound_within_its_error() -> None:
    alone = problem(
        start={"a": 2.0}, predict=lambda v: {"product": 3.0 * v["a"]}, priors={"a": Prior(2.0, 0.1)}
    )
    (value,) = identified(alone).profiles
    low, high = np.exp(np.array([-1.0, 1.0]) * np.sqrt(body_profiles.EXCLUDED) * 0.1)
    assert (value.low, value.high) == pytest.approx((low, high), rel=1e-3)
    assert value.verdict == body_profiles.FINITE and value.error == pytest.approx(0.1 / np.sqrt(2), rel=1e-3)


def test_a_lower_bound_binds_one_side() -> None:
    target = Target("product", "F012", 6.0, 0.1, True, True)
    one = problem(targets=(target,), start={"a": 2.0}, predict=lambda v: {"product": 3.0 * v["a"]})
    (value,) = identified(one).profiles
    assert value.low is not None and value.high is None and value.verdict == body_profiles.ONE_SIDED


def test_the_page_leaves_out_what_was_not_asked_for() -> None:
    text = page(CATALOGUE, TABLES, everything(), [], 1, 1)
    assert "What the figures determine" not in text and FREE in text
