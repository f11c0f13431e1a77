"""The gamma-c family: one rule for every cytokine, several at once, variants, two arms, soluble CD25."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukin.assay import mixture
from leukin.assay.dish import dish, rows, run
from leukin.biology.gamma_chain import FAMILIES, ONLY, arms, family
from leukin.biology.receptor_reduced import reduced_receptor
from leukin.engine import System, compile_network
from leukin.errors import CatalogError, LeukinError
from leukin.network import Network
from leukin.network.motifs import pairs
from unit.biology.receptor_parts import catalogue

CYTOKINES = ("il2", "il15", "il7", "il4", "il9", "il21")
#: dishes whose binding is checked: alone, together, variants, two arms
DISHES: Mapping[str, tuple[str, ...]] = {
    **{key: (key,) for key in CYTOKINES},
    "family": CYTOKINES,
    "variant": ("il2-f42q",),
    "two-arms": ("il2-fc",),
    "two-arms-and-il15": ("il2-fc", "il15"),
}


@lru_cache
def network(key: str, soluble: bool = True) -> Network:
    book = catalogue()
    ids = DISHES[key]
    labels = [ONLY] if len(ids) == 1 else [id.replace("-", "_") for id in ids]
    molecules = {label: book.molecule(id) for label, id in zip(labels, ids, strict=True)}
    return dish(book, molecules, {"cell": book.cell("treg")}, soluble=soluble)


@lru_cache
def system(key: str) -> System:
    return compile_network(network(key))


def values(key: str, seed: int) -> dict[str, float]:
    """Random constants, and a random state in which nothing is zero."""
    random, net = np.random.default_rng(seed), network(key)
    known = {name: p.canonical for name, p in net.parameters.items()}
    free = ("KD", "kon", "K5", "K8", "K_gamma", "ratio", "factor", "cooper", "crosslink", "kf", "pH", "area")
    known |= {name: float(10.0 ** random.uniform(-2, 3)) for name in known if name.startswith(free)}
    known |= {"density_cell": 1e9}
    inner = [v for v in net.variables if v.id.startswith(("K4", "K11"))]
    known |= {v.id: float(v.expression.evaluate(known)) for v in inner}
    return known | {s.id: float(10.0 ** random.uniform(-1, 4)) for s in net.species}


def binding(net: Network) -> list:
    return [r for r in net.reactions if "_by_" in r.id or r.id.endswith("_bind")]


@pytest.mark.parametrize("key", DISHES)
def test_units_names_and_conservation_are_sound(key: str) -> None:
    assert network(key).check() == []


@pytest.mark.parametrize("key", DISHES)
@pytest.mark.parametrize("seed", range(2))
def test_binding_conserves_every_chain_and_ligand(key: str, seed: int) -> None:
    """At random states, from the rates themselves: what each reaction takes and gives, weighted by what it holds."""
    net, known = network(key), values(key, seed)
    contains = {s.id: s.contains for s in net.species}
    bridge = known["density_cell"] / known["avogadro"]
    total: dict[str, float] = {}
    gross: dict[str, float] = {}
    for r in binding(net):
        rate = float(r.rate.evaluate(known))
        for side, sign in ((r.products, 1.0), (r.reactants, -1.0)):
            for species, coefficient in side.items():
                in_medium = not species.endswith(("_cell", "_in_cell"))
                amount = sign * float(coefficient.evaluate(known)) * rate / (bridge if in_medium else 1.0)
                for moiety, count in contains[species].items():
                    total[moiety] = total.get(moiety, 0.0) + amount * count
                    gross[moiety] = gross.get(moiety, 0.0) + abs(amount * count)
    assert set(total) >= {"gamma"}
    for moiety, off in total.items():
        assert abs(off) < 1e-10 * gross[moiety], moiety


@pytest.mark.parametrize("key", DISHES)
@pytest.mark.parametrize("seed", range(2))
def test_every_loop_of_binding_closes(key: str, seed: int) -> None:
    """Equilibrium constants of all steps come from one free energy a complex, so every cycle has a product of 1."""
    net, known = network(key), values(key, seed)
    for inside in (False, True):
        steps = [r for r in binding(net) if ("_in_by_" in r.id) == inside]
        names = sorted({s for r in steps for s in (*r.reactants, *r.products)})
        matrix, constants = np.zeros((len(steps), len(names))), np.zeros(len(steps))
        for i, r in enumerate(steps):
            ones = known | dict.fromkeys(names, 1.0)
            forward = r.rate.evaluate(ones | dict.fromkeys(r.products, 0.0))
            backward = -r.rate.evaluate(ones | dict.fromkeys(r.reactants, 0.0))
            assert forward > 0
            assert backward > 0
            constants[i] = np.log(backward / forward)
            for species in r.reactants:
                matrix[i, names.index(species)] -= 1
            for species in r.products:
                matrix[i, names.index(species)] += 1
        energy, *_ = np.linalg.lstsq(matrix, constants, rcond=None)
        assert len(steps) > np.linalg.matrix_rank(matrix) or len(steps) <= 3
        assert np.abs(matrix @ energy - constants).max() < 1e-12 * max(1.0, np.abs(constants).max())


def test_size_of_the_family() -> None:
    """28 species and 26 reactions in each place, as in the published network of six ligands."""
    net = network("family", soluble=False)
    surface = [
        s for s in net.species if s.contains and s.id.endswith("_cell") and not s.id.endswith("_in_cell")
    ]
    assert len(surface) == 28
    assert len([r for r in net.reactions if "_by_" in r.id and "_in_by_" not in r.id]) == 26


def test_two_arms_make_every_pair_once() -> None:
    arm_states = 6
    assert len(pairs(_arm())) == arm_states * (arm_states + 1) // 2


def _arm():
    from leukin.biology.gamma_chain import assembly

    return assembly(FAMILIES[0])


def course(
    key: str,
    doses: Mapping[str, list[float]],
    times: list[float],
    names: list[str],
    changed: Mapping[str, float],
) -> dict[str, np.ndarray]:
    made = system(key)
    count = max(len(d) for d in doses.values())
    params = rows(made, {**doses, **changed}, count)
    states = run(made, params, np.array(times), rtol=1e-9)
    return made.observe(names, states, params)


@pytest.mark.parametrize("key", [*CYTOKINES, "two-arms"])
def test_without_jak1_chain_or_gamma_nothing_signals(key: str) -> None:
    kind = family(catalogue().molecule(DISHES[key][0]))
    counts = {"alpha": "CD25", "beta": "CD122", "gamma": "CD132", "alpha15": "CD215", "alpha7": "CD127"}
    counts |= {"alpha4": "CD124", "alpha9": "CD129", "alpha21": "CD360"}
    full = {f"{counts[chain]}_cell": 1000.0 for chain in kind.chains}
    read = f"p{kind.stat}.cell"
    seen = course(key, {"dose": [0.0, 1.0, 100.0]}, [1.0, 8.0], [read], full)[read]
    assert (seen[0] == 0.0).all(), "no ligand, no signal"
    assert (seen[1:] > 0.01).all()
    for chain in (kind.jak1, "gamma"):
        lost = course(key, {"dose": [1.0, 100.0]}, [1.0, 8.0], [read], full | {f"{counts[chain]}_cell": 0.0})
        assert (lost[read] == 0.0).all(), chain


@pytest.mark.parametrize("key", ["il15", "il7", "il4"])
def test_receptors_saturate(key: str) -> None:
    counts = {"CD215_cell": 500.0} if key == "il15" else {}
    seen = course(key, {"dose": [1e4, 1e5]}, [1.0], ["A_cell"], counts)["A_cell"][:, 0]
    assert seen[1] == pytest.approx(seen[0], rel=0.1)
    assert seen[0] > 1.0


@settings(max_examples=60, deadline=None)
@given(
    st.floats(-3, 1),
    st.floats(-3, 2),
    st.sampled_from(["il15", "il7", "il4", "il21"]),
    st.sampled_from([0.25, 4.0, 24.0]),
)
def test_a_competitor_never_raises_bound_il2(
    log_dose: float, log_other: float, other: str, time: float
) -> None:
    """What a cell has taken (bound, inside, destroyed) at any time; without traffic, its complexes at equilibrium too.

    With the responses of cells to signals off: CD25 that a cytokine induces does raise what is bound. Complexes at the
    surface alone may be some thousandths more with traffic, because fewer went inside before.
    """
    doses = {"dose_il2": [10.0**log_dose] * 2, f"dose_{other}": [0.0, 10.0**log_other]}
    held = [
        s.id for s in system("family").network.species if s.id.startswith("il2_") and s.id.endswith("_cell")
    ]
    seen = course("family", doses, [time], [*held, "destroyed_il2_cell"], {"v_S": 0.0})
    alone, together = sum(values[:, 0] for values in seen.values())
    assert together <= alone * (1 + 1e-7)
    still = {"v_S": 0.0, "kend": 0.0, "ke": 0.0, "krec": 0.0, "kdr": 1e-12}
    seen = course("family", doses, [2000.0], held, still)
    surface = {key: values[:, 0] for key, values in seen.items() if not key.endswith("_in_cell")}
    for keys in (surface, [key for key in surface if "beta_gamma" in key]):
        alone, together = sum(surface[key] for key in keys)
        assert together <= alone * (1 + 1e-7)


def test_il7_takes_gamma_from_il2_and_no_kinase_reaches_erk() -> None:
    seen = course(
        "family", {"dose_il2": [0.1, 0.1, 0.0], "dose_il7": [0.0, 10.0, 10.0]}, [2.0],
        ["A_il2_cell", "ERK.cell", "AKT.cell", "gamma_cell"], {"v_S": 0.0},
    )  # fmt: skip
    assert seen["gamma_cell"][1, 0] < 0.9 * seen["gamma_cell"][0, 0]
    assert seen["A_il2_cell"][1, 0] < seen["A_il2_cell"][0, 0]
    assert seen["ERK.cell"][2, 0] == 0.0, "interleukin-7 has no MAPK arm"
    assert seen["AKT.cell"][2, 0] > 0.05


def test_order_of_cells_and_of_ligands_does_not_matter() -> None:
    book, times = catalogue(), [0.5, 6.0]
    first = mixture(book, {"il2": 0.02, "il15": 1.0}, {"treg": 1e6, "nk": 5e5, "cd8": 2e6}, times)
    again = mixture(book, {"il15": 1.0, "il2": 0.02}, {"cd8": 2e6, "treg": 1e6, "nk": 5e5}, times)
    for cell in ("treg", "nk", "cd8"):
        one, two = (t[t["cell"] == cell].drop(columns="cell") for t in (first, again))
        assert one[sorted(one)].to_numpy() == pytest.approx(two[sorted(two)].to_numpy(), rel=1e-5, abs=1e-8)


def test_factors_move_the_constants_that_they_name() -> None:
    """A factor on CD25 is a weaker CD25 everywhere, by hand: KD_alpha and K8; co-operativity is K8 and K11."""
    by_factor = course("il2", {"dose": [0.1, 10.0]}, [1.0], ["A_cell"], {"factor_alpha": 20.0})["A_cell"]
    made = system("il2")
    nominal = dict(zip(made.parameters, made.nominal, strict=True))
    change = {"KD_alpha": 20.0 * nominal["KD_alpha"], "K8": 20.0 * nominal["K8"]}
    assert by_factor == pytest.approx(
        course("il2", {"dose": [0.1, 10.0]}, [1.0], ["A_cell"], change)["A_cell"], rel=1e-6
    )
    shaped = course("il2", {"dose": [0.01]}, [1.0], ["A_cell"], {"cooperativity": 5.0})["A_cell"]
    change = {"K8": nominal["K8"] / 5.0, "ratio_11": nominal["ratio_11"] / 5.0}
    assert shaped == pytest.approx(
        course("il2", {"dose": [0.01]}, [1.0], ["A_cell"], change)["A_cell"], rel=1e-6
    )
    assert shaped > course("il2", {"dose": [0.01]}, [1.0], ["A_cell"], {})["A_cell"]


def test_reduced_form_takes_the_same_variant() -> None:
    book = catalogue()
    found = reduced_receptor(
        book.molecule("il2-f42q"), book.cell("treg"), book.mechanism("receptor-trafficking")
    )
    wild = reduced_receptor(book.molecule("il2"), book.cell("treg"), book.mechanism("receptor-trafficking"))
    ratio = {key: found.parameters[key].canonical / p.canonical for key, p in wild.parameters.items()}
    moved = {key for key, r in ratio.items() if abs(r - 1.0) > 1e-12}
    assert moved == {"KD_alpha", "KD_beta", "K8", "ratio_11"}
    assert ratio["KD_alpha"] == ratio["K8"] == pytest.approx(9.48 / 0.19)
    assert ratio["KD_beta"] == ratio["ratio_11"] == pytest.approx(2.815 / 5.296)


def test_two_arms_bind_as_one_stronger_arm() -> None:
    """CD25 alone, no traffic: bound arms against the closed form L R 2/KD (1 + R crosslink/KD) at equilibrium."""
    off = dict.fromkeys(("kend", "ke", "v_S", "CD122_cell", "CD132_cell"), 0.0) | {"krec": 0.0, "kdr": 1e-9}
    names = ["alpha_cell", "L_alpha_cell", "L_alpha_and_alpha_cell"]
    seen = course("two-arms", {"dose": [0.01, 1.0]}, [400.0], names, off)
    made = system("two-arms")
    p = dict(zip(made.parameters, made.nominal, strict=True))
    for i, dose in enumerate((0.01, 1.0)):
        free, single, double = (seen[key][i, 0] for key in names)
        assert single == pytest.approx(2.0 * dose * free / p["KD_alpha"], rel=1e-4)
        assert double == pytest.approx(dose * (free / p["KD_alpha"]) ** 2 * p["crosslink"], rel=1e-4)
        assert free + single + 2.0 * double == pytest.approx(3476.0, rel=1e-6)


def test_an_arm_that_cannot_reach_is_a_statistical_factor() -> None:
    """Without crosslinking, two arms at half the dose bind like one arm; less than 1 % comes from ligand in endosomes."""
    none = {"crosslink": 1e-12}
    two = course("two-arms", {"dose": [0.005, 0.5]}, [1.0], ["A_cell"], none)["A_cell"]
    one = course("il2", {"dose": [0.01, 1.0]}, [1.0], ["A_cell"], {})["A_cell"]
    assert two == pytest.approx(one, rel=5e-3)


def test_soluble_cd25_holds_ligand_back() -> None:
    book = catalogue()
    seen = mixture(book, {"il2": 0.02}, {"treg": 0.0}, [0.5, 4.0], soluble_cd25=[0.0, 10.0, 100.0])
    late = seen[seen["time_h"] == 0.5].set_index("row")
    # free ligand at equilibrium with soluble CD25 of 10 and 100 nM, both far above the ligand: 1/(1 + s/KD)
    assert late["il2_nM"].to_numpy() == pytest.approx([0.02, 0.01, 0.02 / 11.0], rel=2e-3)
    assert (np.diff(late["pSTAT5"]) < 0).all()


def test_what_is_missing_is_said_in_one_line() -> None:
    book = catalogue()
    with pytest.raises(CatalogError, match="no affinity of 'il2-peg-releasable' for its receptor"):
        family(book.molecule("il2-peg-releasable"))
    with pytest.raises(LeukinError, match="does not bind the receptor of interleukin-2"):
        reduced_receptor(book.molecule("il7"), book.cell("treg"), book.mechanism("receptor-trafficking"))
    assert arms(book.molecule("il2-fc")) == 2
    assert [family(book.molecule(key)).tag for key in CYTOKINES] == [kind.tag for kind in FAMILIES[:6]]


def test_weak_recruitment_of_gamma_caps_cells_without_cd25_most() -> None:
    """A partial agonist: less of the plateau is left in CD8 than in regulatory T cells, and than in CD8 blasts."""
    left = {}
    counts = {
        "treg": (3476.0, 657.0, 14017.0),
        "cd8": (22.0, 511.0, 12407.0),
        "blast": (20000.0, 3000.0, 15000.0),
    }
    for cell, numbers in counts.items():
        own = dict(zip(("CD25_cell", "CD122_cell", "CD132_cell"), numbers, strict=True))
        top = [
            course("il2", {"dose": [1e4]}, [1.0], ["pSTAT5.cell"], own | {"factor_gamma": factor})[
                "pSTAT5.cell"
            ][0, 0]
            for factor in (1.0, 200.0)
        ]
        left[cell] = top[1] / top[0]
    assert left["cd8"] < left["treg"] < left["blast"]
    assert left["cd8"] < 0.8
