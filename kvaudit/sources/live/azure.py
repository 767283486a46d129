"""The clients: Resource Manager, Resource Graph, Microsoft Graph and the data plane of HSMs, over one transport.

Vaults and authorization are asked through their packages' operations, for everything else there is none that fits
(azure-mgmt-monitor 7.0 has no diagnostic settings, azure-mgmt-resourcegraph 8.0 no authorizationScopeFilter), so that
the same pipeline asks directly. Either way the rows are kept as the bytes that came: models lose what they do not know,
conditions of role definitions among it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import requests
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline import Pipeline
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest
from azure.mgmt.authorization.v2020_10_01 import AuthorizationManagementClient as SchedulesClient
from azure.mgmt.authorization.v2022_04_01 import AuthorizationManagementClient as AssignmentsClient
from azure.mgmt.authorization.v2022_05_01_preview import AuthorizationManagementClient as DefinitionsClient
from azure.mgmt.keyvault import KeyVaultManagementClient

from kvaudit.sources.live import pages
from kvaudit.sources.live.clouds import Cloud
from kvaudit.sources.live.pacing import FREE, QUERIES, READS, Bucket, Buckets, Wait
from kvaudit.sources.live.pages import Page
from kvaudit.sources.live.policies import DECODE, PAGE, Bearer, Credential, asked_to_wait, origin_of, policies
from kvaudit.sources.live.refusals import BadAnswer, Refused

Rows = Iterator[list[msgspec.Raw]]
"""The rows of each page, as they came."""

VAULTS_VERSION = "2026-02-01"  # older versions of the control plane retire on 2027-02-27
_QUERY_VERSION = "2022-10-01"
_QUERY = "/providers/Microsoft.ResourceGraph/resources"
_QUERY_ROWS = 1000  # the most that Resource Graph gives in one answer
_FEWEST_ROWS = 10
THREADS = 32
"""Requests that are on their way at once."""

_HOSTS = 10  # that connections are kept to
_CONNECT_SECONDS, _READ_SECONDS = 20, 60
BATCH = 20
"""Requests that one batch of Graph may hold."""

_LATER = frozenset({429, 503})
_LONGEST_PAUSE = 30.0


class Service:
    """One host that is asked with one kind of token."""

    def __init__(
        self, origin: str, bearer: Bearer, transport: RequestsTransport, bucket_of: Callable[[str], Bucket], wait: Wait
    ) -> None:
        self.origin = origin.rstrip("/")
        self.policies = policies(self.origin, bearer, bucket_of, wait)
        self._pipeline: Pipeline[Any, Any] = Pipeline(transport, self.policies)

    def listing(self, path: str, **query: str) -> Rows:
        """All pages of a list."""
        return self.following(self.url(path, **query))

    def following(self, link: str) -> Rows:
        """All pages from a link on. It is refused where it leads to another host."""
        url: str | None = link
        found: list[Page] = []
        while url:
            self._send(HttpRequest("GET", url), found, pages.page)
            yield found[-1].taken()
            url = found[-1].next

    def one(self, path: str, **query: str) -> msgspec.Raw:
        """One object."""
        found: list[Page] = []
        self._send(HttpRequest("GET", self.url(path, **query)), found, pages.single)
        return found[0].rows[0]

    def ask(self, path: str, body: Any, decode: Callable[[bytes], Page], **query: str) -> Page:
        """The answer to a question with a body."""
        found: list[Page] = []
        self._send(HttpRequest("POST", self.url(path, **query), json=body), found, decode)
        return found[0]

    def asking(self, path: str, body: Any, **query: str) -> Rows:
        """All pages of a list that is asked for with a body."""
        url: str | None = self.url(path, **query)
        found: list[Page] = []
        while url:
            self._send(HttpRequest("POST", url, json=body), found, pages.page)
            yield found[-1].taken()
            url = found[-1].next

    def url(self, path: str, **query: str) -> str:
        """The address of a path of this host; `__` in a name stands for the $ of OData."""
        words = {name.replace("__", "$").replace("_", "-"): value for name, value in query.items()}
        return self.origin + quote(path, safe="/$()'=.,@-_~:") + (f"?{urlencode(words, safe='$')}" if words else "")

    def _send(self, request: HttpRequest, found: list[Page], decode: Callable[[bytes], Page]) -> None:
        options = {PAGE: found, DECODE: decode}
        response = self._pipeline.run(request, **options).http_response
        if response.status_code != 200:
            raise HttpResponseError(response=response)


class Azure:
    """Everything that is asked, through the eyes of one credential."""

    def __init__(self, credential: Credential, cloud: Cloud, wait: Wait) -> None:
        self._credential = credential
        self.cloud = cloud
        self._wait = wait
        self._session = _session()
        self._transport = RequestsTransport(
            session=self._session,
            session_owner=False,  # so that no client of a package closes it for the others
            connection_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
        )
        reads = Buckets(READS, wait)
        queries = Bucket(QUERIES, wait)
        self.arm = self._service(cloud.arm, cloud.arm_scope, lambda path: queries if path == _QUERY else reads.of(path))
        self.graph = self._unlimited(cloud.graph, cloud.graph_scope)
        self._lock = threading.Lock()
        self._vaults: dict[str, KeyVaultManagementClient] = {}
        settings = self._settings()
        # One client for each version: that of all versions asks for second pages in the version of another list
        # (azure-mgmt-authorization 4.0), and 2022-04-01 leaves out the conditions of role definitions.
        self.assignments = AssignmentsClient(credential, "", **settings)
        self.schedules = SchedulesClient(credential, **settings)
        self.definitions = DefinitionsClient(credential, "", **settings)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def hsm(self, address: str) -> Service:
        """The data plane of a managed HSM, at the address that Resource Manager gives for it."""
        return self._unlimited(address, self.cloud.hsm_scope)

    def vaults_of(self, subscription: str) -> KeyVaultManagementClient:
        """The package's client of a subscription's vaults."""
        with self._lock:
            if subscription not in self._vaults:
                self._vaults[subscription] = KeyVaultManagementClient(
                    self._credential,
                    subscription,
                    api_version=VAULTS_VERSION,
                    **self._settings(),
                )
            return self._vaults[subscription]

    def query(
        self, kql: str, *, subscriptions: Sequence[str] = (), groups: Sequence[str] = (), above: bool = False
    ) -> Rows:
        """The rows of a query of Resource Graph, over the tenant unless it is told where.

        `above` also finds what is assigned above the subscriptions. An answer that would be too large is asked for
        again in smaller pages.
        """
        body: dict[str, Any] = {"query": kql}
        if subscriptions:
            body["subscriptions"] = list(subscriptions)
        if groups:
            body["managementGroups"] = list(groups)
        options: dict[str, Any] = {"resultFormat": "objectArray", "$top": _QUERY_ROWS}
        if above:
            options["authorizationScopeFilter"] = "AtScopeAboveAndBelow"
        tokens: set[str] = set()
        given = skip = 0  # rows handed on, and those of them that a new start brings again; all are ordered by id
        while True:
            try:
                page = self.arm.ask(_QUERY, {**body, "options": options}, pages.table, api_version=_QUERY_VERSION)
            except HttpResponseError as error:
                if "ResponsePayloadTooLarge" not in str(error) or options["$top"] <= _FEWEST_ROWS:
                    raise
                options = {**options, "$top": options["$top"] // 2}
                options.pop("$skipToken", None)
                skip = given
                tokens.clear()
                continue
            fresh = page.rows[skip:]
            skip = max(0, skip - len(page.rows))
            given += len(fresh)
            yield fresh
            if not page.next:
                return
            if page.next in tokens:
                raise Refused("the token of the next page leads in a circle")
            tokens.add(page.next)
            options["$skipToken"] = page.next

    def batched(self, paths: Mapping[str, str], tries: int = 4) -> Iterator[tuple[str, int, dict[str, Any]]]:
        """What Graph answers to at most BATCH reading requests: the name of each, its status, its body.

        `paths` are addresses below /v1.0, by a name of our own. Those that are told to wait are asked again.
        """
        numbered = dict(enumerate(paths))
        requests = [{"id": str(number), "method": "GET", "url": paths[name]} for number, name in numbered.items()]
        answers = self.graph.ask("/v1.0/$batch", {"requests": requests}, pages.batch)
        again: dict[str, str] = {}
        pause = 0.0
        for raw in answers.rows:
            answer = _answer(raw)
            name = numbered.pop(int(answer.id), None) if answer.id.isdecimal() else None
            if name is None:
                raise BadAnswer(f"the batch answers {answer.id!r}, which was not asked or was answered before")
            if answer.status in _LATER and tries > 1:
                again[name] = paths[name]
                pause = max(pause, asked_to_wait(answer.headers) or 1.0)
            else:
                yield name, answer.status, answer.body if isinstance(answer.body, dict) else {}
        if numbered:
            raise BadAnswer(f"the batch leaves {len(numbered)} of {len(paths)} requests without an answer")
        if again:
            self._wait(min(pause, _LONGEST_PAUSE))
            yield from self.batched(again, tries - 1)

    def _service(self, origin: str, scope: str, bucket_of: Callable[[str], Bucket]) -> Service:
        return Service(origin, Bearer(self._credential, scope), self._transport, bucket_of, self._wait)

    def _unlimited(self, origin: str, scope: str) -> Service:
        """A service that says by itself when to wait, for itself alone."""
        bucket = Bucket(FREE, self._wait)
        return self._service(origin, scope, lambda _: bucket)

    def _settings(self) -> dict[str, Any]:
        """What each client of a package is made with, so that nothing is left to its defaults."""
        return {
            "base_url": self.cloud.arm,
            "credential_scopes": [self.cloud.arm_scope],
            "policies": self.arm.policies,
            "transport": self._transport,
        }


class _Session(requests.Session):
    """A session that looks at the environment (proxies, certificates) once for each host and not for each request.

    And at no .netrc: a password in there would take the place of the token.
    """

    def __init__(self) -> None:
        super().__init__()
        self.auth = _as_it_is
        self._found: dict[tuple[str, Any], Any] = {}

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        """What requests would find, from the first time on."""
        key = origin_of(url), verify
        if key not in self._found:
            self._found[key] = super().merge_environment_settings(url, proxies, stream, verify, cert)
        return dict(self._found[key])


def _as_it_is(request: Any) -> Any:
    """Take a request as it is: its token is in it already."""
    return request


def _session() -> _Session:
    """The connections; each thread may keep one."""
    session = _Session()
    session.mount("https://", requests.adapters.HTTPAdapter(_HOSTS, THREADS, max_retries=0))  # a policy tries again
    return session


class _Answer(msgspec.Struct):
    """One answer of a batch."""

    id: str
    status: int
    headers: dict[str, Any] = {}
    body: Any = None


def _answer(raw: msgspec.Raw) -> _Answer:
    try:
        return msgspec.json.decode(raw, type=_Answer)
    except msgspec.DecodeError as error:
        raise BadAnswer(f"an answer of the batch cannot be read: {error}") from error


def rows_of(operation: Callable[..., Any], *arguments: Any, **options: Any) -> Rows:
    """The rows of each page of a package's list operation, as they came.

    The models that the package makes of them are passed over. Raises BadAnswer where it stumbles over what it got.
    """
    found: list[Page] = []
    paged = operation(*arguments, **{PAGE: found, DECODE: pages.page}, **options).by_page()
    while True:
        try:
            next(paged)
        except StopIteration:
            return
        except (TypeError, ValueError, AttributeError, KeyError) as error:
            raise BadAnswer(f"the answer has a row of no known shape: {error}") from error
        yield found[-1].taken()


def row_of(operation: Callable[..., Any], *arguments: Any, **options: Any) -> msgspec.Raw:
    """The one object that a package's operation answers with, as it came. Raises BadAnswer as rows_of."""
    found: list[Page] = []
    try:
        operation(*arguments, **{PAGE: found, DECODE: pages.single}, **options)
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        raise BadAnswer(f"the answer has no known shape: {error}") from error
    return found[0].rows[0]
