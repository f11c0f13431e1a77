"""Cytokines added or neutralised: those of the gamma-c family, which keep cells at their number, and released ones."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from leukin.biology.gamma_chain import CHAINS, GAMMA, assembly, family, inner_constants, ligand_parameters
from leukin.biology.lymphocytes import POOLS
from leukin.catalog import Catalogue, CellType, Molecule
from leukin.network import Network

#: cytokine in names of parameters -> catalogue entry; interleukin-2 keeps of T and NK cells what the others do not
KEEPERS = {"IL2": "il2", "IL4": "il4", "IL21": "il21", "IL7": "il7", "IL15": "il15"}
REST = "IL2"
#: the one that acts on cells which have no entry, mast cells and innate lymphoid cells, and through them on eosinophils
INNATE, INNATE_PARAMETERS = "IL9", ("EO0", "IL5_innate")
#: catalogue entries of the pools
CELLS = {"treg": "treg", "cd4": "cd4-helper", "cd8": "cd8", "nk": "nk"}
#: B cells, most of which no cytokine of the family keeps
B, B_CELL = "b", "b-resting"
MECHANISM, PLASMA, SHARED = "homeostasis", "I0", "CD132"
#: cytokine that treatment releases -> parameters that its release is proportional to
RELEASED = {
    "IFNg": ("IFNg_scale",), "TNF": ("TNF_scale",), "IL6": ("IL6_scale",), "IL5": ("IL5_treg", "IL5_innate"),
}  # fmt: skip
#: free chains settle within this part of themselves, in so many rounds
SETTLED, ROUNDS = 1e-13, 10_000
#: direct action of interleukin-2 on endothelium, which needs CD132 as that on lymphocytes does
ENDOTHELIUM = "direct_gain"
#: as good as nobody: ratios to the untreated person stay defined
NOBODY = 1e-9

NOT_MODELLED = (
    "levels of interleukins 4, 7, 9, 15 and 21 move numbers of cells alone: they neither activate cells nor release cytokines",
    "antibodies of B cells, maturation of NK cells and T helper types, which interleukins 4 and 21 shape",
    "endogenous cytokines of the family do not compete with a drug for CD132 and CD122, and are not used up",
    "antibodies that neutralise: their dose, their course, and the cytokine that they hold back in blood",
)


def levels(catalogue: Catalogue) -> dict[str, float]:
    """Level of every keeper of cells, of CD132, and of every released cytokine over the usual one; all 1 in a person as he is."""
    known = catalogue.mechanism(MECHANISM)
    return {name: known[f"{name}_level"].canonical for name in (*KEEPERS, INNATE, SHARED, *RELEASED)}


def kept(body: Network, catalogue: Catalogue) -> Network:
    """The body with other levels of cytokines or of CD132, as the catalogue states them.

    Interleukin-2 in plasma, CD132 of every cell and the release of IFN-gamma, TNF, IL-6 and IL-5 follow their level,
    eosinophils and the interleukin-5 of innate cells that of interleukin-9, by `innate`. The number to which a pool
    returns, and at which the untreated person starts, becomes lymphoid_level support, by `support`. Nothing changes
    where all levels are 1.
    """
    now = levels(catalogue)
    if all(level == 1.0 for level in now.values()):
        return body
    known = body.parameters
    moved = [known[f"support_{pool}"].with_value(support(catalogue, pool, now)) for pool in (*POOLS, B)]
    scaled = {PLASMA: now[REST]}
    scaled |= {key: now[SHARED] for key in known if key == SHARED or key.startswith(f"{SHARED}_")}
    scaled |= {key: now[SHARED] for key in known if key == ENDOTHELIUM}
    scaled |= {key: now[released] for released, keys in RELEASED.items() for key in keys}
    helped = innate(catalogue, now)
    scaled |= {key: scaled.get(key, 1.0) * helped for key in INNATE_PARAMETERS}
    return body.with_parameters(
        [*moved, *(known[key].with_value(known[key].value * level) for key, level in scaled.items())]
    )


def support(catalogue: Catalogue, pool: str, now: Mapping[str, float]) -> float:
    """Steady number of a pool over the usual one, at levels `now` of `levels`.

        support = 1 - sum_i share_i (1 - m x_i/(m - 1 + x_i))        x_i = S_i(level)/S_i(1)        sum share_i = 1

    S_i: signal of the pool's cell in equilibrium with cytokine i at rest (`signal`); m: ceiling of the pool. Each share
    goes with its signal where that is low, vanishes without it, and never exceeds what the ceiling allows. Of T and NK
    cells interleukin-2 keeps what no other does; most B cells need no cytokine of the family.
    """
    cell = catalogue.cell(CELLS.get(pool, B_CELL))
    most = catalogue.mechanism("lymphocytes")[f"ceiling_{pool}"].canonical
    total = 1.0
    for keeper, share in shares(catalogue, pool).items():
        molecule, usual = catalogue.molecule(KEEPERS[keeper]), rest(catalogue, keeper)
        ratio = signal(catalogue, molecule, cell, usual * now[keeper], now[SHARED])
        ratio /= signal(catalogue, molecule, cell, usual, 1.0)
        total -= share * (1.0 - most * ratio / (most - 1.0 + ratio))
    return max(total, NOBODY)


def shares(catalogue: Catalogue, pool: str) -> dict[str, float]:
    """Share of a pool that each cytokine keeps; a cytokine that keeps none of it is left out."""
    known, left = catalogue.mechanism(MECHANISM).parameters, 1.0
    found = {}
    for keeper in reversed(KEEPERS):
        share = known.get(f"{keeper}_share_{pool}")
        if share is not None:
            found[keeper] = share.canonical
            left -= share.canonical
    return found if pool == B else {**found, REST: left}


def rest(catalogue: Catalogue, keeper: str) -> float:
    """Level (nM) of a cytokine that cells of an untreated person see."""
    if keeper == REST:
        return catalogue.mechanism("pharmacokinetics")[PLASMA].canonical
    return catalogue.mechanism(MECHANISM)[f"{keeper}_rest"].canonical


def innate(catalogue: Catalogue, now: Mapping[str, float]) -> float:
    """Eosinophils at rest, and interleukin-5 of innate cells, over the usual, at levels `now` of `levels`.

    1 - share (1 - 2 x/(1 + x)), x: level of interleukin-9 times that of CD132.
    """
    share = catalogue.mechanism(MECHANISM)[f"{INNATE}_share_eosinophil"].canonical
    level = now[INNATE] * now[SHARED]
    return 1.0 - share * (1.0 - 2.0 * level / (1.0 + level))


def signal(catalogue: Catalogue, molecule: Molecule, cell: CellType, level: float, gamma: float) -> float:
    """pSTAT5 (0..1) of a resting cell in equilibrium with `level` (nM) of a cytokine, with `gamma` times its CD132.

        S = d/(1 + d)        d = (A/K_A)^h        A: complexes that signal (`signalling`)

    Traffic and feedback, which lower it, are left out: `support` uses ratios alone.
    """
    stat = catalogue.mechanism("stat5-signalling")
    half = cell.parameters.get("K_A") or stat["K_A"]
    drive = (signalling(molecule, cell, level, gamma) / half.canonical) ** stat["h"].canonical
    return drive / (1.0 + drive)


def signalling(molecule: Molecule, cell: CellType, level: float, gamma: float) -> float:
    """Complexes that signal (molecule/cell) in equilibrium with `level` (nM), with `gamma` times the cell's CD132.

    Free chains f solve f_i = T_i/(1 + sum over complexes S with i of level Ka_S prod_{j in S, j != i} f_j).
    """
    kind = family(molecule)
    known = {p.name: p.canonical for p in ligand_parameters(molecule)}
    known |= {key: float(e.evaluate(known)) for key, (_, e) in inner_constants(kind).items()}
    rule = assembly(kind)
    pulls = {chains: level * float(rule.affinity(chains).evaluate(known)) for chains in rule.complexes}
    total = {
        chain: (cell.parameters[CHAINS[chain]].canonical if CHAINS[chain] in cell.parameters else 0.0)
        for chain in kind.chains
    }
    total[GAMMA] *= gamma
    free = dict(total)
    for _ in range(ROUNDS):
        before = dict(free)
        for chain in free:
            held = sum(
                pull * prod(free[other] for other in chains if other != chain)
                for chains, pull in pulls.items()
                if chain in chains
            )
            free[chain] = total[chain] / (1.0 + held)
        if all(abs(free[chain] - before[chain]) <= SETTLED * before[chain] for chain in free):
            break
    return sum(
        pull * prod(free[chain] for chain in chains) for chains, pull in pulls.items() if kind.signals(chains)
    )
