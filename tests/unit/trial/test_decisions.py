"""The withholding rule on synthetic observations: given, held, stopped, never shifted."""

from __future__ import annotations

import numpy as np
import pytest

from leukin.keys import Key
from leukin.scenario import GIVE, HOLD, STOP
from leukin.timeline import CYCLES_A_COURSE
from leukin.trial.decisions import Limits, Withholding, reason_text, withholding

LIMITS = Limits(
    sbp_limit=88,
    urine_limit=10,
    creatinine_limit=3,
    weight_gain_limit=0.15,
    other_toxicity=0.0,
    holds_to_stop=3,
    pressor_limit=0.9,
    sbp_noise=6,
    urine_noise=0.2,
    oxygen_limit=90,
    platelet_limit=30,
)
WELL = {"SBP": 120.0, "urine": 60.0, "creatinine": 1.0, "weight": 80.0, "permeability": 1.0, "pressor": 0.0,
        "oxygen_saturation": 97.0, "count_blood.platelet": 250.0}  # fmt: skip


def rule(n=1, slots=40, limits=LIMITS):
    zeros = np.zeros((n, slots))
    return Withholding(limits, zeros, zeros, np.full((n, slots), 0.5))


def ask(decide, sequence, cycle_of=lambda slot: 0):
    """Actions of one patient; sequence: what differs from a well patient at every slot."""
    memory, actions = None, []
    for slot, change in enumerate(sequence):
        observed = {name: np.array([value]) for name, value in {**WELL, **change}.items()}
        action, memory = decide(observed, memory, slot, cycle_of(slot))
        actions.append(int(action[0]))
    return actions


LOW = {"SBP": 80.0}


def test_a_well_patient_gets_every_dose():
    assert ask(rule(), [{}] * 14) == [GIVE] * 14


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"SBP": 87.9}, "pressure"),
        ({"urine": 9.9}, "urine"),
        ({"creatinine": 3.01}, "creatinine"),
        ({"weight": 92.1}, "weight"),
        ({"oxygen_saturation": 89.0}, "oxygen"),
        ({"count_blood.platelet": 29.0}, "platelets"),
        ({"SBP": 80.0, "urine": 5.0}, "pressure, urine"),
    ],
)
def test_each_limit_holds(change, reason):
    decide = rule()
    assert ask(decide, [{}, change, {}]) == [GIVE, HOLD, GIVE]
    slot, bits = decide.log[1]
    assert (slot, reason_text(int(bits[0]))) == (1, reason)


@pytest.mark.parametrize("change", [{"SBP": 88.0}, {"urine": 10.0}, {"creatinine": 3.0}, {"weight": 91.9}])
def test_at_the_limit_is_given(change):
    assert ask(rule(), [{}, change]) == [GIVE, GIVE]


def test_urine_is_the_mean_since_the_last_slot():
    assert ask(rule(), [{}, {"urine": 2.0, "urine.mean": 30.0}, {"urine": 30.0, "urine.mean": 2.0}]) == [
        GIVE,
        GIVE,
        HOLD,
    ]


def test_a_held_dose_is_lost_not_shifted():
    # 14 slots, two held: 12 given, and the slots that follow stay where they are
    actions = ask(rule(), [{}, {}, LOW, {}, LOW, *[{}] * 9])
    assert actions == [GIVE, GIVE, HOLD, GIVE, HOLD, *[GIVE] * 9]
    assert len(actions) == 14 and actions.count(GIVE) == 12


def test_three_holds_end_the_cycle_and_the_next_one_starts_afresh():
    sequence = [{}, LOW, LOW, LOW, {}, {}, {}, LOW, {}, {}]
    actions = ask(rule(), sequence, cycle_of=lambda slot: slot // 6)
    assert actions == [GIVE, HOLD, HOLD, HOLD, STOP, STOP, GIVE, HOLD, GIVE, GIVE]


def test_maximal_pressor_cancels_the_next_cycle_but_not_the_next_course():
    sequence = [{}, {"pressor": 0.95}, {}, {}, {}, {}, {}]
    codes = [0, 0, 0, 1, 1, CYCLES_A_COURSE, CYCLES_A_COURSE + 1]
    assert ask(rule(), sequence, codes.__getitem__) == [GIVE, GIVE, GIVE, STOP, STOP, GIVE, GIVE]


def test_maximal_pressor_between_slots_counts():
    sequence = [{}, {"pressor": 0.1, "pressor.max": 0.95}, {}]
    assert ask(rule(), sequence, lambda slot: slot // 2) == [GIVE, GIVE, STOP]


def test_weight_counts_from_admission_of_the_course():
    codes = [0, 0, CYCLES_A_COURSE, CYCLES_A_COURSE]
    sequence = [{}, {"weight": 90.0}, {"weight": 90.0}, {"weight": 100.0}]
    assert ask(rule(), sequence, codes.__getitem__) == [GIVE] * 4
    assert ask(rule(), sequence, lambda slot: 0)[3] == HOLD  # 25 % over 80 kg


def test_other_toxicity_follows_its_probability():
    n = 4000
    chance = (np.arange(n) + 0.5)[:, None] / n
    limits = Limits(**{name: getattr(LIMITS, name) for name in LIMITS.__slots__} | {"other_toxicity": 0.02})
    decide = Withholding(limits, np.zeros((n, 1)), np.zeros((n, 1)), chance)
    observed = {name: np.full(n, value) for name, value in {**WELL, "permeability": 6.0}.items()}
    action, _ = decide(observed, None, 0, 0)
    assert (action == HOLD).mean() == pytest.approx(1 - np.exp(-0.02 * 25), abs=1e-3)


def test_noise_is_in_millimetres_of_mercury():
    noise = np.array([[-6.0], [-5.0]])
    decide = Withholding(LIMITS, noise, np.zeros((2, 1)), np.full((2, 1), 0.5))
    observed = {name: np.full(2, value) for name, value in {**WELL, "SBP": 120.0}.items()}
    action, _ = decide(observed, None, 0, 0)
    assert action.tolist() == [HOLD, GIVE]  # 84 and 90 mmHg read


def test_patients_are_independent_of_their_block():
    from leukin.quantity import Parameter, Source

    units = {"sbp_limit": "mmHg", "urine_limit": "mL/h", "creatinine_limit": "mg/dL", "sbp_noise": "mmHg",
             "platelet_limit": "1e9/L", "oxygen_limit": "%"}  # fmt: skip
    entries = {
        name: Parameter(name, getattr(LIMITS, name), units.get(name, "1"), Source("definition"))
        for name in LIMITS.__slots__
    }
    block = withholding(entries, Key(3), np.arange(8), 5)
    alone = withholding(entries, Key(3), np.array([6]), 5)
    assert block.limits == alone.limits == LIMITS
    np.testing.assert_array_equal(block.sbp_noise[6], alone.sbp_noise[0])
    np.testing.assert_array_equal(block.chance[6], alone.chance[0])
    assert np.abs(np.corrcoef(block.sbp_noise.ravel(), block.urine_noise.ravel())[0, 1]) < 0.5
