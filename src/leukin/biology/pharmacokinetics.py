"""Exposure: interleukin-2 in plasma and tissue, its depot, and its uptake by receptors."""

from __future__ import annotations

from collections.abc import Mapping

from leukin.network import Network, Port, Species, equations
from leukin.quantity import Parameter, parse

#: blood cell -> (state that counts it, parameter: share of these cells that sees plasma)
BLOOD_CELLS = {
    "treg": ("N_treg", "plasma_share_T"),
    "cd4_helper": ("N_cd4", "plasma_share_T"),
    "cd8": ("N_cd8", "plasma_share_T"),
    "nk": ("N_nk", "plasma_share_nk"),
}

#: cells that see plasma and tissue and are too poor in receptors to use up what they see -> parameter of the share
SEEING = {"b": "plasma_share_T"}

NOT_MODELLED = (
    "uptake by B cells",
    "glycosylation and aggregates of interleukin-2",
    "doses into the pleura, the bladder, the spine; oral and inhaled doses",
    "failure of the kidney does not slow clearance",
    "interleukin-2 taken up inside tumours is not subtracted from plasma",
)


#: how the equations scale a parameter with body weight: by weight, by weight to the exponent `allometry`, or by that less one
SCALED = {
    "V1": "volume", "CLren": "flow", "CLoth": "flow", "k12": "rate", "k21": "rate", "ka": "rate", "kly": "rate",
    "cells_treg": "flow", "cells_cd4_helper": "flow", "cells_cd8": "flow", "cells_nk": "flow",
}  # fmt: skip


def size_factor(
    name: str, weight: float, parameters: Mapping[str, Parameter], scaled: Mapping[str, str] = SCALED
) -> float:
    """Factor by which the equations scale the parameter `name` in a body of `weight` (canonical), as `scaled` tells."""
    if name not in scaled:
        return 1.0
    power = parameters["allometry"].canonical
    exponent = {"volume": 1.0, "flow": power, "rate": power - 1.0}[scaled[name]]
    return float((weight / parameters["weight_reference"].canonical) ** exponent)


def pharmacokinetics(
    parameters: Mapping[str, Parameter], direct: bool = True, tumour_level: str = "IL2_tumour"
) -> Network:
    """Two compartments with linear clearance, receptor-mediated uptake, and a subcutaneous depot.

    parameters: the entries of mechanisms/pharmacokinetics.toml. Free names: weight (a body weight), and for every
    blood cell c its capture_c (molecule/cell/h/nM) and restitution_c (molecule/cell/h) of interleukin-2, its membrane
    CD25 aT_c (molecule/cell) and its count N (fold). direct: what is given is active, so that doses enter the plasma
    compartment (else they enter a chain that releases it); tumour_level: the interleukin-2 that cells of a lesion see.

        dA1/dt = rate_iv + kly Ly + R0 - (CLren + CLoth) C1 - k12 A1 + k21 A2 - sum_c w_c sink_c(C1)
        dA2/dt = k12 A1 - k21 A2 - sum_c (1 - w_c) sink_c(C2)
        sink_c(C) = cells_c N_c (capture_c C - restitution_c)/molecules_per_nmol        L_c = w_c C1 + (1 - w_c) C2

    Cells bind what they see and give back what they do not destroy; L_c is the exposure of their receptors.

    Plasma is held at I0 during the run-in; R0 is then the loss that it must replace, so that the untreated state is
    exactly steady. Half-lives and clearance: Konrad et al. 1990, Cancer Res 50:2009.
    """
    run = "(1 - run_in)"
    doses = "rate_iv + kly*rate_scale*Ly + " if direct else ""
    variables: dict[str, tuple[str, str]] = {
        "size": ("1", "weight/weight_reference"),
        "flow_scale": ("1", "(weight/weight_reference)**allometry"),
        "rate_scale": ("1", "(weight/weight_reference)**(allometry - 1)"),
        "free_fraction": ("1", "1/(1 + sR/KD_sR)"),
        "C1": ("nM", "free_fraction*A1/(V1*size)"),
        "C2": ("nM", "free_fraction*A2/(V1*size*k12/k21)"),
        "clearance": ("L/h", "(CLren + CLoth)*flow_scale"),
        "il2_exchange": ("nmol/h", "(k12*A1 - k21*A2)*rate_scale"),
    }
    for cell, (count, share) in BLOOD_CELLS.items():
        cells = f"cells_{cell}*flow_scale*{count}/molecules_per_nmol"
        variables[f"L_{cell}"] = ("nM", f"{share}*C1 + (1 - {share})*C2")
        variables[f"sink_plasma_{cell}"] = (
            "nmol/h",
            f"{cells}*{share}*(capture_{cell}*C1 - restitution_{cell})",
        )
        variables[f"sink_tissue_{cell}"] = (
            "nmol/h",
            f"{cells}*(1 - {share})*(capture_{cell}*C2 - restitution_{cell})",
        )
    for cell, share in SEEING.items():
        variables[f"L_{cell}"] = ("nM", f"{share}*C1 + (1 - {share})*C2")
    variables["S1"] = ("nmol/h", " + ".join(f"sink_plasma_{cell}" for cell in BLOOD_CELLS))
    variables["S2"] = ("nmol/h", " + ".join(f"sink_tissue_{cell}" for cell in BLOOD_CELLS))
    variables["shed"] = (
        "molecule",
        " + ".join(f"cells_{cell}*flow_scale*{count}*aT_{cell}" for cell, (count, _) in BLOOD_CELLS.items()),
    )
    amount = "I0*V1*(weight/weight_reference)*(1 + sR0/KD_sR)"
    return equations(
        species=[
            Species("A1", "nmol", parse(amount), scale=30.0),
            Species("A2", "nmol", parse(f"{amount}*k12/k21"), scale=30.0),
            Species("Dp", "nmol", scale=1.0),
            Species("Ly", "nmol", scale=1.0),
            Species("sR", "pM", parse("sR0"), scale=1000.0),
            Species("IL2_tumour", "nM", parse("tumour_ratio*I0"), scale=1.0),
        ],
        variables=variables,
        rates={
            "A1": f"{run}*({doses}R0 - clearance*C1 - il2_exchange - S1)",
            "A2": "il2_exchange - S2",
            "Dp": "-ka*rate_scale*Dp",
            "Ly": "sc_bioavailability*ka*rate_scale*Dp - kly*rate_scale*Ly",
            "sR": f"{run}*k_sR*(sR0*shed/shed0 - sR)",
            "IL2_tumour": "tumour_exchange*(tumour_ratio*C1 - IL2_tumour)",
        },
        observables={
            "IL2_plasma": ("nM", "C1"),
            "IL2_tumour": ("nM", tumour_level),
            "soluble_CD25": ("pM", "sR"),
        },
        parameters=parameters,
        ports=[
            Port("iv infusion", "rate_iv", "rate"),
            Port("iv bolus", "A1", "amount"),
            Port("sc", "Dp", "amount"),
            Port("im", "Dp", "amount"),
        ],
        baselines={"R0": "clearance*C1 + il2_exchange + S1", "shed0": "shed"},
    )
