"""Puts the generated functions of a model together and compiles them."""

from __future__ import annotations

import ctypes
import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from leukin.engine.advance import advance, begin
from leukin.engine.elimination import Elimination, eliminate
from leukin.engine.kernels import Kernels
from leukin.engine.lanemath import lane_math
from leukin.engine.layout import Layout, arrange
from leukin.engine.model import Model
from leukin.engine.native import Native, build, this_processor
from leukin.engine.stages import Stages
from leukin.engine.tableau import RODAS5P
from leukin.engine.text import ALIGNMENT, ATTRIBUTES, Lanes
from leukin.engine.translate import Region, translate

#: status of a patient after a solve
OK, NOT_FINITE, TOO_SMALL, TOO_MANY, BROKEN, UNSTABLE = 0, 1, 2, 3, 4, 5
#: bounds of the change of a step; by how much a last step may be stretched to reach the end; a proposed step of which
#: this part is still more than the estimate of a first step is not used
SMALLEST, LARGEST, STRETCH, JUMP = 0.1, 8.0, 1.1, 0.05
#: how often a step is taken again because a state fell below zero by an error
HALVINGS = 6
#: of a patient's steps one in so many has its factors verified; a step in doubt is taken again with half its length, at
#: most so many times running
EVERY, AGAIN = 8, 4

#: arguments of `begin` and of `advance`
BEGIN = "d* i d* d* d* i* d"
SIGNATURE = "d* i i* d* d* d* i d* d* i* i* d* d d d i"
#: lane regions: one vector each, of doubles or whole numbers
REALS = (
    "diagonal inverse zero error growth crossed accept theta first_step relative nothing lowest dips time size used doubt "
    "reached ending"
).split()
WHOLES = "who new mark rejected want lost doubted".split()


@dataclass(frozen=True, slots=True)
class Machine:
    """Compiled functions of one model, and the work array that each thread has of its own."""

    native: Native
    lanes: int
    layout: Layout
    elimination: Elimination
    begin: Any
    advance: Any
    local: threading.local
    template: NDArray[np.float64] = field(repr=False)
    text: str = field(repr=False)

    def work(self) -> NDArray[np.float64]:
        """This thread's work array, aligned for vectors."""
        found: NDArray[np.float64] | None = getattr(self.local, "work", None)
        if found is None:
            size = len(self.template)
            raw = np.empty(size + ALIGNMENT // 8)
            shift = (-raw.ctypes.data % ALIGNMENT) // 8
            found = raw[shift : shift + size]
            found[:] = self.template
            self.local.work = found
        return found


class Extension(Protocol):
    """Further functions that are compiled with those of a model, around some of which they are wrapped.

    wrapped: functions of the model that one of the same name here calls as NAME_state; wholes: regions of whole numbers.
    """

    @property
    def wrapped(self) -> tuple[str, ...]: ...

    @property
    def wholes(self) -> tuple[str, ...]: ...

    def terms(self, kernels: Kernels) -> list[str]:
        """Functions of the equations."""
        ...

    def regions(self, lanes: Lanes) -> dict[str, int]:
        """Sizes (in vectors) of the regions that they need."""
        ...

    def functions(
        self, layout: Layout, constants: Mapping[str, int | float], regions: Mapping[str, Region]
    ) -> list[str]:
        """All other functions, once the work array is laid out."""
        ...


def build_machine(
    model: Model, width: int | None = None, cache: Path | None = None, extension: Extension | None = None
) -> Machine:
    """Generate and compile a model's functions for vectors of `width` patients, with an extension if there is one."""
    processor = this_processor()
    lanes = Lanes(width or processor.lanes)
    pattern = [tuple(row) for row in model.slopes]
    elimination = eliminate(pattern)
    kernels = Kernels(model, elimination, lanes)
    texts = [kernels.rates(), kernels.linearize(), kernels.solve(), kernels.growth()]
    if extension is not None:
        texts += extension.terms(kernels)
    texts.append(kernels.prepare())
    n, stages = len(model.states), RODAS5P.stages
    blocks = lambda count: -(-count // lanes.width)  # noqa: E731
    layout = arrange(
        dict.fromkeys((*REALS, *WHOLES), 1)
        | {"y": n, "u": n, "g": n, "z": n, "image": n, "k": stages * n, "matrix": len(elimination.place)}
        | {
            "prepared": len(kernels.hoist.slots),
            "shared": kernels.shared,
            "parameters": len(model.parameters),
        }
        | {"tolerance": blocks(n), "dense": blocks(3 * stages), "watched": blocks(len(model.extinctions))}
        | {"slot": blocks(len(model.extinctions))}
        | ({} if extension is None else extension.regions(lanes))
    )
    watched = [(state, slot) for (state, _), slot in zip(model.extinctions, kernels.thresholds, strict=True)]
    wrapped = () if extension is None else extension.wrapped
    texts.append(Stages(RODAS5P, n, layout, lanes, watched, wrapped).text())
    constants: dict[str, int | float] = {
        "LANES": lanes.width, "STATES": n, "PARAMETERS": len(model.parameters), "EXTINCTIONS": len(watched),
        "STAGES": stages, "GAMMA": RODAS5P.gamma, "SMALLEST": SMALLEST, "LARGEST": LARGEST, "STRETCH": STRETCH, "JUMP": JUMP,
        "NAN": math.nan, "HUGE": 1e300, "NOT_FINITE": NOT_FINITE, "TOO_SMALL": TOO_SMALL, "TOO_MANY": TOO_MANY,
        "BROKEN": BROKEN, "UNSTABLE": UNSTABLE, "EVERY": EVERY, "AGAIN": AGAIN,
        "HALVINGS": HALVINGS,
    }  # fmt: skip
    wholes = () if extension is None else extension.wholes
    kinds = dict.fromkeys((*WHOLES, "watched", "slot", *wholes), "i")
    regions = {name: Region(kinds.get(name, "d"), lanes.bytes * at) for name, at in layout.offset.items()}
    texts += [translate(begin, BEGIN, constants, regions), translate(advance, SIGNATURE, constants, regions)]
    if extension is not None:
        texts += extension.functions(layout, constants, regions)
    text = "\n".join([lanes.declarations(), lane_math(lanes), *texts, ATTRIBUTES])
    native = build(text, processor, cache)
    kinds_of = {"i": ctypes.c_int64, "d": ctypes.c_double, "i*": ctypes.c_void_p, "d*": ctypes.c_void_p}
    first, call = (
        native.function(name, [kinds_of[kind] for kind in signature.split()])
        for name, signature in (("begin", BEGIN), ("advance", SIGNATURE))
    )
    template = _template(layout, lanes, watched)
    return Machine(native, lanes.width, layout, elimination, first, call, threading.local(), template, text)


def _template(layout: Layout, lanes: Lanes, watched: list[tuple[int, int]]) -> NDArray[np.float64]:
    """The work array before its first use: zero, but for the constants that the stepping loop reads."""
    array = np.zeros(layout.size * lanes.width)
    begin = layout.offset["dense"] * lanes.width
    dense = np.array(RODAS5P.dense).ravel()
    array[begin : begin + dense.size] = dense
    whole = array.view(np.int64)
    for name, values in (("watched", [s for s, _ in watched]), ("slot", [s for _, s in watched])):
        begin = layout.offset[name] * lanes.width
        whole[begin : begin + len(values)] = values
    return array
