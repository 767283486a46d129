"""The sources that lie beside a plan: where a resource's block begins, what it sets. Nothing in them is evaluated."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import NamedTuple

from kvaudit.sources.files import STREAMS
from kvaudit.sources.terraform.blocks import Block, blocks_of
from kvaudit.sources.terraform.resource import Resource

_MAX_BYTES = 4 << 20
_MAX_FILES = 500
_READ = (".tf", ".tofu")
_UNREAD = (".tf.json", ".tofu.json")


class Folder(NamedTuple):
    """The blocks in a module's folder, with their files: several where some override others."""

    blocks: dict[tuple[str, str, str], list[tuple[str, Block]]]
    is_whole: bool  # every file that may hold blocks was read


_NONE = Folder({}, is_whole=False)


class Sources:
    """The .tf files of the folder a document is in, and of the folders of its modules below it."""

    def __init__(self, document: str) -> None:
        self._folder = None if document in STREAMS else Path(document).parent
        self._folders: dict[str, Folder] = {}

    def find(self, folder: str | None, resource: Resource) -> tuple[str, int]:
        """File and line of a resource's block, in a module's folder below; "" and 0 where it is not found."""
        for file, block in self._read(folder).blocks.get(_key(resource), ()):
            return file, block.line
        return "", 0

    def sets(self, folder: str | None, resource: Resource, name: str) -> bool | None:
        """Whether a resource's block has an argument or block of a name, be it dynamic; None where it is not found."""
        blocks, is_whole = self._read(folder)
        found = [block for _, block in blocks.get(_key(resource), ())]
        if any(name in block.sets for block in found):
            return True
        return False if found and is_whole else None

    def _read(self, folder: str | None) -> Folder:
        if self._folder is None or folder is None:
            return _NONE
        if folder not in self._folders:
            self._folders[folder] = _read(self._folder / folder)
        return self._folders[folder]


def _key(of: Resource | Block) -> tuple[str, str, str]:
    return of.mode, of.type, of.name


def _read(folder: Path) -> Folder:
    try:
        files = sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError:  # sources are a help for the reader; that they cannot be read takes nothing from the plan
        return _NONE
    sources = [file for file in files if file.suffix in _READ]
    is_whole = len(sources) <= _MAX_FILES and not any(file.name.endswith(_UNREAD) for file in files)
    found = Folder({}, is_whole)
    for file in sources[:_MAX_FILES]:
        text = _text(file)
        if text is None:
            found = found._replace(is_whole=False)
            continue
        for block in blocks_of(text):
            found.blocks.setdefault(_key(block), []).append((str(file), block))
    return found


def _text(file: Path) -> str | None:
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MAX_BYTES:
            return None
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
