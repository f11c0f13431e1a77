"""Generated functions of one model: hoisted parameter terms, right-hand side, factorisation, solution, as IR text.

All work on one array (see `layout`). Long functions are cut into chunks, since the compiler's time grows faster than
their length; a value that two chunks need is kept in the region `shared`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from leukin.engine.elimination import Elimination
from leukin.engine.lanemath import binary_logarithm, power_of
from leukin.engine.model import Model
from leukin.engine.text import Body, Lanes
from leukin.quantity import Graph
from leukin.quantity.graph import Node

#: a chunk is closed when it has about this many lines
CHUNK = 2000
#: lines of a power, about
POWER_LINES = 40


@dataclass(slots=True)
class Hoist:
    """Parameter-only nodes that the generated functions read from the region `prepared`, in order of first use."""

    slots: dict[Node, int] = field(default_factory=dict)

    def slot(self, node: Node) -> int:
        return self.slots.setdefault(node, len(self.slots))


class Terms:
    """Writes nodes of a graph into a body; each node once."""

    def __init__(
        self, body: Body, graph: Graph, leaf: Callable[[Body, Node], str | None], uses: dict[Node, int]
    ):
        self.body, self.graph, self.leaf, self.uses = body, graph, leaf, uses
        self.values: dict[Node, str] = {}
        self.logs: dict[Node, str] = {}

    def __call__(self, root: Node) -> str:
        """The register that holds `root`, after writing what it needs."""
        values, stack = self.values, [root]
        while stack:
            node = stack[-1]
            if node in values:
                stack.pop()
                continue
            value = self.leaf(self.body, node)
            if value is None:
                missing = [child for child in self._operands(node) if child not in values]
                if missing:
                    stack.extend(reversed(missing))
                    continue
                value = self._write(node)
            values[node] = value
            stack.pop()
        return values[root]

    def _product(self, node: Node) -> bool:
        """Whether a node is a product that only one sum needs, so that both become one fused multiply-add."""
        return self.graph.op[node] == "mul" and self.uses.get(node, 0) == 1 and node not in self.values

    def _operands(self, node: Node) -> Iterable[Node]:
        graph = self.graph
        op, args = graph.op[node], graph.args[node]
        if op in ("add", "sub"):
            a, b = args
            if self._product(b):
                return (a, *graph.args[b])
            if self._product(a):
                return (*graph.args[a], b)
        return args

    def _write(self, node: Node) -> str:
        body, graph, values = self.body, self.graph, self.values
        op, args = graph.op[node], graph.args[node]
        if op in ("add", "sub"):
            a, b = args
            if self._product(b):
                x, y = (values[child] for child in graph.args[b])
                return body.fma(x if op == "add" else body.neg(x), y, values[a])
            if self._product(a):
                x, y = (values[child] for child in graph.args[a])
                return body.fma(x, y, values[b] if op == "add" else body.neg(values[b]))
            return (body.add if op == "add" else body.sub)(values[a], values[b])
        if op == "rcp":
            return body.div(body.number(1.0), values[args[0]])
        v = [values[child] for child in args]
        if op == "mul":
            return body.mul(v[0], v[1])
        if op == "neg":
            return body.neg(v[0])
        if op == "sqrt":
            return body.intrinsic("sqrt", v[0])
        if op in ("max", "min"):
            return body.where("ogt" if op == "max" else "olt", v[0], v[1], v[0], v[1])
        if op == "where_gt":
            return body.where("ogt", v[0], v[1], v[2], v[3])
        if op == "pow":
            if args[0] not in self.logs:  # powers of one base share its logarithm
                self.logs[args[0]] = binary_logarithm(body, v[0])
            return power_of(body, v[0], v[1], self.logs[args[0]])
        return body.function({"exp": "vexp", "log": "vlog"}[op], *v)


class Kernels:
    """Texts of the functions of one model."""

    def __init__(self, model: Model, elimination: Elimination, lanes: Lanes):
        self.model, self.elimination, self.lanes = model, elimination, lanes
        self.hoist = Hoist()
        self.shared = 0
        self.thresholds = [self.hoist.slot(node) for _, node in model.extinctions]
        self._parameter = {key: i for i, key in enumerate(model.parameters)}
        self._state = {key: i for i, key in enumerate(model.states)}

    # leaves
    def _leaf(
        self, memory: dict[Node, int], owner: dict[Node, int], chunk: int
    ) -> Callable[[Body, Node], str | None]:
        graph, varying = self.model.graph, self.model.varying

        def leaf(body: Body, node: Node) -> str | None:
            if graph.op[node] == "number":
                return body.number(graph.args[node][0])
            if node not in varying:
                return body.load("%prepared", self.hoist.slot(node))
            if graph.op[node] == "name":
                return body.load("%x", self._state[graph.args[node][0]])
            if owner.get(node, chunk) != chunk:
                return body.load("%shared", memory[node])
            return None

        return leaf

    def _uses(self, roots: Iterable[Node]) -> dict[Node, int]:
        """How often each node is an operand or a root, not looking into parameter-only nodes."""
        graph, varying = self.model.graph, self.model.varying
        uses: dict[Node, int] = {}
        stack = []
        for root in roots:
            if uses.get(root, 0) == 0:
                stack.append(root)
            uses[root] = uses.get(root, 0) + 1
        while stack:
            node = stack.pop()
            if node not in varying:
                uses[node] = 2  # read from memory: never part of a fused operation
                continue
            for child in graph.children(node):
                if child not in uses:
                    stack.append(child)
                uses[child] = uses.get(child, 0) + 1
        return uses

    def _chunks(self, chunks: Sequence[Sequence[Node]]) -> tuple[dict[Node, int], dict[Node, int]]:
        """Which chunk computes each node, and where nodes that a later chunk needs are kept."""
        graph, varying = self.model.graph, self.model.varying
        owner: dict[Node, int] = {}
        memory: dict[Node, int] = {}
        for chunk, roots in enumerate(chunks):
            stack = list(roots)
            while stack:
                node = stack.pop()
                if node not in varying or graph.op[node] == "name":
                    continue
                if node not in owner:
                    owner[node] = chunk
                    stack.extend(graph.children(node))
                elif owner[node] != chunk and node not in memory:
                    memory[node] = len(memory)
        self.shared = max(self.shared, len(memory))
        return owner, memory

    def _finish(self, terms: Terms, owner: dict[Node, int], memory: dict[Node, int], chunk: int) -> None:
        for node, place in memory.items():
            if owner[node] == chunk:
                terms.body.store("%shared", place, terms(node))

    def calls(self, name: str, pointers: str, texts: list[str]) -> str:
        """Chunks, and the function that calls them one after the other."""
        body = Body(self.lanes)
        for i in range(len(texts)):
            body.call(f"{name}_{i}", *(f"%{p}" for p in pointers.split()))
        return "\n".join([*texts, body.text(name, pointers)])

    # functions
    def rates(self) -> str:
        """@rates(x, out, prepared, shared, scale, add): out = f(x) + scale * add."""
        model, pointers = self.model, "x out prepared shared scale add"
        chunks = self._split([len(model.graph.order([node])) for node in model.rates])
        roots = [[model.rates[i] for i in chunk] for chunk in chunks]
        owner, memory = self._chunks(roots)
        uses = self._uses(model.rates)
        for node in memory:
            uses[node] = uses.get(node, 0) + 1
        texts = []
        for number, chunk in enumerate(chunks):
            body = Body(self.lanes)
            terms = Terms(body, model.graph, self._leaf(memory, owner, number), uses)
            scale = body.load("%scale")
            for i in chunk:
                body.store("%out", i, body.fma(scale, body.load("%add", i), terms(model.rates[i])))
            self._finish(terms, owner, memory, number)
            texts.append(body.text(f"rates_{number}", pointers))
        return self.calls("rates", pointers, texts)

    def _split(self, sizes: Sequence[int]) -> list[list[int]]:
        """States by group, in chunks of about equal length."""
        chunks: list[list[int]] = [[]]
        length = 0
        for group in self.model.groups:
            for i in group:
                if length > CHUNK:
                    chunks.append([])
                    length = 0
                chunks[-1].append(i)
                length += min(sizes[i], 60)
        return chunks

    def linearize(self) -> str:
        """@linearize(x, out, matrix, prepared, shared, diagonal, known, image): out = f(x), matrix = LU of diagonal - J(x),
        image = |diagonal - J(x)| known.

        All in one, since rates and slopes have much in common; state after state, so that what they share is still at
        hand. Each entry of the factors is finished before it is stored (left-looking), and read from memory where others
        need it: registers are short, loads are cheap. `known` has one positive number a state; see `growth`.
        """
        model, e = self.model, self.elimination
        pointers = "x out matrix prepared shared diagonal known image"
        rank = {k: position for position, k in enumerate(e.order)}
        chunks: list[list[int]] = [[]]
        length = 0
        for k in e.order:
            if length > CHUNK:
                chunks.append([])
                length = 0
            chunks[-1].append(k)
            length += 8 * (1 + len(e.after[k]) + len(e.below[k]))
        slopes = {(i, j): node for i, row in enumerate(model.slopes) for j, node in row.items()}

        def entries(k: int) -> list[tuple[int, int]]:
            links = [(k, j) for j in e.earlier[k]]
            return [*links, (k, k), *((k, j) for j in e.after[k]), *((i, k) for i in e.below[k])]

        roots = [
            [
                node
                for k in chunk
                for node in (model.rates[k], *(slopes[at] for at in entries(k) if at in slopes))
            ]
            for chunk in chunks
        ]
        owner, memory = self._chunks(roots)
        uses = self._uses([*model.rates, *slopes.values()])
        for node in memory:
            uses[node] = uses.get(node, 0) + 1
        row_of = {i: {j: e.place[i, j] for j in (*e.before[i], *e.after[i])} for i in e.order}
        texts = []
        begun: set[int] = set()
        for number, chunk in enumerate(chunks):
            body = Body(self.lanes)
            terms = Terms(body, model.graph, self._leaf(memory, owner, number), uses)
            diagonal = body.load("%diagonal")

            def imaged(i: int, j: int, value: str, body: Body = body) -> None:
                known, value = body.spread("%known", j), body.intrinsic("fabs", value)
                part = (
                    body.fma(value, known, body.load("%image", i)) if i in begun else body.mul(value, known)
                )
                begun.add(i)
                body.store("%image", i, part)

            def entry(i: int, j: int, body: Body = body) -> str:
                return body.load("%matrix", e.place[i, j])

            for k in chunk:
                body.store("%out", k, terms(model.rates[k]))
                for i, j in entries(k):
                    limit = min(rank[i], rank[j])
                    value = terms(slopes[i, j]) if (i, j) in slopes else None
                    if i == j:
                        value = diagonal if value is None else body.add(diagonal, value)
                    if value is not None:
                        imaged(i, j, value)
                    for q in e.before[i]:
                        if rank[q] < limit and j in row_of[q]:
                            low, up = body.neg(entry(i, q)), entry(q, j)
                            value = body.mul(low, up) if value is None else body.fma(low, up, value)
                    assert value is not None
                    if i == j:
                        value = body.div(body.number(1.0), value)
                    elif rank[i] > rank[j] and j not in e.earlier[i]:
                        value = body.mul(value, entry(j, j))
                    body.store("%matrix", e.place[i, j], value)
            self._finish(terms, owner, memory, number)
            texts.append(body.text(f"linearize_{number}", pointers))
        return self.calls("linearize", pointers, texts)

    def values(self, name: str, nodes: Sequence[Node]) -> str:
        """@name(x, out, prepared, shared): out[i] = nodes[i] at the state x."""
        graph, varying, pointers = self.model.graph, self.model.varying, "x out prepared shared"
        chunks: list[list[int]] = [[]]
        length = 0
        seen: set[Node] = set()
        for i, root in enumerate(nodes):
            if length > CHUNK:
                chunks.append([])
                length = 0
            chunks[-1].append(i)
            length += 1
            stack = [root]
            while stack:
                node = stack.pop()
                if node not in seen and node in varying:
                    seen.add(node)
                    stack.extend(graph.children(node))
                    length += POWER_LINES if graph.op[node] == "pow" else 1
        owner, memory = self._chunks([[nodes[i] for i in chunk] for chunk in chunks])
        uses = self._uses(nodes)
        for node in memory:
            uses[node] = uses.get(node, 0) + 1
        texts = []
        for number, chunk in enumerate(chunks):
            body = Body(self.lanes)
            terms = Terms(body, graph, self._leaf(memory, owner, number), uses)
            for i in chunk:
                body.store("%out", i, terms(nodes[i]))
            self._finish(terms, owner, memory, number)
            texts.append(body.text(f"{name}_{number}", pointers))
        return self.calls(name, pointers, texts)

    def solve(self) -> str:
        """@solve(matrix, b): b becomes the solution; it is kept in memory between the two sweeps."""
        e = self.elimination
        texts: list[str] = []
        body = Body(self.lanes)
        values: dict[int, str] = {}

        def close() -> None:
            nonlocal body
            texts.append(body.text(f"solve_{len(texts)}", "matrix b"))
            body = Body(self.lanes)
            values.clear()

        def get(j: int) -> str:
            if j not in values:
                values[j] = body.load("%b", j)
            return values[j]

        for block in e.blocks:
            for forward in (True, False):
                for i in block if forward else reversed(block):
                    if len(body) > CHUNK:
                        close()
                    columns = (*e.earlier[i], *e.before[i]) if forward else e.after[i]
                    value = values.get(i) or body.load("%b", i)
                    for j in columns:
                        value = body.fma(body.neg(body.load("%matrix", e.place[i, j])), get(j), value)
                    if not forward:
                        value = body.mul(value, body.load("%matrix", e.place[i, i]))
                    values[i] = value
                    if not forward or columns:
                        body.store("%b", i, value)
        close()
        return self.calls("solve", "matrix b", texts)

    def growth(self) -> str:
        """@grow(matrix, known, out): out = |L| |U| known, where `linearize` gives |LU| known.

        What the factors are larger than the matrix is what rounding loses: LU differs from it by a few units of the last
        place of |L| |U| (Higham NJ, Accuracy and Stability of Numerical Algorithms, section 9.3).
        """
        e = self.elimination
        texts: list[str] = []
        body = Body(self.lanes)

        def size(i: int, j: int) -> str:
            return body.intrinsic("fabs", body.load("%matrix", e.place[i, j]))

        for block in e.blocks:
            for upper in (True, False):
                for i in block if upper else reversed(block):
                    if len(body) > CHUNK:
                        texts.append(body.text(f"grow_{len(texts)}", "matrix known out"))
                        body = Body(self.lanes)
                    if upper:
                        value = body.div(body.spread("%known", i), size(i, i))
                        for j in e.after[i]:
                            value = body.fma(size(i, j), body.spread("%known", j), value)
                    else:
                        value = body.load("%out", i)
                        for j in e.before[i]:
                            value = body.fma(size(i, j), body.load("%out", j), value)
                        for j in e.earlier[i]:
                            value = body.fma(size(i, j), body.spread("%known", j), value)
                    body.store("%out", i, value)
        texts.append(body.text(f"grow_{len(texts)}", "matrix known out"))
        return self.calls("grow", "matrix known out", texts)

    def prepare(self) -> str:
        """@prepare(parameters, prepared): the parameter-only terms; to be written after all other functions."""
        graph = self.model.graph
        texts: list[str] = []
        slots = list(self.hoist.slots.items())
        uses = dict.fromkeys(range(len(graph)), 2)
        body = Body(self.lanes)
        done: set[Node] = set()

        def leaf(body: Body, node: Node) -> str | None:
            if graph.op[node] == "number":
                return body.number(graph.args[node][0])
            if graph.op[node] == "name":
                return body.load("%parameters", self._parameter[graph.args[node][0]])
            return body.load("%prepared", self.hoist.slots[node]) if node in done else None

        def close() -> None:
            texts.append(body.text(f"prepare_{len(texts)}", "parameters prepared"))

        terms = Terms(body, graph, leaf, uses)
        for node, slot in sorted(slots):
            if len(body) > CHUNK:
                close()
                done.update(earlier for earlier, _ in slots if earlier in terms.values)
                body = Body(self.lanes)
                terms = Terms(body, graph, leaf, uses)
            body.store("%prepared", slot, terms(node))
        close()
        return self.calls("prepare", "parameters prepared", texts)
