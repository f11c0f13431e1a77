"""`leukin run --sweep` and `leukin simulate --plot`: what they write."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from cli.commands import leukin

MOUSE = """title = "Interleukin-2 in mice"
host = "mouse"
patients = 3
horizon = "3 day"

[[arm]]
name = "daily"

[[arm.dose]]
molecule = "aldesleukin"
amt = "60000 IU"
route = "ip"
ii = "1 day"
addl = 2
"""


def test_a_sweep_in_mice_writes_table_json_and_figure(tmp_path: Path) -> None:
    (tmp_path / "mice.toml").write_text(MOUSE, encoding="utf-8")
    words = ("run", "mice.toml", "--sweep", "6000:600000:IU:2", "--out", "swept", "--workers", "1")
    first = leukin(*words, "--json", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    result = json.loads(first.stdout)
    assert [row["dose"] for row in result["sweep"]] == [6000, 600000]
    assert [arm["name"] for arm in result["arms"]] == [row["arm"] for row in result["sweep"]]
    with (tmp_path / "swept" / "sweep.csv").open(encoding="utf-8") as file:
        assert [float(row["dose"]) for row in csv.DictReader(file)] == [6000, 600000]
    assert json.loads((tmp_path / "swept" / "sweep.json").read_text(encoding="utf-8")) == result["sweep"]
    assert (tmp_path / "swept" / "sweep.png").read_bytes().startswith(b"\x89PNG")
    (written,) = tmp_path.glob("mice-sweep-*.toml")
    assert leukin("check", written, cwd=tmp_path).returncode == 0


def test_a_wrong_sweep_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    for text in ("1:2", "1:2:IU", "0.001:1000:MIU/kg"):
        answer = leukin("run", "fyfe-1995-rcc", "--sweep", text, cwd=tmp_path)
        assert answer.returncode == 2 and answer.stdout == ""
        assert "Traceback" not in answer.stderr and answer.stderr.strip()
    assert list(tmp_path.rglob("*.toml")) == []


def test_one_mouse_is_followed_and_drawn(tmp_path: Path) -> None:
    (tmp_path / "mice.toml").write_text(MOUSE, encoding="utf-8")
    answer = leukin("simulate", "mice.toml", "--plot", "one.svg", "--csv", "one.csv", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    drawn = (tmp_path / "one.svg").read_text(encoding="utf-8")
    for word in (
        "3 of 3 doses given, 0 held",
        "βγ receptor",
        "in the peritoneum",
        "Systolic pressure",
        "dose held",
    ):
        assert word in drawn, word
    names = {row.split(",")[1] for row in (tmp_path / "one.csv").read_text(encoding="utf-8").splitlines()[1:]}
    assert {"IL2_local.peritoneum", "LOC_peritoneum", "IL2_plasma"} <= names


def test_the_host_of_a_file_shows_formula_and_source() -> None:
    answer = leukin("show", "host", "mouse")
    assert answer.returncode == 0
    text = " ".join(answer.stdout.split())
    assert "= pharmacokinetics.V1*(weight/pharmacokinetics.weight_reference)" in text
    assert "translated" in text and "konrad-1990" in text
