"""Whatever a file holds, reading it ends in a record or in CatalogError."""

from __future__ import annotations

import copy
import random
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leukin.catalog import Catalogue, check_file, load_catalog, load_trial
from leukin.catalog.load import SHIPPED
from leukin.catalog.toml_text import to_text
from leukin.errors import CatalogError

SOURCES = [
    SHIPPED / "trials" / "yang-2003-rcc.toml",
    SHIPPED / "molecules" / "aldesleukin.toml",
    SHIPPED / "molecules" / "il2.toml",
    SHIPPED / "hosts" / "human.toml",
    SHIPPED / "regimens" / "aldesleukin-sc-nci.toml",
    SHIPPED / "rules" / "high-dose-withholding.toml",
]
PIECES = [
    "", "\x00", "nan", "inf", "-inf", "-1", "0", "1e400", "9" * 400, '"', "'''", '"""', "[", "]", "[[", "{", "}", "=", "#", "\n",
    "true", "1979-05-27T07:32:00Z", "[1, 2]", "{ a = 1 }", '"x"', "unit", "MIU", "nM", "1/min", "/kg", "**", "10**10**10",
    "é", "\u2028", "\ud7ff", "a.b.c", "value", "source", "formula = \"x\"", "K5", "exp(1e9)",
]  # fmt: skip


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalog()


def mutate(text: str, seed: int, steps: int) -> str:
    """`text` with a few random deletions, doublings, swaps and insertions."""
    chance = random.Random(seed)
    for _ in range(steps):
        start = chance.randrange(len(text) + 1)
        stop = min(len(text), start + chance.choice([0, 1, 3, 10, 60]))
        lines = text.split("\n")
        kind = chance.randrange(5)
        if kind == 0:
            text = text[:start] + chance.choice(PIECES) + text[stop:]
        elif kind == 1:
            text = text[:start] + text[stop:]
        elif kind == 2:
            text = text[:stop] + text[start:stop] + text[stop:]
        elif kind == 3:
            line = chance.randrange(len(lines))
            key = lines[line].partition("=")[0]
            lines[line] = f"{key}= {chance.choice(PIECES)}"
            text = "\n".join(lines)
        else:
            first, second = chance.randrange(len(lines)), chance.randrange(len(lines))
            lines[first], lines[second] = lines[second], lines[first]
            text = "\n".join(lines)
    return text


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(source=st.sampled_from(SOURCES), seed=st.integers(0, 10**9), steps=st.integers(1, 6))
def test_mutations_end_in_problems(
    tmp_path: Path, catalogue: Catalogue, source: Path, seed: int, steps: int
) -> None:
    text = mutate(source.read_text(encoding="utf-8"), seed, steps)
    folder = tmp_path / source.parent.name
    folder.mkdir(exist_ok=True)
    path = folder / source.name
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    problems = check_file(path, catalogue)
    lines = text.count("\n") + 1
    for problem in problems:
        assert problem.file == str(path) and 1 <= problem.line <= lines and problem.reason
        assert "\n" not in str(problem)
    if source.parent.name == "trials":
        try:
            load_trial(path, catalogue)
        except CatalogError as error:
            assert error.problems
        else:
            assert not problems


VALUES: list[object] = [
    "", "x", "1 h", "-1 h", "1e400 h", "nan", "600000 IU/kg", "1/0", "log(-1)", "K5", "exp(exp(exp(9)))", "a\nb", "\x00",
    0, -1, 1, 10**30, 10**400, 1.5, -2.0, 1e308, 5e-324, float("nan"), float("inf"), True, [], [[]], [1, 2], [2, 1], ["F041a"], {},
    {"a": 1}, {"kind": "assumed"}, {"kind": "fitted", "figures": ["F059"]}, [{}], {"value": 1, "unit": "nM"}, "nM", "1", "%",
]  # fmt: skip


def tables(data: object) -> list[dict[str, object]]:
    """All tables of a document, the outer one first."""
    if isinstance(data, dict):
        return [data, *(table for value in data.values() for table in tables(value))]
    return [table for value in data for table in tables(value)] if isinstance(data, list) else []


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(source=st.sampled_from(SOURCES), seed=st.integers(0, 10**9), steps=st.integers(1, 4))
def test_well_formed_nonsense_ends_in_problems(
    tmp_path: Path, catalogue: Catalogue, source: Path, seed: int, steps: int
) -> None:
    chance = random.Random(seed)
    data = tomllib.loads(source.read_text(encoding="utf-8"))
    for _ in range(steps):
        table = chance.choice(tables(data))
        key = chance.choice([*table, "unknown"])
        if chance.random() < 0.2:
            table.pop(key, None)
        else:
            table[key] = copy.deepcopy(chance.choice(VALUES))
    folder = tmp_path / source.parent.name
    folder.mkdir(exist_ok=True)
    path = folder / source.name
    path.write_text(to_text(data), encoding="utf-8")
    problems = check_file(path, catalogue)
    for problem in problems:
        assert problem.line >= 1 and problem.reason and "\n" not in str(problem)
    if source.parent.name == "trials" and not problems:
        trial = load_trial(path, catalogue)
        assert trial.patients > 0 and trial.horizon > 0 and all(arm.doses for arm in trial.arms)
        assert all(dose.amount > 0 and dose.every > 0 for arm in trial.arms for dose in arm.doses)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=300))
def test_any_bytes(tmp_path: Path, catalogue: Catalogue, raw: bytes) -> None:
    path = tmp_path / "raw.toml"
    path.write_bytes(raw)
    assert check_file(path, catalogue)


@settings(max_examples=40, deadline=None)
@given(
    key=st.sampled_from(["aldesleukin", "il2", "human", "fyfe-1995-rcc", "nonsense", ""]),
    field=st.sampled_from(["KD_alpha", "weight", "patients", "horizon", "title", "host", "x", ""]),
    value=st.one_of(st.floats().map(repr), st.sampled_from(PIECES), st.text(max_size=12)),
)
def test_overrides_end_in_problems(key: str, field: str, value: str) -> None:
    try:
        load_catalog(overrides=[f"{key}.{field}={value}"])
    except CatalogError as error:
        assert error.problems and all("\n" not in str(problem) for problem in error.problems)
