"""`leukin dose-response`: signalling of cell types against dose."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leukin.cli import options, plots, terminal
from leukin.errors import CatalogError, Problem, UnitError

if TYPE_CHECKING:
    from leukin.assay import Response
    from leukin.catalog import Catalogue, Molecule

A_DECADE = 6  # doses in a factor of ten
WIDEST = 15  # decades
LONGEST = 24.0 * 31  # h


def dose_response(
    molecule: Annotated[str, typer.Option("--molecule", metavar="M[,M]", help="Molecules of the catalogue.")],
    cell: Annotated[str, typer.Option("--cell", metavar="C[,C]", help="Cell types of the catalogue.")],
    dose: Annotated[
        str, typer.Option("--dose", metavar="LOW:HIGH:UNIT", help="Range of doses.")
    ] = "0.0001:1000:nM",
    time: Annotated[
        str, typer.Option("--time", metavar="T[,T]", help="When: 30min, 1h, 0.5 (hours).")
    ] = "30min",
    cells_per_ml: Annotated[
        float | None,
        typer.Option("--cells-per-ml", help="Cells that share the ligand; in excess if left out."),
    ] = None,
    draws: Annotated[int, typer.Option("--draws", metavar="D", help="Draws for the interval of EC50.")] = 0,
    seed: options.Seed = 1,
    json_: options.AsJson = False,
    plot: plots.Plot = None,
    catalog: options.Catalogs = None,
    set_: options.Overrides = None,
) -> None:
    """Signalling of cell types against dose: table, plot, EC50, Emax, Hill slope."""
    plots.check(plot)
    options.at_least("--draws", draws, 0)
    options.at_least("--seed", seed, 0)
    if cells_per_ml is not None and not (math.isfinite(cells_per_ml) and cells_per_ml > 0):
        reason = f"{cells_per_ml} is not a density of cells"
        raise CatalogError(Problem(field="--cells-per-ml", reason=reason, fix="a positive number"))
    known = options.catalogue(catalog, set_)
    molecules = [known.molecule(word) for word in _words("--molecule", molecule)]
    cells = [known.cell(word).id for word in _words("--cell", cell)]
    times = [hours(word) for word in _words("--time", time)]
    low, high, unit = dose_range(dose)
    parts = []
    for one in molecules:
        doses = grid(nanomolar(low, unit, one), nanomolar(high, unit, one))
        parts.append(_response(known, one.id, cells, doses, times, cells_per_ml, draws, seed))
    found = _together(parts)
    if plot is not None:
        from leukin.report.figures import dose_response as draw

        plots.save(draw(found.curve, found.fits)[0].figure, plot)
    if json_:
        print(json.dumps(found.to_json(), allow_nan=False))
    else:
        _print(found)
        if plot is not None:
            print(f"written: {plot}")


def _response(
    known: Catalogue, molecule: str, cells: list[str], doses: list[float], times: list[float], *rest: Any
) -> Response:
    from leukin.assay import dose_response as respond

    cells_per_ml, draws, seed = rest
    return respond(known, [molecule], cells, doses, times, cells_per_ml=cells_per_ml, draws=draws, seed=seed)


def _together(parts: list[Response]) -> Response:
    import pandas

    from leukin.assay import Response

    curves, fits = [part.curve for part in parts], [part.fits for part in parts]
    return Response(pandas.concat(curves, ignore_index=True), pandas.concat(fits, ignore_index=True))


def _words(option: str, text: str) -> list[str]:
    words = [word.strip() for word in text.split(",")]
    if not all(words):
        raise CatalogError(Problem(field=option, reason=f"'{text}' has an empty place", fix="write A or A,B"))
    return list(dict.fromkeys(words))


def hours(text: str) -> float:
    """A time such as "30min", "1 h" or "0.5" (hours) in h."""
    from leukin.quantity import to_canonical, unit

    found = re.fullmatch(r"(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)\s*([A-Za-z]*)", text)
    try:
        if found and unit(found.group(2) or "h").same_dimension(unit("h")):
            value = to_canonical(float(found.group(1)), found.group(2) or "h")
            if 0 < value <= LONGEST:
                return value
    except UnitError:
        pass
    fix = f"30min, 1h or 0.5 (hours), above 0 and at most {LONGEST:g} h"
    raise CatalogError(Problem(field="--time", reason=f"'{text}' is not a time", fix=fix))


def dose_range(text: str) -> tuple[float, float, str]:
    """Lowest and highest dose and their unit from "LOW:HIGH:UNIT"."""
    parts = [part.strip() for part in text.split(":")]
    try:
        low, high, unit = float(parts[0]), float(parts[1]), parts[2]
        if len(parts) == 3 and 0 < low < high < math.inf and math.log10(high / low) <= WIDEST:
            return low, high, unit
    except (ValueError, IndexError):
        pass
    fix = "LOW:HIGH:UNIT with 0 < LOW < HIGH, such as 0.001:100:nM"
    raise CatalogError(Problem(field="--dose", reason=f"'{text}' is not a range of doses", fix=fix))


def nanomolar(value: float, text: str, molecule: Molecule) -> float:
    """A concentration of a molecule, such as IU/mL, ng/mL or pM, in nM."""
    from leukin.dosing import nanomoles
    from leukin.quantity import to_canonical, unit
    from leukin.scenario import Amount

    try:
        if unit(text).same_dimension(unit("nM")):
            return to_canonical(value, text)
        amount, _, volume = text.rpartition("/")
        if amount and unit(volume).same_dimension(unit("L")):
            return value * nanomoles(Amount(1.0, amount), molecule) / to_canonical(1.0, volume)
    except UnitError as error:
        problems = [Problem(field="--dose", reason=p.reason, fix=p.fix) for p in error.problems]
        raise CatalogError(problems) from None
    fix = "nM, pM, IU/mL or ng/mL"
    raise CatalogError(Problem(field="--dose", reason=f"'{text}' is not a concentration", fix=fix))


def grid(low: float, high: float) -> list[float]:
    """Doses from `low` to `high`, equally spaced on a logarithmic scale."""
    steps = max(2, math.ceil(A_DECADE * math.log10(high / low) - 1e-9))
    inner = [low * (high / low) ** (step / steps) for step in range(1, steps)]
    return [low, *inner, high]


def _print(found: Response) -> None:
    from leukin.report.labels import interval, number

    rows = [
        [
            row["molecule"],
            row["cell"],
            number(row["time_h"]),
            number(row["ec50_nM"]),
            interval("", row["low"], row["high"]),
            number(row["emax"]),
            number(row["hill"]),
        ]
        for row in found.fits.to_dict("records")
    ]
    head = ["molecule", "cell", "time (h)", "EC50 (nM)", "95 %", "Emax", "Hill"]
    terminal.table(head, rows, right=(2, 3, 4, 5, 6))
    print("pSTAT5 (fraction of maximum) against dose (nM)")
    cells = [str(name) for name in dict.fromkeys(found.curve["cell"])]
    lines: dict[tuple[str, str, str], list[str]] = {}
    for row in found.curve.to_dict("records"):
        key = (str(row["molecule"]), number(row["time_h"]), number(row["dose_nM"]))
        lines.setdefault(key, [*key]).append(number(row["pstat5"]))
    right = tuple(range(1, 3 + len(cells)))
    terminal.table(["molecule", "time (h)", "dose (nM)", *cells], list(lines.values()), right=right)
