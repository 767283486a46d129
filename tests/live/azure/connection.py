"""HTTP/1.1 on one connection: what comes in, what goes out, and the ways in which an answer can go wrong on its way."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gzip
import ssl
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec

HEAD_LIMIT = 1 << 20
WORTH_COMPRESSING = 4096
JSON = "application/json; charset=utf-8"
REASONS = {200: "OK", 302: "Found", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found"}


class Request(msgspec.Struct, dict=True):
    """`path` and `query` as they were sent; header names in lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes = b""
    batched: bool = False

    @functools.cached_property
    def words(self) -> str:
        """The request in one line, readable: "GET /subscriptions?api-version=2022-12-01"."""
        return f"{self.method} {unquote(self.path)}{'?' if self.query else ''}{unquote(self.query)}"

    @functools.cached_property
    def parameters(self) -> dict[str, str]:
        """Of the query; names in lower case, as Azure does not mind their case."""
        return {name.lower(): value for name, value in parse_qsl(self.query, keep_blank_values=True)}

    def json(self) -> Any:
        """The body; None where it is no JSON."""
        try:
            return msgspec.json.decode(self.body)
        except msgspec.DecodeError:
            return None


class Response(msgspec.Struct, gc=False):
    """`packed` is the body in gzip where that is at hand; `cut` sends half of the body, `drop` nothing at all."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = {}
    kind: str = JSON
    packed: bytes | None = None
    cut: bool = False
    drop: bool = False

    @property
    def whole(self) -> bytes:
        """The body, unpacked."""
        return self.body if self.packed is None else gzip.decompress(self.packed)


def answer(content: Any, status: int = 200, **headers: str) -> Response:
    """JSON; header names are given with underscores for dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, msgspec.json.encode(content), named)


def refusal(status: int, code: str, message: str, **headers: str) -> Response:
    """An error as Resource Manager words it."""
    return answer({"error": {"code": code, "message": message}}, status, **headers)


Answering = Callable[[Request], Awaitable[Response]]


async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answering: Answering) -> None:
    """Answer what comes over one connection, until it ends."""
    try:
        while request := await _read(reader):
            response = await answering(request)
            if response.drop:
                writer.transport.abort()
                return
            writer.write(_encoded(response, packs="gzip" in request.headers.get("accept-encoding", "")))
            await writer.drain()
            if response.cut:
                return
    except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
        return  # the client went away


async def hang_up(writer: asyncio.StreamWriter, *, rudely: bool = False) -> None:
    """Close a connection, and see that it is closed; rudely, without waiting for the other side to agree."""
    if rudely:
        writer.transport.abort()
    else:
        writer.close()
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        await writer.wait_closed()


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head[:-4].decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = int(headers.get("content-length", "0"))
    path, _, query = target.partition("?")
    return Request(method, path, query, headers, await reader.readexactly(length) if length else b"")


def _encoded(response: Response, *, packs: bool) -> bytes:
    packed = response.packed if packs else None
    if packs and packed is None and len(response.body) > WORTH_COMPRESSING:
        packed = gzip.compress(response.body, 1, mtime=0)
    body, coding = (response.whole, "") if packed is None else (packed, "content-encoding: gzip\r\n")
    length = len(body)
    named = "".join(f"{name}: {value}\r\n" for name, value in response.headers.items())
    head = (
        f"HTTP/1.1 {response.status} {REASONS.get(response.status, '-')}\r\n"
        f"content-type: {response.kind}\r\n{coding}{named}content-length: {length}\r\n\r\n"
    )
    return head.encode("latin-1") + (body[: length // 2] if response.cut else body)
