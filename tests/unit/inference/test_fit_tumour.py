"""The fit of the tumour: its likelihood, what it reads, and what it writes."""

from __future__ import annotations

import tomllib

import numpy as np
import pytest

from leukin.catalog import load_catalog
from leukin.inference.fit_tumour import FITTED, TARGETS, Rates, deviance, find, observed, prior, rewrite

CATALOGUE = load_catalog()


def test_only_figures_for_calibration_are_read() -> None:
    roles = {CATALOGUE.figure(figure).role for pair in TARGETS.values() for figure in pair}
    assert roles == {"CALIBRATE"}


def test_observed_shares() -> None:
    seen = observed(CATALOGUE, "fyfe-1995-rcc")
    assert seen.n == 255
    assert seen.complete == pytest.approx(12 / 255, abs=0.001)
    assert seen.partial == pytest.approx(24 / 255, abs=0.001)


def test_deviance_is_least_at_the_observed_shares() -> None:
    seen = Rates(12 / 255, 24 / 255, 255)
    best = deviance(seen, Rates(12 / 255, 24 / 255, 10**9))
    assert best == pytest.approx(0.0, abs=1e-3)
    for other in (Rates(0.10, 0.094, 10**9), Rates(0.047, 0.03, 10**9), Rates(0.0, 0.14, 1000)):
        assert deviance(seen, other) > best + 2
    assert np.isfinite(deviance(seen, Rates(0.0, 0.0, 100)))


def test_deviance_of_one_class_against_the_rest_is_the_binomial_one() -> None:
    seen, found = Rates(0.2, 0.0, 50), Rates(0.3, 0.0, 10**9)
    binomial = 2 * 50 * (0.2 * np.log(0.2 / 0.3) + 0.8 * np.log(0.8 / 0.7))
    assert deviance(seen, found) == pytest.approx(binomial, rel=1e-5)


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
