"""A whole patient's right-hand side, exported and evaluated by an independent simulator at random states."""

import numpy as np
import pytest
import roadrunner

from leukin.catalog import load_catalog, load_trial
from leukin.exchange import to_sbml
from leukin.quantity import unit
from leukin.trial import plan, snapshot


@pytest.mark.slow  # the independent simulator takes minutes to compile the model
@pytest.mark.parametrize("patient", [None, 3])
def test_every_rate_of_the_exported_patient_agrees(patient: int | None) -> None:
    catalogue = load_catalog()
    taken = snapshot(plan(load_trial("fyfe-1995-rcc", catalogue), catalogue), "high dose", patient)
    runner = roadrunner.RoadRunner(to_sbml(taken))
    network, rng = taken.network, np.random.default_rng(1)
    factors = {s.id: unit(s.unit).factor for s in network.species}
    for _ in range(5):
        state = {
            s.id: (taken.state[s.id] or 0.01 * s.scale * factors[s.id]) * rng.lognormal(sigma=0.3)
            for s in network.species
        }
        for key, value in state.items():
            runner[key] = value / factors[key]
        values = {**taken.values, **state}
        for variable in network.variables_in_order():
            values[variable.id] = variable.expression.evaluate(values)
        for key, rate in network.derivatives().items():
            wanted = float(rate.evaluate(values)) / factors[key]
            scale = max(abs(wanted), 1e-9 * state[key] / factors[key])
            assert abs(runner.getValue(f"{key}'") - wanted) <= 1e-8 * scale, key
