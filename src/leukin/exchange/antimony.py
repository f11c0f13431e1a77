"""Antimony text, translated from the SBML export by the reference implementation."""

from __future__ import annotations

from leukin.errors import Problem, SolveError
from leukin.exchange.sbml import to_sbml
from leukin.exchange.snapshot import Snapshot


def to_antimony(snapshot: Snapshot) -> str:
    """The model of one patient as Antimony text.

    Raises SolveError when the translation fails.
    """
    import antimony

    antimony.clearPreviousLoads()
    if antimony.loadSBMLString(to_sbml(snapshot)) < 0:
        raise SolveError(Problem(field=snapshot.id, reason=antimony.getLastError()))
    return str(antimony.getAntimonyString(snapshot.id))
