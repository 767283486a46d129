"""Who may rewrite which custom role. Source: semantics 3.1, V6.

The definition of a role may be written by whoever has roleDefinitions/write at all of its assignable scopes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

import msgspec

from kvaudit.access.denies import Denies
from kvaudit.access.elsewhere import held_at
from kvaudit.access.estate import Tree, unplaced
from kvaudit.access.in_force import Holding, holdings
from kvaudit.access.membership import Directory
from kvaudit.access.roles import Roles
from kvaudit.model.finding import Cause, Verdict
from kvaudit.model.grant import MANAGEMENT_PLANE, Grant
from kvaudit.model.permission import pack
from kvaudit.model.scope import scope_key
from kvaudit.model.snapshot import Snapshot

WRITE_ROLES = pack(["authorization/roledefinitions/write"])


class Redefinitions:
    """The custom roles of a snapshot, and who may write their definitions."""

    def __init__(self, snapshot: Snapshot, as_of: dt.datetime, roles: Roles, directory: Directory) -> None:
        self._snapshot = snapshot
        self._as_of = as_of
        self._directory = directory
        self._known = roles
        custom = [role for role in roles.given() if role.custom and role.definition.assignable_scopes]
        self._scopes = {
            role.key: tuple(dict.fromkeys(map(scope_key, role.definition.assignable_scopes or ()))) for role in custom
        }
        self._tree = Tree(snapshot, sorted(set().union(*self._scopes.values())))
        self._denies = Denies(snapshot, self._tree, directory)
        self._writers: dict[str, list[Holding]] = {}
        if self._scopes:
            for holding in holdings(snapshot, as_of, lambda key: roles.gives(key, WRITE_ROLES) is True):
                self._writers.setdefault(holding[0].principal, []).append(holding)

    @cached_property
    def roles(self) -> frozenset[str]:
        """The keys of the roles that somebody might rewrite."""
        return frozenset(self._scopes) if self._writers else frozenset()

    def held(self, estate: Tree, known: Iterable[Grant]) -> Iterator[Grant]:
        """The assignments of such roles over vaults that give nothing as they are: no known grant is of them."""
        given = {grant.cause.id for grant in known if grant.role in self.roles}
        for row, kind, verdict in holdings(self._snapshot, self._as_of, self.roles.__contains__):
            reach = estate.reach(row.scope) if row.id not in given else None
            if reach is None:
                continue
            for vaults, is_open in ((reach.certain, False), (reach.possible, True)):
                if vaults.every:
                    yield Grant(
                        cause=Cause(kind, row.id),
                        principal=row.principal,
                        verdict=Verdict.UNKNOWN if is_open else verdict,
                        plane=MANAGEMENT_PLANE,
                        permissions=0,
                        vaults=vaults.every,
                        scope=reach.scope,
                        principal_type=row.principal_type or self._directory.type_of(row.principal),
                        role=row.role,
                        object=reach.scope.object,
                        reason=unplaced(reach.scope.name) if is_open else "",
                        need="subscriptions" if is_open else "",
                        condition=row.condition,
                        origins=row.origins,
                    )

    def writes(self, holders: Iterable[str]) -> bool:
        """Whether any of these holders may write definitions anywhere: few may."""
        return any(each in self._writers for each in holders)

    def of(self, person: Sequence[str], role: str) -> tuple[Grant, ...]:
        """What lets somebody rewrite a role, himself or through groups; nothing where he may not."""
        own = self._directory.all_of(person)
        rights = [each for holder in own for each in self._writers.get(holder, ())]
        rights.sort(key=lambda holding: -holding[2].strength)
        chosen: dict[str, Grant] = {}
        for key in self._scopes.get(role, ()) if rights else ():
            number = self._tree.number[key]
            denied = self._denies.of(person, number)
            above = self._tree.chain(number)
            right = next((each for each in rights if scope_key(each[0].scope) in above), None)
            perhaps = right or next((each for each in rights if self._may_be_above(each[0].scope, number)), None)
            if perhaps is None or denied.certain & WRITE_ROLES:
                return ()
            grant = held_at(perhaps, WRITE_ROLES, self._known.get(perhaps[0].role))
            if right is None:
                reason = unplaced(grant.scope.name)
                grant = msgspec.structs.replace(grant, verdict=Verdict.UNKNOWN, reason=reason, need="subscriptions")
            elif denied.possible & WRITE_ROLES:
                grant = msgspec.structs.replace(grant, verdict=Verdict.CONDITIONAL, reason=denied.reason)
            chosen[perhaps[0].id] = grant
        return tuple(chosen.values())

    def _may_be_above(self, scope: str, number: int) -> bool:
        reach = self._tree.reach(scope)
        return reach is not None and number in reach.possible.every
