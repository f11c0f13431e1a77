"""A map for those who design variants: activation of cell types over the affinities for CD25 and CD122."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from leukin.assay.dish import checked
from leukin.assay.response import check_chains, known_parameters, population, population_system
from leukin.biology.gamma_chain import FAMILIES, UNKNOWN, arms, family
from leukin.catalog import Catalogue, Molecule
from leukin.errors import CatalogError, LeukinError, Problem

if TYPE_CHECKING:
    import pandas as pd

#: factors on the dissociation constants against wild type: exponents of ten, and points in a factor of ten
ALPHA_RANGE, BETA_RANGE, A_DECADE = (-1, 4), (-3, 2), 4
WILD_TYPE = "il2"


@dataclass(frozen=True, slots=True)
class Design:
    """map: factor_alpha, factor_beta, cell, pstat5; molecules: molecule, factor_alpha, factor_beta, valency, cell,
    pstat5 of what the catalogue holds; at `dose_nM` and `time_h`."""

    dose_nM: float
    time_h: float
    map: pd.DataFrame
    molecules: pd.DataFrame

    def to_json(self) -> dict[str, Any]:
        """The result as plain lists."""
        tables = {"map": self.map, "molecules": self.molecules}
        plain = {key: [_plain(row) for row in table.to_dict("records")] for key, table in tables.items()}
        return {"dose_nM": self.dose_nM, "time_h": self.time_h, **plain}


def design(catalogue: Catalogue, cells: Sequence[str], dose: float, time: float) -> Design:
    """pSTAT5 of cell types at one dose (nM) and time (h), over the affinities of a variant of interleukin-2.

    Both dissociation constants are factors against wild type, which act as `factor_alpha` and `factor_beta` of a
    molecule do. Raises CatalogError for an unknown cell, SolveError for a dose or time out of range.
    """
    import pandas as pd

    amount, when = checked([dose], "dose", positive=True), checked([time], "time", positive=True)
    wild, records = catalogue.molecule(WILD_TYPE), [catalogue.cell(cell) for cell in cells]
    if not records:
        raise CatalogError(Problem(field="cell", reason="none is named", fix="treg, cd8, nk"))
    check_chains(wild, records)
    alpha, beta = (np.logspace(*r, A_DECADE * (r[1] - r[0]) + 1) for r in (ALPHA_RANGE, BETA_RANGE))
    grid = [axis.ravel() for axis in np.meshgrid(alpha, beta, indexing="ij")]
    system = population_system(catalogue, wild, records[0])
    tables = []
    for record in records:
        known = known_parameters(catalogue, wild, record)
        sets = {key: np.full(len(grid[0]), p.canonical) for key, p in known.items()}
        sets |= {"factor_alpha": grid[0], "factor_beta": grid[1]}
        seen = population(system, sets, amount, when, 0.0)[:, 0, 0]
        columns = {"factor_alpha": grid[0], "factor_beta": grid[1], "cell": record.id, "pstat5": seen}
        tables.append(pd.DataFrame(columns))
    return Design(
        float(amount[0]),
        float(when[0]),
        pd.concat(tables, ignore_index=True),
        _shipped(catalogue, records, amount, when),
    )


def _shipped(
    catalogue: Catalogue, records: Sequence[Any], amount: np.ndarray, when: np.ndarray
) -> pd.DataFrame:
    """Every molecule of the catalogue that binds the receptor of interleukin-2 with known affinities."""
    import pandas as pd

    systems: dict[int, Any] = {}
    rows = []
    for molecule in catalogue.molecules.values():
        if not binds_il2_receptor(molecule):
            continue
        count = arms(molecule)
        if count not in systems:
            systems[count] = population_system(catalogue, molecule, records[0])
        for record in records:
            known = known_parameters(catalogue, molecule, record)
            sets = {key: np.array([p.canonical]) for key, p in known.items()}
            seen = population(systems[count], sets, amount, when, 0.0)[0, 0, 0]
            factors = [known[f"factor_{chain}"].canonical for chain in ("alpha", "beta")]
            rows.append((molecule.id, *factors, count, record.id, float(seen)))
    return pd.DataFrame(
        rows, columns=["molecule", "factor_alpha", "factor_beta", "valency", "cell", "pstat5"]
    )


def binds_il2_receptor(molecule: Molecule) -> bool:
    """Whether a molecule binds CD25 and CD122 as interleukin-2 does, with affinities that are known."""
    if UNKNOWN in molecule.tags:
        return False
    try:
        return family(molecule) == FAMILIES[0]
    except LeukinError:
        return False


def _plain(row: dict[Any, Any]) -> dict[str, Any]:
    return {str(key): value if isinstance(value, str) else float(value) for key, value in row.items()}
