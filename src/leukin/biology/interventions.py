"""Cytokines given or neutralised at any time of a course: what the body needs for them, and what is set when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from leukin.biology.homeostasis import (
    B_CELL,
    CELLS,
    INNATE,
    INNATE_PARAMETERS,
    KEEPERS,
    RELEASED,
    REST,
    SHARED,
    B,
    innate,
    levels,
    rest,
    signal,
    support,
)
from leukin.biology.lymphocytes import GROWING
from leukin.catalog import Catalogue
from leukin.catalog.cytokines import CYTOKINES
from leukin.errors import CatalogError, Problem
from leukin.network import Network, Observable, Reaction
from leukin.quantity import Parameter, Source, name, number, parse
from leukin.scenario import Arm, CytokineChange
from leukin.timeline import Setting

#: what is neutralised of interleukin-2: its level in plasma and in tissue, wherever cells see it
LEVELS = {**{key: (key,) for key in RELEASED}, REST: ("C1", "C2")}
#: states whose own balance knows the whole of a cytokine, free or held by what neutralises it
STORED = {**{key: (key,) for key in RELEASED}, REST: ("A1", "A2")}

NOT_MODELLED = (
    "a cytokine given is held at its level: its own absorption, distribution and half-life in blood are those of the body's",
    "antibodies lengthen the life of what they bind: production and total of a neutralised cytokine stay as they were",
)


def acted_on(body: Network, cytokines: Iterable[str]) -> Network:
    """The body with an input for every cytokine in `cytokines` that treatment releases, and for interleukin-2.

        dX/dt = ... + loss given_X        everything but this balance reads free_X X

    given_X: the level (pg/mL) that what is given would hold alone; free_X: the share that is not neutralised. Both are
    parameters at their neutral values, 0 and 1. Cytokines that keep cells alone need no input: `settings` moves the numbers
    to which cells return. Observable X stays the whole, X_free is what acts.
    """
    for key in (key for key in CYTOKINES if key in set(cytokines)):
        if key in LEVELS:
            body = _neutralisable(body, key)
        if key in RELEASED:
            given = Parameter(
                f"given_{key}", 0.0, "pg/mL", _plain(f"level of {key} that what is given holds alone")
            )
            rate = parse(f"{key}_loss*given_{key}")
            body = replace(
                body.with_parameters([given]),
                reactions=(*body.reactions, Reaction(f"given_{key}", {}, {key: number(1.0)}, rate)),
            )
    return body


def _plain(note: str) -> Source:
    return Source("definition", note=f"{note}; set in the course of an arm")


def _neutralisable(body: Network, key: str) -> Network:
    free = Parameter(f"free_{key}", 1.0, "1", _plain(f"share of {key} that is not neutralised"))
    seen = {level: name(level) * name(free.name) for level in LEVELS[key]}
    shown = "IL2_plasma" if key == REST else key
    own = next(o for o in body.observables if o.name == shown)
    extra = Observable(f"{shown}_free", own.unit, own.expression * name(free.name))
    return replace(
        body,
        parameters={**body.parameters, free.name: free},
        reactions=tuple(
            r if r.products.keys() & set(STORED[key]) else replace(r, rate=r.rate.substitute(seen))
            for r in body.reactions
        ),
        variables=tuple(
            v if v.id in seen else replace(v, expression=v.expression.substitute(seen))
            for v in body.variables
        ),
        observables=(*body.observables, extra),
    )


def settings(catalogue: Catalogue, arm: Arm) -> tuple[Setting, ...]:
    """What is set at every time at which something of an arm's cytokines begins or ends, in order of time.

    Cytokines of the gamma-c family move the numbers to which cells return (`support`), interleukin-9 eosinophils
    (`innate`); without interleukin-2 the signal at which a pool rests falls as well, S0 S(level)/S(usual).
    """
    own = [change.cytokine for change in arm.cytokines]
    times = sorted({time for change in arm.cytokines for time in (change.at, change.until)})
    return tuple(
        Setting(time, *_at(catalogue, own, [c for c in arm.cytokines if c.at <= time < c.until]))
        for time in times
    )


def _at(
    catalogue: Catalogue, own: Iterable[str], active: Iterable[CytokineChange]
) -> tuple[Mapping[str, float], Mapping[str, float]]:
    """Parameters set to a value, and those set to a multiple of what the patient had, while `active` go on."""
    usual = levels(catalogue)
    now, values, times = dict(usual), {}, {}
    for key in own:
        if key in LEVELS:
            values[f"free_{key}"] = 1.0
        if key in RELEASED:
            values[f"given_{key}"] = 0.0
    for change in active:
        key = change.cytokine
        if key in LEVELS:
            values[f"free_{key}"] = 1.0 - change.neutralised
        if key in RELEASED:
            values[f"given_{key}"] = change.given
        else:
            now[key] = usual[key] * (1.0 - change.neutralised) + added(catalogue, change)
    if any(key in KEEPERS for key in own):
        values |= {f"support_{pool}": support(catalogue, pool, now) for pool in GROWING}
    if REST in own:
        molecule, level = catalogue.molecule(KEEPERS[REST]), rest(catalogue, REST)
        for pool, cell in {**CELLS, B: B_CELL}.items():
            before, after = (
                signal(catalogue, molecule, catalogue.cell(cell), level * known[REST], known[SHARED])
                for known in (usual, now)
            )
            times[f"S0_{GROWING[pool]}"] = after / before if before > 0 else 1.0
    if INNATE in own:
        moved = innate(catalogue, now) / innate(catalogue, usual)
        times |= dict.fromkeys(INNATE_PARAMETERS, moved)
    return values, times


def added(catalogue: Catalogue, change: CytokineChange) -> float:
    """Level given of a cytokine that keeps cells, over its level in an untreated person.

    Raises CatalogError where the catalogue has no molar mass for a level in mass.
    """
    if not change.given:
        return 0.0
    level = change.given
    if not change.molar:
        id = {**KEEPERS, INNATE: INNATE.lower()}[change.cytokine]
        molecule = catalogue.molecule(id)
        if "molar_mass" not in molecule.parameters:
            raise CatalogError(Problem(field=id, reason="has no molar mass", fix='given = "0.1 nM"'))
        level /= molecule["molar_mass"].canonical
    return level / rest(catalogue, change.cytokine)
