"""Single values that a user sets: "ID.FIELD=VALUE" or "ID.FIELD=VALUE UNIT"."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from leukin.catalog.inherit import inherit
from leukin.catalog.toml_lines import Document, one_line
from leukin.errors import Problem, UnitError, nearest
from leukin.quantity import from_canonical, to_canonical, unit

PLACE = "--set"
Documents = dict[str, dict[str, Document]]


def apply_overrides(
    documents: Mapping[str, Mapping[str, Document]], overrides: Iterable[str]
) -> tuple[Documents, list[Problem]]:
    """Documents with the given values changed, and what is wrong with the overrides."""
    changed: Documents = {kind: dict(table) for kind, table in documents.items()}
    problems: list[Problem] = []
    before: dict[str, str] = {}
    for text in map(one_line, overrides):
        found = re.fullmatch(r"\s*([A-Za-z0-9-]+)\.([A-Za-z0-9_]+)\s*=\s*(\S.*?)\s*", text)
        if not found:
            fix = "write ID.FIELD=VALUE, such as pharmacokinetics.V1=3"
            problems.append(Problem(file=PLACE, field=text.strip(), reason="is not an override", fix=fix))
            continue
        key, name, value = found.groups()
        field = f"{key}.{name}"
        if field in before:
            reason, fix = f"is set twice, to {before[field]} and to {value}", "leave one of them out"
            problems.append(Problem(file=PLACE, field=field, reason=reason, fix=fix))
            continue
        before[field] = value
        problems += _apply(changed, key, name, value)
    return changed, problems


def _apply(documents: Documents, key: str, name: str, text: str) -> list[Problem]:
    field = f"{key}.{name}"
    kinds = [kind for kind, table in documents.items() if key in table]
    if not kinds:
        ids = {known for table in documents.values() for known in table}
        return [
            Problem(
                file=PLACE, field=field, reason=f"no entry '{key}' in the catalogue", fix=nearest(key, ids)
            )
        ]
    names: set[str] = set()
    for kind in kinds:
        document, _ = inherit(kind, key, documents[kind])
        parameters = document.data.get("parameters", {})
        settable = {
            n: v for n, v in document.data.items() if isinstance(v, (int, float, str)) and n != "kind"
        }
        names |= parameters.keys() | settable.keys()
        if name in parameters:
            return _parameter(documents, kind, key, name, parameters[name], text)
        if name in settable:
            value, reason = _plain(settable[name], text)
            if reason:
                return [Problem(file=PLACE, field=field, reason=reason, fix=f"now {settable[name]}")]
            data = {**document.data, name: value}
            documents[kind][key] = replace(document, data=data, file=PLACE, text="")
            return []
    return [Problem(file=PLACE, field=field, reason=f"'{key}' has no '{name}'", fix=nearest(name, names))]


def _plain(old: Any, text: str) -> tuple[Any, str]:
    if isinstance(old, str):
        return text.strip("\"'"), ""
    if re.fullmatch(r"[+-]?\d{1,18}", text):
        return int(text), ""
    return None, f"'{text}' is not a whole number"


def _parameter(documents: Documents, kind: str, key: str, name: str, table: Any, text: str) -> list[Problem]:
    field = f"{key}.{name}"
    document = documents[kind][key]
    own = table.get("unit", "1") if isinstance(table, dict) else "1"
    found = re.fullmatch(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*)", text)
    if not found or not isinstance(table, dict):
        return [
            Problem(file=PLACE, field=field, reason=f"'{text}' is not a number", fix=f"a number in {own}")
        ]
    value = float(found.group(1))
    try:
        if found.group(2):
            given, wanted = unit(found.group(2)), unit(own)
            if not given.same_dimension(wanted):
                reason = f"'{found.group(2)}' has another dimension than '{own}'"
                return [Problem(file=PLACE, field=field, reason=reason, fix=f"a number in {own}")]
            value = float(from_canonical(to_canonical(value, found.group(2)), own))
    except UnitError as error:
        return [Problem(file=PLACE, field=field, reason=p.reason, fix=p.fix) for p in error.problems]
    if not math.isfinite(value):
        return [Problem(file=PLACE, field=field, reason="must be finite")]
    source = table.get("source")
    free = isinstance(source, dict) and source.get("kind") == "definition"
    if value <= 0 and not free and table.get("dist", "lognormal") == "lognormal":
        return [Problem(file=PLACE, field=field, reason=f"must be greater than 0, not {value:g}")]
    now = {n: v for n, v in table.items() if n not in ("formula", "value")} | {"value": value}
    if isinstance(source, dict):
        before = table.get("value", table.get("formula"))
        kind_now = "assumed" if source.get("kind") in ("derived", "translated") else source.get("kind")
        note = f"set by the user, shipped value {before}; {source.get('note', '')}".rstrip("; ")
        now["source"] = {**source, "kind": kind_now, "note": note}
        if kind_now == "assumed" and not (now.get("rse") or now.get("rse_sd")):
            now["source"]["kind"] = "definition"
    data = {**document.data, "parameters": {**document.data.get("parameters", {}), name: now}}
    documents[kind][key] = replace(document, data=data)
    return []
