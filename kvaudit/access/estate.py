"""Where vaults and other resources sit, and which of them a scope reaches. Source: semantics 1.4."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from kvaudit.model.scope import Level, Scope, containers, parse_scope, scope_key
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


def unplaced(scope: str) -> str:
    """Why what is assigned at a management group may bear on something below a subscription, or not."""
    return f"the management groups above its subscription are not known, so {scope} may be above it"


NOWHERE = Extent((), (), (), ())


class Reach(Value):
    """What an assignment at a scope reaches: certainly, and where the management groups are not known, perhaps."""

    scope: Scope
    certain: Extent
    possible: Extent = NOWHERE


class Tree:
    """Things that have scopes, found by the scopes above them: the vaults, or the resources that carry identities."""

    def __init__(self, snapshot: Snapshot, ids: Sequence[str]) -> None:
        self.tenant = (snapshot.tenant_id or "").lower()
        self.scopes = tuple(map(parse_scope, ids))
        self.number = {scope.key: number for number, scope in enumerate(self.scopes)}
        self._subscriptions: dict[str, Subscription] = {each.id: each for each in snapshot.subscriptions}
        self._at = self._index()
        self._reaches: dict[str, Reach | None] = {}

    def _index(self) -> dict[str, Extent]:
        """Every scope that has some of them at or below it, with these."""
        numbers: dict[str, list[int]] = {}
        for number in range(len(self.scopes)):
            for key in self.chain(number):
                numbers.setdefault(key, []).append(number)
        return {key: self.extent(found) for key, found in numbers.items()}

    def tenant_of(self, _number: int) -> str:
        """The tenant that one of them belongs to, "" where it is not known."""
        return self.tenant

    def name(self, number: int) -> str:
        """The name of one of them, as it is written."""
        return self.scopes[number].name

    def chain(self, number: int) -> tuple[str, ...]:
        """The keys of the scopes from one of them up to the root, as far as the management groups are known."""
        scope = self.scopes[number]
        above = (scope.key, *containers(scope.key), scope.resource_group, scope.subscription)
        own = dict.fromkeys(key for key in above if key)
        groups = list(self.management_groups(number) or ())
        tenant = self.tenant_of(number)
        root_group = MANAGEMENT_GROUPS + tenant  # the root management group has the tenant's id by default
        if tenant and root_group not in groups:
            groups.append(root_group)
        return (*own, *groups, "/")

    def management_groups(self, number: int) -> tuple[str, ...] | None:
        """The keys of the management groups above one of them, nearest first; None where they are not known."""
        subscription = self._subscriptions.get(self.scopes[number].subscription)
        return subscription.ancestors if subscription else None

    def extent(self, numbers: Iterable[int]) -> Extent:
        """An extent of these, which come in ascending order."""
        return Extent(tuple(numbers), (), (), ())

    def reach(self, text: str) -> Reach | None:
        """What an assignment at this scope reaches; None where it reaches nothing."""
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
        return self.extent(number for number in range(len(self.scopes)) if self.management_groups(number) is None)

    def _possibly_below(self, key: str) -> Extent:
        """Those whose management groups are not known, so that this one may be above them."""
        certain = self._at.get(key)
        if certain is None:
            return self._unplaced
        known = set(certain.every)
        return self.extent(number for number in self._unplaced.every if number not in known)


class Estate(Tree):
    """All vaults of a snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.vaults = snapshot.vaults
        super().__init__(snapshot, [vault.id for vault in snapshot.vaults])

    def tenant_of(self, number: int) -> str:
        """The tenant of the snapshot, or of the vault."""
        return self.tenant or (self.vaults[number].tenant_id or "").lower()

    def name(self, number: int) -> str:
        """The name of a vault."""
        return self.vaults[number].name

    def extent(self, numbers: Iterable[int]) -> Extent:
        """The vaults, told apart by permission model."""
        every = tuple(numbers)
        models: dict[bool | None, list[int]] = {True: [], False: [], None: []}
        for number in every:
            models[self.vaults[number].uses_rbac].append(number)
        return Extent(every, tuple(models[True]), tuple(models[False]), tuple(models[None]))
