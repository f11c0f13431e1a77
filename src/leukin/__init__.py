"""Interleukin-2 immunotherapy simulated from receptor to trial.

`import leukin` loads nothing heavy: what is named here is loaded from its room on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from leukin.catalog import Catalogue, load_catalog, load_trial
    from leukin.engine import compile_network, solve
    from leukin.errors import LeukinError
    from leukin.keys import Key
    from leukin.network import Network
    from leukin.quantity import Parameter
    from leukin.responses import dose_response
    from leukin.result import Result, open_run, run

# The room of every public name.
_ROOMS = {
    "Catalogue": "catalog",
    "Key": "keys",
    "LeukinError": "errors",
    "Network": "network",
    "Parameter": "quantity",
    "Result": "result",
    "compile_network": "engine",
    "dose_response": "responses",
    "load_catalog": "catalog",
    "load_trial": "catalog",
    "open_run": "result",
    "run": "result",
    "solve": "engine",
}

__all__ = [
    "Catalogue",
    "Key",
    "LeukinError",
    "Network",
    "Parameter",
    "Result",
    "__version__",
    "compile_network",
    "dose_response",
    "load_catalog",
    "load_trial",
    "open_run",
    "run",
    "solve",
]


def __getattr__(name: str) -> object:
    if name not in _ROOMS:
        raise AttributeError(f"module 'leukin' has no attribute '{name}'")
    return getattr(importlib.import_module(f"leukin.{_ROOMS[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
