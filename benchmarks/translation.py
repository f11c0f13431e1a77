"""One reading of a network for every solver it is compared with: the same graph, as LLVM code, for CasADi and as DiffSL.

States are counted in their typical magnitudes, so that a solver which knows one absolute tolerance only has the right
one for each state. What depends on parameters alone is computed once a segment, and enters as a list of constants.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukin.engine.model import Model, read
from leukin.engine.system import System
from leukin.network import Network
from leukin.network.model import RUN_IN
from leukin.quantity import Parameter, Source, name, number

Floats = NDArray[np.float64]
#: least base of a real power where a language has no branch: such a power counts as zero below zero
LEAST = 1e-30


def counted(network: Network, scale: Mapping[str, float]) -> Network:
    """The network with states y/scale instead of y, without units, extinctions and observables."""
    size = {key: number(value) for key, value in scale.items()}
    values = {key: name(key) * by for key, by in size.items()}

    def side(terms: Mapping[str, Any]) -> dict[str, Any]:
        return {key: e.substitute(values) / size[key] for key, e in terms.items()}

    return replace(
        network,
        species=tuple(replace(s, unit="1", scale=1.0, contains={}) for s in network.species),
        reactions=tuple(
            replace(r, reactants=side(r.reactants), products=side(r.products), rate=r.rate.substitute(values))
            for r in network.reactions
        ),
        parameters={key: replace(p, value=p.canonical, unit="1") for key, p in network.parameters.items()},
        variables=tuple(
            replace(v, unit="1", expression=v.expression.substitute(values)) for v in network.variables
        ),
        observables=(),
        baselines=(),
        extinctions=(),
    )


@dataclass(frozen=True, slots=True)
class Translation:
    """The equations of a system with counted states.

    order: nodes that depend on states, each after those it needs; slots: nodes of the constants; rates: node of each
    derivative; entries: (row, column, node of minus the derivative) of the Jacobian.
    """

    system: System
    network: Network
    model: Model
    order: tuple[int, ...]
    slots: tuple[int, ...]
    rates: tuple[int, ...]
    entries: tuple[tuple[int, int, int], ...]

    def constants(self, parameters: Floats) -> Floats:
        """The constants float64[slot] of one patient's parameters[parameter]."""
        values = dict(zip(self.system.parameters, parameters, strict=True))
        return np.array(self.model.graph.evaluate(list(self.slots), values), float)

    def write(
        self, roots: list[int], state: list[Any], slot: list[Any], functions: Mapping[str, Callable[..., Any]]
    ) -> list[Any]:
        """Roots in another language: its states, its constants, and what each operator becomes."""
        graph = self.model.graph
        place = {key: i for i, key in enumerate(self.system.states)}
        table: dict[int, Any] = {node: slot[k] for k, node in enumerate(self.slots)}
        for node in graph.order(roots):
            op, args = graph.op[node], graph.args[node]
            if node in table:
                continue
            if op == "number":
                table[node] = functions["number"](args[0])
            elif op == "name" and args[0] in place:
                table[node] = state[place[args[0]]]
            elif node in self.model.varying:
                table[node] = functions[op](*(table[arg] for arg in args))
        return [table[root] for root in roots]


def translate(system: System) -> Translation:
    """Read a system's network once for all."""
    scale = dict(zip(system.states, system.scale, strict=True))
    network = counted(system.network, scale)
    if RUN_IN not in network.parameters:
        network = network.with_parameters([Parameter(RUN_IN, 0.0, "1", Source("definition"))])
    model = read(network)
    graph = model.graph
    entries = tuple((i, j, node) for i, row in enumerate(model.slopes) for j, node in row.items())
    roots = [*model.rates, *(node for *_, node in entries)]
    order = [node for node in graph.order(roots) if node in model.varying]
    needed = {child for node in order for child in graph.children(node)} | set(roots)
    slots = sorted(node for node in needed if node not in model.varying and graph.op[node] != "number")
    return Translation(system, network, model, tuple(order), tuple(slots), model.rates, entries)


# CasADi
def casadi_rates(t: Translation, ca: Any) -> tuple[Any, Any, Any]:
    """Symbols of states and constants, and the vector of derivatives."""
    y, q = ca.SX.sym("y", len(t.rates)), ca.SX.sym("q", len(t.slots))
    power = lambda a, b: ca.if_else(a > 0, ca.exp(b * ca.log(ca.fmax(a, LEAST))), 0)  # noqa: E731
    functions = {
        "number": ca.SX, "add": ca.plus, "sub": ca.minus, "mul": ca.times, "neg": lambda a: -a, "rcp": lambda a: 1 / a,
        "exp": ca.exp, "log": ca.log, "sqrt": ca.sqrt, "pow": power, "max": ca.fmax, "min": ca.fmin,
        "where_gt": lambda a, b, c, d: ca.if_else(a > b, c, d),
    }  # fmt: skip
    parts = t.write(
        list(t.rates), [y[i] for i in range(len(t.rates))], [q[i] for i in range(len(t.slots))], functions
    )
    return y, q, ca.vertcat(*parts)


# DiffSL, the language of pydiffsol
def diffsl(t: Translation) -> str:
    """The text of the model; its inputs are the constants, then the initial states."""
    lines: list[str] = []

    def text(op: str) -> Callable[..., str]:
        forms = {
            "add": "({} + {})", "sub": "({} - {})", "mul": "({} * {})", "neg": "(-{})", "rcp": "(1.0 / {})",
            "exp": "exp({})", "log": "log({})", "sqrt": "sqrt({})", "max": "max({}, {})", "min": "min({}, {})",
            "pow": f"pow(max({{}}, {LEAST!r}), {{}})", "where_gt": "({3} + ({2} - {3}) * heaviside({0} - {1}))",
        }  # fmt: skip
        return lambda *args: short(forms[op].format(*args))

    def short(value: str) -> str:
        """A long text gets a name of its own."""
        if len(value) < 60:
            return value
        lines.append(f"v{len(lines)}x {{ {value} }}")
        return f"v{len(lines) - 1}x"

    functions = {op: text(op) for op in "add sub mul neg rcp exp log sqrt max min pow where_gt".split()}
    functions["number"] = lambda value: repr(value) if value >= 0 else f"({value!r})"
    n, m = len(t.rates), len(t.slots)
    rates = t.write(list(t.rates), [f"y{i}x" for i in range(n)], [f"q{k}x" for k in range(m)], functions)
    inputs = ", ".join([*(f"q{k}x = 1.0" for k in range(m)), *(f"s{i}x = 0.0" for i in range(n))])
    states = ", ".join(f"y{i}x = s{i}x" for i in range(n))
    return "\n".join(
        [f"in_i {{ {inputs} }}", f"u_i {{ {states} }}", *lines, "F_i { " + ",\n".join(rates) + " }"]
    )


# Antimony, from which SBML is made for AMICI
def antimony(t: Translation) -> str:
    """The text of the model: states y0x ..., constants q0x ..., without a branch where a root would have to be found."""
    lines: list[str] = []

    def text(op: str) -> Callable[..., str]:
        forms = {
            "add": "({} + {})", "sub": "({} - {})", "mul": "({} * {})", "neg": "(-{})", "rcp": "(1.0 / {})",
            "exp": "exp({})", "log": "ln({})", "sqrt": "sqrt({})", "max": "(0.5*({0} + {1} + abs({0} - {1})))",
            "min": "(0.5*({0} + {1} - abs({0} - {1})))", "where_gt": "piecewise({2}, {0} > {1}, {3})",
            "pow": f"exp({{1}}*ln(0.5*({{0}} + {LEAST!r} + abs({{0}} - {LEAST!r}))))",
        }  # fmt: skip
        return lambda *args: short(forms[op].format(*args))

    def short(value: str) -> str:
        if len(value) < 60:
            return value
        lines.append(f"v{len(lines)}x := {value};")
        return f"v{len(lines) - 1}x"

    functions = {op: text(op) for op in "add sub mul neg rcp exp log sqrt max min pow where_gt".split()}
    functions["number"] = lambda value: repr(value) if value >= 0 else f"({value!r})"
    n, m = len(t.rates), len(t.slots)
    rates = t.write(list(t.rates), [f"y{i}x" for i in range(n)], [f"q{k}x" for k in range(m)], functions)
    start = [f"y{i}x = 1.0;" for i in range(n)] + [f"q{k}x = 1.0; const q{k}x;" for k in range(m)]
    slopes = [f"y{i}x' = {rate};" for i, rate in enumerate(rates)]
    return "\n".join(["model patient()", *start, *lines, *slopes, "end"])


# LLVM
@dataclass(frozen=True, slots=True)
class Compiled:
    """Functions of (time, states, result, constants) in memory: derivatives, and the dense Jacobian row by row.

    engine owns the code and must outlive every call; address: that of `rates`.
    """

    engine: Any
    address: int
    rates: Any
    jacobian: Any


def compiled(t: Translation) -> Compiled:
    """Compile the equations for one patient at a time, with all optimisations of LLVM."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    n = len(t.rates)
    entries = [(i * n + j, node) for i, j, node in t.entries]
    text = _function("rates", t, list(enumerate(t.rates)), 1.0) + _function("jacobian", t, entries, -1.0)
    text += "".join(f"declare double @llvm.{f}.f64(double)\n" for f in ("exp", "log", "sqrt"))
    text += "declare double @llvm.pow.f64(double, double)\n"
    module = llvm.parse_assembly(text)
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=3, jit=True
    )
    module.triple, module.data_layout = llvm.get_process_triple(), str(machine.target_data)
    module.verify()
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    kind = ctypes.PYFUNCTYPE(None, ctypes.c_double, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
    address = engine.get_function_address("rates")
    return Compiled(engine, address, kind(address), kind(engine.get_function_address("jacobian")))


def _function(title: str, t: Translation, wanted: list[tuple[int, int]], sign: float) -> str:
    lines: list[str] = []

    def new(text: str) -> str:
        lines.append(f"  %v{len(lines)} = {text}")
        return f"%v{len(lines) - 1}"

    def load(array: str, k: int) -> str:
        return new(f"load double, ptr {new(f'getelementptr double, ptr {array}, i64 {k}')}")

    def choose(a: str, b: str, x: str, y: str) -> str:
        return new(f"select i1 {new(f'fcmp ogt double {a}, {b}')}, double {x}, double {y}")

    def call(f: str) -> Callable[..., str]:
        return lambda *args: new(
            f"call double @llvm.{f}.f64({', '.join('double ' + str(arg) for arg in args)})"
        )

    zero = _literal(0.0)
    functions: dict[str, Callable[..., str]] = {
        op: (lambda a, b, f=f: new(f"{f} double {a}, {b}"))
        for op, f in (("add", "fadd"), ("sub", "fsub"), ("mul", "fmul"))
    }
    functions |= {op: call(op) for op in ("exp", "log", "sqrt")} | {
        "number": _literal,
        "neg": lambda a: new(f"fneg double {a}"),
        "rcp": lambda a: new(f"fdiv double {_literal(1.0)}, {a}"),
        "max": lambda a, b: choose(a, b, a, b),
        "min": lambda a, b: choose(a, b, b, a),
        "where_gt": choose,
        "pow": lambda a, b: choose(a, zero, call("pow")(a, b), zero),
    }
    # only what this function needs is loaded
    used = set(t.model.graph.order([node for _, node in wanted]))
    graph = t.model.graph
    named = {graph.args[node][0] for node in used if graph.op[node] == "name"}
    states = [load("%y", i) if key in named else "" for i, key in enumerate(t.system.states)]
    slots = [load("%q", k) if node in used else "" for k, node in enumerate(t.slots)]
    values = t.write([node for _, node in wanted], states, slots, functions)
    for (place, _), value in zip(wanted, values, strict=True):
        value = value if sign > 0 else new(f"fneg double {value}")
        lines.append(f"  store double {value}, ptr {new(f'getelementptr double, ptr %out, i64 {place}')}")
    body = "\n".join(lines)
    return f"define void @{title}(double %t, ptr noalias %y, ptr noalias %out, ptr noalias %q) {{\n{body}\n  ret void\n}}\n"


def _literal(value: float) -> str:
    return f"0x{np.float64(value).view(np.uint64):016X}"
