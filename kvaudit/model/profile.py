"""The access profile: which principals form which team, and what each team may hold."""

from __future__ import annotations

from kvaudit.model.permission import PermissionSet
from kvaudit.model.value import Value


class Member(Value):
    """One way to name the members of a team; every field that is set must match."""

    id: str | None = None  # object id of a principal, or of a group, whose members belong too
    name: str | None = None  # glob on the display name, any case
    type: str | None = None  # principal type: ServicePrincipal, User, Group


class Team(Value):
    """A team and what it may hold."""

    name: str
    members: tuple[Member, ...]
    data: PermissionSet = 0
    management: PermissionSet = 0  # operations allowed by name
    roles: frozenset[str] = frozenset()  # role names in lower case that the team may hold on the management plane
    local_roles: frozenset[str] = frozenset()  # those it may hold at a resource group or below only
    by_name: bool = False  # of the default profile: members are guessed by name or type, so confidence is medium


class Profile(Value):
    """All teams, the first that fits a principal wins."""

    teams: tuple[Team, ...]
    configured: bool = True  # False: the default profile
