"""What a principal may do anywhere at all: a template may be deployed, a machine made, in any resource group.

Some edges need an operation on the vault and another wherever the holder likes. The second is looked for among all
role assignments, also those that reach no vault. Source: semantics 3.1, V9 to V11.
"""

from __future__ import annotations

from kvaudit.access.edges import edges
from kvaudit.access.membership import Directory
from kvaudit.access.roles import Roles
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
        self._wanted: PermissionSet = 0
        for edge in edges():
            self._wanted |= edge.anywhere
        self._found: dict[str, dict[PermissionSet, RoleAssignment]] = {}
        giving: dict[str, PermissionSet] = {}
        for assignment in snapshot.role_assignments:
            held = giving.get(assignment.role)
            if held is None:
                role = roles.get(assignment.role)
                held = giving[assignment.role] = role.permissions & self._wanted if role else 0
            if held:
                self._found.setdefault(assignment.principal, {}).setdefault(held, assignment)
        self._grants: dict[str, tuple[Grant, ...]] = {}
        self._made: dict[tuple[str, PermissionSet], Grant] = {}  # by holder: all its members have the same one

    def of(self, principal: str) -> tuple[Grant, ...]:
        """Grants of such operations to a principal or its groups, as few as give them all."""
        grants = self._grants.get(principal)
        if grants is None:
            left, chosen = self._wanted, []
            for holder in (principal, *self._directory.ways_up(principal)):
                for held, assignment in self._found.get(holder, {}).items():
                    if held & left:
                        left &= ~held
                        grant = self._made.get((holder, held))
                        if grant is None:
                            grant = self._made[holder, held] = _grant(assignment, held)
                        chosen.append(grant)
            grants = self._grants[principal] = tuple(chosen)
        return grants


def _grant(assignment: RoleAssignment, held: PermissionSet) -> Grant:
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
