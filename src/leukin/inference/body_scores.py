"""How the body stands against published figures: one row a value, hit or miss, fitted or not."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from leukin.catalog import Catalogue, Figure
from leukin.errors import CatalogError, Problem
from leukin.inference import exposure
from leukin.inference.body_readings import CYCLE, WARD
from leukin.inference.experiments import Target, read
from leukin.trial.intervals import clopper_pearson

#: roles that may be shown; VALIDATE figures are never read
ROLES = ("CALIBRATE", "CHECK")
FITTED, INPUT, FREE = "fitted", "input", "free"
#: kinds of entries whose sources tell what a figure was used for
KINDS = ("mechanisms", "molecules", "hosts", "rules")
UNVERIFIED = "unverified"
PUBLISHED, SPREAD, BINOMIAL, FACTOR, LIMIT, SIGN = (
    "published",
    "spread of the fit",
    "binomial",
    "factor",
    "limit",
    "sign",
)

Reading = tuple[float, int | None]


@dataclass(frozen=True, slots=True)
class Row:
    """A published value beside the model.

    low, high: where a prediction is a hit, and on what that rests; patients: virtual ones behind a predicted share;
    use: whether the value was fitted, was an input of the model or set what gives it, or is free.
    """

    id: str
    figure: Figure
    quantity: str
    unit: str
    use: str
    observed: float | None
    low: float | None
    high: float | None
    basis: str
    predicted: float
    patients: int | None
    least: float
    note: str

    @property
    def hit(self) -> bool:
        """Whether the prediction lies in the interval, beyond the limit, or goes in the direction published."""
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        return low <= self.predicted <= high


def figures(catalogue: Catalogue, systems: Iterable[str]) -> dict[str, Figure]:
    """Figures of these systems that may be shown, by id."""
    wanted = set(systems)
    return {f.id: f for f in catalogue.figures if f.system in wanted and f.role in ROLES}


def uses(catalogue: Catalogue) -> dict[str, str]:
    """What every figure did for the model, by id: what the sources of the catalogue and the targets of fits tell."""
    found: dict[str, str] = {}
    for kind in KINDS:
        for entry in getattr(catalogue, kind).values():
            for parameter in entry.parameters.values():
                use = FITTED if parameter.source.kind == FITTED else INPUT
                for id in parameter.source.figures:
                    found[id] = FITTED if FITTED in (use, found.get(id)) else INPUT
    return found | {target.figure: FITTED for target in read(catalogue).targets.values()}


def rows(catalogue: Catalogue, tables: Mapping[str, Any], found: Mapping[str, Reading]) -> Iterator[Row]:
    """Every row of the evidence file whose reading was `found`.

    found: reading -> value and virtual patients behind it. Raises CatalogError for a figure that may not be shown.
    """
    known, used, targets = figures(catalogue, tables["systems"]), uses(catalogue), read(catalogue).targets
    for id, table in tables["rows"].items():
        if table["reads"] in found:
            figure = allowed(known, catalogue, table["figure"])
            target = targets.get(table["reads"].removeprefix(WARD).removeprefix(CYCLE))
            if target is not None and target.figure != figure.id:
                target = None
            yield _row(id, figure, table, found[table["reads"]], target, used, tables)


def exposures(
    catalogue: Catalogue, tables: Mapping[str, Any], bench: exposure.Bench, only: Iterable[str] | None = None
) -> Iterator[Row]:
    """Every comparison of exposure, or `only` some."""
    known, used = figures(catalogue, tables["systems"]), uses(catalogue)
    for id, table in exposure.assays().items():
        if only is not None and id not in only:
            continue
        figure = allowed(known, catalogue, table["figure"])
        one = exposure.compared(bench, id, table)
        factor = tables["factor"]
        low, high, basis = one.low, one.high, PUBLISHED
        if low is None or high is None:
            low, high, basis = one.observed / factor, one.observed * factor, FACTOR
        what = id.replace("-", " ") if "value" in table else figure.quantity
        use = tables["exposure"].get(id) or used.get(figure.id, FREE)
        yield Row(
            id, figure, what, one.unit, use, one.observed, low, high, basis, one.predicted, None, 0.0, one.note
        )  # fmt: skip


def allowed(known: Mapping[str, Figure], catalogue: Catalogue, id: str) -> Figure:
    """The figure `id`. Raises CatalogError unless its system and its role are among those shown."""
    if id not in known:
        role = catalogue.figure(id).role
        reason = f"has the role {role}" if role not in ROLES else "belongs to another system"
        raise CatalogError(
            Problem(field=id, reason=reason, fix=f"only {' and '.join(ROLES)} figures are shown")
        )
    return known[id]


def _row(
    id: str,
    figure: Figure,
    table: Mapping[str, Any],
    reading: Reading,
    target: Target | None,
    used: Mapping[str, str],
    tables: Mapping[str, Any],
) -> Row:
    own = "value" in table
    observed = table.get("value", figure.value)
    low = table.get("low", None if own else figure.low)
    high = table.get("high", None if own else figure.high)
    basis = PUBLISHED
    least = tables["least"]
    if "sign" in table:
        observed, basis = None, SIGN
        low, high = (least, None) if table["sign"] == "+" else (None, -least)
    elif "bound" in table:
        basis = LIMIT
        low, high = (observed, None) if table["bound"] == "at least" else (None, observed)
    elif low is None or high is None or table.get("of_fit"):
        low, high, basis = _interval(observed, figure, target, tables["factor"], own)
    return Row(
        id, figure, table.get("quantity", figure.quantity), table.get("unit", figure.unit),
        table.get("use") or used.get(figure.id, FREE), observed, low, high, basis, reading[0], reading[1], least,
        table.get("note", ""),
    )  # fmt: skip


def _interval(
    value: float | None, figure: Figure, target: Target | None, factor: float, own: bool
) -> tuple[float, float, str]:
    """Where a prediction is a hit when the figure gives no interval, and on what that rests."""
    if value is None:
        raise CatalogError(
            Problem(field=figure.id, reason="states no value", fix="value, or sign, in its row")
        )
    if figure.unit == "%" and figure.n.isdigit() and not own:
        n = int(figure.n)
        _, low, high = clopper_pearson(round(value * n / 100), n)
        assert low is not None and high is not None
        return 100 * low, 100 * high, BINOMIAL
    if target is not None:
        if target.relative:
            return value * math.exp(-target.spread), value * math.exp(target.spread), SPREAD
        return value - target.spread, value + target.spread, SPREAD
    return value / factor, value * factor, FACTOR


def tally(rows: Iterable[Row]) -> Counter[tuple[str, str, bool, str]]:
    """Number of rows by role, use, hit and system."""
    return Counter((row.figure.role, row.use, row.hit, row.figure.system) for row in rows)


def missing(catalogue: Catalogue, tables: Mapping[str, Any]) -> list[tuple[Figure, str]]:
    """Figures that the model cannot give, with the reason.

    Raises CatalogError for a figure of these systems that has neither a row nor a reason, or both.
    """
    known = figures(catalogue, tables["systems"])
    shown = {table["figure"] for table in tables["rows"].values()}
    shown |= {table["figure"] for table in exposure.assays().values()}
    problems = [
        Problem(
            field=id, reason="has neither a row nor a reason" if id not in shown else "has a row and a reason"
        )
        for id in known
        if (id in shown) == (id in tables["missing"])
    ]
    if problems:
        raise CatalogError(problems)
    return [(allowed(known, catalogue, id), reason) for id, reason in tables["missing"].items()]
