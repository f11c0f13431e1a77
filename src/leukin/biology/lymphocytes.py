"""Lymphocytes: growth on pSTAT5, return to baseline, and their place in or out of the blood; eosinophils."""

from __future__ import annotations

from collections.abc import Mapping

from leukin.network import Network, Species, equations
from leukin.quantity import Parameter, parse

#: pools: label of the count -> label of the cell whose pSTAT5 drives it
POOLS = {"treg": "treg", "cd4": "cd4_helper", "cd8": "cd8", "nk": "nk"}
#: pools that grow on interleukin-2
GROWING = {**POOLS, "b": "b"}

#: births per cell are defined down to a pool of this part of its usual number
FEWEST = 1e-12

NOT_MODELLED = (
    "naive, memory and effector pools apart: one pool each of regulatory T, helper T, CD8 T and NK cells",
    "loss of CD122 as a state of the count: internalisation in the receptor layer stands for it",
    "activated B cells apart: the B cells of blood are resting ones with few receptors",
    "resting cells with and without induced CD25 apart: every cell of a pool carries the mean, a set share of full induction",
)


def lymphocytes(parameters: Mapping[str, Parameter]) -> Network:
    """Counts of lymphocyte pools (fold of baseline), their margination, and eosinophils.

    parameters: the entries of mechanisms/lymphocytes.toml. Free names: S_c (pSTAT5 of the cells treg, cd4_helper, cd8,
    nk and b), IL5 and s5 (pg/mL).

        dN/dt  = p (g(S) - g(S0)) N (1 - N/N_max) - d (N - level)        g(S) = S^n/(half^n + S^n), n = 1 in treg
               = (born - d) N        born = p (g(S) - g(S0)) (1 - N/N_max) + d level/N        level = lymphoid_level support
        dmg/dt = km um (am - mg) - kmo mg        um = (signal_cd4 + signal_nk)/2        blood = body/(1 + mg)

    S0 is the pSTAT5 of the untreated person, so that N = level is exactly steady; nothing moves during the run-in.
    support: what endogenous cytokines keep, 1 in a person as he is (`homeostasis`). born (1/h): new cells per cell and
    hour, by division or as recent arrivals; cells die at d, so that a pool at rest is turned over at d. Below S0 fewer are
    born than keep the pool.
    signal_x = max(S - S0, 0) (0 during the run-in) drives margination, cytokines and leak.
    """
    run = "(1 - run_in)"
    drive = "max({s}, 0)**{n}/(half_{pool}**{n} + max({s}, 0)**{n})"
    power = {"treg": "1"}
    grow = {
        pool: "({} - {})".format(
            *(
                drive.format(s=f"{s}_{cell}", pool=pool, n=power.get(pool, "power_growth"))
                for s in ("S", "S0")
            )
        )
        for pool, cell in GROWING.items()
    }
    variables = {
        f"signal_{pool}": ("1", f"{run}*max(S_{cell} - S0_{cell}, 0)") for pool, cell in POOLS.items()
    }
    variables["circulating"] = ("1", "1/(1 + mg)")
    variables["pool_treg"] = ("1e9/L", "ALC0*share_cd4*share_treg*N_treg")
    variables["pool_cd4"] = ("1e9/L", "ALC0*share_cd4*(1 - share_treg)*N_cd4 + pool_treg")
    variables["pool_cd8"] = ("1e9/L", "ALC0*share_cd8*N_cd8")
    variables["pool_nk"] = ("1e9/L", "ALC0*share_nk*N_nk")
    variables["pool_b"] = ("1e9/L", "ALC0*(1 - share_cd4 - share_cd8 - share_nk)*N_b")
    total = "(pool_cd4 + pool_cd8 + pool_nk + pool_b)"
    for pool in GROWING:
        variables[f"growing_{pool}"] = (
            "1/h",
            f"{run}*growth_{pool}*{grow[pool]}*(1 - N_{pool}/ceiling_{pool})",
        )
        variables[f"born_{pool}"] = (
            "1/h",
            f"growing_{pool} + loss_{pool}*lymphoid_level*support_{pool}/max(N_{pool}, {FEWEST})",
        )
    rates = {
        f"N_{pool}": f"growing_{pool}*N_{pool} - {run}*loss_{pool}*(N_{pool} - lymphoid_level*support_{pool})"
        for pool in GROWING
    }
    rates["mg"] = (
        "margination_rate*(signal_cd4 + signal_nk)/2*(margination_limit - mg) - margination_return*mg"
    )
    rates["precursors"] = "eosinophil_maturation*(1 + eosinophil_gain*IL5/IL5_scale - precursors)"
    rates["maturing"] = "eosinophil_maturation*(precursors - maturing)"
    rates["EO"] = "eosinophil_loss*(EO0*maturing - EO)"
    observables = {f"count_blood.{pool}": ("1e9/L", f"pool_{pool}*circulating") for pool in GROWING}
    observables["count_blood.eosinophil"] = ("1e9/L", "EO")
    observables["count_blood.lymphocyte"] = ("1e9/L", f"{total}*circulating")
    observables["treg_percent_of_cd4"] = ("%", "pool_treg/pool_cd4")
    return equations(
        species=[
            *(
                Species(f"N_{pool}", "1", parse(f"lymphoid_level*support_{pool}"), scale=5.0)
                for pool in GROWING
            ),
            Species("mg", "1", scale=5.0),
            Species("precursors", "1", parse("1"), scale=10.0),
            Species("maturing", "1", parse("1"), scale=10.0),
            Species("EO", "1e9/L", parse("EO0"), scale=2.0),
        ],
        rates=rates,
        variables=variables,
        observables=observables,
        parameters=parameters,
        baselines={f"S0_{cell}": f"S_{cell}" for cell in GROWING.values()},
    )
