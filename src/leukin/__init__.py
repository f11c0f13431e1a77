"""Interleukin-2 immunotherapy simulated from receptor to trial.

`import leukin` loads nothing heavy: what is named here is loaded from its room on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from leukin.errors import LeukinError, Problem

# The room of every public name.
_ROOMS = {
    "LeukinError": "errors",
    "Problem": "errors",
}

__all__ = ["LeukinError", "Problem", "__version__"]


def __getattr__(name: str) -> object:
    if name not in _ROOMS:
        raise AttributeError(f"module 'leukin' has no attribute '{name}'")
    return getattr(importlib.import_module(f"leukin.{_ROOMS[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
