"""Rows on their way into a snapshot: each section in a file of its own until all of them are put together.

So the memory does not grow with the tenant, and what has come is safe whatever happens next. Put together, rows stand
in the order of their places and not in that in which answers came, so that the same answers make the same snapshot.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

Placed = tuple[str, bytes]
"""A row, and the place among the others that it belongs to: the scope it was asked for."""


class _Part(NamedTuple):
    """Rows of one place that came together: where they lie in the file of their section."""

    place: str
    start: int
    length: int


class _Section:
    """The rows of a section, as they came."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("w+b")
        self._parts: list[_Part] = []

    def add(self, place: str, text: bytes) -> None:
        """Put rows of one place at the end."""
        start = self.file.seek(0, os.SEEK_END)
        self.file.write(text)
        self._parts.append(_Part(place, start, len(text)))

    def copy_to(self, file: BinaryIO) -> None:
        """Write all rows in the order of their places."""
        for number, part in enumerate(sorted(self._parts)):
            self.file.seek(part.start)
            file.write((b",\n" if number else b"") + self.file.read(part.length))


class Spool:
    """Sections of rows, written as they come, from any number of threads."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix=".kvaudit-", dir=folder)
        self._sections: dict[str, _Section] = {}
        self._lock = threading.Lock()

    def add(self, section: str, rows: Iterable[Placed]) -> None:
        """Put rows into a section, each as the JSON it is."""
        texts = [(place, b",\n".join(row for _, row in together)) for place, together in groupby(rows, itemgetter(0))]
        with self._lock:
            for place, text in texts:
                self._section(section).add(place, text)

    def give(self, section: str) -> None:
        """Say that a section was looked for, though nothing may be found."""
        with self._lock:
            self._section(section)

    def write(self, target: Path, head: dict[str, object], tail: dict[str, object]) -> None:
        """Write the snapshot: what it says of itself, the sections, what is known of their reach. All or nothing."""
        part = target.with_name(f"{target.name}.part")
        with part.open("wb") as file:
            self.copy_to(file, head, tail)
        part.replace(target)

    def copy_to(self, file: BinaryIO, head: dict[str, object], tail: dict[str, object]) -> None:
        """As write, into an open file."""
        with self._lock:
            file.write(b"{\n" + b",\n".join(_member(name, value) for name, value in head.items()))
            for name, section in sorted(self._sections.items()):
                file.write(b',\n"%s": [\n' % name.encode())
                section.copy_to(file)
                file.write(b"\n]")
            file.write(b"".join(b",\n" + _member(name, value) for name, value in tail.items()) + b"\n}\n")

    def close(self) -> None:
        """Let go of the files."""
        with self._lock:
            for section in self._sections.values():
                section.file.close()
        self._folder.cleanup()

    def _section(self, name: str) -> _Section:
        if name not in self._sections:
            self._sections[name] = _Section(Path(self._folder.name) / name)
        return self._sections[name]


def _member(name: str, value: object) -> bytes:
    """One member of the top object; of a list each item on a line of its own."""
    if isinstance(value, list):
        items = b",\n".join(msgspec.json.encode(item) for item in value)
        return b'"%s": [\n%s\n]' % (name.encode(), items)
    return b'"%s": %s' % (name.encode(), msgspec.json.encode(value))
