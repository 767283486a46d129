"""What is held over the vaults, put together by likeness: an estate has many grants, but few kinds of them."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cached_property

from kvaudit.access.engine import Access
from kvaudit.model.finding import Verdict
from kvaudit.model.grant import Grant
from kvaudit.model.permission import PermissionSet
from kvaudit.model.scope import Level
from kvaudit.rules.profiles import Membership, Party, Teams

LIVE = (Verdict.DIRECT, Verdict.CONDITIONAL, Verdict.ELIGIBLE)


class Cohort:
    """Causes that give the same to holders who stand alike to the profile: what is judged of one is judged of all.

    The grants of a cause come in the same order in each, so that a place among them means the same in all.
    """

    def __init__(self, kind: str | None, own: Membership, parties: tuple[Party, ...]) -> None:
        self.kind = kind  # the type of the holders, None where it is not known
        self.own = own  # the team of each
        self.parties = parties  # of one of them; those of another may have other members
        self.causes: list[tuple[Grant, ...]] = []

    @property
    def grants(self) -> tuple[Grant, ...]:
        """The grants of one of the causes."""
        return self.causes[0]

    @property
    def holder(self) -> str:
        """The assignee of one of the causes."""
        return self.grants[0].principal

    @property
    def above_groups(self) -> bool:
        """Whether the causes sit above the resource groups."""
        return self.grants[0].scope.level < Level.RESOURCE_GROUP

    @cached_property
    def holders(self) -> frozenset[str]:
        """The assignees of the causes."""
        return frozenset([grants[0].principal for grants in self.causes])

    def places(self, some_of: PermissionSet) -> tuple[int, ...]:
        """Which of the grants of a cause give any of these permissions."""
        return tuple(place for place, grant in enumerate(self.grants) if grant.permissions & some_of)


def cohorts_of(access: Access, teams: Teams) -> tuple[Cohort, ...]:
    """The live grants of an access, cause by cause, in cohorts."""
    causes: dict[str, list[Grant]] = {}
    for grant in access.grants:
        if grant.verdict in LIVE:
            causes.setdefault(grant.cause.id, []).append(grant)
    type_of = access.directory.type_of
    standings: dict[Hashable, dict[Hashable, Cohort]] = {}
    of_holder: dict[str, dict[Hashable, Cohort]] = {}
    for grants in causes.values():
        holder = grants[0].principal
        alike = of_holder.get(holder)
        if alike is None:
            standing = type_of(holder), *teams.standing(holder)
            alike = of_holder[holder] = standings.setdefault(standing, {})
        likeness = _likeness(grants[0]) if len(grants) == 1 else tuple(map(_likeness, grants))
        cohort = alike.get(likeness)
        if cohort is None:
            kind = grants[0].principal_type or type_of(holder)
            cohort = alike[likeness] = Cohort(kind, teams.of(holder), teams.parties(holder))
        cohort.causes.append(tuple(grants))
    return tuple(cohort for alike in standings.values() for cohort in alike.values())


def _likeness(grant: Grant) -> tuple[Hashable, ...]:
    """All that the profile asks of a grant, and the type of its assignee."""
    is_local = grant.scope.level >= Level.RESOURCE_GROUP
    return grant.permissions, grant.plane, grant.role, is_local, grant.principal_type
