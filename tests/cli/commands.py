"""Calling leukin as a program, and files to call it with."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src"


def environment(**more: str) -> dict[str, str]:
    """The environment of a call: the checkout's sources, no colours, no catalogue of the caller."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("LEUKIN")}
    return kept | {"PYTHONPATH": str(SOURCE), "NO_COLOR": "1", "COLUMNS": "160"} | more


def leukin(*words: str | Path, cwd: Path | None = None, **more: str) -> subprocess.CompletedProcess[str]:
    """Run `leukin WORDS` in a process of its own."""
    command = [sys.executable, "-m", "leukin", *map(str, words)]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=cwd, env=environment(**more), check=False
    )


def here(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run `leukin WORDS` inside this process, which is quicker."""
    from leukin.cli.exits import guarded
    from leukin.cli.main import call

    handler = signal.getsignal(signal.SIGTERM)
    out, complaints = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(complaints):
            code = guarded(lambda: call([str(word) for word in words]))
    finally:
        signal.signal(signal.SIGTERM, handler)
    return subprocess.CompletedProcess(list(words), code, out.getvalue(), complaints.getvalue())
