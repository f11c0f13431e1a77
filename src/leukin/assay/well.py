"""Wells: mixtures of cell types in one medium with several cytokines, over hours or days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from leukin.assay.dish import (
    DENSITY,
    DOSE,
    INPUTS,
    ONLY,
    SOLUBLE,
    TCR,
    checked,
    dish,
    label_of,
    rows,
    run,
)
from leukin.biology.gamma_chain import family, suffix
from leukin.biology.receptor import total_of
from leukin.biology.relays import SECRETION
from leukin.catalog import Catalogue
from leukin.engine import System, compile_network
from leukin.errors import Problem, SolveError
from leukin.network import Network
from leukin.quantity import to_canonical

if TYPE_CHECKING:
    import pandas as pd

#: the molecule that cells secrete
NATIVE = "il2"
CHAINS_SHOWN = {"alpha": "CD25", "beta": "CD122", "gamma": "CD132"}


def well(
    catalogue: Catalogue,
    molecule: str,
    cells: Mapping[str, float],
    doses: Sequence[float],
    times: Sequence[float],
) -> pd.DataFrame:
    """What several cell types do to the ligand of one well, and the ligand to them.

    cells: catalogue id -> cells per mL; doses in nM; times in h. One row a dose, time and cell: ligand left in the
    medium (nM), pSTAT5 (1), surface CD25, CD122 and CD132 (molecule/cell, with what they hold), ligand destroyed
    (molecule/cell since the start). Raises CatalogError for an unknown id, SolveError for a dose or time out of range.
    """
    amounts = checked(doses, "dose")
    tables = mixture(catalogue, {molecule: amounts.tolist()}, cells, times)
    shown = {f"{molecule}_nM": "ligand_nM", f"destroyed_{molecule}": "destroyed"}
    tables = tables.rename(columns=shown)
    tables.insert(1, "dose_nM", amounts[tables["row"].to_numpy()])
    keep = ["cell", "dose_nM", "time_h", "ligand_nM", "pSTAT5", *CHAINS_SHOWN.values(), "destroyed"]
    return tables[[key for key in keep if key in tables]].rename(columns={"pSTAT5": "pstat5"})


def mixture(
    catalogue: Catalogue,
    ligands: Mapping[str, float | Sequence[float]],
    cells: Mapping[str, float],
    times: Sequence[float],
    *,
    antigen: Mapping[str, float | Sequence[float]] | None = None,
    soluble_cd25: float | Sequence[float] = 0.0,
    jak_inhibitor: float | Sequence[float] = 0.0,
    jak1: float | Sequence[float] = 1.0,
    jak3: float | Sequence[float] = 1.0,
    growing: bool = False,
) -> pd.DataFrame:
    """Cell types in one well with several cytokines at once, which compete for CD132 and CD122, and cells for ligand.

    ligands: catalogue id -> nM at the start; cells: id -> cells per mL (0: they do not change the medium); times in h;
    antigen: id of a cell -> antigen receptor signal (0..1): it induces CD25, CD122 and the secretion of interleukin-2
    by cells that secrete it; soluble_cd25 and jak_inhibitor in nM; jak1, jak3: activity of the kinases (1 normal, 0
    lost); growing: whether cells divide and die. Values may be lists: then row i of the well uses the i-th of each.
    One row a well, time and cell: ligands left (LIGAND_nM), pSTAT5 (and pSTAT3, pSTAT6 where a ligand drives them), ERK,
    AKT, division (1/h), effector, memory, chains on the membrane (molecule/cell), destroyed_LIGAND (molecule/cell), made
    (molecules of interleukin-2 a cell), fold. Raises CatalogError for an unknown id, SolveError for values out of range.
    """
    import pandas as pd

    when = checked(times, "time")
    antigen = dict(antigen or {})
    secretes = any(
        np.max(antigen.get(c, 0.0)) > 0 and SECRETION in catalogue.cell(c).parameters for c in cells
    )
    amounts = {**({NATIVE: 0.0} if secretes and NATIVE not in ligands else {}), **ligands}
    if not amounts or not cells:
        raise SolveError(Problem(field="well", reason="has no ligand or no cell", fix="name one of each"))
    inputs: dict[str, Any] = {"jak_inhibitor": jak_inhibitor, "JAK1": jak1, "JAK3": jak3}
    sizes = [*amounts.values(), *antigen.values(), *inputs.values(), soluble_cd25]
    count = max(np.size(value) for value in sizes)
    labels = {key: ONLY if len(amounts) == 1 else label_of(key) for key in amounts}
    soluble = bool(np.max(soluble_cd25) > 0)
    network = dish(
        catalogue,
        {labels[key]: catalogue.molecule(key) for key in amounts},
        {label_of(cell): catalogue.cell(cell) for cell in cells},
        secreted=labels[NATIVE] if secretes else "",
        soluble=soluble,
        growing=growing,
    )
    columns: dict[str, Any] = {
        DOSE + suffix(labels[key]): _series(value, key, count) for key, value in amounts.items()
    }
    columns |= {key: _series(value, key, count) for key, value in inputs.items()}
    if soluble:
        columns[SOLUBLE] = _series(soluble_cd25, "soluble CD25", count)
    for cell, number in cells.items():
        where = "seeded" if growing else DENSITY
        columns[f"{where}_{label_of(cell)}"] = to_canonical(
            float(checked([number], "cells per mL")[0]), "cell/mL"
        )
        signal = _series(antigen.get(cell, 0.0), f"antigen of {cell}", count)
        if (signal > 1).any():
            raise SolveError(Problem(field=f"antigen of {cell}", reason="is above 1", fix="0 to 1"))
        columns[f"{TCR}_{label_of(cell)}"] = signal
    system = compile_network(network)
    params = rows(system, columns, count)
    states = run(system, params, when)
    return pd.concat(
        [_table(system, catalogue, labels, cell, states, params, when) for cell in cells], ignore_index=True
    )


def _series(value: float | Sequence[float], what: str, count: int) -> np.ndarray:
    """A number or a list of them as float64[count]. Raises SolveError for negative ones or another length."""
    array = np.atleast_1d(np.asarray(value, dtype=np.float64))
    if not np.isfinite(array).all() or (array < 0).any():
        raise SolveError(Problem(field=what, reason=f"{value} is out of range", fix="finite, not negative"))
    if array.size not in (1, count):
        reason = f"{array.size} values beside {count} of another"
        raise SolveError(Problem(field=what, reason=reason, fix="one value, or as many"))
    return np.broadcast_to(array, (count,))


def _table(
    system: System,
    catalogue: Catalogue,
    labels: Mapping[str, str],
    cell: str,
    states: np.ndarray,
    params: np.ndarray,
    times: np.ndarray,
) -> pd.DataFrame:
    """Rows of one cell type."""
    import pandas as pd

    label, known = label_of(cell), _known(system.network)
    names = {labels[key]: f"{key}_nM" for key in labels}
    signals = ("pSTAT5", "pSTAT6", "pSTAT3", "ERK", "AKT", "division", "effector", "memory", "fold")
    names |= {f"{key}.{label}": key for key in signals}
    names |= {f"{total_of(chain)}_{label}": shown for chain, shown in _chains(catalogue, labels).items()}
    names |= {f"CD122_stained_{label}": "CD122_stained", f"made_{label}": "made"}
    names |= {f"destroyed{suffix(labels[key])}_{label}": f"destroyed_{key}" for key in labels}
    names = {key: shown for key, shown in names.items() if key in known}
    seen = system.observe(names, states, params)
    frame = pd.DataFrame({shown: seen[key].ravel() for key, shown in names.items()})
    frame.insert(0, "time_h", np.tile(times, len(params)))
    frame.insert(0, "row", np.repeat(np.arange(len(params)), len(times)))
    frame.insert(0, "cell", cell)
    return frame


def _known(network: Network) -> frozenset[str]:
    return network.defined | {o.name for o in network.observables}


def _chains(catalogue: Catalogue, labels: Mapping[str, str]) -> dict[str, str]:
    from leukin.biology.gamma_chain import CHAINS

    used = {chain for key in labels for chain in family(catalogue.molecule(key)).chains}
    return {chain: shown for chain, shown in CHAINS.items() if chain in used}


__all__ = ["INPUTS", "mixture", "well"]
