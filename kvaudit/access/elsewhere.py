"""What a principal may do anywhere at all: a template may be deployed, a machine made, in any resource group.

Some edges need an operation on the vault and another wherever the holder likes. The second is looked for among all
role assignments, also those that reach no vault. Source: semantics 3.1, V9 to V11.
"""

from __future__ import annotations

import msgspec

from kvaudit.access.edges import anywhere
from kvaudit.access.membership import Directory
from kvaudit.access.roles import Roles
from kvaudit.access.takeovers import needed_anywhere
from kvaudit.model.finding import Cause, Verdict
from kvaudit.model.grant import MANAGEMENT_PLANE, Grant
from kvaudit.model.permission import PermissionSet
from kvaudit.model.role import RoleAssignment
from kvaudit.model.scope import parse_scope
from kvaudit.model.snapshot import Snapshot


class Elsewhere:
    """The operations that edges need anywhere, by who is assigned a role with them."""

    def __init__(self, snapshot: Snapshot, roles: Roles, directory: Directory) -> None:
        self._directory = directory
        wanted = anywhere() | needed_anywhere()
        self._found: dict[str, dict[PermissionSet, RoleAssignment]] = {}
        self.undefined: dict[str, dict[str, RoleAssignment]] = {}  # by holder and role: those without a definition
        giving: dict[str, PermissionSet] = {}
        for assignment in snapshot.role_assignments:
            held = giving.get(assignment.role)
            if held is None:
                role = roles.get(assignment.role)
                held = giving[assignment.role] = role.permissions & wanted if role else _UNDEFINED
            if held == _UNDEFINED:
                self.undefined.setdefault(assignment.principal, {}).setdefault(assignment.role, assignment)
            elif held:
                self._found.setdefault(assignment.principal, {}).setdefault(held, assignment)
        self._grants: dict[tuple[str, PermissionSet], tuple[Grant, ...]] = {}
        self._made: dict[tuple[str, PermissionSet | str], Grant] = {}

    def of(self, principal: str, wanted: PermissionSet) -> tuple[Grant, ...]:
        """Grants of such operations to a principal or its groups, as few as give all that are wanted.

        Of what none gives, a role without a definition may give any.
        """
        key = (principal, wanted)
        grants = self._grants.get(key)
        if grants is None:
            left, chosen = wanted, []
            own = (principal, *self._directory.ways_up(principal))
            for holder in own:
                for held, assignment in self._found.get(holder, {}).items():
                    if held & left:
                        left &= ~held
                        made = (holder, held & wanted)  # all members of a group have the same grant
                        grant = self._made.get(made)
                        if grant is None:
                            grant = self._made[made] = held_at(assignment, held & wanted)
                        chosen.append(grant)
            if left and self.undefined:
                chosen += [self._perhaps(each) for holder in own for each in self.undefined.get(holder, {}).values()]
            grants = self._grants[key] = tuple(chosen)
        return grants

    def _perhaps(self, assignment: RoleAssignment) -> Grant:
        """An assignment of a role without a definition, as a grant of whatever may be needed."""
        made = (assignment.principal, assignment.role)
        grant = self._made.get(made)
        if grant is None:
            grant = self._made[made] = msgspec.structs.replace(
                held_at(assignment, anywhere() | needed_anywhere()),
                verdict=Verdict.UNKNOWN,
                reason=f"the definition of role {assignment.role} was not given",
                need="roleDefinitions",
            )
        return grant


_UNDEFINED = -1
"""In place of the operations of a role of which they are not known."""


def held_at(assignment: RoleAssignment, held: PermissionSet) -> Grant:
    """Operations that an assignment gives at its own scope, wherever that is, as a grant."""
    condition = assignment.condition
    return Grant(
        cause=Cause("roleAssignment", assignment.id),
        principal=assignment.principal,
        verdict=Verdict.CONDITIONAL if condition else Verdict.DIRECT,
        plane=MANAGEMENT_PLANE,
        permissions=held,
        vaults=(),
        scope=parse_scope(assignment.scope),
        role=assignment.role,
        reason=f"under the condition {condition}" if condition else "",
        condition=condition,
        origins=assignment.origins,
    )
