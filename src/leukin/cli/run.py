"""`leukin run TRIAL`: a virtual trial, its table, its report."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leukin.cli import exits, options
from leukin.cli import sweep as sweeping
from leukin.cli.code import code_hash
from leukin.cli.exits import say
from leukin.errors import CatalogError, Problem

if TYPE_CHECKING:
    from pandas import DataFrame

    from leukin.catalog import TrialRecord
    from leukin.cli.pool import Pool
    from leukin.cli.run_folder import RunFolder
    from leukin.trial.run import Plan

SAMPLE = 40  # patients whose time courses are kept
COURSES = (
    10_000  # patients whose time courses enter the quantiles: what they need stays the same for any number
)
TOGETHER = 4  # observables whose quantiles are made at a time
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
    workers: Annotated[
        int | None, typer.Option("--workers", metavar="W", help="Blocks at a time; all cores.")
    ] = None,
    cluster: Annotated[
        str | None, typer.Option("--cluster", metavar="ADDRESS", help="Scheduler of a Dask cluster.")
    ] = None,
    draws: Annotated[int, typer.Option("--draws", metavar="D", help="Draws of uncertain parameters.")] = 0,
    sweep: sweeping.Sweep = None,
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
    computed_by = where(workers, cluster)
    doses = None if sweep is None else sweeping.parse(sweep)
    known = options.catalogue(catalog, set_)
    reference = 0.0
    if doses is not None:
        trial, reference = sweeping.write(trial, known, doses, out)
    record = load_trial(trial, known)
    if patients is None and record.patients > options.HIGHEST_PATIENT + 1:
        reason, fix = (
            f"{record.patients} is too large for one run",
            f"--patients, at most {options.HIGHEST_PATIENT + 1}",
        )
        raise CatalogError(Problem(file=trial, field="patients", reason=reason, fix=fix))
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
                _simulate(opened, record, known, inputs, computed_by, options_text(trial, inputs, catalog))
            page = _report(opened)
            rows = None
            if doses is not None:
                rows = sweeping.show(folder, opened.manifest["result"], record, doses, reference)
            _print(opened, page, json_, rows)
            count = opened.manifest["result"]["patients"]
    except (KeyboardInterrupt, exits.Terminated):
        say(f"interrupted; what is finished is kept. Resume with: {command}")
        raise
    if count["failed"] > MOST_FAILURES * count["requested"]:
        say(
            f"{count['failed']} of {count['requested']} patients failed; the reasons are in {folder / 'run.json'}"
        )
        raise typer.Exit(exits.FAILED_PATIENTS)


def where(workers: int | None, cluster: str | None) -> int | str:
    """Where blocks are computed: on threads of this machine, or on a cluster."""
    from leukin.cli.pool import cores

    if cluster is None:
        return cores() if workers is None else options.at_least("--workers", workers, 1)
    if workers is not None:
        reason, fix = "does not belong to --cluster", "a cluster has the workers that it was started with"
        raise CatalogError(Problem(field="--workers", reason=reason, fix=fix))
    return cluster


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


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
        "report": about(record, known, inputs["overrides"]),
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _simulate(
    folder: RunFolder,
    record: TrialRecord,
    known: Any,
    inputs: Mapping[str, Any],
    computed_by: int | str,
    words: list[str],
) -> None:
    """Compute what is left on `computed_by`, a number of threads or the address of a cluster; then store the whole run."""
    from leukin.cli.pool import run_blocks
    from leukin.cli.progress import progress
    from leukin.trial.run import plan as planned
    from leukin.trial.run import summary as summarised

    say(f"{record.id}: making {inputs['patients']} virtual patients, and machine code of their model")
    plan = planned(record, known, patients=inputs["patients"], seed=inputs["seed"], draws=inputs["draws"])
    arms = len(plan.arms)
    total = sum(len(block.patients) for block in plan.blocks) * arms
    done = sum(int(block["rows"]) for block in folder.manifest["blocks"])
    with _pool(computed_by, plan, inputs) as pool, progress(total, done, "virtual patients") as advance:
        run_blocks(folder, [block.id for block in plan.blocks], pool, advance)
    patients = folder.patients(lambda name: not name.startswith("parameter."))
    if "rejected_draws" not in patients:  # a column of every patient that came back from a worker
        reason, fix = (
            "every patient lost the worker that computed it",
            "give workers more memory, and a new --out",
        )
        raise exits.Outside(Problem(file=str(folder.path), reason=reason, fix=fix))
    seen = min(COURSES, inputs["patients"])
    more = {
        "result": summarised(plan, patients),
        "failures": failures(patients, words),
        "finished": _now(),
        "sample": f"time courses of the first {min(SAMPLE, inputs['patients'])} patients; "
        f"their median and 5 to 95 % over the first {seen} patients",
    }
    folder.finish({} if folder.tables_kept else _courses(folder, plan), more)


@contextmanager
def _pool(computed_by: int | str, plan: Plan, inputs: Mapping[str, Any]) -> Iterator[Pool]:
    from leukin.cli import pool
    from leukin.trial.run import run_block, without_courses

    if isinstance(computed_by, int) and pool.threads_suffice(computed_by, len(plan.blocks)):
        with pool.threads(
            computed_by, lambda number: without_courses(run_block(plan, plan.blocks[number]), COURSES)
        ) as found:
            yield found
        return
    from leukin.cli.cluster import cluster
    from leukin.cli.job import Job
    from leukin.cli.processes import processes
    from leukin.cli.run_folder import inputs_hash

    work = Job(inputs_hash(inputs), plan.trial, plan.catalogue, plan.patients, plan.seed, plan.draws)
    if isinstance(computed_by, int):
        with processes(computed_by, work, plan, COURSES) as children:
            yield children
    else:
        with cluster(computed_by, work, plan, COURSES) as workers:
            yield workers


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


def _courses(folder: RunFolder, plan: Plan) -> dict[str, DataFrame]:
    """Quantiles of every observable over the patients with time courses, and the time courses of the sample."""
    import pandas

    from leukin.cli import run_folder
    from leukin.trial import courses

    index = list(courses.INDEX)
    parts = []
    for begin in range(0, len(plan.courses), TOGETHER):  # the whole does not have to fit into memory
        names = plan.courses[begin : begin + TOGETHER]
        table = pandas.concat(folder.observables([*index, *names]), ignore_index=True)
        parts.append(courses.quantiles(table, plan.units))
    summary = pandas.concat(parts, ignore_index=True).rename(columns={"name": "observable"})[list(ROW)]
    summary = summary.sort_values(
        "observable", key=lambda names: names.map(plan.courses.index), kind="stable"
    )
    first = takewhile(lambda table: table["patient"].min() < SAMPLE, folder.observables())
    kept = pandas.concat([table[table["patient"] < SAMPLE] for table in first], ignore_index=True)
    return {run_folder.SUMMARY: summary, run_folder.COURSES: courses.long(kept, plan.units)}


def _report(folder: RunFolder) -> Path:
    from leukin.report.html import write_report

    page = folder.path / "report.html"
    return page if page.exists() else write_report(folder.path)


def whole_result(folder: RunFolder) -> dict[str, Any]:
    """The JSON object of a finished run."""
    result = folder.manifest["result"]
    head = {key: result[key] for key in ("trial", "seed", "catalogue_hash")}
    return {**head, "run_dir": str(folder.path), "wall_s": folder.manifest["wall_s"], **result}


def _print(folder: RunFolder, page: Path, as_json: bool, swept: list[dict[str, Any]] | None = None) -> None:
    if as_json:
        more = {} if swept is None else {"sweep": swept}
        print(json.dumps({**whole_result(folder), **more}, ensure_ascii=False, allow_nan=False))
        return
    from leukin.cli import result_table

    if swept is not None:
        sweeping.show_table(swept, folder.path)
    else:
        result_table.show(folder.manifest["result"], str(folder.manifest["report"]["title"]))
    print(f"{folder.manifest['wall_s']:.1f} s. Report: {page}")
    print("Research software. Not for clinical decisions.")
