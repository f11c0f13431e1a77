"""A virtual trial from Python: run it in memory or open a run folder, then read its tables, figures and report."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukin.report.data import RunData, load_run_data

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from pandas import DataFrame

    from leukin.catalog import Catalogue
    from leukin.trial.run import Plan

#: patients whose time courses are kept
SAMPLE = 40


@dataclass(frozen=True, slots=True)
class Result:
    """A finished run; every figure of the report is a method that returns its axes."""

    data: RunData

    def summary(self) -> DataFrame:
        """Predicted beside published: one row an arm and published figure, with both intervals and whether it is a hit."""
        import pandas

        from leukin.report.tables import comparisons

        rows = comparisons(self.data.result)
        return pandas.DataFrame([asdict(row) | {"verdict": row.verdict} for row in rows])

    def to_pandas(self) -> DataFrame:
        """One row a patient and arm, failed patients included with their reason."""
        rows = self.data.patients
        return rows[rows["draw"] == 0].reset_index(drop=True)

    def time_courses(self) -> DataFrame:
        """Median, 5 % and 95 % of every observable by arm and time_h, with its unit."""
        return self.data.summary

    def plot_comparison(self) -> Axes:
        """Predicted and published proportions with their 95 % intervals."""
        from leukin.report import figures, tables

        return figures.comparison(tables.comparisons(self.data.result))

    def plot_waterfall(self) -> list[Axes]:
        """Best change of tumour size of each patient, one panel an arm."""
        from leukin.report import figures

        return figures.waterfall(self.data.treated, self.data.arms, self.data.about["response"])

    def plot_spider(self) -> list[Axes]:
        """Tumour size over time in a sample of patients, one panel an arm."""
        from leukin.report import figures

        return figures.spider(
            self.data.courses, self.data.treated, self.data.arms, self.data.about["response"]
        )

    def plot_survival(self, kind: str = "pfs") -> list[Axes]:
        """Kaplan-Meier curves with numbers at risk; kind: "pfs" or "os"."""
        from leukin.report import figures

        return figures.kaplan_meier(self.data.treated, self.data.arms, kind)

    def plot_il2(self) -> Axes:
        """Interleukin-2 in plasma over the first two days, the receptor affinities marked."""
        from leukin.report import figures

        return figures.il2(self.data.summary, self.data.arms, self.data.about["markers"])

    def plot_pstat5(self) -> list[Axes]:
        """Phosphorylated STAT5 by cell type."""
        from leukin.report import figures

        return figures.pstat5(self.data.summary, self.data.arms)

    def plot_lymphocytes(self) -> list[Axes]:
        """Blood counts by cell type."""
        from leukin.report import figures

        return figures.lymphocytes(self.data.summary, self.data.arms)

    def plot_doses(self) -> list[Axes]:
        """How many doses patients were given."""
        from leukin.report import figures

        return figures.doses(self.data.treated, self.data.arms)

    def plot_toxicity(self) -> list[Axes]:
        """Patients by worst grade of each toxicity."""
        from leukin.report import figures

        return figures.toxicity(self.data.treated, self.data.arms)

    def plot_vital_signs(self) -> list[Axes]:
        """Pressure, temperature, urine, creatinine, weight and albumin over the first week."""
        from leukin.report import figures

        return figures.vital_signs(self.data.summary, self.data.arms)

    def plot_cytokines(self) -> list[Axes]:
        """Cytokines in plasma over the first week."""
        from leukin.report import figures

        return figures.cytokines(self.data.summary, self.data.arms)

    def report(self, folder: str | Path) -> Path:
        """Write report.html and its figures into `folder` and return the page's path."""
        from leukin.report.html import write_report

        Path(folder).mkdir(parents=True, exist_ok=True)
        return write_report(folder, self.data)


def open_run(folder: str | Path) -> Result:
    """The result in a finished run folder of `leukin run`. Raises FolderError for anything else."""
    return Result(load_run_data(folder))


def run(
    trial: str | Path,
    *,
    patients: int | None = None,
    seed: int = 1,
    draws: int = 0,
    workers: int = 1,
    catalogue: Catalogue | None = None,
) -> Result:
    """Run a virtual trial in memory; the same patients as `leukin run` gives for the same seed.

    trial: id of the catalogue or a TOML file; patients: in every arm (None: as the trial had); draws: repeats with
    other values of the uncertain parameters; workers: threads, which change no result; catalogue: of one's own
    (None: the shipped one). Raises CatalogError for a trial that is not valid. For many thousands of patients use
    `leukin run`, which stores and resumes, and `open_run`.
    """
    from leukin.catalog import load_catalog, load_trial
    from leukin.trial.run import plan, run_block

    known = load_catalog() if catalogue is None else catalogue
    ready = plan(load_trial(trial, known), known, patients=patients, seed=seed, draws=draws)
    with ThreadPoolExecutor(max_workers=workers) as pool:
        blocks = list(pool.map(lambda block: run_block(ready, block), ready.blocks))
    return Result(_data(ready, [b.patients for b in blocks], [b.courses for b in blocks if len(b.courses)]))


def _data(ready: Plan, patients: Iterable[DataFrame], courses: Iterable[DataFrame]) -> RunData:
    import pandas

    from leukin.report.provenance import about, versions
    from leukin.trial.courses import long, quantiles
    from leukin.trial.run import summary

    table = pandas.concat(patients, ignore_index=True)
    course = pandas.concat(courses, ignore_index=True)
    failed = table[table["status"] == "failed"]
    manifest: dict[str, Any] = {
        "inputs": {
            "trial": ready.trial.id,
            "seed": ready.seed,
            "patients": ready.patients,
            "draws": ready.draws,
        },
        "versions": versions(),
        "report": about(ready.trial, ready.catalogue),
        "failures": failed[["patient", "arm", "draw", "reason"]].assign(replay="").to_dict("records"),
        "result": summary(ready, table),
    }
    kept = long(course[course["patient"] < SAMPLE], ready.units)
    return RunData(
        manifest, table, quantiles(course, ready.units).rename(columns={"name": "observable"}), kept
    )
