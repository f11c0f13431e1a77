"""The body against the figures it was fitted to, and what must hold whatever was fitted."""

from __future__ import annotations

import numpy as np
import pytest

from leukin.catalog import load_catalog
from leukin.dosing import nanomoles
from leukin.engine import solve
from leukin.inference.experiments import TypicalPatient, typical_patient
from leukin.inference.fit_body import PARTS
from leukin.inference.fit_pharmacokinetics import TARGETS, bolus
from leukin.scenario import Amount
from leukin.simulate import run_in


@pytest.fixture(scope="module")
def patient() -> TypicalPatient:
    return typical_patient(load_catalog())


def test_a_bolus_has_the_half_lives_and_clearance_of_1990(patient: TypicalPatient) -> None:
    found = bolus(patient, {})
    for id in TARGETS:
        assert found[id] == pytest.approx(patient.evidence.targets[id].value, rel=0.01), id


def test_level_after_a_bolus_is_dose_over_plasma_volume(patient: TypicalPatient) -> None:
    level = patient.run("bolus", ["IL2_plasma"], np.array([0.0]))["IL2_plasma"][0]
    dose = patient.evidence.experiments["bolus"].arm.doses[0].amount  # 10 MIU/m2
    units = level / nanomoles(Amount(1.0, "IU"), patient.catalogue.molecule("aldesleukin")) / 1000.0
    assert dose.unit == "MIU" and units / 10 == pytest.approx(
        650, rel=0.02
    )  # U/mL per 1 MIU/m2, figure F010c


#: targets that are known to be missed by more than one spread: (least, most) miss in spreads
KNOWN_MISSES = {
    "ifn-lag": (-1.5, 0.5),
    "ifn-level": (-2.0, 0.0),
    "il6-peak-time": (0.0, 1.6),
    "lymphocytes-vein": (0.0, 1.6),
}


@pytest.mark.parametrize("number", range(len(PARTS)))
def test_catalogue_values_meet_their_figures(patient: TypicalPatient, number: int) -> None:
    part = PARTS[number]
    mechanism = patient.catalogue.mechanism(part.mechanism)
    found = part.predict(patient, {name: mechanism[name].canonical for name in part.names})
    for id in part.targets:
        low, high = KNOWN_MISSES.get(id, (-1.0, 1.0))
        assert low <= patient.evidence.targets[id].miss(found[id]) <= high, (id, found[id])


def test_low_doses_expand_regulatory_cells_alone_high_doses_everything(patient: TypicalPatient) -> None:
    names = ["N_treg", "N_cd4", "N_cd8", "N_nk"]
    low = patient.run("skin-one", names, np.array([120.0]))
    high = patient.run("high-dose", names, np.array([120.0]))
    month = patient.run("graft-versus-host", names, np.array([672.0]))
    assert low["N_treg"][0] > 2 and max(low[name][0] for name in names[1:]) < 1.15
    assert month["N_treg"][0] > 4 * max(month[name][0] for name in names[1:])
    assert all(high[name][0] > 2 for name in names)


def test_weeks_of_infusion_do_not_turn_resting_cells_into_regulatory_ones(patient: TypicalPatient) -> None:
    names = ["aT_treg", "aT_cd8", "aT_nk"]
    cd25 = patient.run("infusion-three-weeks", names, np.array([0.0, 504.0]))
    assert all(cd25[name][1] > 5 * cd25[name][0] for name in ("aT_cd8", "aT_nk"))
    assert max(cd25["aT_cd8"][1], cd25["aT_nk"][1]) < 0.25 * cd25["aT_treg"][1]  # figure F125


def test_lymphocytes_fall_at_once_and_rebound_above_baseline(patient: TypicalPatient) -> None:
    times = np.array([0.0, 2.0, 24.0, 120.0, 168.0, 336.0])
    count = patient.run("high-dose", ["count_blood.lymphocyte"], times)["count_blood.lymphocyte"]
    assert count[1] < 0.3 * count[0] and count[2] < 0.5 * count[0]
    assert count[4] > 2 * count[0] and count[5] < count[4]


def test_regulatory_cells_rise_under_high_doses(patient: TypicalPatient) -> None:
    share = patient.run("high-dose", ["treg_percent_of_cd4"], np.array([0.0, 168.0]))["treg_percent_of_cd4"]
    assert share[1] > share[0]  # figure F077


def test_soluble_cd25_rises(patient: TypicalPatient) -> None:
    level = patient.run("graft-versus-host", ["soluble_CD25"], np.array([0.0, 672.0]))["soluble_CD25"]
    assert level[0] == pytest.approx(55.0, rel=1e-6) and level[1] > 1.5 * level[0]  # figure F127


def test_plasma_does_not_collapse_without_ward_care(patient: TypicalPatient) -> None:
    times = np.arange(0.0, 336.0)
    seen = patient.run("high-dose", ["Vp", "albumin", "SBP", "weight_gain", "pressor"], times)
    assert seen["Vp"].min() > 0.7 * seen["Vp"][0]
    assert 20 < seen["albumin"].min() < 36
    assert 70 < seen["SBP"].min() < 105 and seen["pressor"].max() == 0.0
    assert 2 < seen["weight_gain"].max() < 15
    for name in ("Vp", "albumin", "SBP"):
        assert seen[name][-1] == pytest.approx(seen[name][0], rel=0.03), name  # recovered nine days later


def test_untreated_patient_stays_as_he_is(patient: TypicalPatient) -> None:
    params = patient.system.nominal[None, :].copy()
    start = run_in(patient.system, params, 500.0)
    end = solve(patient.system, start.state, start.parameters, 0.0, 336.0)
    names = [observable.name for observable in patient.system.network.observables]
    before = patient.system.observe(names, start.state, start.parameters)
    after = patient.system.observe(names, end.state, start.parameters)
    for name in names:
        assert after[name][0] == pytest.approx(before[name][0], rel=1e-4, abs=1e-4), name


def test_more_drug_is_more_exposure_signal_and_leak(patient: TypicalPatient) -> None:
    names = ["IL2_plasma", "pSTAT5.nk", "permeability"]
    order = [
        patient.run(id, names, np.array([100.0]))
        for id in ("skin-third", "skin-one", "skin-three", "skin-large")
    ]
    for name in names:
        values = [found[name][0] for found in order]
        assert values == sorted(values), name
