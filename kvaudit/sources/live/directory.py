"""What Microsoft Graph says of who holds access: names, members, owners, roles of the directory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import msgspec
from azure.core.exceptions import AzureError

from kvaudit.errors import LoginError
from kvaudit.model.directory import GRAPH_ROLES
from kvaudit.sources.live import pages
from kvaudit.sources.live.azure import BATCH
from kvaudit.sources.live.desk import Desk, Source, as_rows
from kvaudit.sources.live.ledger import TENANT, Entry, Status, answered, failure, said
from kvaudit.sources.live.refusals import BadAnswer, Refused

PHASE = "directory"
_GRAPH_APP = "00000003-0000-0000-c000-000000000000"  # Microsoft Graph itself, in every tenant
_MOST_IDS = 1000  # that getByIds takes at once
_TYPES = ("user", "group", "servicePrincipal", "application", "directoryObjectPartnerReference")
_COLUMNS = (
    "id,displayName,userPrincipalName,userType,accountEnabled,groupTypes,appId,servicePrincipalType,alternativeNames"
)
_OF_USERS = "id,displayName,userPrincipalName,userType,accountEnabled"
_MOST_IN = 15  # ids that a filter may list
_USER = "#microsoft.graph.user"
_GROUP, _SERVICE_PRINCIPAL = "#microsoft.graph.group", "#microsoft.graph.serviceprincipal"
_MANAGED = "ManagedIdentity"
_TYPES_MET = {_USER: "User", _GROUP: "Group"}


class _Object(
    msgspec.Struct,
    rename={"kind": "@odata.type", "app": "appId", "sort": "servicePrincipalType", "enabled": "accountEnabled"},
):
    id: str
    kind: str = ""
    app: str | None = None
    sort: str | None = None
    enabled: bool | None = None


_object = msgspec.json.Decoder(_Object)
Take = Callable[[str, list[dict[str, Any]]], None]
"""What to do with all items of a list that Graph gave for somebody."""


class Directory:
    """The reading of Microsoft Graph; it can go on when more principals were met."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._graph = desk.azure.graph
        self._lock = threading.Lock()
        self._asked: set[str] = set()  # principals whose names were asked for
        self._listed: set[str] = set()  # those of whom a body came
        self._gone: set[str] = set()  # those that the directory has no longer; nobody is behind a group that is gone
        self._kinds: dict[str, str] = {}
        self._bare: set[str] = set()  # users of whom a body did not tell whether they may sign in
        self._told: set[str] = set()  # those of whom one did
        self._apps: dict[str, str] = {}  # service principal: its application, where it is one of ours to look at
        self._applications: dict[str, None] = {}  # object ids of applications
        self._seen: dict[str, set[str]] = {}  # what was asked for whom

    def carry(self, section: str, rows: Iterable[bytes | msgspec.Raw]) -> None:
        """Take from an earlier run what it knew."""
        if section == "principals":
            self._list(rows)
        elif section == "groupMembers":
            for raw in rows:
                self._kinds[str(_body(raw).get("group")).lower()] = _GROUP
        elif section == "appRoleAssignments":
            self._meet_powerful(rows)
        elif section == "applications":
            self._applications.update(dict.fromkeys(str(_body(raw).get("id")) for raw in rows))

    def read(self) -> None:
        """Read everything about the principals that were met, and about those that are found on the way."""
        self._tenant_wide()
        self._names()
        self._members()
        self._owners()
        self._names()
        self._states()
        self._eligibilities()

    def _tenant_wide(self) -> None:
        """Application permissions and the roles of the directory, once."""
        path = f"/v1.0/servicePrincipals(appId='{_GRAPH_APP}')/appRoleAssignedTo"

        def app_roles() -> Iterator[Any]:
            for rows in self._graph.listing(path, __top="999"):
                self._meet_powerful(rows)
                yield rows

        roles: dict[str, str] = {}

        def directory_roles() -> Iterator[Any]:
            for rows in self._graph.listing("/v1.0/directoryRoles"):
                for raw in rows:
                    body = _body(raw)
                    roles[str(body.get("id"))] = str(body.get("roleTemplateId") or body.get("displayName"))
            yield ()

        self._desk.read(Source("appRoleAssignments", TENANT, app_roles))
        if self._desk.read(Source("directoryRoles", TENANT, directory_roles)):
            new = self._new("directoryRoles", roles)
            paths = {role: f"/directoryRoles/{role}/members?$select={_COLUMNS}" for role in new}
            self._collect("directoryRoles", paths, lambda role, items: self._hold(roles[role], items))

    def _hold(self, role: str, members: list[dict[str, Any]]) -> None:
        self._desk.keep("directoryRoles", as_rows([{"role": role, "members": self._meet(members)}]), role)

    def _meet_powerful(self, rows: Iterable[bytes | msgspec.Raw]) -> None:
        """Who holds an application permission that leads to more."""
        bodies = map(_body, rows)
        powerful = [
            str(body.get("principalId")) for body in bodies if str(body.get("appRoleId")).lower() in GRAPH_ROLES
        ]
        self._desk.met.note_principals((each, None) for each in powerful)

    def _names(self) -> None:
        """Names and types of all who were met and not yet seen."""
        new = sorted(set(self._desk.met.principals) - self._asked - self._listed)
        self._asked.update(new)
        self._desk.spool.give("principals")
        parts = [new[start : start + _MOST_IDS] for start in range(0, len(new), _MOST_IDS)]
        self._desk.give_out(PHASE, [Source("principals", part[0], partial(self._name, part)) for part in parts]).wait()

    def _name(self, ids: list[str]) -> Iterator[Any]:
        body = {"ids": ids, "types": _TYPES}
        rows = self._graph.ask("/v1.0/directoryObjects/getByIds", body, pages.page).rows
        with self._lock:
            self._list(rows)
            gone = [each for each in ids if each not in self._listed]
            self._gone.update(gone)
        groups = [each for each in gone if self._desk.met.principals.get(each) == "Group"]
        self._desk.keep("groupMembers", as_rows({"group": each, "members": []} for each in groups))
        yield rows

    def _list(self, rows: Iterable[bytes | msgspec.Raw]) -> None:
        for raw in rows:
            try:
                found = _object.decode(raw)
            except msgspec.DecodeError:
                continue  # the row is kept, and its reader tells of the damage
            self._note(found)

    def _note(self, found: _Object) -> None:
        identifier, kind, app, sort = found.id.lower(), found.kind.lower(), found.app, found.sort
        self._listed.add(identifier)
        if kind == _USER and found.enabled is None:
            self._bare.add(identifier)
        elif kind == _USER:
            self._told.add(identifier)
        if kind:
            self._kinds[identifier] = kind
        if kind == _SERVICE_PRINCIPAL and app and sort != _MANAGED:
            self._apps[identifier] = app.lower()

    def _states(self) -> None:
        """Whether users may sign in, and whether they are guests: getByIds leaves that out."""
        base = f"/users?$select={_OF_USERS}&$filter=id in "
        new = self._new("users", sorted(self._bare - self._told))
        parts = [new[start : start + _MOST_IN] for start in range(0, len(new), _MOST_IN)]
        paths = {part[0]: base + "(" + ",".join(f"'{each}'" for each in part) + ")" for part in parts}
        self._collect("users", paths, self._tell)

    def _tell(self, _: str, items: list[dict[str, Any]]) -> None:
        self._desk.keep("principals", as_rows({"@odata.type": _USER, **item} for item in items))

    def _meet(self, items: Iterable[dict[str, Any]]) -> list[str]:
        """Keep the bodies of principals that came with a list, and give back their ids."""
        ids, bodies = [], []
        for body in items:
            try:
                found = msgspec.convert(body, _Object)
            except msgspec.ValidationError as error:
                raise BadAnswer(f"a directory object of no known shape: {error}") from error
            identifier = found.id.lower()
            ids.append(identifier)
            if found.kind and identifier not in self._listed:
                self._note(found)
                bodies.append(body)
        self._desk.keep("principals", as_rows(bodies))
        self._desk.met.note_principals((each, _TYPES_MET.get(self._kinds.get(each, ""))) for each in ids)
        return ids

    def _groups(self) -> list[str]:
        told = {each for each, kind in self._desk.met.principals.items() if kind == "Group"}
        told |= {each for each, kind in self._kinds.items() if kind == _GROUP}
        return sorted(told - self._gone)

    def _members(self) -> None:
        """The members of all groups that were met, level by level until there are no more groups."""
        self._desk.spool.give("groupMembers")
        while new := self._new("groupMembers", self._groups()):
            paths = {group: f"/groups/{group}/members?$select={_COLUMNS}&$top=999" for group in new}
            self._collect("groupMembers", paths, self._join)

    def _join(self, group: str, items: list[dict[str, Any]]) -> None:
        self._desk.keep("groupMembers", as_rows([{"group": group, "members": self._meet(items)}]), group)

    def _owners(self) -> None:
        """The owners of groups, service principals, the applications behind those, and of the owners themselves."""
        self._desk.spool.give("owners")
        self._desk.spool.give("applications")
        while True:
            new = self._new("applications", sorted(set(self._apps.values())))
            apps = {app: f"/applications(appId='{app}')?$select=id,appId,displayName" for app in new}
            self._collect("applications", apps, self._register, single=True)
            paths = {group: f"/groups/{group}/owners?$select={_COLUMNS}" for group in self._groups()}
            paths |= {each: f"/servicePrincipals/{each}/owners?$select={_COLUMNS}" for each in self._apps}
            paths |= {each: f"/applications/{each}/owners?$select={_COLUMNS}" for each in self._applications}
            owned = self._new("owners", paths)
            if not owned:
                return
            self._collect("owners", {each: paths[each] for each in owned}, self._own)

    def _register(self, _: str, items: list[dict[str, Any]]) -> None:
        self._applications.update(dict.fromkeys(str(item.get("id")) for item in items))
        self._desk.keep("applications", as_rows(items))

    def _own(self, owned: str, items: list[dict[str, Any]]) -> None:
        self._desk.keep("owners", as_rows([{"object": owned, "owners": self._meet(items)}]), owned)

    def _eligibilities(self) -> None:
        """Who may activate membership of a group."""
        self._desk.spool.give("groupEligibilities")
        base = "/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances?$filter=groupId eq "
        paths = {group: f"{base}'{group}'" for group in self._new("groupEligibilities", self._groups())}
        self._collect("groupEligibilities", paths, self._let)

    def _let(self, _: str, items: list[dict[str, Any]]) -> None:
        self._desk.keep("groupEligibilities", as_rows(items))

    def _new(self, what: str, ids: Iterable[str]) -> list[str]:
        """Those of whom this was not asked yet, neither now nor in the run that is gone on with."""
        seen = self._seen.setdefault(what, set())
        new = [each for each in ids if each not in seen and not self._desk.ledger.has(what, each)]
        seen.update(new)
        return new

    def _collect(self, what: str, paths: Mapping[str, str], take: Take, *, single: bool = False) -> None:
        """Ask something about many, and note for each how it was answered."""
        if what in self._desk.wanted.without:
            for name in paths:
                self._desk.ledger.add(Entry(what, name, Status.SKIPPED))
            return
        names = list(paths)
        parts = [{name: paths[name] for name in names[at : at + BATCH]} for at in range(0, len(names), BATCH)]
        self._desk.do(PHASE, [partial(self._ask, what, part, take, single) for part in parts]).wait()

    def _ask(self, what: str, paths: Mapping[str, str], take: Take, single: bool) -> None:  # noqa: FBT001 - given by partial
        try:
            for name, status, body in self._desk.azure.batched(paths):
                self._desk.ledger.add(self._answer(what, name, status, body, take, single=single))
        except (AzureError, BadAnswer, Refused, LoginError) as error:
            for name in paths:
                if (what, name) not in self._desk.ledger.entries:
                    self._desk.ledger.add(failure(what, name, error))

    def _answer(  # noqa: PLR0913 - an answer, and what to do with it
        self, what: str, name: str, status: int, body: dict[str, Any], take: Take, *, single: bool
    ) -> Entry:
        if status == 404 and single:
            return Entry(what, name, Status.OK)  # an application of another tenant: it is not there to be read
        if status != 200:
            return answered(what, name, status, *said(body))
        try:
            items = [_with_id(body)] if single else list(self._whole(body))
            with self._lock:
                take(name, items)
        except (AzureError, BadAnswer, Refused, LoginError) as error:
            return failure(what, name, error)
        return Entry(what, name, Status.OK, len(items))

    def _whole(self, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The items of a list, those of further pages too."""
        items = body.get("value")
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise BadAnswer("expected a list of objects in `value`")
        yield from items
        link = body.get("@odata.nextLink")
        if link:
            for rows in self._graph.following(str(link)):
                yield from map(_body, rows)


def _with_id(body: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(body.get("id"), str):
        raise BadAnswer("expected an object with an id")
    return body


def _body(raw: bytes | msgspec.Raw) -> dict[str, Any]:
    try:
        return msgspec.json.decode(raw, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise BadAnswer(f"expected an object: {error}") from error
