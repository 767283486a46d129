"""What goes wrong on command: a fault says which requests it meets, how often, and what comes instead of an answer."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from tests.live.azure.connection import JSON, Request, Response

HTML = (
    b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>The proxy wants to know who you are.</body></html>"
)
OTHER = "other"
SELF = "self"


class Fault(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One way for requests to fail.

    `match` is looked for in "METHOD path?query" as it reads without percent signs; `origin` narrows it down.
    The first `after` requests it meets pass, the next `times` fail (None: all of them).
    Without anything that makes an answer (status, body, code, html, redirect, drop) the real one is given, after
    `delay` seconds, cut in two by `truncate`, or with its next link bent by `next_link`.
    """

    match: str
    asks: str = ""  # and this in its body
    origin: str | None = None
    times: int | None = 1
    after: int = 0
    status: int | None = None
    headers: dict[str, str] = {}
    body: Any = msgspec.UNSET  # bytes as they are, all else as JSON: {} or {"value": None} or "text"
    code: str | None = None  # Azure's error JSON with this code
    message: str = "made to fail"
    html: bool = False
    redirect: str | None = None  # an URL, or OTHER
    truncate: bool = False
    drop: bool = False
    delay: float = 0.0
    next_link: str | None = None  # an URL, OTHER or SELF

    def meets(self, origin: str, request: Request) -> bool:
        """Whether the request fails; counts it."""
        if self.times == 0 or self.origin not in {None, origin} or not re.search(self.match, request.words):
            return False
        if self.asks and not re.search(self.asks, request.body.decode()):
            return False
        if request.batched and (self.drop or self.truncate):
            return False  # a request within a batch has no connection of its own
        if self.after:
            self.after -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True

    def made(self, other: str) -> Response | None:
        """What is answered instead; None for the real answer."""
        if self.drop:
            return Response(drop=True)
        if self.redirect is not None:
            target = f"{other}/redirected" if self.redirect == OTHER else self.redirect
            return Response(self.status or 302, headers={"location": target, **self.headers})
        if self.html:
            return Response(self.status or 200, HTML, self.headers, "text/html; charset=utf-8")
        if self.body is not msgspec.UNSET:
            raw = self.body if isinstance(self.body, bytes) else msgspec.json.encode(self.body)
            return Response(self.status or 200, raw, self.headers, cut=self.truncate)
        if self.code is not None or self.status is not None:
            error = {"error": {"code": self.code or "Failed", "message": self.message}}
            return Response(self.status or 400, msgspec.json.encode(error), self.headers, JSON, cut=self.truncate)
        return None

    def bent(self, response: Response, request: Request, own: str, other: str) -> Response:
        """The real answer with what is wrong about it."""
        if self.next_link is not None:
            content = msgspec.json.decode(response.body)
            name = "@odata.nextLink" if "@odata.context" in content else "nextLink"
            target = f"{request.path}?{request.query}"
            links = {OTHER: f"{other}{target}", SELF: f"{own}{target}"}
            content[name] = links.get(self.next_link, self.next_link)
            response = msgspec.structs.replace(response, body=msgspec.json.encode(content))
        headers = {**response.headers, **self.headers}
        return msgspec.structs.replace(response, headers=headers, cut=self.truncate)
