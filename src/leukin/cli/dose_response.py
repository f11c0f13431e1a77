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
    from pathlib import Path

    from leukin.assay import Response
    from leukin.catalog import Catalogue, Molecule

A_DECADE = 6  # doses in a factor of ten
WIDEST = 15  # decades
LONGEST = 24.0 * 31  # h
DOSES = "0.0001:1000:nM"
DESIGN_CELLS, DESIGN_DOSE = "treg,cd8,nk", "0.1:nM"


def dose_response(
    molecule: Annotated[
        str | None, typer.Option("--molecule", metavar="M[,M]", help="Molecules of the catalogue.")
    ] = None,
    cell: Annotated[
        str | None, typer.Option("--cell", metavar="C[,C]", help="Cell types of the catalogue.")
    ] = None,
    dose: Annotated[
        str | None,
        typer.Option(
            "--dose", metavar="LOW:HIGH:UNIT", help="Range of doses (with --design one, VALUE:UNIT)."
        ),
    ] = None,
    time: Annotated[
        str, typer.Option("--time", metavar="T[,T]", help="When: 30min, 1h, 0.5 (hours).")
    ] = "30min",
    cells_per_ml: Annotated[
        float | None,
        typer.Option("--cells-per-ml", help="Cells that share the ligand; in excess if left out."),
    ] = None,
    jak_inhibitor: Annotated[
        float, typer.Option("--jak-inhibitor", metavar="NM", help="JAK inhibitor in the medium, nM.")
    ] = 0.0,
    jak3: Annotated[
        float, typer.Option("--jak3", metavar="SHARE", help="Activity of JAK3: 1 normal, 0 lost.")
    ] = 1.0,
    read: Annotated[
        str, typer.Option("--read", metavar="WHAT", help="ERK, AKT, division, effector or memory.")
    ] = "",
    host: Annotated[
        str, typer.Option("--host", metavar="H", help="Species whose receptors bind human cytokines.")
    ] = "human",
    with_: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="M:VALUE:UNIT", help="Another cytokine in the medium; repeatable."),
    ] = None,
    design: Annotated[
        bool, typer.Option("--design", help="A map over the affinities for CD25 and CD122 at one dose.")
    ] = False,
    draws: Annotated[
        int, typer.Option("--draws", metavar="D", help="Draws for the intervals of EC50, Emax and Hill.")
    ] = 0,
    receptors_only: Annotated[
        bool, typer.Option("--receptors-only", help="Draw receptor numbers alone.")
    ] = False,
    seed: options.Seed = 1,
    json_: options.AsJson = False,
    plot: plots.Plot = None,
    catalog: options.Catalogs = None,
    set_: options.Overrides = None,
) -> None:
    """Signalling of cell types against dose: table, plot, EC50, Emax, Hill slope; or a map for designers."""
    plots.check(plot)
    options.at_least("--draws", draws, 0)
    options.at_least("--seed", seed, 0)
    if cells_per_ml is not None and not (math.isfinite(cells_per_ml) and cells_per_ml > 0):
        reason = f"{cells_per_ml} is not a density of cells"
        raise CatalogError(Problem(field="--cells-per-ml", reason=reason, fix="a positive number"))
    if not (math.isfinite(jak_inhibitor) and jak_inhibitor >= 0):
        reason = f"{jak_inhibitor} is not a concentration"
        raise CatalogError(Problem(field="--jak-inhibitor", reason=reason, fix="nM, 0 or more"))
    if not 0 <= jak3 <= 1:
        raise CatalogError(Problem(field="--jak3", reason=f"{jak3} is not a share", fix="0 to 1"))
    times = [hours(word) for word in _words("--time", time)]
    if design:
        known = options.catalogue(catalog, set_)
        _design(known, molecule, cell or DESIGN_CELLS, dose or DESIGN_DOSE, times, json_, plot)
        return
    for option, given in (("--molecule", molecule), ("--cell", cell)):
        if given is None:
            fix = "such as --molecule il2 --cell treg,cd8"
            raise CatalogError(Problem(field=option, reason="is missing", fix=fix))
    known = options.catalogue(catalog, set_)
    molecules = [known.molecule(word) for word in _words("--molecule", molecule or "")]
    cells = [known.cell(word).id for word in _words("--cell", cell or "")]
    low, high, unit = dose_range(dose or DOSES)
    how = {
        "cells_per_ml": cells_per_ml,
        "draws": draws,
        "seed": seed,
        "jak_inhibitor": jak_inhibitor,
        "jak3": jak3,
        "receptors_only": receptors_only,
        "read": read,
        "host": known.host(host).id,
        "background": dict(beside(word, known) for word in with_ or []),
    }
    parts = []
    for one in molecules:
        doses = grid(nanomolar(low, unit, one), nanomolar(high, unit, one))
        parts.append(_response(known, one.id, cells, doses, times, how))
    found = _together(parts)
    if plot is not None:
        from leukin.report.figures import dose_response as draw

        plots.save(draw(found.curve, found.fits)[0].figure, plot)
    if json_:
        print(json.dumps(found.to_json(), allow_nan=False))
    else:
        _print(found)
        if host != "human":
            print(f"{host}: affinities by an assumed cross-reactivity, receptor numbers and rates of man")
        if plot is not None:
            print(f"written: {plot}")


def _design(
    known: Catalogue,
    molecule: str | None,
    cell: str,
    dose: str,
    times: list[float],
    json_: bool,
    plot: Path | None,
) -> None:
    """The map of --design: at one dose and time, on wild-type interleukin-2."""
    from leukin.assay.design import WILD_TYPE, design
    from leukin.report.labels import number

    if molecule not in (None, WILD_TYPE):
        fix = "leave --molecule out: every molecule that the map can show is on it"
        raise CatalogError(
            Problem(field="--molecule", reason=f"the map is of variants of {WILD_TYPE}", fix=fix)
        )
    if len(times) > 1:
        raise CatalogError(Problem(field="--time", reason="a map is of one time", fix="--time 1h"))
    found = design(known, _words("--cell", cell), one_dose(dose, known.molecule(WILD_TYPE)), times[0])
    if plot is not None:
        from leukin.report.figures.design import design as draw

        plots.save(draw(found)[0].figure, plot)
    if json_:
        print(json.dumps(found.to_json(), allow_nan=False))
        return
    cells = list(dict.fromkeys(found.molecules["cell"]))
    lines: dict[str, list[str]] = {}
    for row in found.molecules.to_dict("records"):
        start = [
            row["molecule"],
            number(row["factor_alpha"]),
            number(row["factor_beta"]),
            number(row["valency"]),
        ]
        lines.setdefault(str(row["molecule"]), start).append(number(row["pstat5"]))
    print(f"pSTAT5 (fraction of maximum) at {number(found.dose_nM)} nM, {number(found.time_h)} h")
    head = ["molecule", "KD CD25", "KD CD122", "arms", *cells]
    terminal.table(head, list(lines.values()), right=tuple(range(1, 4 + len(cells))))
    print("KD over that of wild type. The map itself: --plot FILE or --json")
    if plot is not None:
        print(f"written: {plot}")


def one_dose(text: str, molecule: Molecule) -> float:
    """A dose in nM from "VALUE:UNIT"."""
    value, _, unit = text.partition(":")
    try:
        if unit and ":" not in unit and 0 < float(value) < math.inf:
            return nanomolar(float(value), unit.strip(), molecule)
    except ValueError:
        pass
    fix = "VALUE:UNIT, such as 0.1:nM"
    raise CatalogError(Problem(field="--dose", reason=f"'{text}' is not one dose", fix=fix))


def beside(text: str, known: Catalogue) -> tuple[str, float]:
    """Id and concentration (nM) of a cytokine from "M:VALUE:UNIT"."""
    id, _, amount = text.partition(":")
    molecule = known.molecule(id)
    try:
        return molecule.id, one_dose(amount, molecule)
    except CatalogError:
        fix = "M:VALUE:UNIT, such as il7:1:nM"
        reason = f"'{text}' is not a cytokine and its dose"
        raise CatalogError(Problem(field="--with", reason=reason, fix=fix)) from None


def _response(
    known: Catalogue,
    molecule: str,
    cells: list[str],
    doses: list[float],
    times: list[float],
    how: dict[str, Any],
) -> Response:
    from leukin.assay import dose_response as respond

    return respond(known, [molecule], cells, doses, times, **how)


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
            interval("", row["emax_low"], row["emax_high"]),
            number(row["hill"]),
            interval("", row["hill_low"], row["hill_high"]),
        ]
        for row in found.fits.to_dict("records")
    ]
    head = ["molecule", "cell", "time (h)", "EC50 (nM)", "95 %", "Emax", "95 %", "Hill", "95 %"]
    terminal.table(head, rows, right=tuple(range(2, 9)))
    seen = dict.fromkeys(str(name) for name in found.curve["stat"])
    words = ", ".join(f"p{x} (fraction of maximum)" if x.startswith("STAT") else x for x in seen)
    print(f"{words} against dose (nM)")
    cells = [str(name) for name in dict.fromkeys(found.curve["cell"])]
    lines: dict[tuple[str, str, str], list[str]] = {}
    for row in found.curve.to_dict("records"):
        key = (str(row["molecule"]), number(row["time_h"]), number(row["dose_nM"]))
        lines.setdefault(key, [*key]).append(number(row["pstat5"]))
    right = tuple(range(1, 3 + len(cells)))
    terminal.table(["molecule", "time (h)", "dose (nM)", *cells], list(lines.values()), right=right)
