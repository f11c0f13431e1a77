"""Tangents: how the solution moves with parameters, advanced with the steps and the factors of the solution itself.

A tangent s = dy/dp of the solution of y' = f(y, p) obeys the linear equation

    s' = J(y(t)) s + g(y(t)),    J = df/dy,    g = sum_q df/dp_q dp_q/dp,

where q runs over the parameter p itself and over those that the run-in set (baselines), whose own tangents dp_q/dp do not
change during a segment. Over each accepted step, from t to t + h, with y(t + x h) from the step's dense output, it is
solved by the same method as a system that depends on time, with the factors of E = 1/(gamma h) - J(y(t)) at hand:

    S_i = s + sum_j a_ij k_j,    E k_i = J(x_i) S_i + g(x_i) + (1/h) sum_j c_ij k_j + gamma_i (J' s + g'),    j < i
    s_new = S_8 + k_8.

x_i = sum_j alpha_ij and gamma_i = sum_j gamma_ij are the abscissae of the method (Hairer E, Wanner G, Solving Ordinary
Differential Equations II, section IV.7); with G = (1/gamma - c)**-1 they are the row sums of a G and of G. J and g are
computed at x = 0, at the end and at three abscissae, once for all parameters; at the fourth, which lies beside another
one, they are those of the polynomial through these five, and so are the derivatives J', g' by x at 0. What a parameter
costs is then eight products with J, eight solutions and the sums of the stages. The order is that of the method.

Where max, min or a choice turns within a step, J jumps, and a tangent over the whole step would only be as accurate as the
step is short. Such a kink is found by bisection on the dense output, and the tangents go up to it and on from behind it in
two steps with factors of their own.

The error of a tangent has no part in the choice of the steps, so the solution keeps its bits; tangents follow where the
solution is resolved, and are as accurate as tolerances are tight. At an extinction of species e at t_e, where y_e falls
to its threshold c(p), the moment moves, dt_e/dp = (dc/dp - s_e)/f_e(before), and with it all tangents:

    s -> s + (f(before) - f(after)) dt_e/dp,    s_e -> -f_e(after) dt_e/dp.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from leukin.engine.follow import enter, follow
from leukin.engine.kernels import CHUNK, Kernels
from leukin.engine.layout import Layout
from leukin.engine.tableau import RODAS5P
from leukin.engine.tangent_steps import ADDRESSES, SETS, TangentSteps
from leukin.engine.tangent_terms import TangentTerms
from leukin.engine.text import Body, Lanes
from leukin.engine.translate import Region, translate

#: most kinks within one step, halvings that find one, and the fraction of a step at whose ends none is looked for
PASSES, HALVINGS, NEAR = 12, 30, 1e-12
#: a table of jumps would hold addresses of 32 bits, which code in memory does not have
NO_TABLE = '"no-jump-tables"="true"'
#: arguments behind the work array that the wrapping functions find in `address` and `span`
ENTER, FOLLOW = "d* d* d*", "d* i i d* d* d* d d"


@dataclass(frozen=True, slots=True)
class Tangents:
    """Writes the functions that advance tangents; an extension of a model's machine code."""

    found: TangentTerms

    @property
    def wrapped(self) -> tuple[str, ...]:
        return ("loaded", "take_step", "commit")

    @property
    def wholes(self) -> tuple[str, ...]:
        return ("chosen", "begun", "at", "now", "cut", "stale", "address", "kept")

    @property
    def _moving(self) -> list[tuple[int, int]]:
        """Row and column of the entries of J that depend on the state."""
        varying = self.found.model.varying
        return [(i, j) for i, j, node in self.found.slopes if node in varying]

    @property
    def _entries(self) -> int:
        return len(self._moving) + len(self.found.pushes)

    def regions(self, lanes: Lanes) -> dict[str, int]:
        """Sizes of the regions of the work array (vectors)."""
        n, m, w = len(self.found.model.states), len(self.found.names), len(self.found.ways)
        blocks = lambda count: -(-count // lanes.width)  # noqa: E731
        return (
            dict.fromkeys(("low", "part", "active", "going", "behind", "left", "right", "turned"), 1)
            | dict.fromkeys(("own_inverse", "own_diagonal", "cut", "now"), 1)
            | dict.fromkeys(
                ("kinks_low", "kinks_high", "kinks_here", "kinks_size", "kinks_turn"), len(self.found.kinks)
            )
            | {"tangent": m * n, "way": m * w, "limit": len(self.found.model.extinctions) * w}
            | {"entries": SETS * self._entries, "tk": RODAS5P.stages * n}
            | dict.fromkeys(("ahead", "turn", "inner", "full", "before", "after"), n)
            | {"chosen": 1, "begun": 1, "at": 1, "stale": 1, "span": blocks(2)}
            | {"address": blocks(len(ADDRESSES)), "kept": blocks(n)}
        )

    def terms(self, kernels: Kernels) -> list[str]:
        """Entries of J and g; their products with a tangent; thresholds."""
        found, varying = self.found, self.found.model.varying
        nodes = [node for *_, node in found.slopes if node in varying] + [node for *_, node in found.pushes]
        return [
            kernels.values("slopes", nodes),
            kernels.values("kinks", self.found.kinks),
            self._product(kernels, "product", True),
            self._product(kernels, "product_moving", False),
            self._push(kernels.lanes),
            self._limits(kernels),
        ]

    def _product(self, kernels: Kernels, name: str, fixed: bool) -> str:
        """@name(entries, prepared, x, out): out += J x; without the entries that depend on parameters only, if not fixed."""
        graph, varying, pointers = self.found.model.graph, self.found.model.varying, "entries prepared x out"
        slot = {at: k for k, at in enumerate(self._moving)}
        texts: list[str] = []
        body = Body(kernels.lanes)
        rows: dict[int, list[tuple[int, int]]] = {}
        for i, j, node in self.found.slopes:
            if fixed or node in varying:
                rows.setdefault(i, []).append((j, node))
        for i, row in rows.items():
            if len(body) > CHUNK:
                texts.append(body.text(f"{name}_{len(texts)}", pointers))
                body = Body(kernels.lanes)
            value = body.load("%out", i)
            for j, node in row:
                if node in varying:
                    factor = body.neg(body.load("%entries", slot[i, j]))
                elif graph.op[node] == "number":
                    factor = body.number(-graph.args[node][0])
                else:
                    factor = body.neg(body.load("%prepared", kernels.hoist.slot(node)))
                value = body.fma(factor, body.load("%x", j), value)
            body.store("%out", i, value)
        texts.append(body.text(f"{name}_{len(texts)}", pointers))
        return kernels.calls(name, pointers, texts)

    def _push(self, lanes: Lanes) -> str:
        """@push(chosen, entries, way, out): out += g of the chosen parameter."""
        names, ways, first = self.found.names, self.found.ways, len(self._moving)
        common = set(range(len(names), len(ways)))
        texts, cases, labels = [], [], []
        for c in range(len(names)):
            body = Body(lanes)
            for e, (i, q, _) in enumerate(self.found.pushes):
                if q == c or q in common:
                    term = body.fma(
                        body.load("%entries", first + e), body.load("%way", q), body.load("%out", i)
                    )
                    body.store("%out", i, term)
            texts.append(body.text(f"push_{c}", "entries way out"))
            cases.append(f"i64 {c}, label %p{c}")
            call = f"call void @push_{c}(ptr %entries, ptr %way, ptr %out)"
            labels.append(f"p{c}:\n  {call}\n  ret void")
        return "\n".join(
            [
                *texts,
                "define void @push(ptr %chosen, ptr %entries, ptr %way, ptr %out) #0 "
                + NO_TABLE
                + " {\nentry:",
                "  %c = load i64, ptr %chosen",
                f"  switch i64 %c, label %none [{' '.join(cases)}]\nnone:\n  ret void",
                *labels,
                "}\n",
            ]
        )

    def _limits(self, kernels: Kernels) -> str:
        """@limits_of(prepared, limit): derivatives of the thresholds of extinction."""
        graph, body = self.found.model.graph, Body(kernels.lanes)
        for e, q, node in self.found.limits:
            if graph.op[node] == "number":
                value = body.number(graph.args[node][0])
            else:
                value = body.load("%prepared", kernels.hoist.slot(node))
            body.store("%limit", e * len(self.found.ways) + q, value)
        return body.text("limits_of", "prepared limit")

    def functions(
        self, layout: Layout, constants: Mapping[str, int | float], regions: Mapping[str, Region]
    ) -> list[str]:
        """Steps of the tangents, the loops around them, and what wraps the functions of the solution."""
        lanes = Lanes(int(constants["LANES"]))
        known = {**constants, "TANGENTS": len(self.found.names), "WAYS": len(self.found.ways)}
        known |= {"KINKS": len(self.found.kinks), "PASSES": PASSES, "HALVINGS": HALVINGS, "NEAR": NEAR}
        steps = TangentSteps(
            lanes,
            layout,
            len(self.found.model.states),
            len(self.found.ways),
            self._entries,
            len(self.found.kinks),
        )
        return [
            steps.text(),
            translate(enter, ENTER, known, regions),
            translate(follow, FOLLOW, known, regions),
            _wrappers(regions),
        ]


def _wrappers(regions: Mapping[str, Region]) -> str:
    """@loaded and @commit around those of the solution; arguments come from the work array."""
    lines = []
    for name, before in (("loaded", True), ("commit", False)):
        lines.append(f"define void @{name}(ptr %work) #0 {{\nentry:")
        if before:
            lines.append("  call void @loaded_state(ptr %work)")
        for number, key in enumerate(ADDRESSES):
            kind = "i64" if key in ("count", "many") else "ptr"
            offset = regions["address"].offset + 8 * number
            lines.append(f"  %{key}.at = getelementptr i8, ptr %work, i64 {offset}")
            lines.append(f"  %{key} = load {kind}, ptr %{key}.at")
        for number, key in enumerate(("start", "stop")):
            lines.append(
                f"  %{key}.at = getelementptr i8, ptr %work, i64 {regions['span'].offset + 8 * number}"
            )
            lines.append(f"  %{key} = load double, ptr %{key}.at")
        if before:
            lines.append("  call void @enter(ptr %work, ptr %tangents, ptr %ways)")
        else:
            arguments = (
                "i64 %count, i64 %many, ptr %times, ptr %tangents, ptr %saved, double %start, double %stop"
            )
            lines.append(f"  call void @follow(ptr %work, {arguments})")
            lines.append("  call void @commit_state(ptr %work)")
        lines.append("  ret void\n}\n")
    return "\n".join(lines)
