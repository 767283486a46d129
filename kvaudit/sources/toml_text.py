"""A table of a TOML file as plain data, with lines: the parser tells none, so keys are looked for in the text."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from kvaudit.errors import InputError
from kvaudit.sources.rows import escape
from kvaudit.sources.yaml_text import Mark

_HEADER = re.compile(r"\s*\[\[?\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?")
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")
_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)$")


class TomlTable:
    """What a table says, and on which line each of its keys stands."""

    def __init__(self, value: Any, keys: dict[str, Mark]) -> None:
        self.value = value
        self._keys = keys

    def position(self, pointer: str) -> Mark:
        """Line and column of the key at a pointer, or of the nearest above it that has a line."""
        while pointer not in self._keys:
            if not pointer:
                return 1, 1
            pointer = pointer.rpartition("/")[0]
        return self._keys[pointer]

    def key_position(self, pointer: str) -> Mark:
        """The same: a value begins where its key does."""
        return self.position(pointer)


def parse_toml_table(text: str, name: str, table: tuple[str, ...]) -> TomlTable | None:
    """The table of this name; None where the file has none. Raises InputError for text that is no TOML."""
    try:
        value: Any = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = _PLACE.search(str(error))
        where = f"{name}:{found[1]}:{found[2]}" if found else name
        raise InputError(f"broken TOML: {_PLACE.sub('', str(error)).strip()}", where=where) from error
    for key in table:
        value = value.get(key) if isinstance(value, dict) else None
    return None if value is None else TomlTable(_plain(value), _lines(text, table))


def _plain(value: Any) -> Any:
    """A value as JSON has it: days and times are text."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, (dt.date, dt.time)) else value


def _lines(text: str, table: tuple[str, ...]) -> dict[str, Mark]:
    """Where the keys of a table and of those below it stand, by pointer; of tables in a list, by their number."""
    keys: dict[str, Mark] = {}
    tables: dict[tuple[str, ...], int] = {}  # how many of a list of tables there were
    at: tuple[str, ...] = ()  # the table that a line is in
    for number, line in enumerate(text.splitlines(), 1):
        mark = number, len(line) - len(line.lstrip()) + 1
        header, key = _HEADER.fullmatch(line), _KEY.match(line)
        if header:
            *above, last = _parts(header[1])
            at = (*_numbered(above, tables), last)
            if line.lstrip().startswith("[["):
                tables[at] = tables.get(at, -1) + 1
            at = _numbered((last,), tables, at[:-1])
        path = (*at, *_parts(key[1])) if key else at
        if (header or key) and path[: len(table)] == table:
            for end in range(len(table), len(path) + 1):
                keys.setdefault("".join(f"/{escape(part)}" for part in path[len(table) : end]), mark)
    return keys


def _numbered(
    parts: Iterable[str], tables: Mapping[tuple[str, ...], int], path: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """A path with the number of the latest table after each part that names a list of them."""
    for part in parts:
        path = (*path, part)
        if path in tables:
            path = (*path, str(tables[path]))
    return path


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))
