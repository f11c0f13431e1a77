"""Generated functions of the method: one step of Rodas5P, dense output, acceptance and the first step, for all lanes.

They call the functions of the model (`kernels`) and work on the regions of `layout`. Each function has one argument,
the work array. Lane regions (one vector each): diagonal = 1/(gamma h), inverse = 1/h, error = mean square of the local
error over its tolerance (or the largest one's share, see ALONE), growth = factor for the next step, crossed = 1 where a
species fell below its threshold, accept, theta (fraction of a step), first_step (proposed), relative (tolerance), lowest < 0
where a state is below zero by more than `nothing` of its tolerance, as good as zero, dips = 1 where one fell below by an error.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from leukin.engine.layout import Layout
from leukin.engine.tableau import Tableau
from leukin.engine.text import Body, Lanes

#: safety factor of the step size, and the power of the error by which it changes: one below that of the local error,
#: which follows growing and shrinking steps more closely (10 % fewer steps measured on receptor networks)
SAFETY, POWER = 0.95, 0.25
#: how many tolerances the error of one state may have where the others have none: a mean over many states would hide it
ALONE = 6.0
#: a state that falls below zero by less than so many tolerances does so by an error
NEAR = 100.0
#: by how much the factors of a step may exceed their matrix; solutions then keep ten digits
GROWTH = 1e6


@dataclass(frozen=True, slots=True)
class _Row:
    """One state's vectors in the regions of the work array; `pointer` is the work array moved by the state's number."""

    body: Body
    pointer: str
    layout: Layout
    n: int

    def load(self, region: str, block: int = 0) -> str:
        return self.body.load(self.pointer, self.layout.offset[region] + block * self.n)

    def store(self, region: str, value: str, block: int = 0) -> None:
        self.body.store(self.pointer, self.layout.offset[region] + block * self.n, value)


class Stages:
    """Writes the functions of `tableau` for `n` states.

    wrapped: functions that another one of the same name calls; they are named NAME_state.
    """

    def __init__(
        self,
        tableau: Tableau,
        n: int,
        layout: Layout,
        lanes: Lanes,
        watched: Sequence[tuple[int, int]],
        wrapped: Collection[str] = (),
    ):
        self.tableau, self.n, self.layout, self.lanes = tableau, n, layout, lanes
        self.watched, self.wrapped = watched, wrapped

    def text(self) -> str:
        """All functions of this class."""
        return "\n".join(
            [
                self.step(),
                self.verify(),
                self.inside(),
                self.find_dips(),
                self.commit(),
                self.first(),
                self.loaded(),
            ]
        )

    def _name(self, name: str) -> str:
        return f"{name}_state" if name in self.wrapped else name

    def _open(self, *regions: str) -> tuple[Body, list[str]]:
        body = Body(self.lanes)
        return body, [body.at("%work", self.layout.offset[region]) for region in regions]

    def _row(self, body: Body, i: str) -> _Row:
        """Access to state i of the regions; in loops, where one pointer serves all of them."""
        return _Row(body, body.at("%work", i), self.layout, self.n)

    def step(self) -> str:
        """@take_step: stages k, new state u and its error, from state y with the steps in `diagonal` and `inverse`."""
        t = self.tableau
        names = ("y", "u", "k", "matrix", "prepared", "shared", "diagonal", "inverse", "tolerance", "image")
        body, (y, u, k, matrix, prepared, shared, diagonal, inverse, tolerance, image) = self._open(*names)
        stage = [body.at(k, j * self.n) for j in range(t.stages)]
        body.call("linearize", y, stage[0], matrix, prepared, shared, diagonal, tolerance, image)
        body.call("solve", matrix, stage[0])
        for s in range(1, t.stages):
            self._combine(body, s)
            body.call("rates", u, stage[s], prepared, shared, inverse, stage[s])
            body.call("solve", matrix, stage[s])
        self._judge(body, y, u)
        return body.text(self._name("take_step"), "work")

    def _combine(self, body: Body, s: int) -> None:
        """u = y + sum a_sj k_j, and sum c_sj k_j in the place of k_s, in one pass over the states."""
        a, c = self.tableau.a[s], self.tableau.c[s]
        grown = s > 1 and a[:-1] == self.tableau.a[s - 1]  # then u of the stage before lacks one term only

        def write(i: str, carried: list[str]) -> list[str]:
            row = self._row(body, i)
            k = [row.load("k", j) for j in range(s)]
            value = row.load("u" if grown else "y")
            for j in range(s - 1 if grown else 0, s):
                value = body.add(value, k[j]) if a[j] == 1.0 else body.fma(body.number(a[j]), k[j], value)
            row.store("u", value)
            total = body.mul(body.number(c[0]), k[0])
            for j in range(1, s):
                total = body.fma(body.number(c[j]), k[j], total)
            row.store("k", total, s)
            return []

        body.loop(self.n, write)

    def _judge(self, body: Body, y: str, u: str) -> None:
        """New state, mean square error over the tolerances, growth of the step, species that fell below a threshold."""
        offset, number = self.layout.offset, body.number
        tolerance = body.at("%work", offset["tolerance"])
        relative = body.load("%work", offset["relative"])

        def one(i: str, low: str) -> tuple[str, str, str]:
            """Error and tolerance of a state, and the lowest state so far."""
            row = self._row(body, i)
            error = row.load("k", self.tableau.stages - 1)
            new = body.add(row.load("u"), error)
            row.store("u", new)
            before, after = body.intrinsic("fabs", row.load("y")), body.intrinsic("fabs", new)
            size = body.where("ogt", before, after, before, after)
            own = body.spread(tolerance, i)
            raised = body.fma(body.load("%work", offset["nothing"]), own, new)
            low = body.where("olt", raised, low, raised, low)
            return error, body.fma(relative, size, own), low

        def two(half: str, carried: list[str]) -> list[str]:
            """Squares of two ratios by one division."""
            i = body.do(f"mul i64 {half}, 2")
            a, p, low = one(i, carried[1])
            b, q, low = one(body.do(f"add i64 {i}, 1"), low)
            inverse = body.div(number(1.0), body.mul(p, q))
            a, b = body.mul(body.mul(a, q), inverse), body.mul(body.mul(b, p), inverse)
            a, b = body.mul(a, a), body.mul(b, b)
            larger = body.where("ogt", a, b, a, b)
            most = body.where("ogt", larger, carried[2], larger, carried[2])
            return [body.add(carried[0], body.add(a, b)), low, most]

        total, low, most = number(0.0), number(0.0), number(0.0)
        if self.n > 1:
            total, low, most = body.loop(self.n // 2, two, [total, low, most])
        if self.n % 2:
            error, size, low = one(str(self.n - 1), low)
            ratio = body.div(error, size)
            ratio = body.mul(ratio, ratio)
            total = body.add(total, ratio)
            most = body.where("ogt", ratio, most, ratio, most)
        mean = body.mul(total, number(1.0 / self.n))
        most = body.mul(most, number(1.0 / ALONE**2))
        mean = body.where("ogt", most, mean, most, mean)
        body.store("%work", offset["error"], mean)
        body.store("%work", offset["lowest"], low)
        root = body.mul(body.function("vlog", mean), number(-0.5 * POWER))
        body.store("%work", offset["growth"], body.mul(number(SAFETY), body.function("vexp", root)))
        crossed = number(0.0)
        prepared = body.at("%work", offset["prepared"])
        for state, slot in self.watched:
            limit = body.load(prepared, slot)
            above = body.where("oge", body.load(y, state), limit, number(1.0), number(0.0))
            crossed = body.where(
                "olt", body.load(u, state), limit, body.where("ogt", above, crossed, above, crossed), crossed
            )
        body.store("%work", offset["crossed"], crossed)

    def verify(self) -> str:
        """@verify: doubt = 1 where the factors of this step are so much larger than their matrix that rounding spoils them.

        Compared are |L| |U| v and |E| v, state by state, v being the absolute tolerances, which have the magnitudes of the
        states; the relative residual of a solution is then at most a few GROWTH units of the last place.
        """
        names = ("z", "image", "matrix", "tolerance")
        body, (z, image, matrix, tolerance) = self._open(*names)
        number = body.number
        body.call("grow", matrix, tolerance, z)

        def compare(i: str, carried: list[str]) -> list[str]:
            most = body.mul(number(GROWTH), body.load(image, i))
            return [body.where("ole", body.load(z, i), most, carried[0], number(1.0))]

        doubt = body.loop(self.n, compare, [number(0.0)])[0]
        body.store("%work", self.layout.offset["doubt"], doubt)
        return body.text("verify", "work")

    def inside(self) -> str:
        """@inside: the state z at the fraction theta of the step that led from y to u."""
        body = Body(self.lanes)
        theta = body.load("%work", self.layout.offset["theta"])
        rest, weights = dense_weights(body, self.tableau, theta)

        def write(i: str, carried: list[str]) -> list[str]:
            row = self._row(body, i)
            value = body.fma(rest, row.load("y"), body.mul(theta, row.load("u")))
            for j, weight in enumerate(weights):
                value = body.fma(weight, row.load("k", j), value)
            row.store("z", value)
            return []

        body.loop(self.n, write)
        return body.text("inside", "work")

    def find_dips(self) -> str:
        """@find_dips: dips = 1 where a state falls from zero or above in y to below in `found`, by a few tolerances at most.

        Below by so little that it is as good as zero does not count.
        """
        body = Body(self.lanes)
        offset, number = self.layout.offset, body.number
        nothing, relative = (body.load("%work", offset[key]) for key in ("nothing", "relative"))
        tolerance = body.at("%work", offset["tolerance"])

        def look(i: str, carried: list[str]) -> list[str]:
            own, before = body.spread(tolerance, i), self._row(body, i).load("y")
            found = body.load("%found", i)
            bound = body.neg(body.mul(nothing, own))
            most = body.mul(number(NEAR), body.fma(relative, before, own))
            dip = body.where("olt", body.neg(found), most, number(1.0), carried[0])
            fell = body.where("olt", body.sub(found, before), body.mul(number(0.5), bound), dip, carried[0])
            new = body.where("oge", before, bound, fell, carried[0])
            return [body.where("olt", found, bound, new, carried[0])]

        dips = body.loop(self.n, look, [number(0.0)])[0]
        body.store("%work", offset["dips"], dips)
        return body.text("find_dips", "work found")

    def loaded(self) -> str:
        """@loaded: called when patients were loaded into lanes; there is nothing more to load for the solution alone."""
        return Body(self.lanes).text(self._name("loaded"), "work")

    def commit(self) -> str:
        """@commit: y = u in the lanes where `accept` is 1."""
        body = Body(self.lanes)
        mask = body.compare("ogt", body.load("%work", self.layout.offset["accept"]), body.number(0.0))

        def write(i: str, carried: list[str]) -> list[str]:
            row = self._row(body, i)
            row.store("y", body.select(mask, row.load("u"), row.load("y")))
            return []

        body.loop(self.n, write)
        return body.text(self._name("commit"), "work")

    def first(self) -> str:
        """@first: a first step from the sizes of the state, its derivative and its second derivative.

        Reference: Hairer E, Norsett S, Wanner G, Solving Ordinary Differential Equations I, section II.4.
        """
        names = ("y", "u", "g", "k", "z", "prepared", "shared", "zero")
        body, (y, u, g, k, weight, prepared, shared, zero) = self._open(*names)
        number, offset = body.number, self.layout.offset
        tolerance = body.at("%work", offset["tolerance"])
        relative = body.load("%work", offset["relative"])
        body.call("rates", y, g, prepared, shared, zero, y)

        def sizes(i: str, carried: list[str]) -> list[str]:
            size = body.fma(relative, body.intrinsic("fabs", body.load(y, i)), body.spread(tolerance, i))
            w = body.div(number(1.0), size)
            body.store(weight, i, w)
            a, b = body.mul(body.load(y, i), w), body.mul(body.load(g, i), w)
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
            d = body.mul(body.sub(body.load(k, i), body.load(g, i)), body.load(weight, i))
            return [body.fma(d, d, carried[0])]

        d2 = body.loop(self.n, change, [number(0.0)])[0]
        d2 = body.div(body.intrinsic("sqrt", body.mul(d2, number(1.0 / self.n))), guess)
        largest = body.where("ogt", d1, d2, d1, d2)
        largest = body.where("ogt", largest, small, largest, small)
        second = body.function(
            "vexp", body.mul(body.function("vlog", body.div(number(0.01), largest)), number(0.2))
        )
        guess = body.mul(number(100.0), guess)
        body.store("%work", offset["first_step"], body.where("olt", guess, second, guess, second))
        return body.text(self._name("first"), "work")


def dense_weights(body: Body, tableau: Tableau, theta: str) -> tuple[str, list[str]]:
    """1 - theta, and what each stage adds to the straight line from the start to the end of a step."""
    rest = body.sub(body.number(1.0), theta)
    both = body.mul(theta, rest)
    d1, d2, d3 = tableau.dense
    return rest, [
        body.mul(both, body.fma(theta, body.fma(theta, body.number(c), body.number(b)), body.number(a)))
        for a, b, c in zip(d1, d2, d3, strict=True)
    ]
