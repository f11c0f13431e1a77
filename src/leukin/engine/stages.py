"""Generated functions of the method: one step of Rodas5P, dense output, acceptance and the first step, for all lanes.

They call the functions of the model (`kernels`) and work on the regions of `layout`. Each function has one argument,
the work array. Lane regions (one vector each): diagonal = 1/(gamma h), inverse = 1/h, error = mean square of the local
error over its tolerance, growth = factor for the next step, crossed = 1 where a species fell below its threshold,
accept, theta (fraction of a step), first_step (proposed), relative (tolerance).
"""

from __future__ import annotations

from collections.abc import Sequence

from leukin.engine.layout import Layout
from leukin.engine.tableau import Tableau
from leukin.engine.text import Body, Lanes

#: safety factor of the step size, and the power of the error by which it changes: one below that of the local error,
#: which follows growing and shrinking steps more closely (10 % fewer steps measured on receptor networks)
SAFETY, POWER = 0.95, 0.25


class Stages:
    """Writes the functions of `tableau` for `n` states."""

    def __init__(self, tableau: Tableau, n: int, layout: Layout, lanes: Lanes, watched: Sequence[tuple[int, int]]):
        self.tableau, self.n, self.layout, self.lanes = tableau, n, layout, lanes
        self.watched = watched

    def text(self) -> str:
        """All functions of this class."""
        return "\n".join([self.step(), self.inside(), self.commit(), self.first()])

    def _open(self, *regions: str) -> tuple[Body, list[str]]:
        body = Body(self.lanes)
        return body, [body.at("%work", self.layout.offset[region]) for region in regions]

    def step(self) -> str:
        """@take_step: stages k, new state u and its error, from state y with the steps in `diagonal` and `inverse`."""
        t, n = self.tableau, self.n
        names = ("y", "u", "g", "k", "matrix", "prepared", "shared", "diagonal", "inverse", "zero")
        body, (y, u, g, k, matrix, prepared, shared, diagonal, inverse, zero) = self._open(*names)
        stage = [body.at(k, j * n) for j in range(t.stages)]
        body.call("factor", y, matrix, prepared, shared, diagonal)
        body.call("rates", y, stage[0], prepared, shared, zero, y)
        body.call("solve", matrix, stage[0])
        for s in range(1, t.stages):
            self._combine(body, s, y, u, g, stage)
            body.call("rates", u, stage[s], prepared, shared, inverse, g)
            body.call("solve", matrix, stage[s])
        self._judge(body, y, u, stage[-1])
        return body.text("take_step", "work")

    def _combine(self, body: Body, s: int, y: str, u: str, g: str, stage: list[str]) -> None:
        """u = y + sum a_sj k_j and g = sum c_sj k_j in one pass over the states."""
        a, c = self.tableau.a[s], self.tableau.c[s]
        grown = s > 1 and a[:-1] == self.tableau.a[s - 1]  # then u of the stage before lacks one term only

        def write(i: str, carried: list[str]) -> list[str]:
            k = [body.load(stage[j], i) for j in range(s)]
            value = body.load(u if grown else y, i)
            for j in range(s - 1 if grown else 0, s):
                value = body.add(value, k[j]) if a[j] == 1.0 else body.fma(body.number(a[j]), k[j], value)
            body.store(u, i, value)
            total = body.mul(body.number(c[0]), k[0])
            for j in range(1, s):
                total = body.fma(body.number(c[j]), k[j], total)
            body.store(g, i, total)
            return []

        body.loop(self.n, write)

    def _judge(self, body: Body, y: str, u: str, last: str) -> None:
        """New state, mean square error over the tolerances, growth of the step, species that fell below a threshold."""
        offset, number = self.layout.offset, body.number
        tolerance = body.at("%work", offset["tolerance"])
        relative = body.load("%work", offset["relative"])

        def write(i: str, carried: list[str]) -> list[str]:
            error = body.load(last, i)
            new = body.add(body.load(u, i), error)
            body.store(u, i, new)
            before, after = body.intrinsic("fabs", body.load(y, i)), body.intrinsic("fabs", new)
            size = body.where("ogt", before, after, before, after)
            ratio = body.div(error, body.fma(relative, size, body.spread(tolerance, i)))
            return [body.fma(ratio, ratio, carried[0])]

        total = body.loop(self.n, write, [number(0.0)])[0]
        mean = body.mul(total, number(1.0 / self.n))
        body.store("%work", offset["error"], mean)
        root = body.mul(body.function("vlog", mean), number(-0.5 * POWER))
        body.store("%work", offset["growth"], body.mul(number(SAFETY), body.function("vexp", root)))
        crossed = number(0.0)
        prepared = body.at("%work", offset["prepared"])
        for state, slot in self.watched:
            limit = body.load(prepared, slot)
            above = body.where("oge", body.load(y, state), limit, number(1.0), number(0.0))
            crossed = body.where("olt", body.load(u, state), limit, body.where("ogt", above, crossed, above, crossed), crossed)
        body.store("%work", offset["crossed"], crossed)

    def inside(self) -> str:
        """@inside: the state z at the fraction theta of the step that led from y to u."""
        body, (y, u, z, k) = self._open("y", "u", "z", "k")
        theta = body.load("%work", self.layout.offset["theta"])
        rest = body.sub(body.number(1.0), theta)
        both = body.mul(theta, rest)
        d1, d2, d3 = self.tableau.dense
        weights = [
            body.mul(both, body.fma(theta, body.fma(theta, body.number(c), body.number(b)), body.number(a)))
            for a, b, c in zip(d1, d2, d3, strict=True)
        ]
        stage = [body.at(k, j * self.n) for j in range(self.tableau.stages)]

        def write(i: str, carried: list[str]) -> list[str]:
            value = body.fma(rest, body.load(y, i), body.mul(theta, body.load(u, i)))
            for weight, pointer in zip(weights, stage, strict=True):
                value = body.fma(weight, body.load(pointer, i), value)
            body.store(z, i, value)
            return []

        body.loop(self.n, write)
        return body.text("inside", "work")

    def commit(self) -> str:
        """@commit: y = u in the lanes where `accept` is 1."""
        body, (y, u) = self._open("y", "u")
        mask = body.compare("ogt", body.load("%work", self.layout.offset["accept"]), body.number(0.0))

        def write(i: str, carried: list[str]) -> list[str]:
            body.store(y, i, body.select(mask, body.load(u, i), body.load(y, i)))
            return []

        body.loop(self.n, write)
        return body.text("commit", "work")

    def first(self) -> str:
        """@first: a first step from the sizes of the state, its derivative and its second derivative.

        Reference: Hairer E, Norsett S, Wanner G, Solving Ordinary Differential Equations I, section II.4.
        """
        names = ("y", "u", "g", "k", "prepared", "shared", "zero")
        body, (y, u, g, k, prepared, shared, zero) = self._open(*names)
        number, offset = body.number, self.layout.offset
        tolerance = body.at("%work", offset["tolerance"])
        relative = body.load("%work", offset["relative"])
        body.call("rates", y, g, prepared, shared, zero, y)

        def weight(i: str) -> str:
            return body.fma(relative, body.intrinsic("fabs", body.load(y, i)), body.spread(tolerance, i))

        def sizes(i: str, carried: list[str]) -> list[str]:
            w = weight(i)
            a, b = body.div(body.load(y, i), w), body.div(body.load(g, i), w)
            return [body.fma(a, a, carried[0]), body.fma(b, b, carried[1])]

        d0, d1 = body.loop(self.n, sizes, [number(0.0), number(0.0)])
        small = number(1e-10)
        d0, d1 = (body.intrinsic("sqrt", body.mul(d, number(1.0 / self.n))) for d in (d0, d1))
        guess = body.div(body.mul(number(0.01), d0), body.where("ogt", d1, small, d1, small))
        guess = body.where("olt", d0, small, number(1e-6), body.where("olt", d1, small, number(1e-6), guess))

        def euler(i: str, carried: list[str]) -> list[str]:
            body.store(u, i, body.fma(guess, body.load(g, i), body.load(y, i)))
            return []

        body.loop(self.n, euler)
        body.call("rates", u, k, prepared, shared, zero, y)

        def change(i: str, carried: list[str]) -> list[str]:
            d = body.div(body.sub(body.load(k, i), body.load(g, i)), weight(i))
            return [body.fma(d, d, carried[0])]

        d2 = body.loop(self.n, change, [number(0.0)])[0]
        d2 = body.div(body.intrinsic("sqrt", body.mul(d2, number(1.0 / self.n))), guess)
        largest = body.where("ogt", d1, d2, d1, d2)
        largest = body.where("ogt", largest, small, largest, small)
        second = body.function("vexp", body.mul(body.function("vlog", body.div(number(0.01), largest)), number(0.2)))
        guess = body.mul(number(100.0), guess)
        body.store("%work", offset["first_step"], body.where("olt", guess, second, guess, second))
        return body.text("first", "work")
