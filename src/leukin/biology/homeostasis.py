"""Cytokines added or neutralised: interleukins 2, 7 and 15, which keep lymphocytes at their number, and released ones."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from leukin.biology.gamma_chain import CHAINS, GAMMA, assembly, family, inner_constants, ligand_parameters
from leukin.biology.lymphocytes import POOLS
from leukin.catalog import Catalogue, CellType, Molecule
from leukin.network import Network

#: cytokine in names of parameters -> catalogue entry; interleukin-2 keeps what the others do not
KEEPERS = {"IL2": "il2", "IL7": "il7", "IL15": "il15"}
REST = "IL2"
#: catalogue entries of the pools
CELLS = {"treg": "treg", "cd4": "cd4-helper", "cd8": "cd8", "nk": "nk"}
MECHANISM, PLASMA, SHARED = "homeostasis", "I0", "CD132"
#: cytokine that treatment releases -> parameters that its release is proportional to
RELEASED = {
    "IFNg": ("IFNg_scale",), "TNF": ("TNF_scale",), "IL6": ("IL6_scale",), "IL5": ("IL5_treg", "IL5_innate"),
}  # fmt: skip
#: free chains settle within this part of themselves, in so many rounds
SETTLED, ROUNDS = 1e-13, 10_000
#: as good as nobody: ratios to the untreated person stay defined
NOBODY = 1e-9

NOT_MODELLED = (
    "interleukins 4, 9 and 21 keep no lymphocytes: their absence moves none",
    "a pool that needs a cytokine adapts to its lack at once: the untreated person starts at the new steady state",
    "endogenous interleukins 7 and 15 do not compete with a drug for CD132 and CD122, and are not used up",
    "a released cytokine is added or taken away in proportion to its release: none is given from outside",
    "B cells do not need CD132 in man and keep their number",
)


def levels(catalogue: Catalogue) -> dict[str, float]:
    """Level of every keeper, of CD132, and of every released cytokine over the usual one; all 1 in a person as he is."""
    known = catalogue.mechanism(MECHANISM)
    return {name: known[f"{name}_level"].canonical for name in (*KEEPERS, SHARED, *RELEASED)}


def kept(body: Network, catalogue: Catalogue) -> Network:
    """The body with other levels of cytokines or of CD132, as the catalogue states them.

    Interleukin-2 in plasma, CD132 of every cell and the release of IFN-gamma, TNF, IL-6 and IL-5 follow their level. The
    number to which a pool returns, and at which the untreated person starts, becomes lymphoid_level support, by
    `support`. Nothing changes where all levels are 1.
    """
    now = levels(catalogue)
    if all(level == 1.0 for level in now.values()):
        return body
    known = body.parameters
    moved = [known[f"support_{pool}"].with_value(support(catalogue, pool, now)) for pool in POOLS]
    scaled = {PLASMA: now[REST]}
    scaled |= {key: now[SHARED] for key in known if key == SHARED or key.startswith(f"{SHARED}_")}
    scaled |= {key: now[released] for released, keys in RELEASED.items() for key in keys}
    return body.with_parameters(
        [*moved, *(known[key].with_value(known[key].value * level) for key, level in scaled.items())]
    )


def support(catalogue: Catalogue, pool: str, now: Mapping[str, float]) -> float:
    """Steady number of a pool over the usual one, at levels `now` of `levels`.

        support = 1 - sum_i share_i (1 - m x_i/(m - 1 + x_i))        x_i = S_i(level)/S_i(1)        sum share_i = 1

    S_i: pSTAT5 of the pool's cell in equilibrium with cytokine i at rest (`signal`); m: ceiling of the pool. Each share
    goes with its signal where that is low, vanishes without it, and never exceeds what the ceiling allows.
    """
    known, cell = catalogue.mechanism(MECHANISM), catalogue.cell(CELLS[pool])
    most = catalogue.mechanism("lymphocytes")[f"ceiling_{pool}"].canonical
    plasma = catalogue.mechanism("pharmacokinetics")[PLASMA].canonical
    total, left = 1.0, 1.0
    for keeper, id in reversed(KEEPERS.items()):
        share = left if keeper == REST else known[f"{keeper}_share_{pool}"].canonical
        left -= share
        rest = plasma if keeper == REST else known[f"{keeper}_rest"].canonical
        molecule = catalogue.molecule(id)
        usual = signal(catalogue, molecule, cell, rest, 1.0)
        ratio = signal(catalogue, molecule, cell, rest * now[keeper], now[SHARED]) / usual
        total -= share * (1.0 - most * ratio / (most - 1.0 + ratio))
    return max(total, NOBODY)


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
