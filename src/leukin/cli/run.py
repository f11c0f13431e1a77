"""`leukin run TRIAL`: a virtual trial, its table, its report."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leukin.cli import exits, options
from leukin.cli.exits import say

if TYPE_CHECKING:
    from pandas import DataFrame

    from leukin.catalog import TrialRecord
    from leukin.cli.run_folder import RunFolder
    from leukin.trial.run import Plan

SAMPLE = 40  # patients whose time courses are kept
MOST_FAILURES = 0.01  # share of failed patients beyond which the exit code says so
ROW = ("observable", "arm", "time_h", "median", "p5", "p95", "unit")


def run(
    trial: Annotated[str, typer.Argument(metavar="TRIAL", help="Id of the catalogue or a TOML file.")],
    patients: Annotated[
        int | None, typer.Option("--patients", metavar="N", help="Patients an arm; the trial's own number.")
    ] = None,
    seed: options.Seed = 1,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Run folder; ./runs/TRIAL-HASH.")
    ] = None,
    workers: Annotated[int | None, typer.Option("--workers", metavar="W", help="Threads; all cores.")] = None,
    draws: Annotated[int, typer.Option("--draws", metavar="D", help="Draws of uncertain parameters.")] = 0,
    json_: options.AsJson = False,
    catalog: options.Catalogs = None,
    set_: options.Overrides = None,
) -> None:
    """Run a virtual trial and show it beside what was published."""
    from leukin.catalog import load_trial
    from leukin.cli import run_folder

    if patients is not None:
        options.within("--patients", patients, 1, options.HIGHEST_PATIENT + 1)
    options.at_least("--seed", seed, 0)
    options.at_least("--draws", draws, 0)
    threads = (
        options.at_least("--workers", workers, 1) if workers is not None else len(os.sched_getaffinity(0))
    )
    known = options.catalogue(catalog, set_)
    record = load_trial(trial, known)
    inputs = {
        "trial": record.id,
        "trial_sha256": _digest(json.dumps(record.content, sort_keys=True, default=str).encode()),
        "catalogue_hash": known.hash,
        "patients": record.patients if patients is None else patients,
        "seed": seed,
        "draws": draws,
        "overrides": list(set_ or []),
        "code_hash": code_hash(),
    }
    folder = out or Path("runs") / f"{record.id}-{run_folder.inputs_hash(inputs)}"
    command = _command(trial, inputs, folder, catalog)
    start = _start(record, known, inputs, command, catalog)
    try:
        with run_folder.opened(folder, inputs, start) as opened:
            if opened.finished:
                say(f"already finished: {folder}")
            else:
                _simulate(opened, record, known, inputs, threads, options_text(trial, inputs, catalog))
            page = _report(opened)
            _print(opened, page, json_)
            count = opened.manifest["result"]["patients"]
    except (KeyboardInterrupt, exits.Terminated):
        say(f"interrupted; what is finished is kept. Resume with: {command}")
        raise
    if count["failed"] > MOST_FAILURES * count["requested"]:
        say(
            f"{count['failed']} of {count['requested']} patients failed; the reasons are in {folder / 'run.json'}"
        )
        raise typer.Exit(exits.FAILED_PATIENTS)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def code_hash() -> str:
    """Hash of the program text that shapes numbers: everything but the command line and the report."""
    import leukin

    root = Path(leukin.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        name = path.relative_to(root).as_posix()
        if not name.startswith(("cli/", "report/")):
            digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def options_text(trial: str, inputs: Mapping[str, Any], catalog: list[Path] | None) -> list[str]:
    """The trial and the options that decide what a patient is, as words of a command line."""
    words = [trial]
    for folder in options.folders(catalog):
        words += ["--catalog", str(folder)]
    for text in inputs["overrides"]:
        words += ["--set", text]
    return [*words, "--seed", str(inputs["seed"])]


def _command(trial: str, inputs: Mapping[str, Any], folder: Path, catalog: list[Path] | None) -> str:
    words = ["leukin", "run", *options_text(trial, inputs, catalog), "--patients", str(inputs["patients"])]
    if inputs["draws"]:
        words += ["--draws", str(inputs["draws"])]
    return shlex.join([*words, "--out", str(folder)])


def _start(
    record: TrialRecord, known: Any, inputs: Mapping[str, Any], command: str, catalog: list[Path] | None
) -> dict[str, Any]:
    from leukin.report.provenance import about, versions

    return {
        "command": command,
        "catalogs": [str(folder) for folder in options.folders(catalog)],
        "versions": versions(),
        "started": _now(),
        "wall_s": 0.0,
        "report": about(record, known, inputs["overrides"]),
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _simulate(
    folder: RunFolder,
    record: TrialRecord,
    known: Any,
    inputs: Mapping[str, Any],
    threads: int,
    words: list[str],
) -> None:
    """Compute what is left, then store the tables and the result of the whole run."""
    from leukin.cli.progress import progress
    from leukin.cli.run_folder import run_blocks
    from leukin.trial.run import plan as planned
    from leukin.trial.run import run_block
    from leukin.trial.run import summary as summarised

    begun = time.monotonic()
    before = float(folder.manifest.get("wall_s", 0.0))
    plan = planned(record, known, patients=inputs["patients"], seed=inputs["seed"], draws=inputs["draws"])
    arms = len(plan.arms)
    total = sum(len(block.patients) for block in plan.blocks) * arms
    done = sum(int(block["rows"]) for block in folder.manifest["blocks"])
    blocks = {block.id: block for block in plan.blocks}
    try:
        with progress(total, done, "virtual patients") as advance:
            run_blocks(folder, blocks, lambda block: run_block(plan, block), threads, advance)
    finally:
        folder.manifest["wall_s"] = round(before + time.monotonic() - begun, 3)
    patients = folder.patients()
    more = {
        "result": summarised(plan, patients),
        "failures": failures(patients, words),
        "finished": _now(),
        "sample": f"time courses of the first {min(SAMPLE, inputs['patients'])} patients",
    }
    summary, courses = _courses(folder, plan)
    folder.manifest["wall_s"] = round(before + time.monotonic() - begun, 3)
    folder.finish(summary, courses, more)


def failures(patients: DataFrame, words: list[str]) -> list[dict[str, Any]]:
    """Failed patients with the reason and the command that replays one; draws of parameters are told, not replayed."""
    found = []
    for row in patients[patients["status"] == "failed"].to_dict("records"):
        draw = int(row.get("draw", 0))
        which = ["--arm", str(row["arm"]), "--patient", str(row["patient"])]
        replay = shlex.join(["leukin", "simulate", *words, *which])
        entry = {"patient": int(row["patient"]), "arm": str(row["arm"]), "reason": str(row["reason"])}
        found.append(entry | ({"replay": replay} if not draw else {"draw": draw, "replay": ""}))
    return found


def _courses(folder: RunFolder, plan: Plan) -> tuple[DataFrame, DataFrame]:
    """Quantiles of every observable over all patients, and the time courses of the sample."""
    import pandas

    from leukin.trial import courses

    index = list(courses.INDEX)
    parts = []
    for name in plan.courses:  # one observable at a time: the whole does not have to fit into memory
        table = pandas.concat(folder.observables([*index, name]), ignore_index=True)
        parts.append(courses.quantiles(table, plan.units))
    summary = pandas.concat(parts, ignore_index=True).rename(columns={"name": "observable"})[list(ROW)]
    sample = [table[table["patient"] < SAMPLE] for table in folder.observables()]
    kept = pandas.concat([table for table in sample if len(table)], ignore_index=True)
    return summary, courses.long(kept, plan.units)


def _report(folder: RunFolder) -> Path:
    from leukin.report.html import write_report

    page = folder.path / "report.html"
    return page if page.exists() else write_report(folder.path)


def whole_result(folder: RunFolder) -> dict[str, Any]:
    """The JSON object of a finished run."""
    result = folder.manifest["result"]
    head = {key: result[key] for key in ("trial", "seed", "catalogue_hash")}
    return {**head, "run_dir": str(folder.path), "wall_s": folder.manifest["wall_s"], **result}


def _print(folder: RunFolder, page: Path, as_json: bool) -> None:
    if as_json:
        print(json.dumps(whole_result(folder), ensure_ascii=False, allow_nan=False))
        return
    from leukin.cli import result_table

    result_table.show(folder.manifest["result"], str(folder.manifest["report"]["title"]))
    print(f"{folder.manifest['wall_s']:.1f} s. Report: {page}")
    print("Research software. Not for clinical decisions.")
