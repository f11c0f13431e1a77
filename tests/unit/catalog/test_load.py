"""Folders of a user, single values, the hash, and derived parameters."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from leukin.catalog import load_catalog
from leukin.catalog.load import SHIPPED
from leukin.errors import CatalogError

MOLECULE = """\
title    = "Weak binder of CD122"
based_on = "il2"

[parameters.KD_beta]
label  = "dissociation constant"
value  = 1440
unit   = "nM"
rse    = 0.3
source = { kind = "measured", cite = "somebody-2031" }
"""
REFERENCE = (
    "@article{somebody-2031,\n  author = {Somebody, Ann},\n  title = {A {Title}},\n  year = {2031},\n}\n"
)


def folder(tmp_path: Path, **files: str) -> Path:
    for name, text in files.items():
        path = tmp_path / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_user_adds_a_variant_with_its_own_reference(tmp_path: Path) -> None:
    place = folder(tmp_path, **{"molecules__il2-weak.toml": MOLECULE, "references.bib": REFERENCE})
    catalogue = load_catalog([place])
    weak, il2 = catalogue.molecule("il2-weak"), catalogue.molecule("il2")
    assert weak["KD_beta"].value == 1440
    assert weak["KD_alpha"] == il2["KD_alpha"]
    assert weak["K10"].canonical == pytest.approx(10 * il2["K10"].canonical), (
        "derived from the variant's own numbers"
    )
    assert weak["K12"].canonical == pytest.approx(il2["K12"].canonical / 10)
    assert catalogue.reference("somebody-2031")["title"] == "A {Title}"


def test_user_entry_takes_the_place_of_a_shipped_one(tmp_path: Path) -> None:
    text = (
        (SHIPPED / "cells" / "cd8.toml").read_text(encoding="utf-8").replace("value  = 511", "value  = 3438")
    )
    place = folder(tmp_path, cells__cd8=text)
    (place / "cells" / "cd8").rename(place / "cells" / "cd8.toml")
    changed, shipped = load_catalog([place]), load_catalog()
    assert changed.cell("cd8")["CD122"].value == 3438
    assert changed.cell("nk") == shipped.cell("nk")
    assert changed.hash != shipped.hash


def test_a_variant_of_a_changed_base_follows_it(tmp_path: Path) -> None:
    catalogue = load_catalog(overrides=["il2.KD_beta=280"])
    assert catalogue.molecule("aldesleukin")["KD_beta"].value == 280
    only = load_catalog(overrides=["aldesleukin.KD_beta=280"])
    assert only.molecule("aldesleukin")["KD_beta"].value == 280
    assert only.molecule("il2")["KD_beta"].value == 144


def test_override_with_a_unit_and_what_follows_from_it() -> None:
    shipped, changed = (
        load_catalog(),
        load_catalog(overrides=["il2.KD_alpha=20000 pM", "fyfe-1995-rcc.patients=40"]),
    )
    assert changed.molecule("il2")["KD_alpha"].value == pytest.approx(20)
    assert changed.molecule("il2")["KD_alpha"].unit == "nM"
    assert changed.molecule("il2")["K10"].canonical == pytest.approx(
        shipped.molecule("il2")["K10"].canonical / 2
    )
    assert "shipped value 10" in changed.molecule("il2")["KD_alpha"].source.note
    assert changed.trial("fyfe-1995-rcc").patients == 40
    assert changed.hash != shipped.hash


def test_override_of_a_derived_value() -> None:
    molecule = load_catalog(overrides=["il2.K11=5000"]).molecule("il2")
    assert molecule["K11"].value == 5000 and molecule["K11"].formula is None
    assert molecule["K12"].canonical == pytest.approx(10 * 5000 / 144)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (
            "il2.KD_alpha",
            "--set: il2.KD_alpha: is not an override (write ID.FIELD=VALUE, such as pharmacokinetics.V1=3)",
        ),
        ("il22.KD_alpha=1", "--set: il22.KD_alpha: no entry 'il22' in the catalogue (did you mean 'il2'?)"),
        ("il2.KD_alfa=1", "--set: il2.KD_alfa: 'il2' has no 'KD_alfa' (did you mean 'KD_alpha'?)"),
        ("il2.KD_alpha=ten", "--set: il2.KD_alpha: 'ten' is not a number (a number in nM)"),
        ("il2.KD_alpha=nan", "--set: il2.KD_alpha: 'nan' is not a number (a number in nM)"),
        ("il2.KD_alpha=1e999", "--set: il2.KD_alpha: must be finite"),
        ("il2.KD_alpha=1 1/h", "--set: il2.KD_alpha: '1/h' has another dimension than 'nM' (a number in nM)"),
        ("il2.KD_alpha=1 nMM", "--set: il2.KD_alpha: 'nMM' is not a unit (did you mean 'nM'?)"),
        (
            "fyfe-1995-rcc.patients=many",
            "--set: fyfe-1995-rcc.patients: 'many' is not a whole number (now 255)",
        ),
    ],
)
def test_wrong_override(override: str, message: str) -> None:
    with pytest.raises(CatalogError) as caught:
        load_catalog(overrides=[override])
    assert str(caught.value) == message


def test_a_value_is_set_once() -> None:
    with pytest.raises(CatalogError) as caught:
        load_catalog(overrides=["il2.KD_alpha=12", "il2.KD_beta=280", " il2.KD_alpha = 13 nM"])
    message = "--set: il2.KD_alpha: is set twice, to 12 and to 13 nM (leave one of them out)"
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("override", "part"),
    [
        ("il2.KD_alpha=-1", "il2.KD_alpha: must be greater than 0, not -1"),
        ("il2.KD_alpha=1e9", "parameters.KD_alpha.value: 1e+09 nM is outside 0.001 to 1e+07"),
        ("fyfe-1995-rcc.patients=0", "patients: must be at least 1, not 0"),
        ("fyfe-1995-rcc.host=humann", "host: no host 'humann' in the catalogue (did you mean 'human'?)"),
    ],
)
def test_override_outside_what_is_possible(override: str, part: str) -> None:
    with pytest.raises(CatalogError) as caught:
        load_catalog(overrides=[override])
    assert part in str(caught.value)


def test_hash_does_not_depend_on_place_order_or_layout(tmp_path: Path) -> None:
    shipped = load_catalog()
    for kind in ("molecules", "hosts", "trials"):
        (tmp_path / kind).mkdir()
        for path in sorted((SHIPPED / kind).glob("*.toml"), reverse=True):
            shutil.copy(path, tmp_path / kind / path.name)
    text = (tmp_path / "hosts" / "human.toml").read_text(encoding="utf-8")
    blocks = text.split("\n\n")
    reordered = "\n\n".join([blocks[0], *reversed(blocks[1:-1]), blocks[-1]]).replace(
        "\n", "\n# a remark\n", 1
    )
    (tmp_path / "hosts" / "human.toml").write_text(reordered, encoding="utf-8")
    assert load_catalog([tmp_path]).hash == shipped.hash
    assert load_catalog().hash == shipped.hash
    changed = reordered.replace("value  = 80", "value  = 81")
    assert changed != reordered
    (tmp_path / "hosts" / "human.toml").write_text(changed, encoding="utf-8")
    assert load_catalog([tmp_path]).hash != shipped.hash


@pytest.mark.parametrize(
    ("files", "part"),
    [
        ({"molecule__x.toml": ""}, "catalogue: unknown folder (did you mean 'molecules'?)"),
        ({"molecules__My Drug.toml": 'title = "x"'}, "file name: is not an id (my-drug.toml)"),
        ({"molecules__x.toml": 'title = "x"\nbased_on = "il22"'}, "x.toml:2: based_on: no molecule 'il22' in the catalogue (did you mean 'il2'?)"),
        ({"molecules__x.toml": 'title = "x"\nbased_on = "x"'}, "x.toml:2: based_on: goes round in a circle"),
        ({"references.bib": "@article{a-2000,\n title = {x},\n year = {2000\n"}, "references.bib:1: a-2000: braces are not closed"),
        ({"references.bib": REFERENCE + REFERENCE}, "references.bib:6: somebody-2031: stands twice"),
        ({"tables__figures.csv": "id,valeu\nF1,2\n"}, "figures.csv:1: valeu: unknown column (did you mean 'value'?)"),
    ],
)  # fmt: skip
def test_wrong_folder(tmp_path: Path, files: dict[str, str], part: str) -> None:
    with pytest.raises(CatalogError) as caught:
        load_catalog([folder(tmp_path, **files)])
    assert part in str(caught.value)


def test_absent_folder(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="no such folder"):
        load_catalog([tmp_path / "absent"])


def test_problems_of_several_files_come_together(tmp_path: Path) -> None:
    place = folder(
        tmp_path,
        **{"cells__a.toml": 'title = "a"', "hosts__b.toml": 'titel = "b"', "molecules__c.toml": "title ="},
    )
    with pytest.raises(CatalogError) as caught:
        load_catalog([place])
    files = {Path(problem.file).name for problem in caught.value.problems}
    assert files == {"a.toml", "b.toml", "c.toml"}


def test_unknown_ids_name_the_nearest() -> None:
    catalogue = load_catalog()
    with pytest.raises(CatalogError, match=r"no cell 'tregs' in the catalogue \(did you mean 'treg'\?\)"):
        catalogue.cell("tregs")
    with pytest.raises(CatalogError, match=r"^'treg' has no parameter 'CD2' \(did you mean 'CD25'\?\)"):
        catalogue.cell("treg")["CD2"]


def test_a_wrong_value_is_one_problem_though_others_are_derived_from_it(tmp_path: Path) -> None:
    """K9, K10 and K12 follow from KD_alpha: only what the user wrote is reported."""
    text = (
        'kind = "molecule"\ntitle = "x"\nbased_on = "il2"\n[parameters.KD_alpha]\nlabel = "x"\nvalue = -3\nunit = "nM"\n'
        'rse = 0.3\nsource = { kind = "assumed" }\n'
    )
    with pytest.raises(CatalogError) as caught:
        load_catalog([folder(tmp_path, **{"molecules__x.toml": text})])
    assert [problem.field for problem in caught.value.problems] == ["parameters.KD_alpha.value"]
    with pytest.raises(CatalogError) as caught:
        load_catalog(overrides=["il2.KD_alpha=-3"])
    assert len(caught.value.problems) == 1
