"""`leukin export TRIAL`: one patient's model, with the doses that were given, as SBML or Antimony."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leukin.cli import disk, options
from leukin.errors import CatalogError, Problem, nearest

FORMATS = ("sbml", "antimony")


def export(
    trial: Annotated[str, typer.Argument(metavar="TRIAL", help="Id of the catalogue or a TOML file.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="File to write.")],
    form: Annotated[str, typer.Option("--format", metavar="sbml|antimony", help="Format.")] = "sbml",
    arm: options.ArmName = None,
    patient: Annotated[
        str, typer.Option("--patient", metavar="typical|K", help="Which patient.")
    ] = "typical",
    seed: options.Seed = 1,
    catalog: options.Catalogs = None,
    set_: options.Overrides = None,
) -> None:
    """Write the model of one patient, with the doses that this patient received, for other simulators."""
    from leukin.catalog import load_trial

    if form not in FORMATS:
        raise CatalogError(
            Problem(field="--format", reason=f"'{form}' is not a format", fix=nearest(form, FORMATS))
        )
    options.at_least("--seed", seed, 0)
    known = options.catalogue(catalog, set_)
    record = load_trial(trial, known)
    number = options.patient_number(patient)
    chosen = record.arms[options.arm_position(record, arm)].name

    from leukin.exchange import to_antimony, to_sbml
    from leukin.trial import plan, snapshot

    taken = snapshot(plan(record, known, seed=seed), chosen, number)
    disk.write(out, (to_sbml(taken) if form == "sbml" else to_antimony(taken)).encode())
    print(f"written: {out}")
