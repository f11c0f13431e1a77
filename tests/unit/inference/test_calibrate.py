"""The calibration: order, what it may read, and what it writes into files."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from leukin.catalog import load_catalog
from leukin.catalog.load import SHIPPED
from leukin.errors import CatalogError, FolderError
from leukin.inference import calibrate as command
from leukin.inference import fit_ward
from leukin.inference.calibrate import calibrate, chosen, main
from leukin.inference.calibration_parts import Given, Outcome, Part, Tick, parts, ward_homes, ward_start
from leukin.inference.experiments import Prior, Target
from leukin.inference.fitted_values import Change, change, may_write, rewritten, write
from leukin.inference.regression import settle
from leukin.inference.ward_cohorts import Cohort, processes
from leukin.quantity import from_canonical, to_canonical

CATALOGUE = load_catalog()
TEXT = """# kept
[parameters.a]
label  = "value = 7"   # kept too
value  = 1.5  # seen by eye
unit   = "U/mL"
rse    = 0.3
source = { kind = "fitted", figures = ["F1"], note = "old" }

[[parameters.a.alternative]]
value  = 3

[parameters.b]
value  = 2
unit   = "1"
source = { kind = "measured" }
"""


def new(name: str, value: float, unit: str = "U/mL", note: str | None = None) -> Change:
    return Change("mechanism", "made", name, unit, 1.5, value, 0.1, note=note)


def quiet(_: str) -> Tick:
    return lambda count: None


def silent(_: str) -> None:
    pass


def test_one_value_changes_and_all_else_is_kept_to_the_letter() -> None:
    assert rewritten(TEXT, new("a", 2.34567)) == TEXT.replace("1.5  # seen", "2.346  # seen")
    noted = rewritten(TEXT, new("a", 2.0, note="other"))
    assert noted == TEXT.replace("1.5  # seen", "2  # seen").replace('"old"', '"other"')


def test_only_fitted_values_in_the_stated_unit_are_replaced() -> None:
    with pytest.raises(CatalogError, match="measured, not fitted"):
        rewritten(TEXT, new("b", 2.0, "1"))
    with pytest.raises(CatalogError, match="not in 1/h"):
        rewritten(TEXT, new("a", 2.0, "1/h"))
    with pytest.raises(CatalogError, match="no plain value"):
        rewritten(TEXT, new("c", 2.0))
    with pytest.raises(CatalogError, match="not fitted"):
        change(CATALOGUE, "pharmacokinetics", "I0", 1.0, 0.1)
    with pytest.raises(CatalogError, match="is no value"):
        change(CATALOGUE, "pharmacokinetics", "k99", 1.0, 0.1)


def test_values_are_written_in_the_unit_of_their_entry() -> None:
    found = change(CATALOGUE, "cytokines", "IFNg_scale", to_canonical(31.4159, "U/mL"), 0.5)
    assert (found.unit, found.new, found.override) == ("U/mL", 31.42, "cytokines.IFNg_scale=31.42")
    degrees = CATALOGUE.mechanism("cytokines")["fever_max"]
    assert float(from_canonical(degrees.canonical, degrees.unit)) == pytest.approx(float(degrees.value))
    moved = load_catalog(overrides=[found.override]).mechanism("cytokines")["IFNg_scale"]
    assert moved.canonical == pytest.approx(to_canonical(31.42, "U/mL"))


def folder_with(tmp_path: Path, **texts: str) -> Path:
    (tmp_path / "mechanisms").mkdir()
    for name, text in texts.items():
        (tmp_path / "mechanisms" / f"{name}.toml").write_text(text, encoding="utf-8")
    return tmp_path


def test_files_change_together_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folder_with(tmp_path, made=TEXT, other=TEXT)
    second = Change("mechanism", "other", "b", "1", 2.0, 3.0, 0.1)
    with pytest.raises(CatalogError, match="measured"):
        write(folder, [new("a", 2.0), second])

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        with pytest.raises(FolderError, match="No space"):
            write(folder, [new("a", 2.0)])
    for path in (folder / "mechanisms").iterdir():
        assert path.read_text(encoding="utf-8") == TEXT
    assert len(list((folder / "mechanisms").iterdir())) == 2
    (path,) = write(folder, [new("a", 2.0)])
    assert tomllib.loads(path.read_text(encoding="utf-8"))["parameters"]["a"]["value"] == 2.0


def made(step: str, entry: str, name: str, factor: float, seen: list[float], fails: bool = False) -> Part:
    """A part that multiplies the present value."""

    def run(given: Given, tick: Tick) -> Outcome:
        if fails:
            raise KeyboardInterrupt
        catalogue = given.catalogue
        present = catalogue.mechanism(entry)[name].canonical
        seen.append(present)
        return Outcome((), (change(catalogue, entry, name, factor * present, 0.1),))

    return Part(step, step, lambda catalogue: ("F012",), run)


def test_a_part_starts_from_the_values_of_the_parts_before_it() -> None:
    seen: list[float] = []
    todo = [made(step, "lung", "lung_gain", 2.0, seen) for step in ("a", "b")]
    (found,) = calibrate(todo, Given(), silent, quiet)
    assert seen == pytest.approx([seen[0], 2 * seen[0]], rel=1e-3)
    assert found.new == pytest.approx(4 * seen[0], rel=1e-3)


def test_what_was_done_before_an_interruption_stays_and_nothing_is_half_written(tmp_path: Path) -> None:
    text = (SHIPPED / "mechanisms" / "lung.toml").read_text(encoding="utf-8")
    folder, seen = folder_with(tmp_path, lung=text), []  # type: tuple[Path, list[float]]
    first, second = (made(step, "lung", "lung_gain", 2.0, seen) for step in ("a", "b"))
    third = made("b", "lung", "lung_gain", 2.0, seen, fails=True)
    with pytest.raises(KeyboardInterrupt):
        calibrate([first, second, third], Given(), silent, quiet, folder)
    after = tomllib.loads((folder / "mechanisms" / "lung.toml").read_text(encoding="utf-8"))
    assert after["parameters"]["lung_gain"]["value"] == pytest.approx(2 * seen[0], rel=1e-3)


def test_without_a_folder_nothing_is_written() -> None:
    before = {path: path.stat().st_mtime_ns for path in SHIPPED.rglob("*.toml")}
    calibrate([made("a", "lung", "lung_gain", 2.0, [])], Given(), silent, quiet)
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_every_part_reads_figures_for_calibration_alone() -> None:
    known = tuple(parts())
    figures = {figure for part in known for figure in part.figures(CATALOGUE)}
    assert {CATALOGUE.figure(figure).role for figure in figures} == {"CALIBRATE"}
    assert all(part.figures(CATALOGUE) for part in known)


@pytest.mark.parametrize("role", ["CHECK", "VALIDATE"])
def test_a_part_that_would_read_another_figure_never_runs(role: str) -> None:
    figure = next(figure.id for figure in CATALOGUE.figures if figure.role == role)
    seen: list[float] = []
    good = made("a", "lung", "lung_gain", 2.0, seen)
    bad = Part("b", "b", lambda catalogue: (figure,), good.run)
    with pytest.raises(CatalogError, match=role):
        calibrate([good, bad], Given(), silent, quiet)
    assert seen == []


def test_all_steps_in_their_order_and_a_wrong_name_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    known = tuple(parts())
    steps = ["pharmacokinetics", "body", "lung", "ward", "tumour"]
    assert list(dict.fromkeys(part.step for part in known)) == steps
    assert [part.step for part in chosen("tumour, ward", known)] == ["ward", "tumour"]
    assert main(["--only", "ward,tumor"]) == 2
    said = capsys.readouterr().err
    assert "tumor" in said and "'tumour'" in said and said.count("\n") == 1


def test_shares_of_patients_that_change_in_steps_are_fitted() -> None:
    bars = np.random.default_rng(3).normal(size=(2, 4000))  # patients are ill where a value passes their bar
    calls = []

    def predict(values: dict[str, float]) -> dict[str, float]:
        calls.append(values)
        x, y = np.log(values["x"]), np.log(values["y"])
        return {"ill": float((bars[0] < x).mean()), "dead": float((bars[1] < x + y - 2.0).mean())}

    truth = predict({"x": 1.6, "y": 1.4})
    targets = [Target(id, "F012", share, 0.05, True, False) for id, share in truth.items()]
    wide = {name: Prior(1.0, 20.0) for name in "xy"}
    found = settle(predict, targets, {"x": 1.0, "y": 1.0}, wide, step=0.2, rounds=10, close=0.01)
    assert found.predicted == pytest.approx(truth, rel=0.02)
    assert found.values == pytest.approx({"x": 1.6, "y": 1.4}, rel=0.05)
    assert len(calls) <= 1 + 1 + 4 + 10
    tight = settle(predict, targets, {"x": 1.0, "y": 1.0}, {n: Prior(1.0, 1e-3) for n in "xy"}, 0.2, 5, 1e-4)
    assert tight.values == pytest.approx({"x": 1.0, "y": 1.0}, rel=0.01)


def test_the_ward_starts_from_the_catalogue() -> None:
    homes = ward_homes(CATALOGUE)
    assert list(homes) == [*fit_ward.FITTED, *fit_ward.OF_THE_RULE]
    start = ward_start(CATALOGUE, homes)
    for name, entry in homes.items():
        assert change(CATALOGUE, entry, name, start[name], 0.1).new == pytest.approx(
            change(CATALOGUE, entry, name, start[name], 0.1).old, rel=1e-3
        )


def test_installed_software_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FolderError, match="installed software"):
        may_write(tmp_path / "lib" / "site-packages" / "leukin" / "catalog")
    with pytest.raises(FolderError, match="cannot be written"):
        may_write(tmp_path / "nowhere")
    may_write(SHIPPED)
    monkeypatch.setattr(command, "SHIPPED", tmp_path / "site-packages")
    assert main(["--write", "--only", "lung"]) == 2


@pytest.mark.slow
def test_the_command_fits_the_quick_steps_and_changes_nothing() -> None:
    words = [sys.executable, "-m", "leukin.inference.calibrate", "--only", "pharmacokinetics,lung"]
    before = {path: path.read_bytes() for path in SHIPPED.rglob("*.toml")}
    done = subprocess.run(words, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "lung.lung_gain" in done.stdout and "nothing was written" in done.stdout
    assert before == {path: path.read_bytes() for path in before}


@pytest.mark.slow
def test_cohorts_are_the_same_patients_in_one_process_or_two() -> None:
    cohorts = [Cohort((), 6, seed) for seed in (1, 2)]
    tables = []
    for workers in (1, 2):
        with processes(workers) as run:
            tables.append(run.treat(cohorts, {"renal_gain": 1.0}))
    assert len(tables[0]["doses_given"]) == 12
    for name, column in tables[0].items():
        assert np.array_equal(column, tables[1][name]), name
