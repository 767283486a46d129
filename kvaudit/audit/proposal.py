"""Teams proposed for an estate: who holds access, and into which team of the classic separation of duties that fits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from kvaudit.access.engine import Access
from kvaudit.audit import ScanRequest
from kvaudit.audit.walk import Progress, read, rewindable
from kvaudit.model.directory import SERVICE_PRINCIPAL
from kvaudit.model.finding import Verdict
from kvaudit.model.grant import DATA_PLANE, MANAGEMENT_PLANE
from kvaudit.model.permission import PermissionSet
from kvaudit.model.profile import Team
from kvaudit.model.value import Value
from kvaudit.rules.grant_words import permission_words
from kvaudit.rules.profiles import CONTROL, METADATA, Teams
from kvaudit.rules.teams import default_profile

_OBJECT_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DEAD = (Verdict.NONE, Verdict.UNKNOWN, Verdict.LATENT)


class Holder(Value):
    """A principal that is given access, and where it seems to belong."""

    id: str
    name: str | None
    type: str | None
    holds: str  # in words
    vaults: int
    team: str = ""  # "" where nothing speaks for one
    sure: bool = False  # its name or type says so; otherwise only what it holds
    reason: str = ""


class Proposal(Value):
    """Who holds access to an estate, by team of the default profile."""

    vaults: int
    teams: tuple[tuple[Team, tuple[Holder, ...]], ...]
    others: tuple[Holder, ...]  # those that fit no team
    complete: bool


def propose(request: ScanRequest, *, stdin: BinaryIO | None = None, progress: Progress | None = None) -> Proposal:
    """Read sources, and sort who holds access into the teams of the default profile. Raises InputError as scan."""
    access = read(request, request.paths, rewindable(stdin, request.paths), progress)
    holders = _holders(access)
    teams = default_profile().teams
    return Proposal(
        vaults=len(access.vaults),
        teams=tuple((team, tuple(each for each in holders if each.team == team.name)) for team in teams),
        others=tuple(each for each in holders if not each.team),
        complete=not access.gaps,
    )


def _holders(access: Access) -> tuple[Holder, ...]:
    """Whoever is given data access or control over vaults himself, by name."""
    held: dict[str, PermissionSet] = {}
    vaults: dict[str, set[int]] = {}
    kinds: dict[str, str | None] = {}
    for grant in access.grants:
        counted = grant.permissions if grant.plane == DATA_PLANE else grant.permissions & CONTROL
        if grant.plane in (DATA_PLANE, MANAGEMENT_PLANE) and counted and grant.verdict not in _DEAD:
            held[grant.principal] = held.get(grant.principal, 0) | counted
            vaults.setdefault(grant.principal, set()).update(grant.vaults)
            kinds.setdefault(grant.principal, grant.principal_type)
    teams = Teams(default_profile(), access.directory, access.roles)
    found = (
        Holder(
            each,
            access.directory.name(each),
            access.directory.type_of(each) or kinds[each],
            permission_words(held[each]),
            len(vaults[each]),
            *_placed(teams, each, access.directory.type_of(each) or kinds[each], held[each]),
        )
        for each in held
    )
    listed = _without_members(access, tuple(found))
    return tuple(sorted(listed, key=lambda holder: ((holder.name or "").casefold(), holder.id)))


def _without_members(access: Access, holders: tuple[Holder, ...]) -> Iterator[Holder]:
    """The holders but for those that are in their team already, as members of a group in it."""
    inside: dict[str, set[str]] = {}
    for holder in holders:
        if holder.sure and access.directory.is_group(holder.id):
            inside.setdefault(holder.team, set()).update(access.directory.members_of(holder.id).ids)
    for holder in holders:
        if holder.id not in inside.get(holder.team, ()):
            yield holder


def _placed(teams: Teams, principal: str, kind: str | None, held: PermissionSet) -> tuple[str, bool, str]:
    """The team of a principal, whether that is sure, and why; what is no object id can be in none."""
    if not _OBJECT_ID.fullmatch(principal):
        return "", False, ""
    membership = teams.of(principal)
    if membership.team is not None:
        return membership.team.name, True, membership.guess
    if kind == SERVICE_PRINCIPAL:
        return "applications", True, "by type"
    if not held & ~METADATA:
        return "auditors", False, "it holds nothing but names and metadata"
    if held & CONTROL:
        return "security", False, "it manages vaults, or who has access to them"
    return "", False, ""
