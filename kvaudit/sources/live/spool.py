"""Rows on their way into a snapshot: each section in a file of its own until all of them are put together.

So the memory does not grow with the tenant, and what has come is safe whatever happens next.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import msgspec

_CHUNK = 1 << 20


class Spool:
    """Sections of rows, written as they come, from any number of threads."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix=".kvaudit-", dir=folder)
        self._files: dict[str, BinaryIO] = {}
        self._lock = threading.Lock()

    def add(self, section: str, rows: Iterable[bytes | msgspec.Raw]) -> None:
        """Put rows into a section, each as the JSON it is."""
        text = b",\n".join(bytes(row) for row in rows)
        with self._lock:
            file = self._file(section)
            if text:
                file.write(b",\n" + text if file.tell() else text)

    def give(self, section: str) -> None:
        """Say that a section was looked for, though nothing may be found."""
        with self._lock:
            self._file(section)

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
            for section, rows in self._files.items():
                rows.flush()
                rows.seek(0)
                file.write(b',\n"%s": [\n' % section.encode())
                shutil.copyfileobj(rows, file, _CHUNK)
                file.write(b"\n]")
                rows.seek(0, os.SEEK_END)
            file.write(b"".join(b",\n" + _member(name, value) for name, value in tail.items()) + b"\n}\n")

    def close(self) -> None:
        """Let go of the files."""
        with self._lock:
            for file in self._files.values():
                file.close()
        self._folder.cleanup()

    def _file(self, section: str) -> BinaryIO:
        if section not in self._files:
            self._files[section] = (Path(self._folder.name) / section).open("w+b")
        return self._files[section]


def _member(name: str, value: object) -> bytes:
    """One member of the top object; of a list each item on a line of its own."""
    if isinstance(value, list):
        items = b",\n".join(msgspec.json.encode(item) for item in value)
        return b'"%s": [\n%s\n]' % (name.encode(), items)
    return b'"%s": %s' % (name.encode(), msgspec.json.encode(value))
