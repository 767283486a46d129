"""What a principal may do anywhere at all: a template may be deployed, a machine made, in any resource group.

Some edges need an operation on the vault and another wherever the holder likes. The second is looked for among all
assignments in force, also those that reach no vault. Source: semantics 3.1, V9 to V11.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from kvaudit.access.delegation import gates_of
from kvaudit.access.edges import anywhere
from kvaudit.access.in_force import Holding, holdings
from kvaudit.access.membership import Directory
from kvaudit.access.roles import Role, Roles
from kvaudit.access.takeovers import needed_anywhere
from kvaudit.model.finding import Cause, Verdict
from kvaudit.model.grant import MANAGEMENT_PLANE, Grant
from kvaudit.model.permission import ASSIGN_ROLES, PermissionSet
from kvaudit.model.scope import parse_scope
from kvaudit.model.snapshot import Snapshot


class Elsewhere:
    """The operations that edges need anywhere, by who is assigned a role with them, or one that is not known."""

    def __init__(self, snapshot: Snapshot, as_of: dt.datetime, roles: Roles, directory: Directory) -> None:
        self._directory = directory
        self._roles = roles
        wanted = anywhere() | needed_anywhere() | ASSIGN_ROLES
        self._found: dict[str, dict[tuple[Verdict, PermissionSet, str], Holding]] = {}
        for holding in holdings(snapshot, as_of, lambda key: roles.gives(key, wanted) is not False):
            row = holding[0]
            known = roles.get(row.role)
            key = (_held_as(holding), known.permissions & wanted, "") if known else (Verdict.UNKNOWN, wanted, row.role)
            self._found.setdefault(row.principal, {}).setdefault(key, holding)
        self._grants: dict[tuple[str, PermissionSet], tuple[Grant, ...]] = {}
        self._made: dict[tuple[str, Verdict, PermissionSet, str], Grant] = {}

    def of(self, principal: str, wanted: PermissionSet) -> tuple[Grant, ...]:
        """Grants of such operations to a principal or its groups, as few as give all that are wanted most surely."""
        key = (principal, wanted)
        grants = self._grants.get(key)
        if grants is None:
            held_by = (principal, *self._directory.ways_up(principal))
            given = self._found
            found = [(holder, *each) for holder in held_by if holder in given for each in given[holder].items()]
            if len(found) > 1:
                found.sort(key=lambda each: -each[1][0].strength)
            left, chosen = wanted, []
            for holder, (verdict, held, role), holding in found:
                if held & left:
                    if verdict is not Verdict.UNKNOWN:  # of several that are not known each may give it
                        left &= ~held
                    made = (holder, verdict, held & wanted, role)  # all members of a group have the same grant
                    grant = self._made.get(made)
                    if grant is None:
                        grant = self._made[made] = held_at(holding, held & wanted, self._roles.get(holding[0].role))
                    chosen.append(grant)
            grants = self._grants[key] = tuple(chosen)
        return grants

    def undefined(self) -> Iterator[tuple[str, Holding]]:
        """The assignments of roles without a definition, each with its holder."""
        for holder, found in self._found.items():
            for (verdict, _, _), holding in found.items():
                if verdict is Verdict.UNKNOWN:
                    yield holder, holding


def held_at(holding: Holding, held: PermissionSet, role: Role | None) -> Grant:
    """Operations that an assignment gives at its own scope, wherever that is, as a grant.

    Where the definition of its role is not known, it may give them.
    """
    row, kind, _ = holding
    unknown = role is None
    reason = f"under the condition {row.condition}" if row.condition else ""
    return Grant(
        cause=Cause(kind, row.id),
        principal=row.principal,
        verdict=Verdict.UNKNOWN if unknown else _held_as(holding),
        plane=MANAGEMENT_PLANE,
        permissions=held,
        vaults=(),
        scope=parse_scope(row.scope),
        role=row.role,
        reason=f"the definition of role {row.role} was not given" if unknown else reason,
        need="roleDefinitions" if unknown else "",
        bound=role is not None and bool(held & ASSIGN_ROLES) and all(gates_of(role, row.condition)),
        condition=row.condition,
        origins=row.origins,
    )


def _held_as(holding: Holding) -> Verdict:
    row, _, verdict = holding
    return Verdict.CONDITIONAL if row.condition and verdict is Verdict.DIRECT else verdict
