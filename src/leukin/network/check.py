"""One check of a network that reports all name, unit and conservation issues together."""

from __future__ import annotations

import re
from collections.abc import Mapping

from leukin.errors import AssemblyError, Problem, UnitError, nearest
from leukin.network.model import RUN_IN, Network
from leukin.quantity import Expr, Unit, unit

HOUR = unit("h")
ONE = Unit(1.0)


def check(network: Network) -> list[Problem]:
    """Names that are missing or malformed, and expressions whose unit is not what their place needs.

    Returns an empty list when nothing is wrong. Conservation: in a reaction whose species all say what they contain,
    and that has both sides, every moiety must be as often on the left as on the right.
    """
    problems = _names(network) + _conservation(network)
    units = _units(network, problems)
    if problems:
        return problems
    for species in network.species:
        _expect(problems, f"initial value of {species.id}", species.initial, unit(species.unit), units)
    for variable in network.variables_in_order():
        _expect(problems, variable.id, variable.expression, unit(variable.unit), units)
    for observable in network.observables:
        _expect(problems, observable.name, observable.expression, unit(observable.unit), units)
    for reaction in network.reactions:
        for side in (reaction.reactants, reaction.products):
            for key, coefficient in side.items():
                flux = coefficient * reaction.rate
                _expect(problems, f"reaction {reaction.id}, {key}", flux, units[key] / HOUR, units)
    for baseline in network.baselines:
        _expect(
            problems, f"baseline {baseline.parameter}", baseline.expression, units[baseline.parameter], units
        )
    for extinction in network.extinctions:
        _expect(
            problems,
            f"extinction of {extinction.species}",
            extinction.threshold,
            units[extinction.species],
            units,
        )
    return problems


def _names(network: Network) -> list[Problem]:
    problems = [
        Problem(field=key, reason="is used but defined nowhere", fix=nearest(key, network.defined))
        for key in sorted(network.free_names)
    ]
    for key in sorted(network.defined | {r.id for r in network.reactions}):
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", key):
            problems.append(Problem(field=key, reason="is not a valid name", fix="letters, digits and _"))
    states = {s.id for s in network.species}
    targets = [(f"reaction {r.id}", key) for r in network.reactions for key in (*r.reactants, *r.products)]
    targets += [(f"extinction of {e.species}", e.species) for e in network.extinctions]
    targets += [(f"port {p.route}", p.target) for p in network.ports if p.kind == "amount"]
    problems += [
        Problem(field=place, reason=f"'{key}' is not a species", fix=nearest(key, states))
        for place, key in targets
        if key not in states
    ]
    inputs = [(f"port {p.route}", p.target) for p in network.ports if p.kind == "rate"]
    inputs += [("baseline", b.parameter) for b in network.baselines]
    problems += [
        Problem(field=place, reason=f"'{key}' is not a parameter", fix=nearest(key, network.parameters))
        for place, key in inputs
        if key not in network.parameters
    ]
    return problems


def _conservation(network: Network) -> list[Problem]:
    contains = {s.id: s.contains for s in network.species}
    problems = []
    for reaction in network.reactions:
        sides = (reaction.reactants, reaction.products)
        if not all(sides) or not all(contains.get(key) for side in sides for key in side):
            continue
        counts: list[dict[str, int]] = [{}, {}]
        for side, count in zip(sides, counts, strict=True):
            for key in side:
                for moiety, n in contains[key].items():
                    count[moiety] = count.get(moiety, 0) + n
        for moiety in sorted(counts[0].keys() | counts[1].keys()):
            left, right = counts[0].get(moiety, 0), counts[1].get(moiety, 0)
            if left != right:
                reason = f"has {moiety} {left} times on the left and {right} times on the right"
                problems.append(Problem(field=f"reaction {reaction.id}", reason=reason))
    return problems


def _units(network: Network, problems: list[Problem]) -> dict[str, Unit]:
    table: dict[str, Unit] = {RUN_IN: ONE}
    named = [(s.id, s.unit) for s in network.species] + [(v.id, v.unit) for v in network.variables]
    named += [(key, p.unit) for key, p in network.parameters.items()]
    for key, text in [*named, *((o.name, o.unit) for o in network.observables)]:
        try:
            table[key] = unit(text)
        except UnitError as error:
            problems += [Problem(field=key, reason=p.reason, fix=p.fix) for p in error.problems]
    return table


def _expect(
    problems: list[Problem], place: str, expression: Expr, wanted: Unit, units: Mapping[str, Unit]
) -> None:
    try:
        found = dimension(expression, units)
    except UnitError as error:
        problems += [Problem(field=place, reason=p.reason, fix=p.fix) for p in error.problems]
        return
    if found is not None and not found.same_dimension(wanted):
        problems.append(
            Problem(field=place, reason=f"unit is {found}, expected {wanted}", fix=f"in: {expression}")
        )


def dimension(e: Expr, units: Mapping[str, Unit]) -> Unit | None:
    """The unit of an expression (its factor is not meaningful); None for a literal zero, which fits any unit.

    Raises UnitError where a sum mixes dimensions or a function gets a quantity that has one.
    """
    if e.op == "number":
        return None if e.args[0] == 0 else ONE
    if e.op == "name":
        if e.args[0] not in units:
            raise AssemblyError(Problem(field=e.args[0], reason="has no unit"))
        return units[e.args[0]]
    parts = [dimension(arg, units) for arg in e.args]
    first = parts[0]
    if e.op in ("add", "sub", "max", "min"):
        second = parts[1]
        if first is None or second is None:
            return second if first is None else first
        if not first.same_dimension(second):
            raise UnitError(Problem(reason=f"'{e}' mixes {first} and {second}"))
        return first
    if e.op == "mul":
        return None if None in parts else first * parts[1]  # type: ignore[operator]
    if e.op == "div":
        return None if first is None else first / (parts[1] or ONE)
    if e.op == "neg":
        return first
    if e.op == "sqrt":
        return None if first is None else first**0.5
    if e.op == "pow":
        return _power(e, first, parts[1])
    if first is not None and first.powers:
        raise UnitError(
            Problem(reason=f"{e.op} of a quantity in {first}: '{e}'", fix="divide it by a reference first")
        )
    return ONE


def _power(e: Expr, base: Unit | None, exponent: Unit | None) -> Unit | None:
    if exponent is not None and exponent.powers:
        raise UnitError(Problem(reason=f"exponent in {exponent}: '{e}'"))
    if base is None or not base.powers:
        return base and ONE
    power = e.args[1]
    if power.op == "neg" and power.args[0].op == "number":
        return base ** -power.args[0].args[0]
    if power.op == "div" and all(arg.op == "number" for arg in power.args):
        return base ** (power.args[0].args[0] / power.args[1].args[0])
    if power.op != "number":
        raise UnitError(Problem(reason=f"quantity in {base} to a power that is not a number: '{e}'"))
    return base ** power.args[0]
