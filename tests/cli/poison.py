"""What a worker computes, and what kills it: imported by workers of a cluster in tests."""

from __future__ import annotations

import os
import signal
from typing import Any

from leukin.cli.job import compute

POISON = 1_000_002  # patient 2 of the first draw of parameters


def deadly(job: Any, number: int, courses: int, patient: int | None = None) -> Any:
    """A block, unless it holds the poisonous patient: then the process that computes it dies."""
    if patient == POISON or (number == 1 and patient is None):
        os.kill(os.getpid(), signal.SIGKILL)
    return compute(job, number, courses, patient)


def keep_compiled_in(folder: str) -> None:
    """On a worker: another cache of compiled models, so that it starts cold."""
    os.environ["LEUKIN_CACHE"] = folder
