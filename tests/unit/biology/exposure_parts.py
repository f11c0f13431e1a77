"""Exposure by itself: lymphocytes that do not grow, receptors without memory, everything that is lost counted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from leukin.biology.assemble import exposure
from leukin.biology.pharmacokinetics import BLOOD_CELLS
from leukin.biology.routes import depots
from leukin.biology.translate import of_host, of_molecule
from leukin.catalog import load_catalog
from leukin.engine import System, compile_network
from leukin.network import Network, Species, equations
from leukin.quantity import Parameter, Source
from leukin.scenario import Arm
from leukin.simulate import Start, Trajectory, run_in, simulate
from unit.biology.body_parts import stand_in

Floats = NDArray[np.float64]
CATALOGUE = load_catalog()


@lru_cache(maxsize=32)
def network(molecule: str = "aldesleukin", routes: tuple[str, ...] = (), host: str = "human") -> Network:
    """Exposure to a molecule by the given routes; the state `gone` (nmol) counts what is lost less what is made."""
    drug = CATALOGUE.molecule(molecule)
    places = depots(routes)
    body = exposure(CATALOGUE, drug, places)
    body = of_molecule(of_host(body, CATALOGUE.host(host)), drug, CATALOGUE)
    counts = [
        Parameter(count, 1.0, "1", Source("definition"))
        for count in dict.fromkeys(count for count, _ in BLOOD_CELLS.values())
    ]
    lost = [f"local_loss_{place.label}*rate_scale*LOC_{place.label}" for place in places]
    counted = equations(
        species=[Species("gone", "nmol", scale=1.0)],
        rates={"gone": f"(1 - run_in)*({' + '.join(['clearance*C1 + S1 + S2 + skin - R0', *lost])})"},
        variables={"skin": ("nmol/h", "(1 - sc_bioavailability)*ka*rate_scale*Dp")},
        parameters=counts,
    )
    return body + stand_in(CATALOGUE.host(host)["weight"].canonical / 1000.0) + counted


@lru_cache(maxsize=32)
def system(molecule: str = "aldesleukin", routes: tuple[str, ...] = (), host: str = "human") -> System:
    """The same, compiled."""
    return compile_network(network(molecule, routes, host))


def alone(system: System, **changed: float) -> Floats:
    """Parameters without any cell, soluble receptor or endogenous interleukin-2: linear exposure, float64[1, parameter]."""
    nothing = {f"cells_{cell}": 0.0 for cell in BLOOD_CELLS} | {
        "sR0": 0.0,
        "I0": 0.0,
        "R0": 0.0,
        "shed0": 1.0,
    }
    params = system.nominal[None, :].copy()
    for name, value in (nothing | changed).items():
        params[0, system.parameter_index[name]] = value
    return params


def follow(
    system: System,
    arm: Arm,
    amounts: Sequence[float],
    times: Floats,
    names: Sequence[str],
    params: Floats | None = None,
    tolerance: tuple[float, float] = (1e-10, 1e-13),
) -> Trajectory:
    """Time courses of one patient under an arm, solved as closely as wanted."""
    from leukin.engine import solve

    def closely(*args: object, **kwargs: object) -> object:
        return solve(*args, **kwargs, rtol=tolerance[0], atol=tolerance[1])  # type: ignore[arg-type]

    if params is None:
        start = run_in(system, system.nominal[None, :], 100.0)
    else:  # nothing settles where nothing is made
        start = Start(system.initial(params), params, np.zeros(1, np.int64), np.full(1, 1e-3))
    run = simulate(
        system, start, arm, [np.array([amount]) for amount in amounts],
        horizon=float(times[-1]), times=times, record=tuple(names), solver=closely,  # type: ignore[arg-type]
    )  # fmt: skip
    assert (run.status == 0).all()
    return run


def area(times: Floats, level: Floats) -> float:
    """Area under a curve by the trapezium rule."""
    return float(np.sum((level[1:] + level[:-1]) / 2 * np.diff(times)))


__all__ = ["CATALOGUE", "alone", "area", "follow", "network", "system"]
