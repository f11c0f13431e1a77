"""Doses as written (IU/kg, mg, nmol) in the nanomoles that enter a patient."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from leukin.catalog.records import Molecule
from leukin.errors import CatalogError, Problem
from leukin.quantity import unit
from leukin.scenario import Amount, Arm

Floats = NDArray[np.float64]


def body_surface(weight: Floats, height: Floats) -> Floats:
    """Body surface area (dm2) of `weight` (g) and `height` (dm): sqrt(height cm x weight kg / 3600) m2 (Mosteller 1987)."""
    return np.sqrt(height * 10.0 * weight / 1000.0 / 3600.0) * unit("m2").factor


def nanomoles(amount: Amount, molecule: Molecule) -> float:
    """nmol for one unit of the amount's basis (flat, per kg or per m2) of a molecule; infectious doses of a vector.

    International units go through the molecule's specific activity, masses through its molar mass, or through the mass of
    the part by which doses are written.
    Raises CatalogError for an amount that is not a quantity of the molecule.
    """
    written = unit(amount.unit)
    value = amount.value * written.factor
    vector = "secretion" in molecule.parameters
    if written.same_dimension(unit("EAID50" if vector else "nmol")):
        return value
    if written.same_dimension(unit("IU")) and not vector:
        value /= molecule["specific_activity"].canonical
        written = unit("g")
    if written.same_dimension(unit("g")) and not vector:
        mass = "dosed_mass" if "dosed_mass" in molecule.parameters else "molar_mass"
        return value / molecule[mass].canonical
    raise CatalogError(
        Problem(
            field="amount",
            reason=f"'{amount.unit}' is not an amount of {molecule.id}",
            fix="EAID50" if vector else "IU, MIU, mg, ug or nmol",
        )
    )


def amounts(arm: Arm, molecules: dict[str, Molecule], weight: Floats, height: Floats) -> list[Floats]:
    """nmol of every series of doses of an arm for each patient; weight (g) and height (dm) are float64[patient]."""
    basis = {
        "flat": np.ones_like(weight),
        "kg": weight / unit("kg").factor,
        "m2": body_surface(weight, height) / unit("m2").factor,
    }
    return [nanomoles(dose.amount, molecules[dose.molecule]) * basis[dose.amount.per] for dose in arm.doses]
