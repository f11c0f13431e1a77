"""Routes that are not through a vein or the skin: depots of their own, each only where a dose takes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from leukin.catalog.routes import ALL_LESIONS, LESIONS
from leukin.network import Network, Observable, Port, Reaction, Species, Variable, equations
from leukin.quantity import Parameter, number
from leukin.quantity.expression import expr
from leukin.scenario import entry

ONE = number(1.0)
#: volume of lymph nodes in which an injected dose is diluted on its way to blood
NODE = "V_node"

NOT_MODELLED = (
    "a dose for all lesions divided among them: each sees the level of one depot that holds the whole dose",
    "a dose into a lesion that a patient has not: it reaches plasma all the same",
    "interleukin-2 held in a lesion by its receptors: what a lesion takes up is not subtracted from the depot",
    "lesions in the peritoneum: a dose there reaches tumours through plasma alone",
    "spread of an injected dose within a lesion, and of several injection points beside it",
    "cells of the lymph nodes that drain a dose: the level there is shown, and acts on nothing; which share of cells is in them and"
    " for how long has no figure, though growth by skin as large as by vein (figure F124) may need it",
)


@dataclass(frozen=True, slots=True)
class Depot:
    """A place of local doses: its label in parameters, how doses enter it, the level that a lesion sees over its own, where
    what is washed out goes, and the lesion that it is for (0: all).
    """

    place: str
    kind: str
    seen: str
    into: str = "A1"
    lesion: int = ALL_LESIONS

    @property
    def label(self) -> str:
        """Its label in names of states: that of the place, with the lesion where it is not the usual one."""
        usual = USUAL_LESION if self.place in FOR_A_LESION else ALL_LESIONS
        return self.place if self.lesion == usual else f"{self.place}_{lesion_word(self.lesion)}"


#: places that are of one lesion each; the lesion of a dose that names none, the largest
FOR_A_LESION, USUAL_LESION = ("tumour", "peritumoural"), 1
LESION = Depot("tumour", "amount", "1", lesion=USUAL_LESION)
BESIDE = Depot("peritumoural", "amount", "penetration_peritumoural", "Ly", USUAL_LESION)
PERITONEUM = Depot("peritoneum", "amount", "0")
REGION = Depot("region", "rate", "tumour_ratio")
DEPOTS: Mapping[str, Depot] = {
    "intratumoural": LESION,
    "intralesional": LESION,
    "peritumoural": BESIDE,
    "ip": PERITONEUM,
    "regional perfusion": REGION,
}
#: the same for the port of every dose, which names its lesion
ENTRIES: Mapping[str, Depot] = {
    **DEPOTS,
    **{
        entry(route, lesion): replace(depot, lesion=lesion)
        for route, depot in DEPOTS.items()
        if depot.place in FOR_A_LESION
        for lesion in range(ALL_LESIONS, LESIONS + 1)
    },
}
#: routes from which interleukin-2 passes through lymph nodes
THROUGH_LYMPH = ("sc", "im", *(name for name, depot in ENTRIES.items() if depot.into == "Ly"))


def lesion_word(lesion: int) -> str:
    """A lesion in names."""
    return f"lesion{lesion}" if lesion else "all"


def depots(entries: Iterable[str]) -> tuple[Depot, ...]:
    """The depots that doses by these ports fill, each once."""
    return tuple(dict.fromkeys(ENTRIES[name] for name in sorted(set(entries)) if name in ENTRIES))


def local_levels(places: Iterable[Depot]) -> list[str]:
    """Expressions of the interleukin-2 (nM) that each depot adds to what cells of a lesion see."""
    return [f"{place.seen}*local_{place.label}" for place in places if place.seen != "0"]


@dataclass(frozen=True, slots=True)
class Exposed:
    """Lesions that see the same: their numbers, the depots that they see, and what names of theirs end in."""

    lesions: tuple[int, ...]
    places: tuple[Depot, ...]
    end: str


def exposed(places: Iterable[Depot]) -> tuple[Exposed, ...]:
    """Lesions by what they see: first those of the lowest number that a dose names (else all), then the others.

    Names of the first end in nothing, those of lesions that no dose names in "_distant".
    """
    known = tuple(places)
    groups: dict[tuple[Depot, ...], list[int]] = {}
    for lesion in range(1, LESIONS + 1):
        seen = tuple(place for place in known if place.lesion in (ALL_LESIONS, lesion))
        groups.setdefault(seen, []).append(lesion)
    own = lambda seen: any(place.lesion != ALL_LESIONS for place in seen)  # noqa: E731
    ordered = sorted(groups.items(), key=lambda item: (not own(item[0]), item[1]))
    ends = ["", *(f"_{lesion_word(of[0])}" if own(seen) else "_distant" for seen, of in ordered[1:])]
    return tuple(Exposed(tuple(of), seen, end) for (seen, of), end in zip(ordered, ends, strict=True))


def local_delivery(
    parameters: Mapping[str, Parameter], place: Depot, vector: Mapping[str, Parameter] | None = None
) -> Network:
    """One depot of local doses, from which interleukin-2 is washed into plasma or lymph, or destroyed where it is.

    parameters: the entries of mechanisms/local-delivery.toml; vector: those of an expression vector, which is then
    what is injected (EAID50) and secretes interleukin-2 into the depot until its cells are gone. Free names: A1 and Ly
    (nmol), size and rate_scale of the exposure.

        dLOC/dt = dose + secretion VEC - (washout + loss) LOC        dA1/dt = ... + washout LOC        dVEC/dt = dose - loss VEC

    What is injected beside a lesion is washed into the lymph, Ly, and reaches plasma through it.
    """
    label, where, amount = place.label, place.place, f"LOC_{place.label}"
    names = [f"{word}_{where}" for word in ("washout", "local_loss", "local_volume", "penetration", "rate")]
    known = [own(parameters[name]) for name in names if name in parameters]
    washed = expr(f"washout_{where}*rate_scale*{amount}")
    network = equations(
        species=[Species(amount, "nmol", scale=1.0)],
        variables={f"local_{label}": ("nM", f"{amount}/(local_volume_{where}*size)")},
        observables={f"IL2_local.{label}": ("nM", f"local_{label}")},
        parameters=known,
    )
    reactions = [
        Reaction(f"wash_out_{label}", {amount: ONE}, {place.into: ONE}, washed),
        Reaction(f"destroy_{label}", {amount: ONE}, {}, expr(f"local_loss_{where}*rate_scale*{amount}")),
    ]
    if place.kind == "rate":
        reactions.append(Reaction(f"run_in_{label}", {}, {amount: ONE}, expr(f"rate_{where}")))
    routes = [name for name, depot in ENTRIES.items() if depot == place]
    target = f"rate_{where}" if place.kind == "rate" else amount
    if vector is None:
        ports = [Port(route, target, place.kind) for route in routes]  # type: ignore[arg-type]
        return network + Network(reactions=tuple(reactions), ports=tuple(ports))
    cells = f"VEC_{label}"
    reactions += [
        Reaction(f"secrete_{label}", {}, {amount: ONE}, expr(f"secretion*{cells}")),
        Reaction(f"lose_{cells}", {cells: ONE}, {}, expr(f"expression_loss*{cells}")),
    ]
    return network + Network(
        species=(Species(cells, "EAID50", scale=1e6),),
        reactions=tuple(reactions),
        parameters={name: own(vector[name]) for name in ("secretion", "expression_loss")},
        ports=tuple(Port(route, cells, "amount") for route in routes),
    )


def draining_node(parameters: Mapping[str, Parameter]) -> Network:
    """Interleukin-2 in the lymph nodes that drain the place of an injection under the skin or beside a lesion.

    parameters: the entries of mechanisms/local-delivery.toml. Free names: Ly (nmol) and size of the exposure. Nothing
    reads it: a level to look at. Growth was fitted with what cells see of plasma and tissue alone, by skin as by vein.

        node = Ly/V_node
    """
    return Network(
        parameters={NODE: own(parameters[NODE])},
        variables=(Variable("node", "nM", expr(f"Ly/({NODE}*size)")),),
        observables=(Observable("IL2_node", "nM", expr("node")),),
    )


def own(parameter: Parameter) -> Parameter:
    """The parameter with its value alone: a formula over other entries means nothing in a network."""
    return parameter.with_value(parameter.value) if parameter.formula else parameter
