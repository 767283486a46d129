"""azapi_resource: Resource Manager's own bodies, in Terraform. Source: the azapi provider's documentation."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

import msgspec

from kvaudit.sources.declared import Body
from kvaudit.sources.terraform.context import NOT_YET, Context, row_of
from kvaudit.sources.terraform.identities import has_identity, user_assigned, with_identity
from kvaudit.sources.terraform.policies import POLICIES, change
from kvaudit.sources.terraform.references import Symbol
from kvaudit.sources.terraform.resource import Resource
from kvaudit.sources.terraform.types import ARM_TYPES, IDENTITY, VAULT_TYPE
from kvaudit.sources.terraform.unread import UNREAD_OF_AZAPI
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
        yield from _of_no_vault(context, resource, kind.lower())
        return
    section = _SECTIONS.get(kind.lower(), "")
    parent = context.scope(resource, section, "parent_id")
    body = _body(context, resource)
    if body is None:
        context.gap(resource, section or "vaults", f"its body is {NOT_YET}")
        return
    body = _filled(body, resource.unknown.get("body"), f"{resource.address}.body", _principals(context, resource))
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


def _of_no_vault(context: Context, resource: Resource, kind: str) -> Iterator[Body]:
    """What any other type is: an identity, something that has one, or something that may matter and is not read."""
    if kind in UNREAD_OF_AZAPI:
        need, reason = UNREAD_OF_AZAPI[kind]
        context.gap(resource, need, f"{kind}: {reason}")
    elif kind == ARM_TYPES[IDENTITY].lower():
        yield from user_assigned(context, resource)
    elif has_identity(resource):
        yield from with_identity(context, resource)


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


def _filled(value: Any, unknown: Any, name: str, principals: set[str], depth: int = 0) -> Any:
    """A body in which what is not known yet goes by its name, in brackets as templates have it.

    A principal is the one that the body refers to; where it refers to several, it stays out.
    """
    if unknown is True and depth:
        if not name.lower().endswith(_WHO):
            return f"[{name}]"
        return next(iter(principals)) if len(principals) == 1 else None
    if depth > _DEEPEST:
        return value
    if isinstance(unknown, dict):
        known = value if isinstance(value, dict) else {}
        below = {
            key: _filled(known.get(key), each, f"{name}.{key}", principals, depth + 1)
            for key, each in unknown.items()
            if each
        }
        return {**known, **below}
    if isinstance(unknown, list) and isinstance(value, list):
        return [
            _filled(item, each, f"{name}[{number}]", principals, depth + 1)
            for number, (item, each) in enumerate(zip_longest(value, unknown[: len(value)]))
        ]
    return value


_WHO = (".principalid", ".objectid")
_DEEPEST = 16
"""Levels of a body in which a value is looked for; none of what is read lies half as deep."""


def _principals(context: Context, resource: Resource) -> set[str]:
    """The principals to come that a body refers to."""
    named = context.resolver.referred(resource, "body")
    symbols = [each for each in named if isinstance(each, Symbol) and each.text.endswith(("principal_id", "object_id"))]
    return {context.ids.principal_of(each) for each in symbols}


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
    found = _principals(context, resource)
    return found.pop() if len(found) == 1 else f"{resource.address}.body.properties.principalId"
