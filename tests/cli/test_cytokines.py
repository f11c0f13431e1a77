"""Cytokines in an arm, as a user meets them: the example of the docs, broken files, export."""

from __future__ import annotations

import re
from pathlib import Path

import libsbml
import pandas
import pytest

from cli.commands import here

PAGE = Path(__file__).parents[2] / "docs" / "cytokines.md"
EXAMPLE = re.findall(r"^```toml\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)[0]
ARM = "with an antibody against TNF"

BROKEN = [
    ('"TNF"', '"TNFa"', "17: arm[2].cytokine[1].cytokine: no cytokine 'TNFa' (did you mean 'TNF'?)"),
    ("= 0.95", "= 1.2", "20: arm[2].cytokine[1].neutralised: must be at most 1, not 1.2"),
    ("= 0.95", "= -0.1", "20: arm[2].cytokine[1].neutralised: must be greater than 0, not -0.1"),
    ("= 0.95", "= nan", "20: arm[2].cytokine[1].neutralised: must be a finite number, not nan"),
    ("neutralised = 0.95", 'given = "5 nM"',
     '20: arm[2].cytokine[1].given: a level of TNF is a mass ("100 pg/mL")'),
    ("neutralised = 0.95", "",
     '16: arm[2].cytokine[1].neutralised: is missing (neutralised = 0.95, or given = "100 pg/mL")'),
    ("neutralised = 0.95", 'given = "5 pg/mL"\nneutralised = 0.95',
     '21: arm[2].cytokine[1].neutralised: stands beside given (neutralised = 0.95, or given = "100 pg/mL")'),
    ("neutralised = 0.95", "neutralized = 0.95",
     "20: arm[2].cytokine[1].neutralized: unknown key (did you mean 'neutralised'?)"),
    ('"IL15"', '"IL2"',
     '26: arm[2].cytokine[2].given: interleukin-2 is given as a dose (an [[arm.dose]] of "aldesleukin")'),
    ('"IL15"', '"TNF"', '24: arm[2].cytokine[2].at: TNF overlaps in time with an entry above (at = "168 h", or later)'),
    ('"5 day"', '"0 day"', "19: arm[2].cytokine[1].for: must be greater than 0"),
    ('"2 day"', '"20 day"', "18: arm[2].cytokine[1].at: is not before the horizon: nothing would happen"),
    ('"100 pg/mL"', '"100 IU"',
     '26: arm[2].cytokine[2].given: \'IU\' is not a level (write a number and a unit, such as "100 pg/mL" or "0.1 nM")'),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), BROKEN)
def test_a_broken_entry_is_one_line(old: str, new: str, said: str, tmp_path: Path) -> None:
    assert EXAMPLE.count(old) == 1
    file = tmp_path / "tnf.toml"
    file.write_text(EXAMPLE.replace(old, new), encoding="utf-8")
    answer = here("check", file)
    assert (answer.returncode, answer.stdout, answer.stderr) == (2, "", f"{file}:{said}\n")


def test_the_example_is_checked_simulated_and_exported(tmp_path: Path) -> None:
    file, table, chart, model = (tmp_path / name for name in ("tnf.toml", "tnf.csv", "tnf.png", "tnf.xml"))
    file.write_text(EXAMPLE, encoding="utf-8")
    assert here("check", file).stdout == f"{file}: ok\n"
    answer = here("simulate", file, "--arm", ARM, "--csv", table, "--plot", chart)
    assert answer.returncode == 0, answer.stderr
    assert chart.stat().st_size > 10_000
    rows = pandas.read_csv(table).pivot(index="time_h", columns="name", values="value")
    before, during, after = rows.loc[1:47], rows.loc[48:167], rows.loc[168:]
    assert (before["TNF_free"] == before["TNF"]).all() and before["TNF"].max() > 1
    assert during["TNF_free"].to_numpy() == pytest.approx(0.05 * during["TNF"].to_numpy(), rel=1e-12)
    assert (after["TNF_free"] == after["TNF"]).all()
    assert here("export", file, "--arm", ARM, "--out", model).returncode == 0
    document = libsbml.readSBMLFromFile(str(model))
    assert document.checkConsistency() == 0
    sets = [
        (event.getTrigger().getMath(), event.getListOfEventAssignments())
        for event in document.getModel().getListOfEvents()
    ]
    times = sorted(
        float(libsbml.formulaToL3String(trigger).partition(">=")[2].split()[0])
        for trigger, changes in sets
        if any(change.getVariable() == "free_TNF" for change in changes)
    )
    assert times == [48.0, 168.0]


def test_both_arms_run_side_by_side_and_the_doses_act_alike_before(tmp_path: Path) -> None:
    from leukin import load_catalog
    from leukin.catalog import load_trial
    from leukin.trial import follow, plan

    file = tmp_path / "tnf.toml"
    file.write_text(
        EXAMPLE.replace("12 h", "60 h").replace('rule    = "high-dose-withholding"\n', ""), encoding="utf-8"
    )
    known = load_catalog()
    made = plan(load_trial(str(file), known), known, patients=4)
    times = [0.0, 24.0, 47.0, 72.0, 90.0]
    plain, treated = (
        follow(made, name, 2, times, ["leak", "SBP", "IL6"]).trajectory for name in ("high dose", ARM)
    )
    assert (plain["SBP"][0, :3] == treated["SBP"][0, :3]).all()
    assert (treated["SBP"][0, 3:] > plain["SBP"][0, 3:]).all()
    assert (treated["IL6"][0, 3:] < plain["IL6"][0, 3:]).all()
