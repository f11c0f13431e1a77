"""How many patients a second of one thread the engine solves: 60 days with 28 infusions of 15 minutes, hourly outputs.

    python benchmarks/engine_rate.py [TRIAL|stand-in] [patients] [rtol]

TRIAL (fyfe-1995-rcc unless given) is the whole patient of that trial; stand-in is a network of made-up numbers with full
receptor kinetics, which does not change with the catalogue.
"""

from __future__ import annotations

import itertools
import sys
import time

import numpy as np

from leukin.engine import compile_network, solve
from leukin.engine.system import System
from leukin.network import Network
from leukin.network.model import RUN_IN

DAY = 24.0
#: h without treatment before day 0
SETTLING = 2000.0
#: nmol/h during an infusion: about 600,000 IU/kg
RATE = 700.0


def boundaries(horizon: float = 60 * DAY) -> list[tuple[float, float]]:
    """(time, nmol/h from then on) at every start and end of an infusion and every 8 h of the two cycles."""
    changes = {0.0: 0.0, horizon: 0.0}
    for cycle in (0.0, 14 * DAY):
        for dose in range(14):
            begin = cycle + 8.0 * dose
            changes[begin], changes[begin + 0.25] = RATE, 0.0
    return sorted(changes.items())


def outputs(horizon: float = 60 * DAY) -> np.ndarray:
    """Hourly in the two weeks of dosing, daily after them."""
    dosing = [cycle + np.arange(0.0, 120.0) for cycle in (0.0, 14 * DAY)]
    return np.unique(np.concatenate([*dosing, np.arange(0.0, horizon + 1, DAY)]))


def network_of(trial: str) -> Network:
    """The patient of a trial, or the stand-in."""
    if trial == "stand-in":
        from stand_in import stand_in

        return stand_in()
    from leukin.biology import assemble
    from leukin.catalog import load_catalog, load_trial
    from leukin.trial.design import scenario

    catalogue = load_catalog()
    return assemble.network(catalogue, scenario(load_trial(trial, catalogue)))


def population(system: System, n: int, seed: int = 1) -> np.ndarray:
    """Parameters with each value's own spread between patients; 30 % where the network states none at all."""
    random = np.random.default_rng(seed)
    parameters = [system.network.parameters.get(key) for key in system.parameters]
    spread = np.array([p.iiv_scale if p and p.dist == "lognormal" else 0.0 for p in parameters])
    if not spread.any():
        spread = np.full(len(spread), 0.3)
    return system.nominal * np.exp(spread * random.standard_normal((n, len(spread))))


def settle(system: System, params: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """State after the untreated run-in, and parameters with their baselines."""
    p = params.copy()
    p[:, system.parameter_index[RUN_IN]] = 1.0
    state = solve(system, system.initial(p), p, 0.0, SETTLING).state
    for baseline in system.network.baselines:
        p[:, system.parameter_index[baseline.parameter]] = system.evaluate(baseline.expression, state, p)
    p[:, system.parameter_index[RUN_IN]] = 0.0
    return state, p


def treat(
    system: System, state: np.ndarray, params: np.ndarray, rtol: float, block: int = 64
) -> tuple[np.ndarray, ...]:
    """All patients through all segments; steps and statuses."""
    when = outputs()
    steps, status = [], []
    port = next(port for port in system.network.ports if port.kind == "rate")
    for first in range(0, len(params), block):
        p, y = params[first : first + block].copy(), state[first : first + block]
        step, code, count = None, None, np.zeros(len(p), int)
        for (start, rate), (stop, _) in itertools.pairwise(boundaries()):
            p[:, system.parameter_index[port.target]] = rate
            inside = when[(when >= start) & (when < stop)]
            segment = solve(system, y, p, start, stop, times=inside, step=step, status=code, rtol=rtol)
            y, step, code, count = segment.state, segment.step, segment.status, count + segment.steps
        steps.append(count)
        status.append(code)
    return np.concatenate(steps), np.concatenate(status)


def measure(network: Network, n: int, rtol: float) -> None:
    """Print sizes, compile time and rate."""
    began = time.process_time()
    system = compile_network(network)
    compiled = time.process_time() - began
    state, params = settle(system, population(system, n))
    treat(system, state[:8], params[:8], rtol)
    best, wall = np.inf, np.inf
    for _ in range(3):
        began, clock = time.process_time(), time.perf_counter()
        steps, status = treat(system, state, params, rtol)
        best, wall = min(best, time.process_time() - began), min(wall, time.perf_counter() - clock)
    print(
        f"{len(system.states)} states, {len(system.parameters)} parameters, {len(system.machine.elimination.place)} entries "
        f"of LU, compiled in {compiled:.2f} s ({'from the cache' if system.machine.native.cached else 'cold'}); rtol {rtol:g}: "
        f"{n / best:.0f} patients/CPU-s ({n / wall:.0f} by the clock), {steps.mean():.0f} steps a patient, "
        f"{1e6 * best / steps.sum():.2f} us a step, {np.count_nonzero(status)} failed"
    )


if __name__ == "__main__":
    given = [*sys.argv[1:], *("fyfe-1995-rcc", "128", "1e-6")[len(sys.argv) - 1 :]]
    measure(network_of(given[0]), int(given[1]), float(given[2]))
