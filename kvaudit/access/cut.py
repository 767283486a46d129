"""The fewest grants to take away so that nobody escalates any more, found and then tried.

What is known of the ways is never all of them: only the shortest are searched for. So the grants that break these are
taken out, the question is put again to what is left, and whatever ways are found then have to be broken as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import combinations
from typing import TypeVar

import msgspec

from kvaudit.access.ways import Way
from kvaudit.model.finding import Cause, Verdict
from kvaudit.model.grant import Grant
from kvaudit.model.role import RoleAssignment, ScheduledAssignment
from kvaudit.model.scope import scope_key
from kvaudit.model.snapshot import Snapshot

_ROUNDS = 40
_LARGEST = 4
"""Cuts up to this size are the smallest there are; beyond it one that is small enough is taken."""

_FEW = 40  # causes among which pairs and more are tried

Key = tuple[str, str]
_Row = TypeVar("_Row", RoleAssignment, ScheduledAssignment)
Ask = Callable[[Snapshot], Sequence[Way]]


def cut(snapshot: Snapshot, ask: Ask) -> tuple[Grant, ...]:
    """The grants without which `ask` finds no escalation; empty where there is none, or nothing that can be taken away.

    `ask` puts the question to a snapshot, and answers with every way there.
    """
    families: list[frozenset[Key]] = []
    known: dict[Key, Grant] = {}
    meant: set[Key] = set()  # what ends a way through others: it is what they hold access for, and should rather stay
    removed: frozenset[Key] = frozenset()
    for _ in range(_ROUNDS):
        ways = [way for way in ask(without(snapshot, removed)) if way.verdict is Verdict.ESCALATION]
        if not ways:
            return tuple(known[key] for key in sorted(removed))
        for way in ways:
            grants = {_key(grant.cause): grant for grant in way.resting_on if _removable(grant.cause)}
            if not grants:
                return ()
            known.update(grants)
            if way.before:
                meant.update(_key(grant.cause) for grant in way.grants)
            families.append(frozenset(grants))
        removed = _hitting(families, meant)
    return ()


def without(snapshot: Snapshot, removed: Iterable[Key]) -> Snapshot:
    """A snapshot less the facts behind some causes."""
    gone = frozenset(removed)
    if not gone:
        return snapshot

    def kept(kind: str, rows: Iterable[_Row]) -> tuple[_Row, ...]:
        return tuple(row for row in rows if (kind, scope_key(row.id)) not in gone)

    return msgspec.structs.replace(
        snapshot,
        vaults=tuple(
            msgspec.structs.replace(
                vault,
                policies=tuple(
                    policy
                    for policy in vault.policies
                    if ("accessPolicy", scope_key(f"{vault.id}/accessPolicies/{policy.entry}")) not in gone
                ),
            )
            if vault.policies
            else vault
            for vault in snapshot.vaults
        ),
        role_assignments=kept("roleAssignment", snapshot.role_assignments),
        eligibilities=kept("eligibility", snapshot.eligibilities),
        activations=kept("activation", snapshot.activations),
        owners=tuple(
            msgspec.structs.replace(row, owners=tuple(_left("ownership", f"{row.object}/owners/", row.owners, gone)))
            for row in snapshot.owners
        ),
        directory_roles=tuple(
            msgspec.structs.replace(
                row, members=tuple(_left("directoryRole", f"{row.role}/members/", row.members, gone))
            )
            for row in snapshot.directory_roles
        ),
        group_eligibilities=tuple(
            row
            for row in snapshot.group_eligibilities
            if all(
                ("groupEligibility", f"{row.group}/{what}/{row.principal}") not in gone
                for what in ("membership", "ownership")
            )
        ),
        app_roles=tuple(
            row for row in snapshot.app_roles if ("appRole", scope_key(f"{row.principal}/{row.role}")) not in gone
        ),
    )


def _left(kind: str, prefix: str, members: Iterable[str], gone: frozenset[Key]) -> Iterator[str]:
    return (each for each in members if (kind, scope_key(prefix + each)) not in gone)


def _key(cause: Cause) -> Key:
    return cause.kind, scope_key(cause.id)


def _removable(cause: Cause) -> bool:
    """Whether a cause is a fact of the snapshot: a role that is come by on the way is none."""
    return "/" in cause.id


def _hitting(families: Sequence[frozenset[Key]], last: AbstractSet[Key]) -> frozenset[Key]:
    """The fewest keys of which every family has one; among equals the first by name, those named last aside."""
    least = [family for family in set(families) if not any(other < family for other in families)]
    every = sorted(set[Key]().union(*least), key=lambda key: (key in last, key))
    for size in range(1, _LARGEST + 1):
        if size > 1 and len(every) > _FEW:
            break
        for chosen in combinations(every, size):
            if all(not family.isdisjoint(chosen) for family in least):
                return frozenset(chosen)
    return _greedy(least)


def _greedy(families: Iterable[frozenset[Key]]) -> frozenset[Key]:
    left, chosen = list(families), set[Key]()
    while left:
        counts: dict[Key, int] = {}
        for family in left:
            for key in family:
                counts[key] = counts.get(key, 0) + 1
        best = max(sorted(counts), key=counts.__getitem__)
        chosen.add(best)
        left = [family for family in left if best not in family]
    return frozenset(chosen)
