"""What one run of the command knows of its surroundings: colour, the two output streams, whether they still listen."""

from __future__ import annotations

import codecs
import os
import sys
from typing import TextIO

import click

from kvaudit.report.escape import escape

COLOR_MODES = ("auto", "always", "never")


class Session:
    """The surroundings of one run. Options that concern all commands leave their values here."""

    def __init__(self) -> None:
        self.debug = False
        self.quiet = False
        self.color = "auto"
        self.report: object = None  # what was found, kept to the end of the process

    def colored(self, stream: TextIO) -> bool:
        """Whether to write colours to a stream: by option, else NO_COLOR and FORCE_COLOR, else on a terminal."""
        if self.color != "auto":
            return self.color == "always"
        if os.environ.get("NO_COLOR"):
            return False
        if os.environ.get("FORCE_COLOR"):
            return True
        return stream.isatty() and os.environ.get("TERM") != "dumb"

    def say(self, line: str) -> None:
        """Write to standard error; whether anyone reads it changes nothing."""
        if not _is_unicode(sys.stderr):
            line = line.replace(" · ", " | ")
        try:
            click.echo(line, err=True, color=self.colored(sys.stderr))
        except BrokenPipeError:
            silence(sys.stderr)

    def note(self, line: str) -> None:
        """Say something in passing, unless quiet."""
        if not self.quiet:
            self.say(escape(line))

    def error(self, message: str, hint: str = "") -> None:
        """Say what went wrong and what to do next. A name in the words cannot write on the terminal."""
        self.say(f"{click.style('error:', fg='red', bold=True)} {escape(message)}")
        for line in hint.splitlines():
            self.say(f"{click.style('hint:', fg='cyan')} {escape(line)}")


def _is_unicode(stream: TextIO) -> bool:
    return codecs.lookup(stream.encoding or "utf-8").name.startswith("utf")


def silence(stream: TextIO) -> None:
    """Let a stream whose reader has gone swallow the rest, the interpreter's own last flush included."""
    void = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(void, stream.fileno())
    finally:
        os.close(void)
