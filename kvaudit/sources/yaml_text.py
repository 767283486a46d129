"""YAML as plain data with positions: built from parser events, so no tag is executed and nothing recurses.

Scalars are read as YAML 1.2 has them, and only as far as JSON knows them: `NO` stays a word and a date stays text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from kvaudit.errors import InputError
from kvaudit.sources.rows import escape

__all__ = ["MAX_DEPTH", "ForeignYamlError", "YamlDocument", "escape", "parse_yaml"]

MAX_DEPTH = 100
ALIAS_BUDGET = 100_000  # nodes that aliases may add to what is written; more is an explosion, not a document

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,14})")
_TAGS = {None, "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}

Mark = tuple[int, int]


class ForeignYamlError(InputError):
    """YAML that is sound, with something in it that is not read here: written for another program, most likely."""


class YamlDocument:
    """What a text says, and where in the text each part of it stands."""

    def __init__(self, value: Any, values: dict[str, Mark], keys: dict[str, Mark]) -> None:
        self.value = value
        self._values = values
        self._keys = keys

    def position(self, pointer: str) -> Mark:
        """Line and column (from 1) of the value at a JSON pointer, or of its nearest ancestor that is written."""
        return self._nearest(pointer, self._values)

    def key_position(self, pointer: str) -> Mark:
        """Line and column of the key of a mapping's entry; of an item of a list, of the item."""
        return self._keys.get(pointer) or self.position(pointer)

    def _nearest(self, pointer: str, marks: dict[str, Mark]) -> Mark:
        while pointer not in marks:
            if not pointer:
                return 1, 1
            pointer = pointer.rpartition("/")[0]
        return marks[pointer]


def parse_yaml(text: str, name: str) -> YamlDocument:
    """Read one YAML document; `name` is what an error calls it.

    Keys are always text. Raises InputError with line and column for broken syntax, a duplicate key, nesting deeper
    than MAX_DEPTH and aliases beyond ALIAS_BUDGET; ForeignYamlError, where the syntax is sound to the end, for a key
    that is no scalar, a merge key, a tag and a second document.
    """
    reader = _Reader(name)
    events = _events(text, name)
    try:
        for event in events:
            reader.take(event)
    except ForeignYamlError:
        for _ in events:
            pass  # broken syntax further on is the graver matter
        raise
    return YamlDocument(reader.root, reader.values, reader.keys)


def _events(text: str, name: str) -> Iterator[yaml.Event]:
    """The parser's events. Raises InputError where the syntax is broken."""
    try:
        yield from yaml.parse(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        problem = error.problem or error.context or ""
        if "nesting depth" in problem:  # newer parsers look ahead, and stop before the reader is told of anything
            raise InputError(f"nested deeper than {MAX_DEPTH} levels", where=where) from error
        raise InputError(f"broken YAML: {problem}", where=where) from error
    except yaml.reader.ReaderError as error:
        raise InputError(f"broken YAML: {error.reason}", where=f"{name}:{_line_of(text, error.position)}") from error


def _line_of(text: str, offset: int) -> int:
    return text.encode("utf-8", "surrogatepass")[:offset].count(b"\n") + 1


class _Frame:
    """A mapping or sequence that is still open."""

    __slots__ = ("anchor", "key", "node", "nodes_before", "pointer")

    def __init__(self, node: Any, pointer: str, anchor: str | None, nodes_before: int) -> None:
        self.node = node
        self.pointer = pointer
        self.anchor = anchor
        self.key: str | None = None  # of a mapping: the key that waits for its value
        self.nodes_before = nodes_before


class _Reader:
    """Builds the value from events, one after the other."""

    def __init__(self, name: str) -> None:
        self.root: Any = None
        self.values: dict[str, Mark] = {}
        self.keys: dict[str, Mark] = {}
        self._name = name
        self._frames: list[_Frame] = []
        self._anchors: dict[str, tuple[Any, int]] = {}  # finished nodes by anchor, each with its size in nodes
        self._nodes = 0  # with every alias counted as what it stands for
        self._aliased = 0
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self._open(event)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            frame = self._frames.pop()
            if frame.anchor:
                self._anchors[frame.anchor] = frame.node, self._nodes - frame.nodes_before
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise self._foreign(event, "more than one YAML document in a file")

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        self._check_tag(event)
        frame = self._frames[-1] if self._frames else None
        if frame is not None and frame.key is None and type(frame.node) is dict:
            self._take_key(frame, event)
            return
        value: Any = event.value
        if event.tag is None and not event.style:
            value = _plain(value)
        self._nodes += 1
        self._place(value, event)
        if event.anchor:
            self._anchors[event.anchor] = value, 1

    def _take_key(self, frame: _Frame, event: yaml.ScalarEvent) -> None:
        key = event.value
        if key == "<<" and not event.style:
            raise self._foreign(event, "merge keys (<<) are not read", "Write the keys out.")
        pointer = f"{frame.pointer}/{escape(key)}"
        first = self.keys.get(pointer)
        if first:
            raise self._error(event, f"duplicate key {key!r}, first on line {first[0]}")
        frame.key = key
        self.keys[pointer] = _mark(event)

    def _open(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        self._check_tag(event)
        if len(self._frames) >= MAX_DEPTH:
            raise self._error(event, f"nested deeper than {MAX_DEPTH} levels")
        node: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        if event.anchor:
            self._anchors.pop(event.anchor, None)
        before = self._nodes
        self._nodes += 1
        pointer = self._place(node, event)
        self._frames.append(_Frame(node, pointer, event.anchor, before))

    def _alias(self, event: yaml.AliasEvent) -> None:
        if event.anchor not in self._anchors:
            raise self._error(event, f"alias *{event.anchor} names no finished anchor before it")
        value, size = self._anchors[event.anchor]
        self._nodes += size
        self._aliased += size
        if self._aliased > ALIAS_BUDGET:
            raise self._error(event, f"aliases expand to more than {ALIAS_BUDGET:,} nodes")
        self._place(value, event)

    def _place(self, value: Any, event: yaml.Event) -> str:
        """Put a value where it belongs, and say at which pointer that is."""
        pointer = ""
        if not self._frames:
            self.root = value
        else:
            frame = self._frames[-1]
            if type(frame.node) is list:
                pointer = f"{frame.pointer}/{len(frame.node)}"
                frame.node.append(value)
            elif frame.key is None:
                raise self._foreign(event, "a key must be a plain word, not a list, mapping or alias")
            else:
                pointer = f"{frame.pointer}/{escape(frame.key)}"
                frame.node[frame.key] = value
                frame.key = None
        self.values[pointer] = _mark(event)
        return pointer

    def _check_tag(self, event: Any) -> None:
        if event.tag not in _TAGS:
            raise self._foreign(event, f"YAML tags are not read: {event.tag}")

    def _error(self, event: yaml.Event, message: str) -> InputError:
        return InputError(message, where=self._where(event))

    def _foreign(self, event: yaml.Event, message: str, hint: str = "") -> ForeignYamlError:
        return ForeignYamlError(message, where=self._where(event), hint=hint)

    def _where(self, event: yaml.Event) -> str:
        line, column = _mark(event)
        return f"{self._name}:{line}:{column}"


def _mark(event: Any) -> Mark:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _plain(text: str) -> Any:
    """A scalar without quotes: null, a truth value, a small integer, or text."""
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _INTEGER.fullmatch(text) else text
