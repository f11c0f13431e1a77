"""Doses in nanomoles against amounts computed by hand."""

import numpy as np
import pytest

from leukin.catalog import load_catalog
from leukin.dosing import amounts, body_surface, nanomoles
from leukin.errors import CatalogError
from leukin.scenario import Amount, Arm, Dose

MOLECULE = load_catalog().molecule("aldesleukin")


def test_high_dose_of_a_70_kg_patient() -> None:
    """42 MIU are 2.57 mg (18 MIU are 1.1 mg), and 167.8 nmol of 15.3 kDa."""
    arm = Arm("a", (Dose("aldesleukin", Amount(600000, "IU", "kg"), "iv infusion", infusion=0.25),))
    (given,) = amounts(arm, {"aldesleukin": MOLECULE}, np.array([70e3]), np.array([17.0]))
    assert given[0] == pytest.approx(42 / 18 * 1.1e-3 / 15300 * 1e9, rel=1e-3)


def test_bases_agree() -> None:
    flat, per_kg = Amount(18.0, "MIU"), Amount(0.225, "MIU", "kg")
    arm = Arm("a", tuple(Dose("aldesleukin", a, "sc") for a in (flat, per_kg, Amount(9.0, "MIU", "m2"))))
    weight, height = np.array([80e3]), np.array([18.0])
    one, two, three = amounts(arm, {"aldesleukin": MOLECULE}, weight, height)
    assert two == pytest.approx(one)
    assert three / one == pytest.approx(0.5 * body_surface(weight, height) / 100.0)


def test_body_surface_of_a_known_person() -> None:
    assert body_surface(np.array([80e3]), np.array([18.0]))[0] / 100 == pytest.approx(2.0, rel=1e-12)


@pytest.mark.parametrize(("unit", "value"), [("nmol", 3.0), ("mg", 3 * 15300e-6), ("ug", 3 * 15.3)])
def test_amounts_by_substance_and_mass(unit: str, value: float) -> None:
    assert nanomoles(Amount(value, unit), MOLECULE) == pytest.approx(3.0, rel=1e-12)


def test_cells_are_not_an_amount_of_a_molecule() -> None:
    with pytest.raises(CatalogError, match="not an amount"):
        nanomoles(Amount(1e9, "cell"), MOLECULE)
