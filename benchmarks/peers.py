"""Other engines with their best usual settings on the same equations: one function each, from a group to a segment solver.

Each is given a compiled right-hand side and the analytic Jacobian, sparse where it takes one, and the same tolerances as
leukin: relative, and a tenth of that in typical magnitudes of each state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from cases import Floats, Segment
from translation import Translation, casadi_rates, compiled, diffsl

from leukin.exchange import Snapshot, to_sbml
from leukin.quantity import unit

#: part of the relative tolerance that is allowed absolutely, in typical magnitudes
ABSOLUTE = 0.1
MOST_STEPS = 1_000_000
#: relative tolerance -> solver of one segment
Engine = Callable[[float], Segment]


def libroadrunner(t: Translation) -> Engine:
    """CVODE on machine code that libroadrunner makes from our SBML, in the units of the export."""
    import roadrunner

    system = t.system
    config = roadrunner.Config
    config.setValue(config.LLVM_BACKEND, config.LLJIT)
    config.setValue(config.LLJIT_OPTIMIZATION_LEVEL, config.AGGRESSIVE)
    config.setValue(config.LOADSBMLOPTIONS_MUTABLE_INITIAL_CONDITIONS, False)
    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_ERROR)
    values = dict(zip(system.parameters, system.nominal, strict=True))
    # extinctions are boundaries here, as for every other engine: without its events the simulator has no roots to watch
    network = _bare(system.network)
    zeros = dict.fromkeys(system.states, 0.0)
    runner = roadrunner.RoadRunner(to_sbml(Snapshot("patient", network, values, zeros)))
    model, integrator = runner.model, runner.integrator
    known = {key: i for i, key in enumerate(model.getGlobalParameterIds())}
    inputs = [i for i, key in enumerate(system.parameters) if key in known]
    places = np.array([known[system.parameters[i]] for i in inputs], np.int32)
    states = np.array([known[key] for key in system.states], np.int32)
    factor = np.array([unit(system.unit_of(key)).factor for key in system.states])
    runner.timeCourseSelections = list(system.states)
    integrator.maximum_num_steps = MOST_STEPS

    def engine(rtol: float) -> Segment:
        def segment(state: Floats, parameters: Floats, start: float, times: Floats) -> Floats:
            model.setGlobalParameterValues(places, parameters[inputs])
            model.setGlobalParameterValues(states, state / factor)
            integrator.restart(start)
            found = np.array(runner.simulate(times=[start, *times]))
            return found[1:] * factor

        integrator.relative_tolerance = rtol
        for key, typical in zip(system.states, ABSOLUTE * rtol * system.scale / factor, strict=True):
            integrator.setIndividualTolerance(key, float(typical))
        return segment

    return engine


def _bare(network: Any) -> Any:
    from dataclasses import replace

    return replace(network, extinctions=(), observables=())


def _counted(t: Translation, run: Callable[[Floats, Floats, Floats], Floats]) -> Segment:
    """A segment solver from one that takes counted states, constants and times behind 0."""
    scale = t.system.scale

    def segment(state: Floats, parameters: Floats, start: float, times: Floats) -> Floats:
        return run(state / scale, t.constants(parameters), times - start) * scale

    return segment


def casadi_cvodes(t: Translation) -> Engine:
    """CVODES as driven by CasADi: sparse analytic Jacobian, sparse direct solves."""
    import casadi as ca

    y, q, rates = casadi_rates(t, ca)
    known: dict[Any, Any] = {}

    def engine(rtol: float) -> Segment:
        settings = {
            "reltol": rtol, "abstol": ABSOLUTE * rtol, "max_num_steps": MOST_STEPS, "newton_scheme": "direct",
        }  # fmt: skip

        def run(state: Floats, constants: Floats, times: Floats) -> Floats:
            key = (rtol, *times.round(6))
            if key not in known:
                known[key] = ca.integrator(
                    "solve", "cvodes", {"x": y, "p": q, "ode": rates}, 0.0, list(times), settings
                )
            return np.array(known[key](x0=state, p=constants)["xf"]).T

        return _counted(t, run)

    return engine


def pydiffsol_bdf(t: Translation) -> Engine:
    """BDF of diffsol on machine code made from DiffSL, sparse Jacobian by automatic differentiation."""
    import pydiffsol as ds

    ode = ds.Ode(diffsl(t), matrix_type=ds.faer_sparse, ode_solver=ds.bdf)

    def engine(rtol: float) -> Segment:
        def run(state: Floats, constants: Floats, times: Floats) -> Floats:
            ode.rtol, ode.atol = rtol, ABSOLUTE * rtol
            return np.array(ode.solve_dense(np.concatenate([constants, state]), times).ys).T

        return _counted(t, run)

    return engine


def numbalsoda_lsoda(t: Translation) -> Engine:
    """LSODA in compiled code; it takes no Jacobian and forms a dense one by differences."""
    from numbalsoda import lsoda

    code = compiled(t)

    def engine(rtol: float) -> Segment:
        def run(state: Floats, constants: Floats, times: Floats) -> Floats:
            grid = np.concatenate([[0.0], times])
            found, ok = lsoda(code.address, state, grid, constants, rtol, ABSOLUTE * rtol, MOST_STEPS)
            return np.asarray(found[1:]) if ok else np.full((len(times), len(state)), np.nan)

        return _counted(t, run)

    return engine


def scipy_lsoda(t: Translation) -> Engine:
    """LSODA of SciPy (odeint: the loop is compiled) with machine code for derivatives and dense analytic Jacobian."""
    from scipy.integrate import odeint

    code = compiled(t)
    n = len(t.rates)

    def engine(rtol: float) -> Segment:
        def run(state: Floats, constants: Floats, times: Floats) -> Floats:
            result, matrix = np.zeros(n), np.zeros((n, n))
            out, square, q = result.ctypes.data, matrix.ctypes.data, constants.ctypes.data

            def rates(time: float, y: Floats) -> Floats:
                code.rates(time, y.ctypes.data, out, q)
                return result

            def jacobian(time: float, y: Floats) -> Floats:
                code.jacobian(time, y.ctypes.data, square, q)
                return matrix

            grid = np.concatenate([[0.0], times])
            return odeint(
                rates, state, grid, Dfun=jacobian, rtol=rtol, atol=ABSOLUTE * rtol, mxstep=MOST_STEPS, tfirst=True,
            )[1:]  # fmt: skip

        return _counted(t, run)

    return engine


def scipy_bdf(t: Translation) -> Engine:
    """BDF of SciPy with machine code for derivatives and a sparse analytic Jacobian."""
    from scipy.integrate import solve_ivp
    from scipy.sparse import csc_matrix

    code = compiled(t)
    n = len(t.rates)
    rows, columns = (np.array([entry[k] for entry in t.entries]) for k in (0, 1))

    def engine(rtol: float) -> Segment:
        def run(state: Floats, constants: Floats, times: Floats) -> Floats:
            matrix, q = np.zeros((n, n)), constants.ctypes.data

            def rates(time: float, y: Floats) -> Floats:
                result, here = np.empty(n), np.ascontiguousarray(y)
                code.rates(time, here.ctypes.data, result.ctypes.data, q)
                return result

            def jacobian(time: float, y: Floats) -> Any:
                here = np.ascontiguousarray(y)
                code.jacobian(time, here.ctypes.data, matrix.ctypes.data, q)
                return csc_matrix((matrix[rows, columns], (rows, columns)), shape=(n, n))

            found = solve_ivp(
                rates, (0.0, times[-1]), state, "BDF", t_eval=times, rtol=rtol, atol=ABSOLUTE * rtol, jac=jacobian,
            )  # fmt: skip
            return np.asarray(found.y.T)

        return _counted(t, run)

    return engine


def amici_cvodes(t: Translation) -> Engine:
    """CVODES with KLU as driven by AMICI, from C++ code that it writes and compiles for the model.

    Nothing is simplified and no code of sensitivities written: for a model of this size either takes many minutes.
    """
    import sys
    import tempfile
    from contextlib import redirect_stdout

    import amici
    import amici.sim.sundials as sundials
    import antimony as language
    from amici.importers.sbml import SbmlImporter
    from translation import antimony

    language.clearPreviousLoads()
    if language.loadAntimonyString(antimony(t)) < 0:
        raise RuntimeError(language.getLastError())
    name, folder = f"patient_{len(t.rates)}", tempfile.mkdtemp()
    importer = SbmlImporter(language.getSBMLString(None), from_file=False)
    with redirect_stdout(sys.stderr):
        importer.sbml2amici(
            name, folder, fixed_parameters=[f"q{k}x" for k in range(len(t.slots))], observation_model=[],
            compute_conservation_laws=False, simplify=lambda x: x, generate_sensitivity_code=False,
        )  # fmt: skip
    model = amici.import_model_module(name, folder).get_model()
    solver = model.create_solver()
    solver.set_max_steps(MOST_STEPS)
    solver.set_linear_solver(sundials.LinearSolver_KLU)
    states = [int(key[1:-1]) for key in model.get_state_ids()]
    slots = [int(key[1:-1]) for key in model.get_fixed_parameter_ids()]
    back = np.argsort(states)

    def engine(rtol: float) -> Segment:
        def run(state: Floats, constants: Floats, times: Floats) -> Floats:
            if not np.isfinite(state).all():  # the segment before failed
                return np.full((len(times), len(state)), np.nan)
            solver.set_relative_tolerance(rtol)
            solver.set_absolute_tolerance(ABSOLUTE * rtol)
            model.set_fixed_parameters(constants[slots])
            model.set_initial_state(state[states])
            model.set_timepoints(times)
            return np.array(model.simulate(solver=solver).x)[:, back]

        return _counted(t, run)

    return engine


#: name in the tables -> what makes the engine
PEERS: Mapping[str, Callable[[Translation], Engine]] = {
    "libroadrunner": libroadrunner,
    "CasADi CVODES": casadi_cvodes,
    "AMICI CVODES": amici_cvodes,
    "pydiffsol BDF": pydiffsol_bdf,
    "numbalsoda LSODA": numbalsoda_lsoda,
    "SciPy LSODA": scipy_lsoda,
    "SciPy BDF": scipy_bdf,
}

#: engines that make a solver for every new set of output times: each patient is solved once before time is taken
PREPARED = frozenset({"CasADi CVODES"})
