"""Microsoft Graph: who the principals are, who belongs to what, who owns what.

Source: https://learn.microsoft.com/graph/api, v1.0; recorded answers of directoryObjects/getByIds.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import quote, unquote

import msgspec

from tests.live.azure.connection import Request, Response, answer
from tests.live.azure.estate import Estate, Row
from tests.live.azure.settings import Settings

KIND = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
MOST_IDS, MOST_BATCHED, LARGEST_PAGE = 1000, 20, 999
_GUID = "[0-9a-fA-F-]{36}"
TYPES = {
    "groups": "#microsoft.graph.group",
    "servicePrincipals": "#microsoft.graph.servicePrincipal",
    "applications": "#microsoft.graph.application",
    "users": "#microsoft.graph.user",
    "directoryRoles": "#microsoft.graph.directoryRole",
}
UNASKED = {TYPES["users"]: ("accountEnabled", "userType")}  # given only where $select asks for them
Inner = Callable[[Request], Awaitable[Response]]


def refused(status: int, code: str, message: str) -> Response:
    """An error as Graph words it."""
    inner = {"date": "2026-11-23T00:00:00", "request-id": "0", "client-request-id": "0"}
    return answer({"error": {"code": code, "message": message, "innerError": inner}}, status)


class Graph:
    def __init__(self, estate: Estate, settings: Settings) -> None:
        self._estate = estate
        self._settings = settings
        self.url = ""

    def answer(self, request: Request) -> Response:
        """Everything but $batch."""
        path = unquote(request.path).removeprefix("/v1.0")
        if path == unquote(request.path):
            return refused(400, "BadRequest", "Invalid version: it is v1.0 that is known here.")
        for method, pattern, answering in self._routes:
            if method == request.method and (found := re.fullmatch(pattern, path)):
                return answering(self, request, *found.groups())
        return refused(400, "BadRequest", f"Resource not found for the segment '{path}'.")

    async def batch(self, request: Request, inner: Inner) -> Response:
        """Every request by itself, through what all others go through."""
        body = request.json()
        asked = body.get("requests") if isinstance(body, dict) else None
        if not isinstance(asked, list) or not 0 < len(asked) <= MOST_BATCHED:
            return refused(400, "BadRequest", f"A batch has 1 to {MOST_BATCHED} requests.")
        responses = []
        for each in asked:
            path, _, query = each["url"].partition("?")
            content = msgspec.json.encode(each["body"]) if "body" in each else b""
            headers = {"authorization": request.headers["authorization"]}
            part = Request(each["method"].upper(), f"/v1.0/{path.lstrip('/')}", query, headers, content, batched=True)
            responses.append(_part(each["id"], await inner(part)))
        return answer({"responses": responses})

    def _by_ids(self, request: Request) -> Response:
        body = request.json()
        ids = body.get("ids") if isinstance(body, dict) else None
        if not isinstance(ids, list) or len(ids) > MOST_IDS:
            return refused(400, "Request_BadRequest", f"ids: at most {MOST_IDS} are asked for at once.")
        types = {f"#microsoft.graph.{name}".lower() for name in body.get("types") or ()}
        found = (self._estate.principals.get(identifier.lower()) for identifier in dict.fromkeys(ids))
        rows = [row for row in found if row and (not types or row["@odata.type"].lower() in types)]
        return self._rows(request, "directoryObjects", rows, whole=True)

    def _one(self, request: Request, collection: str, identifier: str) -> Response:
        row = self._found(collection, identifier)
        if row is None:
            return _absent(identifier)
        shown = self._shown(row, request)
        if "owners" in request.parameters.get("$expand", ""):
            shown["owners"] = [self._shown(each, None) for each in self._resolved(self._estate.owners, row["id"])]
        return answer({"@odata.context": f"{self.url}/v1.0/$metadata#{collection}/$entity", **shown})

    def _found(self, collection: str, identifier: str) -> Row | None:
        """By object id, or by (appId='…')."""
        if "=" in identifier:
            rows = self._estate.of_application(identifier.split("'")[1])
            return next((row for row in rows if row["@odata.type"] == TYPES[collection]), None)
        if collection == "directoryRoles":
            return next((row for row in self._estate.directory_roles if row["id"] == identifier.lower()), None)
        row = self._estate.principals.get(identifier.lower())
        return row if row and row["@odata.type"] == TYPES[collection] else None

    def _related(self, request: Request, collection: str, identifier: str, relation: str) -> Response:
        row = self._found(collection, identifier)
        if row is None:
            return _absent(identifier)
        lookup = self._estate.owners if relation == "owners" else self._estate.members
        if relation == "transitiveMembers":
            return self._rows(request, "directoryObjects", self._transitive(row["id"]))
        return self._rows(request, "directoryObjects", self._resolved(lookup, row["id"]))

    def _resolved(self, lookup: Any, identifier: str) -> list[Row]:
        ids = lookup.get(identifier, ())
        return [row for each in ids if (row := self._estate.principals.get(each))]

    def _transitive(self, group: str) -> list[Row]:
        found: dict[str, Row] = {}
        ahead = [group]
        while ahead:
            for row in self._resolved(self._estate.members, ahead.pop()):
                if row["id"] not in found:
                    found[row["id"]] = row
                    ahead.append(row["id"])
        return list(found.values())

    def _directory_roles(self, request: Request) -> Response:
        return self._rows(request, "directoryRoles", self._estate.directory_roles)

    def _app_roles(self, request: Request, collection: str, identifier: str) -> Response:
        row = self._found(collection, identifier)
        if row is None:
            return _absent(identifier)
        rows = self._estate.app_role_assignments.get(row["appId"], [])
        return self._rows(request, f"servicePrincipals('{row['id']}')/appRoleAssignedTo", rows)

    def _eligibilities(self, request: Request) -> Response:
        found = re.search(r"(groupId|principalId) eq '([^']+)'", request.parameters.get("$filter", ""))
        if not found:
            return refused(400, "MissingParameters", "The required parameters groupId or principalId are missing.")
        rows = [row for row in self._estate.group_eligibilities if row[found[1]] == found[2].lower()]
        return self._rows(request, "identityGovernance/privilegedAccess/group/eligibilityScheduleInstances", rows)

    def _users(self, request: Request) -> Response:
        told = request.parameters.get("$filter", "")
        found = re.fullmatch(r"id in \((.+)\)", told)
        ids = re.findall(r"'([^']+)'", found[1]) if found else []
        if not 0 < len(ids) <= 15:
            return refused(400, "Request_UnsupportedQuery", f"Invalid filter clause: {told}")
        rows = [row for each in ids if (row := self._found("users", each))]
        return self._rows(request, "users", rows)

    def _organization(self, request: Request) -> Response:
        row = {"id": self._estate.tenant, "displayName": self._estate.name}
        return self._rows(request, "organization", [row])

    def _shown(self, row: Row, request: Request | None) -> Row:
        if self._settings.withhold_names and "@odata.type" in row:
            return {key: value if key in {"id", "@odata.type"} else None for key, value in row.items()}
        chosen = request.parameters.get("$select") if request else None
        if not chosen:
            hidden = UNASKED.get(row.get("@odata.type", ""), ())
            return {key: value for key, value in row.items() if key not in hidden}
        wanted = {"@odata.type", *chosen.split(",")}
        return {key: value for key, value in row.items() if key in wanted}

    def _rows(self, request: Request, context: str, rows: Sequence[Row], *, whole: bool = False) -> Response:
        start = int(base64.b64decode(request.parameters.get("$skiptoken", "") or b"MA=="))
        top = int(request.parameters.get("$top", self._settings.graph_page))
        size = max(1, len(rows)) if whole else min(top, LARGEST_PAGE)
        content: Row = {"@odata.context": f"{self.url}/v1.0/$metadata#{context}"}
        if start + size < len(rows):
            kept = "&".join(p for p in request.query.split("&") if p and "skiptoken" not in p.lower())
            token = quote(base64.b64encode(str(start + size).encode()))
            content["@odata.nextLink"] = f"{self.url}{request.path}?{kept}{'&' if kept else ''}$skiptoken={token}"
        content["value"] = [self._shown(row, request) for row in rows[start : start + size]]
        response = answer(content)
        return msgspec.structs.replace(response, kind=KIND)

    _key = rf"({_GUID}|\(appId='[^']+'\))"
    _routes = (
        ("POST", "/directoryObjects/getByIds", _by_ids),
        ("GET", "/directoryRoles", _directory_roles),
        ("GET", "/organization", _organization),
        ("GET", "/users", _users),
        ("GET", "/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances", _eligibilities),
        ("GET", rf"/(groups|directoryRoles)/({_GUID})/(members)", _related),
        ("GET", rf"/(groups)/({_GUID})/(owners|transitiveMembers)", _related),
        ("GET", rf"/(servicePrincipals|applications)/?{_key}/(owners)", _related),
        ("GET", rf"/(servicePrincipals)/?{_key}/appRoleAssignedTo", _app_roles),
        ("GET", rf"/(groups|users|servicePrincipals|applications)/?{_key}", _one),
    )


def _part(identifier: str, response: Response) -> Row:
    headers = {"Content-Type": response.kind, **{key.title(): value for key, value in response.headers.items()}}
    try:
        body = msgspec.json.decode(response.body)
    except msgspec.DecodeError:
        body = base64.b64encode(response.body).decode()
    return {"id": identifier, "status": response.status, "headers": headers, "body": body}


def _absent(identifier: str) -> Response:
    words = f"Resource '{identifier}' does not exist or one of its queried reference-property objects are not present."
    return refused(404, "Request_ResourceNotFound", words)
