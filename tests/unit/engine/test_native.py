"""Compiled objects on disk: used again, never believed when damaged, never needed."""

from __future__ import annotations

import numpy as np
import pytest

from leukin.engine import compile_network, native, solve
from leukin.errors import SolveError
from unit.engine.toys import robertson


def values(system) -> np.ndarray:
    params = system.nominal[None]
    return solve(system, system.initial(params), params, 0.0, 1.0).state


def test_second_compilation_comes_from_the_cache(tmp_path) -> None:
    first = compile_network(robertson(), cache=tmp_path)
    again = compile_network(robertson(), cache=tmp_path)
    assert not first.machine.native.cached and again.machine.native.cached
    np.testing.assert_array_equal(values(first), values(again))
    assert [path.suffix for path in tmp_path.iterdir()] == [".object"]


@pytest.mark.parametrize("damage", ["cut", "changed", "empty"])
def test_damaged_object_is_built_again(tmp_path, damage: str) -> None:
    first = compile_network(robertson(), cache=tmp_path)
    (path,) = tmp_path.iterdir()
    data = bytearray(path.read_bytes())
    if damage == "changed":
        data[len(data) // 2] ^= 1
    path.write_bytes({"cut": data[: len(data) // 2], "changed": data, "empty": b""}[damage])
    again = compile_network(robertson(), cache=tmp_path)
    assert not again.machine.native.cached
    np.testing.assert_array_equal(values(first), values(again))
    assert compile_network(robertson(), cache=tmp_path).machine.native.cached


def test_cache_that_cannot_be_written_is_no_error(tmp_path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    system = compile_network(robertson(), cache=blocked / "below")
    assert np.isfinite(values(system)).all()


def test_cache_folder_follows_the_environment(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv(native.CACHE_VARIABLE, str(tmp_path / "mine"))
    compile_network(robertson())
    assert len(list((tmp_path / "mine").iterdir())) == 1


def test_processor_without_fused_operations_is_refused(monkeypatch) -> None:
    import llvmlite.binding as llvm

    monkeypatch.setattr(llvm, "get_process_triple", lambda: "x86_64-unknown-linux-gnu")
    monkeypatch.setattr(llvm, "get_host_cpu_features", lambda: {"fma": False, "avx2": True})
    with pytest.raises(SolveError, match="FMA"):
        native.this_processor()
