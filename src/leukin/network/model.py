"""The parts of a network and their composition; a network is immutable, `a + b` merges two."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from leukin.errors import AssemblyError, Problem
from leukin.quantity import Expr, Parameter, number
from leukin.quantity.expression import Operand, expr

#: reserved parameter: 1 during the untreated run-in, else 0
RUN_IN = "run_in"
ZERO = number(0.0)


@dataclass(frozen=True, slots=True)
class Species:
    """A state: its id, its unit, its initial value (canonical), its typical magnitude `scale` in `unit`, the index of
    the repeated part that it belongs to (a cell, a lesion) or "", and what it `contains` (moiety -> count), from which
    the check proves that reactions lose nothing."""

    id: str
    unit: str
    initial: Expr = ZERO
    scale: float = 1.0
    index: str = ""
    contains: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reaction:
    """A reaction: species -> stoichiometric coefficient on both sides, and its full rate law.

    A coefficient is an expression: the bridge between a membrane (molecules a cell) and a fluid (nM) is one.
    """

    id: str
    reactants: Mapping[str, Expr]
    products: Mapping[str, Expr]
    rate: Expr


@dataclass(frozen=True, slots=True)
class Variable:
    """A named algebraic quantity of states, parameters and other variables."""

    id: str
    unit: str
    expression: Expr


@dataclass(frozen=True, slots=True)
class Observable:
    """What a user sees: a name (dots allowed), the unit shown, and the expression."""

    name: str
    unit: str
    expression: Expr


@dataclass(frozen=True, slots=True)
class Port:
    """Where a dose enters: by `route`, as a rate (parameter, nmol/h) or as an amount (species, nmol)."""

    route: str
    target: str
    kind: Literal["rate", "amount"]


@dataclass(frozen=True, slots=True)
class Baseline:
    """A parameter that is set to `expression` at the end of the untreated run-in."""

    parameter: str
    expression: Expr


@dataclass(frozen=True, slots=True)
class Extinction:
    """A species that becomes zero at the moment it falls below `threshold` (an expression of parameters)."""

    species: str
    threshold: Expr


@dataclass(frozen=True, slots=True)
class Network:
    """Species, reactions, parameters and what belongs to them; immutable.

    `a + b` merges; `.indexed("treg")` makes one copy of a repeated part; `.bind({"L": "C1"})` resolves free names.
    """

    species: tuple[Species, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    variables: tuple[Variable, ...] = ()
    observables: tuple[Observable, ...] = ()
    ports: tuple[Port, ...] = ()
    baselines: tuple[Baseline, ...] = ()
    extinctions: tuple[Extinction, ...] = ()

    @property
    def defined(self) -> frozenset[str]:
        """Names that the network gives a meaning to."""
        return frozenset([*(s.id for s in self.species), *(v.id for v in self.variables), *self.parameters])

    @property
    def used(self) -> frozenset[str]:
        """Names that occur in its expressions."""
        return frozenset().union(*(e.names for e in self.expressions()))

    @property
    def free_names(self) -> frozenset[str]:
        """Names that are used but not defined."""
        return self.used - self.defined - {RUN_IN}

    def expressions(self) -> Iterable[Expr]:
        """Every expression of the network."""
        for s in self.species:
            yield s.initial
        for r in self.reactions:
            yield from r.reactants.values()
            yield from r.products.values()
            yield r.rate
        yield from (v.expression for v in self.variables)
        yield from (o.expression for o in self.observables)
        yield from (b.expression for b in self.baselines)
        for e in self.extinctions:
            yield e.threshold

    def __add__(self, other: Network) -> Network:
        """Merge two networks; a parameter may stand in both if it is the same.

        Raises AssemblyError when a name would get two meanings.
        """
        problems = [
            Problem(field=key, reason="parameter has two different values", fix="rename or index one of them")
            for key in self.parameters.keys() & other.parameters.keys()
            if self.parameters[key] != other.parameters[key]
        ]
        mine, theirs = self.defined - self.parameters.keys(), other.defined - other.parameters.keys()
        twice = (mine & other.defined) | (theirs & self.defined)
        twice |= {o.name for o in self.observables} & {o.name for o in other.observables}
        twice |= {r.id for r in self.reactions} & {r.id for r in other.reactions}
        problems += [
            Problem(field=key, reason="defined twice", fix="index or rename one part")
            for key in sorted(twice)
        ]
        if problems:
            raise AssemblyError(problems)
        return Network(
            self.species + other.species,
            self.reactions + other.reactions,
            {**self.parameters, **other.parameters},
            self.variables + other.variables,
            self.observables + other.observables,
            self.ports + other.ports,
            self.baselines + other.baselines,
            self.extinctions + other.extinctions,
        )

    def __radd__(self, other: object) -> Network:
        return self if other == 0 else NotImplemented

    def indexed(self, label: str, shared: Iterable[str] = (), observed: str | None = None) -> Network:
        """One copy of a repeated part: every name defined here, except those in `shared`, gets the suffix _label;
        observables get the suffix .observed (the label unless given)."""
        keep = set(shared)
        own = {key: f"{key}_{label}" for key in self.defined if key not in keep}
        renamed = self.rename(own)
        dot = observed or label
        return replace(
            renamed,
            species=tuple(replace(s, index=label) for s in renamed.species),
            reactions=tuple(replace(r, id=f"{r.id}_{label}") for r in renamed.reactions),
            observables=tuple(replace(o, name=f"{o.name}.{dot}") for o in renamed.observables),
        )

    def rename(self, names: Mapping[str, str]) -> Network:
        """Rename species, variables and parameters wherever they occur."""
        from leukin.quantity import name

        renamed = self._map({old: name(new) for old, new in names.items()})
        get = lambda key: names.get(key, key)  # noqa: E731
        return replace(
            renamed,
            species=tuple(replace(s, id=get(s.id)) for s in renamed.species),
            variables=tuple(replace(v, id=get(v.id)) for v in renamed.variables),
            parameters={get(k): replace(p, name=get(p.name)) for k, p in renamed.parameters.items()},
            reactions=tuple(
                replace(
                    r,
                    reactants={get(k): v for k, v in r.reactants.items()},
                    products={get(k): v for k, v in r.products.items()},
                )
                for r in renamed.reactions
            ),
            ports=tuple(replace(p, target=get(p.target)) for p in renamed.ports),
            baselines=tuple(replace(b, parameter=get(b.parameter)) for b in renamed.baselines),
            extinctions=tuple(replace(e, species=get(e.species)) for e in renamed.extinctions),
        )

    def bind(self, values: Mapping[str, Operand]) -> Network:
        """Replace free names by expressions (a name, a text or a number).

        Raises AssemblyError when a name is defined here and so is not free.
        """
        taken = sorted(values.keys() & self.defined)
        if taken:
            raise AssemblyError(
                [Problem(field=key, reason="is defined in the network, so it is not free") for key in taken]
            )
        return self._map({key: expr(value) for key, value in values.items()})

    def with_parameters(self, parameters: Iterable[Parameter]) -> Network:
        """Add parameters or replace those of the same name."""
        return replace(self, parameters={**self.parameters, **{p.name: p for p in parameters}})

    def _map(self, values: Mapping[str, Expr]) -> Network:
        change = lambda e: e.substitute(values)  # noqa: E731
        sides = lambda side: {key: change(e) for key, e in side.items()}  # noqa: E731
        return replace(
            self,
            species=tuple(replace(s, initial=change(s.initial)) for s in self.species),
            reactions=tuple(
                replace(r, reactants=sides(r.reactants), products=sides(r.products), rate=change(r.rate))
                for r in self.reactions
            ),
            variables=tuple(replace(v, expression=change(v.expression)) for v in self.variables),
            observables=tuple(replace(o, expression=change(o.expression)) for o in self.observables),
            baselines=tuple(replace(b, expression=change(b.expression)) for b in self.baselines),
            extinctions=tuple(replace(e, threshold=change(e.threshold)) for e in self.extinctions),
        )

    def derivatives(self) -> dict[str, Expr]:
        """The right-hand side: species -> sum over reactions of (products - reactants) times rate."""
        terms: dict[str, Expr] = {}
        for r in self.reactions:
            for side, sign in ((r.products, 1), (r.reactants, -1)):
                for key, coefficient in side.items():
                    flux = r.rate if coefficient == number(1.0) else coefficient * r.rate
                    if key not in terms:
                        terms[key] = flux if sign > 0 else -flux
                    else:
                        terms[key] = terms[key] + flux if sign > 0 else terms[key] - flux
        return {s.id: terms.get(s.id, ZERO) for s in self.species}

    def variables_in_order(self) -> tuple[Variable, ...]:
        """Variables such that each uses only earlier ones.

        Raises AssemblyError when they depend on each other in a circle.
        """
        known = {v.id: v for v in self.variables}
        done: dict[str, Variable] = {}
        open_: set[str] = set()

        def visit(key: str) -> None:
            if key in done:
                return
            if key in open_:
                raise AssemblyError(Problem(field=key, reason="variable depends on itself"))
            open_.add(key)
            for used in sorted(known[key].expression.names & known.keys()):
                visit(used)
            done[key] = known[key]

        for key in known:
            visit(key)
        return tuple(done.values())

    def check(self) -> list[Problem]:
        """All unit, name and conservation issues of the network at once."""
        from leukin.network.check import check

        return check(self)
