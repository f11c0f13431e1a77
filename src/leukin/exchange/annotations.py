"""MIRIAM identifiers of what a state stands for."""

from __future__ import annotations

from typing import Any

#: index of a repeated part, or a state, -> resource; only identifiers that were confirmed
IDENTIFIERS = {
    "treg": "https://identifiers.org/CL:0000815",
    "cd4_helper": "https://identifiers.org/CL:0000624",
    "cd8": "https://identifiers.org/CL:0000625",
    "A1": "https://identifiers.org/uniprot:P60568",
    "A2": "https://identifiers.org/uniprot:P60568",
    "IL2_tumour": "https://identifiers.org/uniprot:P60568",
}


def annotate(libsbml: Any, element: Any, state: str, index: str) -> None:
    """Attach the identifier of a state (or of the part that it belongs to), if one is known."""
    for key, qualifier in ((state, libsbml.BQB_IS), (index, libsbml.BQB_IS_PART_OF)):
        if key in IDENTIFIERS:
            element.setMetaId(f"meta_{element.getId()}")
            term = libsbml.CVTerm(libsbml.BIOLOGICAL_QUALIFIER)
            term.setBiologicalQualifierType(qualifier)
            term.addResource(IDENTIFIERS[key])
            element.addCVTerm(term)
            return
