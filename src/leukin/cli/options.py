"""Options that several commands share, and their checks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leukin.errors import CatalogError, Problem, nearest

if TYPE_CHECKING:
    from leukin.catalog import Catalogue, TrialRecord

#: patients of a trial are numbered below this; higher numbers belong to draws of uncertain parameters
HIGHEST_PATIENT = 999_999

Catalogs = Annotated[
    list[Path] | None,
    typer.Option("--catalog", metavar="DIR", help="Add your own entries; repeatable, also LEUKIN_CATALOG."),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="ID.FIELD=VALUE", help="Set one value of the catalogue; repeatable."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
ArmName = Annotated[
    str | None, typer.Option("--arm", metavar="NAME", help="Arm of the trial; the first one if left out.")
]
Seed = Annotated[int, typer.Option("--seed", metavar="N", help="Seed of the random numbers.")]


def folders(catalogs: list[Path] | None) -> list[Path]:
    """The user's catalogue folders: LEUKIN_CATALOG, then --catalog."""
    known = os.environ.get("LEUKIN_CATALOG", "").split(os.pathsep)
    return [Path(name) for name in known if name] + list(catalogs or [])


def catalogue(catalogs: list[Path] | None, overrides: list[str] | None = None) -> Catalogue:
    """The catalogue with the user's folders and values."""
    from leukin.catalog import load_catalog

    return load_catalog(folders(catalogs), list(overrides or []))


def at_least(option: str, value: int, least: int) -> int:
    """`value`, refused when it is below `least`."""
    if value < least:
        raise CatalogError(Problem(field=option, reason=f"{value} is too small", fix=f"at least {least}"))
    return value


def within(option: str, value: int, least: int, most: int) -> int:
    """`value`, refused when it is outside `least` to `most`."""
    if value > most:
        raise CatalogError(Problem(field=option, reason=f"{value} is too large", fix=f"at most {most}"))
    return at_least(option, value, least)


def arm_position(trial: TrialRecord, name: str | None) -> int:
    """Position of the arm `name` in the trial; the first where no name is given."""
    names = [arm.name for arm in trial.arms]
    if name is None:
        return 0
    if name not in names:
        raise CatalogError(
            Problem(field="--arm", reason=f"'{trial.id}' has no arm '{name}'", fix=nearest(name, names))
        )
    return names.index(name)


def patient_number(text: str) -> int | None:
    """Number of a patient (from 0), or None for the typical one."""
    if text == "typical":
        return None
    if not text.isdigit():
        fix = "'typical' or a number from 0"
        raise CatalogError(Problem(field="--patient", reason=f"'{text}' is not a patient", fix=fix))
    if int(text) > HIGHEST_PATIENT:
        reason = f"there is no patient {text}"
        raise CatalogError(Problem(field="--patient", reason=reason, fix=f"0 to {HIGHEST_PATIENT}"))
    return int(text)


def target(option: str, path: Path | None) -> None:
    """Refuse a file to be written that names a folder or stands in none, before anything is computed for it."""
    if path is None:
        return
    if path.is_dir():
        raise CatalogError(Problem(field=option, reason=f"'{path}' is a folder", fix="name a file"))
    if not path.parent.is_dir():
        reason = f"there is no folder '{path.parent}'"
        raise CatalogError(Problem(field=option, reason=reason, fix="make it, or name another"))
