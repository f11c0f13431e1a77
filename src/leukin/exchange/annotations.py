"""MIRIAM identifiers: what a state stands for, the cell that it belongs to, the species of the host."""

from __future__ import annotations

from typing import Any

IDENTIFIERS = "https://identifiers.org/"
#: index of a repeated part, or a state -> a cell; Cell Ontology
CELLS = {
    "treg": "CL:0000815",
    "cd4_helper": "CL:0000624",
    "cd8": "CL:0000625",
    "cd8_tumour": "CL:0000625",
    "cd8_activated_tumour": "CL:0000906",
    "nk": "CL:0000623",
    "b": "CL:0000236",
    "N_treg": "CL:0000815",
    "Treg_tumour": "CL:0000815",
    "N_cd4": "CL:0000624",
    "N_cd8": "CL:0000625",
    "N_nk": "CL:0000623",
    "N_b": "CL:0000236",
    "NK_tumour": "CL:0000623",
    "EO": "CL:0000771",
}
#: state -> the drug, a human protein in every host; UniProt
DRUG = dict.fromkeys(("A1", "A2", "Dp", "Ly", "IL2_tumour"), "uniprot:P60568")
#: state, without the index of its part -> a protein of the human body; UniProt
PROTEINS = {
    "IFNg": "uniprot:P01579",
    "TNF": "uniprot:P01375",
    "IL6": "uniprot:P05231",
    "IL5": "uniprot:P05113",
    "ANG2": "uniprot:O15123",
    "Ap": "uniprot:P02768",
    "Ai": "uniprot:P02768",
    "aT": "uniprot:P01589",
    "sR": "uniprot:P01589",
    "bT": "uniprot:P14784",
}
#: host -> its species; NCBI taxonomy
TAXA = {
    "human": "taxonomy:9606",
    "mouse": "taxonomy:10090",
    "dog": "taxonomy:9615",
    "cat": "taxonomy:9685",
    "cow": "taxonomy:9913",
}


def annotate(libsbml: Any, element: Any, state: str, index: str, host: str) -> None:
    """Attach the identifiers of a state and of the part that it belongs to, as far as they are known."""
    bare = state.removesuffix(f"_{index}") if index else state
    known = CELLS | DRUG | (PROTEINS if host == "human" else {})
    if bare in known:
        _attach(libsbml, element, libsbml.BQB_IS, known[bare])
    if index in CELLS:
        _attach(libsbml, element, libsbml.BQB_IS_PART_OF, CELLS[index])


def annotate_host(libsbml: Any, model: Any, host: str) -> None:
    """Attach the species of the host to the model."""
    if host in TAXA:
        _attach(libsbml, model, libsbml.BQB_HAS_TAXON, TAXA[host])


def _attach(libsbml: Any, element: Any, qualifier: int, resource: str) -> None:
    element.setMetaId(f"meta_{element.getId()}")
    term = libsbml.CVTerm(libsbml.BIOLOGICAL_QUALIFIER)
    term.setBiologicalQualifierType(qualifier)
    term.addResource(IDENTIFIERS + resource)
    element.addCVTerm(term)
