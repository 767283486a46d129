"""What the Az module of PowerShell gives, through ConvertTo-Json. Semantics 7.7.

Names are its own; ConvertTo-Json at its default depth makes text of lists, and numbers of enums.
"""

from __future__ import annotations

from typing import Any

from kvaudit.model.directory import USER
from kvaudit.model.permission import TYPES
from kvaudit.model.role import PermissionBlock, RoleAssignment, RoleDefinition, role_key
from kvaudit.model.scope import scope_key
from kvaudit.model.snapshot import TENANT
from kvaudit.model.vault import AccessPolicy, NetworkRules, Vault
from kvaudit.sources.facts import Facts, Mention
from kvaudit.sources.rows import canonical, convert, texts
from kvaudit.sources.shapes.base import Shape, last_segment, lower
from kvaudit.sources.shapes.words import Reading, policy_of, together, words_held
from kvaudit.sources.wire import PolicyEntry, PsAssignment, PsDefinition, PsNetwork, PsPolicy, PsVault, Row

_ACTIONS = {0: "Allow", 1: "Deny"}
_BYPASSES = {0: "None", 1: "AzureServices"}
_HINT = "cut short by ConvertTo-Json; export again with -Depth 10"


def read_vault(facts: Facts, row: Row, pointer: str) -> None:
    """Get-AzKeyVault. Without -VaultName it gives summary rows, which have neither policies nor the model."""
    row = canonical(row)
    body, wrong = convert(row, PsVault)
    if not body.resource_id:
        reason = wrong or {"": "a vault without ResourceId"}
        facts.damaged("vaults", body.vault_name or facts.document.name, pointer, reason, TENANT)
        return
    reading = Reading(facts, body.resource_id, pointer)
    reading.damaged(wrong, "")
    name = body.vault_name or last_segment(body.resource_id)
    tags = reading.tags(body.tags, "/tags")
    origins = facts.origin(pointer)
    if "accessPolicies" not in row and "enableRbacAuthorization" not in row:
        facts.vaults.append(Vault(body.resource_id, name, body.location, tags, has_properties=False, origins=origins))
        return

    def flag(field: str, value: bool | None) -> bool | None:  # noqa: FBT001 - a field's value
        return None if f"/{field}" in wrong else bool(value)

    facts.vaults.append(
        Vault(
            body.resource_id,
            name,
            body.location,
            tags,
            lower(body.tenant_id),
            uses_rbac=flag("enableRbacAuthorization", body.enable_rbac_authorization),
            policies=None if "/accessPolicies" in wrong else _policies(reading, body.access_policies or []),
            network=None if "/networkAcls" in wrong else _network(reading, body.network_acls),
            public_access=None
            if "/publicNetworkAccess" in wrong
            else reading.word("publicNetworkAccess", body.public_network_access, "Enabled", "/publicNetworkAccess"),
            private_endpoints=None,  # PowerShell does not show them here
            soft_delete=body.enable_soft_delete,
            retention_days=body.soft_delete_retention_in_days,
            purge_protection=flag("enablePurgeProtection", body.enable_purge_protection),
            for_deployment=flag("enabledForDeployment", body.enabled_for_deployment),
            for_template_deployment=flag("enabledForTemplateDeployment", body.enabled_for_template_deployment),
            for_disk_encryption=flag("enabledForDiskEncryption", body.enabled_for_disk_encryption),
            sku=body.sku.lower() if isinstance(body.sku, str) else None,
            origins=origins,
        )
    )


def _policies(reading: Reading, items: list[Any]) -> tuple[AccessPolicy, ...]:
    policies = []
    for number, item in enumerate(items):
        at = f"/accessPolicies/{number}"
        body, damage = convert(item, PsPolicy)
        held = together([words_held(kind, _listed(body, kind)) for kind in TYPES])
        entry = PolicyEntry(body.tenant_id, body.object_id, body.application_id)
        reading.damaged({"": _HINT} if type(item) is str else damage, at)
        policy = policy_of(reading, entry, held, at, damage)
        if policy:
            policies.append(policy)
    return tuple(policies)


def _listed(body: PsPolicy, kind: str) -> list[str]:
    """The words of one type: the list, or else the text of it that has commas, or the text that has blanks."""
    listed = getattr(body, f"permissions_to_{kind}")
    if isinstance(listed, list):
        return [str(word) for word in listed]
    return _split(getattr(body, f"permissions_to_{kind}_str") or listed)


def _split(value: list[Any] | str | None) -> list[str]:
    if isinstance(value, str):
        return value.replace(",", " ").split()
    return [str(item) for item in value or ()]


def _network(reading: Reading, acls: Row | None) -> NetworkRules | None:
    at = "/networkAcls"
    body, damage = convert(acls or {}, PsNetwork)
    reading.damaged(damage, at)
    action = _enum(body.default_action, _ACTIONS)
    bypass = _enum(body.bypass, _BYPASSES)
    action = reading.word("default action", action, "Allow", f"{at}/defaultAction")
    bypass = reading.word("bypass", bypass, "AzureServices", f"{at}/bypass")
    if damage or action is None or bypass is None:
        return None
    addresses, subnets = _split(body.ip_address_ranges), _split(body.virtual_network_resource_ids)
    return NetworkRules(action, bypass, tuple(addresses), tuple(subnets))


def _enum(value: str | int | None, names: dict[int, str]) -> str | None:
    """The word of an enum that came out as a word, or as its number."""
    return names.get(value, str(value)) if isinstance(value, int) else value


def read_assignment(facts: Facts, row: Row, pointer: str) -> None:
    """Get-AzRoleAssignment: the role is a bare GUID, the principal has its names beside it."""
    body, damage = convert(row, PsAssignment)
    subject = body.role_assignment_id or body.scope or facts.document.name
    scope = scope_key(body.scope) if body.scope else TENANT
    facts.damaged("roleAssignments", subject, pointer, damage, scope)
    if not (body.scope and body.role_definition_id and body.object_id):
        if not damage:
            facts.damaged("roleAssignments", subject, pointer, {"": "no scope, role or principal"}, scope)
        return
    if "/condition" in damage:
        return  # with a condition that cannot be read it would look unconditional
    principal = body.object_id.lower()
    kind = body.object_type if body.object_type != "Unknown" else None
    origins = facts.origin(pointer)
    facts.role_assignments.append(
        RoleAssignment(
            body.role_assignment_id or "",
            body.scope,
            role_key(body.role_definition_id),
            principal,
            kind,
            body.condition or None,
            body.description,
            origins=origins,
        )
    )
    facts.assigned(body.scope)
    upn = body.sign_in_name if kind == USER else None
    if body.display_name or upn:
        facts.mentioned.setdefault(principal, Mention(kind, body.display_name, upn or None, None, origins))


def read_definition(facts: Facts, row: Row, pointer: str) -> str | None:
    """Get-AzRoleDefinition. It makes one block of several, so that what one excludes would hide what another gives.

    Built-in roles, which have several, are therefore not taken from here; a custom role has one.
    """
    body, damage = convert(row, PsDefinition)
    subject = body.name or body.id or facts.document.name
    facts.damaged("roleDefinitions", subject, pointer, damage)
    if not body.id:
        if not damage:
            facts.damaged("roleDefinitions", subject, pointer, {"": "a role definition without an id"}, TENANT)
        return None
    if body.is_custom is False:
        return "built-in role definitions (PowerShell)"
    (allowed, whole), (excluded, whole_too) = texts(body.actions), texts(body.not_actions)
    (data, data_whole), (not_data, not_data_whole) = texts(body.data_actions), texts(body.not_data_actions)
    block = PermissionBlock(allowed, excluded, data, not_data, body.condition or None)
    readable = whole and whole_too and data_whole and not_data_whole and not damage and body.actions is not None
    if not readable and not damage:
        facts.gap("roleDefinitions", subject, _HINT, pointer)
    scopes, scopes_whole = texts(body.assignable_scopes)
    facts.role_definitions.append(
        RoleDefinition(
            role_key(body.id),
            body.name,
            body.is_custom,
            (block,) if readable else None,
            scopes if scopes_whole and body.assignable_scopes is not None else None,
            body.description,
            facts.origin(pointer),
        )
    )
    return None


SHAPES = (
    Shape("vaults (PowerShell)", "vaults", read_vault, keys=(frozenset({"vaultName", "resourceId"}),)),
    Shape(
        "role assignments (PowerShell)",
        "roleAssignments",
        read_assignment,
        keys=(frozenset({"roleAssignmentId", "roleDefinitionId", "objectId"}),),
    ),
    Shape(
        "role definitions (PowerShell)",
        "roleDefinitions",
        read_definition,
        keys=(frozenset({"isCustom", "actions", "assignableScopes"}),),
    ),
)
