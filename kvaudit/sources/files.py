"""The files to read: which there are, in which order, and what keeps one from being read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from kvaudit.errors import InputError
from kvaudit.model.value import Value

STDIN = "-"
LIVE = "<azure>"
"""What is asked of Azure now: it comes as a stream, as standard input does, and is no file of the user's."""

STREAMS = (STDIN, LIVE)
MAX_BYTES = 1 << 30
_CHUNK = 1 << 20
_ENDINGS = (".json", ".jsonl", ".ndjson", ".yaml", ".yml", ".bicep")
_OWN = {"kvaudit.yaml", "kvaudit.yml"}  # the configuration, not an input
_NO_FILES = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class Found(Value):
    """A file to read, by the name the user would give it; or one that is passed over or unreadable, and why."""

    name: str
    size: int = 0
    named: bool = True  # by the user, and not found in a folder
    skipped: str = ""
    error: str = ""


def find(paths: Sequence[str]) -> list[Found]:
    """Every file under the paths, each once, in the order of the paths and sorted within a folder.

    Folders are read to any depth; hidden ones and files of other kinds are passed over. Symbolic links are followed,
    once to each place. Raises InputError where there is no path, or a path that does not exist.
    """
    if not paths:
        raise InputError("no input", hint="Name files or folders of exports, or - for standard input.")
    seen: set[tuple[int, int]] = set()
    found = []
    for path in paths:
        if path in STREAMS:
            found.append(Found(path))
        elif Path(path).is_dir():
            found += _in_folder(path, seen)
        else:
            found += _named(path, seen)
    return found


def read(file: Found, stdin: BinaryIO | None) -> bytes:
    """The bytes of a file or of standard input. Raises InputError for one that is missing, unreadable or too large."""
    if file.error:
        raise InputError(file.error, where=file.name)
    try:
        if file.name in STREAMS:
            if stdin is None:
                raise InputError("there is no standard input to read", where=file.name)
            if stdin.seekable():
                stdin.seek(0)
            data = _bounded(stdin)
        else:
            data = _whole(file.name)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=file.name) from error
    return data


def _whole(name: str) -> bytes:
    """A regular file; anything else may be where one was, or where none ever was, and might never end."""
    path = Path(name)
    unfit = _unfit(path.stat())
    if unfit:
        raise InputError(unfit, where=name)
    with path.open("rb", buffering=0) as file:  # all at once, so a buffer would be one more copy
        return file.read()


def _bounded(stdin: BinaryIO) -> bytes:
    """All of a stream whose length nobody knows beforehand."""
    chunks = []
    size = 0
    while chunk := stdin.read(_CHUNK):
        size += len(chunk)
        if size > MAX_BYTES:
            raise InputError(_too_large(), where=STDIN, hint="Split it, or export less of each row.")
        chunks.append(chunk)
    return b"".join(chunks)


def _too_large() -> str:
    return f"larger than {MAX_BYTES >> 20:,} MiB"


def _named(path: str, seen: set[tuple[int, int]]) -> Iterator[Found]:
    try:
        status = os.stat(path)  # noqa: PTH116 - one call tells all
    except FileNotFoundError as error:
        raise InputError("there is no such file or folder", where=path) from error
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read: {error}", where=path) from error
    yield from _checked(path, status, seen, named=True)


def _checked(path: str, status: os.stat_result, seen: set[tuple[int, int]], *, named: bool) -> Iterator[Found]:
    """The file, unless it was found before."""
    place = status.st_dev, status.st_ino
    if place in seen:
        return
    seen.add(place)
    unfit = _unfit(status)
    yield Found(path, error=unfit) if unfit else Found(path, status.st_size, named)


def _unfit(status: os.stat_result) -> str:
    """What keeps a file from being read; "" for one that can be."""
    if not stat.S_ISREG(status.st_mode):
        kind = _NO_FILES.get(stat.S_IFMT(status.st_mode), "no ordinary file")
        return f"this is {kind}; pipe it in and name - instead"
    return _too_large() if status.st_size > MAX_BYTES else ""


def _in_folder(top: str, seen: set[tuple[int, int]]) -> Iterator[Found]:
    """The files of a folder and its folders, sorted by name; without recursion, as links may make it deep."""
    folders = [top]
    while folders:
        folder = folders.pop()
        try:
            status = os.stat(folder)  # noqa: PTH116 - as above
            place = status.st_dev, status.st_ino
            if place in seen:
                continue  # a link to a folder that was read already, perhaps one around this very link
            seen.add(place)
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            yield Found(folder, error=f"cannot be read: {error.strerror or error}")
            continue
        deeper = []
        for entry in entries:
            if _is_folder(entry):
                if entry.name.startswith("."):
                    yield Found(entry.path, skipped="a hidden folder")
                else:
                    deeper.append(entry.path)
            elif entry.name.lower().endswith(_ENDINGS) and entry.name.lower() not in _OWN:
                yield from _entry(entry, seen)
        folders += reversed(deeper)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself: its file will say so
        return False


def _entry(entry: os.DirEntry[str], seen: set[tuple[int, int]]) -> Iterator[Found]:
    if entry.name.startswith("."):
        yield Found(entry.path, skipped="a hidden file")
        return
    if _undecodable(entry.name):
        yield Found(entry.path.encode("utf-8", "backslashreplace").decode(), error="its name is not valid text")
        return
    try:
        status = entry.stat()
    except OSError as error:
        yield Found(entry.path, error=f"cannot be read: {error.strerror or error}")
        return
    yield from _checked(entry.path, status, seen, named=False)


def _undecodable(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return True
    return False
