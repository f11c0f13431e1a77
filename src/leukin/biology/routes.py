"""Routes that are not through a vein or the skin: depots of their own, each only where a dose takes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from leukin.network import Network, Port, Reaction, Species, equations
from leukin.quantity import Parameter, number
from leukin.quantity.expression import expr

ONE = number(1.0)

NOT_MODELLED = (
    "lesions that are injected apart from those that are not: a local dose is shared by all",
    "interleukin-2 held in a lesion by its receptors: what a lesion takes up is not subtracted from the depot",
    "lesions in the peritoneum: a dose there reaches tumours through plasma alone",
    "spread of an injected dose within a lesion, and of several injection points beside it",
)


@dataclass(frozen=True, slots=True)
class Depot:
    """A place of local doses: its label in names, how doses enter it, the level that a lesion sees over its own."""

    label: str
    kind: str
    seen: str


LESION = Depot("tumour", "amount", "1")
BESIDE = Depot("peritumoural", "amount", "penetration_peritumoural")
PERITONEUM = Depot("peritoneum", "amount", "0")
REGION = Depot("region", "rate", "tumour_ratio")
DEPOTS: Mapping[str, Depot] = {
    "intratumoural": LESION,
    "intralesional": LESION,
    "peritumoural": BESIDE,
    "ip": PERITONEUM,
    "regional perfusion": REGION,
}


def depots(routes: Iterable[str]) -> tuple[Depot, ...]:
    """The depots that these routes fill, each once."""
    return tuple(dict.fromkeys(DEPOTS[route] for route in sorted(set(routes)) if route in DEPOTS))


def local_levels(places: Iterable[Depot]) -> list[str]:
    """Expressions of the interleukin-2 (nM) that each depot adds to what cells of a lesion see."""
    return [f"{place.seen}*local_{place.label}" for place in places if place.seen != "0"]


def local_delivery(
    parameters: Mapping[str, Parameter], place: Depot, vector: Mapping[str, Parameter] | None = None
) -> Network:
    """One depot of local doses, from which interleukin-2 is washed into plasma or destroyed where it is.

    parameters: the entries of mechanisms/local-delivery.toml; vector: those of an expression vector, which is then
    what is injected (EAID50) and secretes interleukin-2 into the depot until its cells are gone. Free names: A1 (nmol),
    size and rate_scale of the exposure.

        dLOC/dt = dose + secretion VEC - (washout + loss) LOC        dA1/dt = ... + washout LOC        dVEC/dt = dose - loss VEC
    """
    label, amount = place.label, f"LOC_{place.label}"
    names = [f"{word}_{label}" for word in ("washout", "local_loss", "local_volume", "penetration", "rate")]
    known = [own(parameters[name]) for name in names if name in parameters]
    washed = expr(f"washout_{label}*rate_scale*{amount}")
    network = equations(
        species=[Species(amount, "nmol", scale=1.0)],
        variables={f"local_{label}": ("nM", f"{amount}/(local_volume_{label}*size)")},
        observables={f"IL2_local.{label}": ("nM", f"local_{label}")},
        parameters=known,
    )
    reactions = [
        Reaction(f"wash_out_{label}", {amount: ONE}, {"A1": ONE}, washed),
        Reaction(f"destroy_{label}", {amount: ONE}, {}, expr(f"local_loss_{label}*rate_scale*{amount}")),
    ]
    if place.kind == "rate":
        reactions.append(Reaction(f"run_in_{label}", {}, {amount: ONE}, expr(f"rate_{label}")))
    routes = [route for route, depot in DEPOTS.items() if depot == place]
    target = f"rate_{label}" if place.kind == "rate" else amount
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


def own(parameter: Parameter) -> Parameter:
    """The parameter with its value alone: a formula over other entries means nothing in a network."""
    return parameter.with_value(parameter.value) if parameter.formula else parameter
