"""A whole treated patient, exported: checked by libSBML to the last unit, and simulated by an independent simulator."""

from __future__ import annotations

import dataclasses
from typing import Any

import libsbml
import numpy as np
import pytest

from leukin.catalog import load_catalog, load_trial
from leukin.exchange import Snapshot, to_sbml
from leukin.trial import Plan, plan, snapshot
from science.elsewhere import apart, courses, repeat, runner


@pytest.fixture(scope="module")
def made() -> Plan:
    catalogue = load_catalog()
    return plan(load_trial("fyfe-1995-rcc", catalogue), catalogue)


@pytest.fixture(scope="module")
def taken(made: Plan) -> Snapshot:
    return snapshot(made, "high dose", None)


def complaints(sbml: str) -> list[str]:
    document = libsbml.readSBMLFromString(sbml)
    return [document.getError(i).getMessage() for i in range(document.checkConsistency())]


def test_libsbml_has_nothing_to_complain_about(taken: Snapshot) -> None:
    sbml = to_sbml(taken)
    assert complaints(sbml) == []
    model = libsbml.readSBMLFromString(sbml).getModel()
    assert all(model.getParameter(i).isSetUnits() for i in range(model.getNumParameters()))
    moments = {change.time for change in taken.changes}
    assert model.getNumEvents() == len(moments) + len(taken.network.extinctions) > 60
    assert "rule high-dose-withholding" in model.getNotesString()


def test_states_say_what_they_are(taken: Snapshot) -> None:
    model = libsbml.readSBMLFromString(to_sbml(taken)).getModel()

    def resources(element: Any) -> dict[str, str]:
        terms = [element.getCVTerm(i) for i in range(element.getNumCVTerms())]
        return {t.getResourceURI(0).rsplit("/", 1)[1]: t.getBiologicalQualifierType() for t in terms}

    part, same = libsbml.BQB_IS_PART_OF, libsbml.BQB_IS
    assert resources(model) == {"taxonomy:9606": libsbml.BQB_HAS_TAXON}
    assert resources(model.getParameter("A1")) == {"uniprot:P60568": same}
    assert resources(model.getParameter("aT_treg")) == {"uniprot:P01589": same, "CL:0000815": part}
    assert resources(model.getParameter("S_cd8_activated_tumour")) == {"CL:0000906": part}
    dog = libsbml.readSBMLFromString(to_sbml(dataclasses.replace(taken, host="dog"))).getModel()
    assert resources(dog) == {"taxonomy:9615": libsbml.BQB_HAS_TAXON}
    assert resources(dog.getParameter("IFNg")) == {}


def test_libsbml_finds_a_wrong_unit(taken: Snapshot) -> None:
    """Its silence means something: a rate constant that is said to be a volume is found."""
    network = taken.network
    wrong = dataclasses.replace(network.parameters["k12"], unit="L")
    spoilt = dataclasses.replace(network, parameters={**network.parameters, "k12": wrong})
    assert any("k12" in text for text in complaints(to_sbml(dataclasses.replace(taken, network=spoilt))))


def test_the_first_day_of_treatment_is_the_same_elsewhere(made: Plan, taken: Snapshot) -> None:
    times = np.arange(0.0, 25.0)
    found = courses(runner(to_sbml(taken), made.system), times, {key: key for key in made.system.states})
    ours = repeat(made.system, taken, times, rtol=1e-6)
    assert ours["A1"].max() > 1.0  # treated
    worst = apart(made.system, ours, found)
    assert 0 < worst[0][0] <= 1e-5, worst[:5]
