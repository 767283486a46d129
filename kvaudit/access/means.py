"""All means of coming by more than one is given, over one snapshot; each is made when it is first asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cached_property

from kvaudit.access.carriers import Carriers
from kvaudit.access.chains import Chains
from kvaudit.access.completeness import Completeness, uncontrolled
from kvaudit.access.copies import Copies
from kvaudit.access.delegatees import delegatees
from kvaudit.access.delegation import Delegations
from kvaudit.access.denies import Denies
from kvaudit.access.elsewhere import Elsewhere
from kvaudit.access.escalation import Climber, Place, Way
from kvaudit.access.estate import Estate
from kvaudit.access.founders import Founders
from kvaudit.access.impersonation import VIRTUAL, Impersonation
from kvaudit.access.membership import Directory
from kvaudit.access.powers import ELEVATED, Powers
from kvaudit.access.rbac import RoleGrants
from kvaudit.access.redefinition import Redefinitions
from kvaudit.access.roles import Roles
from kvaudit.model.finding import Gap
from kvaudit.model.grant import Grant
from kvaudit.model.role import RoleAssignment
from kvaudit.model.snapshot import Snapshot

_USER_ACCESS_ADMINISTRATOR = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"


class Means:
    """Climbs over vaults, and steps to whom one can act as."""

    def __init__(  # noqa: PLR0913, PLR0917 - all that a snapshot was made into
        self,
        snapshot: Snapshot,
        as_of: dt.datetime,
        estate: Estate,
        directory: Directory,
        roles: Roles,
        denies: Denies,
        grants: tuple[Grant, ...],
        places: tuple[Place, ...],
        depth: int,
    ) -> None:
        self._snapshot = snapshot
        self._as_of = as_of
        self._estate = estate
        self._directory = directory
        self._roles = roles
        self._denies = denies
        self._grants = grants
        self._places = places
        self.depth = depth
        self._reach: dict[str, dict[str, Way]] = {}

    @cached_property
    def powers(self) -> Powers:
        """What owners and roles of the directory have power over."""
        return Powers(self._snapshot, self._as_of, self._directory)

    @cached_property
    def delegations(self) -> Delegations:
        """Who may assign what to whom, over vaults."""
        return Delegations(self._roles, self._directory, self.within_reach)

    def within_reach(self, principal: str) -> dict[str, Way]:
        """Whom a principal can come to act as, and the groups it can enter, the nearest first; and how."""
        found = self._reach.get(principal)
        if found is None:
            found = self._reach[principal] = dict(self._within_reach(principal))
        return found

    def _within_reach(self, principal: str) -> Iterator[tuple[str, Way]]:
        own = {principal, *self._directory.ways_up(principal)}
        told = set(own)
        for chain in sorted(self.chains.of(principal), key=lambda chain: (chain.actions, -chain.confidence)):
            last = chain.hops[-1]
            for target in (last.target, *last.alike):
                if target in VIRTUAL or chain.actions >= self.depth:
                    continue  # to assign a role is an action more
                way = chain.way(target, self._directory.label)
                for each in (target, *sorted(self._directory.ways_up(target))):
                    if each not in told:
                        told.add(each)
                        yield each, way

    @cached_property
    def redefinitions(self) -> Redefinitions:
        """Who may rewrite which custom role."""
        return Redefinitions(self._snapshot, self._as_of, self._roles, self._directory)

    @cached_property
    def rewritable(self) -> tuple[Grant, ...]:
        """What is held of roles that give nothing, and that somebody might rewrite."""
        return tuple(self.redefinitions.held(self._estate, self._grants)) if self.redefinitions.roles else ()

    @cached_property
    def elsewhere(self) -> Elsewhere:
        """What is held at other scopes."""
        return Elsewhere(self._snapshot, self._as_of, self._roles, self._directory)

    @cached_property
    def climber(self) -> Climber:
        """The search over a vault."""
        return Climber(self.delegations, self.redefinitions, self.elsewhere, self._directory, self.within_reach)

    @cached_property
    def _control(self) -> Climber:
        """The search over a resource; it must not ask whom one can come to act as, for which it is made."""
        near = self.powers.within_reach
        delegations = Delegations(self._roles, self._directory, near)
        return Climber(delegations, self.redefinitions, self.elsewhere, self._directory, near)

    @cached_property
    def _delegatees(self) -> frozenset[str]:
        return delegatees(self._snapshot, self._roles, self._directory)

    @cached_property
    def copies(self) -> Copies:
        """Where copies can be made to."""
        founders = Founders(self._snapshot, self._as_of, self._roles, self._directory, self.climber)
        return Copies(self._estate, self._places, self._denies, founders, self.climber)

    @cached_property
    def carriers(self) -> Carriers:
        """The resources whose identities are given anything."""
        if not self._snapshot.resources:
            return Carriers(self._snapshot, self._as_of, self._roles, self._directory, frozenset())
        given = self._snapshot.role_assignments, self._snapshot.eligibilities, self._snapshot.activations, self._grants
        holders = {row.principal for rows in given for row in rows}.union(self.powers.of, self._delegatees)
        members = holders.union(*(self._directory.members_of(each).ids for each in holders))
        return Carriers(self._snapshot, self._as_of, self._roles, self._directory, members)

    @cached_property
    def uncontrolled(self) -> tuple[tuple[Gap, frozenset[str]], ...]:
        """The gaps about who controls these resources, each with the identities that they act as."""
        return tuple(uncontrolled(self.carriers, Completeness(self._snapshot, self.carriers)))

    @cached_property
    def impersonation(self) -> Impersonation:
        """The steps from each principal to those it can act as."""
        assignees = self._delegatees.union(grant.principal for grant in self._grants)
        return Impersonation(self.carriers, self.powers, self._control, self.elsewhere, self._directory, assignees)

    @cached_property
    def chains(self) -> Chains:
        """The shortest ways over several of these steps."""
        return Chains(self.impersonation, self._directory, self.depth)

    @cached_property
    def elevated(self) -> tuple[Grant, ...]:
        """What a Global Administrator holds who has elevated his access; denies are asked of the one who does."""
        undenied = Denies(Snapshot(), self._estate, self._directory)
        rows = RoleGrants(self._snapshot, self._estate, self._roles, self._directory, undenied)
        return rows.of(RoleAssignment("", "/", _USER_ACCESS_ADMINISTRATOR, ELEVATED))
