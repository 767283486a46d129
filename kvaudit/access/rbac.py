"""Role assignments, eligibilities and activations as grants. Source: semantics 1.1 to 1.4, 1.7, 1.8 and 2.1."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cached_property

import msgspec

from kvaudit.access.denies import Denies
from kvaudit.access.estate import Extent, Reach, Tree, unplaced
from kvaudit.access.gating import Gated, gate, name_vaults
from kvaudit.access.in_force import eligible, standing
from kvaudit.access.membership import Directory
from kvaudit.access.policies import declared_only_if
from kvaudit.access.roles import Role, Roles
from kvaudit.model.finding import Cause, Verdict
from kvaudit.model.grant import DATA_PLANE, MANAGEMENT_PLANE, Grant
from kvaudit.model.permission import (
    ABOVE_VAULT,
    ASSIGN_ROLES,
    DATA,
    MANAGEMENT,
    ON_OBJECT,
    TENANT_LEVEL,
    PermissionSet,
)
from kvaudit.model.role import RoleAssignment, ScheduledAssignment
from kvaudit.model.scope import Level, Scope, parse_scope
from kvaudit.model.snapshot import Snapshot
from kvaudit.model.value import Value


class Piece(Value):
    """What an assignment of a role at a scope gives in one way, whoever the assignee is."""

    verdict: Verdict
    plane: str
    permissions: PermissionSet
    vaults: tuple[int, ...]
    reason: str = ""
    need: str = ""  # of an unknown one: the section of the snapshot that would decide
    bound: bool = False  # it rests on a condition that could not be decided


class RoleGrants:
    """Turns assignments into grants, as far as they give `only` these permissions.

    What does not depend on the assignee is worked out once.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what access is made of
        self,
        snapshot: Snapshot,
        estate: Tree,
        roles: Roles,
        directory: Directory,
        denies: Denies,
        only: PermissionSet = DATA | MANAGEMENT,
    ) -> None:
        self._snapshot = snapshot
        self._estate = estate
        self._roles = roles
        self._directory = directory
        self._denies = denies
        self._only = only
        self._pieces: dict[tuple[str, str, str | None, Verdict], tuple[Piece, ...]] = {}

    def standing(self, as_of: dt.datetime) -> Iterator[Grant]:
        """The grants of the role assignments, and of activations that run."""
        reach = self._estate.reach
        # Most of a tenant's assignments are none of its vaults' business; there are fewer roles than scopes.
        for row, kind, verdict in standing(self._snapshot, as_of, self._roles_of_interest):
            if reach(row.scope) is not None:
                yield from self._grants(row, kind, verdict)

    def eligible(self, as_of: dt.datetime) -> Iterator[Grant]:
        """The grants of the eligibilities."""
        for row, kind, verdict in eligible(self._snapshot, as_of):
            yield from self._grants(row, kind, verdict)

    def of(self, assignment: RoleAssignment) -> tuple[Grant, ...]:
        """The grants of one assignment, which need not be one of the snapshot."""
        return tuple(self._grants(assignment, "roleAssignment", Verdict.DIRECT))

    @cached_property
    def _roles_of_interest(self) -> frozenset[str]:
        """The keys of the roles that give something of interest, or may."""
        given = self._snapshot.role_assignments, self._snapshot.activations
        held = {row.role for rows in given for row in rows}
        return frozenset(key for key in held if self._roles.gives(key, self._only) is not False)

    def _grants(self, row: RoleAssignment | ScheduledAssignment, kind: str, base: Verdict) -> Iterator[Grant]:
        key = (row.scope, row.role, row.condition, base)
        pieces = self._pieces.get(key)
        if pieces is None:
            pieces = self._pieces[key] = tuple(self._cut(*key))
        if not pieces:
            return
        if row.only_if:
            pieces = tuple(_only_if(piece, row.only_if) for piece in pieces)
        scope = parse_scope(row.scope)
        cause = Cause(kind, row.id)
        for piece in self._undenied(row.principal, pieces) if self._denies else pieces:
            yield Grant(
                cause=cause,
                principal=row.principal,
                verdict=piece.verdict,
                plane=piece.plane,
                permissions=piece.permissions,
                vaults=piece.vaults,
                scope=scope,
                principal_type=row.principal_type or self._directory.type_of(row.principal),
                role=row.role,
                object=scope.object,
                reason=piece.reason,
                need=piece.need,
                bound=piece.bound,
                condition=row.condition,
                until=row.end if isinstance(row, ScheduledAssignment) else None,
                only_if=row.only_if,
                origins=row.origins,
            )

    def _cut(self, scope: str, role_key: str, condition: str | None, base: Verdict) -> Iterator[Piece]:
        reach = self._estate.reach(scope)
        if reach is None:
            return
        allowed = on_scope(reach) & self._only
        role = self._roles.get(role_key)
        if role is None:
            reason = f"the definition of role {role_key} was not given"
            for extent in (reach.certain, reach.possible):
                yield from _unknown(allowed, extent.every, reason, "roleDefinitions")
            return
        if not role.permissions & allowed:
            return
        for extent, gated, reason in self._gate(role, condition, reach.scope, reach.certain):
            yield from _planes(base, extent, gated.certain & allowed, "")
            if gated.possible:
                weaker = Verdict.CONDITIONAL if base is Verdict.DIRECT else base
                yield from _planes(weaker, extent, gated.possible & allowed, reason, bound=True)
        if not reach.possible.every:
            return
        above = unplaced(scope)
        for extent, gated, _ in self._gate(role, condition, reach.scope, reach.possible):
            yield from _unknown(gated.certain & allowed, extent.every, above, "subscriptions")
            yield from _unknown(gated.possible & allowed, extent.every, above, "subscriptions", bound=True)

    def _gate(
        self, role: Role, condition: str | None, scope: Scope, extent: Extent
    ) -> Iterator[tuple[Extent, Gated, str]]:
        """What the role gives on some vaults, block by block under its conditions, and the words for what is open."""
        texts = tuple(dict.fromkeys((condition, *role.conditions))) if condition else role.conditions
        if not texts:
            yield extent, Gated(role.permissions), ""
            return
        if not name_vaults(texts):
            yield extent, *_gated(role, condition, texts, scope, None)
            return
        groups: dict[tuple[Gated, str], list[int]] = {}
        for number in extent.every:
            each = _gated(role, condition, texts, scope, self._estate.name(number))
            groups.setdefault(each, []).append(number)
        for (gated, reason), numbers in groups.items():
            yield self._estate.extent(numbers), gated, reason

    def _undenied(self, assignee: str, pieces: tuple[Piece, ...]) -> Iterator[Piece]:
        """The pieces less what denies take from the assignee; what they may take becomes conditional."""
        for piece in pieces:
            if piece.verdict is Verdict.LATENT:
                yield piece
                continue
            groups: dict[tuple[PermissionSet, PermissionSet, str], list[int]] = {}
            for number in piece.vaults:
                denied = self._denies.of_assignee(assignee, number)
                groups.setdefault((denied.certain, denied.possible, denied.reason), []).append(number)
            for (certain, possible, reason), numbers in groups.items():
                vaults = piece.vaults if len(groups) == 1 else tuple(numbers)
                weakened = possible & ~certain if piece.verdict is not Verdict.UNKNOWN else 0
                if left := piece.permissions & ~certain & ~weakened:
                    yield Piece(piece.verdict, piece.plane, left, vaults, piece.reason, piece.need, piece.bound)
                if unsure := piece.permissions & weakened:
                    weaker = Verdict.CONDITIONAL if piece.verdict is Verdict.DIRECT else piece.verdict
                    yield Piece(
                        weaker, piece.plane, unsure, vaults, f"unless denied by {reason}", piece.need, piece.bound
                    )


def _only_if(piece: Piece, text: str) -> Piece:
    """What is declared only under something that is not known: what would be direct is conditional."""
    verdict = Verdict.CONDITIONAL if piece.verdict is Verdict.DIRECT else piece.verdict
    reason = "; ".join(filter(None, (piece.reason, declared_only_if(text))))
    return msgspec.structs.replace(piece, verdict=verdict, reason=reason)


def _gated(
    role: Role, condition: str | None, texts: tuple[str, ...], scope: Scope, vault: str | None
) -> tuple[Gated, str]:
    gated = Gated(0)
    for block in role.blocks:
        own = [text for text in (block.condition, condition) if text]
        gated |= gate(own, block.permissions, scope, vault)
    if not gated.possible:
        return gated, ""
    return gated, f"under the condition {' and '.join(texts)} (not decided: {', '.join(sorted(gated.undecided))})"


def _planes(
    verdict: Verdict, extent: Extent, held: PermissionSet, reason: str, *, bound: bool = False
) -> Iterator[Piece]:
    """One set of permissions as the planes and the vaults' permission models let it work (semantics 2.1)."""
    if data := held & DATA:
        if extent.rbac:
            yield Piece(verdict, DATA_PLANE, data, extent.rbac, reason, bound=bound)
        if extent.policy:
            yield Piece(
                Verdict.LATENT, DATA_PLANE, data, extent.policy, reason or "the vault decides by access policies"
            )
        if extent.unsure:
            why = "the vault's permission model is not known"
            yield Piece(Verdict.UNKNOWN, DATA_PLANE, data, extent.unsure, why, "vaults")
    if (management := held & MANAGEMENT) and extent.every:
        yield Piece(verdict, MANAGEMENT_PLANE, management, extent.every, reason, bound=bound)


def _unknown(
    held: PermissionSet, vaults: tuple[int, ...], reason: str, need: str, *, bound: bool = False
) -> Iterator[Piece]:
    """What may be held on some vaults, if a fact that was not given says so."""
    for plane, permissions in ((DATA_PLANE, held & DATA), (MANAGEMENT_PLANE, held & MANAGEMENT)):
        if permissions and vaults:
            yield Piece(Verdict.UNKNOWN, plane, permissions, vaults, reason, need, bound)


def on_scope(reach: Reach) -> PermissionSet:
    """What can be held at a scope at all: above the vault more, on one object of it less (semantics 1.4)."""
    level = reach.scope.level
    if level is Level.ROOT:
        return DATA | MANAGEMENT
    if level <= Level.SUBSCRIPTION:
        return (DATA | MANAGEMENT) & ~TENANT_LEVEL
    if level is Level.OBJECT:
        kind = reach.scope.object.split("/")[0]
        return ON_OBJECT[kind] | ASSIGN_ROLES  # roles can be assigned on the object, too
    return (DATA | MANAGEMENT) & ~ABOVE_VAULT
