"""The examples of CONTRIBUTING.md are catalogue entries that load."""

from __future__ import annotations

import re
from pathlib import Path

from leukin.catalog import load_catalog

GUIDE = Path(__file__).parents[2] / "CONTRIBUTING.md"
EXAMPLE = re.compile(
    r"^### [^\n]*`(?P<file>\w+/[\w-]+\.toml)`\n+```toml\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL
)


def test_examples_load_as_a_users_folder(tmp_path: Path) -> None:
    for example in EXAMPLE.finditer(GUIDE.read_text(encoding="utf-8")):
        file = tmp_path / example["file"]
        file.parent.mkdir()
        file.write_text(example["text"], encoding="utf-8")

    catalogue = load_catalog([tmp_path])

    shipped = catalogue.molecule("aldesleukin").parameters
    changed = catalogue.molecule("il2-tight").parameters
    # What detailed balance derives from the constant follows; everything else is as shipped.
    different = {name for name in changed if changed[name] != shipped.get(name)}
    assert {name for name in different if changed[name].source.kind != "derived"} == {"KD_alpha"}
    assert changed["KD_alpha"].value == 1
    assert catalogue.cell("nk-example").parameters["CD122"].value == 2000
    assert catalogue.trial("example-melanoma").arms[0].doses[0].text() == "72000 IU/kg"
    rat = catalogue.host("rat")
    assert rat["k12"].canonical < catalogue.host("mouse")["k12"].canonical and rat["V1"].formula is None
