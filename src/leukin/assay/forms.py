"""The two fidelities of the receptor side by side: full kinetics and the reduced form, under the same exposure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from leukin.assay.dish import OF_A_CELL, RTOL, SIGNALLING, TRAFFICKING, rows
from leukin.biology.receptor import full_receptor
from leukin.biology.receptor_reduced import reduced_receptor
from leukin.biology.signalling import stat5
from leukin.catalog import Catalogue
from leukin.dosing import nanomoles
from leukin.engine import REASONS, System, compile_network, solve
from leukin.errors import Problem, SolveError
from leukin.network import Network, Species, equations
from leukin.quantity import Parameter, Source, parse
from leukin.scenario import Amount

if TYPE_CHECKING:
    import pandas as pd

#: how much the forms may differ before the larger one is asked for
LIMIT = 0.1
#: hours over which pSTAT5 is added up, and points in them
WINDOW, POINTS = 8.0, 481
#: a signal of less is not compared
FAINT = 0.01
EXPOSURE = "pharmacokinetics"
LINEAR = ("V1", "k12", "k21", "CLren", "CLoth", "ka", "kly", "sc_bioavailability")
#: length of an infusion, h
INFUSION = 0.25
GIVEN = Source("definition", note="set by the comparison")


@dataclass(frozen=True, slots=True)
class Route:
    """How a dose enters: `bolus`, `depot` (species that hold it at time 0) or over INFUSION h."""

    name: str
    target: str


ROUTES = (Route("bolus", "dose"), Route("infusion", "rate_in"), Route("subcutaneous", "depot"))


def exposure() -> Network:
    """Ligand in plasma of a typical patient after one dose, with linear elimination: the same for both forms.

    dL/dt = rate_in + kly Ly - ((CLren + CLoth)/V1 + k12) L + k21 P      dP/dt = k12 L - k21 P
    dD/dt = -ka D        dLy/dt = F ka D - kly Ly        all in nM of the plasma volume
    """
    return equations(
        species=[
            Species("L", "nM", parse("dose"), scale=1e-3),
            Species("P", "nM", scale=1e-3),
            Species("D", "nM", parse("depot"), scale=1e-3),
            Species("Ly", "nM", scale=1e-3),
        ],
        rates={
            "L": "rate_in + kly*Ly - ((CLren + CLoth)/V1 + k12)*L + k21*P",
            "P": "k12*L - k21*P",
            "D": "-ka*D",
            "Ly": "sc_bioavailability*ka*D - kly*Ly",
        },
        parameters=[
            Parameter("dose", 0.0, "nM", GIVEN),
            Parameter("depot", 0.0, "nM", GIVEN),
            Parameter("rate_in", 0.0, "nM/h", GIVEN),
            Parameter("density", 0.0, "cell/L", GIVEN),
        ],
    )


def system(catalogue: Catalogue, molecule: str, full: bool) -> System:
    """One cell under the exposure, in the full or the reduced form."""
    drug, cell = catalogue.molecule(molecule), catalogue.cell("treg")
    trafficking, signalling = catalogue.mechanism(TRAFFICKING), catalogue.mechanism(SIGNALLING)
    form = full_receptor if full else reduced_receptor
    linear = [catalogue.mechanism(EXPOSURE)[key] for key in LINEAR]
    network = form(drug, cell, trafficking) + stat5(cell, signalling) + exposure()
    return compile_network(network.with_parameters(linear))


def compare(
    catalogue: Catalogue, cells: Sequence[str], doses: Sequence[str], molecule: str = "aldesleukin"
) -> pd.DataFrame:
    """Peak and 8-h area of pSTAT5 of both forms, by cell, route and dose.

    doses: amounts to one typical patient, such as "42 MIU". One row each: cell, route, dose, peak and area (h) of the full
    form, the relative differences of the reduced one, and whether one of them passes 10 %. Raises CatalogError for an
    unknown cell, UnitError for a dose that is none.
    """
    import pandas as pd

    drug = catalogue.molecule(molecule)
    volume = catalogue.mechanism(EXPOSURE)["V1"].canonical
    levels = [nanomoles(Amount(*_amount(text)), drug) / volume for text in doses]
    cases = [(cell, route, i) for cell in cells for route in ROUTES for i in range(len(doses))]
    seen = {}
    for full in (True, False):
        made = system(catalogue, molecule, full)
        seen[full] = _courses(made, catalogue, cases, levels)
    times = np.linspace(0.0, WINDOW, POINTS)
    table = []
    for row, (cell, route, i) in enumerate(cases):
        peak, area = (_both(seen, row, measure, times) for measure in ("peak", "area"))
        off = [reduced / full - 1.0 if full > FAINT else np.nan for full, reduced in (peak, area)]
        over = bool(np.nanmax(np.abs(off)) > LIMIT) if np.isfinite(off).any() else False
        table.append((cell, route.name, doses[i], peak[0], area[0], *off, over))
    columns = ["cell", "route", "dose", "peak", "area_h", "peak_difference", "area_difference", "over"]
    return pd.DataFrame(table, columns=columns)


def _amount(text: str) -> tuple[float, str]:
    from leukin.catalog.amounts import amount

    value, unit, _ = amount(text)
    return value, unit


def _both(seen: dict[bool, np.ndarray], row: int, measure: str, times: np.ndarray) -> tuple[float, float]:
    values = (seen[full][row] for full in (True, False))
    if measure == "peak":
        return tuple(float(s.max()) for s in values)  # type: ignore[return-value]
    return tuple(float(np.trapezoid(s, times)) for s in values)  # type: ignore[return-value]


def _courses(made: System, catalogue: Catalogue, cases: Sequence[Any], levels: Sequence[float]) -> np.ndarray:
    """pSTAT5 [case, time]; an infusion is solved in two parts."""
    params = rows(made, {}, len(cases))
    shared = catalogue.mechanism(SIGNALLING)
    for row, (cell, route, i) in enumerate(cases):
        own = catalogue.cell(cell).parameters
        values = {key: own[key].canonical for key in OF_A_CELL if key in own}
        values.setdefault("K_A", shared["K_A"].canonical)
        values[route.target] = levels[i] / (INFUSION if route.target == "rate_in" else 1.0)
        for key, value in values.items():
            if key in made.parameter_index:
                params[row, made.parameter_index[key]] = value
    times = np.linspace(0.0, WINDOW, POINTS)
    first = times <= INFUSION
    start = made.initial(params)
    during = _solved(made, start, params, 0.0, INFUSION, times[first])
    params[:, made.parameter_index["rate_in"]] = 0.0
    after = _solved(made, during.state, params, INFUSION, WINDOW, times[~first])
    states = np.concatenate([during.saved, after.saved], axis=1)
    return made.observe(["pSTAT5"], states, params)["pSTAT5"]


def _solved(made: System, state: Any, params: Any, begin: float, end: float, times: Any) -> Any:
    segment = solve(made, state, params, begin, end, times, rtol=RTOL)
    if segment.status.any():
        reason = REASONS[int(segment.status[segment.status != 0][0])]
        raise SolveError(Problem(field="forms", reason=reason))
    return segment
