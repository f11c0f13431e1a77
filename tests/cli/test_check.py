"""`leukin check` on ten broken files: the file and line, the field, what is wrong, the nearest fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.commands import here

TRIAL = """\
title    = "High-dose aldesleukin"
host     = "human"
tumour   = "renal-cell-carcinoma"
patients = 100
horizon  = "36 month"
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
"""
CELL = """\
kind     = "cell"
title    = "A cell type"
based_on = "nk-dim"

[parameters.CD122]
label  = "CD122 on the surface"
value  = 2000
unit   = "molecule/cell"
rse    = 0.5
source = { kind = "assumed", note = "an example" }
"""

BROKEN = [
    (TRIAL, '"human"', '"humam"',
     "2: host: no host 'humam' in the catalogue (did you mean 'human'?)"),
    (TRIAL, '"36 month"', '"36 month',
     "5: TOML: a text does not end on its line (close it with a quotation mark)"),
    (TRIAL, "patients = 100", "patient = 100",
     "4: patient: unknown key (did you mean 'patients'?)"),
    (TRIAL, '"36 month"', '"36 kg"',
     '5: horizon: \'kg\' is not a time (units: "min", "h", "day", "week", "month")'),
    (TRIAL, '"8 h"', '"8"',
     '18: arm.dose.every: \'8\' has no unit (write a number and a unit, such as "8 h")'),
    (TRIAL, '"600000 IU/kg"', '"-600000 IU/kg"',
     '15: arm.dose.amount: must be greater than 0 ("600000 IU/kg")'),
    (TRIAL, '"600000 IU/kg"', '"600000 IU"',
     '15: arm.dose.amount: 600000 IU by iv infusion is outside 1e+06 to 2e+08 IU (did you mean "600000 IU/kg"?)'),
    (TRIAL, '"15 min"', '"nan min"',
     '17: arm.dose.infusion: \'nan min\' is not a finite number (write a number and a unit, such as "8 h")'),
    (TRIAL, '"iv infusion"', '"oral"',
     "16: arm.dose.route: aldesleukin cannot be given by 'oral'"),
    (CELL, "rse    = 0.5\n", "",
     "5: parameters.CD122: is assumed without a spread (add rse = 0.5, or rse_sd)"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "old", "new", "said"), BROKEN)
def test_a_broken_file(text: str, old: str, new: str, said: str, tmp_path: Path) -> None:
    assert text.count(old) == 1
    file = tmp_path / "mine.toml"
    file.write_text(text.replace(old, new), encoding="utf-8")
    answer = here("check", file)
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert answer.stderr.startswith(f"{file}:{said}")
    assert len(answer.stderr.splitlines()) == 1
    assert said.endswith("'oral'") or answer.stderr == f"{file}:{said}\n"


@pytest.mark.parametrize("text", [TRIAL, CELL])
def test_the_same_files_unbroken(text: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())  # as some editors write it
    answer = here("check", file)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, f"{file}: ok\n", "")


def test_all_problems_of_a_file_at_once(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    text = TRIAL.replace('"human"', '"humam"').replace('"8 h"', '"8 kg"').replace('"iv infusion"', '"oral"')
    file.write_text(text, encoding="utf-8")
    answer = here("check", file)
    lines = answer.stderr.splitlines()
    assert answer.returncode == 2
    assert [line.split(":")[1] for line in lines] == ["2", "16", "18"]


def test_a_procedure_is_refused_as_run_refuses_it(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    procedure = '\n[[arm.procedure]]\nkind = "surgery"\nat   = "-7 day"\n'
    file.write_text(TRIAL + procedure, encoding="utf-8")
    checked, run = here("check", file), here("run", file, "--out", tmp_path / "out")
    assert checked.returncode == run.returncode == 2
    assert checked.stderr.startswith(
        f"{file}:21: arm.procedure: surgery in arm 'high dose' cannot be simulated yet"
    )
