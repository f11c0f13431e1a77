"""From IR text to machine code in memory, through LLVM alone; compiled objects are kept in a cache on disk.

A cached object is named after the hash of everything it depends on (text, LLVM, processor) and carries its own hash:
what was cut or changed is found, and built again.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from leukin.errors import Problem, SolveError

#: environment variable that names the folder of compiled objects
CACHE_VARIABLE = "LEUKIN_CACHE"


@dataclass(frozen=True, slots=True)
class Native:
    """Machine code in memory; `engine` owns it and must outlive every call."""

    engine: Any
    cached: bool

    def function(self, name: str, arguments: Sequence[Any]) -> Any:
        """A callable of the compiled function `name` without result; the interpreter lock is released during calls."""
        address = self.engine.get_function_address(name)
        return ctypes.CFUNCTYPE(None, *arguments)(address)


@dataclass(frozen=True, slots=True)
class Processor:
    """The processor to generate code for."""

    triple: str
    name: str
    features: str

    @property
    def lanes(self) -> int:
        """Patients in one vector register."""
        if not self.triple.startswith(("x86_64", "amd64", "i686")):
            return 2
        return 8 if "+avx512f" in self.features.split(",") else 4


def this_processor() -> Processor:
    """The processor that runs this program.

    Raises SolveError on an x86 processor without fused multiply-add, where results would differ from all others.
    """
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    triple = llvm.get_process_triple()
    features = llvm.get_host_cpu_features()
    if triple.startswith(("x86_64", "amd64", "i686")) and not (features.get("fma") and features.get("avx2")):
        reason = f"the processor ({platform.processor() or llvm.get_host_cpu_name()}) has no AVX2 and FMA instructions"
        raise SolveError(
            Problem(
                field="processor",
                reason=reason,
                fix="x86 machines from 2013 on have them; some emulators not",
            )
        )
    return Processor(triple, llvm.get_host_cpu_name(), features.flatten())


def build(text: str, processor: Processor, folder: Path | None = None) -> Native:
    """Compile IR `text`, or load what was compiled before from `folder` (the user's cache unless given)."""
    import llvmlite
    import llvmlite.binding as llvm

    folder = cache_folder() if folder is None else folder
    version = ".".join(str(part) for part in llvm.llvm_version_info)
    parts = (text, llvmlite.__version__, version, processor.triple, processor.name, processor.features)
    key = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    path = folder / f"{key}.object"
    found = read_object(path)
    code = found if found is not None else _compile(text, processor)
    if found is None:
        write_object(path, code)
    machine = _machine(processor)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return Native(engine, found is not None)


def _machine(processor: Processor) -> Any:
    import llvmlite.binding as llvm

    target = llvm.Target.from_triple(processor.triple)
    return target.create_target_machine(
        cpu=processor.name, features=processor.features, opt=2, jit=True, codemodel="default"
    )


@cache
def _set_options() -> None:
    """Tell LLVM, once a process, what it need not do: bits and speed of long straight code are the same without.

    To schedule its machine instructions takes a third of the time to compile it, to look for copies of registers another
    eighth.
    """
    import llvmlite.binding as llvm

    llvm.set_option("leukin", "-enable-misched=false")
    llvm.set_option("leukin", "-disable-copyprop")


def _compile(text: str, processor: Processor) -> bytes:
    import llvmlite.binding as llvm

    _set_options()
    machine = _machine(processor)
    module = llvm.parse_assembly(text)
    module.triple = processor.triple
    module.data_layout = str(machine.target_data)
    module.verify()
    return bytes(machine.emit_object(module))


def cache_folder() -> Path:
    """Where compiled objects are kept: $LEUKIN_CACHE, or the platform's cache folder."""
    if os.environ.get(CACHE_VARIABLE):
        return Path(os.environ[CACHE_VARIABLE])
    home = Path.home()
    if platform.system() == "Darwin":
        return home / "Library" / "Caches" / "leukin"
    if platform.system() == "Windows":
        return Path(os.environ.get("LOCALAPPDATA", home)) / "leukin" / "cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "leukin"


def read_object(path: Path) -> bytes | None:
    """The object in `path`, or None where there is none or its bytes are not those that were written."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    code = data[32:]
    return code if code and hashlib.sha256(code).digest() == data[:32] else None


def write_object(path: Path, code: bytes) -> None:
    """Keep an object with its hash; written under another name first, so that nobody reads half of it.

    A cache that cannot be written is no error: the next program compiles again.
    """
    part: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            part = Path(file.name)
            file.write(hashlib.sha256(code).digest() + code)
        os.replace(part, path)
    except OSError:
        if part is not None:
            part.unlink(missing_ok=True)
