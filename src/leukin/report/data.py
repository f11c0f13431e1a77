"""What a report is made of: the tables and the manifest of one run, from memory or from a run folder."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukin.errors import FolderError, Problem

if TYPE_CHECKING:
    from pandas import DataFrame

MANIFEST = "run.json"


@dataclass(frozen=True, slots=True)
class RunData:
    """One finished run.

    manifest: run.json; patients: one row a patient and arm; summary: median, 5 % and 95 % of every observable by arm
    and time_h; courses: time courses of a sample of patients (patient, arm, time_h, name, value, unit).
    """

    manifest: dict[str, Any]
    patients: DataFrame
    summary: DataFrame
    courses: DataFrame

    @property
    def result(self) -> dict[str, Any]:
        """The JSON object that `leukin run --json` prints."""
        return self.manifest["result"]

    @property
    def about(self) -> dict[str, Any]:
        """What the report says besides numbers: parameters, references, what is not modelled."""
        return self.manifest.get("report", {})

    @property
    def arms(self) -> list[str]:
        """Names of the arms, in the order of the trial."""
        return [arm["name"] for arm in self.result["arms"]]

    @property
    def treated(self) -> DataFrame:
        """Rows of the patients whose simulation finished (not those of parameter draws)."""
        rows = self.patients[self.patients["status"] == "ok"]
        return rows[rows["draw"] == 0] if "draw" in rows else rows


def checksum(manifest: dict[str, Any]) -> str:
    """Checksum of a manifest, which stands in it under the key of the same name."""
    rest = {key: value for key, value in manifest.items() if key != "checksum"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def read_manifest(folder: Path) -> dict[str, Any]:
    """run.json of a run folder; FolderError where there is none, it cannot be read or is not as it was written."""
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        reason, fix = "not a run folder: it has no run.json", "give the folder that `leukin run` printed"
        raise FolderError(Problem(file=str(folder), reason=reason, fix=fix)) from None
    except OSError as error:
        raise FolderError(Problem(file=str(path), reason=f"cannot be read: {error.strerror}")) from None
    except ValueError:
        raise FolderError(
            Problem(file=str(path), reason="is not valid JSON", fix="remove the folder and run again")
        ) from None
    if not isinstance(manifest, dict) or "inputs" not in manifest:
        raise FolderError(Problem(file=str(path), reason="is not a manifest of leukin"))
    if manifest.get("checksum") != checksum(manifest):
        reason, fix = "was changed or is damaged", "remove the folder and run again"
        raise FolderError(Problem(file=str(path), reason=reason, fix=fix))
    return manifest


def load_run_data(folder: Path | str) -> RunData:
    """Read a finished run folder; FolderError where it is unfinished or incomplete."""
    import pandas

    folder = Path(folder)
    manifest = read_manifest(folder)
    if manifest.get("status") != "finished":
        fix = f"finish it with: {manifest.get('command', 'leukin run')}"
        raise FolderError(Problem(file=str(folder), reason="the run is not finished", fix=fix))
    try:
        parts = [pandas.read_parquet(folder / block["file"]) for block in manifest["blocks"]]
        summary = pandas.read_parquet(folder / "summary.parquet")
        courses = pandas.read_parquet(folder / "courses.parquet")
    except (OSError, ValueError) as error:
        reason = f"a table is missing or damaged: {str(error).splitlines()[0]}"
        raise FolderError(Problem(file=str(folder), reason=reason, fix="call `leukin run` again")) from None
    return RunData(manifest, pandas.concat(parts, ignore_index=True), summary, courses)
