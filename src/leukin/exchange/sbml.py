"""SBML Level 3 Version 2: states under rate rules in the units that users see, doses and extinction as events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leukin.errors import Problem, SolveError
from leukin.exchange.annotations import annotate, annotate_host
from leukin.exchange.formula import Formulas, literal
from leukin.exchange.snapshot import Change, Snapshot
from leukin.exchange.units import ONE, Units
from leukin.network.check import dimension
from leukin.network.model import RUN_IN
from leukin.quantity import Expr, Unit, name, unit


def to_sbml(snapshot: Snapshot) -> str:
    """The model of one patient as SBML text; time in hours, every state and observable in the unit that users see.

    Raises SolveError when libSBML finds an error in what was written.
    """
    import libsbml

    document = libsbml.SBMLDocument(3, 2)
    model = document.createModel()
    model.setId(snapshot.id)
    writer = _Writer(libsbml, model, snapshot)
    writer.quantities()
    writer.rules()
    writer.events()
    writer.parts()
    annotate_host(libsbml, model, snapshot.host)
    notes = "".join(f"<p>{_escape(note)}</p>" for note in snapshot.notes)
    if notes:
        model.setNotes(f'<body xmlns="http://www.w3.org/1999/xhtml">{notes}</body>')
    document.checkConsistency()
    errors = [document.getError(i) for i in range(document.getNumErrors())]
    bad = [e for e in errors if e.getSeverity() >= libsbml.LIBSBML_SEV_ERROR]
    if bad:
        raise SolveError(
            [Problem(field=snapshot.id, reason=e.getMessage().strip().replace("\n", " ")) for e in bad]
        )
    return str(libsbml.writeSBMLToString(document))


class _Writer:
    """Fills one libSBML model."""

    def __init__(self, libsbml: Any, model: Any, snapshot: Snapshot):
        self.libsbml, self.model, self.snapshot = libsbml, model, snapshot
        self.network = snapshot.network
        self.taken = {*self.network.defined, RUN_IN}
        self.factors = {s.id: unit(s.unit).factor for s in self.network.species}
        #: unit -> constant that converts a value in it to canonical units, where that is not 1
        self.convert: dict[str, Expr] = {}
        for text in sorted(self._seen_units()):
            if unit(text).factor != 1.0:
                self.convert[text] = name(self.free(f"convert_{len(self.convert)}"))
        #: canonical value of a state in terms of the exported one
        self.canonical: Mapping[str, Expr] = {
            s.id: name(s.id) * self.convert[s.unit] for s in self.network.species if s.unit in self.convert
        }
        self.units = Units(libsbml, model)
        model.setTimeUnits(self.units.id(unit("h"), "h"))
        self.units_of = {s.id: unit(s.unit) for s in self.network.species}
        self.units_of |= {v.id: unit(v.unit) for v in self.network.variables}
        self.units_of |= {key: unit(p.unit) for key, p in self.network.parameters.items()}
        self.units_of |= {str(constant): ONE for constant in self.convert.values()} | {RUN_IN: ONE}
        self.formulas = Formulas(self.unit_of, self.free)
        #: names of the model are names, even those that SBML knows as a constant or function (avogadro, Pi)
        self.settings = libsbml.L3ParserSettings()
        self.settings.setModel(model)
        self.settings.setParseAvogadroCsymbol(False)
        self.settings.setComparisonCaseSensitivity(libsbml.L3P_COMPARE_BUILTINS_CASE_SENSITIVE)

    def _seen_units(self) -> set[str]:
        return {s.unit for s in self.network.species} | {o.unit for o in self.network.observables}

    def free(self, id_: str) -> str:
        """`id_`, or a longer one if something has it; it is taken from now on."""
        while id_ in self.taken:
            id_ += "_shown"
        self.taken.add(id_)
        return id_

    def shown(self, text: str) -> str:
        """Id of a unit that users see."""
        return self.units.id(unit(text), text)

    def unit_of(self, expression: Expr) -> str:
        """Id of the canonical unit of an expression; of 1 for a zero."""
        return self.units.canonical(dimension(expression, self.units_of) or ONE)

    def quantities(self) -> None:
        changed = {c.target for c in self.snapshot.changes}
        for key, value in self.snapshot.values.items():
            record = self.network.parameters.get(key)
            units = self.units.canonical(unit(record.unit) if record else ONE)
            label = record.label if record else key
            self._parameter(key, value, units, constant=key not in changed, label=label)
        for text, constant in self.convert.items():
            units = self.units.id(Unit(1.0 / unit(text).factor), f"canonical/{text}")
            self._parameter(
                str(constant), unit(text).factor, units, constant=True, label=f"{text}, canonical"
            )
        for s in self.network.species:
            value = self.snapshot.state[s.id] / self.factors[s.id]
            element = self._parameter(s.id, value, self.shown(s.unit), constant=False, label=s.id)
            annotate(self.libsbml, element, s.id, s.index, self.snapshot.host)
        for v in self.network.variables:
            self._parameter(v.id, None, self.units.canonical(unit(v.unit)), constant=False, label=v.id)
        self.observable_ids: dict[str, str] = {}
        for o in self.network.observables:
            id_ = self.free(o.name.replace(".", "_").replace("-", "_"))
            self.observable_ids[o.name] = id_
            self._parameter(id_, None, self.shown(o.unit), constant=False, label=o.name)

    def _parameter(self, id_: str, value: float | None, units: str, *, constant: bool, label: str) -> Any:
        element = self.model.createParameter()
        element.setId(id_)
        element.setName(label or id_)
        element.setConstant(constant)
        element.setUnits(units)
        if value is not None:
            element.setValue(value)
        return element

    def rules(self) -> None:
        for v in self.network.variables_in_order():
            self._rule(self.model.createAssignmentRule(), v.id, v.expression.substitute(self.canonical))
        units = {s.id: s.unit for s in self.network.species}
        for key, rate in self.network.derivatives().items():
            self._rule(self.model.createRateRule(), key, self.show(rate, units[key]))
        for o in self.network.observables:
            rule = self.model.createAssignmentRule()
            self._rule(rule, self.observable_ids[o.name], self.show(o.expression, o.unit))

    def show(self, expression: Expr, text: str) -> Expr:
        """A canonical expression of states as the value in the unit `text` of exported states."""
        found = expression.substitute(self.canonical)
        return found / self.convert[text] if text in self.convert else found

    def _rule(self, rule: Any, variable: str, expression: Expr) -> None:
        rule.setVariable(variable)
        rule.setMath(self._math(self.formulas.text(expression)))

    def _math(self, text: str) -> Any:
        math = self.libsbml.parseL3FormulaWithSettings(text, self.settings)
        if math is None:
            raise SolveError(Problem(reason=self.libsbml.getLastParseL3Error(), field=text[:80]))
        return math

    def events(self) -> None:
        units = {s.id: s.unit for s in self.network.species}
        hour = self.shown("h")
        for number_, (time, changes) in enumerate(_by_time(self.snapshot.changes)):
            if time <= 0:
                raise SolveError(Problem(reason="a change at time 0 belongs into the initial state"))
            event = self._event(f"change_{number_}", f"time >= {literal(time, hour)}")
            for change in changes:
                element = self.model.getParameter(change.target)
                value = literal(change.value / self.factors.get(change.target, 1.0), element.getUnits())
                text = value if change.kind == "set" else f"{change.target} + {value}"
                self._assign(event, change.target, text)
        for e in self.network.extinctions:
            limit = self.formulas.text(self.show(e.threshold, units[e.species]))
            event = self._event(f"extinction_{e.species}", f"{e.species} < {limit}")
            self._assign(event, e.species, literal(0.0, self.shown(units[e.species])))

    def parts(self) -> None:
        """Quantities that stand for operands of piecewise."""
        for id_, (expression, text) in self.formulas.parts.items():
            self._parameter(id_, None, self.unit_of(expression), constant=False, label=id_)
            rule = self.model.createAssignmentRule()
            rule.setVariable(id_)
            rule.setMath(self._math(text))

    def _event(self, id_: str, condition: str) -> Any:
        event = self.model.createEvent()
        event.setId(id_)
        event.setUseValuesFromTriggerTime(True)
        trigger = event.createTrigger()
        trigger.setInitialValue(True)  # fires on a change from false to true only
        trigger.setPersistent(True)
        trigger.setMath(self._math(condition))
        return event

    def _assign(self, event: Any, variable: str, text: str) -> None:
        assignment = event.createEventAssignment()
        assignment.setVariable(variable)
        assignment.setMath(self._math(text))


def _by_time(changes: tuple[Change, ...]) -> list[tuple[float, list[Change]]]:
    """Changes by time; of two settings of one parameter at one time the later one counts."""
    table: dict[float, dict[tuple[str, str], Change]] = {}
    for change in changes:
        at = table.setdefault(change.time, {})
        before = at.get((change.kind, change.target))
        if before is not None and change.kind == "add":
            change = Change(change.time, change.target, before.value + change.value, "add")
        at[change.kind, change.target] = change
    return [(time, list(at.values())) for time, at in sorted(table.items())]


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
