"""A run that dies at the k-th of its steps to disk, for every k: `python kills.py FOLDER FIRST STEP`.

Each child is a fork, made before any thread is there, and ends by SIGKILL of its own: nothing can clean up behind it.
"""

from __future__ import annotations

import os
import signal
import stat
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cli import fake


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def deadly(call: Callable[..., Any], count: list[int], torn: bool) -> Callable[..., Any]:
    """`call`, before which the process dies when the count is used up; torn: half of the file is on disk by then."""

    def wrapped(*words: Any, **more: Any) -> Any:
        count[0] -= 1
        if count[0] < 0:
            if torn and isinstance(words[0], int):
                found = os.fstat(words[0])
                if stat.S_ISREG(found.st_mode):
                    os.ftruncate(words[0], found.st_size // 2)
            die()
        return call(*words, **more)

    return wrapped


def child(folder: Path, step: int) -> None:
    count = [step]
    os.fsync = deadly(os.fsync, count, torn=bool(step % 2))
    os.replace = deadly(os.replace, count, torn=False)
    fake.run(folder, workers=1)
    os._exit(0)


def main(folder: Path, first: int, step: int) -> None:
    number = first
    while True:
        pid = os.fork()
        if pid == 0:
            try:
                child(folder / f"{number:03d}", number)
            finally:  # reached only by an error: a child never goes on as its parent
                traceback.print_exc()
                os._exit(1)
        _, status = os.waitpid(pid, 0)
        if not os.WIFSIGNALED(status):
            sys.exit(os.waitstatus_to_exitcode(status))
        number += step


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
