"""Models out of leukin: SBML and Antimony, each patient with the doses that were given."""

from leukin.exchange.antimony import to_antimony
from leukin.exchange.sbml import to_sbml
from leukin.exchange.snapshot import Change, Snapshot

__all__ = ["Change", "Snapshot", "to_antimony", "to_sbml"]
