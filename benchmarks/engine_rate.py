"""How many patients a second of one thread the engine solves: 60 days with 28 infusions of 15 minutes, hourly outputs.

    python benchmarks/engine_rate.py [patients] [rtol]
"""

from __future__ import annotations

import sys
import time

import numpy as np

from leukin.engine import compile_network, solve
from leukin.engine.system import System
from leukin.network import Network

DAY = 24.0


def boundaries(horizon: float = 60 * DAY) -> list[tuple[float, float]]:
    """(time, nmol/h from then on) at every start and end of an infusion and every 8 h of the two cycles."""
    changes = {0.0: 0.0, horizon: 0.0}
    for cycle in (0.0, 14 * DAY):
        for dose in range(14):
            begin = cycle + 8.0 * dose
            changes[begin], changes[begin + 0.25] = 480.0, 0.0
    return sorted(changes.items())


def outputs(horizon: float = 60 * DAY) -> np.ndarray:
    """Hourly in the two weeks of dosing, daily after them."""
    dosing = [cycle + np.arange(0.0, 120.0) for cycle in (0.0, 14 * DAY)]
    return np.unique(np.concatenate([*dosing, np.arange(0.0, horizon + 1, DAY)]))


def population(system: System, n: int, spread: float = 0.3, seed: int = 1) -> np.ndarray:
    """Parameters with log-normal variation of every value."""
    random = np.random.default_rng(seed)
    return system.nominal * np.exp(spread * random.standard_normal((n, len(system.nominal))) - spread**2 / 2)


def treat(system: System, params: np.ndarray, rtol: float, block: int = 64, solver=solve):
    """All patients through all segments; the last states, steps and statuses."""
    changes, when = boundaries(), outputs()
    states, steps, status = [], [], []
    rate = system.parameter_index["rate_iv"]
    for first in range(0, len(params), block):
        p = params[first : first + block].copy()
        y, step, code = system.initial(p), None, None
        count = np.zeros(len(p), int)
        for (start, amount), (stop, _) in zip(changes[:-1], changes[1:], strict=True):
            p[:, rate] = amount
            inside = when[(when >= start) & (when < stop)]
            segment = solver(system, y, p, start, stop, times=inside, step=step, status=code, rtol=rtol)
            y, step, code, count = segment.state, segment.step, segment.status, count + segment.steps
        states.append(y)
        steps.append(count)
        status.append(code)
    return np.concatenate(states), np.concatenate(steps), np.concatenate(status)


def measure(network: Network, n: int, rtol: float) -> None:
    """Print sizes, compile time and rate."""
    began = time.process_time()
    system = compile_network(network)
    compiled = time.process_time() - began
    params = population(system, n)
    treat(system, params[:8], rtol)
    best, wall = np.inf, np.inf
    for _ in range(3):
        began, clock = time.process_time(), time.perf_counter()
        _, steps, status = treat(system, params, rtol)
        best, wall = min(best, time.process_time() - began), min(wall, time.perf_counter() - clock)
    entries = len(system.machine.elimination.place)
    print(
        f"{len(system.states)} states, {len(system.parameters)} parameters, {entries} entries of LU, compiled in "
        f"{compiled:.2f} s ({'cache' if system.machine.native.cached else 'cold'}); rtol {rtol:g}: {n / best:.0f} "
        f"patients/CPU-s ({n / wall:.0f} by the clock), {steps.mean():.0f} steps a patient, "
        f"{1e6 * best / steps.sum():.2f} us a step, {np.count_nonzero(status)} failed"
    )


if __name__ == "__main__":
    from stand_in import stand_in

    numbers = sys.argv[1:]
    measure(stand_in(), int(numbers[0]) if numbers else 128, float(numbers[1]) if len(numbers) > 1 else 1e-6)
