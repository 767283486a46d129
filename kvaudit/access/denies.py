"""Deny assignments: what they take from whom on which vault. Source: semantics 1.6."""

from __future__ import annotations

from collections.abc import Sequence

from kvaudit.access.estate import Tree
from kvaudit.access.gating import Gated, gate, name_vaults
from kvaudit.access.membership import Directory
from kvaudit.access.roles import Block, compile_block
from kvaudit.model.directory import EVERYONE
from kvaudit.model.permission import ABOVE_VAULT, DATA, MANAGEMENT, PermissionSet
from kvaudit.model.role import DenyAssignment
from kvaudit.model.scope import Level, Scope
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

    def __init__(self, snapshot: Snapshot, estate: Tree, directory: Directory) -> None:
        self._directory = directory
        self._on: dict[int, list[Deny]] = {}
        for assignment in snapshot.deny_assignments:
            if (assignment.effect or "").lower() != "audit":  # an audit deny blocks nothing
                self._place(assignment, estate)

    def _place(self, assignment: DenyAssignment, estate: Tree) -> None:
        reach = estate.reach(assignment.scope)
        kept = _bearing(assignment, reach.scope, is_own=reach.scope.key in estate.number) if reach else 0
        if reach is None or not kept:
            return
        blocks = tuple(map(compile_block, assignment.blocks))
        texts = [text for text in (assignment.condition, *(block.condition for block in blocks)) if text]
        alike = None if name_vaults(texts) else self._deny(assignment, blocks, reach.scope, kept, None)
        for sure, extent in ((True, reach.certain), (False, reach.possible)):
            for number in extent.every:
                deny = alike or self._deny(assignment, blocks, reach.scope, kept, estate.name(number))
                # On one object of the vault, or where the scope may not be above it, a deny is only possible.
                if not sure or reach.scope.level is Level.OBJECT:
                    deny = Deny(assignment, 0, deny.certain | deny.possible)
                self._on.setdefault(number, []).append(deny)

    def _deny(
        self,
        assignment: DenyAssignment,
        blocks: tuple[Block, ...],
        scope: Scope,
        kept: PermissionSet,
        vault: str | None,
    ) -> Deny:
        gated = Gated(0)
        for block in blocks:
            texts = [text for text in (assignment.condition, block.condition) if text]
            gated |= gate(texts, block.permissions & kept, scope, vault)
        return Deny(assignment, gated.certain, gated.possible)

    def on(self, number: int) -> tuple[Deny, ...]:
        """The deny assignments that bear on a vault."""
        return tuple(self._on.get(number, ()))

    def __bool__(self) -> bool:
        return bool(self._on)

    def of(self, person: Sequence[str], number: int) -> Denied:
        """What is denied on a vault to somebody: a principal, and the groups it may have entered.

        Where the members of an excluded group are not known, the deny is only possible: it must not take an access
        out of an answer on a guess.
        """
        found = self._on.get(number)
        if not found:
            return NOTHING
        own = set(self._directory.all_of(person))
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
        """What an assignee is denied, and with a group every member: a deny that excludes anyone is asked of each."""
        denied = self.of((assignee,), number)
        if denied is NOTHING or not self._directory.is_group(assignee):
            return denied
        spared = 0
        for deny in self._on[number]:
            if deny.assignment.excluded:
                spared |= deny.certain | deny.possible
        return Denied(denied.certain & ~spared, denied.possible & ~spared, denied.reason)

    def _may_hold(self, excluded: str) -> bool:
        return self._directory.is_group(excluded) and not self._directory.members_of(excluded).complete


def _bearing(assignment: DenyAssignment, scope: Scope, *, is_own: bool) -> PermissionSet:
    """What a deny at a scope can take away: above the vault more, of child scopes nothing where it says so.

    `is_own`: the scope is the vault's own, or that of the resource with an identity.
    """
    kept = DATA | MANAGEMENT
    if scope.level > Level.SUBSCRIPTION:
        kept &= ~ABOVE_VAULT
    if assignment.this_scope_only:
        at_vault = is_own or scope.level is Level.OBJECT
        kept &= ~ABOVE_VAULT if at_vault else ABOVE_VAULT
        if not at_vault and scope.level is not Level.SUBSCRIPTION:
            return 0
    return kept
