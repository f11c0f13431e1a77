"""Published figures, claims and references: complete, consistent, and linked."""

from __future__ import annotations

import math
import re

import pytest

from leukin.catalog import Catalogue, Figure, load_catalog


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalog()


def wilson(events: int, total: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a proportion (Wilson 1927)."""
    z = 1.959964
    p = events / total
    centre = (p + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * math.sqrt(p * (1 - p) / total + z * z / (4 * total * total))
    return centre - half, centre + half


def counted(figure: Figure) -> tuple[int, int] | None:
    found = re.fullmatch(r"(\d+)/(\d+)", figure.n)
    return (int(found[1]), int(found[2])) if found else None


def test_all_claims_and_figures_are_there(catalogue: Catalogue) -> None:
    assert [claim.id for claim in catalogue.claims] == [f"C{i:02d}" for i in range(1, 101)]
    assert len(catalogue.figures) == 194
    assert len({figure.id for figure in catalogue.figures}) == 194


def test_percentages_are_their_counts(catalogue: Catalogue) -> None:
    wrong = []
    for figure in catalogue.figures:
        counts = counted(figure)
        if counts and figure.unit == "%" and figure.value is not None:
            if abs(figure.value - 100 * counts[0] / counts[1]) > 0.15:
                wrong.append(f"{figure.id}: {figure.value} % is not {figure.n}")
            if (
                figure.interval_basis.startswith("Wilson")
                and figure.low is not None
                and figure.high is not None
            ):
                low, high = wilson(*counts)
                if abs(figure.low - 100 * low) > 0.15 or abs(figure.high - 100 * high) > 0.15:
                    wrong.append(
                        f"{figure.id}: {figure.low}-{figure.high} is not {100 * low:.1f}-{100 * high:.1f}"
                    )
    assert wrong == []


def test_values_lie_in_their_intervals(catalogue: Catalogue) -> None:
    outside = [
        figure.id
        for figure in catalogue.figures
        if figure.value is not None
        and (
            (figure.low is not None and figure.value < figure.low)
            or (figure.high is not None and figure.value > figure.high)
        )
    ]
    assert outside == []


def test_headline_figures(catalogue: Catalogue) -> None:
    value, low, high = catalogue.figure("F041a").fractions
    assert (value, low, high) == pytest.approx((36 / 255, 0.104, 0.189), abs=5e-4)
    assert catalogue.figure("F041a").patients == 255
    assert catalogue.figure("F043a").fractions[0] == pytest.approx(43 / 270, abs=5e-4)
    assert catalogue.figure("F012").fractions[0] == 120  # mL/min stays as it is
    assert catalogue.figure("F077").sign == "+" and catalogue.figure("F077").value is None
    assert {catalogue.figure(id).role for id in ("F059", "F060", "F061")} == {"VALIDATE"}


def test_published_rates_of_trials_are_per_cent_or_counts(catalogue: Catalogue) -> None:
    for trial in catalogue.trials.values():
        for item in trial.published:
            figure = catalogue.figure(item.figure)
            if item.quantity in ("orr", "cr") or item.quantity.startswith("toxicity."):
                assert figure.unit == "%", item.figure
            if item.quantity.endswith("_month"):
                assert figure.unit == "month", item.figure


def test_every_figure_cites_what_exists(catalogue: Catalogue) -> None:
    missing = [key for figure in catalogue.figures for key in figure.cites if key not in catalogue.references]
    assert missing == []
    cited = {key for figure in catalogue.figures for key in figure.cites}
    assert len(cited) > 70


def test_references_are_complete(catalogue: Catalogue) -> None:
    for reference in catalogue.references.values():
        assert re.fullmatch(r"\d{4}", reference["year"]), reference.key
        assert reference["title"], reference.key
        doi = reference["doi"]
        assert not doi or re.fullmatch(r"10\.\d{4,9}/\S+", doi), reference.key
        assert reference.bibtex().startswith(f"@{reference.type}{{{reference.key},")
    assert catalogue.reference("fyfe-1995").short == "Fyfe 1995"
