"""What a result rests on: versions, parameters with their sources, figures; written into the manifest of a run."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import leukin
from leukin.biology import assemble
from leukin.biology.formats import OWN_CLEARANCE, RELEASED, WILD_TYPE
from leukin.biology.homeostasis import B_CELL, KEEPERS, levels
from leukin.biology.homeostasis import RELEASED as RELEASED_CYTOKINES
from leukin.catalog import Catalogue, TrialRecord
from leukin.quantity import Parameter, from_canonical, to_canonical
from leukin.report.citations import references
from leukin.report.not_modelled import not_modelled
from leukin.scenario import scenario

#: figures of the receptor affinities that the exposure figure marks, and what they are
AFFINITIES = {"F003a": "αβγ receptor", "F003b": "βγ receptor"}
PACKAGES = ("numpy", "scipy", "pandas", "pyarrow", "llvmlite", "matplotlib", "pint", "pydantic")
#: mechanisms that draw and judge patients, and so stand in no network
CONDUCT = ("population", "trial-conduct")
#: mechanism whose values move those of the network before it is compiled, and one that makes clearances of formats
LEVELS, FORMATS = "homeostasis", "molecule-formats"


def versions() -> dict[str, str]:
    """Versions of leukin, Python and the packages that shape numbers."""
    found = {"leukin": leukin.__version__, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def used_parameters(trial: TrialRecord, catalogue: Catalogue) -> Iterator[tuple[str, Parameter]]:
    """Entry and parameter of everything that a trial draws on: drugs, host, tumour, cells, mechanisms, rules.

    Mechanisms are those which the trial's network is assembled from, those which draw and judge its patients, and those
    from which values of the network are computed: levels of cytokines, clearance of formats by size. Where cytokines have
    other levels than usual, or an arm gives or neutralises one, molecules and cells that say what they keep are listed.
    """
    molecules = dict.fromkeys(dose.molecule for arm in trial.arms for dose in arm.doses)
    formed = any(OWN_CLEARANCE in catalogue.molecule(id).parameters for id in molecules)
    beside = (*CONDUCT, LEVELS, *((FORMATS,) if formed else ()))
    if any(RELEASED in catalogue.molecule(id).parameters for id in molecules):
        molecules |= {WILD_TYPE: None}  # what is released acts
    sites = (*assemble.BLOOD, *(assemble.TUMOUR if trial.tumour else ()))
    cells = dict.fromkeys(site.cell for site in sites)
    moved = any(level != 1.0 for level in levels(catalogue).values())
    if moved or any(
        change.cytokine not in RELEASED_CYTOKINES for arm in trial.arms for change in arm.cytokines
    ):
        molecules |= dict.fromkeys(KEEPERS.values())
        cells |= {B_CELL: None}
    network = assemble.network(catalogue, scenario(trial)).parameters
    mechanisms = [
        record
        for id, record in catalogue.mechanisms.items()
        if id in beside or any(network.get(name) == value for name, value in record.parameters.items())
    ]
    rules = dict.fromkeys(arm.rule for arm in trial.arms if arm.rule)
    chosen: list[tuple[str, Any]] = [
        *(("molecules", catalogue.molecules.get(id)) for id in molecules),
        ("hosts", catalogue.hosts.get(trial.host)),
        ("tumours", catalogue.tumours.get(trial.tumour)),
        *(("cells", catalogue.cells.get(id)) for id in cells),
        *(("mechanisms", record) for record in mechanisms),
        *(
            ("rules", record)
            for id, record in catalogue.rules.items()
            if id in rules or record.kind == "grades"
        ),
    ]
    for folder, record in chosen:
        if record is not None:
            for parameter in record.parameters.values():
                yield f"{folder}/{record.id}", parameter


def _row(entry: str, parameter: Parameter, overridden: Iterable[str]) -> dict[str, Any]:
    source = parameter.source
    return {
        "entry": entry,
        "name": parameter.name,
        "label": parameter.label,
        "value": parameter.value,
        "unit": parameter.unit,
        "rse": parameter.rse if parameter.rse is not None else parameter.rse_sd,
        "iiv": parameter.iiv if parameter.iiv is not None else parameter.iiv_sd,
        "kind": source.kind,
        "cite": source.cite,
        "where": source.where,
        "note": source.note,
        "checked": source.checked,
        "figures": list(source.figures),
        "formula": parameter.formula,
        "overridden": f"{entry.partition('/')[2]}.{parameter.name}" in overridden,
    }


def _markers(catalogue: Catalogue) -> list[dict[str, Any]]:
    known = {figure.id: figure for figure in catalogue.figures}
    found = []
    for id, words in AFFINITIES.items():
        figure = known.get(id)
        if figure is not None and figure.value is not None:
            nanomolar = float(from_canonical(to_canonical(figure.value, figure.unit), "nM"))
            text = f"{nanomolar:g} nM" if nanomolar >= 1 else f"{float(figure.value):g} {figure.unit}"
            found.append({"label": f"{words}, Kd {text}", "value": nanomolar, "unit": "nM", "figure": id})
    return found


def about(trial: TrialRecord, catalogue: Catalogue, overrides: Iterable[str] = ()) -> dict[str, Any]:
    """Everything that the report says besides results, so that a run folder alone can be reported."""
    used = list(used_parameters(trial, catalogue))
    changed = {text.partition("=")[0].strip() for text in overrides}
    return {
        "title": trial.title,
        "response": trial.response,
        "markers": _markers(catalogue),
        "parameters": [_row(entry, parameter, changed) for entry, parameter in used],
        "references": references(trial, catalogue, used),
        "not_modelled": not_modelled(),
    }
