"""Small parts of one line each: a flow, a source, a loss, a binding step, a saturable rate, a delay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from leukin.network.model import Network, Reaction, Species
from leukin.quantity import Expr, name, number
from leukin.quantity.expression import Operand, expr

ONE = number(1.0)


def flow(source: str, target: str, rate: Operand) -> Network:
    """First-order flow of `source` into `target` at `rate` (1/h)."""
    return Network(
        reactions=(
            Reaction(f"{source}_to_{target}", {source: ONE}, {target: ONE}, expr(rate) * name(source)),
        )
    )


def synthesis(target: str, made: Operand) -> Network:
    """Production of `target`: `made` in its unit per hour."""
    return Network(reactions=(Reaction(f"make_{target}", {}, {target: ONE}, expr(made)),))


def degradation(source: str, rate: Operand, counted: str | None = None) -> Network:
    """First-order loss of `source` at `rate` (1/h), added up in the species `counted` if one is given."""
    products = {counted: ONE} if counted else {}
    return Network(
        reactions=(Reaction(f"lose_{source}", {source: ONE}, products, expr(rate) * name(source)),)
    )


def binding(
    label: str, left: Mapping[str, Operand], right: str, forward: Operand, backward: Operand
) -> Network:
    """Reversible step from `left` (species -> stoichiometric coefficient) to `right` with both rates written out."""
    reactants = {key: expr(coefficient) for key, coefficient in left.items()}
    return Network(reactions=(Reaction(label, reactants, {right: ONE}, expr(forward) - expr(backward)),))


def hill(x: Operand, half: Operand, power: Operand = 1.0) -> Expr:
    """x^n/(K^n + x^n), written so that x = 0 is harmless."""
    ratio = expr(x) / expr(half)
    raised = ratio if expr(power) == ONE else ratio ** expr(power)
    return raised / (1.0 + raised)


def transit(
    stages: Iterable[str], source: Operand, rate: Operand, unit: str = "1", scale: float = 1.0
) -> Network:
    """A chain of delays: each of `stages` relaxes at `rate` (1/h) towards the one before, the first to `source`."""
    before, reactions, species = expr(source), [], []
    for stage in stages:
        reactions.append(Reaction(f"change_{stage}", {}, {stage: ONE}, expr(rate) * (before - name(stage))))
        species.append(Species(stage, unit, scale=scale))
        before = name(stage)
    return Network(species=tuple(species), reactions=tuple(reactions))
