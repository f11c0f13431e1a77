"""LLVM IR as text: vectors with one lane per patient, and the body of a function that works on them.

Every operation is the same in each lane and none is reassociated or contracted, so that a patient's bits do not depend
on the other lanes or on their number; a fused multiply-add stands only where it is written.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass

#: vectors are aligned to this many bytes in the work array, whatever their width
ALIGNMENT = 64


def literal(value: float) -> str:
    """A double as the IR spells it exactly."""
    if math.isnan(value):
        return "0x7FF8000000000000"
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


@dataclass(frozen=True, slots=True)
class Lanes:
    """Vector types of `width` patients."""

    width: int

    @property
    def vector(self) -> str:
        return f"<{self.width} x double>"

    @property
    def integer(self) -> str:
        return f"<{self.width} x i64>"

    @property
    def mask(self) -> str:
        return f"<{self.width} x i1>"

    @property
    def suffix(self) -> str:
        return f"v{self.width}f64"

    @property
    def bytes(self) -> int:
        return 8 * self.width

    def number(self, value: float) -> str:
        """The same double in each lane."""
        if value == 0.0 and math.copysign(1.0, value) > 0:
            return "zeroinitializer"
        return f"<{', '.join([f'double {literal(value)}'] * self.width)}>"

    def whole(self, value: int) -> str:
        """The same integer in each lane."""
        return f"<{', '.join([f'i64 {value}'] * self.width)}>"

    def declarations(self) -> str:
        """Declarations of the intrinsics that bodies call."""
        v, s = self.vector, self.suffix
        return (
            f"declare {v} @llvm.fma.{s}({v}, {v}, {v})\ndeclare {v} @llvm.fabs.{s}({v})\n"
            f"declare {v} @llvm.sqrt.{s}({v})\ndeclare {v} @llvm.roundeven.{s}({v})\n"
        )


#: "stackrealign" keeps spilled vectors inside cache lines and pages: crossing them cost a quarter of a factorisation
ATTRIBUTES = (
    'attributes #0 = { noinline nounwind "stackrealign" "no-trapping-math"="true" "frame-pointer"="none" }\n'
)


class Body:
    """The body of one function while it is written; values are names of IR registers or literal vectors."""

    def __init__(self, lanes: Lanes):
        self.lanes = lanes
        self.lines: list[str] = []
        self.block = "entry"
        self._count = 0
        self._v = lanes.vector
        self._fma = f"call {self._v} @llvm.fma.{lanes.suffix}({self._v} "

    def __len__(self) -> int:
        return len(self.lines)

    def do(self, text: str) -> str:
        """Write an instruction that gives a value."""
        self._count += 1
        name = f"%t{self._count}"
        self.lines.append(f"  {name} = {text}")
        return name

    def write(self, text: str) -> None:
        """Write an instruction that gives none."""
        self.lines.append(f"  {text}")

    # memory
    def at(self, pointer: str, index: int | str) -> str:
        """The address of vector `index` behind `pointer`."""
        return (
            pointer
            if index == 0
            else self.do(f"getelementptr inbounds {self._v}, ptr {pointer}, i64 {index}")
        )

    def load(self, pointer: str, index: int | str = 0) -> str:
        return self.do(f"load {self._v}, ptr {self.at(pointer, index)}, align {self.lanes.bytes}")

    def store(self, pointer: str, index: int | str, value: str) -> None:
        self.write(f"store {self._v} {value}, ptr {self.at(pointer, index)}, align {self.lanes.bytes}")

    def spread(self, pointer: str, index: int | str) -> str:
        """The double `index` behind `pointer`, in each lane."""
        place = self.do(f"getelementptr inbounds double, ptr {pointer}, i64 {index}")
        one = self.do(f"load double, ptr {place}, align 8")
        first = self.do(f"insertelement {self._v} poison, double {one}, i64 0")
        return self.do(
            f"shufflevector {self._v} {first}, {self._v} poison, <{self.lanes.width} x i32> zeroinitializer"
        )

    # arithmetic
    def number(self, value: float) -> str:
        return self.lanes.number(value)

    def add(self, a: str, b: str) -> str:
        return self.do(f"fadd {self._v} {a}, {b}")

    def sub(self, a: str, b: str) -> str:
        return self.do(f"fsub {self._v} {a}, {b}")

    def mul(self, a: str, b: str) -> str:
        return self.do(f"fmul {self._v} {a}, {b}")

    def div(self, a: str, b: str) -> str:
        return self.do(f"fdiv {self._v} {a}, {b}")

    def neg(self, a: str) -> str:
        return self.do(f"fneg {self._v} {a}")

    def fma(self, a: str, b: str, c: str) -> str:
        """a * b + c with one rounding."""
        v = self._v
        return self.do(f"{self._fma}{a}, {v} {b}, {v} {c})")

    def intrinsic(self, name: str, a: str) -> str:
        return self.do(f"call {self._v} @llvm.{name}.{self.lanes.suffix}({self._v} {a})")

    def function(self, name: str, *args: str) -> str:
        """Call a function of vectors."""
        return self.do(f"call {self._v} @{name}({', '.join(f'{self._v} {a}' for a in args)})")

    def compare(self, kind: str, a: str, b: str) -> str:
        return self.do(f"fcmp {kind} {self._v} {a}, {b}")

    def select(self, mask: str, a: str, b: str) -> str:
        return self.do(f"select {self.lanes.mask} {mask}, {self._v} {a}, {self._v} {b}")

    def where(self, kind: str, a: str, b: str, x: str, y: str) -> str:
        """x where `a kind b` holds, else y."""
        return self.select(self.compare(kind, a, b), x, y)

    # control
    def call(self, name: str, *pointers: str) -> None:
        self.write(f"call void @{name}({', '.join(f'ptr {p}' for p in pointers)})")

    def loop(
        self, count: int | str, write: Callable[[str, list[str]], list[str]], start: list[str] | None = None
    ) -> list[str]:
        """Repeat for index 0 .. count-1 (once at least); `write(index, carried)` returns the carried vectors for the next round."""
        self._count += 1
        tag, before = f"loop{self._count}", self.block
        start = start or []
        self.write(f"br label %{tag}")
        self.lines.append(f"{tag}:")
        head = len(self.lines)
        self.block = tag
        carried = [f"%{tag}.c{i}" for i in range(len(start))]
        final = write(f"%{tag}.i", carried)
        heads = [f"  %{tag}.i = phi i64 [0, %{before}], [%{tag}.n, %{self.block}]"]
        heads += [
            f"  {name} = phi {self._v} [{first}, %{before}], [{last}, %{self.block}]"
            for name, first, last in zip(carried, start, final, strict=True)
        ]
        self.lines[head:head] = heads
        self.write(f"%{tag}.n = add i64 %{tag}.i, 1")
        self.write(f"%{tag}.d = icmp eq i64 %{tag}.n, {count}")
        self.write(f"br i1 %{tag}.d, label %{tag}.x, label %{tag}")
        self.lines.append(f"{tag}.x:")
        self.block = f"{tag}.x"
        return final

    def text(self, name: str, pointers: str) -> str:
        """The finished function without a result; `pointers` are its arguments, separated by spaces."""
        arguments = ", ".join(f"ptr %{p}" for p in pointers.split())
        return (
            f"define void @{name}({arguments}) #0 {{\nentry:\n" + "\n".join(self.lines) + "\n  ret void\n}\n"
        )

    def vector_text(self, name: str, arguments: str, result: str) -> str:
        """The finished function from vectors to a vector."""
        args = ", ".join(f"{self._v} %{a}" for a in arguments.split())
        lines = "\n".join(self.lines)
        return f"define internal {self._v} @{name}({args}) #0 {{\nentry:\n{lines}\n  ret {self._v} {result}\n}}\n"
