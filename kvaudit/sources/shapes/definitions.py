"""Role definitions and deny assignments: what both are made of is blocks of permissions. Semantics 1.2, 1.6, 7.3."""

from __future__ import annotations

from typing import Any

from kvaudit.model.role import DenyAssignment, PermissionBlock, RoleDefinition, role_key
from kvaudit.model.scope import scope_key
from kvaudit.model.snapshot import TENANT
from kvaudit.sources.facts import Facts
from kvaudit.sources.rows import Damage, convert, is_cut, texts
from kvaudit.sources.shapes.base import Shape, nothing, opened
from kvaudit.sources.wire import Block, Definition, Deny, Named, Row

_IN_HSM = "managed HSM role definitions"


def read_definition(facts: Facts, row: Row, pointer: str) -> str | None:
    """A role definition. One whose permissions cannot be read whole has no blocks at all: it may give anything."""
    arm, body, at, damage = opened(row, pointer)
    definition, in_body = convert(body, Definition)
    kind = (definition.role_type if at == pointer else definition.type) or ""
    if (arm.id or "").lower().startswith("microsoft.keyvault/") or kind.lower() == "akvbuiltinrole":
        return _IN_HSM
    subject = arm.id or definition.role_name or facts.document.name
    facts.damaged("roleDefinitions", subject, pointer, damage)
    facts.damaged("roleDefinitions", subject, at, in_body)
    # az leaves the GUID in `name`; the id has it in every form (semantics 1.8)
    identifier = arm.id or arm.name
    if not identifier:
        if not damage:
            facts.damaged("roleDefinitions", subject, pointer, {"": "a role definition without an id"}, TENANT)
        return None
    blocks, unfit = blocks_of(definition.permissions)
    facts.damaged("roleDefinitions", subject, f"{at}/permissions", unfit)
    scopes, whole = texts(definition.assignable_scopes)
    if not whole:
        facts.gap("roleDefinitions", subject, "assignableScopes: expected text in the list", f"{at}/assignableScopes")
    facts.role_definitions.append(
        RoleDefinition(
            role_key(identifier),
            definition.role_name,
            {"customrole": True, "builtinrole": False}.get(kind.lower()),
            None if unfit or "/permissions" in in_body or definition.permissions is None else blocks,
            scopes if whole and definition.assignable_scopes is not None else None,
            definition.description,
            facts.origin(pointer),
        )
    )
    return None


def blocks_of(items: list[Any] | None) -> tuple[tuple[PermissionBlock, ...], Damage]:
    """The blocks of a list of permissions, and what in it is no block."""
    blocks = []
    damage: Damage = {}
    for number, item in enumerate(items or ()):
        block, wrong = convert(item, Block)
        damage |= {f"/{number}{field}": why for field, why in wrong.items()}
        (allowed, whole), (excluded, whole_too) = texts(block.actions), texts(block.not_actions)
        (data, data_whole), (not_data, not_data_whole) = texts(block.data_actions), texts(block.not_data_actions)
        if not (whole and whole_too and data_whole and not_data_whole):
            damage[f"/{number}"] = "expected text in the lists of actions"
        blocks.append(PermissionBlock(allowed, excluded, data, not_data, block.condition or None))
    return tuple(blocks), damage


def read_deny(facts: Facts, row: Row, pointer: str) -> None:
    """A deny assignment. What is damaged is left out: a deny only ever takes access away (snapshot format, 3)."""
    arm, body, at, damage = opened(row, pointer)
    deny, in_body = convert(body, Deny)
    subject = arm.id or facts.document.name
    scope = scope_key(deny.scope) if deny.scope else TENANT
    blocks, unfit = blocks_of(deny.permissions)
    principals, wrong = _ids(deny.principals)
    excluded, unreadable = _ids(deny.exclude_principals)
    facts.damaged("denyAssignments", subject, pointer, damage, scope)
    facts.damaged("denyAssignments", subject, at, in_body, scope)
    facts.damaged("denyAssignments", subject, f"{at}/permissions", unfit, scope)
    facts.damaged("denyAssignments", subject, f"{at}/principals", wrong, scope)
    facts.damaged("denyAssignments", subject, f"{at}/excludePrincipals", unreadable, scope)
    if not deny.scope:
        if not in_body:
            facts.damaged("denyAssignments", subject, pointer, {"": "a deny assignment without a scope"}, scope)
        return
    if in_body or unfit or unreadable:
        return
    facts.deny_assignments.append(
        DenyAssignment(
            arm.id or "",
            deny.scope,
            deny.deny_assignment_name or arm.name,
            blocks,
            principals,
            excluded,
            bool(deny.do_not_apply_to_child_scopes),
            deny.deny_assignment_effect,
            deny.condition or None,
            facts.origin(pointer),
        )
    )


def _ids(items: list[Any] | None) -> tuple[tuple[str, ...], Damage]:
    found = []
    damage: Damage = {}
    for number, item in enumerate(items or ()):
        named, wrong = convert({"id": item} if type(item) is str and not is_cut(item) else item, Named)
        if named.id:
            found.append(named.id.lower())
        else:
            damage[f"/{number}"] = next(iter(wrong.values()), "no id")
    return tuple(found), damage


SHAPES = (
    Shape(
        "role definitions",
        "roleDefinitions",
        read_definition,
        ("microsoft.authorization/roledefinitions",),
        (frozenset({"roleName", "permissions"}),),
    ),
    Shape(
        "deny assignments",
        "denyAssignments",
        read_deny,
        ("microsoft.authorization/denyassignments",),
        (frozenset({"denyAssignmentName", "permissions", "scope"}),),
    ),
    Shape(
        "classic administrators (retired in 2024)",
        "",
        nothing,
        ("microsoft.authorization/classicadministrators",),
    ),
)
