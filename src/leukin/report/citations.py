"""Which publications a run rests on, each with its reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from leukin.catalog import Catalogue, TrialRecord
from leukin.quantity import Parameter


def references(
    trial: TrialRecord, catalogue: Catalogue, used: Iterable[tuple[str, Parameter]]
) -> list[dict[str, Any]]:
    """Key, BibTeX and reasons of every publication behind a trial and the parameters in use, in order of the key.

    used: pairs of entry ("mechanisms/pharmacokinetics") and parameter.
    """
    reasons: dict[str, dict[str, list[str]]] = {}

    def add(keys: str, what: str, item: str = "") -> None:
        for key in (part.strip() for part in keys.split(",")):
            if key in catalogue.references:
                found = reasons.setdefault(key, {}).setdefault(what, [])
                if item and item not in found:
                    found.append(item)

    for entry, parameter in used:
        add(parameter.source.cite, entry, parameter.name)
    if trial.source is not None:
        add(trial.source.cite, "the trial")
    for arm in trial.arms:
        if arm.regimen in catalogue.regimens:
            add(catalogue.regimens[arm.regimen].source.cite, f"regimen {arm.regimen}")
    for item in trial.published:
        for key in catalogue.figure(item.figure).cites:
            add(key, "published figures", item.figure)
    return [
        {
            "key": key,
            "bibtex": catalogue.references[key].bibtex(),
            "reasons": [f"{what}: {', '.join(items)}" if items else what for what, items in found.items()],
        }
        for key, found in sorted(reasons.items())
    ]


def bibtex(found: Iterable[Mapping[str, Any]]) -> str:
    """BibTeX text; the reasons of each entry stand above it as comments."""
    parts = []
    for reference in found:
        why = "".join(f"% {reference['key']}: {reason}\n" for reason in reference["reasons"])
        parts.append(why + str(reference["bibtex"]).rstrip() + "\n")
    return "\n".join(parts)
