"""Derivatives through run-in, baselines, doses and a steady state, on a system whose solution is known."""

from __future__ import annotations

import numpy as np
import pytest

from leukin.engine import compile_network
from leukin.engine.reference import solve_reference
from leukin.engine.system import System
from leukin.errors import AssemblyError
from leukin.network import Port, Species, equations
from leukin.quantity import Parameter, Source, parse
from leukin.scenario import Amount, Arm, Dose
from leukin.simulate import Trajectory, run_in, simulate

K, INFLOW, AMOUNT = 0.5, 0.2, 3.0
TIMES = np.linspace(0.0, 30.0, 61)
NAMES = ("k", "inflow")
INFUSED = Dose("x", Amount(1.0, "nmol"), "iv infusion", every=8.0, count=3, infusion=0.5)
BOLUS = Dose("x", Amount(1.0, "nmol"), "iv bolus", every=8.0, count=1)


@pytest.fixture(scope="module")
def system() -> System:
    """One compartment with first-order loss; production follows from the untreated run-in."""
    units = {"k": ("1/h", K), "rate": ("nmol/h", 0.0), "inflow": ("nmol/h", INFLOW), "made": ("nmol/h", 0.0)}
    return compile_network(
        equations(
            species=[Species("A", "nmol", parse("4*inflow/k")), Species("seen", "nmol*h")],
            rates={"A": "inflow*run_in + made*(1 - run_in) + rate - k*A", "seen": "A*(1 - run_in)"},
            observables={"level": ("pmol", "A"), "lost": ("nmol/d", "k*A")},
            parameters=[
                Parameter(key, value, unit, Source("definition")) for key, (unit, value) in units.items()
            ],
            ports=[Port("iv infusion", "rate", "rate"), Port("iv bolus", "A", "amount")],
            baselines={"made": "k*A"},
        )
    )


def run(system: System, dose: Dose, names=NAMES, k: float = K, **more) -> Trajectory:
    params = system.nominal[None].repeat(2, axis=0)
    params[:, system.parameter_index["k"]] = k
    start = run_in(system, params, 120.0, sensitivities=names, rtol=1e-10)
    arm, amounts = Arm("a", (dose,)), [np.array([1.0, AMOUNT])]
    return simulate(
        system, start, arm, amounts, horizon=30.0, times=TIMES, record=["A", "level", "lost", "seen"],
        sensitivities=names, rtol=1e-10, **more,
    )  # fmt: skip


def central(system: System, dose: Dose, name: str) -> np.ndarray:
    change = 1e-4
    up, down = (run(system, dose, (), K * (1 + sign * change)).values[name] for sign in (1, -1))
    return (up - down) / (2 * change * K)


def test_baselines_carry_the_derivative_of_the_run_in(system: System) -> None:
    """The level before and between doses is inflow/k, though neither rate after the run-in has inflow in it."""
    found = run(system, INFUSED).sensitivities
    np.testing.assert_allclose(found["inflow"]["A"], 1 / K, rtol=1e-7)
    np.testing.assert_allclose(found["inflow"]["level"], 1000 / K, rtol=1e-7)
    np.testing.assert_allclose(found["inflow"]["lost"], 24.0, rtol=1e-7)
    np.testing.assert_allclose(found["inflow"]["seen"], TIMES[None].repeat(2, 0) / K, rtol=1e-7)
    np.testing.assert_allclose(found["k"]["A"][:, 0], -INFLOW / K**2, rtol=1e-7)


@pytest.mark.parametrize("dose", [INFUSED, BOLUS])
def test_doses_agree_with_differences(system: System, dose: Dose) -> None:
    found = run(system, dose).sensitivities["k"]
    for name in ("A", "level", "lost", "seen"):
        wanted = central(system, dose, name)
        np.testing.assert_allclose(found[name], wanted, rtol=1e-5, atol=1e-6 * np.abs(wanted).max())


def test_values_keep_their_bits(system: System) -> None:
    with_them, plain = run(system, INFUSED), run(system, INFUSED, ())
    for name, values in plain.values.items():
        assert values.tobytes() == with_them.values[name].tobytes()
    assert not plain.sensitivities


def test_steady_state_of_repeated_doses(system: System) -> None:
    """Above the untreated level: amount exp(-k t)/(1 - exp(-8 k)) after the dose at 0."""
    dose = Dose("x", Amount(1.0, "nmol"), "iv bolus", every=8.0, count=1, ss=True)
    found = run(system, dose).sensitivities["k"]["A"][1]
    gone = np.exp(-8 * K)
    above = AMOUNT * np.exp(-K * TIMES) / (1 - gone)
    wanted = -INFLOW / K**2 - above * (TIMES + 8 * gone / (1 - gone))
    np.testing.assert_allclose(found, wanted, rtol=1e-6)
    plain = run(system, dose, ()).values["A"]
    assert plain.tobytes() == run(system, dose).values["A"].tobytes()


def test_a_parameter_that_a_dose_sets_moves_no_more(system: System) -> None:
    """During the run-in it raises the level, which the baseline then keeps."""
    found = run(system, INFUSED, ("rate",)).sensitivities["rate"]["A"]
    np.testing.assert_allclose(found, 1 / K, rtol=1e-7)


def test_some_of_those_that_the_run_in_was_asked_for(system: System) -> None:
    params = system.nominal[None]
    start = run_in(system, params, 120.0, sensitivities=("inflow", "k"))
    given = {"horizon": 30.0, "times": TIMES, "record": ["A"]}
    doses = (Arm("a", (BOLUS,)), [np.array([1.0])])
    both = simulate(system, start, *doses, sensitivities=("inflow", "k"), **given)
    one = simulate(system, start, *doses, sensitivities=("k",), **given)
    np.testing.assert_allclose(one.sensitivities["k"]["A"], both.sensitivities["k"]["A"], rtol=1e-10)
    assert list(one.sensitivities) == ["k"]
    with pytest.raises(AssemblyError, match="was not asked"):
        simulate(system, start, *doses, sensitivities=("made",), **given)


def test_what_cannot_be_given_is_refused(system: System) -> None:
    params = system.nominal[None]
    with pytest.raises(AssemblyError, match="did you mean 'inflow'"):
        run_in(system, params, 10.0, sensitivities=("inflw",))
    with pytest.raises(AssemblyError, match="another solver"):
        run_in(system, params, 10.0, solve_reference, sensitivities=("k",))
    with pytest.raises(AssemblyError, match="run_in was not asked"):
        simulate(
            system, run_in(system, params, 10.0), Arm("none"), [], horizon=1.0, times=TIMES[:2], record=["A"],
            sensitivities=("k",),
        )  # fmt: skip
