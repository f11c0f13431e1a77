"""Exit codes, and how an error is told: one line a problem on stderr, never a traceback."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from types import FrameType

from leukin.errors import LeukinError, Problem

OK, USAGE, UNFINISHED, FAILED_PATIENTS, INTERRUPTED, TERMINATED = 0, 2, 3, 4, 130, 143
MOST_LINES = 20


class Outside(LeukinError):
    """Work could not be finished for a reason outside the input; it can be resumed."""


class Terminated(BaseException):
    """The process was asked to end (SIGTERM)."""


def say(text: str) -> None:
    """Print a line on stderr; where nobody can read it, the work goes on all the same."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def open_streams() -> None:
    """Give a closed stdout or stderr a place, so that printing never fails for the want of one."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115


def tell(problems: Sequence[Problem | str]) -> None:
    """Print one line a problem, at most twenty, then how many more there are."""
    lines = list(dict.fromkeys(" ".join(str(problem).split()) for problem in problems))
    for line in lines[:MOST_LINES]:
        say(line)
    if len(lines) > MOST_LINES:
        say(f"and {len(lines) - MOST_LINES} more")


def raise_terminated(_number: int, _frame: FrameType | None) -> None:
    """Signal handler of SIGTERM."""
    raise Terminated


def guarded(call: Callable[[], int]) -> int:
    """Run `call` and turn every error into its exit code and its lines on stderr."""
    signal.signal(signal.SIGTERM, raise_terminated)
    open_streams()
    try:
        code = call()
        sys.stdout.flush()
        return code
    except Outside as error:
        tell(error.problems)
        return UNFINISHED
    except LeukinError as error:
        tell(error.problems)
        return USAGE
    except BrokenPipeError:  # the reader has gone, as in `leukin list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as error:
        where = f"{str(error.filename).removesuffix('.tmp')}: " if error.filename else ""
        say(f"{where}{(error.strerror or str(error)).lower()} ({_way_out(error)})")
        return UNFINISHED
    except MemoryError:
        say("not enough memory (fewer --workers or fewer --patients need less)")
        return UNFINISHED
    except KeyboardInterrupt:
        _leave(INTERRUPTED)
    except Terminated:
        _leave(TERMINATED)
    except Exception as error:
        say(unexpected(error))
        return UNFINISHED
    return UNFINISHED


def _way_out(error: OSError) -> str:
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.EACCES, errno.EROFS):
        return "name another place"
    return "nothing finished is lost; call the same command again"


def _leave(code: int) -> None:
    """End at once: threads that still compute must not delay an interrupted command."""
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def unexpected(error: BaseException) -> str:
    """One line about an error of leukin itself; the traceback goes to a file that a report can carry."""
    reason = f"{type(error).__name__}: {error}".splitlines()[0][:200]
    try:
        with tempfile.NamedTemporaryFile("w", prefix="leukin-error-", suffix=".txt", delete=False) as file:
            file.write("".join(traceback.format_exception(error)))
        details = f"; please report it with {file.name}"
    except OSError:
        details = ""
    return f"an error of leukin itself: {reason}{details}"
