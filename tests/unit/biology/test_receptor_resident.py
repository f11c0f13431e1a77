"""The full receptor in a patient: its balance of ligand, what it offers to the body, its steady state, how it is asked for."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import libsbml
import numpy as np
import pytest

from leukin.biology import assemble
from leukin.biology.receptor_reduced import reduced_receptor
from leukin.biology.receptor_resident import resident_receptor
from leukin.catalog import check_file, load_catalog, load_trial, to_toml
from leukin.engine import System, compile_network
from leukin.errors import AssemblyError
from leukin.exchange import Snapshot, to_sbml
from leukin.network import Network
from leukin.scenario import scenario
from leukin.simulate import run_in

CATALOGUE = load_catalog()
TRIAL = load_trial("fyfe-1995-rcc", CATALOGUE)


def part(molecule: str = "il2", born: str = "born") -> Network:
    return resident_receptor(
        CATALOGUE.molecule(molecule),
        CATALOGUE.cell("treg"),
        CATALOGUE.mechanism("receptor-trafficking"),
        born,
    )


@cache
def patient(tumour: str = "") -> System:
    """A patient with the full form at every cell."""
    wanted = replace(scenario(TRIAL), receptor="full", tumour=tumour)
    return compile_network(assemble.network(CATALOGUE, wanted))


def at_random(network: Network, seed: int) -> dict[str, float]:
    """Values of everything at a random state."""
    random = np.random.default_rng(seed)
    known = {key: p.canonical for key, p in network.parameters.items()}
    known |= {s.id: float(10.0 ** random.uniform(-1, 4)) for s in network.species}
    known |= {"L": float(10.0 ** random.uniform(-4, 2)), "m": 0.4, "v_S": 300.0, "born": 0.02}
    for variable in network.variables_in_order():
        known[variable.id] = float(variable.expression.evaluate(known))
    return known


@pytest.mark.parametrize("molecule", ["il2", "il2-fc", "il2-h9"])
@pytest.mark.parametrize("seed", range(5))
def test_what_a_cell_takes_is_held_destroyed_or_shared(molecule: str, seed: int) -> None:
    """capture L - restitution = d(held)/dt + U + born held, at any state, with held counted from the states."""
    network = part(molecule)
    known = at_random(network, seed)
    slopes = {key: float(e.evaluate(known)) for key, e in network.derivatives().items()}
    holding = [s.id for s in network.species if s.id.startswith("L_")]
    held, change = (sum(table[key] for key in holding) for table in (known, slopes))
    taken = known["capture"] * known["L"] - known["restitution"]
    given = change + known["U"] + known["born"] * held
    gross = (
        known["capture"] * known["L"]
        + abs(known["restitution"])
        + known["kon_alpha"] * known["alpha"] * known["L"]
    )
    assert taken == pytest.approx(
        given, abs=1e-11 * (gross + held * known["kon_alpha"] * known["KD_alpha"] * 100.0)
    )


def test_it_offers_what_the_reduced_form_offers() -> None:
    trafficking = CATALOGUE.mechanism("receptor-trafficking")
    reduced = reduced_receptor(CATALOGUE.molecule("il2"), CATALOGUE.cell("treg"), trafficking)
    read = {"A", "U", "aT", "bT", "gT", "capture", "restitution", "CD122_stained"}
    assert read <= reduced.defined
    assert read <= part().defined
    assert part().free_names == {"L", "m", "v_S", "born"}


@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_taken_from_a_fluid_without_ligand(seed: int) -> None:
    """What is taken from a fluid at level 0 is at most nothing, whatever the cell sees elsewhere."""
    known = at_random(part(), seed)
    assert known["restitution"] >= 0.0


def test_another_cytokine_is_refused() -> None:
    with pytest.raises(AssemblyError, match="does not bind the receptor of interleukin-2"):
        part("il7")


def test_a_healthy_patient_is_steady() -> None:
    """After the run-in no state moves without treatment by more than a millionth of its size in a day."""
    made = patient()
    start = run_in(made, made.nominal[None].copy(), 3000.0)
    rates = made.network.derivatives()
    from leukin.engine import solve

    later = solve(made, start.state, start.parameters, 0.0, 24.0, rtol=1e-9, atol=1e-12).state
    moved = np.abs(later - start.state)[0] / np.maximum(np.abs(start.state[0]), made.scale)
    assert len(rates) == len(made.states) == len(moved)
    assert moved.max() < 1e-6, made.states[int(moved.argmax())]


def test_a_patient_with_it_is_exported() -> None:
    made = patient(TRIAL.tumour)
    assert {"L_alpha_beta_gamma_treg", "L_in_cd8_activated_tumour"} <= set(made.states)
    values = dict(zip(made.parameters, made.nominal, strict=True))
    text = to_sbml(Snapshot("patient", made.network, values, dict.fromkeys(made.states, 0.0)))
    document = libsbml.readSBMLFromString(text)
    document.checkConsistency()
    assert (
        document.getNumErrors(libsbml.LIBSBML_SEV_ERROR)
        == document.getNumErrors(libsbml.LIBSBML_SEV_FATAL)
        == 0
    )


def test_a_trial_asks_for_it_by_a_word(tmp_path: Path) -> None:
    text = to_toml(TRIAL)
    file = tmp_path / "large.toml"
    file.write_text('receptor = "full"\n' + text, encoding="utf-8")
    assert check_file(file) == []
    assert scenario(load_trial(file, CATALOGUE)).receptor == "full"
    assert scenario(TRIAL).receptor == "reduced"
    file.write_text('receptor = "ful"\n' + text, encoding="utf-8")
    (problem,) = check_file(file)
    assert (problem.line, problem.field) == (1, "receptor")
    assert "did you mean 'full'?" in str(problem)
