"""`leukin run`, `simulate`, `report` and `cite` on a small virtual trial."""

from __future__ import annotations

import csv
import json
import shlex
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cli.commands import here, leukin
from leukin.cli.run import failures

TRIAL = "fyfe-1995-rcc"
SMALL = ("--patients", "6")
KEYS = {"value", "low", "high", "parameter_low", "parameter_high", "calibrated"}


def without_place(text: str) -> dict[str, Any]:
    """A printed result without wall time and folder."""
    result = json.loads(text)
    assert isinstance(result.pop("wall_s"), float)
    assert isinstance(result.pop("run_dir"), str)
    return result


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("place")


@pytest.fixture(scope="module")
def printed(place: Path) -> str:
    answer = leukin("run", TRIAL, *SMALL, "--out", "first", "--json", "--workers", "1", cwd=place)
    assert answer.returncode == 0, answer.stderr
    assert "100 %" in answer.stderr
    return answer.stdout


def test_json_is_one_object_with_the_promised_keys(printed: str) -> None:
    assert len(printed.splitlines()) == 1
    result = json.loads(printed)
    assert list(result)[:5] == ["trial", "seed", "catalogue_hash", "run_dir", "wall_s"]
    assert result["trial"] == TRIAL and result["seed"] == 1 and result["run_dir"] == "first"
    assert len(result["catalogue_hash"]) == 64
    count = result["patients"]
    assert count["requested"] == count["ok"] + count["failed"] == 6
    (arm,) = result["arms"]
    assert arm["name"] == "high dose"
    for name in ("orr", "cr", "pr", "sd", "pd"):
        assert arm[name].keys() >= KEYS
        assert 0 <= arm[name]["low"] <= arm[name]["value"] <= arm[name]["high"] <= 1
    assert arm["orr"]["calibrated"] is True and arm["sd"]["calibrated"] is False
    assert arm["orr"]["parameter_low"] is None
    assert {"median", "q1", "q3"} <= arm["doses_given"].keys()
    for name in ("pfs_median_month", "os_median_month", "duration_of_response_median_month"):
        assert name in arm
    for name in ("hypotension", "capillary_leak", "fever", "oliguria"):
        assert arm["toxicity"][name].keys() >= {"any", "grade3", "grade4"}
    figures = {item["figure"]: item for item in arm["published"]}
    assert {item["role"] for item in figures.values()} <= {"CALIBRATE", "CHECK"}
    assert figures["F041a"]["value"] == pytest.approx(0.141)
    assert figures["F041a"]["predicted"] == arm["orr"]["value"]
    assert figures["F041a"]["inside"] is (0.104 <= arm["orr"]["value"] <= 0.189)


def test_run_folder_has_its_files(place: Path, printed: str) -> None:
    folder = place / "first"
    manifest = json.loads((folder / "run.json").read_text())
    assert manifest["status"] == "finished"
    assert manifest["inputs"]["patients"] == 6
    assert manifest["versions"].keys() >= {"leukin", "python", "numpy"}
    patients = pd.concat(
        pd.read_parquet(file) for file in sorted((folder / "patients").glob("part-*.parquet"))
    )
    assert patients["patient"].tolist() == list(range(6))
    summary = pd.read_parquet(folder / "summary.parquet")
    assert set(summary.columns) == {"observable", "arm", "time_h", "median", "p5", "p95", "unit"}
    good = summary.dropna()
    assert (good["p5"] <= good["median"]).all() and (good["median"] <= good["p95"]).all()
    units = dict(zip(summary["observable"], summary["unit"], strict=True))
    assert units["IL2_plasma"] == "nM" and units["MAP"] == "mmHg" and units["sum_of_diameters"] == "mm"
    courses = pd.read_parquet(folder / "courses.parquet")
    assert set(courses.columns) == {"patient", "arm", "time_h", "name", "value", "unit"}
    assert (folder / "report.html").stat().st_size > 100_000
    assert len(list((folder / "figures").glob("*.png"))) >= 10
    assert not (folder / "observables").exists()


def test_workers_and_a_second_run_change_nothing(place: Path, printed: str) -> None:
    answer = leukin("run", TRIAL, *SMALL, "--out", "second", "--json", "--workers", "2", cwd=place)
    assert without_place(answer.stdout) == without_place(printed)
    for name in ("patients/part-00000.parquet", "summary.parquet", "courses.parquet"):
        assert (place / "first" / name).read_bytes() == (place / "second" / name).read_bytes()


def test_finished_run_is_printed_again(place: Path, printed: str) -> None:
    answer = leukin("run", TRIAL, *SMALL, "--out", "first", "--json", cwd=place)
    assert answer.returncode == 0
    assert answer.stdout == printed
    assert "already finished" in answer.stderr


def test_other_inputs_are_refused(place: Path, printed: str) -> None:
    answer = leukin("run", TRIAL, *SMALL, "--seed", "2", "--out", "first", "--json", cwd=place)
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert "seed 1 there, 2 now" in answer.stderr
    answer = leukin("run", TRIAL, *SMALL, "--set", "pharmacokinetics.V1=3", "--out", "first", cwd=place)
    assert answer.returncode == 2
    assert "another catalogue hash" in answer.stderr


def test_patient_is_the_same_for_any_number(place: Path, printed: str) -> None:
    leukin("run", TRIAL, "--patients", "3", "--out", "three", cwd=place)
    few = pd.read_parquet(place / "three" / "patients" / "part-00000.parquet")
    many = pd.read_parquet(place / "first" / "patients" / "part-00000.parquet")
    pd.testing.assert_frame_equal(few, many[many["patient"] < 3].reset_index(drop=True))


def test_table_for_people(place: Path, printed: str) -> None:
    answer = leukin("run", TRIAL, *SMALL, "--out", "first", cwd=place)
    assert "Objective response" in answer.stdout
    assert "14.1" in answer.stdout
    assert "not calibrated" in answer.stdout
    assert "Not for clinical decisions" in answer.stdout


def test_report_is_built_again_from_the_folder_alone(place: Path, printed: str) -> None:
    shutil.copytree(place / "first", place / "copy")
    page = (place / "copy" / "report.html").read_text()
    (place / "copy" / "report.html").unlink()
    shutil.rmtree(place / "copy" / "figures")
    answer = leukin("report", "copy", cwd=place)
    assert answer.returncode == 0, answer.stderr
    assert (place / "copy" / "report.html").read_text() == page
    assert list((place / "copy" / "figures").glob("*.png"))


def test_cite_a_run(place: Path, printed: str) -> None:
    answer = leukin("cite", "first", cwd=place)
    assert "@article{konrad-1990," in answer.stdout
    assert answer.stdout == leukin("cite", TRIAL, cwd=place).stdout


def test_override_is_recorded_and_named(place: Path) -> None:
    words = ("--patients", "2", "--set", "pharmacokinetics.V1=3.5 L", "--out", "changed")
    assert leukin("run", TRIAL, *words, cwd=place).returncode == 0
    manifest = json.loads((place / "changed" / "run.json").read_text())
    assert manifest["inputs"]["overrides"] == ["pharmacokinetics.V1=3.5 L"]
    page = (place / "changed" / "report.html").read_text()
    assert "pharmacokinetics.V1=3.5 L" in page
    assert "(overridden)" in page


def test_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    answer = leukin("run", TRIAL, "--patients", "1", "--out", tmp_path / "file" / "run")
    assert answer.returncode == 3
    assert answer.stdout == ""
    assert "Traceback" not in answer.stderr
    assert "file" in answer.stderr


def test_simulate_writes_every_state_and_observable(tmp_path: Path, place: Path, printed: str) -> None:
    words = ("--patient", "1", "--csv", "one.csv", "--plot", "one.png")
    answer = leukin("simulate", TRIAL, *words, cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    with open(tmp_path / "one.csv", newline="") as file:
        assert next(csv.reader(file)) == ["time_h", "name", "value", "unit"]
    table = pd.read_csv(tmp_path / "one.csv")
    assert not table.duplicated(["time_h", "name"]).any()
    times = sorted(table["time_h"].unique())
    assert times[:3] == [0, 1, 2] and 720 in times and 721 not in times and 744 in times
    assert set(table.loc[table["name"] == "A1", "unit"]) == {"nmol"}
    assert {"pSTAT5.treg", "IL2_plasma", "N_treg", "sum_of_diameters"} <= set(table["name"])
    assert (tmp_path / "one.png").read_bytes().startswith(b"\x89PNG")
    (row,) = [line.split() for line in answer.stdout.splitlines() if line.split()[:1] == ["IL2_plasma"]]
    hourly = table.loc[table["name"] == "IL2_plasma", "value"].max()
    assert (
        float(row[row.index("at", row.index("at") + 1) - 1]) > 3 * hourly
    )  # the end of an infusion of 15 min
    courses = pd.read_parquet(place / "first" / "courses.parquet")
    run = courses[(courses["patient"] == 1) & (courses["name"] == "MAP")].set_index("time_h")["value"]
    alone = table[table["name"] == "MAP"].set_index("time_h")["value"]
    both = [time for time in (0, 24, 100) if time in run.index]
    assert both
    for time in both:  # courses.parquet holds single precision
        assert alone[time] == pytest.approx(run[time], rel=1e-5)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--arm", "hi dose"), "did you mean 'high dose'?"),
        (("--patient", "-1"), "'typical' or a number from 0"),
        (("--patient", "1000000"), "0 to 999999"),
        (("--plot", "a.jpeg"), "--plot"),
    ],
)
def test_refusals_of_simulate(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    answer = leukin("simulate", TRIAL, *words, cwd=tmp_path)
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert len(answer.stderr.splitlines()) == 1
    assert said in answer.stderr


def test_a_failed_patient_has_a_command_that_replays_it(tmp_path: Path) -> None:
    table = pd.DataFrame(
        [
            {"patient": 4, "arm": "high dose", "draw": 0, "status": "failed", "reason": "step too small"},
            {"patient": 5, "arm": "high dose", "draw": 0, "status": "ok", "reason": ""},
            {
                "patient": 1_000_004,
                "arm": "high dose",
                "draw": 1,
                "status": "failed",
                "reason": "step too small",
            },
        ]
    )
    own, drawn = failures(table, [TRIAL, "--set", "pharmacokinetics.V1=3.5 L", "--seed", "7"])
    assert (own["patient"], own["arm"], own["reason"]) == (4, "high dose", "step too small")
    assert (drawn["draw"], drawn["replay"]) == (1, "")
    words = shlex.split(own["replay"])
    assert words[0] == "leukin"
    answer = here(*words[1:], "--csv", tmp_path / "four.csv")
    assert answer.returncode == 0, answer.stderr
    assert "patient 4" in answer.stdout
    assert (tmp_path / "four.csv").exists()


def test_more_patients_in_a_file_than_a_run_can_number_are_refused(tmp_path: Path) -> None:
    text = leukin("show", "trial", "daily-bolus-1991", "--toml", cwd=tmp_path).stdout
    kept = [line for line in text.splitlines() if not line.startswith("patients")]
    at = next(k for k, line in enumerate(kept) if line.startswith("title"))
    (tmp_path / "many.toml").write_text(
        "\n".join([*kept[:at], "patients = 5000000", *kept[at:]]), encoding="utf-8"
    )
    answer = leukin("run", "many.toml", "--workers", "1", cwd=tmp_path)
    assert answer.returncode == 2 and answer.stdout == ""
    assert (
        answer.stderr
        == "many.toml: patients: 5000000 is too large for one run (--patients, at most 1000000)\n"
    )
