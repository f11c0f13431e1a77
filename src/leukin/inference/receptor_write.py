"""Entries of the catalogue with fitted values put in their place, as a folder that `--catalog` reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from leukin.catalog import Catalogue
from leukin.catalog.load import SHIPPED
from leukin.errors import FolderError, Problem
from leukin.quantity import Parameter, from_canonical

#: entries of the shared values, in the order in which a name is looked up
SHARED = (("molecules", "il2"), ("mechanisms", "receptor-trafficking"), ("mechanisms", "stat5-signalling"))
#: blood cells that lose their own half-point: the fit gives one to all
ONE_POINT = (("cells", "nk"), "K_A")
#: residuals are structured: the spread stated is this many times the standard error
WIDER = 2.0


class Result(Protocol):
    """Fitted values (canonical) and standard errors of their logarithms."""

    @property
    def values(self) -> Mapping[str, float]: ...

    @property
    def errors(self) -> Mapping[str, float]: ...


def write(folder: Path, found: Result, catalogue: Catalogue) -> list[Path]:
    """Copies of the shipped files with values and spreads replaced; returns what was written.

    Raises FolderError where the folder cannot be written.
    """
    changes: dict[tuple[str, str], dict[str, tuple[float, float]]] = {}
    for name, value in found.values.items():
        place, parameter = home(name, catalogue)
        own = from_canonical(value, parameter.unit)
        spread = WIDER * found.errors[name]
        if parameter.dist == "logitnormal":  # from the logarithm to the logit
            spread /= 1.0 - float(own)
        changes.setdefault(place, {})[parameter.name] = (float(own), spread)
    changes.setdefault(ONE_POINT[0], {})
    written = []
    for (kind, key), values in changes.items():
        text = (SHIPPED / kind / f"{key}.toml").read_text(encoding="utf-8")
        for name, (value, spread) in values.items():
            text = replaced(text, name, value, spread)
        if (kind, key) == ONE_POINT[0]:
            text = without(text, ONE_POINT[1])
        path = folder / kind / f"{key}.toml"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            reason = error.strerror or "cannot be written"
            raise FolderError(Problem(file=str(path), reason=reason, fix="another --out")) from error
        written.append(path)
    return written


def home(name: str, catalogue: Catalogue) -> tuple[tuple[str, str], Parameter]:
    """The file in which a value stands, and its parameter."""
    cell, _, key = name.rpartition(".")
    if cell:
        return ("cells", cell), catalogue.cell(cell)[key]
    for kind, id in SHARED:
        record = catalogue.molecule(id) if kind == "molecules" else catalogue.mechanism(id)
        parameters = record.parameters
        if key in parameters:
            return (kind, id), parameters[key]
    raise FolderError(Problem(field=name, reason="has no home in the catalogue"))


def _block(text: str, name: str) -> tuple[int, int]:
    start = text.index(f"[parameters.{name}]")
    after = text.find("\n[", start + 1)
    return start, len(text) if after < 0 else after


def replaced(text: str, name: str, value: float, spread: float) -> str:
    """The file's text with the value and the spread of one parameter changed."""
    begin, end = _block(text, name)
    block = re.sub(r"(?m)^value( *)= .*$", lambda m: f"value{m[1]}= {value:.4g}", text[begin:end], count=1)
    if spread > 0:
        block = re.sub(r"(?m)^rse(?:_sd)?( *)= .*$", lambda m: f"rse_sd = {spread:.2g}", block, count=1)
    return text[:begin] + block + text[end:]


def without(text: str, name: str) -> str:
    """The file's text without one parameter."""
    if f"[parameters.{name}]" not in text:
        return text
    begin, end = _block(text, name)
    return text[:begin].rstrip("\n") + "\n" + text[end:]
