"""The examples of docs/receptors.md run as they stand."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import leukin as lk

PAGE = (Path(__file__).parents[2] / "docs" / "receptors.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


def test_the_variant_loads_and_is_weaker(tmp_path: Path) -> None:
    (tmp_path / "molecules").mkdir()
    (tmp_path / "molecules" / "il2-mine.toml").write_text(blocks("toml")[0], encoding="utf-8")
    book = lk.load_catalog([tmp_path])
    fits = lk.dose_response(["il2", "il2-mine"], "treg", catalogue=book).fits["ec50_nM"]
    assert fits.iloc[1] > 5 * fits.iloc[0]


def test_the_python_runs(tmp_path: Path) -> None:
    for text in blocks("python"):
        (tmp_path / "example.py").write_text(text, encoding="utf-8")
        runpy.run_path(str(tmp_path / "example.py"))


def test_every_parameter_of_the_table_exists() -> None:
    from leukin.biology.gamma_chain import FAMILIES

    named = set(re.findall(r"^\| `(\w+)`", PAGE, flags=re.MULTILINE))
    assert named - {"valency"} <= set(FAMILIES[0].factors)
