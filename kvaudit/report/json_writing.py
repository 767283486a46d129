"""What all JSON documents share: how values are encoded, and how a principal, a step or a gap is written.

Nothing depends on the time of day, keys have a fixed order, and identical input gives identical bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO, Protocol

import msgspec

from kvaudit.model.finding import Gap, NotEvaluated, Step
from kvaudit.model.origin import Declaration, Location, Origin
from kvaudit.model.snapshot import Snapshot
from kvaudit.model.value import Value

SEPARATOR = b",\n"
_CHUNK = 1 << 20


class Wire(Value, rename="camel"):
    """What is written: field order is key order."""


class PrincipalWire(Wire):
    """A principal."""

    id: str
    type: str | None
    name: str | None


class StepWire(Wire):
    """A step of a path."""

    kind: str
    text: str
    ref: str
    file: str
    line: int
    declaration: Declaration | None


class GapWire(Wire):
    """Something that was not seen."""

    need: str
    subject: str
    reason: str
    remedy: str
    rules: tuple[str, ...]
    locations: list[Location]


class _NotEvaluated(Wire):
    need: str
    rules: tuple[str, ...]
    remedy: str


class _Source(Wire):
    file: str
    shape: str


class Told(Protocol):
    """A report that names principals and places."""

    @property
    def locations(self) -> Mapping[Origin, Location]:
        """Where origins are in their documents."""
        ...

    @property
    def names(self) -> Mapping[str, str]:
        """The names of principals, where known."""
        ...

    @property
    def types(self) -> Mapping[str, str]:
        """The types of principals, where known."""
        ...


class Writer:
    """Turns the values of one report into bytes, and remembers what recurs by the ten thousand."""

    def __init__(self, report: Told) -> None:
        self._locations = dict(report.locations)  # looked up by the hundred thousand
        self._types = report.types
        self._names = report.names
        self._principals: dict[str, PrincipalWire] = {}

    def gap(self, gap: Gap) -> bytes:
        """A gap."""
        return encode(GapWire(gap.need, gap.subject, gap.reason, gap.remedy, gap.rules, self.located(gap.origins)))

    def steps(self, steps: Iterable[Step]) -> list[StepWire]:
        """The steps of a path."""
        return [self.step(step) for step in steps]

    def step(self, step: Step) -> StepWire:
        """A step, with its file and line."""
        if step.origin is None:
            return StepWire(step.kind, step.text, step.ref, "", 0, None)
        location = self.locate(step.origin)
        return StepWire(step.kind, step.text, step.ref, location.file, location.line, location.declaration)

    def located(self, origins: Iterable[Origin]) -> list[Location]:
        """Origins with their lines."""
        return [self.locate(origin) for origin in origins]

    def locate(self, origin: Origin) -> Location:
        """An origin with its line."""
        return self._locations.get(origin) or Location(origin.document.name, 0, 0, origin.pointer, origin.declaration)

    def principal(self, principal: str) -> PrincipalWire:
        """A principal by its object id."""
        known = self._principals.get(principal)
        if known is None:
            known = PrincipalWire(principal, self._types.get(principal), self._names.get(principal))
            self._principals[principal] = known
        return known


def not_evaluated(missing: NotEvaluated) -> bytes:
    """What was not evaluated."""
    return encode(_NotEvaluated(missing.need, missing.rules, missing.remedy))


def sources(snapshot: Snapshot) -> list[_Source]:
    """The documents that were read."""
    return [_Source(document.name, document.shape) for document in snapshot.documents]


_encoder = msgspec.json.Encoder()


def encode(value: Any) -> bytes:
    """One value as JSON. Names may hold half a surrogate pair, which UTF-8 cannot say but an escape can."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        return json.dumps(value, default=_plain, separators=(",", ":")).encode("ascii")


def _plain(value: Any) -> Any:
    """What the standard library needs to write our values itself."""
    if isinstance(value, msgspec.Raw):
        return json.loads(bytes(value))
    names = zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True)
    return {encoded: getattr(value, field) for field, encoded in names}


def write_document(stream: BinaryIO, head: dict[str, Any], lists: Mapping[str, Iterable[bytes]]) -> None:
    """Write one object: the head's keys, then each list with an item a line."""
    pieces = [b"{\n"]  # put together now and then: none of them ends within a "##"

    def flush() -> None:
        stream.write(without_commands(b"".join(pieces)))
        pieces.clear()

    for key, value in head.items():
        pieces.append(b'"%b": %b,\n' % (key.encode(), encode(value)))
    for number, (key, items) in enumerate(lists.items()):
        pieces.append(b'%b"%b": [' % (b",\n" if number else b"", key.encode()))
        separator, size = b"\n", 0
        for item in items:
            pieces += (separator, item)
            separator = SEPARATOR
            size += len(item)
            if size >= _CHUNK:
                flush()
                size = 0
        pieces.append(b"]" if separator == b"\n" else b"\n]")
    pieces.append(b"\n}\n")
    flush()


def write_array(stream: BinaryIO, items: Iterable[bytes]) -> None:
    """Write an array with an item a line."""
    separator = b"[\n"
    for item in items:
        stream.write(separator + without_commands(item))
        separator = SEPARATOR
    stream.write(b"[]\n" if separator == b"[\n" else b"\n]\n")


def without_commands(encoded: bytes) -> bytes:
    """JSON that says the same, in which an agent of a CI that shows it finds no command such as ##vso[…].

    A "#" stands in strings only and is never part of an escape, so both can be written as their number.
    """
    if b"#" not in encoded:  # one sign is looked for ten times as fast as two
        return encoded
    return encoded.replace(b"##", b"\\u0023\\u0023")
