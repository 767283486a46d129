"""Where reports go: standard output, or a file that is there whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from kvaudit.cli.session import Session, silence
from kvaudit.errors import UsageError
from kvaudit.report.escape import escape
from kvaudit.report.formats import Kind, Look, Writer

WIDTH_OF_A_PIPE = 120
AUTO = "auto"
_PEOPLE = "terminal"

LARGEST_SUMMARY = 900_000
"""Bytes of a step's summary; over 1 MiB GitHub shows none of it."""

# The CIs that show findings where they belong, by the variable that says "true" inside them.
_CI_FORMATS = {"GITHUB_ACTIONS": "github", "TF_BUILD": "azure"}


class Destination(NamedTuple):
    """One place a report goes to, and as what."""

    formats: tuple[str, ...]  # several only where they are for the same log
    file: Path | None  # None: standard output


class Outputs:
    """What the options say about the report: as what it is written, where to, how it looks."""

    def __init__(self, session: Session, kind: Kind, asked: Sequence[str], file: Path | None, verbosity: int) -> None:
        """Raises UsageError where the options do not fit together, or name a format that there is not."""
        self._session = session
        self._verbosity = verbosity
        destinations = [_destination(text) for text in asked]
        if file is not None:
            destinations = [_with_file(destinations, file)]
        elif not destinations:
            destinations = [Destination((AUTO,), None)]
        destinations = [self._resolved(each, kind) for each in destinations]
        _check_apart(destinations)
        self._writers = [(each, tuple(map(kind.writer, each.formats))) for each in destinations]
        self._summary = _job_summary(os.environ) if any("github" in each.formats for each in destinations) else None

    def check(self) -> None:
        """Raise UsageError where a file cannot be written, before the work begins."""
        for destination, _ in self._writers:
            if destination.file is not None:
                check_writable(destination.file)
        if self._summary is not None:
            append(self._summary, lambda _size: b"")

    def write(self, report: Any) -> None:
        """Write the report to each place. Raises UsageError where one cannot be written."""
        for destination, writers in self._writers:
            if destination.file is None:
                with standard_output() as stream:
                    self._write(report, writers, stream, self._look(None))
            else:
                with written_file(destination.file) as stream:
                    self._write(report, writers, stream, self._look(destination.file))
        if self._summary is not None:
            from kvaudit.report.markdown import report_page  # noqa: PLC0415 - as other formats, on use

            append(self._summary, lambda size: report_page(report, LARGEST_SUMMARY - size))

    def _write(self, report: Any, writers: Sequence[Writer], stream: BinaryIO, look: Look) -> None:
        for writer in writers:
            left_out = writer(report, stream, look)
            if left_out:
                self._session.say(escape(left_out))

    def _resolved(self, destination: Destination, kind: Kind) -> Destination:
        """A destination with what `auto` stands for here; a quiet run leaves out what is for people to read."""
        names, file = destination
        if names == (AUTO,):
            if file is not None:
                raise UsageError(f"-f {AUTO} has no file", hint=f"It is for the log; name a format: -f json:{file}")
            names = () if self._session.quiet else (_PEOPLE, *_formats_of_ci(os.environ, kind))
        elif names == (_PEOPLE,) and file is None and self._session.quiet:
            names = ()
        return Destination(names, file)

    def _look(self, file: Path | None) -> Look:
        """How text for people is to look where it goes."""
        if file is not None:
            color = self._session.color == "always"
            return Look(width=WIDTH_OF_A_PIPE, color=color, verbosity=self._verbosity)
        return Look(
            width=shutil.get_terminal_size((WIDTH_OF_A_PIPE, 40)).columns,
            color=self._session.colored(sys.stdout),
            encoding=sys.stdout.encoding or "utf-8",
            verbosity=self._verbosity,
        )


def _formats_of_ci(environment: Mapping[str, str], kind: Kind) -> tuple[str, ...]:
    """The formats that the CI we are in shows where findings belong."""
    inside = (name for variable, name in _CI_FORMATS.items() if environment.get(variable, "").lower() == "true")
    return tuple(name for name in inside if name in kind.modules)


def _job_summary(environment: Mapping[str, str]) -> Path | None:
    """The file of Markdown that GitHub shows as the summary of the job."""
    name = environment.get("GITHUB_STEP_SUMMARY")
    return Path(name) if name else None


def _destination(text: str) -> Destination:
    """FORMAT or FORMAT:PATH."""
    name, colon, path = text.partition(":")
    if colon and not path:
        raise UsageError(f"-f {text}: no file after the colon", hint=f"Write -f {name}:FILE, or -f {name}.")
    return Destination((name.lower(),), None if not colon or path == "-" else Path(path))


def _with_file(destinations: Sequence[Destination], file: Path) -> Destination:
    """The one destination that -o gives a file."""
    if len(destinations) > 1 or any(each.file for each in destinations):
        raise UsageError(
            "-o names the file of a single format",
            hint="With several formats, or with -f FORMAT:PATH, give each its own file: -f json:out.json",
        )
    names = destinations[0].formats if destinations else (_PEOPLE,)
    return Destination(names, None if str(file) == "-" else file)


def _check_apart(destinations: Sequence[Destination]) -> None:
    """Raise UsageError where two would be written over each other."""
    if sum(each.file is None for each in destinations) > 1:
        raise UsageError(
            "two formats cannot share standard output", hint="Give all but one of them a file: -f json:out.json"
        )
    files = [each.file.resolve() for each in destinations if each.file and not _is_device(each.file)]
    for file in files:
        if files.count(file) > 1:
            raise UsageError(f"two formats cannot share the file {file}")


def write_file(file: Path, data: bytes) -> None:
    """Write a file whole or not at all. Raises UsageError where it cannot be written."""
    with written_file(file) as stream:
        stream.write(data)


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
def written_file(file: Path) -> Iterator[BinaryIO]:
    """A file that takes its name when it is finished; what is no regular file, such as /dev/null, is just written.

    Raises UsageError where it cannot be written.
    """
    target = file.resolve()
    try:
        if _is_device(file):
            with file.open("wb") as stream:
                yield stream
            return
        unfinished = _beside(target)
        try:
            with unfinished.open("xb") as stream:
                yield stream
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from error


def append(file: Path, text: Callable[[int], bytes]) -> None:
    """Write at the end of a file what is made for its size so far. Raises UsageError where it cannot be written."""
    try:
        with file.open("ab") as stream:
            stream.write(text(stream.tell()))
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from error


def check_writable(file: Path) -> None:
    """Raise UsageError where `written_file` would: by trying, as there are more reasons than one can look up."""
    target = file.resolve()
    try:
        if file.is_dir():
            raise UsageError(f"cannot write {file}: this is a folder")
        if _is_device(file):
            if not os.access(file, os.W_OK):  # opening it could end what reads it
                raise UsageError(f"cannot write {file}: {os.strerror(errno.EACCES)}")
            return
        if not target.parent.is_dir():
            raise UsageError(f"cannot write {file}: there is no folder {file.parent}")
        unfinished = _beside(target)
        unfinished.touch(exist_ok=False)
        unfinished.unlink()
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from error


def _is_device(file: Path) -> bool:
    """Whether this is a pipe, a terminal or the like, by whatever links it is named; /dev/fd/3 resolves to no path."""
    try:
        return file.exists() and not file.is_file() and not file.is_dir()
    except OSError:
        return False  # a name that cannot be is said where it is tried


def _beside(target: Path) -> Path:
    """A new name in the same folder."""
    return target.with_name(f".{target.name}.{secrets.token_hex(4)}")
