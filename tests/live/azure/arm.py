"""Resource Manager: who is asked, at which scope, in which version of the API.

Sources: Azure REST API reference of Microsoft.KeyVault, Microsoft.Authorization, Microsoft.ManagedServices,
Microsoft.Insights and Microsoft.Management; recorded answers for the wording of errors.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import quote, unquote

from tests.live.azure import authorization
from tests.live.azure.connection import Request, Response, answer, refusal
from tests.live.azure.estate import GROUPS, Estate, Row
from tests.live.azure.settings import Settings

VAULTS = "2021-10-01 2022-07-01 2023-02-01 2023-07-01 2024-11-01 2025-05-01 2026-02-01 2026-05-15"
OBJECTS_PAGE = 25


class Call(NamedTuple):
    """A request with what it is about: the scope in its path, and words picked out of it."""

    estate: Estate
    settings: Settings
    request: Request
    url: str
    scope: str
    words: tuple[str, ...]


class Route(NamedTuple):
    method: str
    path: re.Pattern[str]  # after the scope, where there is one
    versions: frozenset[str]
    answer: Callable[[Call], Response]


def answered(estate: Estate, settings: Settings, request: Request, url: str) -> Response:
    """The answer to a request whose token has been looked at."""
    path = unquote(request.path).rstrip("/")
    for route in ROUTES:
        found = route.path.fullmatch(path)
        if not found or route.method != request.method:
            continue
        version = request.parameters.get("api-version", "").lower()
        if not version:
            words = "The api-version query parameter (?api-version=) is required for all requests."
            return refusal(400, "MissingApiVersionParameter", words)
        if version not in route.versions:
            supported = ", ".join(sorted(route.versions))
            words = f"The api-version '{version}' is invalid. The supported versions are '{supported}'."
            return refusal(400, "InvalidApiVersionParameter", words)
        scope = found.groupdict().get("scope") or ""
        if not estate.reaches(scope):
            return _no_scope(scope)
        others = (value for name, value in found.groupdict().items() if name != "scope")
        return route.answer(Call(estate, settings, request, url, scope, tuple(others)))
    if request.method == "POST" and path.endswith("/register"):
        return answer({"id": path.removesuffix("/register"), "registrationState": "Registering"})
    if request.method != "GET":
        return refusal(405, "MethodNotAllowed", f"The method {request.method} is not known here.")
    return refusal(404, "InvalidResourceType", f"The resource type could not be found for '{path}'.")


def _no_scope(scope: str) -> Response:
    if scope.lower().startswith(GROUPS.lower()):
        name = scope.rsplit("/", 1)[-1]
        return refusal(404, "NotFound", f"The management group '{name}' could not be found.")
    name = scope.split("/")[2] if scope.count("/") > 1 else scope
    return refusal(404, "SubscriptionNotFound", f"The subscription '{name}' could not be found.")


def paged(call: Call, rows: Sequence[Row], size: int | None, *, trailing: bool = False) -> Response:
    """A page and the link to the next. With `trailing` the last full page has one too, and an empty page ends it."""
    parameters = call.request.parameters
    if "$top" in parameters:
        size = min(int(parameters["$top"]), size or int(parameters["$top"]))
    size = size or max(1, len(rows))
    start = int(base64.b64decode(parameters.get("$skiptoken", "") or b"MA=="))
    content: Row = {"value": rows[start : start + size]}
    end = start + size
    if end < len(rows) or (trailing and rows and start < len(rows) and end >= len(rows)):
        kept = "&".join(p for p in call.request.query.split("&") if "skiptoken" not in p.lower())
        token = quote(base64.b64encode(str(end).encode()))
        content["nextLink"] = f"{call.url}{call.request.path}?{kept}&%24skiptoken={token}"
    return answer(content)


def subscription_body(estate: Estate, each: object) -> Row:
    return {
        "id": each.scope,
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": each.id,
        "tenantId": estate.tenant,
        "displayName": each.name,
        "state": each.state,
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "EnterpriseAgreement_2014-09-01",
            "spendingLimit": "Off",
        },
    }


def _subscriptions(call: Call) -> Response:
    rows = [subscription_body(call.estate, each) for each in call.estate.subscriptions]
    content = {"value": rows, "count": {"type": "Total", "value": len(rows)}}
    if call.settings.page_size and len(rows) > call.settings.page_size:
        return paged(call, rows, call.settings.page_size)
    return answer(content)


def _subscription(call: Call) -> Response:
    return answer(subscription_body(call.estate, call.estate.subscription(call.scope.rsplit("/", 1)[-1])))


def _vaults(call: Call) -> Response:
    return paged(call, call.estate.vaults.below(call.scope), call.settings.page_size, trailing=True)


def _hsms(call: Call) -> Response:
    return paged(call, call.estate.managed_hsms.below(call.scope), call.settings.page_size)


def _deleted_vaults(call: Call) -> Response:
    return paged(call, call.estate.deleted_vaults.below(call.scope), call.settings.page_size, trailing=True)


def _one(call: Call) -> Response:
    group, kind, name = call.words
    rows = call.estate.vaults if kind.lower() == "vaults" else call.estate.managed_hsms
    identifier = f"{call.scope}/resourceGroups/{group}/providers/Microsoft.KeyVault/{kind}/{name}"
    row = rows.find(identifier)
    return answer(row) if row else _not_found(identifier)


def _not_found(identifier: str) -> Response:
    before, _, what = identifier.partition("/providers/")
    group = before.rpartition("/")[2]
    words = (
        f"The Resource '{what}' under resource group '{group}' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix"
    )
    return refusal(404, "ResourceNotFound", words, x_ms_failure_cause="gateway")


def _objects(call: Call) -> Response:
    vault, kind = call.words
    identifier = f"{call.scope}{vault}"
    if not call.estate.vaults.find(identifier):
        return _not_found(identifier)
    rows = call.estate.objects.get((identifier.lower(), kind.lower()), [])
    return paged(call, rows, call.settings.page_size or OBJECTS_PAGE)


def _diagnostics(call: Call) -> Response:
    resource = f"{call.scope}{call.words[0]}"
    places = (call.estate.vaults, call.estate.managed_hsms, call.estate.log_stores, call.estate.carriers)
    if not any(rows.find(resource) for rows in places):
        return _not_found(resource)
    return answer({"value": call.estate.diagnostic_settings.below(resource)})


def _registrations(call: Call) -> Response:
    rows = call.estate.registrations.below(call.scope)
    if call.request.parameters.get("$expandregistrationdefinition", "").lower() != "true":
        rows = [{**row, "properties": {**row["properties"], "registrationDefinition": None}} for row in rows]
    return answer({"value": rows})


def _entities(call: Call) -> Response:
    estate = call.estate
    rows = [
        _entity(estate, GROUPS + group.name, group.name, group.display_name, group.parent)
        for group in estate.management_groups
    ] + [_entity(estate, each.scope, each.id, each.name, each.parent) for each in estate.subscriptions]
    return paged(call, rows, call.settings.page_size)


def _entity(estate: Estate, identifier: str, name: str, display_name: str, parent: str | None) -> Row:
    chain = estate.chain(parent)[::-1] if parent else []
    groups = [each for each in estate.management_groups if each.parent == name]
    children = len(groups) + sum(each.parent == name for each in estate.subscriptions)
    is_group = identifier.startswith(GROUPS)
    return {
        "id": identifier,
        "name": name,
        "type": "Microsoft.Management/managementGroups" if is_group else "/subscriptions",
        "properties": {
            "tenantId": estate.tenant,
            "displayName": display_name,
            "parent": {"id": GROUPS + parent if parent else None},
            "parentDisplayNameChain": [each.display_name for each in chain],
            "parentNameChain": [each.name for each in chain],
            "inheritedPermissions": "view",
            "permissions": "view",
            "numberOfChildren": children,
            "numberOfChildGroups": len(groups),
            "numberOfDescendants": children,
        },
    }


def _listing(answering: Callable[[Call], Sequence[Row] | Response]) -> Callable[[Call], Response]:
    """Everything in one response, as Microsoft.Authorization gives it; what is no list is a refusal."""

    def given(call: Call) -> Response:
        rows = answering(call)
        return rows if isinstance(rows, Response) else answer({"value": rows})

    return given


def _definition(call: Call) -> Response:
    row = authorization.definition(call, call.words[0])
    if row is None:
        words = f"The specified role definition with ID '{call.words[0]}' does not exist."
        return refusal(404, "RoleDefinitionDoesNotExist", words)
    return answer(row)


def _route(method: str, path: str, versions: str, answering: Callable[[Call], Response]) -> Route:
    return Route(method, re.compile(path, re.IGNORECASE), frozenset(versions.split()), answering)


_SUBSCRIPTION = r"(?P<scope>/subscriptions/[^/]+)"
_SCOPE = r"(?P<scope>.*?)"
_GROUP = r"/resourceGroups/(?P<group>[^/]+)"
_INSIGHTS = "2017-05-01-preview 2021-05-01-preview"
_ENTITIES = "2020-02-01 2020-05-01 2021-04-01 2023-04-01"
_KEY_VAULT = "/providers/Microsoft.KeyVault"
_AUTH = "/providers/Microsoft.Authorization"
_IN_GROUP = _SUBSCRIPTION + r"(?P<rest>/resourceGroups/[^/]+" + _KEY_VAULT + r"/vaults/[^/]+)"
_RESOURCE = _SUBSCRIPTION + r"(?P<rest>/resourceGroups/[^/]+/providers/.+?)"
_SUBSCRIPTIONS = "2016-06-01 2019-06-01 2020-01-01 2022-12-01"
_DELEGATIONS = "2019-09-01 2020-02-01-preview 2022-01-01-preview 2022-10-01"
_ASSIGNMENTS = "2018-09-01-preview 2020-04-01-preview 2022-04-01"
_DEFINITIONS = "2018-01-01-preview 2022-04-01 2022-05-01-preview"
_PIM = "2020-10-01 2020-10-01-preview 2024-09-01-preview"


def _extensions(kind: str, versions: str, rows: Callable[[Call], Sequence[Row] | Response]) -> Route:
    """A list of Microsoft.Authorization at any scope."""
    return _route("GET", f"{_SCOPE}{_AUTH}/{kind}", versions, _listing(rows))


ROUTES = (
    _route("GET", "/subscriptions", _SUBSCRIPTIONS, _subscriptions),
    _route("GET", _SUBSCRIPTION, _SUBSCRIPTIONS, _subscription),
    _route("GET", _SUBSCRIPTION + _KEY_VAULT + "/vaults", VAULTS, _vaults),
    _route("GET", r"(?P<scope>/subscriptions/[^/]+/resourceGroups/[^/]+)" + _KEY_VAULT + "/vaults", VAULTS, _vaults),
    _route("GET", _SUBSCRIPTION + _KEY_VAULT + "/managedHSMs", VAULTS, _hsms),
    _route("GET", _SUBSCRIPTION + _KEY_VAULT + "/deletedVaults", VAULTS, _deleted_vaults),
    _route("GET", f"{_SUBSCRIPTION}{_GROUP}{_KEY_VAULT}/(?P<kind>vaults|managedHSMs)/(?P<name>[^/]+)", VAULTS, _one),
    _route("GET", f"{_IN_GROUP}/(?P<kind>keys|secrets)", VAULTS, _objects),
    _route("GET", f"{_RESOURCE}/providers/Microsoft.Insights/diagnosticSettings", _INSIGHTS, _diagnostics),
    _route(
        "GET", f"{_SCOPE}/providers/Microsoft.ManagedServices/registrationAssignments", _DELEGATIONS, _registrations
    ),
    _route("POST", "/providers/Microsoft.Management/getEntities", _ENTITIES, _entities),
    _route("GET", f"{_SCOPE}{_AUTH}/roleDefinitions/(?P<guid>[^/]+)", _DEFINITIONS, _definition),
    _extensions("roleAssignments", _ASSIGNMENTS, authorization.assignments),
    _extensions("roleDefinitions", _DEFINITIONS, authorization.definitions),
    _extensions("denyAssignments", "2018-07-01-preview 2022-04-01 2024-07-01-preview", authorization.denies),
    _extensions("roleEligibilityScheduleInstances", _PIM, authorization.eligibilities),
    _extensions("roleAssignmentScheduleInstances", _PIM, authorization.activations),
    _extensions("roleManagementPolicyAssignments", _PIM, authorization.policies),
    _extensions("locks", "2016-09-01 2017-04-01 2020-05-01", authorization.locks),
    _extensions("permissions", "2018-07-01 2022-04-01", authorization.permissions),
)
