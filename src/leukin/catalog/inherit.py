"""Entries that say only how they differ from another of their kind: `based_on = "il2"`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from leukin.catalog.toml_lines import Document
from leukin.errors import Problem, nearest

BASE = "based_on"
#: keys that an entry takes from the nearest entry below it that states them
TAKEN = ("routes", "refused")


def inherit(kind: str, key: str, table: Mapping[str, Document]) -> tuple[Document, list[Problem]]:
    """The document `key` with the parameters of the entry that it is based on, its own in their place.

    The result says no longer what it is based on: it stands alone.
    """
    document = table[key]
    parameters: dict[str, Any] = {}
    chain = [key]
    here = document
    while isinstance(base := here.data.get(BASE), str):
        if base in chain:
            return document, [document.problem((BASE,), "goes round in a circle")]
        if base not in table:
            reason = f"no {kind} '{base}' in the catalogue"
            return document, [
                document.problem((BASE,), reason, nearest(base, [k for k in table if k != key]))
            ]
        chain.append(base)
        here = table[base]
    if len(chain) == 1:
        return document, []
    for name in reversed(chain):
        own = table[name].data.get("parameters", {})
        parameters |= own if isinstance(own, dict) else {}
    data = {k: v for k, v in document.data.items() if k != BASE} | {"parameters": parameters}
    for name in TAKEN:
        stated = [table[k].data[name] for k in chain if name in table[k].data]
        if stated:
            data.setdefault(name, stated[0])
    return replace(document, data=data), []
