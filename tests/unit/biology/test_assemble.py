"""The whole patient: nothing missing, every unit right, and an untreated person who stays as he is."""

from __future__ import annotations

import numpy as np
import pytest

from leukin.biology import assemble
from leukin.catalog import Catalogue, load_catalog
from leukin.engine import compile_network
from leukin.engine.system import System
from leukin.keys import Key
from leukin.population import recipe, sample
from leukin.quantity import from_canonical
from leukin.scenario import Arm, Scenario, scenario
from leukin.simulate import Start, run_in, simulate


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalog()


@pytest.fixture(scope="module")
def healthy(catalogue: Catalogue) -> System:
    arm = scenario(catalogue.trial("fyfe-1995-rcc")).arms[0]
    return compile_network(assemble.network(catalogue, Scenario("human", "", (arm,), 24.0)))


def settled(catalogue: Catalogue, system: System, tumour: str) -> Start:
    people = recipe(catalogue, "human", tumour)
    drawn = sample(system, people, Key(4), np.arange(12))
    return run_in(system, drawn.parameters, 1440.0)


@pytest.mark.parametrize("trial", ["fyfe-1995-rcc", "atkins-1999-melanoma", "yang-2003-rcc"])
def test_every_trial_assembles_without_a_problem(catalogue: Catalogue, trial: str) -> None:
    network = assemble.network(catalogue, scenario(catalogue.trial(trial)))
    assert network.check() == [] and network.free_names == frozenset()


def test_untreated_healthy_patients_do_not_change(catalogue: Catalogue, healthy: System) -> None:
    start = settled(catalogue, healthy, "")
    assert (start.status == 0).all()
    record = [*healthy.states]
    run = simulate(
        healthy, start, Arm("none"), [], horizon=90 * 24.0, times=np.array([0.0, 24.0, 2160.0]), record=record
    )
    for name in record:
        if name == "HZ":
            continue  # a cumulative hazard
        typical = from_canonical(healthy.scale[healthy.state_index[name]], run.units[name])
        scale = np.maximum(np.abs(run[name][:, :1]), typical)
        drift = np.abs(run[name] - run[name][:, :1]) / scale
        assert drift.max() < 1e-7, (name, drift.max())


def test_only_resting_cells_answer_with_cd25_in_part(healthy: System) -> None:
    slopes = healthy.network.derivatives()
    some = {key for key, slope in slopes.items() if "inducible_share" in slope.names}
    assert some == {"aT_cd4_helper", "aT_cd8", "aT_nk", "aT_b"}


def test_without_lymphocyte_signal_there_is_no_leak(catalogue: Catalogue, healthy: System) -> None:
    start = settled(catalogue, healthy, "")
    run = simulate(
        healthy, start, Arm("none"), [], horizon=240.0, times=np.array([240.0]), record=["permeability", "HZ"]
    )
    assert run["permeability"] == pytest.approx(1.0, abs=1e-5)
    assert np.abs(run["HZ"]).max() < 1e-5
