"""Who may make a key vault where, to restore to it what was backed up. Source: semantics 2.5, V19."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from kvaudit.access.denies import Denies
from kvaudit.access.elsewhere import held_at
from kvaudit.access.escalation import NO_VAULT, Aim, Climber, Way
from kvaudit.access.estate import Tree
from kvaudit.access.in_force import holdings
from kvaudit.access.membership import Directory
from kvaudit.access.operations import operations, surest
from kvaudit.access.roles import Roles
from kvaudit.model.grant import Grant
from kvaudit.model.permission import ASSIGN_ROLES, pack
from kvaudit.model.scope import Level
from kvaudit.model.snapshot import Snapshot

WRITE_VAULTS = pack(["keyvault/vaults/write"])


class Founders:
    """The rights to write vaults, or to assign roles, in a resource group or above."""

    def __init__(
        self, snapshot: Snapshot, as_of: dt.datetime, roles: Roles, directory: Directory, climber: Climber
    ) -> None:
        self._directory = directory
        self._climber = climber
        self._rights: dict[str, list[Grant]] = {}
        wanted = WRITE_VAULTS | ASSIGN_ROLES
        for holding in holdings(snapshot, as_of, lambda key: roles.gives(key, wanted) is True):
            role = roles.get(holding[0].role)
            grant = held_at(holding, role.permissions & wanted if role else 0, role)
            if grant.scope.level <= Level.RESOURCE_GROUP:
                self._rights.setdefault(grant.principal, []).append(grant)
        rights = [grant for those in self._rights.values() for grant in those]
        self._tree = Tree(snapshot, sorted({grant.scope.key for grant in rights}))
        self._denies = Denies(snapshot, self._tree, directory)
        self._is_personal = bool(self._denies) or any(grant.bound for grant in rights)

    def makers(self, person: Sequence[str]) -> tuple[str, ...]:
        """Who of somebody has a right, and all of him where conditions or denies make it his own."""
        found = tuple(each for each in self._directory.all_of(person) if each in self._rights)
        return (*found, *person) if found and self._is_personal else found

    def way(self, person: Sequence[str], subscription: str, above: Collection[str]) -> Way | None:
        """How somebody comes to make a vault in a subscription; `above` are the keys of scopes above it.

        Of several ways the surest; whoever may assign roles there may assign himself one.
        """
        return surest(
            self._way(person, grant)
            for holder in self._directory.all_of(person)
            for grant in self._rights.get(holder, ())
            if grant.scope.subscription == subscription or grant.scope.key in above
        )

    def _way(self, person: Sequence[str], grant: Grant) -> Way | None:
        denied = self._denies.of(person, self._tree.number[grant.scope.key])
        aim = Aim(NO_VAULT, tuple(person), WRITE_VAULTS, denied)
        return operations(self._climber, [grant], aim).get(WRITE_VAULTS)
