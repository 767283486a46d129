"""The access profile at work: which team a principal is in, and what a grant gives beyond what the team may hold.

Source of the meaning: the rule catalogue, section 1. Everything here is a function of values; answers are kept,
because a tenant has many grants and few different questions.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Hashable, Iterable, Iterator
from functools import cache

import msgspec

from kvaudit.access.membership import Directory
from kvaudit.access.roles import Roles, built_in_roles
from kvaudit.model.directory import GROUP, Principal
from kvaudit.model.finding import Confidence
from kvaudit.model.grant import DATA_PLANE, Grant
from kvaudit.model.matrix import Row
from kvaudit.model.permission import CATALOGUE, DATA, KIND, TYPES, WORDS, PermissionSet, pack
from kvaudit.model.profile import Member, Profile, Team
from kvaudit.model.scope import Level
from kvaudit.model.value import Value

# Names, attributes and public parts. A secret's value is none of these.
METADATA: PermissionSet = pack(
    permission.name
    for permission in CATALOGUE
    if (1 << permission.index) & DATA and permission.actions[0].endswith(("/read", "/readMetadata/action"))
)
# What changes a vault, opens it, or hands out rights over it; reads are none of these.
CONTROL: PermissionSet = pack(
    permission.name
    for permission in CATALOGUE
    if permission.kind == "management"
    and not permission.name.endswith("/read")
    and permission.name.startswith(("keyvault/vaults/", "keyvault/locations/deletedvaults/"))
) | pack(
    [
        "authorization/roleassignments/write",
        "authorization/roledefinitions/write",
        "authorization/roleassignmentschedulerequests/write",
        "authorization/roleeligibilityschedulerequests/write",
        "authorization/rolemanagementpolicies/write",
    ]
)
_SET = pack(["secrets/set"])
_UPDATE = pack(["keyvault/vaults/secrets/update/action"])  # of the policy word `set`, but no word of its own


class Membership(Value):
    """The team of a principal, how sure that is, and what would make it surer."""

    team: Team | None
    guess: str = ""  # "by name" or "by type" where the default profile guessed
    need: str = ""  # section of the snapshot that could change the answer

    @property
    def confidence(self) -> Confidence:
        """High where the profile was configured and the directory is known as far as it matters."""
        return Confidence.MEDIUM if self.guess or self.need else Confidence.HIGH


_IN_NONE = Membership(None)


class Party(Value):
    """A team that holds a grant: the assignee's own, or that of members of a group which is in no team itself."""

    membership: Membership
    members: tuple[str, ...] = ()  # through whom, sorted; empty for the assignee itself

    @property
    def team(self) -> Team | None:
        """The team; None for who is in none."""
        return self.membership.team

    @property
    def unseen(self) -> bool:
        """Whether this is somebody in no team of whom too little is known to say so."""
        return self.team is None and self.membership.need == "principals"


class _Fit(Value):
    """A member of a team, made ready: who belongs through groups, and whether somebody unseen may belong to them."""

    membership: Membership  # of whom it fits
    member: Member
    pattern: re.Pattern[str] | None
    through_groups: frozenset[str]  # the groups it names, and all their members
    unseen: bool

    def may_fit(self, kind: str | None) -> bool:
        """Whether it may fit a principal of this type by itself."""
        return kind is None or self.member.type in (None, kind)

    def fits(self, principal: str, kind: str | None, name: str | None) -> bool | str:
        """Whether it fits a principal of this type and name by itself: True, False, or the section that would tell."""
        member = self.member
        fits: bool | str = True
        if member.type is not None and member.type != kind:
            fits = "principals" if kind is None else False
        if fits and member.id not in (None, principal):
            fits = False
        if fits and self.pattern is not None and (name is None or not self.pattern.match(name)):
            fits = "principals" if name is None else False
        return fits

    def admits(self, principal: str, kind: str | None, name: str | None) -> bool | str:
        """The same, by itself or through a group."""
        by_group = self.member.type in (None, GROUP, kind)
        if by_group and principal in self.through_groups:
            return True
        return self.fits(principal, kind, name) or ("groupMembers" if by_group and self.unseen else False)


class Teams:
    """Which team holds what, for the principals of one directory under one profile."""

    def __init__(self, profile: Profile, directory: Directory, roles: Roles) -> None:
        self.profile = profile
        self._directory = directory
        self._roles = roles
        type_of = directory.type_of
        groups = {each.id: each.name for each in directory.principals() if (each.type or type_of(each.id)) == GROUP}
        self._fits = tuple(self._ready(team, member, groups) for team in profile.teams for member in team.members)
        self._unseen = any(fit.unseen for fit in self._fits)
        self._grouped = frozenset[str]().union(*(fit.through_groups for fit in self._fits))
        self._fits_by_kind: dict[str | None, tuple[_Fit, ...]] = {}
        self._teams = {
            each.id: self._find(each.id, each, each.type or type_of(each.id)) for each in directory.principals()
        }
        self._parties: dict[str, tuple[Party, ...]] = {}
        self._beyond: dict[tuple[str, bool, str | None, PermissionSet], PermissionSet] = {}

    def _ready(self, team: Team, member: Member, groups: dict[str, str | None]) -> _Fit:
        pattern = re.compile(fnmatch.translate(member.name.casefold())) if member.name is not None else None
        if pattern is None:
            named = {member.id} if member.id is not None else set()
        else:
            named = {
                group
                for group, name in groups.items()
                if member.id in (None, group) and name and pattern.match(name.casefold())
            }
        known = [self._directory.members_of(group) for group in named if self._directory.is_group(group)]
        everyone = named.union(*(members.ids for members in known))
        guess = "by type" if member.id is None and member.name is None else "by name"
        membership = Membership(team, guess if team.by_name else "")
        return _Fit(membership, member, pattern, frozenset(everyone), not all(members.complete for members in known))

    def of(self, principal: str) -> Membership:
        """The first team that fits a principal, itself or through a group it belongs to."""
        found = self._teams.get(principal)
        if found is None:
            found = self._teams[principal] = self._find(principal, None, self._directory.type_of(principal))
        return found

    def placed(self, row: Row) -> Row:
        """A row of the matrix with the team of its principal."""
        team = self.of(row.principal).team
        return msgspec.structs.replace(row, team=team.name) if team else row

    def _find(self, principal: str, found: Principal | None, kind: str | None) -> Membership:
        name = found.name.casefold() if found and found.name is not None else None
        grouped = self._unseen or principal in self._grouped
        need = ""
        for fit in self._fits if grouped else self._fits_for(kind):
            answer = fit.admits(principal, kind, name) if grouped else fit.fits(principal, kind, name)
            if answer is True:
                known = fit.membership
                return Membership(known.team, known.guess, need) if need else known
            need = need or (answer or "")
        return Membership(None, need=need) if need else _IN_NONE

    def _fits_for(self, kind: str | None) -> tuple[_Fit, ...]:
        fits = self._fits_by_kind.get(kind)
        if fits is None:
            fits = self._fits_by_kind[kind] = tuple(fit for fit in self._fits if fit.may_fit(kind))
        return fits

    def parties(self, principal: str) -> tuple[Party, ...]:
        """The teams that hold what an assignee is given.

        A group in no team holds for its members: where all of them are known to be in teams, the group's place in
        none is no matter; otherwise None is one of the parties.
        """
        found = self._parties.get(principal)
        if found is None:
            own = self.of(principal)
            if own.team is None and self._directory.is_group(principal):
                found = tuple(self._by_team(principal, own))
            else:
                found = (Party(own),)
            self._parties[principal] = found
        return found

    def _by_team(self, group: str, own: Membership) -> Iterator[Party]:
        members = self._directory.members_of(group)
        teams: dict[str, tuple[Membership, list[str]]] = {}
        outside = not members.complete or not members.ids
        known = self._teams
        placed = []
        for member in members.ids:
            membership = known.get(member) or self.of(member)
            if membership.team is not None:
                placed.append((member, membership.team.name))
            elif not outside and not self._directory.is_group(member):
                outside = True
        for member, name in sorted(placed):
            teams.setdefault(name, (known[member], []))[1].append(member)
        for membership, those in teams.values():
            yield Party(membership, tuple(those))
        if outside:
            yield Party(own)

    def standing(self, principal: str) -> tuple[Hashable, ...]:
        """All but the names of its parties' members: assignees with the same stand alike to the profile."""
        parties = self.parties(principal)
        return (_identity(self.of(principal)), *[_identity(party.membership) for party in parties])

    def beyond(self, team: Team | None, grant: Grant) -> PermissionSet:
        """What a grant gives beyond what the team may hold; all of it for who is in no team.

        On the management plane only what touches vaults counts (CONTROL), and a role the team may hold is none.
        """
        if team is None:
            return grant.permissions
        key = (team.name, _is_local(grant), grant.role, grant.permissions)
        found = self._beyond.get(key)
        if found is None:
            excess = self._data_beyond if grant.plane == DATA_PLANE else self._management_beyond
            found = self._beyond[key] = excess(team, grant)
        return found

    def beyond_all(self, parties: Iterable[Party], grant: Grant) -> PermissionSet:
        """What a grant gives beyond what one party or another may hold."""
        excess = 0
        for party in parties:
            excess |= self.beyond(party.team, grant)
        return excess

    def operations_beyond(self, parties: Iterable[Party], grant: Grant, operations: PermissionSet) -> PermissionSet:
        """What of some operations, whatever they are, a grant gives beyond what one party or another may hold."""
        excess = 0
        for party in parties:
            if not self.names_role(party.team, grant):
                excess |= grant.permissions & operations & ~(party.team.management if party.team else 0)
        return excess

    def names_role(self, team: Team | None, grant: Grant) -> bool:
        """Whether a team may hold the role of a grant by its name, and so was trusted with all it leads to."""
        role = self._roles.get(grant.role) if team and grant.role else None
        if team is None or role is None:
            return False
        return role.name.lower() in (team.roles | team.local_roles if _is_local(grant) else team.roles)

    def _data_beyond(self, team: Team, grant: Grant) -> PermissionSet:
        if grant.role is None:
            return grant.permissions & ~exact(team.data)
        excess = grant.permissions & ~widened(team.data)
        role = self._roles.get(grant.role)
        if excess & ~KIND["storage"] or role is None or role.custom:
            return excess
        # No built-in role is for storage accounts: the widest ones bring them along, so of those alone it is no excess.
        return 0 if grant.permissions & ~KIND["storage"] else excess

    def _management_beyond(self, team: Team, grant: Grant) -> PermissionSet:
        return 0 if self.names_role(team, grant) else grant.permissions & CONTROL & ~team.management


def _identity(membership: Membership) -> tuple[str | None, str, str]:
    return membership.team.name if membership.team else None, membership.guess, membership.need


def _is_local(grant: Grant) -> bool:
    return grant.scope.level >= Level.RESOURCE_GROUP


def exact(allowed: PermissionSet) -> PermissionSet:
    """What an access policy may grant for these allowed permissions: no more than they are."""
    return allowed & DATA | (_UPDATE if allowed & _SET else 0)


@cache
def widened(allowed: PermissionSet) -> PermissionSet:
    """What a role may grant for these allowed permissions.

    RBAC is coarser than access policies: for each type, what the smallest built-in role covering the type's allowed
    permissions brings along is none too much (Key Vault Secrets User reads names beside values). Smallest is the one
    that adds least to them, and first of all least beyond metadata.
    """
    allowed = wide = exact(allowed)
    for kind in TYPES:
        needed = allowed & KIND[kind] & WORDS
        covering = [held for held in _built_in_data() if not needed & ~held]
        if needed and covering:
            wide |= min(covering, key=lambda held: _added(held & ~allowed))
    return wide


def _added(extra: PermissionSet) -> tuple[int, int]:
    return (extra & ~METADATA).bit_count(), extra.bit_count()


@cache
def _built_in_data() -> tuple[PermissionSet, ...]:
    """The data permissions of the built-in roles that have some, by role name."""
    found = []
    for role in sorted(built_in_roles().values(), key=lambda role: role.name):
        blocks = role.definition.blocks or ()
        if any("keyvault" in action.lower() or action == "*" for block in blocks for action in block.data_actions):
            found.append(role.permissions & DATA)
    return tuple(filter(None, found))
