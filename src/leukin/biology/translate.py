"""From the values of a reference adult and drug to those of another species and another molecule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from leukin.biology import circulation, lung, pharmacokinetics
from leukin.biology.formats import WILD_TYPE, by_own_exponent, clearances
from leukin.biology.pharmacokinetics import size_factor
from leukin.catalog import Catalogue, Host, Molecule
from leukin.network import Network
from leukin.quantity import Parameter, from_canonical

#: the molecule whose clearance stands in the mechanism
REFERENCE = "aldesleukin"
#: constants of chains like CD25 that are not on lymphocytes: they bind a variant as much weaker as CD25 does
LIKE_CD25 = ("KD_sR", "EC_alpha")
#: units of states that go with the size of a body, and the ratio of weights that is still the same size
EXTENSIVE, SAME_SIZE = ("nmol", "L", "g"), 2.0
#: ratio of the potency of human interleukin-2 in a host to that in man
CROSS_REACTIVITY = "cross_reactivity"
#: how the equations scale the parameters of a body with its weight
SCALED = {**pharmacokinetics.SCALED, **circulation.SCALED, **lung.SCALED}

NOT_MODELLED = (
    "animals: EC50, receptor numbers and rates of cells are those of man, and so are the limits of the toxicity grades",
    "animals: growth, loss, activation, adaptation and delays of cells by size: cells divide no faster in a small body, and with"
    " rates by weight the leak of mouse lungs no longer rises from day to day as measured (figure F100)",
    "animals: levels of cytokines, the gains of leak, of pressure and of the kidney, clearance of fluid from the lung, and the care"
    " of the ward are those of man; a mouse may cool where man has fever",
)


def placed(own: Parameter, given: Parameter, value: float) -> Parameter:
    """`own` with the canonical `value`, and the source and spreads of `given` where it states any."""
    rse, iiv = given.rse_scale > 0, given.iiv_scale > 0
    return replace(
        own,
        value=float(from_canonical(value, own.unit)),
        source=given.source,
        dist=given.dist if rse or iiv else own.dist,
        rse=given.rse if rse else own.rse,
        rse_sd=given.rse_sd if rse else own.rse_sd,
        iiv=given.iiv if iiv else own.iiv,
        iiv_sd=given.iiv_sd if iiv else own.iiv_sd,
        formula=None,
    )


def of_host(network: Network, host: Host) -> Network:
    """The network with the values that a host states of its own.

    A host states values of its own size; the equations scale values of the reference weight, so each is divided by
    the factor that they will apply: a value translated by the same rule changes nothing, a measured one takes effect.
    """
    known = network.parameters
    weight = host["weight"].canonical
    own = {
        name: placed(known[name], given, given.canonical / size_factor(name, weight, known, SCALED))
        for name, given in host.parameters.items()
        if name in known
    }
    return _sized(network.with_parameters(own.values()), weight / known["weight_reference"].canonical)


def _sized(network: Network, ratio: float) -> Network:
    """Typical magnitudes of amounts and volumes for a body of another order of size: they set the solver's tolerance."""
    if 1 / SAME_SIZE < ratio < SAME_SIZE:
        return network
    return replace(
        network,
        species=tuple(
            replace(s, scale=s.scale * ratio) if s.unit in EXTENSIVE and not s.index else s
            for s in network.species
        ),
    )


def of_molecule(network: Network, molecule: Molecule, catalogue: Catalogue) -> Network:
    """The network with the clearance, exchange and absorption that a molecule states of its own (at 70 kg), with its
    clearance by size, rescue and body weight, and with soluble and endothelial CD25 that bind it as its affinity says."""
    known = network.parameters
    changed = {
        name: placed(known[name], given, given.canonical)
        for name, given in molecule.parameters.items()
        if name in known
    }
    formats = catalogue.mechanism("molecule-formats")
    found = clearances(molecule, catalogue.molecule(REFERENCE), formats)
    if found:
        cleared = molecule["catabolism"]
        kidney = known["CLren"]
        changed["CLren"] = kidney.with_value(kidney.value * found["CLren"])
        changed["CLoth"] = placed(known["CLoth"], cleared, found["CLoth"])
    weaker = _weaker(molecule, catalogue.molecules)
    if weaker != 1.0:
        for name in LIKE_CD25:
            if name in known:
                changed[name] = known[name].with_value(known[name].value * weaker)
    return by_own_exponent(network.with_parameters(changed.values()) if changed else network, molecule)


def _weaker(molecule: Molecule, molecules: Mapping[str, Molecule]) -> float:
    """Dissociation constant for CD25 over that of wild-type interleukin-2."""
    wild = molecules.get(WILD_TYPE)
    if wild is None or "KD_alpha" not in molecule.parameters:
        return 1.0
    factor = molecule.parameters.get("factor_alpha")
    weaker = 1.0 if factor is None else factor.canonical
    return weaker * molecule["KD_alpha"].canonical / wild["KD_alpha"].canonical


def in_host(molecule: Molecule, host: Host) -> Molecule:
    """The molecule as the host's receptors see it: association rates times the cross-reactivity, affinities likewise.

    All concentrations that matter shift by the same factor. A molecule with the host's own sequence (a tag with the
    host's id) is seen as man sees his.
    """
    if CROSS_REACTIVITY not in host.parameters or host.id in molecule.tags:
        return molecule
    factor = host[CROSS_REACTIVITY].canonical
    if factor == 1.0:
        return molecule
    powers = {"KD_alpha": -1.0, "KD_beta": -1.0, "kon_alpha": 1.0, "kon_beta": 1.0}
    moved = {
        name: p.with_value(p.value * factor ** powers[name])
        for name, p in molecule.parameters.items()
        if name in powers
    }
    return replace(molecule, parameters={**molecule.parameters, **moved})
