"""The graph of a network: derivatives against SymPy, groups, thresholds."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from leukin.engine.model import read
from leukin.errors import AssemblyError
from leukin.network import equations
from unit.engine.toys import numbers, receptors, robertson, species


@pytest.mark.parametrize("network", [robertson(), receptors()], ids=["robertson", "receptors"])
@pytest.mark.parametrize("seed", [5, 6, 7])
def test_jacobian_agrees_with_sympy(network, seed: int) -> None:
    model = read(network)
    space = {"max": sympy.Max, "min": sympy.Min, "sqrt": sympy.sqrt, "exp": sympy.exp, "log": sympy.log}
    names = {key: sympy.Symbol(key, positive=True) for key in (*model.states, *model.parameters)}
    for variable in network.variables_in_order():
        names[variable.id] = sympy.sympify(str(variable.expression), locals=space | names)
    random = np.random.default_rng(seed)
    point = {key: float(random.uniform(0.05, 2.0)) for key in (*model.states, *model.parameters)}
    nodes = [node for row in model.slopes for node in row.values()]
    found = iter(model.graph.evaluate(nodes, point))
    for state, expression, row in zip(
        model.states, network.derivatives().values(), model.slopes, strict=True
    ):
        rate = sympy.sympify(str(expression), locals=space | names)
        slopes = {model.states[j]: -float(next(found)) for j in row}
        for other in model.states:
            exact = float(
                sympy.diff(rate, names[other]).subs({names[k]: v for k, v in point.items()}).evalf()
            )
            assert slopes.get(other, 0.0) == pytest.approx(exact, rel=1e-11, abs=1e-13), (state, other)


def test_shared_states_come_last() -> None:
    model = read(receptors())
    assert [[model.states[i] for i in group] for group in model.groups] == [
        ["R_a", "RL_a", "S_a"],
        ["R_b", "RL_b", "S_b"],
        ["L", "T", "X"],
    ]


def test_threshold_of_states_is_refused() -> None:
    network = equations(
        species=species(A="1", B="1"), rates={"A": "-A"}, extinctions={"A": "B"}, parameters=numbers()
    )
    with pytest.raises(AssemblyError, match="threshold depends on a state"):
        read(network)
