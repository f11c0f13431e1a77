"""Every shipped entry: it loads, carries units and sources, and is the number that its source gives."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from leukin.catalog import Catalogue, DoseRecord, check_file, load_catalog, load_trial, to_toml
from leukin.catalog.entries import FOLDERS
from leukin.catalog.load import SHIPPED
from leukin.quantity import unit

FILES = sorted(path for folder in FOLDERS.values() for path in (SHIPPED / folder).glob("*.toml"))
CATALOGUE = load_catalog()
PARAMETERS = [
    (kind, key, name)
    for kind in ("molecule", "cell", "host", "tumour", "mechanism", "rule")
    for key, entry in CATALOGUE.entries(kind).items()
    for name in entry.parameters  # type: ignore[union-attr]
]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return CATALOGUE


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_entry_passes_its_own_check(catalogue: Catalogue, path: Path) -> None:
    assert [str(problem) for problem in check_file(path, catalogue)] == []


def test_every_parameter_has_unit_source_and_label(catalogue: Catalogue) -> None:
    assert len(PARAMETERS) > 100
    bare = []
    for kind, key, name in PARAMETERS:
        parameter = catalogue.entries(kind)[key].parameters[name]  # type: ignore[union-attr]
        unit(parameter.unit)
        source = parameter.source
        has_origin = bool(source.cite or source.figures or source.note or parameter.formula)
        if not (parameter.label and math.isfinite(parameter.canonical)) or not (
            has_origin or source.kind in ("assumed", "definition")
        ):
            bare.append(f"{key}.{name}")
        if source.kind == "assumed" and not parameter.rse_scale > 0:
            bare.append(f"{key}.{name}: assumed without a spread")
    assert bare == []


def test_no_fit_read_a_figure_that_may_not_be_fitted(catalogue: Catalogue) -> None:
    roles = {figure.id: figure.role for figure in catalogue.figures}
    wrong = [
        f"{key}.{name}: {figure} is {roles[figure]}"
        for kind, key, name in PARAMETERS
        for source in [catalogue.entries(kind)[key].parameters[name].source]  # type: ignore[union-attr]
        if source.kind == "fitted"
        for figure in source.figures
        if roles[figure] != "CALIBRATE"
    ]
    assert wrong == []


def test_receptor_cycle_is_closed(catalogue: Catalogue) -> None:
    """Both ways round each loop of the assembly of IL-2 with its three chains give one free energy."""
    k = {name: p.canonical for name, p in catalogue.molecule("il2").parameters.items()}
    assert math.isclose(k["KD_beta"] * k["K5"] * k["K8"], k["KD_alpha"] * k["K11"] * k["K10"], rel_tol=1e-12)
    assert math.isclose(k["KD_alpha"] * k["K4"] * k["K9"], k["KD_alpha"] * k["K11"] * k["K10"], rel_tol=1e-12)
    assert math.isclose(k["KD_beta"] * k["K12"], k["KD_alpha"] * k["K11"], rel_tol=1e-12)
    assert k["kon_alpha"] == pytest.approx(0.94 * 60)  # 1/nM/min to 1/nM/h


def test_aldesleukin_binds_like_il2_and_shares_its_numbers(catalogue: Catalogue) -> None:
    il2, drug = catalogue.molecule("il2"), catalogue.molecule("aldesleukin")
    for name in ("KD_alpha", "KD_beta", "K5", "K8", "K11", "K4", "K10", "K9", "K12", "kon_alpha", "kon_beta"):
        assert drug[name] == il2[name]
    assert "[parameters.KD_alpha]" not in (SHIPPED / "molecules" / "aldesleukin.toml").read_text(
        encoding="utf-8"
    )


def test_international_unit(catalogue: Catalogue) -> None:
    """1 IU = 61.1 pg = 3.99e-15 mol: 18 MIU are 1.1 mg, one IU/mL is 4 pM."""
    drug = catalogue.molecule("aldesleukin")
    gram_per_iu = 1.0 / drug["specific_activity"].canonical
    assert gram_per_iu == pytest.approx(61.1e-12, rel=2e-3)
    assert 18e6 * gram_per_iu == pytest.approx(1.1e-3, rel=2e-3)
    nmol_per_litre = 1000.0 * gram_per_iu / drug["molar_mass"].canonical
    assert nmol_per_litre == pytest.approx(3.99e-3, rel=3e-3)


def test_receptor_numbers_are_those_of_the_measurement(catalogue: Catalogue) -> None:
    counts = {
        "treg": (3476, 657, 14017), "treg-naive": (3429, 625, 10415), "treg-memory": (3542, 752, 17637),
        "cd4-helper": (329, 158, 13326), "cd4-naive": (270, 50, 12487), "cd4-memory": (438, 148, 15722),
        "cd8": (22, 511, 12407), "cd8-naive": (13, 334, 13004), "cd8-memory": (35, 620, 12687),
        "nk": (22, 8503, 7643), "nk-dim": (22, 8500, 7600), "nk-bright": (300, 15000, 9000),
        "cd4-activated": (20000, 1500, 15000), "cd8-activated": (20000, 3000, 15000),
    }  # fmt: skip
    assert counts.keys() <= catalogue.cells.keys()
    for cell, expected in counts.items():
        found = tuple(catalogue.cell(cell)[chain].canonical for chain in ("CD25", "CD122", "CD132"))
        assert found == expected, cell
        for chain in ("CD25", "CD122", "CD132"):
            assert catalogue.cell(cell)[chain].iiv_scale == pytest.approx(math.sqrt(math.log(1.16)))


def slots(dose: DoseRecord) -> list[float]:
    days = ((dose.count - 1) * dose.every + dose.infusion) // 24 + 1
    period = 24 * days + dose.rest
    return [
        dose.at + cycle * period + k * dose.every for cycle in range(dose.cycles) for k in range(dose.count)
    ]


def test_regimens(catalogue: Catalogue) -> None:
    high = catalogue.regimen("aldesleukin-high-dose").doses[0]
    assert (high.amount, high.unit, high.per, high.infusion) == (600000, "IU", "kg", 0.25)
    assert len(slots(high)) == 28
    assert slots(high)[14] == 14 * 24, "the second cycle starts on day 15"
    for key, amount in (("aldesleukin-high-dose-720", 720000), ("aldesleukin-low-dose", 72000)):
        dose = catalogue.regimen(key).doses[0]
        assert (dose.amount, dose.per, dose.count, dose.every) == (amount, "kg", 15, 8)
    first, later = catalogue.regimen("aldesleukin-sc-nci").doses
    assert slots(first) == [24.0 * day for day in range(5)]
    assert slots(later) == [24.0 * (7 * week + day) for week in range(1, 6) for day in range(5)]
    assert (first.amount, later.amount, first.route) == (250000, 125000, "sc")


def test_trials(catalogue: Catalogue) -> None:
    sizes = {key: [arm.patients for arm in trial.arms] for key, trial in catalogue.trials.items()}
    assert sizes["fyfe-1995-rcc"] == [255]
    assert sizes["atkins-1999-melanoma"] == [270]
    assert sizes["yang-2003-rcc"] == [156, 150, 117 + 283 - 156 - 150]
    yang = catalogue.trial("yang-2003-rcc")
    assert [arm.name for arm in yang.arms] == ["high dose", "low dose", "subcutaneous"]
    fyfe = catalogue.trial("fyfe-1995-rcc")
    assert (fyfe.host, fyfe.tumour, fyfe.response) == ("human", "renal-cell-carcinoma", "WHO")
    assert fyfe.horizon == pytest.approx(36 * 30.4375 * 24)
    assert fyfe.scan_every == fyfe.scan_first == 8 * 7 * 24
    assert (fyfe.arms[0].courses, fyfe.arms[0].every) == (3, 10 * 7 * 24)
    for trial in catalogue.trials.values():
        published = {item.figure for item in trial.published}
        assert published or (trial.source and trial.source.figures), trial.id
        assert all(catalogue.figure(id).species == "human" for id in published)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_printed_entry_reads_back_as_itself(catalogue: Catalogue, tmp_path: Path, path: Path) -> None:
    kind = next(kind for kind, folder in FOLDERS.items() if folder == path.parent.name)
    record = catalogue.entries(kind)[path.stem]
    printed = tmp_path / f"{path.stem}.toml"
    printed.write_text(to_toml(record), encoding="utf-8")
    assert [str(problem) for problem in check_file(printed, catalogue)] == []
    folder = tmp_path / "mine" / FOLDERS[kind]
    folder.mkdir(parents=True)
    printed.rename(folder / printed.name)
    again = load_catalog([tmp_path / "mine"])
    assert again.entries(kind)[path.stem] == record
    if kind == "trial":
        assert load_trial(folder / printed.name, catalogue) == record


def test_texts_speak_plainly(catalogue: Catalogue) -> None:
    """No path of a machine and nothing left to do."""
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"/(work|home|tmp|root)/|\b(TODO|FIXME|XXX)\b", text), path
