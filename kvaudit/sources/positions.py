"""Lines and columns, worked out in bulk and only for what is reported, by reading the documents once more."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
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

_RAW_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_RAW_DICT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_BETWEEN = re.compile(rb"[\s,]*")
_TO_VALUE = re.compile(rb'[\s,]*"(?:[^"\\]|\\.)*"\s*:\s*', re.DOTALL)


def locate(origins: Iterable[Origin], *, stdin: BinaryIO | None = None) -> dict[Origin, Location]:
    """Line and column (from 1, in characters) of each origin; of its nearest ancestor where it is not written itself.

    A document that can no longer be read, or standard input that cannot be read again, gives line and column 0.
    """
    by_document: dict[str, dict[str, list[Origin]]] = defaultdict(lambda: defaultdict(list))
    for origin in origins:
        by_document[origin.document.name][origin.pointer].append(origin)
    located: dict[Origin, Location] = {}
    for name, pointers in by_document.items():
        found = _in_document(name, list(pointers), stdin)
        for pointer, same in pointers.items():
            location = Location(name, *found.get(pointer, (0, 0)), pointer)
            located |= dict.fromkeys(same, location)
    return located


def _in_document(name: str, pointers: list[str], stdin: BinaryIO | None) -> dict[str, tuple[int, int]]:
    if stdin is not None and not stdin.seekable():
        stdin = None
    try:
        data = read(Found(name), stdin)
        data = as_utf8(data, name)
        start = json_start(data)
        if not is_json(name, data, start):
            document = parse_yaml(checked(data, name), name)
            return {pointer: document.position(pointer) for pointer in pointers}
        offsets = _offsets(data, start, name, pointers)
    except (InputError, msgspec.DecodeError, RecursionError):
        return {}  # it changed since it was read: an unknown line, not a wrong one
    lines = {offset: (line, column) for offset, line, column in places(data, offsets.values())}
    return {pointer: lines[offset] for pointer, offset in offsets.items()}


def _offsets(data: bytes, start: int, name: str, pointers: list[str]) -> dict[str, int]:
    """The offset of each pointer's value in the bytes."""
    tree: Wanted = {}
    for pointer in pointers:
        node = tree
        for segment in pointer.split("/")[1:]:
            node = node.setdefault(segment.replace("~1", "/").replace("~0", "~"), {})
    while data[start : start + 1].isspace():
        start += 1
    try:
        return dict(_walk(data, start, len(data), tree, ""))
    except msgspec.DecodeError as error:
        if "trailing characters" not in str(error):
            raise
    text = checked(data[start:], name)
    found = {"": start}
    for number, (first, last) in enumerate(top_values(text, name)):
        if str(number) in tree:
            at = start + len(text[:first].encode())
            end = at + len(text[first:last].encode())
            found |= _walk(data, at, end, tree[str(number)], f"/{number}")
    return found


def _walk(data: bytes, begin: int, end: int, wanted: Wanted, pointer: str) -> Iterator[tuple[str, int]]:
    """The offset of a value and of all that is wanted in it. What is not there is where its ancestor is."""
    yield pointer, begin
    if not wanted:
        return
    body = memoryview(data)[begin:end]
    left = dict(wanted)
    if data[begin : begin + 1] == b"[":
        children = _items(data, begin + 1, _RAW_LIST.decode(body), left)
    elif data[begin : begin + 1] == b"{":
        children = _fields(data, begin + 1, _RAW_DICT.decode(body), left)
    else:
        children = iter(())
    for name, at, until in children:
        yield from _walk(data, at, until, left.pop(name), f"{pointer}/{escape(name)}")
    for name, below in left.items():
        for lost in _all(below, f"{pointer}/{escape(name)}"):
            yield lost, begin


def _items(data: bytes, begin: int, raws: list[msgspec.Raw], wanted: Wanted) -> Iterator[tuple[str, int, int]]:
    """The wanted items of a list: index, begin and end. The items follow each other, with commas and space between."""
    numbers = {int(name): name for name in wanted if name.isascii() and name.isdigit()}
    last = max(numbers, default=-1)
    for number, raw in enumerate(raws[: last + 1]):
        between = _BETWEEN.match(data, begin)
        begin = between.end() if between else begin
        size = memoryview(raw).nbytes
        if number in numbers:
            yield numbers[number], begin, begin + size
        begin += size


def _fields(data: bytes, begin: int, raws: dict[str, msgspec.Raw], wanted: Wanted) -> Iterator[tuple[str, int, int]]:
    """The wanted fields of an object: name as wanted, begin and end of the value.

    Readers take keys in any case, so where no key is spelt as wanted, one in another case is meant.
    """
    names: dict[str, list[str]] = {}
    for name in wanted:
        names.setdefault(name if name in raws else name.lower(), []).append(name)
    for key, raw in raws.items():
        to_value = _TO_VALUE.match(data, begin)
        begin = to_value.end() if to_value else begin
        size = memoryview(raw).nbytes
        meant = names.pop(key, [])
        if key.lower() not in raws:
            meant += names.pop(key.lower(), [])
        for name in meant:
            yield name, begin, begin + size
        begin += size


def _all(wanted: Wanted, pointer: str) -> Iterator[str]:
    yield pointer
    for name, below in wanted.items():
        yield from _all(below, f"{pointer}/{escape(name)}")
