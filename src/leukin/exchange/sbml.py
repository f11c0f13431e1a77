"""SBML Level 3 Version 2: states under rate rules in the units that users see, doses and extinction as events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leukin.errors import Problem, SolveError
from leukin.exchange.annotations import annotate
from leukin.exchange.formula import Formulas
from leukin.exchange.snapshot import Change, Snapshot
from leukin.quantity import Expr, name, number, unit

#: SBML base unit and multiplier of every canonical base unit; dimensions that SBML lacks become items
SBML_BASES = {
    "hour": ("second", 3600.0),
    "decimetre": ("metre", 0.1),
    "gram": ("gram", 1.0),
    "nanomole": ("mole", 1e-9),
    "mmHg": ("pascal", 133.322387415),
    "degC": ("kelvin", 1.0),
    "molecule": ("item", 1.0),
    "cell": ("item", 1.0),
    "IU": ("item", 1.0),
    "U": ("item", 1.0),
}


def to_sbml(snapshot: Snapshot) -> str:
    """The model of one patient as SBML text; time in hours, every state and observable in the unit that users see.

    Raises SolveError when libSBML finds an error in what was written.
    """
    import libsbml

    document = libsbml.SBMLDocument(3, 2)
    model = document.createModel()
    model.setId(snapshot.id)
    writer = _Writer(libsbml, model, snapshot)
    writer.units()
    writer.quantities()
    writer.rules()
    writer.events()
    writer.parts()
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
        self.factors = {s.id: unit(s.unit).factor for s in self.network.species}
        #: canonical value of a state in terms of the exported one
        self.shown: Mapping[str, Expr] = {
            key: name(key) * number(factor) for key, factor in self.factors.items() if factor != 1.0
        }
        self.unit_ids: dict[str, str] = {}
        self.formulas = Formulas()
        #: names of the model are names, even those that SBML knows as a constant or function (avogadro, Pi)
        self.settings = libsbml.L3ParserSettings()
        self.settings.setModel(model)
        self.settings.setParseAvogadroCsymbol(False)
        self.settings.setComparisonCaseSensitivity(libsbml.L3P_COMPARE_BUILTINS_CASE_SENSITIVE)

    def units(self) -> None:
        texts = {"h", "1"}
        texts |= {s.unit for s in self.network.species} | {o.unit for o in self.network.observables}
        for text in sorted(texts):
            self.unit_ids[text] = self._unit(
                f"unit_{len(self.unit_ids)}", unit(text).factor, unit(text).powers, text
            )
        canonical = {unit(v.unit).powers for v in self.network.variables}
        canonical |= {unit(p.unit).powers for p in self.network.parameters.values()}
        for number_, powers in enumerate(sorted(canonical)):
            text = " ".join(f"{base}^{power}" for base, power in powers) or "1"
            self.unit_ids[_key(powers)] = self._unit(f"canonical_{number_}", 1.0, powers, text)
        self.model.setTimeUnits(self.unit_ids["h"])

    def _unit(self, id_: str, factor: float, powers: Any, text: str) -> str:
        definition = self.model.createUnitDefinition()
        definition.setId(id_)
        definition.setName(text)
        scale = definition.createUnit()
        scale.setKind(self.libsbml.UNIT_KIND_DIMENSIONLESS)
        _set(scale, 1.0, factor)
        for base, power in powers:
            kind, multiplier = SBML_BASES[base]
            part = definition.createUnit()
            part.setKind(self.libsbml.UnitKind_forName(kind))
            _set(part, float(power), multiplier)
        return id_

    def quantities(self) -> None:
        changed = {c.target for c in self.snapshot.changes}
        for key, value in self.snapshot.values.items():
            record = self.network.parameters.get(key)
            units = self.unit_ids["1"] if record is None else self.unit_ids[_key(unit(record.unit).powers)]
            self._parameter(
                key, value, units, constant=key not in changed, label=record.label if record else key
            )
        for s in self.network.species:
            value = self.snapshot.state[s.id] / self.factors[s.id]
            element = self._parameter(s.id, value, self.unit_ids[s.unit], constant=False, label=s.id)
            annotate(self.libsbml, element, s.id, s.index)
        for v in self.network.variables:
            self._parameter(v.id, None, self.unit_ids[_key(unit(v.unit).powers)], constant=False, label=v.id)
        taken = self.network.defined
        self.observable_ids: dict[str, str] = {}
        for o in self.network.observables:
            id_ = o.name.replace(".", "_").replace("-", "_")
            while id_ in taken or id_ in self.observable_ids.values():
                id_ += "_shown"
            self.observable_ids[o.name] = id_
            self._parameter(id_, None, self.unit_ids[o.unit], constant=False, label=o.name)

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
            self._rule(self.model.createAssignmentRule(), v.id, v.expression.substitute(self.shown))
        for key, rate in self.network.derivatives().items():
            shown = rate.substitute(self.shown)
            factor = self.factors[key]
            self._rule(self.model.createRateRule(), key, shown if factor == 1.0 else shown / number(factor))
        for o in self.network.observables:
            factor = unit(o.unit).factor
            shown = o.expression.substitute(self.shown)
            rule = self.model.createAssignmentRule()
            self._rule(rule, self.observable_ids[o.name], shown if factor == 1.0 else shown / number(factor))

    def _rule(self, rule: Any, variable: str, expression: Expr) -> None:
        rule.setVariable(variable)
        rule.setMath(self._math(self.formulas.text(expression)))

    def _math(self, text: str) -> Any:
        math = self.libsbml.parseL3FormulaWithSettings(text, self.settings)
        if math is None:
            raise SolveError(Problem(reason=self.libsbml.getLastParseL3Error(), field=text[:80]))
        return math

    def events(self) -> None:
        for number_, (time, changes) in enumerate(_by_time(self.snapshot.changes)):
            if time <= 0:
                raise SolveError(Problem(reason="a change at time 0 belongs into the initial state"))
            event = self._event(f"change_{number_}", f"time >= {time!r}")
            for change in changes:
                factor = self.factors.get(change.target, 1.0)
                value = repr(change.value / factor)
                text = value if change.kind == "set" else f"{change.target} + {value}"
                self._assign(event, change.target, text)
        for e in self.network.extinctions:
            limit = self.formulas.text(e.threshold / number(self.factors[e.species]))
            event = self._event(f"extinction_{e.species}", f"{e.species} < {limit}")
            self._assign(event, e.species, "0")

    def parts(self) -> None:
        """Quantities that stand for operands of piecewise; they carry no declared unit."""
        for id_, text in self.formulas.parts.items():
            element = self.model.createParameter()
            element.setId(id_)
            element.setConstant(False)
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


def _set(part: Any, exponent: float, multiplier: float) -> None:
    part.setExponent(exponent)
    part.setScale(0)
    part.setMultiplier(multiplier)


def _key(powers: Any) -> str:
    return "canonical:" + ",".join(f"{base}^{power}" for base, power in powers)


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
