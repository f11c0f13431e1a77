"""Parts that recur: flows between states, saturable rates, delays, and the assembly of complexes on a membrane."""

from leukin.network.motifs.assembly import Assembly, membrane
from leukin.network.motifs.flows import binding, degradation, flow, hill, synthesis, transit
from leukin.network.motifs.two_arms import pair_name, pairs, second_arm

__all__ = [
    "Assembly",
    "binding",
    "degradation",
    "flow",
    "hill",
    "membrane",
    "pair_name",
    "pairs",
    "second_arm",
    "synthesis",
    "transit",
]
