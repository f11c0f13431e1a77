"""Which mechanisms make up a patient: the only list of them, and where their free names meet."""

from __future__ import annotations

from dataclasses import dataclass

from leukin.biology.circulation import circulation
from leukin.biology.cytokines import cytokines
from leukin.biology.lymphocytes import lymphocytes
from leukin.biology.pharmacokinetics import pharmacokinetics
from leukin.biology.receptor_reduced import reduced_receptor
from leukin.biology.signalling import stat5
from leukin.biology.survival import survival
from leukin.biology.tumour import tumour
from leukin.biology.vascular_leak import vascular_leak
from leukin.catalog import Catalogue
from leukin.errors import AssemblyError, CatalogError, Problem
from leukin.network import Network
from leukin.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Site:
    """A cell type at one place: its label in names, the catalogue entry, the name shown, and the ligand that it sees."""

    label: str
    cell: str
    shown: str
    ligand: str


#: blood cells see a time share of plasma and tissue, cells of a tumour see the interleukin-2 there
BLOOD = (
    Site("treg", "treg", "treg", "L_treg"),
    Site("cd4_helper", "cd4-helper", "cd4-helper", "L_cd4_helper"),
    Site("cd8", "cd8", "cd8", "L_cd8"),
    Site("nk", "nk", "nk", "L_nk"),
)
TUMOUR = (
    Site("cd8_tumour", "cd8", "cd8-tumour", "IL2_tumour"),
    Site("cd8_activated_tumour", "cd8-activated", "cd8-activated", "IL2_tumour"),
)

#: covariates of the host that doses and physiology read
BODY_SIZE = ("weight", "height")


def network(catalogue: Catalogue, scenario: Scenario) -> Network:
    """The whole-body network of a scenario: exposure, receptors, lymphocytes, cytokines, leak, circulation, tumour.

    Raises AssemblyError with every name and unit problem of the result.
    """
    molecule = catalogue.molecule(the_molecule(scenario))
    host = catalogue.host(scenario.host)
    body = pharmacokinetics(catalogue.mechanism("pharmacokinetics").parameters)
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
    trafficking, signalling = (
        catalogue.mechanism("receptor-trafficking"),
        catalogue.mechanism("stat5-signalling"),
    )
    for site in sites:
        cell = catalogue.cell(site.cell)
        part = reduced_receptor(molecule, cell, trafficking) + stat5(cell, signalling)
        shared = part.parameters.keys() - cell.parameters.keys()
        body += part.bind({"L": site.ligand}).indexed(site.label, shared, site.shown)
    body = body.with_parameters(host.parameters[key] for key in BODY_SIZE)
    problems = body.check()
    if problems:
        raise AssemblyError(problems)
    return body


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
