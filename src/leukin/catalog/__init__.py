"""Facts: molecules, cells, hosts, tumours, regimens, rules, trials, mechanisms, figures, claims and references."""

from leukin.catalog.files import check_file, load_trial, to_toml
from leukin.catalog.load import Catalogue, load_catalog
from leukin.catalog.records import (
    ArmRecord,
    CellType,
    Claim,
    Correlation,
    DoseRecord,
    Figure,
    Host,
    Mechanism,
    Molecule,
    ProcedureRecord,
    PublishedRecord,
    Reference,
    Regimen,
    Rule,
    TrialRecord,
    Tumour,
    Usual,
)

__all__ = [
    "ArmRecord",
    "Catalogue",
    "CellType",
    "Claim",
    "Correlation",
    "DoseRecord",
    "Figure",
    "Host",
    "Mechanism",
    "Molecule",
    "ProcedureRecord",
    "PublishedRecord",
    "Reference",
    "Regimen",
    "Rule",
    "TrialRecord",
    "Tumour",
    "Usual",
    "check_file",
    "load_catalog",
    "load_trial",
    "to_toml",
]
