"""Our own policies for azure-core's pipeline, in place of the packages' own lists.

The defaults are made for those who manage resources: they register resource providers by themselves (a POST), follow a
nextLink to any host with the token, follow redirects, retry whatever has a Retry-After and take `{}` for an empty list
(found by trying azure-core 1.41 and the management packages). For an audit each of that is wrong.
"""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

from azure.core.credentials import TokenCredential
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import (
    BearerTokenCredentialPolicy,
    ContentDecodePolicy,
    HTTPPolicy,
    RequestIdPolicy,
    RetryPolicy,
    SansIOHTTPPolicy,
    UserAgentPolicy,
)

from kvaudit import __version__
from kvaudit.sources.live.pacing import Bucket, Wait
from kvaudit.sources.live.pages import Page
from kvaudit.sources.live.refusals import BadAnswer, Refused

_READING_POSTS = re.compile(
    r"/providers/Microsoft\.ResourceGraph/resources|/providers/Microsoft\.Management/getEntities"
    r"|/v1\.0/directoryObjects/getByIds|/v1\.0/\$batch"
)
"""The only requests with a body: each asks a question and changes nothing."""

PAGE, DECODE = "kvaudit_page", "kvaudit_decode"
"""Names of options of a request: where its page is put, and how its body becomes one."""

_TRIES = 6  # in all, the first one included
_LONGEST_WAIT = 60.0  # seconds that one request may wait between its tries, taken together
_PASSING = frozenset({408, 429, 500, 502, 503, 504})
_OK = 200
_REDIRECTS = range(300, 400)
_LEFT = "x-ms-user-quota-remaining"
_CUT_OFF = "x-ms-tenant-subscription-limit-hit"
_QUOTA = re.compile(r"(\d+):(\d\d):(\d\d)")


class ReadOnly(SansIOHTTPPolicy[Any, Any]):
    """Refuse, before it leaves, whatever could change something."""

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Raise Refused for anything but GET and the four questions that are asked by POST."""
        method, path = request.http_request.method.upper(), urlsplit(request.http_request.url).path
        if method == "GET" or (method == "POST" and _READING_POSTS.fullmatch(path)):
            return
        raise Refused(f"{method} {path} is no reading request, and was not sent")


class SameOrigin(SansIOHTTPPolicy[Any, Any]):
    """Keep to one host, and with it the token: a link to another is not followed."""

    def __init__(self, origin: str) -> None:
        self._origin = origin_of(origin)

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Raise Refused for a request to another host, before a token is put into it."""
        url = request.http_request.url
        if origin_of(url) != self._origin:
            raise Refused(f"a link leads to {urlsplit(url).netloc or url}, away from {urlsplit(self._origin).netloc}")


def origin_of(url: str) -> str:
    """Scheme, host and port of an address, the port always told."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = None
    return f"{parts.scheme.lower()}://{(parts.hostname or '').lower()}:{port or 443}"


class StrictPages(SansIOHTTPPolicy[Any, Any]):
    """Take an answer for what it is: read the page ourselves, whatever the package would make of it."""

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Keep our options out of the transport's. Raises Refused for a page that was asked for before."""
        for name in (PAGE, DECODE):
            request.context[name] = request.context.options.pop(name, None)
        pages: list[Page] = request.context[PAGE] or []
        if request.http_request.url in {page.asked for page in pages}:
            raise Refused("the link to the next page leads in a circle")

    def on_response(self, request: PipelineRequest[Any], response: PipelineResponse[Any, Any]) -> None:
        """Decode a page. Raises BadAnswer for what is none, Refused for a redirect."""
        status = response.http_response.status_code
        if status in _REDIRECTS:
            raise Refused(f"a redirect ({status}) was not followed")
        pages: list[Page] | None = request.context[PAGE]
        decode: Callable[[bytes], Page] | None = request.context[DECODE]
        if pages is None or decode is None or status != _OK:
            return
        if str(response.http_response.headers.get(_CUT_OFF)).lower() == "true":
            raise BadAnswer("Resource Graph looked at the first 10,000 subscriptions only")
        page = decode(response.http_response.body())
        page.asked = request.http_request.url
        pages.append(page)
        # What the packages would make their models of: nothing but the way to the next page. The rows are kept as they
        # came, and a third of a collection's work was making models of them.
        response.context[ContentDecodePolicy.CONTEXT_NAME] = {"value": [], "nextLink": page.next}


class Pace(HTTPPolicy[Any, Any]):
    """Ask no more often than allowed; when told to wait, all who share the limit do."""

    def __init__(self, bucket_of: Callable[[str], Bucket]) -> None:
        super().__init__()
        self._bucket_of = bucket_of

    def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        """Send a request in its turn."""
        bucket = self._bucket_of(urlsplit(request.http_request.url).path)
        bucket.take()
        response = self.next.send(request)
        headers = response.http_response.headers
        if response.http_response.status_code == 429 or headers.get(_LEFT) == "0":
            bucket.hold(min(asked_to_wait(headers) or 0.0, _LONGEST_WAIT))
        return response


def asked_to_wait(headers: Mapping[str, Any]) -> float | None:
    """For how many seconds an answer asks to wait: Retry-After, else the quota of Resource Graph."""
    told = str(headers.get("Retry-After") or "").strip()
    if told.isdecimal():
        return float(told)
    if told:
        return _until(told)
    quota = _QUOTA.fullmatch(str(headers.get("x-ms-user-quota-resets-after") or "").strip())
    if quota:
        hours, minutes, seconds = map(int, quota.groups())
        return float(hours * 3600 + minutes * 60 + seconds)
    return None


def _until(date: str) -> float | None:
    """The seconds until a date as HTTP writes it."""
    try:
        then = parsedate_to_datetime(date)
    except ValueError:
        return None
    return max(0.0, (then - dt.datetime.now(then.tzinfo)).total_seconds())


class ReadRetry(RetryPolicy[Any, Any]):
    """Try again what may pass by itself, with full jitter, and give up in good time."""

    def __init__(self, wait: Wait) -> None:
        super().__init__(
            retry_total=_TRIES - 1,
            retry_status=_TRIES - 1,
            retry_read=2,
            retry_connect=2,
            retry_backoff_factor=0.4,
            retry_backoff_max=15,
        )
        self._method_whitelist = frozenset({"GET", "POST"})  # the few POSTs ask questions only
        self._pause = wait

    def is_retry(self, settings: dict[str, Any], response: PipelineResponse[Any, Any]) -> bool:
        """Whether this answer may be another one the next time."""
        if response.http_response.status_code not in _PASSING or settings["total"] <= 0:
            return False
        told = asked_to_wait(response.http_response.headers) or 0.0
        return bool(settings.get("waited", 0.0) + told <= _LONGEST_WAIT)

    def sleep(self, settings: dict[str, Any], transport: Any, response: Any = None) -> None:  # noqa: ARG002 - azure-core's signature
        """Wait for as long as the answer asks, else for longer every time, by chance so that not all come at once."""
        told = asked_to_wait(response.http_response.headers) if response is not None else None
        tries = len(settings["history"])
        longest = min(settings["max_backoff"], settings["backoff"] * 2**tries)
        pause = told or random.uniform(0, longest)  # noqa: S311 - no secret
        settings["waited"] = settings.get("waited", 0.0) + pause
        self._pause(pause)


class Credential(TokenCredential, Protocol):
    """What gives tokens, and hears of those that were not taken."""

    def refused(self, token: str) -> None:
        """Give another one the next time."""


class Bearer(BearerTokenCredentialPolicy[Any, Any]):
    """The token, over https only, shared by all clients of one scope; asked for anew where Azure did not take it."""

    def __init__(self, credential: Credential, scope: str) -> None:
        super().__init__(credential, scope)
        self._login = credential

    def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        """Send a request with the token, and once more with another where the first had come to its end."""
        response = super().send(request)
        if response.http_response.status_code != 401:
            return response
        self._login.refused(request.http_request.headers.get("Authorization", "").removeprefix("Bearer "))
        return super().send(request)


def policies(origin: str, bearer: Bearer, bucket_of: Callable[[str], Bucket], wait: Wait) -> list[Any]:
    """The whole list for one host."""
    return [
        ReadOnly(),
        SameOrigin(origin),
        RequestIdPolicy(),
        UserAgentPolicy(base_user_agent=f"kvaudit/{__version__}"),
        StrictPages(),
        ReadRetry(wait),
        bearer,
        Pace(bucket_of),
    ]
