"""A dish with two cytokines and a cell type, exported and simulated by an independent simulator."""

from __future__ import annotations

import numpy as np
import pytest
import roadrunner

from leukin.assay.dish import dish, rows, run
from leukin.catalog import load_catalog
from leukin.engine import compile_network
from leukin.exchange import Snapshot, to_sbml


def test_independent_simulator_gives_the_same_course() -> None:
    """IL-2 and IL-7 on CD8 T cells that take ligand from the medium, with soluble CD25 and a JAK inhibitor."""
    book = load_catalog()
    molecules = {key: book.molecule(key) for key in ("il2", "il7")}
    network = dish(book, molecules, {"cd8": book.cell("cd8")}, soluble=True)
    system = compile_network(network)
    given = {
        "dose_il2": 1.0,
        "dose_il7": 0.1,
        "density_cd8": 1e10,
        "soluble_CD25": 5.0,
        "jak_inhibitor": 20.0,
    }
    params = rows(system, given, 1)
    times = np.linspace(0.0, 8.0, 17)
    states = run(system, params, times, rtol=1e-9)
    names = ["il2", "il7", "S_cd8", "il2_alpha_beta_gamma_in_cd8", "gamma_cd8", "destroyed_il7_cd8", "E_cd8"]
    ours = system.observe(names, states, params)
    parameters = dict(zip(system.parameters, map(float, params[0]), strict=True))
    start = dict(zip(system.states, map(float, system.initial(params)[0]), strict=True))
    runner = roadrunner.RoadRunner(to_sbml(Snapshot("dish", network, parameters, start)))
    runner.integrator.relative_tolerance, runner.integrator.absolute_tolerance = 1e-10, 1e-14
    runner.timeCourseSelections = ["time", *names]
    theirs = np.asarray(runner.simulate(0.0, 8.0, len(times)))
    for column, key in enumerate(names, start=1):
        scale = np.abs(theirs[:, column]).max()
        assert scale > 0.0, key
        assert ours[key][0] == pytest.approx(theirs[:, column], abs=1e-6 * scale), key
