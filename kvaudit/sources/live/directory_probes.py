"""One try of each source of Microsoft Graph: names of those who were met, and one batch for all the rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
from azure.core.exceptions import AzureError

from kvaudit.errors import LoginError
from kvaudit.model.directory import GRAPH_APP
from kvaudit.sources.live import pages
from kvaudit.sources.live.desk import Desk, Source
from kvaudit.sources.live.ledger import TENANT, Entry, Status, answered, failure, said
from kvaudit.sources.live.refusals import BadAnswer, Refused

_MOST = 20  # principals that are asked about, of each type
_TYPES = {"User": "user", "Group": "group", "ServicePrincipal": "servicePrincipal"}
_OTHERS = ("application", "directoryObjectPartnerReference")


class _Named(msgspec.Struct, rename={"kind": "@odata.type", "name": "displayName", "app": "appId"}):
    id: str
    kind: str = ""
    name: str | None = None
    app: str | None = None


class _Try(NamedTuple):
    what: str
    scope: str
    path: str  # below /v1.0
    single: bool = False  # one object, which may lie in another tenant; else a list


class DirectoryProbes:
    """The tries, each noted in the ledger of the desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._met: dict[str, list[str]] = {kind: [] for kind in _TYPES}
        self._apps: list[str] = []

    def run(self, viewer_id: str | None) -> None:
        """Try everything; `viewer_id` is the object id of whoever looks."""
        for identifier, kind in sorted(self._desk.met.principals.items()):
            if kind in self._met:
                self._met[kind].append(identifier)
        try:
            self._names(viewer_id)
        except LoginError as error:
            self._desk.ledger.add(failure("principals", TENANT, error))
        tries = list(self._tries(viewer_id))
        try:
            self._batch(tries)
        except (AzureError, BadAnswer, Refused, LoginError) as error:
            for each in tries:
                if (each.what, each.scope) not in self._desk.ledger.entries:
                    self._desk.ledger.add(failure(each.what, each.scope, error))

    def _names(self, viewer_id: str | None) -> None:
        """Names of some of each type. Who may not read them gets ids and types, and null for all else."""
        ids = [each for found in self._met.values() for each in found[:_MOST]]
        untyped = [each for each, kind in sorted(self._desk.met.principals.items()) if kind not in self._met]
        ids += untyped[:_MOST]
        if not ids and viewer_id:
            ids = [viewer_id]
        if not ids:
            return
        found: list[_Named] = []

        def fetch() -> Iterator[tuple[()]]:
            body = {"ids": ids, "types": (*_TYPES.values(), *_OTHERS)}
            rows = self._desk.azure.graph.ask("/v1.0/directoryObjects/getByIds", body, pages.page).rows
            found.extend(map(_named, rows))
            yield ()

        if self._desk.read(Source("principals", TENANT, fetch)):
            if any(each.name is None for each in found):
                self._desk.ledger.add(Entry("principals", TENANT, Status.DENIED, reason="names are withheld"))
            self._sort(found)

    def _sort(self, found: list[_Named]) -> None:
        """What is known now of those whose type no assignment told."""
        kinds = {f"#microsoft.graph.{word}".lower(): kind for kind, word in _TYPES.items()}
        for each in found:
            kind = kinds.get(each.kind.lower())
            if kind and each.id.lower() not in self._met[kind]:
                self._met[kind].append(each.id.lower())
            if kind == "ServicePrincipal" and each.app:
                self._apps.append(each.app)

    def _tries(self, viewer_id: str | None) -> Iterator[_Try]:
        """What is asked in one batch. Where nobody was met, what there is in every tenant is asked about."""
        graph = f"/servicePrincipals(appId='{GRAPH_APP}')"
        app = (self._apps or [GRAPH_APP])[0]
        yield _Try("appRoleAssignments", TENANT, f"{graph}/appRoleAssignedTo?$top=1")
        yield _Try("owners", TENANT, f"{graph}/owners?$select=id")
        yield _Try("applications", app, f"/applications(appId='{app}')?$select=id,appId", single=True)
        yield _Try("directoryRoles", TENANT, "/directoryRoles?$select=id")
        for user in [*self._met["User"], *([viewer_id] if viewer_id else [])][:1]:
            yield _Try("users", user, f"/users?$select=id,accountEnabled&$filter=id in ('{user}')")
        for group in self._met["Group"][:1]:
            eligible = "/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances"
            yield _Try("groupMembers", group, f"/groups/{group}/members?$select=id&$top=1")
            yield _Try("owners", group, f"/groups/{group}/owners?$select=id")
            yield _Try("groupEligibilities", group, f"{eligible}?$filter=groupId eq '{group}'")

    def _batch(self, tries: list[_Try]) -> None:
        paths = {str(number): each.path for number, each in enumerate(tries)}
        for number, status, body in self._desk.azure.batched(paths):
            self._desk.ledger.add(_entry(tries[int(number)], status, body))


def _entry(tried: _Try, status: int, body: dict[str, Any]) -> Entry:
    what, scope = tried.what, tried.scope
    if status == 404 and tried.single:
        return Entry(what, scope, Status.OK)
    if status != 200:
        return answered(what, scope, status, *said(body))
    if not tried.single and not isinstance(body.get("value"), list):
        return failure(what, scope, BadAnswer("expected a list in `value`"))
    return Entry(what, scope, Status.OK)


def _named(row: msgspec.Raw) -> _Named:
    try:
        return msgspec.json.decode(row, type=_Named)
    except msgspec.DecodeError as error:
        raise BadAnswer(f"a directory object of no known shape: {error}") from error
