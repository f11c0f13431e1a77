"""The table docs/body-evidence.md: the body observed against predicted, hits and misses, what its figures determine.

Make it again with `python -m leukin.inference.body_evidence --out docs/body-evidence.md` (some minutes); `--no-profiles`
leaves out what the figures determine, `--no-trial` the virtual trials.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from leukin.catalog import Catalogue, load_catalog
from leukin.inference import exposure
from leukin.inference.body_profiles import Identified, Profile, identified, of_ward, problems, single
from leukin.inference.body_readings import (
    CYCLES_OF,
    document,
    first_cycles,
    gained,
    patient,
    readings,
    toxic,
)
from leukin.inference.body_scores import (
    BINOMIAL,
    FACTOR,
    FITTED,
    FREE,
    INPUT,
    LIMIT,
    PUBLISHED,
    ROLES,
    SIGN,
    SPREAD,
    UNVERIFIED,
    Reading,
    Row,
    exposures,
    missing,
    rows,
    tally,
)
from leukin.inference.body_trials import trials
from leukin.inference.fit_ward import ward
from leukin.quantity import from_canonical
from leukin.trial.intervals import clopper_pearson

COMMAND = "python -m leukin.inference.body_evidence --out docs/body-evidence.md"
#: what a hit rests on, as the page says it
WORDS = {
    PUBLISHED: "published",
    SPREAD: "fit",
    BINOMIAL: "binomial",
    FACTOR: "factor",
    LIMIT: "limit",
    SIGN: "direction",
}
#: virtual patients of a profile, which takes dozens of trials
PROFILED = 384
#: digits shown
DIGITS = 4


def markdown(head: Sequence[str], lines: Iterable[Sequence[str]]) -> list[str]:
    """A table."""
    table = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return [*table, *("| " + " | ".join(cells) + " |" for cells in lines), ""]


def number(value: float | None) -> str:
    """A number with the digits shown; a dash for none."""
    return "-" if value is None else f"{value:.{DIGITS}g}"


def interval(row: Row) -> str:
    """Where a prediction is a hit, and on what that rests."""
    if row.basis == SIGN:
        return "above 0" if row.low is not None else "below 0"
    if row.basis == LIMIT:
        return f"at least {number(row.low)}" if row.low is not None else f"at most {number(row.high)}"
    return f"{number(row.low)} to {number(row.high)} ({WORDS[row.basis]})"


def predicted(row: Row) -> str:
    """The prediction, a share with the interval that so many virtual patients give it."""
    if row.patients is None:
        return number(row.predicted)
    _, low, high = clopper_pearson(round(row.predicted * row.patients / 100), row.patients)
    assert low is not None and high is not None
    return f"{number(row.predicted)} ({100 * low:.3g} to {100 * high:.3g})"


def cells(row: Row) -> list[str]:
    """One line of a table."""
    return [
        row.figure.id, row.quantity, row.unit, number(row.observed), interval(row), predicted(row), row.figure.role,
        row.use, "hit" if row.hit else "**miss**", f"**{UNVERIFIED}**" if row.figure.checked == UNVERIFIED else "", row.note,
    ]  # fmt: skip


HEAD = (
    "figure", "quantity", "unit", "observed", "a hit is", "model", "role", "use", "", "source", "note"
)  # fmt: skip


def counts(found: Sequence[Row], systems: Sequence[str]) -> list[str]:
    """Hits and misses by role, use and system."""
    table = tally(found)

    def pair(**wanted: Any) -> str:
        chosen = {
            hit: sum(
                n
                for (role, use, was, system), n in table.items()
                if was is hit
                and role in wanted.get("role", (role,))
                and use in wanted.get("use", (use,))
                and system in wanted.get("system", (system,))
            )
            for hit in (True, False)
        }
        return f"{chosen[True]} / {chosen[False]}" if any(chosen.values()) else ""

    columns = [
        (role, use) for role in ROLES for use in (FITTED, INPUT, FREE) if (role, use) != (ROLES[1], FITTED)
    ]
    lines = [
        [
            system,
            *(pair(system=(system,), role=(role,), use=(use,)) for role, use in columns),
            pair(system=(system,)),
        ]
        for system in systems
    ]
    lines.append(["all", *(pair(role=(role,), use=(use,)) for role, use in columns), pair()])
    return markdown(["system", *(f"{role}, {use}" for role, use in columns), "all"], lines)


def identifiability(found: Sequence[Identified], catalogue: Catalogue) -> list[str]:
    """Curvature of every fit and profile of every value."""
    weak = []
    for one in found:
        names = sorted(one.weakest, key=lambda name: -abs(one.weakest[name]))
        worst = one.bound < len(one.singular)
        direction = " ".join(
            f"{one.weakest[name]:+.2f} {name}" for name in names if abs(one.weakest[name]) >= 0.1
        )
        weak.append(
            [
                one.problem.title, f"{len(one.problem.start)}", f"{len(one.problem.targets)}",
                ", ".join(f"{value:.3g}" for value in one.singular), f"{one.bound}", direction if worst else "",
            ]
        )  # fmt: skip
    lines = []
    for one in found:
        for value in one.profiles:
            lines.append(
                [
                    f"`{value.name}`", one.problem.title, *_shown(catalogue, value), ends(value),
                    value.verdict if value.verdict == "finite" else f"**{value.verdict}**", f"{value.error:.2f}",
                ]
            )  # fmt: skip
    return [
        *markdown(
            ["fit", "values", "figures", "singular values", "directions bound", "weakest direction (of logarithms)"], weak
        ),
        *markdown(["value", "fit", "catalogue", "unit", "95 % by the figures, as a factor", "profile", "ln error with priors"], lines),
    ]  # fmt: skip


def ends(value: Profile) -> str:
    """Interval of a profile; `open` where the figures allow more than a factor of e."""
    low, high = ("open" if end is None else f"{end:.2f}" for end in (value.low, value.high))
    return f"{low} to {high}"


def _shown(catalogue: Catalogue, value: Profile) -> list[str]:
    """The value in the unit of the catalogue."""
    known = [entry.parameters for entry in catalogue.mechanisms.values()]
    known += [entry.parameters for entry in catalogue.rules.values()]
    known += [entry.parameters for entry in catalogue.molecules.values()]
    unit = next((own[value.name].unit for own in known if value.name in own), "")
    return [number(float(from_canonical(value.value, unit)) if unit else value.value), unit]


def page(
    catalogue: Catalogue,
    tables: Mapping[str, Any],
    found: Sequence[Row],
    fits: Sequence[Identified],
    patients: int,
    seed: int,
) -> str:
    """The whole page."""
    misses = [row for row in found if not row.hit]
    absent = missing(catalogue, tables)
    lines = [
        "# Evidence for the body", "",
        f"Made by `{COMMAND}`; not written by hand.",
        "Exposure, dosing, regulatory T cells, lymphocytes, cytokines,",
        f"vascular leak and toxicity beside the published figures of roles {' and '.join(ROLES)};",
        "no figure kept for validation is read.", "",
        "* **use**: *fitted* - the figure lay in the objective of a fit, or a constant was fitted to it, so that a hit is agreement",
        "  and not a prediction; *input* - the figure set a value or a form of the model, or was derived from one that did; *free* -",
        "  it did neither.",
        "* **a hit is**: inside the *published* interval; else the 95 % interval of a share of so many patients (*binomial*); else",
        f"  the spread of the *fit*; else within a *factor* of {tables['factor']:g}; for a published *limit* or *direction*, beyond it.",
        "  A published interval is what its source gives (often mean and standard deviation), not always a confidence interval.",
        f"* **source**: *{UNVERIFIED}* - the figure was noted from memory or a secondary text and not read in its source.",
        f"* Single courses are those of a typical person of 70 kg. Shares and doses of the ward are of {patients} virtual patients with",
        f"  kidney cancer (seed {seed}; the fit had another), with the 95 % interval of that number.", "",
        "## Hits and misses", "",
        "Hits / misses.", "",
        *counts(found, tables["systems"]),
        f"{len(found)} values of {len({row.figure.id for row in found})} figures; {len(misses)} are missed;",
        f"{len(absent)} figures cannot be computed.", "",
    ]  # fmt: skip
    for system in tables["systems"]:
        mine = [row for row in found if row.figure.system == system]
        if mine:
            lines += [
                f"## {system}",
                "",
                *markdown(HEAD, map(cells, sorted(mine, key=lambda row: row.figure.id))),
            ]
    lines += ["## What the model cannot give", ""]
    lines += markdown(
        ["figure", "system", "quantity", "role", "source", "reason"],
        [[f.id, f.system, f.quantity, f.role, f"**{UNVERIFIED}**" if f.checked == UNVERIFIED else "", why] for f, why in absent],
    )  # fmt: skip
    known = {f.id: f for f in catalogue.figures}
    lines += ["Of figures that have a row:", ""]
    lines += markdown(
        ["figure", "system", "not given"],
        [[id, known[id].system, why] for id, why in tables["partly"].items()],
    )
    if fits:
        lines += [
            "## What the figures determine", "",
            "A fit's curvature: singular values of the misses (in spreads) by the logarithms of its values, priors left out. A direction",
            "counts as bound where its 95 % interval lies within a factor of e both ways. A value's profile: the sum of squares against",
            "that value with the others refitted, priors left out (the others held within a factor of 7); on the ward, where evaluations",
            f"are virtual trials (of {PROFILED} patients), with the others moved along their linear compensation. "
            "*Open*: the figures alone allow",
            "more than a factor of e; there the value rests on its prior or a choice. Figures without a spread of a fit were given one:",
            f"{tables['skin']['relative']:g} of the logarithm for absorption, {tables['single']['relative']:g} for values set "
            "one by one. Last column: standard error with the priors of the fit.",
            "",
            *identifiability(fits, catalogue),
            "Set by a choice that the figures do not profile: one common factor on `hazard_infection` and `hazard_shock` brings the share",
            "of deaths to the mean of F083 and F084, so that only their sum is determined; `growth_nk` is held equal to `growth_cd8`;",
            "`release_half_life` of the releasable PEG is F184 itself.", "",
        ]  # fmt: skip
    return "\n".join(lines).rstrip() + "\n"


def main(words: list[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m leukin.inference.body_evidence")
    parser.add_argument("--patients", type=int, default=512)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--no-profiles", action="store_true", help="leave out what the figures determine")
    parser.add_argument("--no-trial", action="store_true", help="leave out the virtual trials")
    parser.add_argument("--out", type=Path, help="file to write; else the page is printed")
    given = parser.parse_args(words)
    catalogue, tables = load_catalog(), document()
    someone, bench = patient(catalogue, tables), exposure.bench(catalogue)
    found: dict[str, Reading] = {
        name: (value, None) for name, value in readings(someone, bench, tables).items()
    }
    fits = []
    if not given.no_profiles:
        spread = tables["skin"]["relative"]
        fits = [
            identified(one) for one in (*problems(someone, bench, spread), *single(someone, bench, tables))
        ]
    if not given.no_trial:
        group = ward(catalogue, given.patients, given.seed)
        found |= toxic(group) | gained(group, tables["balance"])
        found |= first_cycles(ward(catalogue, given.patients, given.seed, CYCLES_OF))
        found |= trials(catalogue, given.patients, given.seed)
        if not given.no_profiles:
            few = ward(catalogue, min(given.patients, PROFILED), given.seed)
            fits.append(identified(of_ward(few)))
    shown = [*rows(catalogue, tables, found), *exposures(catalogue, tables, bench)]
    text = page(catalogue, tables, shown, fits, given.patients, given.seed)
    if given.out is None:
        print(text)
    else:
        given.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
