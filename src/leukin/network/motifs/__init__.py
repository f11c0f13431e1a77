"""Parts that recur: flows between states, saturable rates, delays, and the assembly of complexes on a membrane."""

from leukin.network.motifs.assembly import Assembly, membrane
from leukin.network.motifs.flows import binding, degradation, flow, hill, synthesis, transit

__all__ = ["Assembly", "binding", "degradation", "flow", "hill", "membrane", "synthesis", "transit"]
