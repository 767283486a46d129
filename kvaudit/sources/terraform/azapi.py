"""azapi_resource: Resource Manager's own bodies, in Terraform. Source: the azapi provider's documentation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from kvaudit.sources.declared import Body
from kvaudit.sources.terraform.context import NOT_YET, Context, row_of
from kvaudit.sources.terraform.identities import has_identity, with_identity
from kvaudit.sources.terraform.policies import POLICIES, change
from kvaudit.sources.terraform.references import Symbol
from kvaudit.sources.terraform.resource import Resource
from kvaudit.sources.terraform.types import VAULT_TYPE
from kvaudit.sources.wire import Arm, Row

_READ = ("microsoft.keyvault/", "microsoft.authorization/", "microsoft.insights/diagnosticsettings")
_VAULT = VAULT_TYPE.lower()
_SECTIONS = {
    "microsoft.authorization/roleassignments": "roleAssignments",
    "microsoft.insights/diagnosticsettings": "diagnosticSettings",
}


def azapi_resource(context: Context, resource: Resource) -> Iterator[Body]:
    """A body as it is written, under the id that its parent, type and name make."""
    told = context.known(resource, "type")
    told = told if isinstance(told, str) else ""
    kind, _, version = told.partition("@")
    if resource.is_data:
        return  # it has the parts of the answer that were asked for, and no body
    if not kind.lower().startswith(_READ):
        if has_identity(resource):
            yield from with_identity(context, resource)
        return
    section = _SECTIONS.get(kind.lower(), "")
    parent = context.scope(resource, section, "parent_id")
    body = _body(context, resource)
    if body is None:
        context.gap(resource, section or "vaults", f"its body is {NOT_YET}")
        return
    if kind.lower() == f"{_VAULT}/accesspolicies":
        identifier = f"{parent}/{POLICIES}/{context.ids.name(resource)}"
        yield change(context, resource, identifier, _properties(context, resource, told, parent, body))
        return
    arm = Arm(
        id=context.ids.child_id(resource, parent),
        name=context.ids.name(resource),
        type=VAULT_TYPE if kind.lower() == _VAULT else kind,
        location=context.known(resource, "location"),
        tags=context.shown(resource, "tags"),
        properties=_properties(context, resource, told, parent, body),
    )
    yield context.body(resource, row_of(arm, apiVersion=version or None), closed=kind.lower() == _VAULT)


def _body(context: Context, resource: Resource) -> Row | None:
    """The body: an object, or JSON in a text as the provider's first version had it."""
    found = context.argument(resource, "body")
    if isinstance(found, Symbol):
        return None
    if not isinstance(found.value, str):
        return found.value if isinstance(found.value, dict) else {}
    try:
        decoded = msgspec.json.decode(found.value.encode())
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None
    return decoded if isinstance(decoded, dict) else None


def _properties(context: Context, resource: Resource, told: str, parent: str, body: Row) -> Any:
    """The properties, with what the type, its version or the parent says of them."""
    kind = told.lower().partition("@")[0]
    properties = body.get("properties")
    if not isinstance(properties, dict):
        return {} if properties is None else properties
    if kind == "microsoft.authorization/roleassignments":
        principal = properties.get("principalId") or _principal(context, resource)
        return {"scope": parent, **properties, "principalId": principal}
    return properties


def _principal(context: Context, resource: Resource) -> str:
    """The principal that a body leaves out, as it is not known yet: the only one that the body refers to."""
    named = context.resolver.referred(resource, "body")
    symbols = [each for each in named if isinstance(each, Symbol) and each.text.endswith(("principal_id", "object_id"))]
    found = {context.ids.principal_of(each) for each in symbols}
    return found.pop() if len(found) == 1 else f"{resource.address}.body.properties.principalId"
