"""Single cells in ligand at a fixed concentration, in the full and the reduced form, and their course over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from leukin.biology.receptor import full_receptor
from leukin.biology.receptor_reduced import reduced_receptor
from leukin.biology.signalling import stat5
from leukin.catalog import Catalogue, load_catalog
from leukin.engine import System, compile_network, solve
from leukin.network import Network, Species, equations
from leukin.quantity import Parameter, Source, parse

CHAINS = ("CD25", "CD122", "CD132")


@lru_cache
def catalogue() -> Catalogue:
    return load_catalog()


def _input(key: str, unit: str) -> Parameter:
    return Parameter(key, 0.0, unit, Source("definition"))


def network(form: str) -> Network:
    """One regulatory T cell; `dose` (nM) is the ligand at the start, `density` (cell/L) what shares it."""
    book = catalogue()
    molecule, cell = book.molecule("il2"), book.cell("treg")
    trafficking, signalling = book.mechanism("receptor-trafficking"), book.mechanism("stat5-signalling")
    if form == "reduced":
        part = reduced_receptor(molecule, cell, trafficking) + stat5(cell, signalling)
        return part.bind({"L": "dose"}) + equations(parameters=[_input("dose", "nM")])
    return (
        full_receptor(molecule, cell, trafficking)
        + stat5(cell, signalling)
        + equations(
            species=[Species("L", "nM", parse("dose"), scale=1e-3, contains={"L": 1})],
            parameters=[_input("dose", "nM"), _input("density", "cell/L")],
        )
    )


@lru_cache
def system(form: str) -> System:
    return compile_network(network(form))


def parameters(
    form: str, cell: str, doses: Sequence[float], changed: Mapping[str, float] | None = None
) -> np.ndarray:
    """Parameters of a cell type, one row a dose; `changed`: canonical values put in place."""
    book, made = catalogue(), system(form)
    params = np.tile(made.nominal, (len(doses), 1))
    own = book.cell(cell).parameters
    half = own["K_A"] if "K_A" in own else book.mechanism("stat5-signalling")["K_A"]
    values = {"K_A": half.canonical} | {key: own[key].canonical for key in CHAINS} | dict(changed or {})
    for key, value in values.items():
        params[:, made.parameter_index[key]] = value
    params[:, made.parameter_index["dose"]] = doses
    return params


def course(
    form: str,
    cell: str,
    doses: Sequence[float],
    times: Sequence[float],
    names: Sequence[str],
    changed: Mapping[str, float] | None = None,
    rtol: float = 1e-8,
) -> dict[str, np.ndarray]:
    """Named values [dose, time] of one cell under constant ligand."""
    made, params = system(form), parameters(form, cell, doses, changed)
    segment = solve(
        made, made.initial(params), params, 0.0, float(times[-1]), times=np.array(times), rtol=rtol
    )
    assert (segment.status == 0).all()
    return made.observe(names, segment.saved, params)
