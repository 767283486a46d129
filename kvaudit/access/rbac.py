"""Role assignments, eligibilities and activations as grants. Source: semantics 1.1 to 1.4, 1.7, 1.8 and 2.1."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from kvaudit.access import conditions
from kvaudit.access.denies import Denies
from kvaudit.access.estate import Estate, Extent, Reach
from kvaudit.access.membership import Directory
from kvaudit.access.roles import Role, Roles
from kvaudit.model.finding import Cause, Verdict
from kvaudit.model.grant import DATA_PLANE, MANAGEMENT_PLANE, Grant
from kvaudit.model.permission import (
    ABOVE_VAULT,
    ASSIGN_ROLES,
    CATALOGUE,
    DATA,
    MANAGEMENT,
    ON_OBJECT,
    TENANT_LEVEL,
    PermissionSet,
)
from kvaudit.model.role import RoleAssignment, ScheduledAssignment
from kvaudit.model.scope import Level, parse_scope, scope_key
from kvaudit.model.snapshot import Snapshot
from kvaudit.model.value import Value

_OF_VAULT = "microsoft.keyvault/vaults:name"
_OF_OBJECT = "microsoft.keyvault/vaults/secrets:name"


class Piece(Value):
    """What an assignment of a role at a scope gives in one way, whoever the assignee is."""

    verdict: Verdict
    plane: str
    permissions: PermissionSet
    vaults: tuple[int, ...]
    reason: str = ""
    need: str = ""  # of an unknown one: the section of the snapshot that would decide


class Gated(Value):
    """What a role gives on some vaults: for certain, and under a condition that cannot be decided."""

    vaults: Extent
    certain: PermissionSet
    possible: PermissionSet
    reason: str = ""


class RoleGrants:
    """Turns assignments into grants. What does not depend on the assignee is worked out once."""

    def __init__(self, snapshot: Snapshot, estate: Estate, roles: Roles, directory: Directory, denies: Denies) -> None:
        self._snapshot = snapshot
        self._estate = estate
        self._roles = roles
        self._directory = directory
        self._denies = denies
        self._pieces: dict[tuple[str, str, str | None, Verdict], tuple[Piece, ...]] = {}

    def standing(self, as_of: dt.datetime) -> Iterator[Grant]:
        """The grants of the role assignments, and of activations that run."""
        activated = {scope_key(each.origin_assignment) for each in self._snapshot.activations if each.origin_assignment}
        reach = self._estate.reach
        for assignment in self._snapshot.role_assignments:
            if reach(assignment.scope) is None:  # most of a tenant's assignments are none of its vaults' business
                continue
            # An activation also shows as an ordinary assignment; the instance knows when it ends (semantics 1.8).
            if not activated or scope_key(assignment.id) not in activated:
                yield from self._grants(assignment, "roleAssignment", Verdict.DIRECT, None)
        for activation in self._snapshot.activations:
            if runs(activation, as_of):
                yield from self._grants(activation, "activation", Verdict.DIRECT, activation.end)

    def eligible(self, as_of: dt.datetime) -> Iterator[Grant]:
        """The grants of the eligibilities."""
        for eligibility in self._snapshot.eligibilities:
            if runs(eligibility, as_of):
                yield from self._grants(eligibility, "eligibility", Verdict.ELIGIBLE, eligibility.end)

    def _grants(
        self, row: RoleAssignment | ScheduledAssignment, kind: str, base: Verdict, until: str | None
    ) -> Iterator[Grant]:
        key = (row.scope, row.role, row.condition, base)
        pieces = self._pieces.get(key)
        if pieces is None:
            pieces = self._pieces[key] = tuple(self._cut(*key))
        if not pieces:
            return
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
                condition=row.condition,
                until=until,
                origins=row.origins,
            )

    def _cut(self, scope: str, role_key: str, condition: str | None, base: Verdict) -> Iterator[Piece]:
        reach = self._estate.reach(scope)
        if reach is None:
            return
        role = self._roles.get(role_key)
        if role is None:
            reason = f"the definition of role {role_key} was not given"
            for plane, held in ((DATA_PLANE, DATA), (MANAGEMENT_PLANE, MANAGEMENT)):
                for extent in (reach.certain, reach.possible):
                    if extent.every:
                        yield Piece(Verdict.UNKNOWN, plane, held, extent.every, reason, "roleDefinitions")
            return
        allowed = on_scope(reach)
        for gated in self._gate(role, condition, reach):
            yield from self._planes(base, gated.vaults, gated.certain & allowed, "")
            weaker = Verdict.CONDITIONAL if base is Verdict.DIRECT else base
            yield from self._planes(weaker, gated.vaults, gated.possible & allowed, gated.reason)
        if reach.possible.every and (held := role.permissions & allowed):
            reason = f"the management groups above its subscription are not known, so {scope} may be above it"
            for plane, permissions in ((DATA_PLANE, held & DATA), (MANAGEMENT_PLANE, held & MANAGEMENT)):
                if permissions:
                    yield Piece(Verdict.UNKNOWN, plane, permissions, reach.possible.every, reason, "subscriptions")

    def _planes(self, verdict: Verdict, extent: Extent, held: PermissionSet, reason: str) -> Iterator[Piece]:
        """One set of permissions as the planes and the vaults' permission models let it work (semantics 2.1)."""
        if data := held & DATA:
            if extent.rbac:
                yield Piece(verdict, DATA_PLANE, data, extent.rbac, reason)
            if extent.policy:
                yield Piece(
                    Verdict.LATENT, DATA_PLANE, data, extent.policy, reason or "the vault decides by access policies"
                )
            if extent.unsure:
                why = "the vault's permission model is not known"
                yield Piece(Verdict.UNKNOWN, DATA_PLANE, data, extent.unsure, why, "vaults")
        if (management := held & MANAGEMENT) and extent.every:
            yield Piece(verdict, MANAGEMENT_PLANE, management, extent.every, reason)

    def _gate(self, role: Role, condition: str | None, reach: Reach) -> Iterator[Gated]:
        """What the role gives, block by block under its conditions, on the vaults its scope certainly reaches."""
        if not condition and not any(block.condition for block in role.blocks):
            yield Gated(reach.certain, role.permissions, 0)
            return
        texts = [text for text in (condition, *(block.condition for block in role.blocks)) if text]
        if not any(_OF_VAULT in text.lower() for text in texts):
            yield self._gated(role, condition, reach, reach.certain, None)
            return
        groups: dict[tuple[PermissionSet, PermissionSet, str], list[int]] = {}
        for number in reach.certain.every:
            each = self._gated(role, condition, reach, reach.certain, self._estate.vaults[number].name)
            groups.setdefault((each.certain, each.possible, each.reason), []).append(number)
        for (certain, possible, reason), numbers in groups.items():
            yield Gated(self._estate.extent(numbers), certain, possible, reason)

    def _gated(self, role: Role, condition: str | None, reach: Reach, extent: Extent, vault: str | None) -> Gated:
        certain = possible = 0
        undecided: set[str] = set()
        for block in role.blocks:
            texts = [text for text in (block.condition, condition) if text]
            held = block.permissions
            while held:
                bit = held & -held
                held ^= bit
                truth = self._truth(texts, bit, reach, vault)
                if truth.value:
                    certain |= bit
                elif truth.value is None:
                    possible |= bit
                    undecided |= truth.unknown
        stated = " and ".join(dict.fromkeys(filter(None, (condition, *(block.condition for block in role.blocks)))))
        reason = f"under the condition {stated} (not decided: {', '.join(sorted(undecided))})" if undecided else ""
        return Gated(extent, certain, possible & ~certain, reason)

    def _truth(self, texts: list[str], bit: PermissionSet, reach: Reach, vault: str | None) -> conditions.Truth:
        permission = CATALOGUE[bit.bit_length() - 1]
        known: dict[tuple[str, str], str] = {}
        if permission.kind == "secrets":  # the attributes exist for the data actions of secrets only (1.7.1)
            if vault is not None:
                known["resource", _OF_VAULT] = vault
            if reach.scope.object.startswith("secrets/"):
                known["resource", _OF_OBJECT] = known["request", _OF_OBJECT] = reach.scope.name
        return conditions.decide(texts, conditions.Attributes(permission.actions[0], known))

    def _undenied(self, assignee: str, pieces: tuple[Piece, ...]) -> Iterator[Piece]:
        """The pieces less what denies take from the assignee; what they may take becomes conditional."""
        for piece in pieces:
            if piece.verdict in (Verdict.LATENT, Verdict.UNKNOWN):
                yield piece
                continue
            groups: dict[tuple[PermissionSet, PermissionSet, str], list[int]] = {}
            for number in piece.vaults:
                denied = self._denies.of_assignee(assignee, number)
                groups.setdefault((denied.certain, denied.possible, denied.reason), []).append(number)
            for (certain, possible, reason), numbers in groups.items():
                vaults = piece.vaults if len(groups) == 1 else tuple(numbers)
                if left := piece.permissions & ~certain & ~possible:
                    yield Piece(piece.verdict, piece.plane, left, vaults, piece.reason, piece.need)
                if unsure := piece.permissions & possible & ~certain:
                    weaker = Verdict.CONDITIONAL if piece.verdict is Verdict.DIRECT else piece.verdict
                    yield Piece(weaker, piece.plane, unsure, vaults, f"unless denied by {reason}", piece.need)


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


def runs(row: ScheduledAssignment, as_of: dt.datetime) -> bool:
    """Whether an eligibility or activation runs at a time; a time that cannot be read closes nothing."""
    if (row.status or "").lower() in {"revoked", "denied", "canceled", "failed", "timedout", "admindenied"}:
        return False
    start, end = moment(row.start), moment(row.end)
    return (start is None or start <= as_of) and (end is None or as_of < end)


def moment(text: str | None) -> dt.datetime | None:
    """A time as Azure writes it (ISO 8601, UTC where it names no zone); None where there is none to be read."""
    if not text:
        return None
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
