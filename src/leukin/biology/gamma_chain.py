"""The gamma-c family: which chains each cytokine binds, and its complexes from one rule of assembly."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from leukin.catalog import Molecule
from leukin.errors import CatalogError, Problem
from leukin.network.motifs import Assembly
from leukin.quantity import Expr, Parameter, Source, name, number, parse

#: chain in names of species -> receptor number of the cell
CHAINS = {
    "alpha": "CD25", "beta": "CD122", "gamma": "CD132",
    "alpha15": "CD215", "alpha7": "CD127", "alpha4": "CD124", "alpha9": "CD129", "alpha21": "CD360",
}  # fmt: skip
ALPHA, BETA, GAMMA = "alpha", "beta", "gamma"
#: label of the ligand of a dish with one molecule; names of its constants carry no suffix
ONLY = "L"
#: tag of a molecule whose affinities nobody has measured
UNKNOWN = "affinity-unknown"
#: most arms that a molecule may have
ARMS = 2


@dataclass(frozen=True, slots=True)
class Family:
    """What a cytokine binds: its tag, anchors (chains that hold it from solution), the one that carries JAK1, the STAT
    that its complexes activate first, and whether they reach MAPK. Every complex is joined by gamma (JAK3)."""

    tag: str
    anchors: tuple[str, ...]
    jak1: str
    stat: str = "STAT5"
    mapk: bool = True

    @property
    def chains(self) -> tuple[str, ...]:
        """Anchors, then the shared chain."""
        return (*self.anchors, GAMMA)

    @property
    def constants(self) -> tuple[str, ...]:
        """Parameters of a molecule that the assembly needs."""
        dissociation = tuple(f"KD_{x}" for x in self.anchors)
        inner = ("K5", "K8", "ratio_4", "ratio_11") if len(self.anchors) > 1 else ("K_gamma",)
        return dissociation + inner + tuple(f"kon_{x}" for x in self.anchors)

    @property
    def factors(self) -> tuple[str, ...]:
        """Optional parameters of a molecule, 1 where it does not state them."""
        return (*(f"factor_{x}" for x in self.chains), *(("cooperativity",) if len(self.anchors) > 1 else ()))

    def signals(self, chains: Iterable[str]) -> bool:
        """Whether a complex of `chains` signals: it needs JAK1 and JAK3."""
        return {self.jak1, GAMMA} <= set(chains)


FAMILIES = (
    Family("il2-receptor", (ALPHA, BETA), BETA),
    Family("il15-receptor", ("alpha15", BETA), BETA),
    Family("il7-receptor", ("alpha7",), "alpha7", mapk=False),
    Family("il4-receptor", ("alpha4",), "alpha4", stat="STAT6"),
    Family("il9-receptor", ("alpha9",), "alpha9"),
    Family("il21-receptor", ("alpha21",), "alpha21", stat="STAT3"),
)


def family(molecule: Molecule) -> Family:
    """The receptor that a molecule binds: by its tag, else by the private chain whose affinity it states.

    Raises CatalogError for a molecule that binds none, for one whose affinities are unknown, and for every constant
    that is missing.
    """
    if UNKNOWN in molecule.tags:
        reason = f"no affinity of '{molecule.id}' for its receptor has been published"
        fix = (
            f'a file of yours with based_on = "{molecule.id}" and factor_alpha, factor_beta against wild type'
        )
        raise CatalogError(Problem(field=molecule.id, reason=reason, fix=fix))
    tagged = [f for f in FAMILIES if f.tag in molecule.tags]
    stated = molecule.parameters.keys()
    private = [f for f in FAMILIES if f"KD_{f.anchors[0]}" in stated]
    related = [f for f in FAMILIES if len(f.anchors) > 1 and stated & {"KD_beta", "K5", "K8"}]
    found = (tagged or private or related)[:1]
    if not found:
        reason = f"'{molecule.id}' states no affinity for a chain of the gamma-c family"
        fix = "KD_alpha and KD_beta, or a molecule of `leukin list molecules` that is a cytokine"
        raise CatalogError(Problem(field=molecule.id, reason=reason, fix=fix))
    missing = [key for key in found[0].constants if key not in stated]
    if missing:
        raise CatalogError([_missing(molecule, key) for key in missing])
    return found[0]


def _missing(molecule: Molecule, key: str) -> Problem:
    chain = key.partition("_")[2]
    what = f"affinity for {CHAINS[chain]}" if key.startswith("KD_") and chain in CHAINS else f"'{key}'"
    fix = f'add [parameters.{key}], or based_on = "il2" with factors against wild type'
    return Problem(field=f"{molecule.id}.{key}", reason=f"'{molecule.id}' states no {what}", fix=fix)


def suffix(label: str) -> str:
    """What the names of a ligand's constants and totals end in."""
    return "" if label == ONLY else f"_{label}"


def inner_constants(kind: Family, label: str = ONLY) -> dict[str, tuple[str, Expr]]:
    """Variables that the links of two anchors use: constants of wild type that stand as ratios to K5."""
    if len(kind.anchors) == 1:
        return {}
    end = suffix(label)
    return {
        f"{key}{end}": ("molecule/cell", parse(f"{ratio}{end}*K5{end}"))
        for key, ratio in (("K4", "ratio_4"), ("K11", "ratio_11"))
    }


def assembly(kind: Family, label: str = ONLY, wild: bool = False) -> Assembly:
    """The complexes of one arm of a ligand, in names of its constants and of `inner_constants`.

    For two anchors x (private) and beta the links make L.beta + gamma have the constant f_gamma K5, L.x + gamma
    f_gamma K4, L.x + beta f_beta K11/c and L.beta.gamma + x f_x K8/c (numbers of the reactions as in Farhat et al. 2021);
    f are the factors of a variant against its wild type (1 unless stated), c the co-operativity of the private chain: a
    change of shape that makes complexes with both anchors c times as stable. For one anchor, L.x + gamma has
    f_gamma K_gamma. wild: without factors.
    """
    gamma = frozenset((GAMMA,))
    anchors = {x: parse(f"factor_{x}*KD_{x}") for x in kind.anchors}
    first = frozenset((kind.anchors[0],))
    if len(kind.anchors) == 1:
        links = {first | gamma: parse("1/(factor_gamma*K_gamma)")}
    else:
        x, beta = kind.anchors[0], frozenset((BETA,))
        links = {
            beta | gamma: parse("1/(factor_gamma*K5)"),
            first | gamma: parse("1/(factor_gamma*K4)"),
            first | beta: parse(f"cooperativity*KD_{BETA}/K11"),
            first | beta | gamma: parse(f"factor_gamma*KD_{x}*K4*K11/(KD_{BETA}*K8)"),
        }
    names: dict[str, Expr] = {key: name(key + suffix(label)) for key in (*kind.constants, "K4", "K11")}
    names |= {key: number(1.0) if wild else name(key + suffix(label)) for key in kind.factors}
    return Assembly(
        label,
        {x: e.substitute(names) for x, e in anchors.items()},
        (GAMMA,),
        {key: e.substitute(names) for key, e in links.items()},
    )


def arms(molecule: Molecule) -> int:
    """How many arms a molecule has. Raises CatalogError unless it is one or two."""
    stated = molecule.parameters.get("valency")
    count = 1.0 if stated is None else stated.value
    if count not in (1.0, float(ARMS)):
        problem = Problem(field=f"{molecule.id}.valency", reason=f"{count:g} arms", fix="1 or 2")
        raise CatalogError(problem)
    if count > 1 and "crosslink" not in molecule.parameters:
        raise CatalogError(_missing(molecule, "crosslink"))
    return int(count)


def crosslink(label: str = ONLY) -> Expr:
    """The concentration that one chain of a cell is to the second arm of a bound molecule (nM cell/molecule)."""
    return name("crosslink" + suffix(label))


def ligand_parameters(molecule: Molecule, label: str = ONLY) -> list[Parameter]:
    """Constants of a molecule, and its factors, under the names that the assembly of `label` uses."""
    kind = family(molecule)
    plain = Source("definition", note="wild type")
    found = [molecule[key] for key in kind.constants]
    found += [molecule.parameters.get(key) or Parameter(key, 1.0, "1", plain) for key in kind.factors]
    if arms(molecule) > 1:
        found.append(molecule["crosslink"])
    return [replace(p, name=p.name + suffix(label)) for p in found]
