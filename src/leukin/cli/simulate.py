"""`leukin simulate TRIAL`: every state and observable of one patient."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leukin.cli import disk, options, plots, terminal

if TYPE_CHECKING:
    from pandas import DataFrame

    from leukin.scenario import Arm

HOURLY_UNTIL = 30 * 24  # h; then daily
FINE = 0.25  # h: step of the chart and of the extremes that are printed, until HOURLY_UNTIL
NOISE, BELOW = (
    1e-9,
    1e-5,
)  # of an observable's largest value: what is smaller, or as little below zero, is printed as 0


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
    followed = follow(planned, chosen, number, np.union1d(times, fine_times(planned.arm(chosen), end)))
    title = f"{record.title}: {chosen}, {'typical patient' if number is None else f'patient {number}'}"
    if csv is not None:
        disk.write(csv, long_table(followed.trajectory, times=times).to_csv(index=False).encode())
    if plot is not None:
        from leukin.cli.bedside import chart

        names = [observable.name for observable in planned.system.network.observables]
        table = long_table(followed.trajectory, names)
        plots.save(chart(planned, followed, chosen, table, title), plot)
    _print(followed.trajectory, planned.courses, title)
    for file in (csv, plot):
        if file is not None:
            print(f"written: {file}")


def fine_times(arm: Arm, horizon: float) -> Any:
    """Times (h) that catch the peaks: quarters of an hour at first, hours up to a week after the last dose of the
    first course, every start of a dose and end of an infusion."""
    import numpy as np

    from leukin.scenario import HOURS_A_DAY
    from leukin.timeline import boundaries

    quarters = np.arange(0.0, min(HOURLY_UNTIL, horizon) + FINE / 2, FINE)
    last = max((start for dose in arm.doses for start, _ in dose.slots()), default=0.0)
    hours = np.arange(0.0, min(last + 7 * HOURS_A_DAY, horizon) + 0.5)
    return np.union1d(np.union1d(quarters, hours), [b.time for b in boundaries(arm, horizon)])


def long_table(trajectory: Any, names: Sequence[str] | None = None, times: Any = None) -> DataFrame:
    """Table of time_h, name, value, unit of the first patient of a trajectory, by time and then by name.

    names: those wanted (None: all); times: float64[time] in h, of those of the trajectory (None: all).
    """
    import numpy as np
    import pandas

    names = list(trajectory.values if names is None else names)
    rows = np.arange(len(trajectory.times)) if times is None else np.searchsorted(trajectory.times, times)
    values = np.stack([trajectory.values[name][0][rows] for name in names], axis=1)
    count = len(rows)
    return pandas.DataFrame(
        {
            "time_h": np.repeat(trajectory.times[rows], len(names)),
            "name": np.tile(names, count),
            "value": values.ravel(),
            "unit": np.tile([trajectory.units[name] for name in names], count),
        }
    )


def _print(trajectory: Any, observables: Sequence[str], title: str) -> None:
    """Start, extremes and end of every observable."""
    import numpy as np

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
        largest = np.abs(values).max()
        values = np.where(
            (np.abs(values) < NOISE * largest) | ((values < 0) & (values > -BELOW * largest)), 0.0, values
        )
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
