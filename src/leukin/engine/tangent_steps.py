"""Generated functions of the tangents' steps, for all lanes; the equations stand in `tangents`.

Each has one argument, the work array. They use the stages of the solution's step while these are at hand, and the factors of
its matrix; `low` and `part` tell each lane where in the step it begins and how far it goes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leukin.engine.layout import Layout
from leukin.engine.stages import dense_weights
from leukin.engine.tableau import RODAS5P, Tableau
from leukin.engine.text import Body, Lanes

Floats = NDArray[np.float64]

#: stages at whose abscissae the entries are computed, between the start and the end of a step; and where they are not
COMPUTED, BETWEEN = (2, 1, 3), 4
#: sets of entries: start, COMPUTED, end, BETWEEN, derivative at the start
START, END, MIDDLE, SLOPE, SETS = 0, 4, 5, 6, 7
#: the set of entries of each stage
SET_OF = (START, 2, 1, 3, MIDDLE, END, END, END)
#: a difference that turns is noise if it is smaller than this part of the relative tolerance times its largest value
NOISE = 0.01
#: what the wrapping functions find in the region `address`
ADDRESSES = ("count", "many", "times", "tangents", "saved", "ways")


def abscissae(tableau: Tableau) -> tuple[Floats, Floats]:
    """x_i and gamma_i of the stages of a method."""
    n = tableau.stages
    a, c = np.zeros((n, n)), np.zeros((n, n))
    for i in range(n):
        a[i, : len(tableau.a[i])], c[i, : len(tableau.c[i])] = tableau.a[i], tableau.c[i]
    inner = np.linalg.inv(np.eye(n) / tableau.gamma - c)
    return (a @ inner).sum(axis=1), inner.sum(axis=1)


def polynomial(nodes: Sequence[float], x: float) -> tuple[Floats, Floats]:
    """Weights of values at `nodes` in the value at x, and in the derivative at 0, of the polynomial through them."""
    powers = np.vander(np.asarray(nodes), increasing=True)
    inverse = np.linalg.inv(powers)
    return x ** np.arange(len(nodes)) @ inverse, inverse[1]


class TangentSteps:
    """Writes the steps of tangents of `n` states; all work on the work array."""

    def __init__(self, lanes: Lanes, layout: Layout, n: int, ways: int, entries: int, kinks: int):
        self.lanes, self.layout, self.n, self.ways = lanes, layout, n, ways
        self.entries, self.kinks = entries, kinks
        self.x, self.gammas = abscissae(RODAS5P)

    def text(self) -> str:
        """All functions of this class."""
        return "\n".join(
            [
                self._state_inside(),
                self._along(),
                self._turns(),
                self._turns_here(),
                self._step(),
                self._inside("tangent_at", kept=False),
                self._inside("tangent_inside", kept=True),
                self._commit(),
                self._entries_commit(),
                self._limits(),
                self._keep_full(),
            ]
        )

    def _open(self, *regions: str) -> tuple[Body, list[str]]:
        body = Body(self.lanes)
        return body, [body.at("%work", self.layout.offset[region]) for region in regions]

    def _chosen(self, body: Body) -> tuple[str, str]:
        """Where the tangent of the chosen parameter is, and how far each parameter moves with it."""
        place = body.at("%work", self.layout.offset["chosen"])
        c = body.do(f"load i64, ptr {place}")
        tangent = body.at("%work", self.layout.offset["tangent"])
        way = body.at("%work", self.layout.offset["way"])
        return (
            body.at(tangent, body.do(f"mul i64 {c}, {self.n}")),
            body.at(way, body.do(f"mul i64 {c}, {self.ways}")),
        )

    def _state(self, body: Body, theta: str) -> None:
        """Write the state at the fraction theta of the step to `inner`."""
        y, full, k, inner = (body.at("%work", self.layout.offset[key]) for key in ("y", "full", "k", "inner"))
        rest, weights = dense_weights(body, RODAS5P, theta)

        def write(i: str, carried: list[str]) -> list[str]:
            value = body.fma(rest, body.load(y, i), body.mul(theta, body.load(full, i)))
            for j, weight in enumerate(weights):
                value = body.fma(weight, body.load(body.at(k, j * self.n), i), value)
            body.store(inner, i, value)
            return []

        body.loop(self.n, write)

    def _state_inside(self) -> str:
        """@state_inside: the state `inner` at the fraction theta of the step."""
        body = Body(self.lanes)
        self._state(body, body.load("%work", self.layout.offset["theta"]))
        return body.text("state_inside", "work")

    def _along(self) -> str:
        """@along: all sets of entries but the first, from the state along the step."""
        body, (inner, entries, prepared, shared) = self._open("inner", "entries", "prepared", "shared")
        low = body.load("%work", self.layout.offset["low"])
        part = body.load("%work", self.layout.offset["part"])
        kinks_low, kinks_high = (
            body.at("%work", self.layout.offset[key]) for key in ("kinks_low", "kinks_high")
        )
        self._state(body, low)
        body.call("kinks", inner, kinks_low, prepared, shared)
        for number, x in enumerate([*(float(self.x[stage]) for stage in COMPUTED), 1.0], 1):
            self._state(body, body.fma(part, body.number(x), low))
            body.call("slopes", inner, body.at(entries, number * self.entries), prepared, shared)
        body.call("kinks", inner, kinks_high, prepared, shared)
        nodes = [0.0, *(float(self.x[stage]) for stage in COMPUTED), 1.0]
        value_weights, slope_weights = polynomial(nodes, float(self.x[BETWEEN]))

        def blend(i: str, carried: list[str]) -> list[str]:
            sets = [body.load(body.at(entries, r * self.entries), i) for r in range(len(nodes))]
            for place, weights in ((MIDDLE, value_weights), (SLOPE, slope_weights)):
                value = body.mul(body.number(float(weights[0])), sets[0])
                for weight, one in zip(weights[1:], sets[1:], strict=True):
                    value = body.fma(body.number(float(weight)), one, value)
                body.store(body.at(entries, place * self.entries), i, value)
            return []

        if self.entries:
            body.loop(self.entries, blend)
        return body.text("along", "work")

    def _turns(self) -> str:
        """@turns: kinks_turn = 1 for a difference that turns, by more than noise, in a lane on its way; turned: any does."""
        body, (low, high, size, turn) = self._open("kinks_low", "kinks_high", "kinks_size", "kinks_turn")
        number, zero, mask = body.number, body.number(0.0), self.lanes.mask
        active = body.compare("ogt", body.load("%work", self.layout.offset["active"]), zero)
        least = body.mul(number(NOISE), body.load("%work", self.layout.offset["relative"]))

        def write(i: str, carried: list[str]) -> list[str]:
            first, last, large = body.load(low, i), body.load(high, i), body.load(size, i)
            a, b = body.intrinsic("fabs", first), body.intrinsic("fabs", last)
            own = body.where("ogt", a, b, a, b)
            large = body.select(active, body.where("ogt", own, large, own, large), large)
            body.store(size, i, large)
            signs = body.compare("ogt", first, zero), body.compare("ogt", last, zero)
            found = body.do(f"xor {mask} {signs[0]}, {signs[1]}")
            found = body.do(f"and {mask} {found}, {active}")
            found = body.do(f"and {mask} {found}, {body.compare('oge', own, body.mul(least, large))}")
            body.store(turn, i, body.select(found, number(1.0), zero))
            return [body.select(found, number(1.0), carried[0])]

        found = body.loop(self.kinks, write, [zero])[0] if self.kinks else zero
        body.store("%work", self.layout.offset["turned"], found)
        return body.text("turns", "work")

    def _turns_here(self) -> str:
        """@turns_here: turned = 1 where one of these differences has turned between `low` and here."""
        body, (low, here, turn) = self._open("kinks_low", "kinks_here", "kinks_turn")
        number, zero, mask = body.number, body.number(0.0), self.lanes.mask

        def write(i: str, carried: list[str]) -> list[str]:
            signs = [body.compare("ogt", body.load(place, i), zero) for place in (low, here)]
            found = body.do(f"xor {mask} {signs[0]}, {signs[1]}")
            return [
                body.select(
                    found, body.where("ogt", body.load(turn, i), zero, number(1.0), carried[0]), carried[0]
                )
            ]

        found = body.loop(self.kinks, write, [zero])[0] if self.kinks else zero
        body.store("%work", self.layout.offset["turned"], found)
        return body.text("turns_here", "work")

    def _step(self) -> str:
        """@tangent_step: stages tk and the new tangent `ahead` of the chosen parameter."""
        t, n = RODAS5P, self.n
        names = ("entries", "prepared", "matrix", "own_inverse", "tk", "ahead", "turn", "chosen")
        body, (entries, prepared, matrix, inverse, tk, ahead, turn, chosen) = self._open(*names)
        s, way = self._chosen(body)
        sets = [body.at(entries, r * self.entries) for r in range(SETS)]
        k = [body.at(tk, j * n) for j in range(t.stages)]
        step = body.load(inverse)

        def clear(i: str, carried: list[str]) -> list[str]:
            body.store(turn, i, body.number(0.0))
            return []

        body.loop(n, clear)
        body.call("product_moving", sets[SLOPE], prepared, s, turn)
        body.call("push", chosen, sets[SLOPE], way, turn)
        for stage in range(t.stages):
            a, c, gamma = t.a[stage], t.c[stage], float(self.gammas[stage])
            turning = abs(gamma) > 1e-12

            def write(
                i: str,
                carried: list[str],
                stage: int = stage,
                a: tuple[float, ...] = a,
                c: tuple[float, ...] = c,
                gamma: float = gamma,
                turning: bool = turning,
            ) -> list[str]:
                values = [body.load(k[j], i) for j in range(stage)]
                if stage > 0:
                    grown = stage > 1 and a[:-1] == t.a[stage - 1]
                    value = body.load(ahead if grown else s, i)
                    for j in range(stage - 1 if grown else 0, stage):
                        value = body.fma(body.number(a[j]), values[j], value)
                    body.store(ahead, i, value)
                total = body.number(0.0)
                if stage > 0:
                    total = body.mul(body.number(c[0]), values[0])
                    for j in range(1, stage):
                        total = body.fma(body.number(c[j]), values[j], total)
                    total = body.mul(step, total)
                if turning:
                    total = body.fma(body.number(gamma), body.load(turn, i), total)
                body.store(k[stage], i, total)
                return []

            body.loop(n, write)
            body.call("product", sets[SET_OF[stage]], prepared, ahead if stage else s, k[stage])
            body.call("push", chosen, sets[SET_OF[stage]], way, k[stage])
            body.call("solve", matrix, k[stage])

        def last(i: str, carried: list[str]) -> list[str]:
            body.store(ahead, i, body.add(body.load(ahead, i), body.load(k[-1], i)))
            return []

        body.loop(n, last)
        return body.text("tangent_step", "work")

    def _inside(self, name: str, kept: bool) -> str:
        """@name: the tangent `inner` at the fraction theta of the step; of the states in `kept` only, if so."""
        body, (tk, ahead, inner, places, address) = self._open("tk", "ahead", "inner", "kept", "address")
        s, _ = self._chosen(body)
        theta = body.load("%work", self.layout.offset["theta"])
        rest, weights = dense_weights(body, RODAS5P, theta)
        count: int | str = self.n
        if kept:
            place = body.do(f"getelementptr i64, ptr {address}, i64 {ADDRESSES.index('many')}")
            count = body.do(f"load i64, ptr {place}")

        def write(i: str, carried: list[str]) -> list[str]:
            row = i
            if kept:
                row = body.do(f"load i64, ptr {body.do(f'getelementptr i64, ptr {places}, i64 {i}')}")
            value = body.fma(rest, body.load(s, row), body.mul(theta, body.load(ahead, row)))
            for j, weight in enumerate(weights):
                value = body.fma(weight, body.load(body.at(tk, j * self.n), row), value)
            body.store(inner, row, value)
            return []

        body.loop(count, write)
        return body.text(name, "work")

    def _commit(self) -> str:
        """@tangent_commit: the chosen tangent becomes `ahead` in the lanes that are `going`."""
        body, (ahead,) = self._open("ahead")
        s, _ = self._chosen(body)
        mask = body.compare("ogt", body.load("%work", self.layout.offset["going"]), body.number(0.0))

        def write(i: str, carried: list[str]) -> list[str]:
            body.store(s, i, body.select(mask, body.load(ahead, i), body.load(s, i)))
            return []

        body.loop(self.n, write)
        return body.text("tangent_commit", "work")

    def _entries_commit(self) -> str:
        """@entries_commit: the entries of the end become those of the start where the step was accepted."""
        body, (entries,) = self._open("entries")
        mask = body.compare("ogt", body.load("%work", self.layout.offset["accept"]), body.number(0.0))
        end = body.at(entries, END * self.entries)

        def write(i: str, carried: list[str]) -> list[str]:
            body.store(entries, i, body.select(mask, body.load(end, i), body.load(entries, i)))
            return []

        if self.entries:
            body.loop(self.entries, write)
        return body.text("entries_commit", "work")

    def _limits(self) -> str:
        body, (prepared, limit) = self._open("prepared", "limit")
        body.call("limits_of", prepared, limit)
        return body.text("limits", "work")

    def _keep_full(self) -> str:
        """@take_step: as without tangents; the end of the step is kept, since an extinction replaces it."""
        body, (u, full) = self._open("u", "full")
        body.call("take_step_state", "%work")

        def copy(i: str, carried: list[str]) -> list[str]:
            body.store(full, i, body.load(u, i))
            return []

        body.loop(self.n, copy)
        return body.text("take_step", "work")
