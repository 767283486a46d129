"""The resources that carry identities, and who may do what to them. Source: semantics 3.2.

To the engine they are like vaults: things with scopes, over which assignments give operations.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Set as AbstractSet

from kvaudit.access.denies import Denies
from kvaudit.access.estate import Tree
from kvaudit.access.locks import read_only
from kvaudit.access.membership import Directory
from kvaudit.access.rbac import RoleGrants
from kvaudit.access.roles import Roles
from kvaudit.access.takeovers import control, of_type
from kvaudit.model.grant import Grant
from kvaudit.model.permission import ASSIGN_ROLES, pack
from kvaudit.model.role import Lock
from kvaudit.model.scope import Level, containers, parse_scope
from kvaudit.model.snapshot import Resource, Snapshot

IDENTITY = "microsoft.managedidentity/userassignedidentities"
_UNLOCK = pack(["authorization/locks/delete"])


class Carriers(Tree):
    """The resources through which an identity of interest can be come by, with the grants over them by holder."""

    def __init__(
        self, snapshot: Snapshot, as_of: dt.datetime, roles: Roles, directory: Directory, interest: AbstractSet[str]
    ) -> None:
        self.users = {each.id: each.principal for each in snapshot.resources if _type(each) == IDENTITY}
        found = ((each, self._identities(each)) for each in snapshot.resources if of_type(_type(each)))
        kept = [(each, identities) for each, identities in found if not interest.isdisjoint(identities)]
        self.resources = tuple([each for each, _ in kept])
        self.kinds = tuple(map(_type, self.resources))  # the type of each, lower case
        self.identities = tuple([identities for _, identities in kept])  # the principals each acts as, or is
        super().__init__(snapshot, [each.id for each in self.resources])
        self.denies = Denies(snapshot, self, directory)
        self.locked = self._locked(snapshot)  # where the highest ReadOnly lock of each is
        self.grants: dict[str, list[Grant]] = {}
        if self.resources:
            over = RoleGrants(snapshot, self, roles, directory, self.denies, control() | ASSIGN_ROLES | _UNLOCK)
            for grant in (*over.standing(as_of), *over.eligible(as_of)):
                self.grants.setdefault(grant.principal, []).append(grant)

    def name(self, number: int) -> str:
        """The name of a resource, after those of what it is part of: "shop/staging"."""
        scope = self.scopes[number]
        return "/".join([*(parse_scope(each).name for each in reversed(containers(scope.key))), scope.name])

    def _identities(self, resource: Resource) -> tuple[str, ...]:
        """The principals that are known of those it acts as."""
        attached = (self.users.get(key) for key in resource.attached)
        return tuple(dict.fromkeys(each for each in (resource.principal, *attached) if each))

    def _locked(self, snapshot: Snapshot) -> dict[int, Level | None]:
        found: dict[int, list[Lock]] = {}
        for lock in snapshot.locks:
            reach = self.reach(lock.scope)
            for number in reach.certain.every if reach else ():
                found.setdefault(number, []).append(lock)
        return {number: read_only(locks) for number, locks in found.items()}


def _type(resource: Resource) -> str:
    return (resource.type or "").lower()
