"""Lesions apart: an injected lesion sees its dose, others see plasma alone; nodes that drain an injection; bad input."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from leukin.biology import assemble
from leukin.biology.formats import by_beta_gamma
from leukin.biology.routes import ENTRIES, depots, exposed
from leukin.catalog import check_file, load_catalog
from leukin.engine import compile_network
from leukin.keys import Key
from leukin.population import recipe, sample
from leukin.scenario import Amount, Arm, Dose, Scenario, entry
from leukin.simulate import run_in, simulate
from unit.biology.exposure_parts import CATALOGUE, area, follow, system


def dose(route: str = "intratumoural", lesion: int = 1, molecule: str = "aldesleukin", **how: object) -> Dose:
    return Dose(molecule, Amount(3.0, "MIU"), route, lesion=lesion, **how)  # type: ignore[arg-type]


def whole(*doses: Dose, tumour: str = "melanoma") -> assemble.Network:
    return assemble.network(CATALOGUE, Scenario("human", tumour, (Arm("a", doses),), 200.0))


def test_lesions_are_grouped_by_what_they_see() -> None:
    assert [(g.lesions, g.end) for g in exposed(())] == [((1, 2, 3, 4), "")]
    all_ = depots([entry("intratumoural", 0)])
    assert [(g.lesions, g.end) for g in exposed(all_)] == [((1, 2, 3, 4), "")]
    one = exposed(depots(["intratumoural", "peritumoural"]))
    assert [(g.lesions, g.end) for g in one] == [((1,), ""), ((2, 3, 4), "_distant")]
    two = exposed(depots([entry("intratumoural", 2), entry("peritumoural", 3), "regional perfusion"]))
    assert [(g.lesions, g.end) for g in two] == [((2,), ""), ((3,), "_lesion3"), ((1, 4), "_distant")]
    assert all(any(place.place == "region" for place in g.places) for g in two)
    assert len({place.label for place in ENTRIES.values()}) == 12


def test_doses_by_vein_and_for_all_lesions_have_no_second_kind_of_lesion() -> None:
    for given in (dose("iv bolus"), dose(lesion=0)):
        net = whole(given)
        names = [s.id for s in net.species] + [o.name for o in net.observables]
        assert not [name for name in names if "distant" in name]
    shared = {s.id for s in whole(dose(lesion=0)).species} - {s.id for s in whole(dose("iv bolus")).species}
    assert shared == {"LOC_tumour_all", "IL2_from_plasma"}


def treat(*doses: Dose, amounts: float = 12.0, days: float = 60.0) -> dict[str, np.ndarray]:
    net = compile_network(whole(*doses))
    times = np.linspace(0.0, 24.0 * days, 121)
    record = [o.name for o in net.network.observables if o.name.startswith(("volume.", "IL2_", "pSTAT5.cd8"))]
    params = net.nominal[None, :].copy()
    run = simulate(
        net, run_in(net, params, 2000.0), Arm("a", doses), [np.array([amounts])] * len(doses),
        horizon=float(times[-1]), times=times, record=record,
    )  # fmt: skip
    assert (run.status == 0).all()
    return {name: run[name][0] for name in record}


def test_the_injected_lesion_differs_from_distant_ones() -> None:
    injected = treat(dose(every=56.0, count=12))
    shared = treat(dose(every=56.0, count=12, lesion=0))
    none = treat(dose(every=56.0, count=12), amounts=0.0)
    end = {key: value[-1] for key, value in injected.items()}
    assert end["volume.lesion1"] < 0.95 * end["volume.lesion2"]
    assert end["volume.lesion2"] == pytest.approx(end["volume.lesion4"], rel=1e-6)
    assert end["volume.lesion2"] < none["volume.lesion2"][-1]  # what is washed out acts on all
    assert injected["IL2_tumour"].max() > 100 * injected["IL2_tumour_distant"].max()
    assert injected["pSTAT5.cd8-tumour"].max() > 5 * injected["pSTAT5.cd8-tumour-distant"].max()
    # plasma knows nothing of which lesion it was; the injected lesion does as well as where all were injected, or better:
    assert injected["IL2_tumour"][0] == pytest.approx(shared["IL2_tumour"][0], rel=1e-9)
    assert end["volume.lesion2"] > 1.05 * shared["volume.lesion2"][-1]


def test_which_lesion_is_injected_changes_only_names() -> None:
    first, third = treat(dose()), treat(dose(lesion=3))
    assert third["volume.lesion3"] == pytest.approx(first["volume.lesion1"], rel=1e-6)
    assert third["volume.lesion1"] == pytest.approx(first["volume.lesion3"], rel=1e-6)
    assert third["IL2_local.tumour_lesion3"] == pytest.approx(first["IL2_local.tumour"], rel=1e-9)


def test_distant_cells_are_the_same_cells() -> None:
    """A patient's CD8 cells have one receptor number wherever the dose is: nothing is drawn twice."""
    injected, shared = whole(dose()), whole(dose(lesion=0))
    assert {name for name in injected.parameters if "distant" in name} == {
        "S0_cd8_tumour_distant", "S0_cd8_activated_tumour_distant",
    }  # fmt: skip
    varying = lambda net: {name for name, p in net.parameters.items() if p.iiv_scale > 0}  # noqa: E731
    assert varying(injected) == varying(shared)


def test_a_target_holds_a_drug_in_every_kind_of_lesion_and_loses_none() -> None:
    net = whole(dose(molecule="il2-immunocytokine"))
    states = {s.id for s in net.species}
    assert {"held_tumour", "held_tumour_distant", "IL2_from_plasma", "IL2_from_plasma_distant"} <= states
    compiled = compile_network(net)
    params = compiled.nominal[None, :]
    state = compiled.initial(params)
    state[0, compiled.state_index["LOC_tumour"]] = 5.0
    seen = compiled.observe(["IL2_tumour", "IL2_tumour_distant"], state, params)
    assert seen["IL2_tumour"][0] > 1e3 * seen["IL2_tumour_distant"][0]


def test_the_first_lesion_of_a_drawn_patient_is_the_largest_where_one_is_injected() -> None:
    ids = np.arange(40, dtype=np.int64)
    drawn = {}
    for name, given in (("local", dose()), ("vein", dose("iv bolus"))):
        net = compile_network(whole(given))
        drawn[name] = sample(net, recipe(CATALOGUE, "human", "melanoma"), Key(3), ids)
        columns = [net.parameter_index[f"V0_lesion{i}"] for i in range(1, 5)]
        drawn[name] = drawn[name].parameters[:, columns]
    assert (np.diff(drawn["local"], axis=1) <= 0).all()
    assert (np.diff(drawn["vein"], axis=1) > 0).any()
    assert drawn["local"] == pytest.approx(-np.sort(-drawn["vein"], axis=1))


@pytest.mark.parametrize("route", ["sc", "im", "peritumoural"])
def test_the_node_that_drains_an_injection_sees_what_passes_through_lymph(route: str) -> None:
    """Area of the node's level times its lymph flow is what reached plasma; the level is far above that of plasma."""
    arm = Arm("a", (Dose("aldesleukin", Amount(1, "nmol"), route),))
    s = system(routes=(route,))
    at = np.linspace(0.0, 100.0, 4001)
    run = follow(s, arm, [10.0], at, ["Ly", "IL2_plasma"])
    known = {name: s.nominal[s.parameter_index[name]] for name in s.parameters}
    whole_net = compile_network(assemble.network(CATALOGUE, Scenario("human", "", (arm,), 100.0)))
    volume = CATALOGUE.mechanism("local-delivery")["V_node"].canonical
    state, params = whole_net.initial(whole_net.nominal[None, :]), whole_net.nominal[None, :]
    state[0, whole_net.state_index["Ly"]] = 2.0
    node = whole_net.observe(["IL2_node"], state, params)["IL2_node"][0]
    weight = (
        params[0, whole_net.parameter_index["weight"]]
        / params[0, whole_net.parameter_index["weight_reference"]]
    )
    assert node == pytest.approx(2.0 / (volume * weight), rel=1e-12)
    share = known["sc_bioavailability"]
    if route == "peritumoural":
        out, lost = known["washout_peritumoural"], known["local_loss_peritumoural"]
        share = out / (out + lost)
    scale = (known["weight"] / known["weight_reference"]) ** (known["allometry"] - 1)
    passed = known["kly"] * scale * area(at, run["Ly"][0])
    assert passed == pytest.approx(10.0 * share, rel=2e-3)
    assert run["Ly"][0].max() / volume > 20 * run["IL2_plasma"][0].max()


def test_doses_by_vein_have_no_node() -> None:
    for route in ("iv bolus", "intratumoural"):
        assert "IL2_node" not in {o.name for o in whole(dose(route)).observables}


FILE = """
title = "t"
host = "human"
tumour = "melanoma"
patients = 2
horizon = "2 month"
scans = {{ every = "8 week" }}
[[arm]]
name = "a"
[[arm.dose]]
molecule = "{molecule}"
amount = "{amount}"
route = "{route}"
{more}
"""


@pytest.mark.parametrize(
    ("how", "field", "word"),
    [
        ({"more": "lesion = 5"}, "lesion", "no lesion 5"),
        ({"more": "lesion = 0"}, "lesion", "no lesion 0"),
        ({"more": "lesion = 1.0"}, "lesion", "no lesion 1.0"),
        ({"more": "lesion = true"}, "lesion", "no lesion True"),
        ({"more": 'lesion = "largest"'}, "lesion", "largest"),
        ({"route": "sc", "more": "lesion = 1"}, "lesion", "does not belong to route 'sc'"),
        ({"molecule": "n-803", "amount": "0.7 mg"}, "route", "n-803 cannot be given by 'intratumoural'"),
        (
            {"molecule": "n-803", "amount": "9 MIU", "route": "sc"},
            "amount",
            "no activity in international units",
        ),
        ({"molecule": "il7", "amount": "1 mg", "route": "sc"}, "route", "il7 cannot be given"),
    ],
)
def test_bad_input_is_one_clear_line(how: dict[str, str], field: str, word: str, tmp_path: Path) -> None:
    words = {"molecule": "aldesleukin", "amount": "3 MIU", "route": "intratumoural", "more": ""} | how
    path = tmp_path / "trial.toml"
    path.write_text(FILE.format(**words), encoding="utf-8")
    (problem,) = check_file(path, CATALOGUE)
    assert problem.field.endswith(field) and word in problem.reason and problem.line


def test_a_lesion_or_all_are_read(tmp_path: Path) -> None:
    path = tmp_path / "trial.toml"
    for more in ("", "lesion = 1", "lesion = 4", 'lesion = "all"'):
        path.write_text(
            FILE.format(molecule="aldesleukin", amount="3 MIU", route="peritumoural", more=more),
            encoding="utf-8",
        )
        assert check_file(path, CATALOGUE) == []


def course(molecule: str, cell: str, nmol: float, known: object = CATALOGUE, **values: float) -> np.ndarray:
    arm = Arm("a", (Dose(molecule, Amount(1, "nmol"), "iv bolus"),))
    net = compile_network(assemble.network(known, Scenario("human", "", (arm,), 48.0)))  # type: ignore[arg-type]
    params = net.nominal[None, :].copy()
    for name, value in values.items():
        params[0, net.parameter_index[name]] = value
    times = np.linspace(0.0, 48.0, 49)
    run = simulate(
        net,
        run_in(net, params, 2000.0),
        arm,
        [np.array([nmol])],
        horizon=48.0,
        times=times,
        record=[f"pSTAT5.{cell}"],
    )
    return np.asarray(run[f"pSTAT5.{cell}"][0])


def test_with_the_constants_of_interleukin_2_n_803_is_interleukin_2_that_does_not_bind_cd25() -> None:
    """One arm, the affinities of il2-no-alpha and its exposure: the same signals in every cell."""
    other = CATALOGUE.molecule("il2-no-alpha")
    changed = [f"n-803.{name}={other[name].value!r}" for name in ("KD_beta", "K5", "ratio_4", "ratio_11")]
    same = load_catalog(overrides=[*changed, "n-803.valency=1"])
    body = CATALOGUE.mechanism("pharmacokinetics")
    flows = {name: body[name].canonical for name in ("CLren", "CLoth", "k12", "k21")}
    flows["catabolic_exponent"] = body["allometry"].canonical
    for cell in ("treg", "nk"):
        mine = course("n-803", cell, 10.0, same, **flows)
        theirs = course("il2-no-alpha", cell, 10.0)
        assert mine == pytest.approx(theirs, rel=1e-5, abs=1e-9), cell


def test_n_803_and_interleukin_15_spare_treg_where_interleukin_2_does_not() -> None:
    for molecule in ("n-803", "il15"):
        ratio = course(molecule, "treg", 3.0).max() / course(molecule, "nk", 3.0).max()
        native = course("aldesleukin", "treg", 3.0).max() / course("aldesleukin", "nk", 3.0).max()
        assert ratio < 0.5 * native, molecule
    assert course("n-803", "nk", 3.0)[-1] > 20 * course("il15", "nk", 3.0)[-1]  # it stays


def test_only_interleukin_15_is_taken_for_a_ligand_of_two_chains() -> None:
    known = CATALOGUE.molecules
    for id, molecule in known.items():
        changed = by_beta_gamma(molecule, known)
        assert (changed is not molecule) == (id == "il15"), id
    fifteen = by_beta_gamma(known["il15"], known)
    assert "il2-receptor" in fifteen.tags and "il15-receptor" not in fifteen.tags
    assert fifteen["KD_beta"] == known["il15"]["KD_beta"] and fifteen["K5"] == known["il15"]["K5"]
    assert fifteen["factor_alpha"].value >= 1e3
