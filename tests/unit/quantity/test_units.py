"""Units: factors against hand-computed values, and refusals."""

import pytest

from leukin.biology.assemble import network
from leukin.catalog import load_catalog
from leukin.errors import UnitError
from leukin.quantity import from_canonical, to_canonical, unit, units
from leukin.quantity.units import read_unit
from leukin.quantity.usual_units import USUAL
from leukin.scenario import scenario


@pytest.mark.parametrize(
    ("text", "factor"),
    [
        ("nM", 1.0),
        ("pM", 1e-3),
        ("1/nM/min", 60.0),
        ("mL/min", 0.06),
        ("1/d", 1 / 24),
        ("pg/mL", 1e-9),
        ("mg/dL", 1e-2),
        ("kDa", 1e-6),
        ("1e9/L", 1e9),
        ("mm", 1e-2),
        ("m2", 100.0),
        ("MIU/m2/d", 1e6 / 100 / 24),
        ("%", 1e-2),
        ("month", 730.5),
        ("1", 1.0),
    ],
)
def test_factor_to_canonical_units(text: str, factor: float) -> None:
    assert unit(text).factor == pytest.approx(factor, rel=1e-14)


def test_volume_is_length_cubed() -> None:
    assert unit("mm^3").same_dimension(unit("mL"))
    assert to_canonical(1000.0, "mm^3") == pytest.approx(to_canonical(1.0, "mL"), rel=1e-14)


def test_there_and_back() -> None:
    assert from_canonical(to_canonical(12.9, "min"), "min") == pytest.approx(12.9, rel=1e-15)


def test_cells_molecules_and_international_units_are_dimensions_of_their_own() -> None:
    seen = {unit(text).powers for text in ("cell", "molecule", "IU", "nmol", "1")}
    assert len(seen) == 5


@pytest.mark.parametrize("text", ["nMM", "", "1/", "kg m2 +", "__import__('os')", "x" * 2000])
def test_what_is_not_a_unit_is_refused(text: str) -> None:
    with pytest.raises(UnitError):
        unit(text)


@pytest.mark.parametrize("text", [line.split()[0] for line in USUAL.strip().splitlines()])
def test_a_usual_unit_is_what_pint_makes_of_it(text: str) -> None:
    assert unit(text) == read_unit(text)


def test_the_shipped_trials_need_no_pint(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> None:
        raise AssertionError("pint was asked")

    unit.cache_clear()
    monkeypatch.setattr(units, "_registry", refused)
    catalogue = load_catalog()
    for trial in catalogue.trials.values():
        assert network(catalogue, scenario(trial)).species
