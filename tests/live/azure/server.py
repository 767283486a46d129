"""The fake Azure: origins on 127.0.0.1 with certificates of their own authority, in a thread, with a log of it all."""

from __future__ import annotations

import asyncio
import functools
import re
import ssl
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple, Self

import msgspec
import trustme

from tests.live.azure import arm, control, hsm
from tests.live.azure.connection import HEAD_LIMIT, Request, Response, converse, hang_up, refusal
from tests.live.azure.estate import Estate
from tests.live.azure.faults import Fault
from tests.live.azure.graph import Graph, refused
from tests.live.azure.limits import Quota, ReadLimits, clock, throttled
from tests.live.azure.login import CLIENT, SECRET, Login
from tests.live.azure.resource_graph import ResourceGraph
from tests.live.azure.settings import Settings

ORIGINS = ("arm", "graph", "login", "hsm", "other")
QUERY = "/providers/microsoft.resourcegraph/resources"
READING_POSTS = re.compile(
    r"arm POST /providers/Microsoft\.(ResourceGraph/resources|Management/getEntities)\?"
    r"|graph POST /v1\.0/(directoryObjects/getByIds|\$batch)(\?|$)",
    re.IGNORECASE,
)


class Entry(NamedTuple):
    """A line of the log; `words` is "METHOD path?query" without percent signs, `body` is of POSTs."""

    origin: str
    words: str
    status: int | None  # None where the connection was dropped
    authorized: bool  # whether there was an Authorization header
    batched: bool
    body: bytes

    @property
    def method(self) -> str:
        return self.words.split(" ", 1)[0]


@functools.cache
def _authority() -> tuple[ssl.SSLContext, bytes]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context, authority.cert_pem.bytes()


class Azure:
    """`with Azure(small()) as azure:`; settings, faults and the estate may be changed while it runs."""

    def __init__(self, estate: Estate, settings: Settings | None = None) -> None:
        self.estate = estate
        self.settings = settings or Settings()
        self.login = Login(estate.tenant)
        self.graph = Graph(estate, self.settings)
        self.queries = ResourceGraph(estate, self.settings)
        self.clock = time.monotonic  # of the limits
        self.urls: dict[str, str] = {}
        self.log: list[Entry] = []
        self.peak: Counter[str] = Counter()
        self.connections: Counter[str] = Counter()
        self._faults: list[Fault] = []
        self._kept: dict[str, Response] = {}
        self._lock = threading.Lock()
        self._in_flight: Counter[str] = Counter()
        self._limits = ReadLimits()
        self._quota = Quota()
        self._folder = tempfile.TemporaryDirectory(prefix="fake-azure-")
        self.ca = Path(self._folder.name) / "ca.pem"
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._done: asyncio.Event | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="fake-azure", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(timeout=30):
            raise RuntimeError("the fake Azure did not come up")
        return self

    def __exit__(self, *_error: object) -> None:
        if self._loop is not None and self._done is not None:
            self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join()
        self._folder.cleanup()

    def fault(self, match: str, **what: Any) -> Fault:
        """Add a fault (see Fault for what may be said); of several that meet a request the first counts."""
        return self.add(Fault(match=match, **what))

    def add(self, fault: Fault) -> Fault:
        with self._lock:
            self._faults.append(fault)
        return fault

    def heal(self) -> None:
        """Take all faults away."""
        with self._lock:
            self._faults.clear()

    def reset(self) -> None:
        """Begin the log anew."""
        self.log.clear()
        self.peak.clear()
        self.connections.clear()

    def entries(self, pattern: str, *, origin: str | None = None) -> list[Entry]:
        """The lines of the log in which a pattern is found, those within a batch among them."""
        return [each for each in self.log if origin in {None, each.origin} and re.search(pattern, each.words)]

    def count(self, pattern: str, *, origin: str | None = None) -> int:
        return len(self.entries(pattern, origin=origin))

    def writes(self) -> list[Entry]:
        """Everything that is neither GET, nor one of the four POSTs that read, nor asks for a token."""
        return [
            each
            for each in self.log
            if each.method != "GET"
            and each.origin != "login"
            and not READING_POSTS.match(f"{each.origin} {each.words}")
        ]

    @property
    def environment(self) -> dict[str, str]:
        """What a child process has to find in its environment to talk to this Azure."""
        return {
            "KVAUDIT_ARM_ENDPOINT": self.urls["arm"],
            "KVAUDIT_AUTHORITY": self.urls["login"],
            "KVAUDIT_GRAPH_ENDPOINT": self.urls["graph"],
            "REQUESTS_CA_BUNDLE": str(self.ca),
            "AZURE_TENANT_ID": self.estate.tenant,
            "AZURE_CLIENT_ID": CLIENT,
            "AZURE_CLIENT_SECRET": SECRET,
        }

    async def _run(self) -> None:
        context, certificate = _authority()
        self.ca.write_bytes(certificate)
        self._loop, self._done = asyncio.get_running_loop(), asyncio.Event()
        talks: set[asyncio.Task[None]] = set()
        servers = []
        for origin in ORIGINS:
            begun = functools.partial(self._talk, origin, talks)
            server = await asyncio.start_server(begun, "127.0.0.1", 0, ssl=context, limit=HEAD_LIMIT, backlog=1024)
            self.urls[origin] = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            servers.append(server)
        self.login.url, self.graph.url = self.urls["login"], self.urls["graph"]
        self._place_hsms()
        self._ready.set()
        await self._done.wait()
        for server in servers:
            server.close()
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)

    async def _talk(
        self, origin: str, talks: set[asyncio.Task[None]], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        talks.add(task)
        self.connections[origin] += 1
        try:
            await converse(reader, writer, functools.partial(self._answered, origin))
            await hang_up(writer)
        except asyncio.CancelledError:
            await hang_up(writer, rudely=True)
        finally:
            talks.discard(task)

    def _place_hsms(self) -> None:
        """The data plane of every managed HSM is the origin that there is for it."""
        for row in self.estate.managed_hsms:
            row["properties"]["hsmUri"] = f"{self.urls['hsm']}/"

    async def _answered(self, origin: str, request: Request) -> Response:
        if origin == "other" and request.path.startswith("/_"):
            return control.answered(self, request)
        if not request.batched:
            self._in_flight[origin] += 1
            self.peak[origin] = max(self.peak[origin], self._in_flight[origin])
        try:
            response = await self._faulty(origin, request)
        finally:
            if not request.batched:
                self._in_flight[origin] -= 1
        authorized = "authorization" in request.headers
        status = None if response.drop else response.status
        body = request.body if request.method != "GET" else b""
        self.log.append(Entry(origin, request.words, status, authorized, request.batched, body))
        return response

    async def _faulty(self, origin: str, request: Request) -> Response:
        with self._lock:
            fault = next((each for each in self._faults if each.meets(origin, request)), None)
        pause = (0.0 if request.batched else self.settings.latency) + (fault.delay if fault else 0.0)
        if pause:
            await asyncio.sleep(pause)
        if fault is None:
            return await self._real(origin, request)
        made = fault.made(request, self.urls["other"])
        if made is not None:
            return made
        return fault.bent(await self._real(origin, request), request, self.urls[origin], self.urls["other"])

    async def _real(self, origin: str, request: Request) -> Response:
        if origin == "login":
            return self.login.answer(request)
        if origin == "other":
            return control.evil(self.urls["other"])
        objection = self.login.objection(origin, self.urls[origin], request)
        if objection is not None:
            code, words = objection
            response = (
                refused(401, "InvalidAuthenticationToken", words) if origin == "graph" else refusal(401, code, words)
            )
            return _with(response, **{"www-authenticate": self.login.challenge(origin, words)})
        if origin == "graph":
            if request.method == "POST" and request.path == "/v1.0/$batch":
                return await self.graph.batch(request, functools.partial(self._answered, "graph"))
            return self.graph.answer(request)
        if origin == "hsm":
            return hsm.answered(self.estate, request)
        return self._resource_manager(request)

    def _resource_manager(self, request: Request) -> Response:
        if request.method == "POST" and request.path.lower() == QUERY:
            return self._query(request)
        if not self.settings.limits:
            return self._arm(request)
        parts = request.path.lower().split("/")
        subscription = parts[2] if parts[1] == "subscriptions" and len(parts) > 2 else "tenant"
        response = self._limits.refused(subscription, self.clock())
        if response is None:
            response = self._arm(request)
        name = f"x-ms-ratelimit-remaining-{'tenant' if subscription == 'tenant' else 'subscription'}-reads"
        return _with(response, **{name: str(self._limits.left(subscription))})

    def _arm(self, request: Request) -> Response:
        kept = self._kept.get(request.words)
        if kept is None:
            kept = arm.answered(self.estate, self.settings, request, self.urls["arm"])
            if self.settings.keep:
                self._kept[request.words] = kept
        return kept

    def _query(self, request: Request) -> Response:
        left, seconds = self._quota.used(self.clock())
        refused = self.settings.quota and left < 0
        response = throttled(seconds) if refused else self.queries.answer(request)
        return _with(
            response,
            **{"x-ms-user-quota-remaining": str(max(0, left)), "x-ms-user-quota-resets-after": clock(seconds)},
        )


def _with(response: Response, **headers: str) -> Response:
    return msgspec.structs.replace(response, headers={**response.headers, **headers})
