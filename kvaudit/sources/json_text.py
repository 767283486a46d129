"""JSON documents, row by row: the top of a document at once, its lists an item at a time.

A large file is one list of rows. Decoding them one after the other keeps a single row in memory, and splitting the
list first costs next to nothing, as msgspec only looks for the ends of the items.

Duplicate keys, which decoding does not show, are found by counting: what was decoded holds exactly the strings that
the document holds, unless a key was lost. Only a document that fails this is looked at closely.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cached_property
from itertools import chain
from typing import Any, NoReturn, TypeVar

import msgspec
from msgspec import UnsetType

from kvaudit.errors import InputError
from kvaudit.sources.text import checked, errors_said, places
from kvaudit.sources.wire import Whole

W = TypeVar("W", bound=Whole)

_RAW = msgspec.json.Decoder(msgspec.Raw)
_RAW_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_RAW_DICT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ANY = msgspec.json.Decoder()
_ENCODER = msgspec.json.Encoder()
_BYTE = re.compile(r"\(byte (\d+)\)$")
_NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_ESCAPE = re.compile(rb"\\.", re.DOTALL)
_NULL = type(None)
_TOO_DEEP = "nested too deep to be read"


class _Text:
    """The bytes of a document. What reads them refers to these, and not to each other: no cycle keeps them alive."""

    def __init__(self, data: bytes, start: int, name: str) -> None:
        self.data = data
        self.start = start
        self.name = name
        self.errors = errors_said(data[:start].decode("utf-8", "replace"))

    @property
    def _lines_before(self) -> int:
        return self.data.count(b"\n", 0, self.start)

    def look_for_duplicates(self) -> None:
        """Raise InputError for the first key that occurs twice in one object."""
        text = checked(self.data[self.start :], self.name)
        for begin, end in top_values(text, self.name, self._lines_before):
            for key, first, second in duplicate_keys(text, begin, end):
                line, column = _place(text, second)
                reason = f"duplicate key {key!r}, first on line {_place(text, first)[0] + self._lines_before}"
                raise InputError(reason, where=f"{self.name}:{line + self._lines_before}:{column}")

    def fail(self, error: Exception) -> NoReturn:
        """Raise InputError that names the place where the document breaks."""
        if isinstance(error, RecursionError):
            raise InputError(_TOO_DEEP, where=self.name) from error
        checked(self.data, self.name)
        offset, reason = self._first_error()
        ((_, line, column),) = places(self.data, [offset])
        where = f"{self.name}:{line}:{column}"
        raise InputError(f"broken JSON: {reason}", where=where, hint="Export it again.") from error

    def several(self) -> list[msgspec.Raw]:
        """The values of a document that goes on behind its first, as what a loop of `az` writes to one file does."""
        text = checked(self.data[self.start :], self.name)
        spans = top_values(text, self.name, self._lines_before)
        between = zip((0, *(end for _, end in spans)), (*(begin for begin, _ in spans), len(text)), strict=True)
        self.errors += [line for begin, end in between for line in errors_said(text[begin:end])]
        return [_RAW.decode(text[begin:end].encode()) for begin, end in spans]

    def _first_error(self) -> tuple[int, str]:
        try:
            _ANY.decode(memoryview(self.data)[self.start :])
        except msgspec.DecodeError as error:
            reason = str(error)
            at = _BYTE.search(reason)
            if at:
                return self.start + int(at[1]), _BYTE.sub("", reason).removeprefix("JSON is malformed: ").strip()
            if "truncated" in reason:
                return len(self.data.rstrip()), "it breaks off here"
            return self.start, reason
        return self.start, "unreadable"


class JsonList:
    """A list in a document, decoded once: item by item, or all of it as values of one type."""

    def __init__(self, text: _Text, written: memoryview | list[msgspec.Raw]) -> None:
        self.read = False
        self.strings = 0  # in what was decoded so far
        self._text = text
        self._written = written  # as a whole, or its items where they stand one after the other without a list

    @cached_property
    def _raws(self) -> list[msgspec.Raw]:
        if isinstance(self._written, list):
            return self._written
        try:
            return _RAW_LIST.decode(self._written)
        except _NOT_JSON as error:
            if not _goes_on(error):
                self._text.fail(error)
        values = self._text.several()
        return _RAW_LIST.decode(values[0]) if len(values) == 1 else values

    def __len__(self) -> int:
        return len(self._raws)

    def all_of(self, rows: msgspec.json.Decoder[list[W]]) -> list[W] | None:
        """Every item as a row of one type; None where an item is anything else, and nothing is read then."""
        if isinstance(self._written, list):
            return None
        try:
            found = rows.decode(self._written)
        except _NOT_JSON:
            return None
        self.read = True
        values = [*map(type, chain.from_iterable(map(msgspec.structs.astuple, found)))]
        self.strings = len(values) - values.count(UnsetType) + values.count(str)
        return found

    def __iter__(self) -> Iterator[Any]:
        self.read = True
        decode = _ANY.decode
        strings = 0
        try:
            for raw in self._raws:
                item = decode(raw)
                strings += strings_of(item)
                yield item
        except _NOT_JSON as error:
            self._text.fail(error)
        self.strings += strings


class JsonDocument:
    """One decoded document: `top` is a JsonList, or a dict in which every list is a JsonList, or any other value."""

    def __init__(self, data: bytes, start: int, name: str) -> None:
        self._strings = 0  # outside the lists
        self._lists: list[JsonList] = []
        self._text = _Text(data, start, name)
        try:
            self.top = self._opened(data, start)
        except _NOT_JSON as error:
            self._text.fail(error)

    @property
    def errors(self) -> list[str]:
        """What az said went wrong, in lines before, between and behind the values that were read so far."""
        return self._text.errors

    def _opened(self, data: bytes, start: int) -> Any:
        body = memoryview(data)[start:]
        sign = data[start : start + 200].lstrip()[:1]
        if sign == b"[":
            return self._list(body)
        if sign != b"{":
            return self._counted(_ANY.decode(body))
        try:
            fields = _RAW_DICT.decode(body)
        except msgspec.DecodeError as error:
            if not _goes_on(error):
                raise
            values = self._text.several()
            if len(values) > 1:
                return self._list(values)
            fields = _RAW_DICT.decode(values[0])
        return {self._counted(key): self._field(raw) for key, raw in fields.items()}

    def _field(self, raw: msgspec.Raw) -> Any:
        if bytes(memoryview(raw)[:1]) == b"[":
            return self._list(memoryview(raw))
        return self._counted(_ANY.decode(raw))

    def _list(self, written: memoryview | list[msgspec.Raw]) -> JsonList:
        self._lists.append(JsonList(self._text, written))
        return self._lists[-1]

    def _counted(self, value: Any) -> Any:
        self._strings += strings_of(value)
        return value

    def check(self) -> None:
        """Raise InputError with line and column where a key occurs twice in one object; lists left unread are read."""
        for unread in self._lists:
            if not unread.read:
                for _ in unread:
                    pass
        strings = self._strings + sum(read.strings for read in self._lists)
        if strings_in(self._text.data, self._text.start) != strings:
            self._text.look_for_duplicates()


def _goes_on(error: Exception) -> bool:
    """Whether something stands behind a value that is sound."""
    return "trailing characters" in str(error)


def strings_in(text: bytes, start: int = 0) -> int:
    """How many strings a JSON text holds: two quotation marks each, besides those that a backslash makes content."""
    quotes = text.count(b'"', start)
    if text.find(b"\\", start) >= 0:  # one search is quick, and a large file seldom has any
        quotes -= sum(escape[0] == b'\\"' for escape in _ESCAPE.finditer(text, start))
    return quotes // 2


def strings_of(value: Any) -> int:
    """How many strings a decoded value holds, keys and all."""
    if type(value) is dict:
        kinds = [*map(type, value.values())]
        texts = kinds.count(str)
        if texts == len(kinds) or texts + kinds.count(_NULL) == len(kinds):
            return len(kinds) + texts  # most rows are of nothing but text and null
    return strings_in(_ENCODER.encode(value))


def top_values(text: str, name: str, lines_before: int = 0) -> list[tuple[int, int]]:
    """Where each of several JSON values in a row begins and ends in a text; between them az may have warned.

    Raises InputError for anything else.
    """
    decoder = json.JSONDecoder()
    spans = []
    position = _skip_space(text, 0)
    while position < len(text):
        try:
            _, end = decoder.raw_decode(text, position)
        except json.JSONDecodeError as error:
            where = f"{name}:{error.lineno + lines_before}:{error.colno}"
            raise InputError(f"broken JSON: {error.msg}", where=where) from error
        except RecursionError as error:
            raise InputError(_TOO_DEEP, where=name) from error
        spans.append((position, end))
        position = _skip_space(text, end)
    return spans


_SPACE = re.compile(r"(?:^(?:WARNING|ERROR|INFO|DEBUG): [^\n]*|[ \t\r\n\ufeff]+)*", re.MULTILINE)  # and az's words
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]', re.DOTALL)


def _skip_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def duplicate_keys(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Keys that occur again in the same object of a valid JSON value: the key, its first place, and that again."""
    open_objects: list[dict[str, int] | None] = []  # None for a list
    expects_key = False
    for token in _TOKEN.finditer(text, start, end):
        sign = token[0]
        if sign in "{[":
            open_objects.append({} if sign == "{" else None)
            expects_key = sign == "{"
        elif sign in "}]":
            open_objects.pop()
            expects_key = False
        elif sign == ",":
            expects_key = open_objects[-1] is not None
        elif sign != ":" and expects_key:
            expects_key = False
            keys = open_objects[-1]
            key = json.loads(sign)
            if keys is not None and keys.setdefault(key, token.start()) != token.start():
                yield key, keys[key], token.start()


def _place(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
