"""`leukin simulate TRIAL`: every state and observable of one patient."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leukin.cli import disk, options, plots, terminal

if TYPE_CHECKING:
    from pandas import DataFrame

HOURLY_UNTIL = 30 * 24  # h; then daily


def simulate(
    trial: Annotated[str, typer.Argument(metavar="TRIAL", help="Id of the catalogue or a TOML file.")],
    arm: options.ArmName = None,
    patient: Annotated[
        str, typer.Option("--patient", metavar="typical|K", help="Which patient.")
    ] = "typical",
    seed: options.Seed = 1,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write time_h, name, value, unit.")
    ] = None,
    plot: plots.Plot = None,
    catalog: options.Catalogs = None,
    set_: options.Overrides = None,
) -> None:
    """Follow one patient: every state and observable with its unit."""
    from leukin.catalog import load_trial

    options.target("--csv", csv)
    plots.check(plot)
    options.at_least("--seed", seed, 0)
    known = options.catalogue(catalog, set_)
    record = load_trial(trial, known)
    number = options.patient_number(patient)
    chosen = record.arms[options.arm_position(record, arm)].name

    import numpy as np

    from leukin.trial import follow, plan

    end = float(record.horizon)
    hourly = np.arange(0.0, min(HOURLY_UNTIL, end) + 0.5)
    times = np.union1d(hourly, np.append(np.arange(0.0, end, 24.0), end))
    planned = plan(record, known, seed=seed)
    followed = follow(planned, chosen, number, times)
    table = long_table(followed.trajectory)
    title = f"{record.title}: {chosen}, {'typical patient' if number is None else f'patient {number}'}"
    if csv is not None:
        disk.write(csv, table.to_csv(index=False).encode())
    if plot is not None:
        from leukin.cli.bedside import chart

        plots.save(chart(planned, followed, chosen, table, title), plot)
    _print(followed.trajectory, planned.courses, title)
    for file in (csv, plot):
        if file is not None:
            print(f"written: {file}")


def long_table(trajectory: Any) -> DataFrame:
    """Table of time_h, name, value, unit of the first patient of a trajectory, by time and then by name."""
    import numpy as np
    import pandas

    names = list(trajectory.values)
    values = np.stack([trajectory.values[name][0] for name in names], axis=1)
    count = len(trajectory.times)
    return pandas.DataFrame(
        {
            "time_h": np.repeat(trajectory.times, len(names)),
            "name": np.tile(names, count),
            "value": values.ravel(),
            "unit": np.tile([trajectory.units[name] for name in names], count),
        }
    )


def _print(trajectory: Any, observables: Sequence[str], title: str) -> None:
    """Start, extremes and end of every observable."""
    from leukin.report.labels import number, pretty_unit
    from leukin.scenario import GIVE, HOLD

    first = trajectory.slot_course == 0
    actions = trajectory.actions[0]
    print(title)
    print(
        f"first course: {(actions[first] == GIVE).sum()} of {first.sum()} doses given, {(actions[first] == HOLD).sum()} held; "
        f"{(actions == GIVE).sum()} in all courses"
    )
    rows = []
    for name in observables:
        values = trajectory.values[name][0]
        low, high = int(values.argmin()), int(values.argmax())
        rows.append(
            [
                name,
                pretty_unit(trajectory.units[name]),
                number(values[0]),
                f"{number(values[low])} at {number(trajectory.times[low])} h",
                f"{number(values[high])} at {number(trajectory.times[high])} h",
                number(values[-1]),
            ]
        )
    head = [
        "observable",
        "unit",
        "start",
        "lowest",
        "highest",
        f"at {number(trajectory.times[-1] / 24)} days",
    ]
    terminal.table(head, rows, right=(2, 3, 4, 5))
