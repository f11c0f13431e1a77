"""The commands that README.md and CONTRIBUTING.md name run as they stand there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from cli.commands import here
from cli.test_contributing import EXAMPLE, GUIDE
from leukin.cli.main import app

README = Path(__file__).parents[2] / "README.md"
COMMAND = re.compile(r"^ +leukin (?P<words>[^#\n]+)", re.MULTILINE)
COMMANDS = [match["words"].strip() for match in COMMAND.finditer(README.read_text(encoding="utf-8"))]
QUICK = ("list", "show", "check", "cite", "export", "dose-response")


def test_readme_names_most_commands() -> None:
    named = {words.split()[0] for words in COMMANDS}
    known = {command.name for command in app.registered_commands}
    assert named <= known
    assert {"run", "simulate", *QUICK} <= named | {"check"}


@pytest.mark.parametrize("words", [words for words in COMMANDS if words.split()[0] in QUICK])
def test_command(words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    if words.startswith("check my-trial.toml"):
        text = here("show", "trial", "fyfe-1995-rcc", "--toml").stdout
        (tmp_path / "my-trial.toml").write_text(text, encoding="utf-8")
    answer = here(*shlex.split(words))
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout
    assert answer.stderr == ""


def test_check_accepts_the_examples_of_contributing(tmp_path: Path) -> None:
    files = []
    for example in EXAMPLE.finditer(GUIDE.read_text(encoding="utf-8")):
        file = tmp_path / example["file"]
        file.parent.mkdir()
        file.write_text(example["text"], encoding="utf-8")
        files.append(file)
    assert len(files) >= 3
    for file in files:
        answer = here("check", file, "--catalog", tmp_path)
        assert (answer.returncode, answer.stderr) == (0, "")
    assert "example-melanoma" in here("list", "trials", "--catalog", tmp_path).stdout
