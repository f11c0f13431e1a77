"""Which mechanisms make up a patient: the only list of them, and where their free names meet."""

from __future__ import annotations

from dataclasses import dataclass

from leukin.biology.circulation import circulation
from leukin.biology.cytokines import cytokines
from leukin.biology.formats import RELEASED, SECRETED, TARGETED, release, target
from leukin.biology.homeostasis import kept
from leukin.biology.lymphocytes import lymphocytes
from leukin.biology.pharmacokinetics import pharmacokinetics
from leukin.biology.receptor_reduced import reduced_receptor
from leukin.biology.routes import Depot, depots, local_delivery, local_levels
from leukin.biology.signalling import stat5
from leukin.biology.survival import survival
from leukin.biology.translate import WILD_TYPE, in_host, of_host, of_molecule
from leukin.biology.tumour import tumour
from leukin.biology.vascular_leak import vascular_leak
from leukin.catalog import Catalogue, Molecule
from leukin.errors import AssemblyError, CatalogError, Problem
from leukin.network import Network
from leukin.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Site:
    """A cell type at one place: its label in names, the catalogue entry, the name shown, the ligand that it sees, and the
    share of its cells that interleukin-2 makes carry CD25."""

    label: str
    cell: str
    shown: str
    ligand: str
    inducible: str = "1"


#: parameter of the lymphocytes: of resting cells only some answer interleukin-2 with CD25
SOME = "inducible_share"


#: what cells of a lesion see; local doses and a target in the lesion add to it
IN_LESION = "IL2_tumour"
#: its part from plasma where there is more; a state and an observable never share a name and differ
FROM_PLASMA = "IL2_from_plasma"
#: blood cells see a time share of plasma and tissue, cells of a tumour see the interleukin-2 there
BLOOD = (
    Site("treg", "treg", "treg", "L_treg"),
    Site("cd4_helper", "cd4-helper", "cd4-helper", "L_cd4_helper", SOME),
    Site("cd8", "cd8", "cd8", "L_cd8", SOME),
    Site("nk", "nk", "nk", "L_nk", SOME),
)
TUMOUR = (
    Site("cd8_tumour", "cd8", "cd8-tumour", IN_LESION, SOME),
    Site("cd8_activated_tumour", "cd8-activated", "cd8-activated", IN_LESION),
)

#: covariates of the host that doses and physiology read
BODY_SIZE = ("weight", "height")


def network(catalogue: Catalogue, scenario: Scenario) -> Network:
    """The whole-body network of a scenario: exposure, receptors, lymphocytes, cytokines, leak, circulation, tumour.

    Raises AssemblyError with every name and unit problem of the result.
    """
    molecule = catalogue.molecule(the_molecule(scenario))
    host = catalogue.host(scenario.host)
    places = depots(dose.route for arm in scenario.arms for dose in arm.doses)
    body = exposure(catalogue, molecule, places)
    body += lymphocytes(catalogue.mechanism("lymphocytes").parameters)
    body += cytokines(catalogue.mechanism("cytokines").parameters)
    body += vascular_leak(catalogue.mechanism("vascular-leak").parameters)
    body += circulation(catalogue.mechanism("circulation").parameters)
    sites: tuple[Site, ...] = BLOOD
    if scenario.tumour:
        sites += TUMOUR
        immunity = catalogue.mechanism("tumour-immunity").parameters
        body += tumour(immunity, catalogue.tumour(scenario.tumour).parameters)
        body += survival(catalogue.mechanism("survival").parameters)
    body = of_molecule(of_host(body, host), molecule, catalogue)
    active = catalogue.molecule(WILD_TYPE) if RELEASED in molecule.parameters else molecule
    active = in_host(active, host)
    trafficking, signalling = (
        catalogue.mechanism("receptor-trafficking"),
        catalogue.mechanism("stat5-signalling"),
    )
    for site in sites:
        cell = catalogue.cell(site.cell)
        receptor = reduced_receptor(active, cell, trafficking).bind({"m": f"{site.inducible}*m"})
        part = receptor + stat5(cell, signalling)
        shared = part.parameters.keys() - cell.parameters.keys()
        ligand = lesion(molecule, places) if site.ligand == IN_LESION else site.ligand
        body += part.bind({"L": ligand}).indexed(site.label, shared, site.shown)
    body = kept(body.with_parameters(host.parameters[key] for key in BODY_SIZE), catalogue)
    problems = body.check()
    if problems:
        raise AssemblyError(problems)
    return body


def exposure(catalogue: Catalogue, molecule: Molecule, places: tuple[Depot, ...]) -> Network:
    """Exposure to a molecule by vein and skin, and by the depots `places` of local doses; a route that nobody takes, and
    a format that the molecule has not, adds nothing."""
    own = molecule.parameters
    local = catalogue.mechanism("local-delivery").parameters
    values = catalogue.mechanism("pharmacokinetics").parameters
    seen = lesion(molecule, places, IN_LESION)
    body = pharmacokinetics(values, RELEASED not in own, seen)
    for place in places:
        body += local_delivery(local, place, own if SECRETED in own else None)
    if RELEASED in own:
        body = release(body, own)
    if TARGETED in own:
        body += target(own, any(place.label == "tumour" for place in places))
    return body if seen == IN_LESION else body.rename({IN_LESION: FROM_PLASMA})


def lesion(molecule: Molecule, places: tuple[Depot, ...], from_plasma: str = FROM_PLASMA) -> str:
    """Expression of the interleukin-2 (nM) that cells of a lesion see: what comes from plasma, local doses, a target."""
    parts = [*local_levels(places), *(["held_tumour"] if TARGETED in molecule.parameters else [])]
    return " + ".join([from_plasma, *parts]) if parts else IN_LESION


def the_molecule(scenario: Scenario) -> str:
    """The one molecule that a scenario doses.

    Raises CatalogError when arms dose different molecules: that needs a receptor layer for each.
    """
    found = sorted({dose.molecule for arm in scenario.arms for dose in arm.doses})
    if len(found) > 1:
        raise CatalogError(
            Problem(
                field="molecule",
                reason=f"a trial of several molecules ({', '.join(found)})",
                fix="one trial each",
            )
        )
    if not found:
        raise AssemblyError(Problem(field="arm", reason="no dose in any arm", fix="add [[arm.dose]]"))
    return found[0]
