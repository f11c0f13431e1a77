"""What the body gives for a published figure: readings of typical patients, of a mouse, and of a trial of high doses."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukin.catalog import Catalogue
from leukin.catalog.amounts import time
from leukin.catalog.load import SHIPPED
from leukin.dosing import nanomoles
from leukin.inference.experiments import MOLECULE, TypicalPatient, experiment, typical_patient
from leukin.inference.exposure import Bench
from leukin.inference.fit_body import PARTS
from leukin.inference.fit_lung import lungs, water
from leukin.inference.fit_pharmacokinetics import bolus
from leukin.inference.fit_ward import Ward
from leukin.quantity import from_canonical
from leukin.scenario import GIVE, HOURS_A_DAY, Amount

Floats = NDArray[np.float64]

FILE = SHIPPED / "fits" / "body-evidence.toml"
#: the trial whose first cycles are compared with those of the hospital that ran it
CYCLES_OF = "yang-2003-rcc"
#: prefixes of readings that need a virtual trial
WARD, CYCLE = "ward:", "cycle:"


def document(path: Path = FILE) -> Mapping[str, Any]:
    """The evidence file."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def patient(catalogue: Catalogue, tables: Mapping[str, Any]) -> TypicalPatient:
    """A typical patient who may be given the experiments of the fits and those of the evidence file."""
    someone = typical_patient(catalogue)
    more = {id: experiment(id, table) for id, table in tables["experiments"].items()}
    known = someone.evidence
    return replace(someone, evidence=replace(known, experiments={**known.experiments, **more}))


def readings(someone: TypicalPatient, bench: Bench, tables: Mapping[str, Any]) -> dict[str, float]:
    """Everything that needs no virtual trial, at the values of the catalogue, by name of the reading."""
    found = bolus(someone, {})
    for part in PARTS:
        mechanism = someone.catalogue.mechanism(part.mechanism)
        found |= part.predict(someone, {name: mechanism[name].canonical for name in part.names})
    found |= (
        exposed(someone, tables["reading"])
        | counted(someone)
        | released(someone)
        | leaked(someone, bench, tables["mouse"])
        | diluted(someone, tables["balance"])
        | lungs(bench, {})
        | {"lung-water": water(bench, {})}
        | superagonist(bench, tables["superagonist"])
    )
    return {name: float(value) for name, value in found.items()}


def exposed(
    someone: TypicalPatient, reading: Mapping[str, float], values: Mapping[str, float] | None = None
) -> dict[str, float]:
    """First level (IU/mL for 1 MIU/m2), steady volume (L), level in a window (IU/mL), untreated level (pg/mL)."""
    body = someone.catalogue.mechanism("pharmacokinetics")
    molecule = someone.catalogue.molecule(MOLECULE)
    unit = nanomoles(Amount(1.0, "IU"), molecule)
    first = someone.run("bolus", ["IL2_plasma"], np.array([0.0]), values)["IL2_plasma"][0]
    later = someone.run("window", ["IL2_plasma"], np.array([1.5]))["IL2_plasma"][0]
    rest = body["I0"].canonical * molecule["molar_mass"].canonical
    return {
        "first-level": from_canonical(first / unit, "1/mL") / reading["bolus"],
        "volume": body["V1"].canonical * (1 + body["k12"].canonical / body["k21"].canonical),
        "window-level": from_canonical(later / unit, "1/mL"),
        "il2-serum": from_canonical(rest, "pg/mL"),
    }


def counted(someone: TypicalPatient) -> dict[str, float]:
    """Regulatory cells under very low (% of CD4) and high doses (change), early fall of lymphocytes, eosinophils (fold)."""
    share, count, eosinophils = (
        "treg_percent_of_cd4", "count_blood.lymphocyte", "count_blood.eosinophil"
    )  # fmt: skip
    days = np.arange(0.0, 85.0) * HOURS_A_DAY
    low = someone.run("ultra-low", [share], days)[share]
    high = someone.run("high-dose", [share, count], np.array([0.0, 2.0, 7 * HOURS_A_DAY]))
    month = someone.run("graft-versus-host", [eosinophils], days[:29])[eosinophils]
    return {
        "treg-ultra-low": low[-1],
        "treg-high-dose": high[share][2] - high[share][0],
        "lymphocytes-fall": high[count][1] / high[count][0] - 1,
        "eosinophil-fold": month.max() / month[0],
    }


def released(someone: TypicalPatient) -> dict[str, float]:
    """Order, half-life (h), peaks (pg/mL) and areas of cytokines."""
    values = someone.catalogue.mechanism("cytokines")
    day = np.arange(0.0, HOURS_A_DAY, 0.02)
    seen = someone.run("two-boluses", ["TNF", "IFNg", "IL6"], day)
    peaks = {name: day[course.argmax()] for name, course in seen.items()}
    hours = np.arange(0.0, 8.0, 0.02)
    one = someone.run("one-high-dose", ["IFNg"], hours)["IFNg"]
    course = np.arange(0.0, 120.0, 0.25)
    twice, once = (
        someone.run(f"skin-{how}-a-day", ["IFNg"], course)["IFNg"] for how in ("twice", "once")
    )  # fmt: skip
    skin = np.arange(0.0, 120.0, 0.25)
    il6 = someone.run("skin-large", ["IL6"], skin)["IL6"]
    return {
        "tnf-first": min(peaks["IFNg"], peaks["IL6"]) - peaks["TNF"],
        "ifn-half-life": math.log(2.0) / values["IFNg_loss"].canonical,
        "ifn-high-dose": one.max(),
        "ifn-split": np.trapezoid(twice, course) / np.trapezoid(once, course),
        "ifn-peak-skin": course[once[course < HOURS_A_DAY].argmax()],
        "il6-repeated": il6[skin >= 4 * HOURS_A_DAY].max() / il6[skin < HOURS_A_DAY].max() - 1,
    }


def leaked(someone: TypicalPatient, bench: Bench, mouse: Mapping[str, Any]) -> dict[str, float]:
    """Leak without lymphocytes; of mouse lungs without NK cells, CD8 cells or neutrophils, and without affinity for CD25."""
    times = np.arange(0.0, 336.0, 2.0)
    none = {"lymphoid_level": 1e-9}  # as good as nobody: ratios to the untreated person stay defined
    alone = someone.run("high-dose", ["permeability"], times, none)["permeability"]
    hours = np.linspace(0.0, time(mouse["followed"]), 241)

    def leak(molecule: str, values: Mapping[str, float], days: int = 1) -> float:
        table = {
            "molecule": molecule, "host": "mouse", "of": "lung_leak",
            "doses": [{"amount": mouse["dose"], "route": "iv bolus", "count": days}],
        }  # fmt: skip
        last = (days - 1) * HOURS_A_DAY
        return float(bench.course(table, np.concatenate([[0.0], last + hours]), values)[1:].max())

    whole = leak(MOLECULE, {})
    nobody = {"neutrophil_level": 1e-9}
    late = [leak(MOLECULE, left, mouse["late"]) for left in ({}, nobody)]
    early = leak(MOLECULE, nobody)
    without = {cell: leak(MOLECULE, {f"activation_{cell}": 0.0}) for cell in ("nk", "cd8")}
    return {
        "leak-without-lymphocytes": alone.max() - 1,
        "nk-leak": (without["cd8"] - without["nk"]) / whole,
        "neutrophils-late": early / whole - late[1] / late[0],
        "leak-without-cd25": leak("il2-no-alpha", {}) / whole - 1,
    }


def diluted(someone: TypicalPatient, balance: Mapping[str, str]) -> dict[str, float]:
    """Albumin in plasma at the end of high doses over that before, and its change days after them."""
    hours = np.array([0.0, time(balance["albumin"]), time(balance["later"])])
    before, end, later = someone.run("high-dose", ["albumin"], hours)["albumin"]
    return {"albumin-fall": end / before, "albumin-later": later / before - 1}


def superagonist(bench: Bench, table: Mapping[str, Any]) -> dict[str, float]:
    """Largest counts in blood over those before (fold) under weekly doses of a ligand of CD122 and CD132."""
    times = np.arange(0.0, time(table["followed"]), 2.0)
    found = {}
    for cell in ("treg", "nk"):
        course = bench.course({**table, "of": f"count_blood.{cell}"}, times, {})
        usual = bench.untreated({**table, "of": f"count_blood.{cell}"})
        found[f"superagonist-{cell}"] = float(1.0 + course.max() / usual)
    return found


def toxic(on: Ward) -> dict[str, tuple[float, int | None]]:
    """What a trial of high doses reports: value, and the number of patients behind a share.

    None for medians and for the mean probability of death."""
    seen = on.outcome({})
    n = int((on.start.status == 0).sum())
    return {
        WARD + name: (value, None)
        if name.startswith("doses")
        else (100.0 * value, None if name == "death" else n)
        for name, value in seen.items()
    }


def gained(on: Ward, balance: Mapping[str, str]) -> dict[str, tuple[float, int | None]]:
    """Mean gain in weight (kg) of the patients of a trial so long after their first dose."""
    run = on.conducted({}).trajectory
    weight = run["weight"][run.status == 0]
    later = np.array([np.interp(time(balance["weighed"]), run.times, course) for course in weight])
    return {WARD + "gain": (float((later - weight[:, 0]).mean()), None)}


def first_cycles(on: Ward) -> dict[str, tuple[float, int | None]]:
    """Median of the doses that patients get in their first cycle."""
    run = on.conducted({}).trajectory
    mine = (run.slot_course == 0) & (run.slot_cycle == run.slot_cycle.min())
    given = (run.actions[run.status == 0][:, mine] == GIVE).sum(axis=1)
    return {CYCLE + "doses": (float(np.median(given)), None)}
