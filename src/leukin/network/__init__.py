"""Networks of species and reactions: what exists, what turns into what, and how parts are put together."""

from leukin.network.check import check
from leukin.network.model import (
    Baseline,
    Extinction,
    Network,
    Observable,
    Port,
    Reaction,
    Species,
    Variable,
)
from leukin.network.text import equations, for_each

__all__ = [
    "Baseline",
    "Extinction",
    "Network",
    "Observable",
    "Port",
    "Reaction",
    "Species",
    "Variable",
    "check",
    "equations",
    "for_each",
]
