"""Formats of interleukin-2: what size, rescue from breakdown, release and a target change in exposure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from leukin.biology.routes import own
from leukin.catalog import Mechanism, Molecule
from leukin.network import Network, Port, Reaction, Species, equations
from leukin.quantity import Parameter, number
from leukin.quantity.expression import expr

ONE = number(1.0)
#: what a molecule's file holds if it is cleared as itself, is released from a carrier, is secreted, or binds a target
OWN_CLEARANCE, RELEASED, SECRETED, TARGETED = "catabolism", "release_rate", "secretion", "target_density"
#: and if clearance outside the kidney goes with body weight to an exponent of its own
OWN_EXPONENT = "catabolic_exponent"
#: tags of the receptors of interleukins 15 and 2; the molecules whose constants stand in for those of CD25
FIFTEEN, AS_TWO = "il15-receptor", "il2-receptor"
WILD_TYPE, BLIND = "il2", "il2-no-alpha"

NOT_MODELLED = (
    "two interleukin-2 parts of one molecule (Fc fusions): each molecule binds as one",
    "antibodies against a drug, and immunogenicity of vectors",
    "partly released forms of a releasable PEG: only the last step of the chain is active",
    "saturation of FcRn by the host's own albumin and immunoglobulin",
    "slower passage of large molecules into tumours, tissue and lymph",
    "endogenous interleukin-2 apart from the drug: it has the affinities and the clearance of the molecule given",
    "interleukin-15 as a drug: it acts through CD122 and CD132 alone, as if no cell had CD215 to hold or present it",
)


def by_beta_gamma(molecule: Molecule, known: Mapping[str, Molecule]) -> Molecule:
    """The molecule as the receptor of interleukin-2 takes it: interleukin-15 as a ligand of CD122 and CD132 alone.

    known: molecules by id. Interleukin-15 keeps its constants for these two chains and binds CD25 as little as the variant
    that does not. Others are returned as they are.
    """
    if FIFTEEN not in molecule.tags or not {WILD_TYPE, BLIND} <= known.keys():
        return molecule
    wild, blind = known[WILD_TYPE], known[BLIND]
    own = {name: wild[name] for name in ("KD_alpha", "K8", "kon_alpha")} | {
        "factor_alpha": blind["factor_alpha"]
    }
    tags = tuple(AS_TWO if tag == FIFTEEN else tag for tag in molecule.tags)
    return replace(molecule, tags=tags, parameters={**molecule.parameters, **own})


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


def by_own_exponent(network: Network, molecule: Molecule) -> Network:
    """The exposure `network` with the clearance outside the kidney by the exponent of body weight that a molecule states.

        clearance = CLren (W/W_ref)^allometry + CLoth (W/W_ref)^catabolic_exponent

    At the reference weight nothing changes. The breakdown of what FcRn rescues depends less on size than flows do: the
    exponent is nearer to 1. The network as it is for a molecule that states none. Avery et al. 2016, mAbs 8:1064.
    """
    if OWN_EXPONENT not in molecule.parameters:
        return network
    sized = expr(f"CLren*flow_scale + CLoth*(weight/weight_reference)**{OWN_EXPONENT}")
    variables = tuple(replace(v, expression=sized) if v.id == "clearance" else v for v in network.variables)
    return replace(network, variables=variables).with_parameters([own(molecule[OWN_EXPONENT])])


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


def target(
    parameters: Mapping[str, Parameter], injected: Iterable[str], level: str, end: str = ""
) -> Network:
    """A target in lesions that holds the molecule there, still active, until the target is turned over.

    parameters: target_density (nM of lesion), target_kon, target_KD, target_turnover of the molecule; injected: labels of
    the depots of doses into these lesions, which fill the target as well; level: the state that these lesions see from
    plasma (nM); end: what names end in. Free names: `level`, and of a dose into a lesion LOC_tumour.

        dheld/dt = kon x (density - held) - kon KD held - turnover held        x: what the lesion sees unbound
    """
    held = f"held_tumour{end}"
    room = f"target_kon*max(target_density - {held}, 0)"
    reactions = [
        Reaction(
            f"hold{end}", {level: ONE}, {held: ONE}, expr(f"{room}*{level} - target_kon*target_KD*{held}")
        ),
        Reaction(f"turn_over{end}", {held: ONE}, {}, expr(f"target_turnover*{held}")),
    ]
    volume = expr("local_volume_tumour*size")
    reactions += [
        Reaction(
            f"hold_injected_{label}{end}",
            {f"LOC_{label}": volume},
            {held: ONE},
            expr(f"{room}*local_{label}"),
        )
        for label in injected
    ]
    names = (TARGETED, "target_kon", "target_KD", "target_turnover")
    part = equations(
        species=[Species(held, "nM", scale=1.0)],
        observables={f"IL2_held{end}": ("nM", held)},
        parameters=[own(parameters[name]) for name in names],
    )
    return part + Network(reactions=tuple(reactions))
