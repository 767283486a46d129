"""Where reports go: standard output, or a file that is there whole or not at all."""

from __future__ import annotations

import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from kvaudit.cli.session import Session, silence
from kvaudit.errors import UsageError
from kvaudit.report.formats import Look

WIDTH_OF_A_PIPE = 120


class Output:
    """What the options say about the report: which format, where to, how it looks."""

    def __init__(self, session: Session, file_format: str, file: Path | None, verbosity: int) -> None:
        self.format = file_format
        self.file = None if file is None or str(file) == "-" else file
        self._session = session
        self._verbosity = verbosity

    @property
    def wanted(self) -> bool:
        """Whether a report is to be written: a quiet run leaves out the one for people to read."""
        return not self._session.quiet or self.format != "terminal" or self.file is not None

    @property
    def look(self) -> Look:
        """How text for people is to look where it goes."""
        if self.file is not None:
            color = self._session.color == "always"
            return Look(width=WIDTH_OF_A_PIPE, color=color, verbosity=self._verbosity)
        return Look(
            width=shutil.get_terminal_size((WIDTH_OF_A_PIPE, 40)).columns,
            color=self._session.colored(sys.stdout),
            encoding=sys.stdout.encoding or "utf-8",
            verbosity=self._verbosity,
        )

    def check(self) -> None:
        """Raise UsageError where the file could never be written, before the work begins."""
        if self.file is not None and not self.file.resolve().parent.is_dir():
            raise UsageError(f"cannot write {self.file}: there is no folder {self.file.parent}")

    def write(self, writer: Callable[[BinaryIO, Look], None]) -> None:
        """Let a format write the report, if it is wanted. Raises UsageError where the file cannot be written."""
        if not self.wanted:
            return
        if self.file is None:
            with standard_output() as stream:
                writer(stream, self.look)
            return
        try:
            with _whole_file(self.file) as stream:
                writer(stream, self.look)
        except OSError as error:
            raise UsageError(f"cannot write {self.file}: {error.strerror}") from error


def write_file(file: Path, data: bytes) -> None:
    """Write a file whole or not at all. Raises UsageError where it cannot be written."""
    try:
        with _whole_file(file) as stream:
            stream.write(data)
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from error


@contextmanager
def standard_output() -> Iterator[BinaryIO]:
    """Standard output as bytes. A reader that has seen enough, such as `head`, is no error and changes no exit code.

    Raises UsageError where it cannot be written for another reason, such as a full disk.
    """
    try:
        yield sys.stdout.buffer
        sys.stdout.flush()
    except BrokenPipeError:
        silence(sys.stdout)
    except OSError as error:
        silence(sys.stdout)
        raise UsageError(f"cannot write to standard output: {error.strerror}") from error


@contextmanager
def _whole_file(file: Path) -> Iterator[BinaryIO]:
    """A file that takes its name when it is finished; what is no regular file, such as /dev/null, is just written."""
    target = file.resolve()
    if target.exists() and not target.is_file():
        with target.open("wb") as stream:
            yield stream
        return
    unfinished = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with unfinished.open("xb") as stream:
            yield stream
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
