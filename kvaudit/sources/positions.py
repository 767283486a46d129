"""Lines and columns, worked out in bulk and only for what is reported, by reading the documents once more."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Any, BinaryIO

import msgspec

from kvaudit.errors import InputError
from kvaudit.model.origin import Location, Origin
from kvaudit.sources.files import Found, read
from kvaudit.sources.json_text import top_values
from kvaudit.sources.rows import escape
from kvaudit.sources.text import as_utf8, checked, is_json, json_start, places
from kvaudit.sources.yaml_text import parse_yaml

Wanted = dict[str, Any]
"""Pointers as a tree: each segment with what is wanted below it."""
Place = tuple[int, int]
"""Line and column, from 1."""

_RAW_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_RAW_DICT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_BETWEEN = re.compile(rb"[\s,]*")
_TO_VALUE = re.compile(rb'[\s,]*"(?:[^"\\]|\\.)*"\s*:\s*', re.DOTALL)


def locate(origins: Iterable[Origin], *, stdin: BinaryIO | None = None) -> dict[Origin, Location]:
    """Line and column (from 1, in characters) of each origin; of its nearest ancestor where it is not written itself.

    A document that can no longer be read, or standard input that cannot be read again, gives line and column 0.
    """
    by_document: dict[str, list[Origin]] = defaultdict(list)
    for origin in origins:
        by_document[origin.document.name].append(origin)
    located: dict[Origin, Location] = {}
    for name, inside in by_document.items():
        found = _in_document(name, {origin.pointer for origin in inside}, stdin)
        for origin in inside:
            located[origin] = Location(name, *found.get(origin.pointer, (0, 0)), origin.pointer, origin.declaration)
    return located


def _in_document(name: str, pointers: Collection[str], stdin: BinaryIO | None) -> dict[str, Place]:
    if name.lower().endswith(".bicep"):
        return _in_bicep(name, pointers)
    if stdin is not None and not stdin.seekable():
        stdin = None
    try:
        data = read(Found(name), stdin)
        data = as_utf8(data, name)
        start = json_start(data)
        if not is_json(name, data, start):
            document = parse_yaml(checked(data, name), name)
            return {pointer: document.position(pointer) for pointer in pointers}
        offsets = _Offsets(data, name).all(start, _tree(pointers))
    except (InputError, msgspec.DecodeError, RecursionError):
        return {}  # it changed since it was read: an unknown line, not a wrong one
    lines = {offset: (line, column) for offset, line, column in places(data, offsets.values())}
    return {pointer: lines[offset] for pointer, offset in offsets.items()}


def _in_bicep(name: str, pointers: Iterable[str]) -> dict[str, Place]:
    """Where the resources and modules of a Bicep source are declared; pointers lead into what it compiled to.

    That has them by their symbolic names, or in a list, which does not tell.
    """
    from kvaudit.sources.bicep import declarations  # noqa: PLC0415 - few inputs are sources

    try:
        declared = declarations(checked(as_utf8(read(Found(name), None), name), name))
    except InputError:
        return {}  # as above
    named = ((pointer, pointer.split("/")) for pointer in pointers)
    return {
        pointer: declared[steps[2]]
        for pointer, steps in named
        if steps[1:2] == ["resources"] and len(steps) > 2 and steps[2] in declared
    }


def _tree(pointers: Iterable[str]) -> Wanted:
    tree: Wanted = {}
    for pointer in pointers:
        node = tree
        for segment in pointer.split("/")[1:]:
            key = segment.replace("~1", "/").replace("~0", "~") if "~" in segment else segment
            node = node.setdefault(key, {})
    return tree


class _Offsets:
    """Where the values of a JSON document begin, in bytes: found on one walk, only into what is wanted."""

    def __init__(self, data: bytes, name: str) -> None:
        self._data = data
        self._name = name
        self._found: dict[str, int] = {}

    def all(self, start: int, tree: Wanted) -> dict[str, int]:
        """The offset of every pointer of a tree."""
        while self._data[start : start + 1].isspace():
            start += 1
        try:
            self._walk(start, len(self._data), tree, "")
        except msgspec.DecodeError as error:
            if "trailing characters" not in str(error):
                raise
            self._several(start, tree)
        return self._found

    def _several(self, start: int, tree: Wanted) -> None:
        """Values one after the other are a list without its brackets; a single one has warnings behind it."""
        text = checked(self._data[start:], self._name)
        values = top_values(text, self._name)
        for number, (first, last) in enumerate(values):
            below, pointer = (tree, "") if len(values) == 1 else (tree.get(str(number)), f"/{number}")
            if below is not None:
                at = start + len(text[:first].encode())
                self._walk(at, at + len(text[first:last].encode()), below, pointer)

    def _walk(self, begin: int, end: int, wanted: Wanted, pointer: str) -> None:
        """A value and all that is wanted in it. What is not there is where its ancestor is."""
        self._found[pointer] = begin
        if not wanted:
            return
        body = memoryview(self._data)[begin:end]
        left = dict(wanted)
        sign = self._data[begin : begin + 1]
        if sign == b"[":
            self._items(begin + 1, _RAW_LIST.decode(body), left, pointer)
        elif sign == b"{":
            self._fields(begin + 1, _RAW_DICT.decode(body), left, pointer)
        for name, below in left.items():
            for lost in _all(below, f"{pointer}/{escape(name)}"):
                self._found[lost] = begin

    def _items(self, begin: int, raws: list[msgspec.Raw], left: Wanted, pointer: str) -> None:
        """The wanted items of a list, taken out of what is left; commas and space are between the items."""
        startswith = self._data.startswith
        names = {int(name): name for name in left if name.isascii() and name.isdigit()}
        before, size = b"", 0  # what was between the last two, with the first byte of the second
        for number, raw in enumerate(raws[: max(names, default=-1) + 1]):
            if size and startswith(before, begin):
                begin += size
            else:
                start = _end(_BETWEEN, self._data, begin)
                before, size = self._data[begin : start + 1], start - begin
                begin = start
            end = begin + len(raw)
            name = names.get(number)
            if name is not None:
                below = left.pop(name)
                if below:
                    self._walk(begin, end, below, f"{pointer}/{name}")
                else:
                    self._found[f"{pointer}/{name}"] = begin
            begin = end

    def _fields(self, begin: int, raws: dict[str, msgspec.Raw], left: Wanted, pointer: str) -> None:
        """The wanted fields of an object, taken out of what is left."""
        wanted = _as_written(left, raws)
        for key, raw in raws.items():
            if not wanted:
                break
            begin = _end(_TO_VALUE, self._data, begin)
            end = begin + len(raw)
            for name in wanted.pop(key, ()):
                self._walk(begin, end, left.pop(name), f"{pointer}/{escape(name)}")
            begin = end


def _end(pattern: re.Pattern[bytes], data: bytes, begin: int) -> int:
    found = pattern.match(data, begin)
    return found.end() if found else begin


def _as_written(names: Iterable[str], keys: dict[str, Any]) -> dict[str, list[str]]:
    """The keys of an object, each with the names that mean it: readers take a key in any case if none is spelt so."""
    in_any_case: dict[str, str] = {}
    written: dict[str, list[str]] = {}
    for name in names:
        if name not in keys and not in_any_case:
            in_any_case = {key.lower(): key for key in reversed(keys)} | {key: key for key in keys}
        key = name if name in keys else in_any_case.get(name.lower())
        if key is not None:
            written.setdefault(key, []).append(name)
    return written


def _all(wanted: Wanted, pointer: str) -> Iterator[str]:
    yield pointer
    for name, below in wanted.items():
        yield from _all(below, f"{pointer}/{escape(name)}")
