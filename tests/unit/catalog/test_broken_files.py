"""One broken file, one right line: where it is, what is wrong and the nearest fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from leukin.catalog import Catalogue, check_file, load_catalog, load_trial
from leukin.errors import CatalogError

TRIAL = """\
title    = "Test"
host     = "human"
tumour   = "melanoma"
patients = 100
horizon  = "12 month"
response = "WHO"
scans    = { every = "8 week" }

[[arm]]
name = "high dose"
rule = "high-dose-withholding"

[[arm.dose]]
molecule = "aldesleukin"
amount   = "600000 IU/kg"
route    = "iv infusion"
infusion = "15 min"
every    = "8 h"
count    = 14
cycles   = 2
rest     = "9 day"

[arm.retreat]
courses = 3
every   = "10 week"
while   = "response or stable"

[[published]]
figure   = "F043a"
quantity = "orr"
"""

CELL = """\
kind  = "cell"
title = "Test cell"

[parameters.CD25]
label  = "CD25"
value  = 100
unit   = "molecule/cell"
rse    = 0.5
bounds = [1, 1e6]
source = { kind = "measured", cite = "farhat-2021", where = "data" }

[parameters.CD122]
value  = 500
unit   = "molecule/cell"
rse    = 0.5
source = { kind = "assumed" }

[parameters.CD132]
formula = "20*CD122"
unit    = "molecule/cell"
source  = { kind = "derived" }
"""

BROKEN_TRIALS = [
    ('title    = "Test"', "title    = Test", 1, "TOML", "invalid value", "texts need quotes"),
    ("patients = 100", "patient = 100", 4, "patient", "unknown key", "did you mean 'patients'?"),
    ("patients = 100", "patients = 0", 4, "patients", "must be at least 1, not 0", ""),
    ("patients = 100", "patients = -5", 4, "patients", "must be at least 1, not -5", ""),
    ("patients = 100", "patients = 10.5", 4, "patients", "must be a whole number, not 10.5", ""),
    ("patients = 100", 'patients = "many"', 4, "patients", "must be a whole number, not 'many'", ""),
    ("patients = 100", "patients = true", 4, "patients", "must be a whole number, not true", ""),
    ("patients = 100", "patients = nan", 4, "patients", "must be a whole number, not nan", ""),
    ('host     = "human"', 'host     = "humann"', 2, "host", "no host 'humann' in the catalogue", "did you mean 'human'?"),
    ('host     = "human"\n', "", 1, "host", "is missing", 'host = "human"'),
    ('"melanoma"', '"melanomas"', 3, "tumour", "no tumour 'melanomas' in the catalogue", "did you mean 'melanoma'?"),
    ('"12 month"', '"12 moth"', 5, "horizon", "'moth' is not a unit", "did you mean 'month'?"),
    ('"12 month"', '"12 kg"', 5, "horizon", "'kg' is not a time", 'units: "min", "h", "day", "week", "month"'),
    ('"12 month"', "12", 5, "horizon", "12 has no unit", 'write a number and a unit, such as "8 h"'),
    ('"12 month"', '"-12 month"', 5, "horizon", "must not be negative", '"12 month"'),
    ('"12 month"', '"nan month"', 5, "horizon", "'nan month' is not a finite number", 'write a number and a unit, such as "8 h"'),
    ('"12 month"', '"1e999 h"', 5, "horizon", "must be finite", ""),
    ('"12 month"', '"12 h"', 7, "scans.every", "is longer than the horizon: no scan is made", ""),
    ('"8 week"', '"8 h"', 7, "scans.every", "gives more than 1000 scans", 'every = "8 week"'),
    ('"WHO"', '"RECIST"', 6, "response", "'RECIST' is not allowed", "did you mean 'RECIST 1.1'?"),
    ('{ every = "8 week" }', '{ evry = "8 week", every = "8 week" }', 7, "scans.evry", "unknown key", "did you mean 'every'?"),
    ('scans    = { every = "8 week" }\n', "", 1, "scans", "is missing", 'scans = { every = "8 week" }'),
    ('rule = "high-dose-withholding"', 'rule = "high-dose"', 11, "arm.rule", "no rule 'high-dose' in the catalogue", "did you mean 'high-dose-withholding'?"),
    ('"aldesleukin"', '"aldesleukine"', 14, "arm.dose.molecule", "no molecule 'aldesleukine' in the catalogue", "did you mean 'aldesleukin'?"),
    ('"600000 IU/kg"', '"600000 IU"', 15, "arm.dose.amount", "600000 IU by iv infusion is outside 1e+06 to 2e+08 IU", 'did you mean "600000 IU/kg"?'),
    ('"600000 IU/kg"', '"600000 MIU/kg"', 15, "arm.dose.amount", "600000 MIU/kg by iv infusion is outside 0.003 to 3 MIU/kg", "check the unit; the range stands in the molecule's file"),
    ('"600000 IU/kg"', '"600,000 IU/kg"', 15, "arm.dose.amount", "'600,000 IU/kg' has a comma", "write numbers without thousands marks"),
    ('"600000 IU/kg"', '"600000 IU/h"', 15, "arm.dose.amount", "'per h' is not a basis of a dose", "doses are flat, per kg or per m2; use every = ... for the interval"),
    ('"600000 IU/kg"', '"600000 nM/kg"', 15, "arm.dose.amount", "'nM' is not an amount", "units: IU, MIU, mg, ug, nmol or cells"),
    ('"600000 IU/kg"', '"-600000 IU/kg"', 15, "arm.dose.amount", "must be greater than 0", '"600000 IU/kg"'),
    ('"iv infusion"', '"oral"', 16, "arm.dose.route", "aldesleukin cannot be given by 'oral': a protein is digested before it is absorbed", "one of: im, intralesional, intratumoural, ip, iv bolus, iv infusion, peritumoural, regional perfusion, sc"),
    ('"iv infusion"', '"subcutaneous"', 16, "arm.dose.route", "aldesleukin cannot be given by 'subcutaneous'", "did you mean 'sc'?"),
    ('"iv infusion"', '"Intramuscular"', 16, "arm.dose.route", "aldesleukin cannot be given by 'Intramuscular'", "did you mean 'im'?"),
    ('"iv infusion"', '"iv infusoin"', 16, "arm.dose.route", "aldesleukin cannot be given by 'iv infusoin'", "did you mean 'iv infusion'?"),
    ('infusion = "15 min"\n', "", 13, "arm.dose.infusion", "is missing", 'infusion = "15 min", or route = "iv bolus"'),
    ('infusion = "15 min"', 'infusion = "15 hour"', 17, "arm.dose.infusion", "is longer than the interval between doses", "check every and infusion"),
    ('every    = "8 h"\n', "", 13, "arm.dose.every", "is missing", 'every = "8 h"'),
    ('every    = "8 h"', 'every    = "0 h"', 18, "arm.dose.every", "must be greater than 0", ""),
    ("count    = 14", "count    = 14\naddl = 13", 20, "arm.dose.addl", "stands beside count", "keep one of them"),
    ("count    = 14", "count    = inf", 19, "arm.dose.count", "must be a whole number, not inf", ""),
    ('every   = "10 week"', 'every   = "10 day"', 25, "arm.retreat.every", "starts the next course before the doses of this one end", "the last dose starts on day 19"),
    ('"F043a"', '"F043"', 29, "published.figure", "no figure 'F043'", None),
    ('quantity = "orr"', 'quantity = "or"', 30, "published.quantity", "'or' is not allowed", "did you mean 'orr'?"),
    ("[[published]]", '[[arm]]\nname = "high dose"\nregimen = "aldesleukin-low-dose"\n\n[[published]]', 29, "arm[2].name", "'high dose' is the name of an arm above", "'high dose 2'"),
    ("[[arm.dose]]\n", 'regimen = "aldesleukin-low-dose"\n[[arm.dose]]\n', 14, "arm.dose", "differs from regimen 'aldesleukin-low-dose'", "leave out regimen, or the doses"),
]  # fmt: skip

BROKEN_CELLS = [
    ("value  = 100", 'value  = "100"', 6, "parameters.CD25.value", "must be a number, not '100'", ""),
    ("value  = 100", "value  = nan", 6, "parameters.CD25.value", "must be a finite number, not nan", ""),
    ("value  = 100", "value  = -100", 6, "parameters.CD25.value", None, None),
    ("value  = 100", "value  = 2e6", 6, "parameters.CD25.value", "2e+06 molecule/cell is outside 1 to 1e+06", "check value and unit"),
    ("value  = 100\n", "", 4, "parameters.CD25.value", "is missing", "value = 1.0, or formula for a derived one"),
    ('unit   = "molecule/cell"\nrse    = 0.5\nbounds', "rse    = 0.5\nbounds", 4, "parameters.CD25.unit", "is missing", 'unit = "1/h"; unit = "1" for a plain number'),
    ('unit   = "molecule/cell"\nrse    = 0.5\nbounds', 'unit   = "molecul/cell"\nrse    = 0.5\nbounds', 7, "parameters.CD25.unit", "'molecul/cell' is not a unit", "did you mean 'molecule'?"),
    ('unit   = "molecule/cell"\nrse    = 0.5\nbounds', 'unit   = "nM"\nrse    = 0.5\nbounds', 7, "parameters.CD25.unit", "'nM' has another dimension than 'molecule/cell'", 'unit = "molecule/cell"'),
    ('source = { kind = "measured", cite = "farhat-2021", where = "data" }\n', "", 4, "parameters.CD25.source", "is missing", None),
    ('"farhat-2021"', '"farhad-2021"', 10, "parameters.CD25.source.cite", "'farhad-2021' is not in references.bib", "did you mean 'farhat-2021'?"),
    ('kind = "measured"', 'kind = "mesured"', 10, "parameters.CD25.source.kind", "'mesured' is not allowed", "did you mean 'measured'?"),
    ("rse    = 0.5\nsource = { kind", "source = { kind", 12, "parameters.CD122", "is assumed without a spread", "add rse = 0.5, or rse_sd"),
    ("rse    = 0.5\nsource = { kind", "rse    = -0.5\nsource = { kind", 15, "parameters.CD122.rse", "must not be negative", "rse = 0.5"),
    ("rse    = 0.5\nsource = { kind", "res    = 0.5\nrse = 0.5\nsource = { kind", 15, "parameters.CD122.res", "unknown key", "did you mean 'rse'?"),
    ('"20*CD122"', '"20*CD12"', 19, "parameters.CD132.formula", "unknown name 'CD12'", "did you mean 'CD122'?"),
    ('"20*CD122"', '"20*CD132"', 19, "parameters.CD132.formula", "refers to itself", ""),
    ('"20*CD122"', '"20*CD122*CD25"', 19, "parameters.CD132.formula", "'20*CD122*CD25' is not in molecule cell^-1", "check the units of its parts"),
    ('"20*CD122"', '"__import__(1)"', 19, "parameters.CD132.formula", None, None),
    ('formula = "20*CD122"', 'formula = "20*CD122"\nvalue = 3', 19, "parameters.CD132.formula", "stands beside a value", "keep one of them"),
    ('title = "Test cell"\n', "", 1, "title", "is missing", 'title = "..."'),
    ('kind  = "cell"', 'kind  = "cel"', 1, "kind", "'cel' is not a kind of entry", "did you mean 'cell'?"),
    ("[parameters.CD132]", "[parameters.CD132]\n[parameters.CD122]", 19, "TOML", None, None),
]  # fmt: skip


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalog()


def broken(tmp_path: Path, text: str, old: str, new: str) -> Path:
    assert text.count(old) == 1, "the mutation must be unique"
    path = tmp_path / "test-file.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def test_sound_files_have_no_problems(tmp_path: Path, catalogue: Catalogue) -> None:
    for text in (TRIAL, CELL):
        path = tmp_path / "sound.toml"
        path.write_text(text, encoding="utf-8")
        assert check_file(path, catalogue) == []


@pytest.mark.parametrize(("old", "new", "line", "field", "reason", "fix"), BROKEN_TRIALS + BROKEN_CELLS)
def test_one_problem_with_its_line(
    tmp_path: Path,
    catalogue: Catalogue,
    old: str,
    new: str,
    line: int,
    field: str,
    reason: str | None,
    fix: str | None,
) -> None:
    text = TRIAL if (old, new, line, field, reason, fix) in BROKEN_TRIALS else CELL
    path = broken(tmp_path, text, old, new)
    problems = check_file(path, catalogue)
    assert problems, "nothing found"
    first = problems[0]
    assert len(problems) == 1 or reason is None, [str(p) for p in problems]
    assert (first.file, first.line, first.field) == (str(path), line, field)
    assert reason is None or first.reason == reason
    assert fix is None or first.fix == fix
    assert "\n" not in str(first)
    assert str(first).startswith(f"{path}:{line}: {field}: ")


def test_run_refuses_what_check_refuses(tmp_path: Path, catalogue: Catalogue) -> None:
    path = broken(tmp_path, TRIAL, '"600000 IU/kg"', '"600000 IU"')
    with pytest.raises(CatalogError) as caught:
        load_trial(path, catalogue)
    assert list(caught.value.problems) == check_file(path, catalogue)


def test_all_problems_of_a_file_together(tmp_path: Path, catalogue: Catalogue) -> None:
    text = TRIAL.replace('"12 month"', '"12 kg"').replace('"human"', '"humann"').replace('"9 day"', '"9 dya"')
    path = tmp_path / "many.toml"
    path.write_text(text, encoding="utf-8")
    assert [problem.line for problem in check_file(path, catalogue)] == [2, 5, 21]


def test_missing_file_and_unknown_id(tmp_path: Path, catalogue: Catalogue) -> None:
    with pytest.raises(CatalogError, match="no such file"):
        load_trial(tmp_path / "absent.toml", catalogue)
    with pytest.raises(CatalogError, match=r"no trial 'fyfe-1995'.*did you mean 'fyfe-1995-rcc'"):
        load_trial("fyfe-1995", catalogue)
    assert len(check_file(tmp_path, catalogue)) == 1


@pytest.mark.parametrize(
    "raw", [b"", b"\xff\xfe", b"\x00", b"a = " + b"[" * 3000, b"x = 1" + b"0" * 5000, b"<html></html>"]
)
def test_not_a_catalogue_file(tmp_path: Path, catalogue: Catalogue, raw: bytes) -> None:
    path = tmp_path / "raw.toml"
    path.write_bytes(raw)
    problems = check_file(path, catalogue)
    assert problems and all(problem.file == str(path) and "\n" not in str(problem) for problem in problems)
