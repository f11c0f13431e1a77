"""Unit definitions of an SBML model, each made when it is first needed."""

from __future__ import annotations

import re
from typing import Any

from leukin.quantity import Unit

#: SBML base unit and multiplier of every canonical base unit; dimensions that SBML lacks become items
SBML_BASES = {
    "hour": ("second", 3600.0),
    "decimetre": ("metre", 0.1),
    "gram": ("gram", 1.0),
    "nanomole": ("mole", 1e-9),
    "mmHg": ("pascal", 133.322387415),
    "degC": ("kelvin", 1.0),
    "molecule": ("item", 1.0),
    "cell": ("item", 1.0),
    "IU": ("item", 1.0),
    "EAID50": ("item", 1.0),
    "U": ("item", 1.0),
}
ONE = Unit(1.0)


class Units:
    """The unit definitions of one libSBML model."""

    def __init__(self, libsbml: Any, model: Any):
        self.libsbml, self.model = libsbml, model
        self.ids: dict[Unit, str] = {}

    def id(self, of: Unit, text: str = "") -> str:
        """Id of a unit, named after its `text` (that of the canonical unit unless given) where it is first used."""
        if of not in self.ids:
            text = text or str(of)
            self.ids[of] = self._define(_identifier(text, set(self.ids.values())), of, text)
        return self.ids[of]

    def canonical(self, of: Unit) -> str:
        """Id of the canonical unit of the same dimension."""
        return self.id(Unit(1.0, of.powers))

    def _define(self, id_: str, of: Unit, text: str) -> str:
        definition = self.model.createUnitDefinition()
        definition.setId(id_)
        definition.setName(text)
        self._part(definition, self.libsbml.UNIT_KIND_DIMENSIONLESS, 1.0, of.factor)
        for base, power in of.powers:
            kind, multiplier = SBML_BASES[base]
            self._part(definition, self.libsbml.UnitKind_forName(kind), float(power), multiplier)
        return id_

    @staticmethod
    def _part(definition: Any, kind: int, exponent: float, multiplier: float) -> None:
        part = definition.createUnit()
        part.setKind(kind)
        part.setExponent(exponent)
        part.setScale(0)
        part.setMultiplier(multiplier)


def _identifier(text: str, taken: set[str]) -> str:
    """An id that reads like the unit, "unit_decimetre3_per_hour", and is not taken."""
    factors = sorted(text.split(), key=lambda factor: "^-" in factor)
    words = [f"per_{factor.replace('^-1', '')}" if "^-" in factor else factor for factor in factors]
    plain = "_".join(words).replace("%", "percent").replace("/", "_per_")
    found = f"unit_{re.sub(r'[^A-Za-z0-9_]', '', plain)}"
    while found in taken:
        found += "_"
    return found
