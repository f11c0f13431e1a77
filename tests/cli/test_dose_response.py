"""`leukin dose-response`: ranges, times, units, the promised JSON."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from cli.commands import leukin
from leukin.catalog import load_catalog
from leukin.cli import exits
from leukin.cli.dose_response import dose_range, grid, hours, nanomolar
from leukin.cli.main import call
from leukin.errors import CatalogError


def test_times() -> None:
    assert hours("30min") == pytest.approx(0.5)
    assert hours("1 h") == hours("1") == 1.0
    assert hours("2d") == 48.0
    for text in ("", "h", "-1h", "0", "1 nM", "nan", "1e9"):
        with pytest.raises(CatalogError, match="--time"):
            hours(text)


def test_ranges() -> None:
    assert dose_range("0.001:100:nM") == (0.001, 100.0, "nM")
    for text in ("5", "1:2", "2:1:nM", "0:1:nM", "1:inf:nM", "nan:1:nM", "1:2:nM:3", "a:b:nM", "-1:1:nM"):
        with pytest.raises(CatalogError, match="--dose"):
            dose_range(text)


def test_units_of_concentration() -> None:
    aldesleukin = load_catalog().molecule("aldesleukin")
    assert nanomolar(10.0, "pM", aldesleukin) == pytest.approx(0.01)
    assert nanomolar(1.0, "ng/mL", aldesleukin) == pytest.approx(1 / 15.3, rel=1e-6)  # 15.3 kDa
    assert nanomolar(1.0, "IU/mL", aldesleukin) == pytest.approx(3.99e-3, rel=2e-3)  # 1 IU/mL = 3.99 pM
    for text in ("kg", "1/h", "bananas"):
        with pytest.raises(CatalogError, match="--dose"):
            nanomolar(1.0, text, aldesleukin)


def test_grid_is_logarithmic_and_exact_at_its_ends() -> None:
    doses = grid(0.01, 100.0)
    assert (doses[0], doses[-1]) == (0.01, 100.0)
    ratios = [after / before for before, after in itertools.pairwise(doses)]
    assert max(ratios) == pytest.approx(min(ratios))


def test_json_and_figure(tmp_path: Path) -> None:
    words = ("--molecule", "aldesleukin", "--cell", "treg,cd8", "--dose", "0.001:100:nM", "--time", "30min")
    answer = leukin("dose-response", *words, "--json", "--plot", "curve.png", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert {(fit["molecule"], fit["cell"]) for fit in found["fits"]} == {
        ("aldesleukin", "treg"),
        ("aldesleukin", "cd8"),
    }
    ec50 = {fit["cell"]: fit["ec50_nM"] for fit in found["fits"]}
    assert all(set(fit) >= {"molecule", "cell", "time_h", "ec50_nM", "hill", "emax"} for fit in found["fits"])
    assert ec50["treg"]["low"] is None
    assert 10 * ec50["treg"]["value"] < ec50["cd8"]["value"]
    assert set(found["curve"][0]) >= {"molecule", "cell", "time_h", "dose_nM", "pstat5"}
    assert {row["time_h"] for row in found["curve"]} == {0.5}
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (("--molecule", "il22"), "did you mean 'il2'?"),
        (("--cell", "tregg"), "did you mean 'treg'?"),
        (("--cell", "treg,,cd8"), "empty place"),
        (("--dose", "9:1:nM"), "LOW:HIGH:UNIT"),
        (("--cells-per-ml", "-1"), "--cells-per-ml"),
        (("--plot", "x.bmp"), "--plot"),
    ],
)
def test_refusals(changed: tuple[str, str], said: str) -> None:
    answer = leukin("dose-response", "--molecule", "aldesleukin", "--cell", "treg", *changed)
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert len(answer.stderr.splitlines()) == 1
    assert said in answer.stderr


def test_design_map(tmp_path: Path) -> None:
    words = ("--design", "--dose", "0.1:nM", "--time", "1h", "--json", "--plot", "map.png")
    answer = leukin("dose-response", *words, cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    table = {(row["molecule"], row["cell"]): row["pstat5"] for row in found["molecules"]}
    assert table["il2-no-alpha", "treg"] < 0.2 * table["il2", "treg"]
    assert table["il2-h9", "nk"] > 3 * table["il2", "nk"]
    assert ("il2-peg-releasable", "treg") not in table  # its affinities are unknown
    here = [r for r in found["map"] if r["factor_alpha"] == r["factor_beta"] == 1.0 and r["cell"] == "cd8"]
    assert here[0]["pstat5"] == pytest.approx(table["il2", "cd8"], rel=1e-6)
    assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--molecule", "il2"), "--cell: is missing"),
        (("--cell", "treg"), "--molecule: is missing"),
        (("--molecule", "il2-peg-releasable", "--cell", "treg"), "no affinity of 'il2-peg-releasable'"),
        (("--molecule", "il2", "--cell", "treg", "--time", "0"), "'0' is not a time"),
        (("--molecule", "il2", "--cell", "treg", "--set", "il2.KD_alpha=-1"), "must be greater than 0"),
        (("--molecule", "il2", "--cell", "treg", "--set", "il2.KD_alpha=0"), "must be greater than 0"),
        (("--molecule", "il2", "--cell", "treg", "--jak3", "2"), "--jak3"),
        (("--molecule", "il2", "--cell", "treg", "--jak-inhibitor", "-1"), "--jak-inhibitor"),
        (("--design", "--dose", "1:2:nM"), "not one dose"),
        (("--design", "--molecule", "il7"), "the map is of variants of il2"),
        (("--design", "--time", "1h,2h"), "a map is of one time"),
    ],
)
def test_more_refusals(words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = exits.guarded(lambda: call(["dose-response", *words]))
    answer = capsys.readouterr()
    assert (code, answer.out) == (2, "")
    assert len(answer.err.splitlines()) == 1
    assert said in answer.err


def test_a_cell_without_the_chain_of_a_molecule_is_named(tmp_path: Path) -> None:
    """A cell of one's own that says nothing of CD127 cannot be asked about interleukin-7."""
    folder = tmp_path / "cells"
    folder.mkdir()
    chain = 'value = 10\nunit = "molecule/cell"\nrse = 0.5\nlabel = "x"\nsource = {{ kind = "assumed" }}\n'
    text = 'kind = "cell"\ntitle = "mine"\n' + "".join(
        f"[parameters.{key}]\n" + chain.format() for key in ("CD25", "CD122", "CD132")
    )
    (folder / "mine.toml").write_text(text)
    answer = leukin("dose-response", "--molecule", "il7", "--cell", "mine", "--catalog", str(tmp_path))
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.splitlines() == [
        "mine.CD127: 'mine' states no number of CD127 (add [parameters.CD127] to the cell)"
    ]
