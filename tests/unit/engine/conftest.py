"""Systems that the engine's tests share, compiled once."""

from __future__ import annotations

import pytest

from leukin.engine import System, compile_network
from leukin.network import equations
from unit.engine.toys import numbers, receptors, robertson, species


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory):
    return tmp_path_factory.mktemp("compiled")


@pytest.fixture(scope="session")
def stiff(cache) -> System:
    return compile_network(robertson(), cache=cache)


@pytest.fixture(scope="session")
def receptor(cache) -> System:
    return compile_network(receptors(), cache=cache)


@pytest.fixture(scope="session")
def build(cache):
    """Compile equations given as texts: build(rates, starts, parameters, **more)."""

    def make(
        rates: dict[str, str],
        starts: dict[str, str],
        values: dict[str, float],
        lanes: int | None = None,
        **more,
    ) -> System:
        network = equations(species=species(**starts), rates=rates, parameters=numbers(**values), **more)
        return compile_network(network, lanes=lanes, cache=cache)

    return make
