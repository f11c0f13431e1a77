"""The fit of the tumour: its likelihood, what it reads, and what it writes."""

from __future__ import annotations

import tomllib

import numpy as np
import pytest

from leukin.catalog import load_catalog
from leukin.inference.fit_tumour import FITTED, TARGETS, Rates, find, fit, observed, prior, residuals, rewrite

CATALOGUE = load_catalog()


def test_only_figures_for_calibration_are_read() -> None:
    roles = {CATALOGUE.figure(figure).role for pair in TARGETS.values() for figure in pair}
    assert roles == {"CALIBRATE"}


def test_observed_shares() -> None:
    seen = observed(CATALOGUE, "fyfe-1995-rcc")
    assert seen.n == 255
    assert seen.complete == pytest.approx(12 / 255, abs=0.001)
    assert seen.partial == pytest.approx(24 / 255, abs=0.001)


def test_residuals_are_zero_at_the_observed_shares_and_in_standard_errors() -> None:
    seen = Rates(12 / 255, 24 / 255, 255)
    exact = Rates(seen.complete, seen.partial, 10**9)
    assert residuals(seen, exact) == pytest.approx([0.0, 0.0], abs=1e-5)
    error = np.sqrt(255 / (36 * 219))
    more = 1 / (
        1 + np.exp(-(np.log(36 / 219) + 2 * error))
    )  # two standard errors more responders, same share complete
    assert residuals(seen, Rates(more / 3, 2 * more / 3, 10**9)) == pytest.approx([2.0, 0.0], abs=1e-4)
    assert residuals(seen, Rates(0.02, 36 / 255 - 0.02, 10**9))[1] < -1
    assert np.isfinite(residuals(seen, Rates(0.0, 0.0, 100))).all()


def test_the_fit_finds_known_values() -> None:
    def simulate(values: np.ndarray) -> dict[str, Rates]:
        first, second, shared = np.log(values)
        found = {}
        for trial, own in (("a", first), ("b", second)):
            response = 1 / (1 + np.exp(-(-2.0 + 0.8 * own + 1.5 * shared)))
            complete = response / (1 + np.exp(-(-0.5 + 0.2 * own + 1.0 * shared)))
            found[trial] = Rates(complete, response - complete, 10**9)
        return found

    truth = np.array([0.7, 1.6, 1.3])
    seen = {trial: Rates(r.complete, r.partial, 250) for trial, r in simulate(truth).items()}
    flat = (np.zeros(3), np.full(3, 50.0))
    found = fit(np.ones(3), seen, flat, simulate, rounds=6)
    assert found.values == pytest.approx(truth, rel=0.01)
    assert found.objective < 1e-2
    tight = fit(np.ones(3), seen, (np.zeros(3), np.full(3, 0.01)), simulate, rounds=3)
    assert tight.values == pytest.approx(np.ones(3), rel=0.02)
    assert (tight.spread <= 0.0101).all() and (found.spread > 0.1).any()


def test_every_fitted_value_has_a_prior() -> None:
    medians, spreads = prior(CATALOGUE)
    assert len(medians) == len(spreads) == len(FITTED)
    assert (spreads > 0).all()
    for entry, name in FITTED:
        assert find(CATALOGUE, entry)[name].alternatives


def test_a_fitted_value_changes_its_own_entry_alone() -> None:
    text = (
        '[parameters.a]\nvalue = 1\nsource = { kind = "fitted", figures = ["F1"], note = "old" }\n\n'
        '[[parameters.a.alternative]]\nvalue = 3\nsource = { kind = "assumed", figures = ["F1"], note = "old" }\n\n'
        '[parameters.b]\nvalue = 2\nsource = { kind = "fitted", figures = ["F2"], note = "kept" }\n'
    )
    before, after = tomllib.loads(text), tomllib.loads(rewrite(text, "a", 1.23456, ["F3", "F4"], "new"))
    assert after["parameters"]["a"]["value"] == pytest.approx(1.235)
    assert after["parameters"]["a"]["source"] == {"kind": "fitted", "figures": ["F3", "F4"], "note": "new"}
    assert after["parameters"]["a"]["alternative"] == before["parameters"]["a"]["alternative"]
    assert after["parameters"]["b"] == before["parameters"]["b"]
    with pytest.raises(ValueError, match="'c'"):
        rewrite(text, "c", 1.0, [], "new")
