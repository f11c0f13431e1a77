"""A virtual trial from Python: what a result shows is what the run holds."""

from __future__ import annotations

import re
from pathlib import Path

import pandas
import pytest
from pandas.testing import assert_frame_equal

import leukin
from leukin.errors import CatalogError

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture(scope="module")
def result() -> leukin.Result:
    return leukin.run("fyfe-1995-rcc", patients=24, seed=3)


def test_every_patient_is_a_row(result: leukin.Result) -> None:
    rows = result.to_pandas()
    assert rows["patient"].tolist() == list(range(24))
    assert set(rows["status"]) <= {"ok", "failed"}
    counted = result.data.result["patients"]
    assert counted["ok"] == (rows["status"] == "ok").sum()
    assert counted["ok"] + counted["failed"] == 24


def test_summary_counts_the_responses_of_the_rows(result: leukin.Result) -> None:
    summary = result.summary().set_index("figure")
    good = result.to_pandas().query("status == 'ok'")
    share = good["best_response"].isin(["CR", "PR"]).mean()
    assert summary.loc["F041a", "predicted"] == pytest.approx(share)
    assert summary.loc["F041a", "published"] == pytest.approx(36 / 255, abs=0.001)
    assert set(summary["verdict"]) <= {"hit", "miss", "no interval"}


def test_more_patients_and_workers_leave_a_patient_as_he_is(result: leukin.Result) -> None:
    more = leukin.run("fyfe-1995-rcc", patients=66, seed=3, workers=2).to_pandas()
    assert_frame_equal(more.head(24), result.to_pandas())


def test_every_plot_gives_axes(result: leukin.Result) -> None:
    names = [name for name in dir(result) if name.startswith("plot_")]
    assert len(names) == 11
    for name in names:
        axes = getattr(result, name)()
        panels = axes if isinstance(axes, list) else [axes]
        assert any(panel.get_xlabel() for panel in panels), name
        assert panels[0].has_data(), name


def test_report_is_one_page_with_its_figures(result: leukin.Result, tmp_path: Path) -> None:
    page = result.report(tmp_path / "out")
    text = page.read_text(encoding="utf-8")
    assert "Not for clinical decisions".lower() in text.lower()
    assert {figure.suffix for figure in (page.parent / "figures").iterdir()} == {".png"}


def test_misspelt_trial_names_the_nearest() -> None:
    with pytest.raises(CatalogError, match="fyfe-1995-rcc"):
        leukin.run("fyfe-1995-rc")


def test_ten_lines_of_the_readme_run(capsys: pytest.CaptureFixture[str]) -> None:
    code = re.search(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert code is not None
    names: dict[str, object] = {}
    exec(compile(code[1], "README.md", "exec"), names)  # noqa: S102
    assert "konrad-1990" in capsys.readouterr().out
    assert isinstance(names["patients"], pandas.DataFrame)
    assert len(names["patients"]) == 50
