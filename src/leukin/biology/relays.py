"""What stands around STAT5 in a dish: JAK inhibition, other STATs, ERK and AKT, fates, secretion of interleukin-2."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from leukin.biology.gamma_chain import ALPHA, Family, suffix
from leukin.biology.signalling import stat5
from leukin.catalog import CellType, Mechanism
from leukin.network import Network, Reaction, Species, equations
from leukin.quantity import Parameter, Source, number, parse

#: inputs of a dish that act on all its cells: activity of the kinases, concentration of an inhibitor
INPUTS = {"JAK1": (1.0, "1"), "JAK3": (1.0, "1"), "jak_inhibitor": (0.0, "nM")}
#: the STAT from which the induction of CD25 is read
MAIN = "STAT5"
#: states and variables of one STAT that is not STAT5, renamed
STATES = ("S", "X1", "X2", "X3", "m", "stat5_drive", "step_X")
#: parameter of a cell that may secrete interleukin-2
SECRETION = "secretion_IL2"

NOT_MODELLED = (
    "ERK and AKT relays and fates are unvalidated: no data on interleukin-2 stand behind their constants",
    "copy numbers of JAK1, JAK3 and STAT5, which never limit the drive in the data",
)


def signalling(kinds: Mapping[str, Family], cell: CellType, stat: Mechanism, relays: Mechanism) -> Network:
    """Signals of one cell type that holds complexes of several cytokines.

    kinds: label of a ligand -> its receptor. Free names: A of every ligand (signalling complexes, molecule/cell).

        jak = JAK1 JAK3/((1 + I/IC50_JAK1) (1 + I/IC50_JAK3))       every STAT: `stat5` driven by jak (A + A' + ...)
        dERK/dt = (jak A/(K_E + jak A) - ERK)/tau_E, without interleukin-7        dAKT/dt likewise, all ligands
        dQ/dt = (S - Q)/tau_Q    division = division_max Q/(K_division + Q)
        effector = Q^2/(K_effector^2 + Q^2)    memory = Q/(K_memory + Q) (1 - effector)

    I: `jak_inhibitor` (nM); JAK1, JAK3: activity of the kinase, 1 normal, 0 lost. Interleukin-4 drives STAT6,
    interleukin-21 STAT3, in the form and with the constants of STAT5 (assumed). Q is the signal of STAT5 averaged over
    tau_Q. Effector means cytotoxicity in NK cells and monocytes; division is expansion in every cell that divides.
    ERK, AKT, division, effector and memory are unvalidated.
    """
    network = equations(
        variables={
            "jak": ("1", "JAK1*JAK3/((1 + jak_inhibitor/IC50_JAK1)*(1 + jak_inhibitor/IC50_JAK3))"),
            "A_mapk": ("molecule/cell", _sum(label for label, kind in kinds.items() if kind.mapk)),
            "A_all": ("molecule/cell", _sum(kinds)),
        },
        species=[Species(key, "1", scale=0.1) for key in ("E", "P", "Q")],
        rates={
            "E": "(jak*A_mapk/(K_E + jak*A_mapk) - E)/tau_E",
            "P": "(jak*A_all/(K_P + jak*A_all) - P)/tau_P",
            "Q": f"({'S' if any(k.stat == MAIN for k in kinds.values()) else '0'} - Q)/tau_Q",
        },
        observables={
            "ERK": ("1", "E"),
            "AKT": ("1", "P"),
            "division": ("1/h", "division_max*Q/(K_division + Q)"),
            "effector": ("1", "Q*Q/(K_effector*K_effector + Q*Q)"),
            "memory": ("1", "Q/(K_memory + Q)*(1 - Q*Q/(K_effector*K_effector + Q*Q))"),
        },
        parameters=[cell.parameters.get(key, p) for key, p in relays.parameters.items() if key in USED],
    )
    network = network.with_parameters(
        Parameter(key, value, unit, Source("definition", note="set by the assay"))
        for key, (value, unit) in INPUTS.items()
    )
    for name in dict.fromkeys(kind.stat for kind in kinds.values()):
        part = stat5(cell, stat)
        drive = _sum(label for label, kind in kinds.items() if kind.stat == name)
        if name != MAIN:
            part = part.rename({key: f"{key}_{name}" for key in STATES})
            part = replace(
                part,
                reactions=tuple(replace(r, id=f"{r.id}_{name}") for r in part.reactions),
                observables=tuple(replace(o, name=f"p{name}") for o in part.observables),
            )
        network += part.bind({"A": f"jak*({drive})"})
    return network


#: parameters of the relays that `signalling` uses
USED = (
    "IC50_JAK1", "IC50_JAK3", "K_E", "tau_E", "K_P", "tau_P", "tau_Q", "division_max", "K_division", "K_effector",
    "K_memory",
)  # fmt: skip


def _sum(labels: Iterable[str]) -> str:
    return " + ".join(f"A{suffix(label)}" for label in labels) or "0"


def secretion(cell: CellType, relays: Mechanism, target: str) -> Network:
    """Interleukin-2 that a cell type makes under antigen receptor signal, held down by its own STAT5.

    Free names: TCR, S, density. made (molecule/cell): what a cell has secreted since the start.

        d made/dt = secretion_IL2 TCR (1 + (secretion_rise - 1) R)/(1 + S/K_secretion)        dR/dt = (TCR - R)/tau_R

    Reference: Tkach et al. 2014 for the rate and its rise. A cell without a rate secretes none.
    """
    if SECRETION not in cell.parameters:
        return Network()
    rate = parse(f"{SECRETION}*TCR*(1 + (secretion_rise - 1)*R)/(1 + S/K_secretion)")
    reaction = Reaction("secrete", {}, {target: parse("density/avogadro"), "made": number(1.0)}, rate)
    states = equations(
        species=[Species("R", "1", scale=0.1), Species("made", "molecule/cell", scale=10.0)],
        rates={"R": "(TCR - R)/tau_R"},
        parameters=[cell[SECRETION], *(relays[key] for key in ("secretion_rise", "tau_R", "K_secretion"))],
    )
    return states + Network(reactions=(reaction,))


def soluble_cd25(labels: Mapping[str, Family], amount: str) -> Network:
    """Soluble CD25 of the medium: it holds ligands of CD25 with the affinity of the chain on cells.

    labels: ligand -> receptor; amount: parameter with its concentration at the start (nM). L_sCD25 binds no cell.
    """
    plain = Source("definition", note="set by the assay")
    network = equations(
        species=[Species("sCD25", "nM", parse(amount), scale=1e-3, contains={"sCD25": 1})],
        parameters=[Parameter(amount, 0.0, "nM", plain)],
    )
    for label, kind in labels.items():
        if ALPHA not in kind.anchors:
            continue
        end, held = suffix(label), f"{label}_sCD25"
        rate = parse(f"kon_alpha{end}*({label}*sCD25 - factor_alpha{end}*KD_alpha{end}*{held})")
        network += Network(
            species=(Species(held, "nM", scale=1e-3, contains={"sCD25": 1, label: 1}),),
            reactions=(
                Reaction(
                    f"{held}_bind", {label: number(1.0), "sCD25": number(1.0)}, {held: number(1.0)}, rate
                ),
            ),
        )
    return network
