"""The routes that a dose can take, and why others are not among them."""

from __future__ import annotations

from leukin.catalog.records import Molecule
from leukin.errors import nearest

#: route -> whether the dose runs in over a time (`infusion`, or `rate`)
ROUTES = {
    "iv infusion": True,
    "iv bolus": False,
    "sc": False,
    "im": False,
    "ip": False,
    "intratumoural": False,
    "intralesional": False,
    "peritumoural": False,
    "regional perfusion": True,
}
#: routes into or beside a lesion; how many lesions are bodies of their own; a dose that is shared by all of them
INTO_A_LESION = ("intratumoural", "intralesional", "peritumoural")
LESIONS, ALL_LESIONS = 4, 0
#: routes that are no routes here, with the reason
NO_ROUTES = {
    "oral": "a protein is digested before it is absorbed",
    "inhaled": "absorption from the lung is not modelled",
    "topical": "a protein does not pass through skin",
    "intradermal": "absorption from the dermis is not modelled apart from that under the skin",
    "intrathecal": "cerebrospinal fluid is not modelled",
    "intravesical": "the bladder is not modelled",
    "intrapleural": "the pleural space is not modelled",
}
#: what people call a route -> its name here
SPOKEN = {
    "subcutaneous": "sc",
    "intramuscular": "im",
    "intraperitoneal": "ip",
    "intravenous": "iv bolus",
    "iv": "iv bolus",
    "bolus": "iv bolus",
    "infusion": "iv infusion",
}


def refusal(molecule: Molecule, route: str) -> tuple[str, str]:
    """Why `molecule` cannot be given by `route`, and the nearest fix; ("", "") where it can."""
    if route in molecule.routes:
        return "", ""
    why = molecule.refused.get(route) or NO_ROUTES.get(route)
    if not why and route in ROUTES:
        why = "its file does not name this route" if molecule.routes else "it is not a drug"
    reason = f"{molecule.id} cannot be given by '{route}'" + (f": {why}" if why else "")
    if not molecule.routes:
        return reason, "leukin list molecules names others"
    if SPOKEN.get(route.lower()) in molecule.routes:
        return reason, f"did you mean '{SPOKEN[route.lower()]}'?"
    return reason, f"one of: {', '.join(sorted(molecule.routes))}" if why else nearest(route, molecule.routes)
