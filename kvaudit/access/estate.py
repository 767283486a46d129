"""Where the vaults sit, and which of them a scope reaches. Source: semantics 1.4."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from kvaudit.model.scope import Level, Scope, parse_scope, scope_key
from kvaudit.model.snapshot import Snapshot, Subscription
from kvaudit.model.value import Value

MANAGEMENT_GROUPS = "/providers/microsoft.management/managementgroups/"


class Extent(Value):
    """The vaults one scope reaches, by their numbers in the snapshot, ascending.

    They are also told apart by permission model, because a role's data actions live on RBAC vaults only.
    """

    every: tuple[int, ...]
    rbac: tuple[int, ...]
    policy: tuple[int, ...]
    unsure: tuple[int, ...]  # the permission model is not known


NOWHERE = Extent((), (), (), ())


class Reach(Value):
    """What an assignment at a scope reaches: certainly, and where the management groups are not known, perhaps."""

    scope: Scope
    certain: Extent
    possible: Extent = NOWHERE


class Estate:
    """All vaults of a snapshot, found by scope."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.vaults = snapshot.vaults
        self.tenant = (snapshot.tenant_id or "").lower()
        self.scopes = tuple(parse_scope(vault.id) for vault in snapshot.vaults)
        self.number = {scope.key: number for number, scope in enumerate(self.scopes)}
        self._subscriptions: dict[str, Subscription] = {each.id: each for each in snapshot.subscriptions}
        self._at = self._index()
        self._reaches: dict[str, Reach | None] = {}

    def _index(self) -> dict[str, Extent]:
        """Every scope that has vaults at or below it, with these vaults."""
        numbers: dict[str, list[int]] = {}
        for number in range(len(self.vaults)):
            for key in self.chain(number):
                numbers.setdefault(key, []).append(number)
        return {key: self.extent(found) for key, found in numbers.items()}

    def chain(self, number: int) -> tuple[str, ...]:
        """The keys of the scopes from a vault up to the root, as far as the management groups are known."""
        scope = self.scopes[number]
        own = [key for key in (scope.key, scope.resource_group, scope.subscription) if key]
        groups = list(self.management_groups(number) or ())
        tenant = self.tenant or (self.vaults[number].tenant_id or "").lower()
        root_group = MANAGEMENT_GROUPS + tenant  # the root management group has the tenant's id by default
        if tenant and root_group not in groups:
            groups.append(root_group)
        return (*own, *groups, "/")

    def management_groups(self, number: int) -> tuple[str, ...] | None:
        """The keys of the management groups above a vault, nearest first; None where they are not known."""
        subscription = self._subscriptions.get(self.scopes[number].subscription)
        return subscription.ancestors if subscription else None

    def extent(self, numbers: Iterable[int]) -> Extent:
        """An extent of these vaults, which come in ascending order."""
        every = tuple(numbers)
        models: dict[bool | None, list[int]] = {True: [], False: [], None: []}
        for number in every:
            models[self.vaults[number].uses_rbac].append(number)
        return Extent(every, tuple(models[True]), tuple(models[False]), tuple(models[None]))

    def reach(self, text: str) -> Reach | None:
        """Which vaults an assignment at this scope reaches; None where it reaches none."""
        try:
            return self._reaches[text]
        except KeyError:
            found = self._reaches[text] = self._find(text)
            return found

    def _find(self, text: str) -> Reach | None:
        key = text.lower()
        if key[-1:].isalnum() and key not in self._at and "/vaults/" not in key and MANAGEMENT_GROUPS not in key:
            return None  # a resource of another kind, as most are; worth no closer look
        key = scope_key(text)
        found = self._at.get(key)
        if key.startswith(MANAGEMENT_GROUPS):
            possible = self._possibly_below(key)
            return Reach(parse_scope(text), found or NOWHERE, possible) if found or possible.every else None
        if found:
            return Reach(parse_scope(text), found)
        if "/vaults/" not in key:
            return None
        scope = parse_scope(text)
        if scope.level is Level.OBJECT and scope.vault in self.number:
            return Reach(scope, self._at[scope.vault])
        return None

    @cached_property
    def _unplaced(self) -> Extent:
        return self.extent(number for number in range(len(self.vaults)) if self.management_groups(number) is None)

    def _possibly_below(self, key: str) -> Extent:
        """The vaults whose management groups are not known, so that this one may be above them."""
        certain = self._at.get(key)
        if certain is None:
            return self._unplaced
        known = set(certain.every)
        return self.extent(number for number in self._unplaced.every if number not in known)
