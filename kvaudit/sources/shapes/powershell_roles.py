"""Role assignments and definitions of the Az module of PowerShell, through ConvertTo-Json. Semantics 7.7."""

from __future__ import annotations

from kvaudit.model.directory import USER
from kvaudit.model.role import PermissionBlock, RoleAssignment, RoleDefinition, role_key
from kvaudit.model.scope import scope_key
from kvaudit.model.snapshot import TENANT
from kvaudit.sources.facts import Facts, Mention
from kvaudit.sources.rows import CUT_SHORT, convert, texts
from kvaudit.sources.shapes.base import Shape
from kvaudit.sources.wire import PsAssignment, PsDefinition, Row


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
    damage = {field: f"{why}: {CUT_SHORT}" if why.endswith("found text") else why for field, why in damage.items()}
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
        facts.gap("roleDefinitions", subject, CUT_SHORT, pointer)
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
