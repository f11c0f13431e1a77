"""The report: numbers as words, tables, figures, one page that needs nothing else."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from leukin.errors import FolderError
from leukin.report import figures, gallery, labels, sections, tables
from leukin.report.data import RunData, checksum, load_run_data
from leukin.report.figures.drivers import correlations
from leukin.report.html import write_report
from leukin.report.readings import slider
from unit.report.synthetic import run_data

ARMS = ("high dose", "low dose", "subcutaneous")


@pytest.fixture(scope="module")
def data() -> RunData:
    return run_data()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, data: RunData) -> Path:
    path = tmp_path_factory.mktemp("report")
    write_report(path, data)
    return path


@pytest.fixture(scope="module")
def page(folder: Path) -> str:
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.73303, "0.733"),
        (12345.678, "12346"),
        (2.0, "2"),
        (-3.14159, "−3.14"),
        (None, "–"),
        (float("nan"), "–"),
        (1346000.0, "1.35 × 10⁶"),
        (4.7e-05, "4.7 × 10⁻⁵"),
        (0, "0"),
        (100, "100"),
    ],
)
def test_numbers_as_people_write_them(value: Any, text: str) -> None:
    assert labels.number(value) == text


def test_quantities_as_words() -> None:
    assert labels.quantity("toxicity.hypotension.grade4") == "Hypotension, grade 4"
    assert labels.quantity("hypotension.grade3") == "Hypotension, grade 3 or worse"
    assert labels.amount("orr", 0.141) == "14.1\u00a0%"
    assert labels.amount("pfs_median_month", 3.1) == "3.1\u00a0months"
    assert labels.amount("doses_given", 19) == "19"
    assert labels.interval("orr", 0.104, 0.189) == "10.4–18.9\u00a0%"
    assert labels.interval("orr", None, 0.189) == ""
    assert labels.pretty_unit("1e9/L") == "10⁹/L"


def test_comparison_takes_every_published_figure_and_its_verdict(data: RunData) -> None:
    rows = tables.comparisons(data.result)
    published = data.result["arms"][0]["published"]
    assert [row.figure for row in rows] == [item["figure"] for item in published]
    assert [row.verdict for row in rows] == ["miss", "hit", "no interval", "no interval", "hit"]
    arm = data.result["arms"][0]
    assert (rows[0].predicted_low, rows[0].predicted_high) == (arm["orr"]["low"], arm["orr"]["high"])


def test_hits_are_counted_and_misses_named(data: RunData) -> None:
    line = tables.hits_line(data.result)
    assert "1 of 2 that it was fitted to, 1 of 1 that it was only compared with" in line
    assert "missed: objective response" in line


def test_patients_line_accounts_for_everybody(data: RunData) -> None:
    line = tables.patients_line(data.result)
    assert line == "120 of 121 patients simulated, 1 failed; 14 further draws screened out as implausible"


class _Collector(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids += [found["id"]] if found.get("id") else []
        self.addresses += [found[key] or "" for key in ("src", "href") if key in found]
        if tag == "svg":
            self.images.append(found)


def test_page_needs_no_network(page: str) -> None:
    seen = _Collector()
    seen.feed(page)
    assert seen.addresses
    assert all(address.startswith("#") for address in seen.addresses)
    assert "http" not in re.sub(r"<pre.*?</pre>", "", page, flags=re.S).replace("http-equiv", "")
    assert "@import" not in page
    assert "url(http" not in page


def test_links_and_ids_of_the_page_meet(page: str) -> None:
    seen = _Collector()
    seen.feed(page)
    assert len(seen.ids) == len(set(seen.ids))
    inside = {address[1:] for address in seen.addresses}
    assert inside <= set(seen.ids)


def test_every_figure_is_shown_without_javascript_and_told_in_words(page: str, folder: Path) -> None:
    seen = _Collector()
    seen.feed(page)
    pictures = sorted(file.stem for file in (folder / "figures").glob("*.png"))
    assert len(seen.images) == len(pictures) == 13
    assert all(image["role"] == "img" and len(image["aria-label"] or "") > 20 for image in seen.images)
    expected = ["il2", "pstat5", "lymphocytes", "waterfall", "spider", "kaplan-meier-pfs", "kaplan-meier-os"]
    assert set(expected) | {"doses", "vital-signs", "cytokines", "toxicity", "drivers"} <= set(pictures)


def test_page_says_what_must_be_said(page: str) -> None:
    for words in (
        "Not for clinical decisions",
        "αβγ receptor, Kd 10 pM",
        "βγ receptor, Kd 1 nM",
        "1 of 3 parameters are assumed",
        "Not calibrated",
        "lung water as a state of its own",
        "step size became too small",
        "leukin simulate made-up-trial --patient 17 --seed 4",
        "0" * 64,
        "@article{konrad-1990",
        "predicted median",
        'name="viewport"',
        "prefers-color-scheme: dark",
    ):
        assert words in page


def test_text_from_files_cannot_become_markup(tmp_path: Path) -> None:
    data = run_data(n=30)
    data.about["title"] = "<script>alert(1)</script>"
    data.about["parameters"][0]["note"] = "<b>bold</b>"
    data.manifest["failures"][0]["reason"] = "a < b"
    text = write_report(tmp_path, data).read_text(encoding="utf-8")
    assert "<script>alert" not in text
    assert "<b>bold" not in text
    assert "a &lt; b" in text


def test_report_is_the_same_twice(tmp_path: Path, data: RunData, page: str) -> None:
    assert write_report(tmp_path, run_data()).read_text(encoding="utf-8") == page


def test_figures_hold_svg_that_parses(page: str) -> None:
    for drawing in re.findall(r"<svg.*?</svg>", page, flags=re.S):
        ElementTree.fromstring(drawing)
        assert "#1f2933" not in drawing  # inks follow the page, light or dark


def test_no_text_of_a_figure_lies_outside_it() -> None:
    for arms in (("high dose",), ARMS):
        for plate in gallery.plates(run_data(arms)):
            canvas = FigureCanvasAgg(plate.figure)
            canvas.draw()
            width, height = canvas.get_width_height()
            for text in plate.figure.findobj(
                lambda artist: hasattr(artist, "get_text") and artist.get_text()
            ):
                box = text.get_window_extent()
                if text.get_visible() and box.width and text.get_clip_on() is False:
                    assert box.x0 > -2 and box.y0 > -2 and box.x1 < width + 2 and box.y1 < height + 2, (
                        plate.name,
                        text.get_text(),
                    )


def test_kaplan_meier_numbers_at_risk() -> None:
    data = run_data(n=40)
    _, below = figures.kaplan_meier(data.treated, ["high dose"], "os", months=36)
    numbers = {round(text.get_position()[0]): int(text.get_text()) for text in below.texts}
    months = data.treated["os_month"]
    assert numbers == {tick: int((months >= tick).sum()) for tick in (0, 6, 12, 18, 24, 30, 36)}


def test_waterfall_is_sorted_and_cut() -> None:
    data = run_data(n=50)
    (ax,) = figures.waterfall(data.treated, ["high dose"])
    heights = [bar.get_height() for bar in ax.patches]
    expected = np.sort(data.treated["best_change_percent"].clip(upper=100))[::-1]
    assert np.allclose(heights, expected)


def test_many_patients_draw_no_more_than_can_be_seen() -> None:
    data = run_data()
    rows = data.treated[data.treated["arm"] == "high dose"]
    many = pd.concat([rows] * (1 + 4000 // len(rows)), ignore_index=True)
    (ax,) = figures.waterfall(many, ["high dose"])
    heights = [bar.get_height() for bar in ax.patches]
    change = many["best_change_percent"].dropna().clip(upper=100.0)
    assert len(heights) == 500
    assert (heights[0], heights[-1]) == (change.max(), change.min())
    assert np.median(heights) == pytest.approx(change.median(), abs=2.0)
    assert f"{len(change)} virtual patients" in ax.get_xlabel()
    rng = np.random.default_rng(1)
    many["os_month"] = rng.exponential(20.0, len(many)).clip(max=36.0)
    many["os_event"] = many["os_month"] < 36.0
    curve = next(
        line for line in figures.kaplan_meier(many, ["high dose"], "os")[0].lines if len(line.get_xdata()) > 9
    )
    assert len(curve.get_xdata()) <= 801
    expected = (many["os_month"] > 20.0).mean()
    assert np.interp(20.0, curve.get_xdata(), curve.get_ydata()) == pytest.approx(expected, abs=0.005)


def test_provenance_names_own_folders_and_the_sample() -> None:
    data = run_data()
    data.manifest["catalogs"] = ["my/entries"]
    data.manifest["sample"] = "time courses of the first 40 patients"
    text = sections.provenance(data)
    assert "my/entries" in text
    assert "time courses of the first 40 patients" in text


def test_values_under_a_figure_are_those_of_the_table(data: RunData, page: str) -> None:
    found = re.search(r'<script type="application/json" id="readings-il2">(.*?)</script>', page)
    assert found is not None
    told = json.loads(found[1])
    assert told["unit"] == "h" and len(told["times"]) <= 240
    for row in told["rows"]:
        arm = row["name"].rpartition(", ")[2] if len(data.arms) > 1 else data.arms[0]
        own = data.summary[(data.summary["observable"] == "IL2_plasma") & (data.summary["arm"] == arm)]
        medians = own.set_index("time_h")["median"]
        assert row["unit"] == "nM"
        for time, value in zip(told["times"], row["values"], strict=True):
            assert value == pytest.approx(medians[time], rel=1e-3)
    assert page.count("data-readings=") == page.count('id="readings-') == 3


def test_values_under_a_figure_cannot_become_markup() -> None:
    text = slider("il2", json.dumps({"rows": [{"name": "</script><b>"}]}))
    assert text.count("</script>") == 1
    assert "<b>" not in text
    assert slider("il2", "") == ""


def test_tables_scroll_inside_the_page(page: str) -> None:
    assert page.count("<table") == page.count('<div class="scroll"><table') > 5


def test_threshold_of_response() -> None:
    assert figures.tumour.threshold("WHO")[0] == pytest.approx(-29.289, abs=1e-3)
    assert figures.tumour.threshold("RECIST 1.1")[0] == -30.0


def test_il2_marks_the_affinities_at_their_value() -> None:
    data = run_data()
    ax = figures.il2(data.summary, data.arms, data.about["markers"])
    levels = {float(line.get_ydata()[0]) for line in ax.lines if len(set(line.get_ydata())) == 1}
    assert {0.01, 1.0} <= levels
    assert ax.get_yscale() == "log"
    assert "nM" in ax.get_ylabel()


def test_cytokines_that_never_rise_are_drawn() -> None:
    data = run_data()
    still = data.summary.assign(median=0.0, p5=0.0, p95=0.0)
    for ax in figures.cytokines(still, data.arms):
        FigureCanvasAgg(ax.figure).draw()
        assert ax.get_yscale() == "linear"


def test_drivers_find_what_drives() -> None:
    found = correlations(run_data(n=200).treated, "high dose")
    assert found.index[0] == "parameter.f"
    assert found.iloc[0] < -0.3


def test_toxicity_bars_add_up_to_any_grade() -> None:
    data = run_data()
    (ax,) = figures.toxicity(data.treated, ["high dose"])
    any_grade = 100 * (data.treated["grade.hypotension"] > 0).mean()
    first = [bar.get_width() for bar in ax.patches if abs(bar.get_y() + bar.get_height() / 2) < 0.1]
    assert sum(first) == pytest.approx(any_grade)


def test_a_folder_without_a_finished_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match=r"no run\.json"):
        load_run_data(tmp_path)
    manifest = {"inputs": {}, "status": "running", "command": "leukin run x"}
    (tmp_path / "run.json").write_text(json.dumps(manifest | {"checksum": checksum(manifest)}))
    with pytest.raises(FolderError, match="finish it with: leukin run x"):
        load_run_data(tmp_path)


def test_a_changed_manifest_is_refused(tmp_path: Path) -> None:
    manifest = {"inputs": {}, "status": "finished", "result": {"orr": 0.1}}
    text = json.dumps(manifest | {"checksum": checksum(manifest)})
    (tmp_path / "run.json").write_text(text.replace("0.1", "0.9"))
    with pytest.raises(FolderError, match="was changed or is damaged"):
        load_run_data(tmp_path)
