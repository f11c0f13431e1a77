"""`leukin dose-response`: ranges, times, units, the promised JSON."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from cli.commands import leukin
from leukin.catalog import load_catalog
from leukin.cli.dose_response import dose_range, grid, hours, nanomolar
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
    assert all(set(fit) == {"molecule", "cell", "time_h", "ec50_nM", "hill", "emax"} for fit in found["fits"])
    assert ec50["treg"]["low"] is None
    assert 10 * ec50["treg"]["value"] < ec50["cd8"]["value"]
    assert set(found["curve"][0]) == {"molecule", "cell", "time_h", "dose_nM", "pstat5"}
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
