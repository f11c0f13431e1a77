"""Quantities as a user writes them in trial and regimen files: "600000 IU/kg", "8 h", "36 month"."""

from __future__ import annotations

import math
import re
from typing import get_args

from leukin.catalog.records import Basis
from leukin.errors import Problem, UnitError
from leukin.quantity import unit

NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
HOUR = unit("h")
AMOUNTS = ("IU", "g", "nmol", "cell", "EAID50")  # a dose is counted in one of these


def time(text: object, positive: bool = False, negative: bool = False) -> float:
    """Hours in a text such as "8 h", "15 min" or "9 day".

    positive: zero is refused; negative: a time before the start is accepted. Raises UnitError.
    """
    value, word = _split(text, 'write a number and a unit, such as "8 h"')
    if not unit(word).same_dimension(HOUR):
        raise UnitError(
            Problem(reason=f"'{word}' is not a time", fix='units: "min", "h", "day", "week", "month"')
        )
    hours = value * unit(word).factor
    if not math.isfinite(hours):
        raise UnitError(Problem(reason="must be finite"))
    if hours < 0 and not negative:
        raise UnitError(Problem(reason="must not be negative", fix=f'"{abs(value):g} {word}"'))
    if hours == 0 and positive:
        raise UnitError(Problem(reason="must be greater than 0"))
    return hours


def amount(text: object) -> tuple[float, str, Basis]:
    """Value, unit and basis of a dose such as "600000 IU/kg", "18 MIU/m2", "1.1 mg" or "1e10 cells".

    Raises UnitError.
    """
    value, word = _split(text, 'write a number and a unit, such as "600000 IU/kg"')
    word, slash, per = word.replace(" ", "").replace("m^2", "m2").replace("m**2", "m2").partition("/")
    if slash and per not in get_args(Basis)[1:]:
        fix = "doses are flat, per kg or per m2; use every = ... for the interval"
        raise UnitError(Problem(reason=f"'per {per}' is not a basis of a dose", fix=fix))
    found = unit(word)
    if not any(found.same_dimension(unit(known)) for known in AMOUNTS):
        raise UnitError(
            Problem(reason=f"'{word}' is not an amount", fix="units: IU, MIU, mg, ug, nmol or cells")
        )
    if not math.isfinite(value * found.factor):
        raise UnitError(Problem(reason="must be finite"))
    if value <= 0:
        fix = f'"{abs(value):g} {word}{slash}{per}"' if value else "leave the dose out"
        raise UnitError(Problem(reason="must be greater than 0", fix=fix))
    basis: Basis = "kg" if per == "kg" else "m2" if per == "m2" else "flat"
    return value, word, basis


def level(text: object) -> tuple[float, bool]:
    """A level in plasma such as "100 pg/mL" or "0.1 nM" in canonical units, and whether it is molar.

    Raises UnitError.
    """
    fix = 'write a number and a unit, such as "100 pg/mL" or "0.1 nM"'
    value, word = _split(text, fix)
    found = unit(word)
    molar = found.same_dimension(unit("nM"))
    if not molar and not found.same_dimension(unit("pg/mL")):
        raise UnitError(Problem(reason=f"'{word}' is not a level", fix=fix))
    if not math.isfinite(value * found.factor):
        raise UnitError(Problem(reason="must be finite"))
    if value <= 0:
        raise UnitError(Problem(reason="must be greater than 0", fix="leave the entry out"))
    return value * found.factor, molar


def rate(text: object) -> tuple[float, str, Basis, float]:
    """Value, unit, basis and hours of a rate such as "18 MIU/m2/day": so much in so many hours.

    Raises UnitError.
    """
    fix = 'write an amount and a time, such as "18 MIU/m2/day"'
    value, word = _split(text, fix)
    head, slash, last = word.rpartition("/")
    if not slash or not unit(last).same_dimension(HOUR):
        raise UnitError(Problem(reason=f"'{word}' is not an amount a time", fix=fix))
    return *amount(f"{value!r} {head}"), unit(last).factor


def _split(text: object, fix: str) -> tuple[float, str]:
    if isinstance(text, bool) or not isinstance(text, (str, int, float)):
        raise UnitError(Problem(reason="must be a quantity", fix=fix))
    if not isinstance(text, str):
        raise UnitError(Problem(reason=f"{_short(text)} has no unit", fix=fix))
    found = re.fullmatch(rf"\s*({NUMBER})\s*(.*?)\s*", text, re.DOTALL)
    if not found:
        named = re.match(r"\s*[+-]?(nan|inf)", text, re.IGNORECASE)
        raise UnitError(
            Problem(
                reason=f"'{_short(text)}' is not a " + ("finite number" if named else "quantity"), fix=fix
            )
        )
    if not found.group(2):
        raise UnitError(Problem(reason=f"'{_short(text)}' has no unit", fix=fix))
    if re.match(r",\d", found.group(2)):
        raise UnitError(
            Problem(reason=f"'{_short(text)}' has a comma", fix="write numbers without thousands marks")
        )
    return float(found.group(1)), found.group(2)


def _short(value: object) -> str:
    try:
        text = " ".join(str(value).split())
    except ValueError:
        return "a number with too many digits"
    return text if len(text) <= 40 else text[:37] + "..."
