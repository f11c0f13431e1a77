"""The fit of the receptor layer: it reads what it says, finds what made the data, and writes entries that load."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from leukin.catalog import load_catalog
from leukin.errors import FolderError
from leukin.inference.fit_receptor import (
    CELLS,
    Fitted,
    Prior,
    Setup,
    fit,
    one_point,
    residuals,
    setup,
    verdict,
)
from leukin.inference.receptor_data import Measured, Plate, Stained, read, weight_of
from leukin.inference.receptor_model import Bench, bench, in_solution, predict
from leukin.inference.receptor_write import replaced, without, write

TRUE = {"K_A": 200.0, "kf_g": 0.005}


@lru_cache
def made() -> Bench:
    return bench(one_point(load_catalog()), CELLS)


def empty(plates: tuple[Plate, ...] = ()) -> Measured:
    doses = np.array([0.01, 0.1, 1.0, 10.0])
    minutes = np.array([0.0, 2.0, 30.0]) / 60.0
    signal = {clone: np.ones(4) for clone in ("yt", "yt-cd25")}
    stained = tuple(Stained(clone, 1.0, minutes, np.full(3, 100.0)) for clone in signal)
    return Measured(plates, doses, signal, stained, minutes, np.full(3, 100.0))


def world() -> Measured:
    """Measurements that the model makes with `TRUE`, on plates of three scales."""
    doses, times = 84.0 / 3.0 ** np.arange(11, -1, -1), np.array([0.5, 1.0, 2.0, 4.0])
    blank = np.ones((len(doses), len(times)))
    plates = tuple(Plate(c, "1/1", doses, times, blank, blank) for c in ("treg", "cd4-helper", "cd8", "nk"))
    sets = {name: np.array([value]) for name, value in TRUE.items()}
    found = predict(made(), sets, empty(plates))
    filled = tuple(replace(p, signal=1000.0 * (i + 1) * found[p.cell][0]) for i, p in enumerate(plates))
    stained = tuple(replace(s, percent=found[s.cell, s.dose][0]) for s in empty().stained)
    return replace(
        empty(filled),
        yt_signal={clone: 30.0 * found[clone, "dose"][0] for clone in ("yt", "yt-cd25")},
        stained=stained,
        gamma_percent=found["gamma"][0],
    )


def no_targets() -> Setup:
    return replace(setup(), ec50={})


def test_nothing_is_left_over_where_the_model_made_the_data() -> None:
    data = world()
    found = predict(made(), {name: np.array([value]) for name, value in TRUE.items()}, data)
    assert np.abs(residuals(found, data, no_targets(), 0)).max() < 1e-6
    other = predict(made(), {**{n: np.array([v]) for n, v in TRUE.items()}, "K_A": np.array([400.0])}, data)
    assert (residuals(other, data, no_targets(), 0) ** 2).sum() > 10.0


def test_the_fit_finds_what_made_the_data() -> None:
    priors = {name: Prior(5.0) for name in TRUE}
    found = fit(made(), world(), no_targets(), priors)
    for name, value in TRUE.items():
        assert found.values[name] == pytest.approx(value, rel=0.02), name
    assert found.data < 0.05


def test_held_values_stay() -> None:
    found = fit(made(), world(), no_targets(), {"K_A": Prior(5.0)}, fixed={"kf_g": 0.005}, evaluations=5)
    assert found.values["kf_g"] == 0.005
    assert found.errors["kf_g"] == 0.0


def test_a_plate_holds_ligand_back() -> None:
    total, capacity, half = np.array([[0.001, 0.1, 1.0, 100.0]]), np.array([[2.0]]), np.array([[0.3]])
    free = in_solution(total, capacity, half)
    assert (free + capacity * free / (half + free)) == pytest.approx(total, rel=1e-12)
    assert free[0, 0] == pytest.approx(0.001 / (1 + 2.0 / 0.3), rel=1e-2)


def test_wells_that_do_not_count() -> None:
    assert weight_of("cd8", "3/15/2019", 84.0, 4.0) == weight_of("nk", "3/15/2019", 84.0, 2.0) == 0.0
    assert weight_of("cd8", "3/27/2019", 84.0, 4.0) == 1.0
    assert weight_of("treg", "3/27/2019", 1.0, 4.0) == 0.3


def test_a_folder_without_the_measurements_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="is not there"):
        read(tmp_path)
    (tmp_path / "il2_wildtype_pbmc_pstat5.csv").write_text("cell,dose\nTreg,1\n")
    with pytest.raises(FolderError, match="another form"):
        read(tmp_path)


def test_profiles_are_read_as_finite_one_sided_or_flat() -> None:
    assert verdict({-1.0: 9.0, 1.0: 8.0}) == "finite"
    assert verdict({-1.0: 0.1, 1.0: 8.0}) == "one-sided"
    assert verdict({-1.0: 0.1, 1.0: 2.0}) == "flat"


def test_entries_written_are_a_catalogue(tmp_path: Path) -> None:
    book = load_catalog()
    values = {"K_A": 300.0, "K8": 9.0, "kf": 0.06, "yt.CD122": 2e4, "hidden": 0.9}
    found = Fitted(values, dict.fromkeys(values, 0.2), {}, 0.0, 0.0, 1)
    paths = write(tmp_path, found, book)
    assert len(paths) == 5
    again = load_catalog([tmp_path])
    assert again.mechanism("stat5-signalling")["K_A"].value == 300.0
    assert again.mechanism("stat5-signalling")["K_A"].rse_scale == pytest.approx(0.4)
    assert again.mechanism("receptor-trafficking")["kf"].canonical == pytest.approx(0.06)
    assert again.molecule("il2")["K8"].value == 9.0
    # spread of the logarithm over 1 - 0.9: that of the logit
    assert again.mechanism("receptor-trafficking")["hidden"].rse_scale == pytest.approx(4.0)
    assert again.molecule("il2")["KD_alpha"] == book.molecule("il2")["KD_alpha"]
    assert again.cell("yt-cd25")["CD122"].value == 2e4  # the second clone is based on the first
    assert "K_A" not in again.cell("nk").parameters


def test_text_of_an_entry() -> None:
    text = "[parameters.a]\nvalue  = 1\nrse    = 0.1\n\n[parameters.b]\nvalue = 2\nrse_sd = 0.1\n"
    changed = replaced(text, "b", 3.5, 0.25)
    assert (
        changed == "[parameters.a]\nvalue  = 1\nrse    = 0.1\n\n[parameters.b]\nvalue = 3.5\nrse_sd = 0.25\n"
    )
    assert without(text, "a").strip() == "[parameters.b]\nvalue = 2\nrse_sd = 0.1"
    assert without(text, "c") == text


def test_the_setup_names_only_what_exists() -> None:
    plan = setup()
    for name in plan.priors:
        assert made().value(name) > 0, name
    for rival in plan.rivals:
        assert rival.free or rival.held
        for name in (*rival.held, *rival.free):
            assert name == "nk.K_A" or made().value(name) >= 0
