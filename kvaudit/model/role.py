"""Azure RBAC: definitions, assignments, denies, and what PIM adds. Source: semantics 1.1 to 1.8."""

from __future__ import annotations

import re

from kvaudit.model.origin import Origin
from kvaudit.model.value import Value

_DASHLESS = re.compile(r"([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})")


def role_key(text: str) -> str:
    """A role definition's id as it is joined: the last segment, lower case, with dashes (semantics 1.8)."""
    last = text.strip().rstrip("/").rsplit("/", 1)[-1].lower()
    dashless = _DASHLESS.fullmatch(last)
    return "-".join(dashless.groups()) if dashless else last


class PermissionBlock(Value):
    """One block of a definition's permissions; what a block excludes, it excludes from itself alone."""

    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()
    condition: str | None = None


class RoleDefinition(Value):
    """A role; `id` is its key."""

    id: str
    name: str | None = None
    custom: bool | None = None
    blocks: tuple[PermissionBlock, ...] | None = None  # None: not readable
    assignable_scopes: tuple[str, ...] | None = None
    description: str | None = None
    origins: tuple[Origin, ...] = ()


class RoleAssignment(Value):
    """A standing assignment of a role."""

    id: str  # as written; joined by scope_key(id)
    scope: str  # as written
    role: str  # role_key
    principal: str
    principal_type: str | None = None
    condition: str | None = None
    description: str | None = None
    delegated_identity: str | None = None
    origins: tuple[Origin, ...] = ()
    only_if: str = ""  # declared only under this, which is not known before deployment
    from_elsewhere: bool = False  # delegated to another tenant: no list of role assignments has it


class ScheduledAssignment(Value):
    """An eligibility, or an activation of one, at a time (PIM). Times are ISO 8601 as Azure writes them."""

    id: str
    scope: str
    role: str
    principal: str
    principal_type: str | None = None
    condition: str | None = None
    status: str | None = None
    assignment_type: str | None = None  # Activated | Assigned, for activations
    member_type: str | None = None  # Direct | Group | Inherited
    start: str | None = None
    end: str | None = None
    origin_assignment: str | None = None  # id of the role assignment an activation made
    origins: tuple[Origin, ...] = ()
    only_if: str = ""  # as of an assignment
    from_elsewhere: bool = False  # as of an assignment


class RolePolicy(Value):
    """What PIM asks of whoever activates a role at a scope: one policy for each role and scope, inherited by none."""

    id: str
    scope: str  # as written
    role: str  # role_key
    approval: bool | None = None  # whether somebody else must approve
    second_factor: bool | None = None  # whether multifactor authentication is asked for
    origins: tuple[Origin, ...] = ()


class DenyAssignment(Value):
    """A deny; it beats every role assignment it applies to (semantics 1.6)."""

    id: str
    scope: str
    name: str | None = None
    blocks: tuple[PermissionBlock, ...] = ()
    principals: tuple[str, ...] = ()  # EVERYONE for all principals
    excluded: tuple[str, ...] = ()
    this_scope_only: bool = False
    effect: str | None = None  # "audit" denies nothing
    condition: str | None = None
    origins: tuple[Origin, ...] = ()


class Lock(Value):
    """A resource lock: CanNotDelete or ReadOnly, on a scope and what is below it."""

    id: str
    scope: str
    level: str | None = None
    origins: tuple[Origin, ...] = ()
