"""Routes: each enters where it should, loses nothing, and adds no state where nobody takes it."""

from __future__ import annotations

import numpy as np
import pytest

from leukin.biology import assemble
from leukin.biology.pharmacokinetics import pharmacokinetics
from leukin.biology.routes import DEPOTS, NOT_MODELLED, depots
from leukin.biology.translate import of_host, of_molecule
from leukin.catalog.routes import ROUTES
from leukin.engine import compile_network
from leukin.scenario import Amount, Arm, Dose, Scenario
from unit.biology.exposure_parts import CATALOGUE, alone, area, follow, network, system

NAMES = sorted(ROUTES)


def arm(route: str, molecule: str = "aldesleukin", **how: float) -> Arm:
    infusion = 0.5 if ROUTES[route] else 0.0
    return Arm(route, (Dose(molecule, Amount(1, "nmol"), route, infusion=infusion, **how),))  # type: ignore[arg-type]


def places(routes: tuple[str, ...]) -> list[str]:
    return [s.id for s in network(routes=routes).species]


def test_every_route_has_a_port_and_only_its_own_states() -> None:
    plain = places(())
    for route in NAMES:
        found = network(routes=(route,))
        assert route in {port.route for port in found.ports}
        assert len(found.species) == len(plain) + (route in DEPOTS)
        added = [s.id for s in found.species if s.id not in (*plain, "IL2_from_plasma")]
        assert added == ([f"LOC_{DEPOTS[route].label}"] if route in DEPOTS else [])
        assert found.check() == []
    assert depots(["sc", "iv bolus", "im"]) == ()
    assert len(depots(["intratumoural", "intralesional"])) == 1


@pytest.mark.parametrize("molecule", ["aldesleukin", "il2-immunocytokine"])
def test_a_state_and_an_observable_of_one_name_are_one_thing(molecule: str) -> None:
    """What a table shows under a name is what the exported model has under it."""
    for route in CATALOGUE.molecule(molecule).routes:
        whole = assemble.network(CATALOGUE, Scenario("human", "melanoma", (arm(route, molecule),), 24.0))
        states = {s.id for s in whole.species}
        for observable in whole.observables:
            if observable.name in states:
                assert str(observable.expression) == observable.name


def test_a_trial_without_local_doses_has_no_part_of_them() -> None:
    whole = assemble.network(
        CATALOGUE, Scenario("human", "renal-cell-carcinoma", (arm("iv infusion"),), 24.0)
    )
    assert not [name for name in (*whole.parameters, *(s.id for s in whole.species)) if "_peritoneum" in name]
    assert not [s.id for s in whole.species if s.id.startswith(("LOC_", "VEC_", "P1", "held"))]


@pytest.mark.parametrize("route", NAMES)
def test_interleukin_2_is_neither_lost_nor_made_on_any_route(route: str) -> None:
    """What was given is in a compartment or counted as gone, cells and all."""
    s = system(routes=(route,))
    at = np.array([0.0, 0.25, 1.0, 5.0, 30.0])
    stores = ["A1", "A2", "Dp", "Ly", *(f"LOC_{place.label}" for place in depots([route]))]
    run = follow(s, arm(route), [50.0], at, [*stores, "gone"])
    there = sum(run[name][0] for name in [*stores, "gone"])
    given = np.minimum(at / 0.5, 1.0) * 50.0 if ROUTES[route] else np.full(len(at), 50.0)
    endogenous = there[0] - given[0]
    assert there - endogenous == pytest.approx(given, rel=1e-8, abs=1e-8)


def test_the_share_that_reaches_plasma_is_that_of_the_rates() -> None:
    """Linear exposure: area times clearance is washout over washout and loss."""
    at = np.linspace(0, 120, 4801)
    for route in ("intratumoural", "peritumoural", "ip", "regional perfusion", "sc", "im", "iv bolus"):
        s = system(routes=(route,))
        known = {name: s.nominal[s.parameter_index[name]] for name in s.parameters}
        run = follow(s, arm(route), [10.0], at, ["IL2_plasma"], alone(s, weight=70e3))
        reached = area(at, run["IL2_plasma"][0]) * (known["CLren"] + known["CLoth"]) / 10.0
        if route in DEPOTS:
            label = DEPOTS[route].label
            out, lost = known[f"washout_{label}"], known[f"local_loss_{label}"]
            expected = out / (out + lost)
        else:
            expected = known["sc_bioavailability"] if route in ("sc", "im") else 1.0
        assert reached == pytest.approx(expected, rel=2e-3), route


def test_muscle_is_as_skin() -> None:
    at = np.array([1.0, 4.0, 12.0])
    one = follow(system(), arm("im"), [10.0], at, ["IL2_plasma"])
    other = follow(system(), arm("sc"), [10.0], at, ["IL2_plasma"])
    assert one["IL2_plasma"] == pytest.approx(other["IL2_plasma"], rel=1e-12)


def test_a_local_dose_gives_more_in_the_lesion_and_less_in_plasma_than_one_by_vein() -> None:
    at = np.linspace(0, 48, 481)
    levels = {}
    for route in ("iv bolus", "intratumoural", "peritumoural", "regional perfusion", "ip"):
        run = follow(system(routes=(route,)), arm(route), [12.0], at, ["IL2_plasma", "IL2_tumour"])
        levels[route] = {name: area(at, run[name][0]) for name in ("IL2_plasma", "IL2_tumour")}
    vein = levels["iv bolus"]
    for route in ("intratumoural", "peritumoural", "ip"):
        assert levels[route]["IL2_plasma"] < 0.75 * vein["IL2_plasma"], route
    for route in ("intratumoural", "peritumoural"):
        assert levels[route]["IL2_tumour"] > 2 * vein["IL2_tumour"], route
    assert (
        levels["regional perfusion"]["IL2_tumour"] > 1.3 * vein["IL2_tumour"]
    )  # first passage, then as by vein
    inside, beside = levels["intratumoural"]["IL2_tumour"], levels["peritumoural"]["IL2_tumour"]
    assert inside > 2 * beside
    assert levels["ip"]["IL2_tumour"] < vein["IL2_tumour"]  # through plasma alone


def test_cells_of_a_lesion_see_the_local_level() -> None:
    scenario = Scenario("human", "melanoma", (arm("intratumoural"),), 24.0)
    whole = assemble.network(CATALOGUE, scenario)
    compiled = compile_network(whole)
    params = compiled.nominal[None, :]
    state = compiled.initial(params)
    before = compiled.observe(["IL2_tumour"], state, params)["IL2_tumour"][0]
    state[0, compiled.state_index["LOC_tumour"]] = 5.0
    after = compiled.observe(["IL2_tumour"], state, params)["IL2_tumour"][0]
    volume = whole.parameters["local_volume_tumour"].canonical
    weight = whole.parameters["weight"].canonical / whole.parameters["weight_reference"].canonical
    assert after - before == pytest.approx(5.0 / (volume * weight), rel=1e-9)
    used = {v.id: v.expression.names for v in whole.variables}
    assert any("local_tumour" in names for key, names in used.items() if key.endswith("_cd8_tumour"))


def test_a_vector_secretes_until_its_cells_are_gone() -> None:
    s = system("alvac-il2", ("peritumoural",), "cat")
    at = np.linspace(0, 600, 2401)
    dose = Arm("v", (Dose("alvac-il2", Amount(1e7, "EAID50"), "peritumoural"),))
    run = follow(s, dose, [1e7], at, ["VEC_peritumoural", "IL2_plasma", "IL2_local.peritumoural"])
    assert run["VEC_peritumoural"][0] == pytest.approx(1e7 * np.exp(-0.02 * at), rel=1e-7)
    level = run["IL2_local.peritumoural"][0]
    tail = (at > 100) & (at < 400)
    slope = -np.polyfit(at[tail], np.log(level[tail]), 1)[0]
    assert slope == pytest.approx(0.02, rel=1e-3)  # expression, not washout, limits it
    assert level[100] > 20 * run["IL2_plasma"][0][100]


def test_what_a_trial_does_not_use_changes_nothing_of_its_equations() -> None:
    """Aldesleukin by vein or skin in man: the plain two compartments, part by part."""
    plain = pharmacokinetics(CATALOGUE.mechanism("pharmacokinetics").parameters)
    drug = CATALOGUE.molecule("aldesleukin")
    for routes in ((), ("iv infusion", "iv bolus", "sc", "im")):
        body = assemble.exposure(CATALOGUE, drug, depots(routes))
        assert body == plain
        assert of_molecule(of_host(body, CATALOGUE.host("human")), drug, CATALOGUE) == plain


def test_what_is_left_out_is_said() -> None:
    assert all(isinstance(item, str) and item for item in NOT_MODELLED)
