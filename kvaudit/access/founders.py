"""Who may make a key vault where, to restore to it what was backed up. Source: semantics 2.5, V19."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from kvaudit.access.denies import Denies
from kvaudit.access.elsewhere import held_at
from kvaudit.access.escalation import NO_VAULT, Aim, Climber, Way
from kvaudit.access.estate import Tree
from kvaudit.access.in_force import Holding, holdings
from kvaudit.access.membership import Directory
from kvaudit.access.operations import operations, surest
from kvaudit.access.roles import Roles
from kvaudit.model.permission import ASSIGN_ROLES, pack
from kvaudit.model.scope import Level, Scope, parse_scope, scope_key
from kvaudit.model.snapshot import Snapshot

WRITE_VAULTS = pack(["keyvault/vaults/write"])


class Founders:
    """The rights to write vaults, or to assign roles, in a resource group or above."""

    def __init__(
        self, snapshot: Snapshot, as_of: dt.datetime, roles: Roles, directory: Directory, climber: Climber
    ) -> None:
        self._directory = directory
        self._roles = roles
        self._climber = climber
        self._rights: dict[str, list[Holding]] = {}
        for holding in holdings(snapshot, as_of, lambda key: roles.gives(key, WRITE_VAULTS | ASSIGN_ROLES) is True):
            row = holding[0]
            if parse_scope(row.scope).level <= Level.RESOURCE_GROUP:
                self._rights.setdefault(row.principal, []).append(holding)
        scopes = {scope_key(row.scope) for rights in self._rights.values() for row, _, _ in rights}
        self._tree = Tree(snapshot, sorted(scopes))
        self._denies = Denies(snapshot, self._tree, directory)

    def way(self, person: Sequence[str], subscription: str, above: Collection[str]) -> Way | None:
        """How somebody comes to make a vault in a subscription; `above` are the keys of scopes above it.

        Of several ways the surest; whoever may assign roles there may assign himself one.
        """
        return surest(
            self._way(person, holding, scope)
            for holder in self._directory.all_of(person)
            for holding in self._rights.get(holder, ())
            if (scope := parse_scope(holding[0].scope)).subscription == subscription or scope.key in above
        )

    def _way(self, person: Sequence[str], holding: Holding, scope: Scope) -> Way | None:
        denied = self._denies.of(person, self._tree.number[scope.key])
        role = self._roles.get(holding[0].role)
        held = role.permissions & (WRITE_VAULTS | ASSIGN_ROLES) if role else 0
        grant = held_at(holding, held, role)
        aim = Aim(NO_VAULT, tuple(person), WRITE_VAULTS, denied)
        return operations(self._climber, [grant], aim).get(WRITE_VAULTS)
