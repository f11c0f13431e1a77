"""Readings of a course move smoothly with it, so that a fit sees their slope."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leukin.inference.fit_body import passing, peak_time

TIMES = np.arange(0.0, 24.1, 0.25)


@given(st.floats(0.5, 23.0))
def test_the_peak_of_a_parabola_is_found_between_times(top: float) -> None:
    assert peak_time(TIMES, 5.0 - (TIMES - top) ** 2) == pytest.approx(top, abs=1e-9)


def test_a_course_that_rises_or_falls_peaks_at_its_end() -> None:
    assert peak_time(TIMES, TIMES) == TIMES[-1]
    assert peak_time(TIMES, -TIMES) == 0.0
    assert peak_time(TIMES, np.zeros_like(TIMES)) == 0.0


@given(st.floats(0.01, 20.0))
def test_a_straight_line_passes_a_mark_where_it_must(mark: float) -> None:
    assert passing(TIMES, TIMES, mark) == pytest.approx(mark, abs=1e-9)


def test_a_small_step_of_the_course_moves_the_peak() -> None:
    courses = [TIMES * np.exp(-TIMES / tau) for tau in (6.0, 6.05)]
    early, late = (peak_time(TIMES, course) for course in courses)
    assert late - early == pytest.approx(0.05, rel=0.2)
