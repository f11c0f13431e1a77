"""The trafficking model of Fallon and Lauffenburger 2000, built from the parts of leukin and from its own equations.

The balance of endosomal ligand uses the endosomal on-rate, so that nothing is lost; the encoding in BioModels (665) has the
surface rate there.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from leukin.engine import compile_network, solve
from leukin.network import Network, Reaction, Species, equations
from leukin.network.motifs import Assembly, degradation, flow, membrane, synthesis
from leukin.quantity import Parameter, Source, name, number, parse

#: constants for wild-type interleukin-2, per minute, as printed (BioModels 665); ligand in pM, endosome in litres
KR, KT, VS, KSYN, KE, KX, KH, VE = 0.0138, 0.007, 11.0, 0.0011, 0.04, 0.15, 0.035, 1e-14
KF, KRE = KR / 11.1, 8 * KR
KFE = KRE / 1000.0
A_PM = 6.022e11  # molecules in a picomole
CELLS_PER_LITRE = 2.5e8
START = {"Rs": 1500.0, "Cs": 1.0, "Ri": 300.0, "Ci": 1.0, "Li": 0.01, "L": 10.0}
HOURS = np.linspace(0.0, 24.0, 49)


def published(cells: float) -> np.ndarray:
    """[time, (Rs, Cs, Ri, Ci, Li, L)] from the equations of the paper, by SciPy; Li and L in pM."""

    def slope(_: float, y: np.ndarray) -> list[float]:
        rs, cs, ri, ci, li, bulk = y
        inner = KFE * ri * li - KRE * ci
        return [
            VS + KSYN * cs + KR * cs - KF * rs * bulk - KT * rs,
            KF * rs * bulk - (KR + KE) * cs,
            KT * rs - inner - KH * ri,
            KE * cs + inner - KH * ci,
            -inner / (VE * A_PM) - KX * li,
            cells / A_PM * (KR * cs - KF * rs * bulk + KX * li * VE * A_PM),
        ]

    found = solve_ivp(
        slope, (0.0, HOURS[-1] * 60.0), list(START.values()), "LSODA", HOURS * 60.0, rtol=1e-10, atol=1e-12
    )
    return found.y.T


def built(cells: float) -> np.ndarray:
    """The same from motifs: one chain at the surface and in endosomes, an assembly, flows, synthesis, degradation."""
    ligand = Assembly("L", {"R": name("KD")}, (), {})
    inner = Assembly("L", {"R": name("KD_in")}, (), {})
    bridge = parse("cells/picomole")
    network = membrane([ligand], numbers={"R": "R0"}, ligands={"L": ("L", bridge, name("L"))}, on={("L", "R"): name("kf")}, meet={})  # fmt: skip
    network += membrane(
        [inner], numbers={"R": "Ri0"}, ligands={"L": ("L_in", 1.0, parse("L_in/(Ve*picomole)"))},
        on={("L", "R"): name("kfe")}, meet={}, place="_in",
    )  # fmt: skip
    network += flow("R", "R_in", "kt") + flow("L_R", "L_R_in", "ke") + synthesis("R", "Vs + ksyn*L_R")
    network += degradation("R_in", "kh") + degradation("L_R_in", "kh")
    back = Reaction("recycled", {"L_in": number(1.0)}, {"L": bridge}, parse("kx*L_in"))
    network += Network(reactions=(back,)) + equations(
        species=[Species("L", "pM", parse("L0"), scale=0.01), Species("L_in", "molecule/cell", parse("Li0*Ve*picomole"))],
        parameters=[
            Parameter(key, value, unit, Source("definition"))
            for key, value, unit in (
                ("kf", KF, "1/pM/min"), ("KD", KR / KF, "pM"), ("kfe", KFE, "1/pM/min"), ("KD_in", KRE / KFE, "pM"),
                ("kt", KT, "1/min"), ("ke", KE, "1/min"), ("kx", KX, "1/min"), ("kh", KH, "1/min"), ("ksyn", KSYN, "1/min"),
                ("Vs", VS, "molecule/cell/min"), ("Ve", VE, "L/cell"), ("picomole", A_PM, "molecule/pmol"),
                ("R0", START["Rs"], "molecule/cell"), ("Ri0", START["Ri"], "molecule/cell"), ("L0", START["L"], "pM"),
                ("Li0", START["Li"], "pM"), ("cells", cells, "cell/L"),
            )
        ],
    )  # fmt: skip
    assert network.check() == []
    system = compile_network(network)
    params = system.nominal[None, :]
    state = system.initial(params)
    for key, value in (("L_R", START["Cs"]), ("L_R_in", START["Ci"])):
        state[:, system.state_index[key]] = value
    segment = solve(system, state, params, 0.0, float(HOURS[-1]), times=HOURS, rtol=1e-10, atol=1e-12)
    seen = system.observe(["R", "L_R", "R_in", "L_R_in", "L_in", "L"], segment.saved, params)
    columns = [seen[key][0] for key in ("R", "L_R", "R_in", "L_R_in")]
    return np.stack([*columns, seen["L_in"][0] / (VE * A_PM), seen["L"][0]], axis=1)


@pytest.mark.parametrize("cells", [0.0, CELLS_PER_LITRE])
def test_motifs_give_the_published_model(cells: float) -> None:
    theirs, ours = published(cells), built(cells)
    for column, key in enumerate(START):
        assert ours[:, column] == pytest.approx(theirs[:, column], abs=1e-7 * theirs[:, column].max()), key
    assert theirs[-1, 1] > 100.0, "complexes formed"
    if cells:
        assert theirs[-1, -1] < 0.97 * START["L"], "ligand consumed"
