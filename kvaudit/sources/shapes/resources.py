"""Resources of any other type: what carries an identity, is one, or receives logs. And the objects in vaults."""

from __future__ import annotations

from typing import Any

from kvaudit.model.scope import scope_key
from kvaudit.model.snapshot import TENANT, Resource
from kvaudit.model.vault import VaultObject
from kvaudit.sources.facts import Facts
from kvaudit.sources.rows import convert, escape
from kvaudit.sources.shapes.base import Shape, last_segment, lower, opened, type_in_id
from kvaudit.sources.wire import ClusterProperties, Identity, IdentityProfile, NodeIdentity, ObjectRow, Row

_USER_ASSIGNED = "microsoft.managedidentity/userassignedidentities"
_CLUSTER = "microsoft.containerservice/managedclusters"


def read_resource(facts: Facts, row: Row, pointer: str) -> None:
    """A resource with the identities it has, or the identity it is."""
    arm, body, at, damage = opened(row, pointer)
    subject = arm.id or arm.name or facts.document.name
    scope = scope_key(arm.id) if arm.id else TENANT
    facts.damaged("resources", subject, pointer, damage, scope)
    if not arm.id:
        if not damage:
            facts.damaged("resources", subject, pointer, {"": "a resource without an id"}, scope)
        return
    kind = arm.type or type_in_id(arm.id)
    is_identity = (kind or "").lower() == _USER_ASSIGNED
    source, source_at = (body, at) if is_identity else (arm.identity or {}, f"{pointer}/identity")
    identity, wrong = convert(source, Identity)
    facts.damaged("resources", subject, source_at, wrong, scope)
    attached = [
        (key, inside, f"{source_at}/userAssignedIdentities/{escape(key)}")
        for key, inside in (identity.user_assigned_identities or {}).items()
    ]
    if (kind or "").lower() == _CLUSTER:
        attached += _of_nodes(body, at)
    for key, inside, place in attached:
        _read_attached(facts, key, inside, place)
    facts.resources.append(
        Resource(
            scope_key(arm.id),
            kind,
            arm.location,
            lower(identity.principal_id),
            tuple(sorted({scope_key(key) for key, _, _ in attached})),
            lower(identity.client_id) if is_identity else None,
            facts.origin(pointer),
        )
    )


def _of_nodes(body: Row, pointer: str) -> list[tuple[str, Row, str]]:
    """The identity that the nodes of a Kubernetes cluster have, and where; it stands in the cluster's properties."""
    profile, _ = convert(convert(body, ClusterProperties)[0].identity_profile or {}, IdentityProfile)
    nodes, _ = convert(profile.kubeletidentity or {}, NodeIdentity)
    if not nodes.resource_id:
        return []
    told = {"principalId": nodes.object_id, "clientId": nodes.client_id}
    return [(nodes.resource_id, told, f"{pointer}/identityProfile/kubeletidentity")]


def _read_attached(facts: Facts, identifier: str, row: Any, pointer: str) -> None:
    """A user-assigned identity as the resource tells of it that it is attached to; it may be listed nowhere else."""
    identity, damage = convert(row or {}, Identity)
    facts.damaged("resources", identifier, pointer, damage, scope_key(identifier))
    if identity.principal_id:
        facts.resources.append(
            Resource(
                scope_key(identifier),
                _USER_ASSIGNED,
                principal=lower(identity.principal_id),
                client_id=lower(identity.client_id),
                origins=facts.origin(pointer),
            )
        )


def read_object(facts: Facts, row: Row, pointer: str) -> None:
    """A secret, key or certificate: name and attributes, from the snapshot or from Resource Manager; never a value."""
    arm, body, _, damage = opened(row, pointer)
    outer, _ = convert(row, ObjectRow)
    inner, wrong = convert(body, ObjectRow)
    subject = arm.id or outer.vault or facts.document.name
    path = (arm.id or "").rstrip("/").split("/")
    vault = outer.vault or "/".join(path[:-2])
    kind = path[-2] if arm.id and len(path) > 2 else outer.type
    name = arm.name or outer.name or last_segment(arm.id or "")
    facts.damaged("vaultObjects", subject, pointer, damage or wrong, scope_key(vault) if vault else TENANT)
    if not (vault and kind and name):
        if not damage and not wrong:
            facts.damaged("vaultObjects", subject, pointer, {"": "no vault, type or name"}, TENANT)
        return
    attributes = None
    if inner.attributes is not None:  # dates and truth values; anything deeper is no attribute of Azure
        attributes = {key: value for key, value in inner.attributes.items() if type(value) not in (dict, list)}
    origins = facts.origin(pointer)
    facts.vault_objects.append(VaultObject(scope_key(vault), kind.lower(), name, attributes, origins))


RESOURCE = Shape("resources", "resources", read_resource)
"""Whatever has an id of Resource Manager and is nothing else."""

SHAPES = (
    Shape(
        "vault objects",
        "vaultObjects",
        read_object,
        ("microsoft.keyvault/vaults/secrets", "microsoft.keyvault/vaults/keys"),
        (frozenset({"vault", "type", "name"}),),
    ),
)
