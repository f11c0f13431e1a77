"""The parts of the calibration in their order: each fits values of the catalogue to figures and says what it found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from leukin.catalog import Catalogue, load_catalog
from leukin.inference import (
    exposure,
    fit_body,
    fit_lung,
    fit_pharmacokinetics,
    fit_tumour,
    fit_ward,
    ward_cohorts,
)
from leukin.inference.experiments import Prior, Target, read, typical_patient
from leukin.inference.figures import calibrate_figures
from leukin.inference.fitted_values import Change, change
from leukin.inference.regression import Fit

#: called with evaluations that are done
Tick = Callable[[int], None]

#: seeds of fresh patients follow those of the fit at this distance; the trials of tumours have a seed of their own
APART = 100
#: cohorts of fresh patients
FRESH = 2
#: rounds of the fit of the tumour
ROUNDS = 2
WARD_PATIENTS, TUMOUR_PATIENTS, COHORTS = 512, 1000, 4
#: values that take the value of another
EQUAL = {"growth_cd8": "growth_nk"}


@dataclass(frozen=True, slots=True)
class Given:
    """What a part starts from: values set by the parts before it, virtual patients (None: as usual), seed, processes."""

    overrides: tuple[str, ...] = ()
    patients: int | None = None
    cohorts: int = COHORTS
    seed: int = 1
    workers: int = 2

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue with the values set so far."""
        return load_catalog(overrides=self.overrides)


@dataclass(frozen=True, slots=True)
class Row:
    """A target observed and predicted; miss: in spreads, None where it is not fitted itself; fresh: predicted for patients
    that the fit did not see, None for a typical patient."""

    target: str
    figure: str
    observed: float
    predicted: float
    miss: float | None
    fresh: float | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a part found: targets, values, and remarks."""

    rows: tuple[Row, ...]
    changes: tuple[Change, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One fit: the step to which it belongs, the figures that it reads, how long it is in evaluations, and how it runs."""

    step: str
    title: str
    figures: Callable[[Catalogue], tuple[str, ...]]
    run: Callable[[Given, Tick], Outcome]
    length: int = 1


def _rows(fit: Fit, targets: Sequence[Target], fresh: Mapping[str, float] | None = None) -> tuple[Row, ...]:
    return tuple(
        Row(t.id, t.figure, t.value, fit.predicted[t.id], fit.misses[t.id], None if fresh is None else fresh[t.id])
        for t in targets
    )  # fmt: skip


def _changes(
    catalogue: Catalogue, homes: Mapping[str, str], fit: Fit, priors: Mapping[str, Prior]
) -> tuple[Change, ...]:
    return tuple(
        change(catalogue, homes[n], n, value, fit.errors[n], priors[n].width if n in priors else None)
        for n, value in fit.values.items()
    )


def _of_evidence(ids: Sequence[str]) -> Callable[[Catalogue], tuple[str, ...]]:
    return lambda catalogue: tuple(read(catalogue).targets[id].figure for id in ids)


def bolus(given: Given, tick: Tick) -> Outcome:
    """Exchange and clearance of a typical patient."""
    someone = typical_patient(given.catalogue)
    found = fit_pharmacokinetics.fit(someone)
    tick(1)
    homes = dict.fromkeys(found.values, fit_pharmacokinetics.MECHANISM)
    targets = [someone.evidence.targets[id] for id in fit_pharmacokinetics.TARGETS]
    return Outcome(_rows(found, targets), _changes(someone.catalogue, homes, found, {}))


def fusion(id: str, given: Given, tick: Tick) -> Outcome:
    """Clearance of the fusion that the assay `id` is of."""
    catalogue = given.catalogue
    found = fit_pharmacokinetics.fit_fusion(catalogue, id)
    tick(1)
    assay = exposure.assays()[id]
    (figure,) = calibrate_figures(catalogue, [assay["figure"]])
    observed = float(assay.get("value", figure.value))
    homes = dict.fromkeys(found.values, assay["molecule"])
    row = Row(id, figure.id, observed, found.predicted[id], found.misses[id])
    return Outcome((row,), _changes(catalogue, homes, found, {}))


def body(part: fit_body.Part, given: Given, tick: Tick) -> Outcome:
    """A part of the response of a typical patient."""
    someone = typical_patient(given.catalogue)
    found = fit_body.fit(someone, part)
    tick(1)
    values = dict(found.values)
    errors = dict(found.errors)
    priors = dict(someone.evidence.priors)
    for leader, follower in EQUAL.items():
        if leader in values:
            values[follower], errors[follower], priors[follower] = (
                values[leader],
                errors[leader],
                priors[leader],
            )
    whole = Fit(values, errors, found.predicted, found.misses)
    homes = dict.fromkeys(values, part.mechanism)
    targets = [someone.evidence.targets[id] for id in part.targets]
    return Outcome(_rows(found, targets), _changes(someone.catalogue, homes, whole, priors))


def lung(given: Given, tick: Tick) -> Outcome:
    """Permeability of the vessels of the lung."""
    bench = exposure.bench(given.catalogue)
    found = fit_lung.fit(bench)
    tick(1)
    evidence = read(bench.catalogue)
    homes = {fit_lung.FITTED: fit_lung.MECHANISM}
    targets = [evidence.targets[id] for id in fit_lung.TARGETS]
    return Outcome(_rows(found, targets), _changes(bench.catalogue, homes, found, evidence.priors))


def ward(given: Given, tick: Tick) -> Outcome:
    """Toxicity, doses and deaths of a trial, with the shares of fresh patients beside those of the fitted ones."""
    catalogue = given.catalogue
    evidence = read(catalogue)
    size = given.patients or WARD_PATIENTS
    own = [ward_cohorts.Cohort(given.overrides, size, given.seed + i) for i in range(given.cohorts)]
    new = [ward_cohorts.Cohort(given.overrides, size, given.seed + APART + i) for i in range(FRESH)]
    homes = ward_homes(catalogue)
    begin = ward_start(catalogue, homes)
    with ward_cohorts.processes(min(given.workers, len(own))) as run:
        found = ward_cohorts.fit(run, own, begin, evidence, tick)
        toxic = fit_ward.TOXIC
        gathered = run.treat(own, found.values)[toxic]
        tick(1)
        columns = run.treat(new, found.values)
        tick(1)
    factor = fit_ward.scale(gathered, evidence)
    deaths, deaths_fresh = (float(-np.expm1(-factor * h).mean()) for h in (gathered, columns[toxic]))
    targets = [evidence.targets[id] for id in fit_ward.TARGETS]
    rows = _rows(found, targets, fit_ward.reported(columns))
    for id in fit_ward.DEATHS:
        target = evidence.targets[id]
        rows += (Row(id, target.figure, target.value, deaths, None, deaths_fresh),)
    changes = _changes(catalogue, homes, found, evidence.priors)
    for name in fit_ward.DANGERS:
        present = catalogue.mechanism(DANGER_HOME)[name].canonical
        error = fit_ward_deaths_error(evidence.targets)
        changes += (change(catalogue, DANGER_HOME, name, present * factor, error),)
    remarks = (
        f"fitted on {len(own)} x {size} patients (seeds {own[0].seed} to {own[-1].seed}); fresh: patients that the fit did"
        f" not see, {FRESH} x {size} (seeds {new[0].seed} to {new[-1].seed}), a check of the fit and of chance alone",
        "the two figures of deaths set one factor on both hazards, by their mean",
    )
    return Outcome(rows, changes, remarks)


#: entry of the hazards of death from treatment
DANGER_HOME = "circulation"
WARD_HOMES = ("circulation", "cytokines")


def ward_homes(catalogue: Catalogue) -> dict[str, str]:
    """Entry of every value that the ward fits."""
    found = {
        name: entry for entry in WARD_HOMES for name in fit_ward.FITTED if name in catalogue.mechanism(entry).parameters
    }  # fmt: skip
    return {name: found[name] for name in fit_ward.FITTED} | dict.fromkeys(
        fit_ward.OF_THE_RULE, fit_ward.RULE
    )


def ward_start(catalogue: Catalogue, homes: Mapping[str, str]) -> dict[str, float]:
    """Present values of what the ward fits (canonical)."""
    return {
        name: (catalogue.rule(entry) if entry == fit_ward.RULE else catalogue.mechanism(entry))[
            name
        ].canonical
        for name, entry in homes.items()
    }


def fit_ward_deaths_error(targets: Mapping[str, Target]) -> float:
    """Error of the logarithm of the mean share of deaths, from the spreads of both shares."""
    parts = [(targets[id].value, targets[id].spread) for id in fit_ward.DEATHS]
    return float(np.sqrt(sum((value * spread) ** 2 for value, spread in parts)) / sum(v for v, _ in parts))


def tumour(given: Given, tick: Tick) -> Outcome:
    """Growth of effectors, to the response of two trials."""
    catalogue = given.catalogue
    size, seed = given.patients or TUMOUR_PATIENTS, given.seed + APART
    found = fit_tumour.fitted(
        catalogue, given.overrides, size, seed, ROUNDS, given.workers, lambda _: tick(1)
    )
    rows = []
    for trial, (overall, complete) in fit_tumour.TARGETS.items():
        seen, rates = fit_tumour.observed(catalogue, trial), found.rates[trial]
        misses = fit_tumour.residuals(seen, rates)
        rows += [
            Row(f"{trial} response", overall, seen.complete + seen.partial, rates.complete + rates.partial, float(misses[0])),
            Row(f"{trial} complete", complete, seen.complete, rates.complete, float(misses[1])),
        ]  # fmt: skip
    note = fit_tumour.noted(size, seed)
    changes = tuple(
        change(catalogue, entry, name, value * unit_of(catalogue, entry, name), spread, fit_tumour.PRIOR_SPREAD, note)
        for (entry, name), value, spread in zip(fit_tumour.FITTED, map(float, found.values), map(float, found.spread), strict=True)
    )  # fmt: skip
    return Outcome(
        tuple(rows),
        changes,
        ("the miss of a complete response is that of its share among responders",),
    )


def unit_of(catalogue: Catalogue, entry: str, name: str) -> float:
    """The canonical value of one unit of a parameter: the fit of the tumour counts in the unit of the entry."""
    found = fit_tumour.find(catalogue, entry)[name]
    return found.canonical / float(found.value)


def parts() -> Iterator[Part]:
    """All parts, in the order in which they must run."""
    yield Part(
        "pharmacokinetics", "exposure of a typical patient", _of_evidence(fit_pharmacokinetics.TARGETS), bolus
    )
    for id in fit_pharmacokinetics.FUSIONS:
        figure = exposure.assays()[id]["figure"]
        yield Part(
            "pharmacokinetics",
            f"clearance of a fusion: {id}",
            partial(_named, (figure,)),
            partial(fusion, id),
        )
    for part in fit_body.PARTS:
        yield Part("body", part.predict.__name__, _of_evidence(part.targets), partial(body, part))
    yield Part("lung", "vessels of the lung", _of_evidence(fit_lung.TARGETS), lung)
    names = len(fit_ward.FITTED) + len(fit_ward.OF_THE_RULE)
    ids = (*fit_ward.TARGETS, *fit_ward.DEATHS)
    yield Part("ward", "a trial of high doses", _of_evidence(ids), ward, ward_cohorts.evaluations(names) + 2)
    figures = tuple(figure for pair in fit_tumour.TARGETS.values() for figure in pair)
    simulations = 1 + ROUNDS * (1 + len(fit_tumour.FITTED))
    yield Part("tumour", "response in two trials", partial(_named, figures), tumour, simulations)


def _named(ids: tuple[str, ...], catalogue: Catalogue) -> tuple[str, ...]:
    return ids
