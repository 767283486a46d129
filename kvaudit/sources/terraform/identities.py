"""Managed identities, and the resources that have them. Source: the azurerm documentation of `identity` blocks."""

from __future__ import annotations

from collections.abc import Iterator

from kvaudit.model.scope import parse_scope
from kvaudit.sources.declared import Body
from kvaudit.sources.terraform.context import Context, row_of
from kvaudit.sources.terraform.references import Known, Symbol, dotted
from kvaudit.sources.terraform.resource import Resource, dig
from kvaudit.sources.terraform.types import ARM_TYPES, IDENTITY
from kvaudit.sources.wire import Arm, DirectoryObject, Identity

_OF_ITSELF = "systemassigned"
_CLUSTER = "azurerm_kubernetes_cluster"


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
        user_assigned_identities={each: {} for each in ids if isinstance(each, str)}
        | {each: row_of(Identity(principal_id=nodes)) for each, nodes in _of_nodes(context, resource)},
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


def _of_nodes(context: Context, resource: Resource) -> Iterator[tuple[str, str]]:
    """The identities on the nodes of a Kubernetes cluster, with their principals: of the nodes, of the secrets driver.

    It makes them itself, in a group that it makes as well, where it is given none. Source: Microsoft Learn, managed
    identities of AKS, its provider for the Secrets Store CSI Driver, and the names of its node resource groups.
    """
    if resource.type != _CLUSTER:
        return
    for path, made in _ON_NODES:
        found = context.resolver.argument(resource, *path, "object_id")
        if isinstance(found, Symbol):
            principal = context.ids.principal_of(found)
        elif isinstance(found.value, str):
            principal = found.value
        elif resource.is_new and (path == _KUBELET or dig(resource.values, path[:2]) is not None):
            principal = f"{resource.address}.{dotted((*path, 'object_id'))}"
        else:
            continue
        given = context.scope(resource, "", *path, "user_assigned_identity_id")
        yield given or _on_nodes(context, resource, made.format(context.ids.name(resource))), principal


_KUBELET: tuple[str | int, ...] = ("kubelet_identity", 0)
_ON_NODES: tuple[tuple[tuple[str | int, ...], str], ...] = (
    (_KUBELET, "{}-agentpool"),
    (("key_vault_secrets_provider", 0, "secret_identity", 0), "azurekeyvaultsecretsprovider-{}"),
)
"""Where a cluster says which identities they are, and what it calls those it makes."""


def _on_nodes(context: Context, resource: Resource, name: str) -> str:
    """The id of an identity that a cluster makes for its nodes."""
    groups, _, group = (parse_scope(context.ids.id(resource)).resource_group or "").rpartition("/")
    region = str(context.known(resource, "location") or "").replace(" ", "")
    its_own = context.known(resource, "node_resource_group") or f"MC_{group}_{context.ids.name(resource)}_{region}"
    return f"{groups}/{its_own}/providers/{ARM_TYPES[IDENTITY]}/{name}"


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
