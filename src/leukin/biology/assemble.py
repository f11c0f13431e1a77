"""Which mechanisms make up a patient: the only list of them, and where their free names meet."""

from __future__ import annotations

from dataclasses import dataclass, replace

from leukin.biology.blood_counts import blood_counts
from leukin.biology.circulation import circulation
from leukin.biology.cytokines import cytokines
from leukin.biology.formats import RELEASED, SECRETED, TARGETED, WILD_TYPE, by_beta_gamma, release, target
from leukin.biology.homeostasis import kept
from leukin.biology.interventions import acted_on
from leukin.biology.lung import lung
from leukin.biology.lymphocytes import lymphocytes
from leukin.biology.pharmacokinetics import pharmacokinetics
from leukin.biology.receptor_reduced import reduced_receptor
from leukin.biology.receptor_resident import resident_receptor
from leukin.biology.routes import (
    LESION,
    THROUGH_LYMPH,
    Depot,
    Exposed,
    depots,
    draining_node,
    exposed,
    local_delivery,
    local_levels,
)
from leukin.biology.signalling import stat5
from leukin.biology.survival import survival
from leukin.biology.translate import in_host, of_host, of_molecule
from leukin.biology.tumour import tumour
from leukin.biology.vascular_leak import vascular_leak
from leukin.catalog import Catalogue, Molecule
from leukin.errors import AssemblyError, CatalogError, Problem
from leukin.network import Network, Species, equations
from leukin.quantity import parse
from leukin.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Site:
    """A cell type at one place: its label in names, the catalogue entry, the name shown, the ligand that it sees, the
    share of its cells that interleukin-2 makes carry CD25, how many of its cells are born per cell and hour, and the
    site whose receptor numbers it shares ("": its own)."""

    label: str
    cell: str
    shown: str
    ligand: str
    inducible: str = "1"
    born: str = "0"
    same: str = ""


#: parameter of the lymphocytes: of resting cells only some answer interleukin-2 with CD25
SOME = "inducible_share"


#: what cells of a lesion see; local doses and a target in the lesion add to it
IN_LESION = "IL2_tumour"
#: its part from plasma where there is more; a state and an observable never share a name and differ
FROM_PLASMA = "IL2_from_plasma"
#: blood cells see a time share of plasma and tissue, cells of a tumour see the interleukin-2 there
BLOOD = (
    Site("treg", "treg", "treg", "L_treg", born="born_treg"),
    Site("cd4_helper", "cd4-helper", "cd4-helper", "L_cd4_helper", SOME, "born_cd4"),
    Site("cd8", "cd8", "cd8", "L_cd8", SOME, "born_cd8"),
    Site("nk", "nk", "nk", "L_nk", SOME, "born_nk"),
    Site("b", "b-resting", "b", "L_b", SOME, "born_b"),
)
TUMOUR = (
    Site("cd8_tumour", "cd8", "cd8-tumour", IN_LESION, SOME),
    Site("cd8_activated_tumour", "cd8-activated", "cd8-activated", IN_LESION),
)

#: the two fidelities of the receptor, by the word that stands in a trial
FORMS = {"reduced": reduced_receptor, "full": resident_receptor}

#: covariates of the host that doses and physiology read
BODY_SIZE = ("weight", "height")


def network(catalogue: Catalogue, scenario: Scenario) -> Network:
    """The whole-body network of a scenario: exposure, receptors, lymphocytes, cytokines, leak, circulation, tumour.

    Raises AssemblyError with every name and unit problem of the result.
    """
    molecule = by_beta_gamma(catalogue.molecule(the_molecule(scenario)), catalogue.molecules)
    host = catalogue.host(scenario.host)
    entries = {dose.entry for arm in scenario.arms for dose in arm.doses}
    places = depots(entries)
    lesions = exposed(places)
    body = exposure(catalogue, molecule, places)
    if entries.intersection(THROUGH_LYMPH):
        body += draining_node(catalogue.mechanism("local-delivery").parameters)
    body += lymphocytes(catalogue.mechanism("lymphocytes").parameters)
    body += cytokines(catalogue.mechanism("cytokines").parameters)
    body += vascular_leak(catalogue.mechanism("vascular-leak").parameters)
    body += circulation(catalogue.mechanism("circulation").parameters)
    body += lung(catalogue.mechanism("lung").parameters)
    body += blood_counts(catalogue.mechanism("blood-counts").parameters)
    sites: tuple[Site, ...] = BLOOD
    if scenario.tumour:
        sites += tuple(_site_of(site, group) for group in lesions for site in TUMOUR)
        immunity = catalogue.mechanism("tumour-immunity").parameters
        ends = {number: group.end for group in lesions for number in group.lesions}
        body += tumour(immunity, catalogue.tumour(scenario.tumour).parameters, ends=ends)
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
        receptor = FORMS[scenario.receptor](active, cell, trafficking, site.born)
        receptor = receptor.bind({"m": f"{site.inducible}*m"})
        part = receptor + stat5(cell, signalling)
        shared = part.parameters.keys() - cell.parameters.keys()
        level = {f"{IN_LESION}{group.end}": lesion(molecule, group) for group in lesions}
        part = part.bind({"L": level.get(site.ligand, site.ligand)}).indexed(site.label, shared, site.shown)
        body += part.rename(
            {f"{key}_{site.label}": f"{key}_{site.same}" for key in cell.parameters if site.same}
        )
    body = kept(body.with_parameters(host.parameters[key] for key in BODY_SIZE), catalogue)
    body = acted_on(body, {change.cytokine for arm in scenario.arms for change in arm.cytokines})
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
    first, *others = exposed(places)
    seen = lesion(molecule, first, IN_LESION)
    body = pharmacokinetics(values, RELEASED not in own, seen)
    for place in places:
        body += local_delivery(local, place, own if SECRETED in own else None)
    if RELEASED in own:
        body = release(body, own)
    if TARGETED in own:
        body += target(own, _injected(first), IN_LESION)
    if seen != IN_LESION:
        body = body.rename({IN_LESION: FROM_PLASMA})
    for group in others:
        body += equations(observables={f"{IN_LESION}{group.end}": ("nM", lesion(molecule, group))})
        if TARGETED in own:  # what a target holds is missing in these lesions alone
            state = f"{FROM_PLASMA}{group.end}"
            body += equations(
                species=[Species(state, "nM", parse("tumour_ratio*I0"), scale=1.0)],
                rates={state: f"tumour_exchange*(tumour_ratio*C1 - {state})"},
            )
            body += target(own, _injected(group), state, group.end)
    return body


def _injected(group: Exposed) -> list[str]:
    """Labels of the depots inside these lesions."""
    return [place.label for place in group.places if place.place == LESION.place]


def _site_of(site: Site, group: Exposed) -> Site:
    """A cell type in these lesions; its receptor numbers are those of the first."""
    if not group.end:
        return site
    return replace(
        site,
        label=f"{site.label}{group.end}",
        shown=f"{site.shown}{group.end.replace('_', '-')}",
        ligand=f"{site.ligand}{group.end}",
        same=site.label,
    )


def lesion(molecule: Molecule, group: Exposed, from_plasma: str = FROM_PLASMA) -> str:
    """Expression of the interleukin-2 (nM) that cells of these lesions see: from plasma, local doses, a target."""
    targeted = TARGETED in molecule.parameters
    parts = [*local_levels(group.places), *([f"held_tumour{group.end}"] if targeted else [])]
    if group.end:
        return " + ".join([f"{from_plasma}{group.end}" if targeted else from_plasma, *parts])
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
