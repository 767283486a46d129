"""What goes wrong on command: a fault says which requests it meets, how often, and what comes instead of an answer."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

import msgspec

from tests.live.azure.connection import JSON, Request, Response
from tests.live.azure.login import CLIENT, CLIENT_OBJECT
from tests.live.azure.resource_graph import skip_token

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
    message: str | None = None  # None: "made to fail", or what Azure says of a missing permission
    html: bool = False
    redirect: str | None = None  # an URL, or OTHER
    truncate: bool = False
    drop: bool = False
    delay: float = 0.0
    next_link: str | None = None  # an URL, OTHER or SELF; Resource Graph repeats the token it was given

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

    def made(self, request: Request, other: str) -> Response | None:
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
            message = self.message or (_denied(request) if self.code == "AuthorizationFailed" else "made to fail")
            error = {"error": {"code": self.code or "Failed", "message": message}}
            return Response(self.status or 400, msgspec.json.encode(error), self.headers, JSON, cut=self.truncate)
        return None

    def bent(self, response: Response, request: Request, own: str, other: str) -> Response:
        """The real answer with what is wrong about it."""
        if self.next_link is not None:
            content = self._with_link(msgspec.json.decode(response.whole), request, own, other)
            response = msgspec.structs.replace(response, body=msgspec.json.encode(content), packed=None)
        headers = {**response.headers, **self.headers}
        return msgspec.structs.replace(response, headers=headers, cut=self.truncate)

    def _with_link(self, content: dict[str, Any], request: Request, own: str, other: str) -> dict[str, Any]:
        target = f"{request.path}?{request.query}"
        link = {OTHER: f"{other}{target}", SELF: f"{own}{target}"}.get(self.next_link, self.next_link)
        if "totalRecords" not in content:
            return content | {"@odata.nextLink" if "@odata.context" in content else "nextLink": link}
        asked = request.json()
        again = asked.get("options", {}).get("$skipToken") or skip_token(0, asked["query"])
        return content | {"$skipToken": again if self.next_link == SELF else link}


def _denied(request: Request) -> str:
    """Azure's words, with the action and the scope that the path is about."""
    scope, _, what = unquote(request.path).rpartition("/providers/")
    provider, *names = what.split("/")
    if names and len(names) % 2 == 0:  # a type and a name: the thing itself
        scope = unquote(request.path)
    action = "/".join([provider, *names[::2]]) if names and provider else "Microsoft.Resources/subscriptions"
    return (
        f"The client '{CLIENT}' with object id '{CLIENT_OBJECT}' does not have authorization to perform action "
        f"'{action}/read' over scope '{scope or '/'}' or the scope is invalid. If access was recently granted, please "
        "refresh your credentials."
    )
