"""The chart of one patient: doses as they were, lines where they belong, nothing where nothing is."""

from __future__ import annotations

import numpy as np
import pandas as pd

from leukin.report.figures.bedside import Slots, bedside, summary
from leukin.report.figures.sweep import sweep

SLOTS = Slots(np.array([0.0, 8.0, 16.0]), np.array([True, False, True]), np.array([False, True, False]))


def courses(**more: float) -> pd.DataFrame:
    times = np.arange(0.0, 200.0)
    units = {"IL2_plasma": "nM", "SBP": "mmHg", "weight": "kg", "temperature": "degC"}
    return pd.concat(
        pd.DataFrame({"time_h": times, "name": name, "value": base + np.sin(times / 10), "unit": units[name]})
        for name, base in {"IL2_plasma": 2.0, "SBP": 110.0, "weight": 80.0, **more}.items()
    )


def test_doses_given_and_held_are_counted_in_words() -> None:
    words = summary(courses(temperature=38.0), SLOTS)
    assert words.startswith(
        "2 of 3 doses given, 1 held; lowest systolic pressure 109 mmHg; highest temperature 39 °C"
    )
    assert "weight +1 kg" in words and "creatinine" not in words


def test_a_chart_shows_what_there_is() -> None:
    markers = [{"label": "Kd 1 nM", "value": 1.0}]
    axes = bedside(courses(), SLOTS, "one", markers, {"sbp_limit": (88.0, "mmHg")})
    titles = [ax.get_title(loc="left") for ax in axes]
    assert titles == [
        "",
        "IL-2 against the affinities of its receptors (nM)",
        "",
        "Systolic pressure (mmHg)",
        "Change of weight (kg)",
    ]
    plasma, pressure, weight = axes[1], axes[3], axes[4]
    held = [
        line for line in pressure.lines if len(set(line.get_xdata())) == 1 and line.get_xdata()[0] == 8.0 / 24
    ]
    assert len(held) == 1
    assert any(set(line.get_ydata()) == {1.0} for line in plasma.lines)
    assert any(set(line.get_ydata()) == {88.0} for line in pressure.lines)
    assert weight.lines[0].get_ydata()[0] == 0.0
    given, marked = axes[0].lines
    assert list(given.get_xdata()) == [0.0, 16.0 / 24] and list(marked.get_xdata()) == [8.0 / 24]


def test_a_sweep_without_a_tumour_says_so() -> None:
    rows = [
        {"dose": d, "unit": "IU", "response": None, "doses_given": 3, "hypotension_grade3": 0.1 * k,
         "capillary_leak_grade3": 0.0, "oliguria_grade3": None, "treatment_death": 0.0}
        for k, d in enumerate((1.0, 10.0))
    ]  # fmt: skip
    axes = sweep(rows, "x", 10.0)
    assert any("no response" in text.get_text() for text in axes[0].texts)
    assert list(axes[1].lines[0].get_ydata()) == [0.0, 10.0]


def test_what_is_done_to_a_cytokine_is_a_band_with_its_words() -> None:
    table = courses()
    more = table[table["name"] == "SBP"].assign(name="IFNg", unit="pg/mL")
    free = more.assign(name="IFNg_free")
    spans = [(24.0, 48.0, "TNF neutralised by 95 %"), (9000.0, 9100.0, "later than shown")]
    axes = bedside(pd.concat([table, more, free]), SLOTS, spans=spans)
    (panel,) = [ax for ax in axes if ax.get_title(loc="left") == "Cytokines (pg/mL)"]
    assert [text.get_text() for text in panel.texts] == ["TNF neutralised by 95 %"]
    assert [text.get_text() for text in panel.get_legend().get_texts()] == [
        "Interferon-γ",
        "Interferon-γ, free",
    ]
    band = panel.patches[0].get_extents().transformed(panel.transData.inverted())
    assert (round(band.x0, 6), round(band.x1, 6)) == (1.0, 2.0)


def test_what_hardly_moves_is_drawn_flat() -> None:
    table = courses()
    flat = table[table["name"] == "SBP"].assign(value=lambda rows: 130.0 + 1e-3 * np.sin(rows["time_h"]))
    axes = bedside(pd.concat([table[table["name"] != "SBP"], flat]), SLOTS)
    (pressure,) = [ax for ax in axes if ax.get_title(loc="left") == "Systolic pressure (mmHg)"]
    low, high = pressure.get_ylim()
    assert high - low >= 0.2 * 130.0 and low < 130.0 < high
    still = table[table["name"] == "weight"].assign(value=4.0)
    assert summary(still, SLOTS).endswith("weight unchanged")


def test_noise_of_the_solver_does_not_stretch_a_logarithmic_panel_and_a_legend_has_room() -> None:
    table = courses()
    cytokine = table[table["name"] == "SBP"].assign(name="IFNg", unit="pg/mL")
    noisy = cytokine.assign(name="TNF", value=np.where(cytokine["time_h"] > 50, 1e-112, 50.0))
    axes = bedside(
        pd.concat([table, cytokine, noisy]), SLOTS, "", [{"label": "Kd 1 nM", "value": 1.0}], drug="n-803"
    )
    titles = {ax.get_title(loc="left"): ax for ax in axes}
    assert "n-803 beside the affinities of IL-2 (nM)" in titles
    low, high = titles["Cytokines (pg/mL)"].get_ylim()
    assert 111.0 * 1.3 < high < 111.0 * 1e3 and high / low < 1e8
    assert low >= 111.0 / 1e5
