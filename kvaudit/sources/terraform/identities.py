"""Managed identities, and the resources that have them. Source: the azurerm documentation of `identity` blocks."""

from __future__ import annotations

from collections.abc import Iterator

from kvaudit.sources.declared import Body
from kvaudit.sources.terraform.context import Context, row_of
from kvaudit.sources.terraform.references import Known
from kvaudit.sources.terraform.resource import Resource, dig
from kvaudit.sources.terraform.types import ARM_TYPES, IDENTITY
from kvaudit.sources.wire import Arm, DirectoryObject, Identity

_OF_ITSELF = "systemassigned"


def user_assigned(context: Context, resource: Resource) -> Iterator[Body]:
    """A user-assigned identity: a resource, and a principal of the directory."""
    principal = context.ids.own_principal(resource)
    name = context.ids.name(resource)
    row = Arm(
        id=context.ids.id(resource),
        name=name,
        type=ARM_TYPES[IDENTITY],
        location=context.known(resource, "location"),
        properties=row_of(Identity(principal_id=principal, client_id=context.known(resource, "client_id"))),
    )
    yield context.body(resource, row_of(row), closed=False)
    yield _principal(context, resource, principal, name)


def with_identity(context: Context, resource: Resource) -> Iterator[Body]:
    """A resource with an identity block: its own principal, and the identities that are attached to it."""
    told = context.known(resource, "identity", 0, "type")
    is_own = not isinstance(told, str) or _OF_ITSELF in told.lower().replace(" ", "")
    name = context.ids.name(resource)
    principal = context.ids.own_principal(resource) if is_own else None
    attached = context.resolver.arguments(resource, "identity", 0, "identity_ids")
    ids = [each.value if isinstance(each, Known) else context.ids.scope_of(each, resource).text for each in attached]
    identity = Identity(
        principal_id=principal,
        user_assigned_identities={each: {} for each in ids if isinstance(each, str)},
    )
    row = Arm(
        id=context.ids.id(resource),
        name=name,
        type=context.ids.kind(resource) or resource.type,
        location=context.known(resource, "location"),
        identity=row_of(identity),
    )
    yield context.body(resource, row_of(row), closed=False)
    if principal:
        yield _principal(context, resource, principal, name)


def logged_in(context: Context, resource: Resource) -> Iterator[Body]:
    """Who runs Terraform: a principal that is known by that name alone."""
    principal = context.known(resource, "object_id")
    if isinstance(principal, str):
        context.mention(resource, principal, None, f"data.{resource.type}.{resource.name}")
    yield from ()


def has_identity(resource: Resource) -> bool:
    """Whether a resource has an identity block."""
    return isinstance(dig(resource.values, ("identity", 0)), dict)


def _principal(context: Context, resource: Resource, principal: str, name: str) -> Body:
    body = DirectoryObject(
        id=principal,
        odata_type="#microsoft.graph.servicePrincipal",
        display_name=name,
        service_principal_type="ManagedIdentity",
    )
    return context.body(resource, row_of(body), closed=False)
