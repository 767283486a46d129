"""One page of an answer: its rows as the bytes that came, and the way to the next."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from kvaudit.sources.live.refusals import BadAnswer

T = TypeVar("T")


class Page(msgspec.Struct, gc=False):
    """Rows of a list, each still as it came."""

    rows: list[msgspec.Raw]
    next: str | None = None  # a link; for Resource Graph a token
    asked: str = ""  # the address it came from

    def taken(self) -> list[msgspec.Raw]:
        """The rows, which are not kept here any longer."""
        rows, self.rows = self.rows, []
        return rows


class _Wire(msgspec.Struct, gc=False, rename={"next_link": "nextLink", "odata_next": "@odata.nextLink"}):
    value: list[msgspec.Raw]
    next_link: str | None = None
    odata_next: str | None = None


class _Table(msgspec.Struct, gc=False, rename={"skip_token": "$skipToken", "truncated": "resultTruncated"}):
    data: list[msgspec.Raw]
    count: int
    truncated: str | bool = False
    skip_token: str | None = None


class _Batch(msgspec.Struct, gc=False):
    responses: list[msgspec.Raw]


class _Object(msgspec.Struct, gc=False):
    id: str


_page = msgspec.json.Decoder(_Wire)
_table = msgspec.json.Decoder(_Table)
_batch = msgspec.json.Decoder(_Batch)
_object = msgspec.json.Decoder(_Object)


def page(body: bytes) -> Page:
    """A page of Resource Manager or Graph. Raises BadAnswer for anything without a list in `value`."""
    found = _decoded(_page, body, "a list in `value`")
    return Page(_objects(found.value), found.next_link or found.odata_next or None)


def table(body: bytes) -> Page:
    """A page of Resource Graph. Raises BadAnswer for one without rows, or one that says it was cut off."""
    found = _decoded(_table, body, "rows in `data`")
    if found.count != len(found.data):
        raise BadAnswer(f"the answer counts {found.count} rows and holds {len(found.data)}")
    if found.truncated in ("true", True) and not found.skip_token:
        raise BadAnswer("Resource Graph cut the result off, and says no way to the rest")
    return Page(_objects(found.data), found.skip_token or None)


def batch(body: bytes) -> Page:
    """The answers of a batch of Graph. Raises BadAnswer for anything else."""
    return Page(_decoded(_batch, body, "a list in `responses`").responses)


def single(body: bytes) -> Page:
    """One object. Raises BadAnswer for anything else, and for one that does not say which."""
    _decoded(_object, body, "an object with an id")
    return Page([msgspec.Raw(body)])


def _objects(rows: list[msgspec.Raw]) -> list[msgspec.Raw]:
    """Rows, each of which is an object by how it begins."""
    for row in rows:
        if bytes(memoryview(row)[:1]) != b"{":
            raise BadAnswer(f"expected rows that are objects, found {bytes(row)[:40].decode('utf-8', 'replace')}")
    return rows


def _decoded(decoder: msgspec.json.Decoder[T], body: bytes, wanted: str) -> T:
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        start = body[:40].decode("utf-8", "replace").strip()
        raise BadAnswer(f"expected {wanted}, found {start or 'nothing'!r}: {error}") from error
