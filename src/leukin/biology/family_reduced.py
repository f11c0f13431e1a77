"""Several cytokines of the gamma-c family for long runs: fast steps eliminated, signalling complexes kept as states."""

from __future__ import annotations

from collections.abc import Mapping

from leukin.biology.gamma_chain import (
    ALPHA,
    BETA,
    CHAINS,
    GAMMA,
    Family,
    arms,
    assembly,
    family,
    inner_constants,
    ligand_parameters,
    suffix,
)
from leukin.biology.receptor import PRIVATE_SCALE, SHARED_SCALE, number_of, total_of
from leukin.biology.receptor_binding import OUTSIDE, check_loops
from leukin.catalog import CellType, Mechanism, Molecule
from leukin.errors import AssemblyError, Problem
from leukin.network import Network, Species, equations
from leukin.quantity import Expr, parse
from leukin.quantity.expression import Operand

UNIT, RATE = "molecule/cell", "molecule/cell/h"
COMPLEX_SCALE = 10.0
Variables = dict[str, tuple[str, Operand]]


def reduced_receptors(
    molecules: Mapping[str, Molecule], cell: CellType, trafficking: Mechanism, born: str = "0"
) -> Network:
    """Membrane totals of every chain, and signalling complexes of every cytokine, on one cell type.

    molecules: label -> molecule of one arm; names of a ligand other than L end in its label. The form of
    `reduced_receptor` with several ligands: they compete through the totals of CD132 (gT) and CD122 (bT) alone, in
    closed form. Free names: the labels (nM), where CD25 is bound m (0..1), and those of `born` (1/h, new cells per cell
    and hour, which have chains and no ligand). A cytokine with one private chain R:

        g0 = gT - sum C        g = g0/(1 + sum u a/K4)        b = (bT - sum C)/(1 + sum (L/KD_beta + u a/K11))
        R = (RT - C)/(1 + L/KD)     on = kon kf_g g/(kon KD + kf_g g)     off = K_gamma kf_g kon KD/(kon KD + kf_g g)
        dC/dt = R on L - (off + ke + born) C        dCe/dt = ke C - (kdeg + off_e + born) Ce

    A private chain must let go of its ligand faster than signals change: so it is for interleukins 2, 15, 7 and, less,
    4; interleukin-21 (KD 0.07 nM) holds on for a quarter of an hour, and only the full form is right for it and for 9.

    Variables of every ligand: A (signalling complexes), U (molecules destroyed per cell and hour).
    Raises AssemblyError for a molecule of two arms.
    """
    kinds = {label: family(molecule) for label, molecule in molecules.items()}
    for molecule in molecules.values():
        check_loops(molecule)
        if arms(molecule) > 1:
            reason = f"'{molecule.id}' has two arms"
            raise AssemblyError(Problem(field="molecule", reason=reason, fix="the full form of a dish"))
    chains = [c for c in CHAINS if any(c in kind.chains for kind in kinds.values())]
    variables: Variables = {
        "kl": ("1/h", "kend*kdr/(krec + kdr)"),
        "recycled": ("1", "krec/(krec + kdr)"),
        "rho": ("1", "kend/(krec + kdr)"),
        "kfe": ("cell/molecule/h", "kf/area"),
        "kge": ("cell/molecule/h", "kf_g/area"),
        **_shared(kinds),
    }
    rates: dict[str, Operand] = {}
    for label, kind in kinds.items():
        variables |= _two_anchors(kind, label) if len(kind.anchors) > 1 else _one_anchor(kind, label)
        end = suffix(label)
        variables[f"A{end}"] = (UNIT, f"C{end} + w_e*Ce{end}")
        variables[f"U{end}"] = (RATE, f"(kdeg + eta{end}*off_e{end})*Ce{end} + eta{end}*idle{end}")
        rates[f"C{end}"] = f"gain{end} - (off{end} + ke + {born})*C{end}"
        rates[f"Ce{end}"] = f"ke*C{end} - (kdeg + off_e{end} + {born})*Ce{end}"
    for chain in chains:
        rates[total_of(chain)] = _turnover(chain, kinds, born)
    scale = {GAMMA: SHARED_SCALE}
    return equations(
        species=[
            *(Species(total_of(c), UNIT, parse(CHAINS[c]), scale.get(c, PRIVATE_SCALE)) for c in chains),
            *(Species(f"{c}{suffix(x)}", UNIT, scale=COMPLEX_SCALE) for x in kinds for c in ("C", "Ce")),
        ],
        variables=variables,
        rates=rates,
        parameters=[
            *(p for label, molecule in molecules.items() for p in ligand_parameters(molecule, label)),
            *(number_of(cell, chain) for chain in chains),
            *(p for key, p in trafficking.parameters.items() if key not in OUTSIDE),
        ],
    )


def _shared(kinds: Mapping[str, Family]) -> Variables:
    """Free CD132 and CD122, after what all ligands hold."""
    pairs = [suffix(label) for label, kind in kinds.items() if len(kind.anchors) > 1]
    held = " - ".join(["gT", *(f"C{suffix(label)}" for label in kinds)])
    idle = " + ".join(["1", *(f"u{end}*a{end}/K4w{end}" for end in pairs)])
    found: Variables = {"g0": (UNIT, f"max({held}, 0)"), "g": (UNIT, f"g0/({idle})"), "ge": (UNIT, "rho*g")}
    if pairs:
        labels = [label for label, kind in kinds.items() if len(kind.anchors) > 1]
        left = " - ".join(["bT", *(f"C{end}" for end in pairs)])
        terms = [f"{x}/KDb{suffix(x)} + u{suffix(x)}*a{suffix(x)}/K11w{suffix(x)}" for x in labels]
        found["b"] = (UNIT, f"max({left}, 0)/({' + '.join(['1', *terms])})")
        found["be"] = (UNIT, "rho*b")
    return found


def _two_anchors(kind: Family, label: str) -> Variables:
    """Interleukins 2 and 15: rates of gain and loss of signalling complexes; a is the free private chain."""
    x, total, rule = kind.anchors[0], total_of(kind.anchors[0]), assembly(kind, label)
    first, both = frozenset((x,)), frozenset((x, BETA))
    constants: dict[str, tuple[str, Expr]] = {
        "KDx": ("nM", rule.anchors[x]),
        "KDb": ("nM", rule.anchors[BETA]),
        "K5w": (UNIT, rule.dissociation(frozenset((BETA,)), GAMMA)),
        "K4w": (UNIT, rule.dissociation(first, GAMMA)),
        "K11w": (UNIT, rule.dissociation(first, BETA)),
        "K10w": (UNIT, rule.dissociation(both, GAMMA)),
        "K8w": (UNIT, rule.dissociation(frozenset((BETA, GAMMA)), x)),
    }
    rest = {
        "K8p": (UNIT, "K8w + ke/kf"),
        "u": ("1", f"{label}/KDx"),
        "A1": ("1", "1 + u*(1 + g0/K4w)"),
        "bq": (UNIT, f"A1*K8p + C - {total}"),
        "a": (UNIT, f"2*{total}*K8p/(bq + sqrt(bq*bq + 4*A1*{total}*K8p))"),
        "f3": ("1", "a/(K8p + a)"),
        "w3": ("cell^2/molecule^2/h", "kf*kf_g*(1/(kf_g*g + kf*K11w) + 1/(kf_g*K4w + kf*b))"),
        "on": ("1/nM/h", f"kon_{BETA}*kf_g*g/(kon_{BETA}*KDb + kf_g*g) + a*g*w3/KDx"),
        "gain": (RATE, f"b*on*{label}"),
        "off": (
            "1/h",
            f"(1 - f3)*K5w*kf_g*kon_{BETA}*KDb/(kon_{BETA}*KDb + kf_g*g) + f3*K10w*K11w*w3",
        ),
        "f3e": ("1", "rho*a/(rho*a + pH*K8w)"),
        "w3e": ("cell^2/molecule^2/h", "kfe*kge*(1/(kge*ge + kfe*K11w*pH) + 1/(kge*K4w*pH + kfe*be))"),
        "off_e": (
            "1/h",
            f"(1 - f3e)*K5w*pH*kge*kon_{BETA}*KDb*pH/(kon_{BETA}*KDb*pH + kge*ge) + f3e*K10w*K11w*pH**2*w3e",
        ),
        "eta": ("1", f"kh/(kh + kx + krec*rho*{total}/(avogadro*Ve*pH*KDx))"),
        "idle": (RATE, "kend*u*a*(1 + g/K4w)"),
    }
    own = {*constants, *rest, "C", f"kon_{BETA}"}
    found: Variables = {**inner_constants(kind, label)}
    found |= {key + suffix(label): value for key, value in constants.items()}
    return found | {key + suffix(label): (unit, _of(text, own, label)) for key, (unit, text) in rest.items()}


def _one_anchor(kind: Family, label: str) -> Variables:
    """Interleukins 7, 4, 9 and 21: rates of gain and loss of signalling complexes; R is the free private chain."""
    x, total, rule = kind.anchors[0], total_of(kind.anchors[0]), assembly(kind, label)
    constants: dict[str, tuple[str, Expr]] = {
        "KDx": ("nM", rule.anchors[x]),
        "Kgw": (UNIT, rule.dissociation(frozenset((x,)), GAMMA)),
    }
    kon = f"kon_{x}"
    rest = {
        "R": (UNIT, f"max({total} - C, 0)/(1 + {label}/KDx)"),
        "gain": (RATE, f"R*{label}*{kon}*kf_g*g/({kon}*KDx + kf_g*g)"),
        "off": ("1/h", f"Kgw*kf_g*{kon}*KDx/({kon}*KDx + kf_g*g)"),
        "off_e": ("1/h", f"Kgw*pH*kge*{kon}*KDx*pH/({kon}*KDx*pH + kge*ge)"),
        "eta": ("1", f"kh/(kh + kx + krec*rho*{total}/(avogadro*Ve*pH*KDx))"),
        "idle": (RATE, f"kend*R*{label}/KDx"),
    }
    own = {*constants, *rest, "C", kon}
    found: Variables = {key + suffix(label): value for key, value in constants.items()}
    return found | {key + suffix(label): (unit, _of(text, own, label)) for key, (unit, text) in rest.items()}


def _of(text: str, own: set[str], label: str) -> Expr:
    """The text with the ligand's own names marked with its label."""
    from leukin.quantity import name

    return parse(text).substitute({key: name(key + suffix(label)) for key in own})


def _turnover(chain: str, kinds: Mapping[str, Family], born: str) -> str:
    """Rate of change of a chain on the membrane: made, lost, carried inside with signalling complexes, returned."""
    inside, number = [], CHAINS[chain]
    for label, kind in kinds.items():
        if chain not in kind.chains:
            continue
        end = suffix(label)
        two = len(kind.anchors) > 1
        share = f"f3{end}*" if two and chain == kind.anchors[0] else ""
        inside.append((f"{share}C{end}", f"{share}(off_e{end} + {born})*Ce{end}"))
    held = " + ".join(surface for surface, _ in inside)
    back = " + ".join(returned for _, returned in inside)
    made = " + v_S*m" if chain == ALPHA else ""
    return f"kl*({number} - ({total_of(chain)} - ({held}))){made} - ke*({held}) + recycled*({back})"
