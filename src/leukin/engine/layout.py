"""The work array of one solve: named regions of vectors, one lane per patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Layout:
    """Offsets (in vectors) of named regions in one array of `size` vectors."""

    offset: Mapping[str, int]
    size: int


def arrange(sizes: Mapping[str, int]) -> Layout:
    """Put regions of the given sizes one after the other."""
    offset, total = {}, 0
    for name, size in sizes.items():
        offset[name] = total
        total += size
    return Layout(offset, total)
