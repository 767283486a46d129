"""Readers that go away, interrupts, and what a terminal is shown."""

import os
import pty
import select
import signal
import subprocess
import sys

from tests.cli.conftest import clean_environment
from tests.cli.estate import put

MORE_THAN_A_PIPE_HOLDS = 1 << 20

COMMAND = (sys.executable, "-m", "kvaudit")


def test_a_reader_that_has_seen_enough_changes_neither_verdict_nor_noise(tmp_path):
    put(tmp_path, default_action="Allow")
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        done = subprocess.run(
            [*COMMAND, "scan", tmp_path, "-f", "json"],
            stdout=closed, stderr=subprocess.PIPE, env=clean_environment(), check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.decode().startswith("FAIL: ")
    assert done.stderr.count(b"\n") == 1


def test_nobody_listens_at_all(tmp_path):
    put(tmp_path, default_action="Allow")
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        done = subprocess.run(
            [*COMMAND, "scan", tmp_path], stdout=closed, stderr=closed, env=clean_environment(), check=False
        )
    assert done.returncode == 1


def test_an_interrupt_ends_a_wait_for_input(tmp_path):
    with subprocess.Popen(
        [*COMMAND, "scan", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=clean_environment(PYTHONUNBUFFERED="1"), cwd=tmp_path,
    ) as process:  # fmt: skip
        process.stdin.write(b" " * MORE_THAN_A_PIPE_HOLDS)  # comes back when the command has begun to read
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
    assert process.returncode == 130
    assert b"interrupted" in err
    assert b"Traceback" not in err


def test_a_terminal_is_shown_colour_and_its_own_width(tmp_path):
    put(tmp_path, default_action="Allow")
    shown = on_a_terminal([*COMMAND, "scan", tmp_path], COLUMNS="80", TERM="xterm-256color")
    assert "\x1b[1;31mhigh" in shown
    dumb = on_a_terminal([*COMMAND, "scan", tmp_path], COLUMNS="80", TERM="dumb")
    assert "\x1b" not in dumb
    assert max(len(line) for line in dumb.splitlines() if "az " not in line and "/" not in line) <= 80


def on_a_terminal(command, **variables):
    """All that a command shows on a terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, env=clean_environment(**variables)) as process:
        os.close(theirs)
        pieces = []
        while select.select([ours], [], [])[0]:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the other side has closed
                break
            if not piece:
                break
            pieces.append(piece)
        process.wait()
    os.close(ours)
    return b"".join(pieces).decode()
