"""Deny assignments: what they take from whom on which vault. Source: semantics 1.6."""

from __future__ import annotations

from kvaudit.access.estate import Estate
from kvaudit.access.membership import Directory
from kvaudit.access.roles import compile_block
from kvaudit.model.directory import EVERYONE
from kvaudit.model.permission import ABOVE_VAULT, PermissionSet
from kvaudit.model.role import DenyAssignment
from kvaudit.model.scope import Level
from kvaudit.model.snapshot import Snapshot
from kvaudit.model.value import Value


class Denied(Value):
    """What is denied, what may be, and by which deny assignments."""

    certain: PermissionSet = 0
    possible: PermissionSet = 0  # under a condition or on a scope that the input cannot decide
    reason: str = ""


NOTHING = Denied()


class Deny(Value):
    """A deny assignment as it bears on one vault."""

    assignment: DenyAssignment
    certain: PermissionSet
    possible: PermissionSet


class Denies:
    """All deny assignments, found by vault."""

    def __init__(self, snapshot: Snapshot, estate: Estate, directory: Directory) -> None:
        self._directory = directory
        self._on: dict[int, list[Deny]] = {}
        for assignment in snapshot.deny_assignments:
            if (assignment.effect or "").lower() != "audit":  # an audit deny blocks nothing
                self._place(assignment, estate)

    def _place(self, assignment: DenyAssignment, estate: Estate) -> None:
        reach = estate.reach(assignment.scope)
        if reach is None:
            return
        certain = possible = 0
        for block in map(compile_block, assignment.blocks):
            if block.condition or assignment.condition:
                possible |= block.permissions
            else:
                certain |= block.permissions
        if reach.scope.level > Level.SUBSCRIPTION:
            certain, possible = certain & ~ABOVE_VAULT, possible & ~ABOVE_VAULT
        if assignment.this_scope_only:
            at_vault = reach.scope.key in estate.number
            kept = ~ABOVE_VAULT if at_vault else ABOVE_VAULT
            if not at_vault and reach.scope.level is not Level.SUBSCRIPTION:
                return
            certain, possible = certain & kept, possible & kept
        if reach.scope.level is Level.OBJECT:  # of the vault's objects it denies one
            certain, possible = 0, certain | possible
        for number in reach.certain.every:
            self._on.setdefault(number, []).append(Deny(assignment, certain, possible))
        for number in reach.possible.every:
            self._on.setdefault(number, []).append(Deny(assignment, 0, certain | possible))

    def on(self, number: int) -> tuple[Deny, ...]:
        """The deny assignments that bear on a vault."""
        return tuple(self._on.get(number, ()))

    def __bool__(self) -> bool:
        return bool(self._on)

    def of(self, principal: str, number: int) -> Denied:
        """What a principal is denied on a vault.

        Where the members of an excluded group are not known, the deny is only possible: it must not take an access
        out of an answer on a guess.
        """
        found = self._on.get(number)
        if not found:
            return NOTHING
        own = {principal, *self._directory.ways_up(principal)}
        certain = possible = 0
        names = []
        for deny in found:
            assignment = deny.assignment
            if not (EVERYONE in assignment.principals or own.intersection(assignment.principals)):
                continue
            if own.intersection(assignment.excluded):
                continue
            names.append(f"deny assignment {assignment.name or assignment.id}")
            possible |= deny.possible
            if any(self._may_hold(group) for group in assignment.excluded):
                possible |= deny.certain
            else:
                certain |= deny.certain
        return Denied(certain, possible & ~certain, ", ".join(names)) if certain | possible else NOTHING

    def of_assignee(self, assignee: str, number: int) -> Denied:
        """What an assignee is denied, and with a group every one of its members: else a member still holds it."""
        denied = self.of(assignee, number)
        if denied is NOTHING or not self._directory.is_group(assignee):
            return denied
        members = self._directory.members_of(assignee)
        certain = denied.certain
        for deny in self._on[number]:
            excluded = deny.assignment.excluded
            if excluded and (not members.complete or members.ids.intersection(excluded)):
                certain &= ~deny.certain
        return Denied(certain, denied.possible, denied.reason)

    def _may_hold(self, excluded: str) -> bool:
        return self._directory.is_group(excluded) and not self._directory.members_of(excluded).complete
