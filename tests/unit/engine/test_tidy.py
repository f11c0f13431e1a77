"""Rewriting and differentiation keep values, and make less to compute."""

from __future__ import annotations

import numpy as np
import pytest

from leukin.engine.batch import pair_reciprocals
from leukin.engine.differentiate import derivatives
from leukin.engine.tidy import tidy, uses_of
from leukin.quantity import Graph, parse

TEXTS = [
    "k*x*m*y/(K + x)/V",
    "-(a*x)*(-(b*y))/(x*k)",
    "x/(y/k)/(m*(1/x))",
    "a*x*y - 2*(b*x*y)",
    "max(x*k, y)*min(x, y*m) + sqrt(x*y)*exp(-x*k)*log(K + y)",
    "(k*x/K)**m/(1 + (k*x/K)**m)*b*y",
]
NAMES = ("x", "y", "k", "m", "K", "V", "a", "b")


def point(seed: int) -> dict[str, float]:
    random = np.random.default_rng(seed)
    return {key: float(random.uniform(0.3, 2.5)) for key in NAMES}


@pytest.mark.parametrize("text", TEXTS)
def test_values_stay(text: str) -> None:
    graph = Graph()
    node = graph.intern(parse(text))
    (new,) = tidy(graph, [node], ["x", "y"])
    for seed in range(4):
        before, after = graph.evaluate([node, new], point(seed))
        assert after == pytest.approx(before, rel=1e-13)


def test_parameters_are_gathered_and_divisions_joined() -> None:
    graph = Graph()
    (new,) = tidy(graph, [graph.intern(parse(TEXTS[0]))], ["x", "y"])
    varying = graph.depends(["x", "y"], [new])
    operations = [graph.op[node] for node in varying if graph.op[node] != "name"]
    assert sorted(operations) == ["add", "mul", "mul", "mul", "rcp"]


@pytest.mark.parametrize("text", TEXTS)
def test_derivatives_agree_with_differences(text: str) -> None:
    graph = Graph()
    node = graph.intern(parse(text))
    (row,) = derivatives(graph, [node], ["x", "y"])
    for seed in range(6):
        values, h = point(seed), 1e-6
        for key in ("x", "y"):
            up, down = (graph.evaluate([node], values | {key: values[key] + s * h})[0] for s in (1, -1))
            slope = graph.evaluate([row[key]], values)[0] if key in row else 0.0
            assert slope == pytest.approx((up - down) / (2 * h), rel=1e-6, abs=1e-7)


def test_uses_count_operands_and_roots() -> None:
    graph = Graph()
    product = graph.intern(parse("x*y"))
    total = graph.add(product, graph.function("exp", product))
    assert uses_of(graph, [total, product])[product] == 3


@pytest.mark.parametrize("text", [*TEXTS, "1/(x + 1/(y + k)) + 1/(y + 1/(x + m)) + a/(x + y) - 1/(2 + x*y)"])
def test_pairs_of_reciprocals_keep_values_and_halve_divisions(text: str) -> None:
    graph = Graph()
    node = graph.intern(parse(text))
    (new,) = pair_reciprocals(graph, [node], ["x", "y"])
    for seed in range(4):
        before, after = graph.evaluate([node, new], point(seed))
        assert after == pytest.approx(before, rel=1e-13)
    counts = [
        sum(graph.op[n] == "rcp" and n in graph.depends(["x", "y"], [root]) for n in graph.order([root]))
        for root in (node, new)
    ]
    assert counts[1] <= counts[0]
    if text not in TEXTS:
        assert counts == [6, 3]
