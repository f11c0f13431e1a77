"""What starting leukin loads: names are cheap, solvers, tables and plots come on first use."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

import leukin

HEAVY = "numpy scipy pandas pyarrow matplotlib plotly llvmlite pydantic pint jinja2".split()
REPORT = f"import sys; print('loaded', *[name for name in {HEAVY} if name in sys.modules])"


def loaded_by(code: str) -> list[str]:
    """The heavy libraries that a fresh interpreter holds after `code`."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{REPORT}"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1].split()[1:]


def test_the_measure_sees_a_heavy_import() -> None:
    assert "numpy" in loaded_by("import numpy")


def test_import_loads_nothing_heavy() -> None:
    assert loaded_by("import leukin; leukin.__version__; leukin.LeukinError; dir(leukin)") == []


def test_help_loads_nothing_heavy() -> None:
    code = """
import runpy, sys
sys.argv = ["leukin", "--help"]
try:
    runpy.run_module("leukin", run_name="__main__")
except SystemExit as stop:
    assert not stop.code, stop.code
"""
    assert loaded_by(code) == []


@pytest.mark.parametrize("name", sorted(leukin.__all__))
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(leukin, name) is not None
    assert name in dir(leukin)


def test_public_names_do_not_hide_behind_modules() -> None:
    # `leukin.simulate` is the module once anything has imported it: a verb of the same name would come and go.
    for name in leukin.__all__:
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module(f"leukin.{name}")


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'lymphocyte'"):
        leukin.lymphocyte  # noqa: B018
