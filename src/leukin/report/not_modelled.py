"""What the specifications know and the program leaves out, collected from the modules that leave it out."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

ROOMS = ("leukin.biology", "leukin.population", "leukin.trial")


def not_modelled() -> list[dict[str, Any]]:
    """Module and items of every tuple NOT_MODELLED, in order of the module's name."""
    found = []
    for room in ROOMS:
        package = importlib.import_module(room)
        for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
            module = importlib.import_module(f"{room}.{info.name}")
            items = getattr(module, "NOT_MODELLED", ())
            if items:
                words = info.name.replace("_", " ").capitalize()
                found.append({"module": words, "items": list(items)})
    return found
