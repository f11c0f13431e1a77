"""Errors that leukin raises: what is wrong, where, and the nearest fix."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, printed as `file:line: field: reason (nearest fix)`."""

    file: str = ""
    line: int = 0
    field: str = ""
    reason: str = ""
    fix: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.file and self.line else self.file
        text = ": ".join(part for part in (place, self.field, self.reason) if part)
        return f"{text} ({self.fix})" if self.fix else text


class LeukinError(Exception):
    """Base of leukin's errors; carries one or more problems."""

    def __init__(self, problems: Problem | str | Sequence[Problem]):
        if isinstance(problems, str):
            problems = Problem(reason=problems)
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class CatalogError(LeukinError):
    """A catalogue entry, a trial file or an id is invalid."""


class UnitError(LeukinError):
    """A unit cannot be read, or two units do not belong together."""


class AssemblyError(LeukinError):
    """Parts of a network do not fit together."""


class SolveError(LeukinError):
    """A system cannot be compiled or solved."""


class FolderError(LeukinError):
    """A run folder cannot be read, written or continued."""


def nearest(word: str, choices: Iterable[str]) -> str:
    """The fix for a misspelt `word`: the closest of `choices`, or the first few of them."""
    known = sorted(choices)
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    if close:
        return f"did you mean '{close[0]}'?"
    return f"one of: {', '.join(known[:8])}{', ...' if len(known) > 8 else ''}" if known else "none is known"
