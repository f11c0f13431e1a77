"""Lesions and the immune response to them: clones, effectors, exhaustion, memory, extinction.

Every lesion holds the same states; lesions see each other only through what circulates (presentation of
antigen, effectors, memory) and through the total burden that divides homing cells among them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from leukin.catalog.routes import LESIONS
from leukin.network import Network, Species, equations, for_each
from leukin.quantity import Expr, Parameter
from leukin.quantity.expression import expr

#: parameters that every lesion has for itself
OF_A_LESION = ("V0", "lesion_reactivity", "lesion_infiltration", "loss", "extinction1", "extinction2")

#: signals that the tumour needs from the receptor and lymphocyte parts
SIGNALS = ("S_treg", "S_cd4_helper", "S_cd8", "S_nk", "S_cd8_tumour", "S_cd8_activated_tumour")
#: their values at the untreated baseline, and the size of the blood pools (fold of baseline)
BASELINES = ("S0_treg", "S0_cd4_helper", "S0_cd8", "S0_nk")
POOLS = ("N_treg", "N_nk")

NOT_MODELLED = (
    "lymphoid pool (lymphodepletion, competition for IL-7 and IL-15)",
    "microbial stimulus of dendritic cells (Coley's toxins, BCG)",
    "innate killing in lesions",
    "PD-1 and CTLA-4 blockade: their occupancies are zero",
    "transfer of tumour-infiltrating lymphocytes",
    "Treg, NK and T helper cells of a lesion read the pSTAT5 of their blood pool",
    "suppression by Treg through IL-2 consumption in the lesion (contact suppression is modelled)",
    "antigen-loss mutants that arise after the start of treatment (those present at the start are)",
    "occult lesions that become new lesions",
    "more than four lesions as separate bodies: the volume of further ones is added to the four",
)


#: drives of CD8 cells in lesions, from their pSTAT5 there
IN_A_LESION = {"stat5_cd8_tumour": "cd8_tumour", "stat5_cd8_activated": "cd8_activated_tumour"}
#: what of their pSTAT5 counts as all
FULL = {"stat5_cd8_tumour": "stat5_full_cd8", "stat5_cd8_activated": "stat5_full_cd8_activated"}


def tumour(
    immunity: Mapping[str, Parameter],
    kind: Mapping[str, Parameter],
    lesions: int = LESIONS,
    ends: Mapping[int, str] | None = None,
) -> Network:
    """Network of `lesions` lesions and the circulating response to them.

    immunity: parameters of the mechanism `tumour-immunity`; kind: parameters of the tumour type (growth
    rate, antigenicity, reactive fraction). Free names: SIGNALS, BASELINES and POOLS. A lesion with V0 = 0
    is absent and stays exactly zero. While `run_in` is 1 clones, progenitors and memory are frozen, and
    effectors, exhausted cells, presentation and circulating effectors settle to what the tumour drives. ends: number of a
    lesion -> what the names of its CD8 cells' signals end in, where lesions see different levels of interleukin-2.
    """
    parameters = {**immunity, **kind}
    own = [parameters[key] for key in OF_A_LESION]
    shared = [p for key, p in parameters.items() if key not in OF_A_LESION]
    labels = [f"lesion{i + 1}" for i in range(lesions)]
    end = {label: (ends or {}).get(i + 1, "") for i, label in enumerate(labels)}
    plain = lesion(own)
    return for_each(
        labels,
        lambda label: (
            plain.bind({name: f"{name}{end[label]}" for name in IN_A_LESION}) if end[label] else plain
        ),
    ) + systemic(shared, labels, tuple(dict.fromkeys(end.values())))


def lesion(own: list[Parameter]) -> Network:
    """One lesion: clones T1 (antigenic) and T2 (antigen loss), debris D, and CD8 S, E, X.

    dT1 = T1 (growth - kill - nk_kill_mhc nk); dT2 = T2 (growth - bystander kill - nk); dD = killed - clearance D;
    S, E and X are progenitor-exhausted, effector and terminally exhausted CD8; growth is Gompertz, with its rate
    stated at the reference burden.
    """
    return equations(
        species=[
            Species("T1", "cell", expr("V0*cell_density*(1 - loss)"), 1e6),
            Species("T2", "cell", expr("V0*cell_density*loss"), 1e6),
            Species("D", "cell", expr("0"), 1e6),
            Species("S_tpex", "cell", expr("V0*cell_density*reactive_fraction*lesion_reactivity"), 1e4),
            Species("E", "cell", expr("V0*cell_density*reactive_fraction*lesion_reactivity"), 1e4),
            Species("X_exhausted", "cell", expr("0"), 1e4),
        ],
        parameters=own,
        variables={
            "tau": ("cell", "T1 + T2"),
            "size": ("cell", "max(tau, one_cell)"),
            "draw": ("1", "tau/(tumour_burden + homing_burden)"),
            "seen": ("1", "antigenicity*T1/(T1 + search_floor)"),
            "ratio": ("1", "E/(tau + ratio_floor)"),
            "ligand": ("1", "pdl1*(1 + pdl1_gain*ratio/(ratio + pdl1_half))"),
            "free": ("1", "1/(1 + ligand)"),
            "kill": (
                "1/h",
                "kill_rate*antigenicity*free*contact*(E + exhausted_kill*X_exhausted)"
                "/(tau + kill_rate/kill_ceiling*E + search_floor)",
            ),
            "growth": (
                "1/h",
                "tumour_growth*log(tumour_capacity/size)/log(tumour_capacity/reference_burden)",
            ),
            "net1": ("cell/h", "T1*(growth - kill - nk_kill_mhc*nk)"),
            "net2": ("cell/h", "T2*(growth - bystander*kill - nk)"),
            "killed": ("cell/h", "T1*(kill + nk_kill_mhc*nk) + T2*(bystander*kill + nk)"),
            "washed": ("1/h", "niche_loss*max(0, -(net1 + net2)/size)"),
            "released": ("cell/h", "antigenicity*T1*(kill + nk_kill_mhc*nk + turnover_share*tumour_growth)"),
            "drive": ("1", "cd25_share*seen*stat5_cd8_activated + (1 - cd25_share*seen)*stat5_cd8_tumour"),
            "room": ("1", "max(0, 1 - (S_tpex + E)/(crowding*tau + crowding_floor))"),
            "expansion": ("1/h", "effector_growth*drive*contact*room"),
            "entry": ("1", "infiltration*lesion_infiltration*draw"),
            "volume_of_lesion": ("L", "(tau + D)/cell_density"),
            "diameter_of_lesion": ("dm", "(6/3.141592653589793*volume_of_lesion)**(1/3)"),
        },
        rates={
            "T1": "(1 - run_in)*net1",
            "T2": "(1 - run_in)*net2",
            "D": "(1 - run_in)*(killed - debris_clearance*D)",
            "S_tpex": "(1 - run_in)*(entry*(memory_homing*M_memory + homing_tpex*effector_homing*C_effector)"
            " + tpex_growth*expansion*S_tpex - (tpex_death + washed)*S_tpex)",
            "E": "tumour_pace*(tpex_output*seen*free*contact*(1 + stat5_cd4)*S_tpex"
            " + entry*(1 - homing_tpex)*effector_homing*C_effector + expansion*E"
            " - (effector_death*(1 - death_rescue*drive) + exhaustion_rate*seen + washed)*E)",
            "X_exhausted": "tumour_pace*(exhaustion_rate*seen*E - (exhausted_death + washed)*X_exhausted)",
        },
        observables={"volume": ("mL", "volume_of_lesion"), "diameter": ("mm", "diameter_of_lesion")},
        extinctions={
            "T1": "max(extinction1/clonogenic*one_cell, one_cell)",
            "T2": "max(extinction2/clonogenic*one_cell, one_cell)",
        },
    )


def systemic(parameters: list[Parameter], labels: list[str], ends: Sequence[str] = ("",)) -> Network:
    """Presentation A, circulating effectors C, memory M, and Treg and NK cells of the lesions.

    Treg and NK are densities per tumour mass, as fold of baseline; they follow blood, so they are the same in every
    lesion. Also drives from pSTAT5, those of CD8 cells in lesions for each of `ends`, and what is summed over `labels`.
    """
    known = {p.name: p for p in parameters}
    starts = [f"S0_{site}{end}" for end in ends for site in IN_A_LESION.values()]
    copies = [
        replace(known[f"S0_{site}"], name=f"S0_{site}{end}")
        for end in ends
        if end
        for site in IN_A_LESION.values()
    ]

    def total(text: str) -> str:
        return " + ".join(f"{text}_{label}" for label in labels)

    return equations(
        species=[
            Species("A_presentation", "1", expr("0"), 0.1),
            Species("C_effector", "cell", expr("0"), 1e4),
            Species("M_memory", "cell", _memory(labels), 1e4),
            Species("Treg_tumour", "1", expr("1"), 5.0),
            Species("NK_tumour", "1", expr("1"), 5.0),
        ],
        parameters=[*parameters, *copies],
        variables={
            "tumour_burden": ("cell", total("tau")),
            "effectors": ("cell", total("E")),
            "antigen_release": ("cell/h", total("released")),
            "tumour_pace": ("1", "1 + run_in*(settling_speed - 1)"),
            "contact": ("1", "1/(1 + treg_contact*treg_density*Treg_tumour)"),
            "nk": ("1/h", "nk_kill*nk_activity*NK_tumour"),
            "stat5_treg": ("1", "(S_treg - S0_treg)/stat5_full_treg"),
            "stat5_cd4": ("1", "(S_cd4_helper - S0_cd4_helper)/stat5_full_cd4"),
            "stat5_nk": ("1", "(S_nk - S0_nk)/stat5_full_nk"),
            "stat5_cd8": ("1", "(S_cd8 - S0_cd8)/stat5_full_cd8"),
            **{
                f"{name}{end}": ("1", f"(S_{site}{end} - S0_{site}{end})/{FULL[name]}")
                for end in ends
                for name, site in IN_A_LESION.items()
            },
        },
        rates={
            "A_presentation": "tumour_pace*presentation_rate"
            "*(antigen_release/(antigen_release + antigen_half) - A_presentation)",
            "C_effector": "tumour_pace*(priming*antigenicity*A_presentation"
            " - (effector_homing + circulating_to_memory)*C_effector"
            " - circulating_death*(1 - death_rescue*stat5_cd8)*C_effector"
            " + effector_growth*stat5_cd8*C_effector*max(0, 1 - C_effector/circulating_capacity))",
            "M_memory": "(1 - run_in)*(circulating_to_memory*max(0, C_effector - C0_effector)"
            " + lesion_to_memory*max(0, effectors - E0_effectors) - memory_death*(M_memory - M0_memory)"
            " + memory_recall*max(0, A_presentation - A0_presentation)"
            "*(1 - M_memory/memory_capacity)*M_memory)",
            "Treg_tumour": "(1 - run_in)*treg_exchange*(N_treg*(1 + treg_gain*stat5_treg) - Treg_tumour)",
            "NK_tumour": "(1 - run_in)*nk_exchange*(N_nk*(1 + nk_gain*stat5_nk) - NK_tumour)",
        },
        observables={
            "tumour_volume": ("mL", total("volume_of_lesion")),
            "sum_of_diameters": ("mm", total("diameter_of_lesion")),
            "net_growth": ("1/d", f"({total('net1')} + {total('net2')})/max(tumour_burden, one_cell)"),
        },
        baselines={
            "A0_presentation": "A_presentation",
            "C0_effector": "C_effector",
            "E0_effectors": "effectors",
            "M0_memory": "M_memory",
            **{start: start.replace("S0_", "S_") for start in starts},
        },
    )


def _memory(labels: list[str]) -> Expr:
    """Memory at the start, such that its homing replaces the progenitors that die."""
    burden = "cell_density*(" + " + ".join(f"V0_{label}" for label in labels) + ")"
    reactive = " + ".join(f"V0_{label}*lesion_reactivity_{label}" for label in labels)
    return expr(
        f"tpex_death*cell_density*reactive_fraction*({reactive})*({burden} + homing_burden)"
        f"/(memory_homing*infiltration*max({burden}, one_cell))"
    )


def untreated(immunity: Mapping[str, Parameter], kind: Mapping[str, Parameter], lesions: int = 4) -> Network:
    """The lesions of `tumour` alone, in a patient without IL-2: every signal at its baseline, blood
    pools at 1."""
    alone = {**dict.fromkeys((*SIGNALS, *BASELINES), "0"), **dict.fromkeys(POOLS, "1")}
    return tumour(immunity, kind, lesions).bind(alone)
