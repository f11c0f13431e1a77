"""Formats of interleukin-2: what size, rescue from breakdown, release and a target change in exposure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from leukin.biology.routes import own
from leukin.catalog import Mechanism, Molecule
from leukin.network import Network, Port, Reaction, Species, equations
from leukin.quantity import Parameter, number
from leukin.quantity.expression import expr

ONE = number(1.0)
#: what a molecule's file holds if it is cleared as itself, is released from a carrier, is secreted, or binds a target
OWN_CLEARANCE, RELEASED, SECRETED, TARGETED = "catabolism", "release_rate", "secretion", "target_density"

NOT_MODELLED = (
    "two interleukin-2 parts of one molecule (Fc fusions): each molecule binds as one",
    "antibodies against a drug, and immunogenicity of vectors",
    "partly released forms of a releasable PEG: only the last step of the chain is active",
    "saturation of FcRn by the host's own albumin and immunoglobulin",
    "slower passage of large molecules into tumours, tissue and lymph",
    "endogenous interleukin-2 apart from the drug: it has the affinities and the clearance of the molecule given",
)


def filtered(mass: float, formats: Mechanism) -> float:
    """Share of a molecule of molar mass `mass` (canonical) that the kidney filters, water being 1."""
    half, power = formats["sieving_mass"].canonical, formats["sieving_power"].canonical
    return 1.0 / (1.0 + (mass / half) ** power)


def clearances(molecule: Molecule, reference: Molecule, formats: Mechanism) -> dict[str, float]:
    """Factor on the kidney's clearance, and clearance (L/h at 70 kg) elsewhere, of a molecule that has its own.

        CLren' = CLren share(mass)/share(reference mass)        CLoth' = catabolism (1 - fcrn_rescue)

    Empty for a molecule that is cleared like aldesleukin, the reference.
    """
    if OWN_CLEARANCE not in molecule.parameters:
        return {}
    mass, other = molecule["molar_mass"].canonical, reference["molar_mass"].canonical
    rescue = molecule["fcrn_rescue"].canonical if "fcrn_rescue" in molecule.parameters else 0.0
    return {
        "CLren": filtered(mass, formats) / filtered(other, formats),
        "CLoth": molecule[OWN_CLEARANCE].canonical * (1.0 - rescue),
    }


def release(network: Network, parameters: Mapping[str, Parameter]) -> Network:
    """The exposure `network` of a pro-drug: doses enter a chain of inactive forms, the last of which releases A1.

    network: made with direct = False; parameters: release_rate, release_steps, carrier_clearance of the molecule. Free
    names are those of the exposure.

        dP1/dt = doses - (release + CL/V1) P1        dPk/dt = release P(k-1) - (release + CL/V1) Pk        dA1/dt = ... + release Pn
    """
    steps = int(parameters["release_steps"].value)
    chain = [f"P{step + 1}" for step in range(steps)]
    reactions = [Reaction("doses_to_P1", {}, {"P1": ONE}, expr("(1 - run_in)*(rate_iv + kly*rate_scale*Ly)"))]
    for here, next_ in zip(chain, [*chain[1:], "A1"], strict=True):
        reactions.append(Reaction(f"release_{here}", {here: ONE}, {next_: ONE}, expr(f"release_rate*{here}")))
        lost = f"carrier_clearance*flow_scale/(V1*size)*{here}"
        reactions.append(Reaction(f"lose_{here}", {here: ONE}, {}, expr(lost)))
    ports = tuple(Port(p.route, "P1", p.kind) if p.target == "A1" else p for p in network.ports)
    part = equations(
        species=[Species(here, "nmol", scale=1.0) for here in chain],
        observables={"IL2_carrier": ("nM", f"({' + '.join(chain)})/(V1*size)")},
        parameters=[own(parameters[name]) for name in ("release_rate", "carrier_clearance")],
    )
    return replace(network, ports=ports) + part + Network(reactions=tuple(reactions))


def target(parameters: Mapping[str, Parameter], injected: bool) -> Network:
    """A target in lesions that holds the molecule there, still active, until the target is turned over.

    parameters: target_density (nM of lesion), target_kon, target_KD, target_turnover of the molecule; injected: a dose
    into a lesion fills the target as well. Free names: IL2_tumour, and of a dose into a lesion LOC_tumour.

        dheld/dt = kon x (density - held) - kon KD held - turnover held        x: what the lesion sees unbound
    """
    room = "target_kon*max(target_density - held_tumour, 0)"
    reactions = [
        Reaction(
            "hold", {"IL2_tumour": ONE}, {"held_tumour": ONE},
            expr(f"{room}*IL2_tumour - target_kon*target_KD*held_tumour"),
        ),
        Reaction("turn_over", {"held_tumour": ONE}, {}, expr("target_turnover*held_tumour")),
    ]  # fmt: skip
    if injected:
        volume = expr("local_volume_tumour*size")
        reactions.append(
            Reaction(
                "hold_injected", {"LOC_tumour": volume}, {"held_tumour": ONE}, expr(f"{room}*local_tumour")
            )
        )
    names = (TARGETED, "target_kon", "target_KD", "target_turnover")
    part = equations(
        species=[Species("held_tumour", "nM", scale=1.0)],
        observables={"IL2_held": ("nM", "held_tumour")},
        parameters=[own(parameters[name]) for name in names],
    )
    return part + Network(reactions=tuple(reactions))
