"""Translates a small part of Python to LLVM IR: whole and real numbers, flat arrays, if, while, for over range.

Enough for the stepping loop, which so can be read, and tested, as Python. Every variable keeps the type of its first
value, the counter of a loop is known inside of it only; `and` and `or` evaluate both sides; arrays are not bounds-checked.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from leukin.engine.text import literal

_TYPES = {"i": "i64", "d": "double", "b": "i1"}
_OPERATORS = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Mod: "rem"}
_COMPARISONS = {ast.Lt: "lt", ast.Gt: "gt", ast.LtE: "le", ast.GtE: "ge", ast.Eq: "eq"}

#: the parser of CPython 3.11 fails when two threads use it at once
_PARSING = threading.Lock()

#: kind ("i", "d" or "b") and the register or literal
Value = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Region:
    """An array inside the array of the first argument: kind of its elements and its offset in bytes."""

    kind: str
    offset: int


def translate(
    function: Callable[..., Any],
    signature: str,
    constants: Mapping[str, int | float],
    regions: Mapping[str, Region],
) -> str:
    """IR of `function`; signature: one of i, d, i* or d* for each argument; calls go to functions of pointers."""
    with _PARSING:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(tree, ast.FunctionDef)
    names = [argument.arg for argument in tree.args.args]
    kinds = signature.split()
    writer = _Writer(constants, regions, names[0])
    arguments = []
    for name, kind in zip(names, kinds, strict=True):
        if kind.endswith("*"):
            writer.arrays[name] = (kind[0], f"%{name}")
            arguments.append(f"ptr %{name}")
        else:
            arguments.append(f"{_TYPES[kind]} %{name}.in")
            writer.assign(name, (kind, f"%{name}.in"))
    for statement in tree.body[1:] if ast.get_docstring(tree) else tree.body:
        writer.statement(statement)
    lines = "\n".join([*writer.variables, *writer.bases, *writer.lines])
    return (
        f"define void @{function.__name__}({', '.join(arguments)}) #0 {{\nentry:\n{lines}\n  ret void\n}}\n"
    )


@dataclass(slots=True)
class _Writer:
    constants: Mapping[str, int | float]
    regions: Mapping[str, Region]
    base: str
    lines: list[str] = field(default_factory=list)
    variables: list[str] = field(default_factory=list)
    bases: list[str] = field(default_factory=list)
    kinds: dict[str, str] = field(default_factory=dict)
    arrays: dict[str, tuple[str, str]] = field(default_factory=dict)
    loops: list[tuple[str, str]] = field(default_factory=list)
    counters: dict[str, str] = field(default_factory=dict)
    here: str = "entry"
    count: int = 0

    # small helpers
    def do(self, text: str) -> str:
        self.count += 1
        self.lines.append(f"  %r{self.count} = {text}")
        return f"%r{self.count}"

    def label(self) -> str:
        self.count += 1
        return f"b{self.count}"

    def begin(self, label: str) -> None:
        self.lines.append(f"{label}:")
        self.here = label

    def jump(self, label: str) -> None:
        self.lines.append(f"  br label %{label}")

    def branch(self, condition: Value, yes: str, no: str) -> None:
        self.lines.append(f"  br i1 {condition[1]}, label %{yes}, label %{no}")

    def real(self, value: Value) -> str:
        return value[1] if value[0] == "d" else self.do(f"sitofp i64 {value[1]} to double")

    def array(self, name: str) -> tuple[str, str]:
        if name not in self.arrays:
            region = self.regions[name]
            self.bases.append(f"  %{name}.at = getelementptr i8, ptr %{self.base}, i64 {region.offset}")
            self.arrays[name] = (region.kind, f"%{name}.at")
        return self.arrays[name]

    def place(self, node: ast.Subscript) -> tuple[str, str]:
        assert isinstance(node.value, ast.Name)
        kind, pointer = self.array(node.value.id)
        index = self.value(node.slice)[1]
        return kind, self.do(f"getelementptr {_TYPES[kind]}, ptr {pointer}, i64 {index}")

    # expressions
    def value(self, node: ast.expr) -> Value:
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
            return self.constant(node.value)
        if isinstance(node, ast.Name):
            if node.id in self.constants:
                return self.constant(self.constants[node.id])
            if node.id in self.counters:
                return "i", self.counters[node.id]
            kind = self.kinds[node.id]
            return kind, self.do(f"load {_TYPES[kind]}, ptr %{node.id}")
        if isinstance(node, ast.Subscript):
            kind, place = self.place(node)
            return kind, self.do(f"load {_TYPES[kind]}, ptr {place}")
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return "b", self.do(f"xor i1 {self.value(node.operand)[1]}, true")
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            a = self.value(node.operand)
            return a[0], self.do(f"sub i64 0, {a[1]}" if a[0] == "i" else f"fneg double {a[1]}")
        if isinstance(node, ast.BoolOp):
            name = "and" if isinstance(node.op, ast.And) else "or"
            result = self.value(node.values[0])[1]
            for other in node.values[1:]:
                result = self.do(f"{name} i1 {result}, {self.value(other)[1]}")
            return "b", result
        if isinstance(node, ast.BinOp):
            a, b, name = self.value(node.left), self.value(node.right), _OPERATORS[type(node.op)]
            if a[0] == b[0] == "i" and name != "div":
                return "i", self.do(f"{'srem' if name == 'rem' else name} i64 {a[1]}, {b[1]}")
            return "d", self.do(f"f{name} double {self.real(a)}, {self.real(b)}")
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            a, b, name = (
                self.value(node.left),
                self.value(node.comparators[0]),
                _COMPARISONS[type(node.ops[0])],
            )
            if a[0] == b[0] == "i":
                return "b", self.do(f"icmp {name if name == 'eq' else 's' + name} i64 {a[1]}, {b[1]}")
            return "b", self.do(f"fcmp o{name} double {self.real(a)}, {self.real(b)}")
        raise TypeError(f"not in the language of the loop: {ast.unparse(node)}")

    def constant(self, value: int | float) -> Value:
        return ("i", str(value)) if isinstance(value, int) else ("d", literal(value))

    # statements
    def assign(self, name: str, value: Value) -> None:
        if name not in self.kinds:
            self.kinds[name] = value[0]
            self.variables.append(f"  %{name} = alloca {_TYPES[value[0]]}")
        kind = self.kinds[name]
        text = self.real(value) if kind == "d" else value[1]
        self.lines.append(f"  store {_TYPES[kind]} {text}, ptr %{name}")

    def statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.AugAssign):
            loaded = ast.parse(ast.unparse(node.target), mode="eval").body
            self.store(node.target, ast.BinOp(loaded, node.op, node.value))
        elif isinstance(node, ast.Assign):
            self.store(node.targets[0], node.value)
        elif isinstance(node, ast.If):
            self.choose(node)
        elif isinstance(node, ast.While):
            self.repeat(node)
        elif isinstance(node, ast.For):
            self.count_up(node)
        elif isinstance(node, ast.Break):
            self.jump(self.loops[-1][1])
            self.begin(self.label())
        elif (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Call)
            and isinstance(node.value.func, ast.Name)
        ):
            pointers = [
                self.array(argument.id)[1] for argument in node.value.args if isinstance(argument, ast.Name)
            ]
            self.lines.append(f"  call void @{node.value.func.id}({', '.join(f'ptr {p}' for p in pointers)})")
        else:
            raise TypeError(f"not in the language of the loop: {ast.unparse(node)}")

    def store(self, target: ast.expr, source: ast.expr) -> None:
        value = self.value(source)
        if isinstance(target, ast.Name):
            self.assign(target.id, value)
        elif isinstance(target, ast.Subscript):
            kind, place = self.place(target)
            self.lines.append(
                f"  store {_TYPES[kind]} {self.real(value) if kind == 'd' else value[1]}, ptr {place}"
            )
        else:
            raise TypeError(f"not in the language of the loop: {ast.unparse(target)}")

    def block(self, statements: list[ast.stmt], then: str) -> None:
        for statement in statements:
            self.statement(statement)
        self.jump(then)

    def choose(self, node: ast.If) -> None:
        yes, no, end = self.label(), self.label(), self.label()
        self.branch(self.value(node.test), yes, no)
        self.begin(yes)
        self.block(node.body, end)
        self.begin(no)
        self.block(node.orelse, end)
        self.begin(end)

    def repeat(self, node: ast.While) -> None:
        test, inside, end = self.label(), self.label(), self.label()
        self.jump(test)
        self.begin(test)
        self.branch(self.value(node.test), inside, end)
        self.begin(inside)
        self.loops.append((test, end))
        self.block(node.body, test)
        self.loops.pop()
        self.begin(end)

    def count_up(self, node: ast.For) -> None:
        """A loop whose counter is a register, known inside of it only."""
        assert isinstance(node.target, ast.Name) and isinstance(node.iter, ast.Call)
        name, test, inside, end = node.target.id, self.label(), self.label(), self.label()
        limit, before = self.value(node.iter.args[0])[1], self.here
        now, following = f"%{test}.now", f"%{test}.next"
        self.jump(test)
        self.begin(test)
        head = len(self.lines)
        self.branch(("b", self.do(f"icmp slt i64 {now}, {limit}")), inside, end)
        self.begin(inside)
        self.loops.append((test, end))
        self.counters[name] = now
        for statement in node.body:
            self.statement(statement)
        del self.counters[name]
        self.loops.pop()
        self.lines.insert(head, f"  {now} = phi i64 [0, %{before}], [{following}, %{self.here}]")
        self.lines.append(f"  {following} = add i64 {now}, 1")
        self.jump(test)
        self.begin(end)
