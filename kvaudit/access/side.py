"""One of the two looks of a comparison, with what is looked up in it to explain a difference."""

from __future__ import annotations

from functools import cached_property

from kvaudit.access.denies import Deny
from kvaudit.access.engine import Access
from kvaudit.access.in_force import runs
from kvaudit.model.grant import Grant
from kvaudit.model.role import RoleAssignment, RoleDefinition, ScheduledAssignment
from kvaudit.model.scope import scope_key


class Side:
    """A look, and whether it is the newer one."""

    def __init__(self, access: Access, *, is_new: bool) -> None:
        self.access = access
        self.is_new = is_new

    @cached_property
    def causes(self) -> dict[tuple[str, ...], str | None]:
        """Everything that gives or may give access, with its condition."""
        snapshot = self.access.snapshot
        # An activation also shows as an assignment, which is passed over as it is when grants are made.
        activated = {scope_key(each.origin_assignment) for each in snapshot.activations if each.origin_assignment}
        standing = (row for row in snapshot.role_assignments if not activated or scope_key(row.id) not in activated)
        found: dict[tuple[str, ...], str | None] = {_key("roleAssignment", row): row.condition for row in standing}
        for kind, rows in (("activation", snapshot.activations), ("eligibility", snapshot.eligibilities)):
            found.update((_key(kind, row), row.condition) for row in rows if runs(row, self.access.as_of))
        for grant in self.access.grants:
            if grant.cause.kind == "accessPolicy":
                found[key_of(grant)] = None
        found.update((key_of(power.grant), None) for powers in self.access.means.powers.of.values() for power in powers)
        return found

    @cached_property
    def policies(self) -> dict[tuple[str, ...], Grant]:
        """What each entry of an access policy gives."""
        return {key_of(grant): grant for grant in self.access.grants if grant.cause.kind == "accessPolicy"}

    def number(self, vault: str) -> int | None:
        """The number of a vault, by its key."""
        return self.access.estate.number.get(vault)

    def denies(self, vault: str) -> tuple[Deny, ...]:
        """The deny assignments that bear on a vault, by its key."""
        number = self.number(vault)
        return () if number is None else self.access.denies.on(number)

    @cached_property
    def definitions(self) -> dict[str, RoleDefinition]:
        """The roles this side was given, by key."""
        return {role.key: role.definition for role in self.access.roles.given()}


def lasting(access: Access) -> dict[str, str]:
    """What goes for the id of each assignment, by its key, on both sides of a comparison."""
    kept = (grant for grant in access.grants if grant.cause.kind != "accessPolicy")
    return {scope_key(grant.cause.id): "/".join(key_of(grant)) for grant in kept}


def _key(kind: str, row: RoleAssignment | ScheduledAssignment) -> tuple[str, ...]:
    return kind, row.principal, row.role, scope_key(row.scope)


def key_of(grant: Grant) -> tuple[str, ...]:
    """What makes the cause of a grant the same on both sides: not its id, which changes when it is made again."""
    if grant.cause.kind == "accessPolicy":
        return grant.cause.kind, grant.cause.id.lower()
    return grant.cause.kind, grant.principal, grant.role or "", grant.scope.key
