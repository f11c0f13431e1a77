"""Where a step's time goes, and what part of the core's peak it reaches: arithmetic counted in the generated code.

Floating-point operations are counted in the LLVM text of each function: one for an addition, a product, a quotient, a
root, a maximum; two for a fused multiply-add; those of exp, log and pow are the operations of their own polynomials. Each
is one operation a lane. The peak is measured: independent fused multiply-adds in registers, compiled by the same path.
"""

from __future__ import annotations

import ctypes
import re
import time
from dataclasses import replace
from typing import Any

import numpy as np
from cases import Cases, chosen, ours

from leukin.engine.native import build, this_processor
from leukin.engine.system import System

#: chains of dependent operations in the loop that measures the peak (latency times units, and some), and its turns
CHAINS, TURNS = 24, 1_000_000
#: calls between two looks at the clock, and how often; the least counts
REPEATS, ROUNDS = 500, 9
STEP = "take_step"
#: pieces of a patient's course that are solved before: some doses
EARLY = 12


def functions(text: str) -> dict[str, str]:
    """Name -> body of every function of the generated text."""
    found = re.finditer(r"^define [^@]*@(\w+)\([^\n]*\{\n(.*?)^\}", text, re.M | re.S)
    return {match[1]: match[2] for match in found}


def operations(body: str) -> tuple[int, dict[str, int]]:
    """Operations a lane of a function without those that it calls, and how often it calls which; loops count in full."""
    count, calls, turns = 0, dict[str, int](), 1
    trips = {m[1]: int(m[2]) for m in re.finditer(r"icmp eq i64 %(\w+)\.n, (\d+)", body)}
    for line in body.splitlines():
        if label := re.match(r"(\w+(?:\.x)?):", line):
            turns = trips.get(label[1], 1)
        if re.search(r"= (fadd|fsub|fmul|fdiv|fneg) .*<?\d* ?x? ?double", line) or re.search(
            r"@llvm\.(sqrt|m..num)\.", line
        ):
            count += turns
        elif "@llvm.fma." in line:
            count += 2 * turns
        elif called := re.search(r"call [^@]*@(\w+)\(", line):
            calls[called[1]] = calls.get(called[1], 0) + turns
    return count, calls


def whole(bodies: dict[str, str], name: str) -> int:
    """Operations a lane of a function with all that it calls."""
    count, calls = operations(bodies[name])
    return count + sum(n * whole(bodies, other) for other, n in calls.items() if other in bodies)


def profile(group: Cases) -> list[dict[str, Any]]:
    """What a step of the solver does: functions with calls, operations a lane, share of the step's time, GFLOP/s.

    Each function is timed alone, again and again on the same vector of patients, so that its data lie as near as they ever
    do; what the step itself does between them (sums of stages, errors) is the difference.
    """
    system = group.system
    bodies, lanes = functions(system.machine.text), system.machine.lanes
    few = chosen(group, np.arange(lanes) % len(group.doses))
    ours(
        replace(few, pieces=few.pieces[:EARLY]), rtol=1e-6
    )  # the numbers that functions meet during treatment
    work = system.machine.work()
    step = _timed(system, STEP, [work.ctypes.data])
    own, calls = operations(bodies[STEP])
    rows, left = [], step
    for name, count in calls.items():
        inline = re.search(rf"^define internal [^@]*@{name}\(", system.machine.text, re.M)
        if name not in bodies or inline:
            own += count * whole(bodies, name) if name in bodies else 0
            continue
        arguments = _arguments(bodies[STEP], name, work, lanes)
        kept = work.copy()
        if name == "solve":
            begin = (arguments[1] - work.ctypes.data) // 8
            work[begin : begin + len(system.states) * lanes] = (
                0.0  # again and again, other values would grow or vanish
            )
        seconds = count * _timed(system, name, arguments)
        work[:] = kept
        left -= seconds
        rows.append(_row(name, count, count * whole(bodies, name), seconds, step, lanes))
    rows.append(_row("sums of stages, errors", 1, own, left, step, lanes))
    rows.append(_row("a step", 1, whole(bodies, STEP), step, step, lanes))
    return rows


def _row(name: str, calls: int, count: int, seconds: float, step: float, lanes: int) -> dict[str, Any]:
    return {
        "function": name,
        "calls": calls,
        "operations": count,
        "us": 1e6 * seconds / lanes,
        "share": seconds / step,
        "gflops": 1e-9 * count * lanes / seconds,
    }


def _arguments(body: str, name: str, work: np.ndarray, lanes: int) -> list[int]:
    """Addresses that the last call of `name` in the step hands over."""
    place = {"%work": work.ctypes.data}
    for new, old, by in re.findall(
        r"(%\w+) = getelementptr inbounds <\d+ x double>, ptr (%\w+), i64 (\d+)\n", body
    ):
        if old in place:
            place[new] = place[old] + 8 * lanes * int(by)
    last = re.findall(rf"call void @{name}\(([^)]*)\)", body)[-1]
    return [place[part.split()[1]] for part in last.split(", ")]


def _timed(system: System, name: str, arguments: list[int]) -> float:
    """Seconds of one call, from a compiled loop of calls."""
    address = system.machine.native.engine.get_function_address(name)
    names = [f"%a{k}" for k in range(len(arguments))]
    text = f"""
define void @again(i64 %n, ptr %f, {", ".join(f"ptr {a}" for a in names)}) {{
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %j, %loop ]
  call void %f({", ".join(f"ptr {a}" for a in names)})
  %j = add i64 %i, 1
  %more = icmp slt i64 %j, %n
  br i1 %more, label %loop, label %done
done:
  ret void
}}
"""
    native = build(text, this_processor())
    again = native.function("again", [ctypes.c_int64, *[ctypes.c_void_p] * (1 + len(arguments))])
    best = np.inf
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        again(REPEATS, address, *arguments)
        best = min(best, (time.perf_counter() - begin) / REPEATS)
    return best


def peak() -> float:
    """GFLOP/s of one core, by a loop of fused multiply-adds in vectors as wide as the engine's."""
    processor = this_processor()
    v = f"<{processor.lanes} x double>"
    heads = "\n".join(f"  %x{k} = phi {v} [ %a, %entry ], [ %y{k}, %loop ]" for k in range(CHAINS))
    body = "\n".join(
        f"  %y{k} = call {v} @llvm.fma.v{processor.lanes}f64({v} %x{k}, {v} %a, {v} %b)"
        for k in range(CHAINS)
    )
    sums = "\n".join(f"  %s{k + 1} = fadd {v} %s{k}, %y{k}" for k in range(CHAINS))
    text = f"""
declare {v} @llvm.fma.v{processor.lanes}f64({v}, {v}, {v})
define void @spin(ptr %p, i64 %n) {{
entry:
  %a = load {v}, ptr %p, align 8
  %q = getelementptr {v}, ptr %p, i64 1
  %b = load {v}, ptr %q, align 8
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %j, %loop ]
{heads}
{body}
  %j = add i64 %i, 1
  %more = icmp slt i64 %j, %n
  br i1 %more, label %loop, label %done
done:
  %s0 = fadd {v} %a, %b
{sums}
  store {v} %s{CHAINS}, ptr %p, align 8
  ret void
}}
"""
    native = build(text, processor)
    spin = native.function("spin", [ctypes.c_void_p, ctypes.c_int64])
    best = np.inf
    for _ in range(5):
        values = np.full(2 * processor.lanes, 0.5)
        begin = time.perf_counter()
        spin(values.ctypes.data, TURNS)
        best = min(best, time.perf_counter() - begin)
    return 2.0 * CHAINS * processor.lanes * TURNS / best / 1e9
