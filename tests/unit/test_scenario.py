"""Trial records as scenarios: scans, arms, and what cannot be simulated."""

from dataclasses import replace

import pytest

from leukin.catalog import load_catalog
from leukin.catalog.records import ProcedureRecord
from leukin.errors import CatalogError
from leukin.scenario import scenario

TRIAL = load_catalog().trial("fyfe-1995-rcc")


def test_scans_and_doses_of_a_published_trial() -> None:
    found = scenario(TRIAL)
    assert found.scans[:2] == (8 * 168.0, 16 * 168.0) and found.scans[-1] <= found.horizon
    (dose,) = found.arms[0].doses
    assert (dose.every, dose.count, dose.cycles, dose.infusion) == (8.0, 14, 2, 0.25)
    assert found.arms[0].patients == 255


def test_a_procedure_is_refused_and_never_ignored() -> None:
    arm = replace(TRIAL.arms[0], procedures=(ProcedureRecord("lymphodepletion", -168.0),))
    with pytest.raises(CatalogError, match="lymphodepletion in arm 'high dose' cannot be simulated yet"):
        scenario(replace(TRIAL, arms=(arm,)))
