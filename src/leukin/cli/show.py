"""`leukin show KIND ID`: one entry, its values with unit, source and spread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from leukin.cli import kinds, options, terminal
from leukin.errors import CatalogError, Problem, nearest

if TYPE_CHECKING:
    from leukin.quantity import Parameter, Source


def show(
    kind: Annotated[str, typer.Argument(metavar="KIND", help=f"One of: {', '.join(kinds.KINDS)}.")],
    id: Annotated[str, typer.Argument(metavar="ID", help="Id of the entry, see leukin list.")],
    toml: Annotated[bool, typer.Option("--toml", help="Print a file that run or check accepts.")] = False,
    catalog: options.Catalogs = None,
    set_: options.Overrides = None,
) -> None:
    """Show one entry: values with unit, source and spread."""
    name = kinds.plural(kind)
    entries = kinds.table(options.catalogue(catalog, set_), name)
    if id not in entries:
        reason = f"no {name.removesuffix('s')} '{id}' in the catalogue"
        raise CatalogError(Problem(field="ID", reason=reason, fix=nearest(id, entries)))
    entry = entries[id]
    if toml:
        print(_toml(name, entry), end="")
    elif name == "references":
        print(entry.bibtex(), end="")
    elif name == "figures":
        _figure(entry)
    else:
        _entry(name, entry)


def _toml(name: str, entry: Any) -> str:
    from leukin.catalog import to_toml

    if name in ("figures", "references"):
        reason, fix = f"{name} are not TOML files", "leave out --toml"
        raise CatalogError(Problem(field="--toml", reason=reason, fix=fix))
    text = to_toml(entry)
    return text if text.endswith("\n") else text + "\n"


def _figure(figure: Any) -> None:
    from leukin.report.labels import number

    unit = "" if figure.unit in ("", "1") else f" {figure.unit}"
    span = f" ({number(figure.low)} to {number(figure.high)})" if figure.low is not None else ""
    value = f"{number(figure.value, 6)}{span}{unit}"
    pairs = {
        figure.id: figure.statement or figure.quantity,
        "quantity": figure.quantity,
        "value": value,
        "n": figure.n,
        "role": figure.role,
        "species": figure.species,
        "source": figure.source,
        "cites": ", ".join(figure.cites),
        "note": figure.note,
        "checked": figure.checked,
    }
    for key, text in pairs.items():
        if text:
            print(f"{key:<10}{text}")


def _entry(name: str, entry: Any) -> None:
    print(f"{entry.id}: {entry.title}")
    if getattr(entry, "note", ""):
        print(entry.note)
    if name == "trials":
        _trial(entry)
    for dose in getattr(entry, "doses", ()):
        print(f"  {_dose(dose)}")
    source = getattr(entry, "source", None)
    if source is not None:
        print(f"source: {_source(source)}")
    parameters = getattr(entry, "parameters", {})
    if parameters:
        head = ["parameter", "meaning", "value", "unit", "rse", "iiv", "kind", "source"]
        terminal.table(head, [_row(p) for p in parameters.values()], right=(2, 4, 5))


def _trial(trial: Any) -> None:
    print(
        f"host {trial.host}, tumour {trial.tumour or 'none'}, {trial.patients} patients, response by {trial.response}"
    )
    print(f"horizon {trial.horizon / 730.5:g} months, scans every {trial.scan_every / 168:g} weeks")
    if trial.receptor != "reduced":
        print(f"receptor: {trial.receptor}")
    for arm in trial.arms:
        rule = f", rule {arm.rule}" if arm.rule else ""
        again = f", up to {arm.courses} courses every {arm.every / 168:g} weeks" if arm.courses > 1 else ""
        print(f"arm {arm.name!r}: regimen {arm.regimen or 'own doses'}{rule}{again}")
        for dose in arm.doses:
            print(f"  {_dose(dose)}")
    for item in trial.published:
        print(f"compared with {item.figure}: {item.quantity}" + (f" ({item.arm})" if item.arm else ""))


def _dose(dose: Any) -> str:
    infusion = f" over {dose.infusion * 60:g} min" if dose.infusion else ""
    cycles = f", {dose.cycles} cycles with {dose.rest / 24:g} days of rest" if dose.cycles > 1 else ""
    series = f" every {dose.every:g} h, {dose.count} doses" if dose.count > 1 else ""
    place = "" if dose.lesion == 1 else f", lesion {dose.lesion}" if dose.lesion else ", all lesions"
    return (
        f"{dose.molecule} {dose.text()} {dose.route}{place}{infusion}{series}, first at {dose.at:g} h{cycles}"
    )


def _row(parameter: Parameter) -> list[str]:
    from leukin.report.labels import number

    return [
        parameter.name,
        parameter.label,
        number(parameter.value, 5),
        parameter.unit,
        _spread(parameter.rse, parameter.rse_sd),
        _spread(parameter.iiv, parameter.iiv_sd),
        parameter.source.kind,
        (f"= {parameter.formula}; " if parameter.formula else "") + _source(parameter.source),
    ]


def _spread(relative: float | None, direct: float | None) -> str:
    if direct is not None:
        return f"sd {direct:g}"
    return f"{100 * relative:g} %" if relative else ""


def _source(source: Source) -> str:
    parts = [source.cite, source.where, source.species, source.note]
    return ", ".join(part for part in parts if part)
