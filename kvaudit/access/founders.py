"""Who may make a key vault where, to restore to it what was backed up. Source: semantics 2.5, V19."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

import msgspec

from kvaudit.access.denies import Denies
from kvaudit.access.elsewhere import held_at
from kvaudit.access.estate import Tree
from kvaudit.access.in_force import Holding, holdings
from kvaudit.access.membership import Directory
from kvaudit.access.roles import Roles
from kvaudit.model.finding import Verdict
from kvaudit.model.grant import Grant
from kvaudit.model.permission import pack
from kvaudit.model.scope import Level, parse_scope, scope_key
from kvaudit.model.snapshot import Snapshot

WRITE_VAULTS = pack(["keyvault/vaults/write"])


class Founders:
    """The rights to write vaults in a resource group or above."""

    def __init__(self, snapshot: Snapshot, as_of: dt.datetime, roles: Roles, directory: Directory) -> None:
        self._directory = directory
        self._rights: dict[str, list[Holding]] = {}
        for holding in holdings(snapshot, as_of, lambda key: roles.gives(key, WRITE_VAULTS) is True):
            row = holding[0]
            if parse_scope(row.scope).level <= Level.RESOURCE_GROUP:
                self._rights.setdefault(row.principal, []).append(holding)
        scopes = {scope_key(row.scope) for rights in self._rights.values() for row, _, _ in rights}
        self._tree = Tree(snapshot, sorted(scopes))
        self._denies = Denies(snapshot, self._tree, directory)

    def right(self, person: Sequence[str], subscription: str, above: Collection[str]) -> Grant | None:
        """What lets somebody make a vault in a subscription most surely; `above` are the keys of scopes above it."""
        own = self._directory.all_of(person)
        found = [
            grant
            for holder in own
            for holding in self._rights.get(holder, ())
            if (grant := self._undenied(person, holding, subscription, above)) is not None
        ]
        return max(found, key=lambda grant: grant.verdict.strength, default=None)

    def _undenied(
        self, person: Sequence[str], holding: Holding, subscription: str, above: Collection[str]
    ) -> Grant | None:
        scope = parse_scope(holding[0].scope)
        if scope.subscription != subscription and scope.key not in above:
            return None
        denied = self._denies.of(person, self._tree.number[scope.key])
        grant = held_at(holding, WRITE_VAULTS)
        if denied.certain & WRITE_VAULTS:
            return None
        if denied.possible & WRITE_VAULTS:
            return msgspec.structs.replace(grant, verdict=Verdict.CONDITIONAL, reason=denied.reason)
        return grant
