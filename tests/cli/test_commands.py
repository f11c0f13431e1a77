"""Commands that read the catalogue: what they print, and how they refuse."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.commands import environment, leukin


def refused(answer: subprocess.CompletedProcess[str], *words: str) -> None:
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert "Traceback" not in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1
    for word in words:
        assert word in answer.stderr


def test_help_is_fast_and_loads_nothing_heavy() -> None:
    heavy = ("numpy", "pandas", "matplotlib", "pydantic", "scipy", "pint", "llvmlite", "pyarrow")
    code = f"""
import sys
from leukin.cli.main import call
call(["--help"])
found = [name for name in {heavy!r} if name in sys.modules]
sys.exit(", ".join(found) or 0)
"""
    command = [sys.executable, "-c", code]
    fastest = 10.0
    for _ in range(3):
        begun = time.perf_counter()
        answer = subprocess.run(command, capture_output=True, text=True, env=environment(), check=False)
        fastest = min(fastest, time.perf_counter() - begun)
    assert answer.returncode == 0, answer.stderr
    assert "Usage: leukin" in answer.stdout
    assert fastest < 0.3


def test_import_is_light() -> None:
    code = "import sys, leukin; sys.exit('numpy' in sys.modules or 'pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env=environment(), check=False).returncode == 0


def test_list_shows_every_kind() -> None:
    answer = leukin("list")
    assert answer.returncode == 0
    for id in (
        "aldesleukin",
        "treg",
        "human",
        "renal-cell-carcinoma",
        "fyfe-1995-rcc",
        "high-dose-withholding",
    ):
        assert id in answer.stdout


@pytest.mark.parametrize("kind", ["trials", "trial"])
def test_list_one_kind_in_singular_or_plural(kind: str) -> None:
    lines = leukin("list", kind).stdout.splitlines()
    assert {line.split()[0] for line in lines} == {
        "fyfe-1995-rcc", "atkins-1999-melanoma", "yang-2003-rcc", "geertsen-2004-rcc", "releasable-peg-2016",
        "daily-bolus-1991", "n-803-volunteers-2022",
    }  # fmt: skip


def test_show_prints_value_unit_spread_and_source() -> None:
    answer = leukin("show", "molecule", "aldesleukin")
    row = next(line for line in answer.stdout.splitlines() if "molar_mass" in line)
    assert "15.3" in row and "kDa" in row and "1 %" in row and "usp-proleukin" in row


@pytest.mark.parametrize(
    ("kind", "id"),
    [
        ("trial", "fyfe-1995-rcc"),
        ("molecule", "aldesleukin"),
        ("regimen", "aldesleukin-low-dose"),
        ("rule", "high-dose-withholding"),
    ],
)
def test_show_toml_is_a_file_that_check_accepts(tmp_path: Path, kind: str, id: str) -> None:
    file = tmp_path / f"{id}.toml"
    file.write_text(leukin("show", kind, id, "--toml").stdout, encoding="utf-8")
    answer = leukin("check", file)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout == f"{file}: ok\n"


def test_cite_gives_entries_and_reasons() -> None:
    answer = leukin("cite", "fyfe-1995-rcc")
    assert answer.returncode == 0, answer.stderr
    assert "% fyfe-1995: the trial" in answer.stdout
    assert "@article{fyfe-1995," in answer.stdout
    assert answer.stdout.count("@") < 60  # of what is used, not the whole bibliography


def test_set_changes_what_show_prints() -> None:
    answer = leukin("show", "mechanism", "pharmacokinetics", "--set", "pharmacokinetics.V1=3.21 L")
    assert "3.21" in answer.stdout
    assert "3.21" not in leukin("show", "mechanism", "pharmacokinetics").stdout


def test_own_catalogue_by_option_and_environment(tmp_path: Path) -> None:
    text = leukin("show", "regimen", "aldesleukin-low-dose", "--toml").stdout
    (tmp_path / "regimens").mkdir()
    (tmp_path / "regimens" / "my-regimen.toml").write_text(text, encoding="utf-8")
    assert "my-regimen" in leukin("list", "regimens", "--catalog", tmp_path).stdout
    assert "my-regimen" in leukin("list", "regimens", LEUKIN_CATALOG=str(tmp_path)).stdout
    assert "my-regimen" not in leukin("list", "regimens").stdout


def test_refusals_of_words() -> None:
    refused(leukin("lst"), "no command 'lst'", "did you mean 'list'?")
    refused(leukin("list", "trails"), "trails", "did you mean 'trials'?")
    refused(leukin("list", "--bogus"), "leukin list", "--bogus")
    refused(leukin("show", "trial"), "leukin show", "ID")
    refused(leukin("show", "trial", "fyfe-1995-rc"), "did you mean 'fyfe-1995-rcc'?")
    refused(leukin("cite", "fyfe-1995-rc"), "did you mean 'fyfe-1995-rcc'")
    refused(leukin("run", "fyfe-1995-rc"), "did you mean 'fyfe-1995-rcc'")
    refused(leukin("list", "--catalog", "/no/such/folder"), "/no/such/folder", "no such folder")


@pytest.mark.parametrize(
    "words",
    [
        ("--patients", "0"),
        ("--patients", "-3"),
        ("--patients", "many"),
        ("--seed", "-1"),
        ("--workers", "0"),
        ("--draws", "-1"),
        ("--set", "nonsense"),
        ("--set", "pharmacokinetics.V9=3"),
        ("--set", "pharmacokinetics.V1=nan"),
        ("--set", "pharmacokinetics.V1=3 nM"),
    ],
)
def test_refusals_of_run_options(words: tuple[str, ...], tmp_path: Path) -> None:
    answer = leukin("run", "fyfe-1995-rcc", *words, cwd=tmp_path)
    refused(answer, words[0].removeprefix("--"))
    assert list(tmp_path.iterdir()) == []


def test_check_tells_file_and_line(tmp_path: Path) -> None:
    text = leukin("show", "trial", "fyfe-1995-rcc", "--toml").stdout
    file = tmp_path / "mine.toml"
    file.write_text(text.replace('"human"', '"humam"'), encoding="utf-8")
    line = next(number for number, row in enumerate(file.read_text().splitlines(), 1) if "humam" in row)
    refused(leukin("check", file), f"{file}:{line}: host:", "human")


def test_check_of_what_is_no_file(tmp_path: Path) -> None:
    refused(leukin("check", tmp_path / "none.toml"), "none.toml")
    (tmp_path / "broken.toml").write_text("title = \n", encoding="utf-8")
    refused(leukin("check", tmp_path / "broken.toml"), "broken.toml:1")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    refused(leukin("check", tmp_path / "binary.toml"), "binary.toml")


def test_more_than_twenty_problems_are_counted(tmp_path: Path) -> None:
    text = leukin("show", "trial", "fyfe-1995-rcc", "--toml").stdout
    file = tmp_path / "mine.toml"
    file.write_text("".join(f"bad_{i} = {i}\n" for i in range(30)) + text, encoding="utf-8")
    answer = leukin("check", file)
    lines = answer.stderr.splitlines()
    assert answer.returncode == 2
    assert len(lines) == 21
    assert lines[-1] == "and 10 more"


def test_report_of_what_is_no_run_folder(tmp_path: Path) -> None:
    refused(leukin("report", tmp_path), "run.json")
    refused(leukin("report", tmp_path / "nowhere"), "run.json")
