"""Where output goes: pipes that close, full disks, closed streams, narrow terminals."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from cli.commands import environment, here, leukin
from leukin.cli import disk, exits, terminal
from leukin.cli.progress import progress

COMMAND = [sys.executable, "-m", "leukin"]


def on_terminal(columns: int, *words: str) -> str:
    """What `leukin WORDS` writes on a terminal of so many columns."""
    outer, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    kept = {key: value for key, value in environment(TERM="xterm").items() if key != "COLUMNS"}
    with subprocess.Popen([*COMMAND, *words], stdin=inner, stdout=inner, stderr=inner, env=kept) as child:
        os.close(inner)
        text = b""
        while True:
            try:
                piece = os.read(outer, 65536)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            text += piece
    os.close(outer)
    assert child.returncode == 0
    return text.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("words", [("--version",), ("list", "trials")])
def test_a_reader_that_has_gone(words: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*COMMAND, *words], stdout=writer, stderr=subprocess.PIPE, env=environment(), check=False
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_place_that_cannot_be_written_behind_stdout() -> None:
    with open(os.devnull, "rb") as readonly:
        done = subprocess.run(
            [*COMMAND, "--version"], stdout=readonly, stderr=subprocess.PIPE, env=environment(), check=False
        )
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
    assert b"Traceback" not in done.stderr


def test_closed_streams() -> None:
    def close(number: int) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, "list", "trials"], capture_output=True, text=True, env=environment(), check=False,
            preexec_fn=lambda: os.close(number),
        )  # fmt: skip

    assert close(1).returncode == 0
    quiet = close(2)
    assert quiet.returncode == 0
    assert "fyfe-1995-rcc" in quiet.stdout


def test_work_goes_on_where_nobody_reads_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

        def flush(self) -> None:
            raise OSError(28, "No space left on device")

        def isatty(self) -> bool:
            return False

    monkeypatch.setattr(sys, "stderr", Full())
    exits.say("nobody hears this")
    with progress(10, 0, "things") as advance:
        advance(10)


def test_no_escape_codes_in_a_pipe() -> None:
    assert "\x1b" not in here("show", "rule", "high-dose-withholding").stdout
    assert "\x1b" not in leukin("list", FORCE_COLOR="").stdout


@pytest.mark.parametrize("columns", [40, 79])
def test_nothing_is_wider_than_the_terminal(columns: int) -> None:
    text = on_terminal(columns, "show", "rule", "high-dose-withholding")
    table = text[text.index("parameter, meaning") :]
    assert max(map(len, table.splitlines())) <= columns
    assert "urine_limit" in table or "sbp_limit" in table or "value: " in table


def test_a_wide_terminal_has_a_table() -> None:
    text = on_terminal(170, "show", "regimen", "aldesleukin-high-dose")
    assert "aldesleukin" in text
    assert "─" in on_terminal(200, "show", "host", "human")


def test_paragraphs_keep_every_cell_and_its_heading() -> None:
    head = ["arm", "what", "predicted", "95 %", ""]
    rows = [["low", "response", "11.7 %", "5.8–22.2 %", "hit"], ["", "death", "6.7 %", "", ""]]
    lines = terminal.paragraphs(head, rows, "", (2, 3), 30)
    assert lines == [
        "arm, what", "low, response", "  predicted: 11.7 %; 95 %:", "  5.8–22.2 %; hit", "death", "  predicted: 6.7 %", "",
    ]  # fmt: skip
    assert terminal.paragraphs(["only"], [["x"]], "Title", (), 30) == ["Title", "x", ""]


def test_a_file_that_cannot_be_written_is_refused_before_anything_is_computed(tmp_path: Path) -> None:
    for option, path, said in (
        ("--csv", tmp_path / "nowhere" / "x.csv", "there is no folder"),
        ("--csv", tmp_path, "is a folder"),
        ("--plot", tmp_path / "nowhere" / "x.png", "there is no folder"),
    ):
        answer = here("simulate", "fyfe-1995-rcc", option, path)
        assert answer.returncode == 2
        assert answer.stdout == ""
        assert answer.stderr.startswith(f"{option}: ")
        assert said in answer.stderr
        assert len(answer.stderr.splitlines()) == 1


def test_a_link_and_a_pipe_are_written_to_and_stay(tmp_path: Path) -> None:
    """As root, a rename would put a file in the place of /dev/stdout or /dev/null."""
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    disk.write(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real").read_bytes() == b"new"
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        disk.write(tmp_path / "pipe", b"through")
        assert os.read(reader, 100) == b"through"
    finally:
        os.close(reader)
    assert (tmp_path / "pipe").is_fifo()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["link", "pipe", "real"]
