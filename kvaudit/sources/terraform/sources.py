"""The sources that lie beside a plan: on which line a resource's block begins. Nothing in them is evaluated."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from kvaudit.sources.files import STREAMS
from kvaudit.sources.terraform.resource import Resource

_MAX_BYTES = 4 << 20
_MAX_FILES = 500
_BLOCK = re.compile(r'\s*(resource|data)\s+"?([\w-]+)"?\s+"?([\w-]+)"?\s*(?:\{|$|#|//|/\*)')
_HEREDOC = re.compile(r"<<[-~]?\s*([A-Za-z_][\w-]*)\s*$")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_MODES = {"resource": "managed", "data": "data"}

Blocks = dict[tuple[str, str, str], tuple[str, int]]


class Sources:
    """The .tf files of the folder a document is in, and of the folders of its modules below it."""

    def __init__(self, document: str) -> None:
        self._folder = None if document in STREAMS else Path(document).parent
        self._blocks: dict[str, Blocks] = {}

    def find(self, folder: str | None, resource: Resource) -> tuple[str, int]:
        """File and line of a resource's block, in a module's folder below; "" and 0 where it is not found."""
        if self._folder is None or folder is None:
            return "", 0
        if folder not in self._blocks:
            self._blocks[folder] = _blocks_in(self._folder / folder)
        return self._blocks[folder].get((resource.mode, resource.type, resource.name), ("", 0))


def _blocks_in(folder: Path) -> Blocks:
    found: Blocks = {}
    try:
        files = sorted(folder.glob("*.tf"))[:_MAX_FILES] if folder.is_dir() else []
    except OSError:  # sources are a help for the reader; that they cannot be read takes nothing from the plan
        return found
    for file in files:
        for block, line in _blocks_of(_text(file)):
            found.setdefault(block, (str(file), line))
    return found


def _text(file: Path) -> str:
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MAX_BYTES:
            return ""
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _blocks_of(text: str) -> list[tuple[tuple[str, str, str], int]]:
    """The blocks of resources in a source, line by line, outside comments and texts of several lines."""
    found = []
    closing = ""
    for number, line in enumerate(text.split("\n"), 1):
        if closing:
            ended = closing in line if closing == "*/" else line.strip() == closing
            closing = "" if ended else closing
            continue
        block = _BLOCK.match(line)
        if block:
            found.append(((_MODES[block[1]], block[2], block[3]), number))
        code = _QUOTED.sub("", line)
        heredoc = _HEREDOC.search(code)
        if heredoc:
            closing = heredoc[1]
        elif "/*" in code and "*/" not in code.rpartition("/*")[2]:
            closing = "*/"
    return found
