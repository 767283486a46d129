"""KV101 to KV105: what a principal holds, against what its team may hold.

A team of the profile is judged by the rule its name belongs to: auditors, applications, developers and operators have
their own, every other team KV104, and who is in no team KV105.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kvaudit.model.directory import SERVICE_PRINCIPAL
from kvaudit.model.finding import Severity
from kvaudit.model.permission import DATA, PermissionSet
from kvaudit.model.profile import Team
from kvaudit.rules.base import Context, Meta, Result, on_grant
from kvaudit.rules.cohorts import Cohort
from kvaudit.rules.grant_words import kinds_of, permission_words, sureness
from kvaudit.rules.holdings import holdings, people, union, unseen
from kvaudit.rules.profiles import CONTROL, METADATA, Party

_RULE_OF_TEAM = {"auditors": "KV101", "applications": "KV102", "developers": "KV103", "operators": "KV103"}
_OTHER_TEAM = "KV104"


def rule_of(team: Team) -> str:
    """The rule that judges a team, by the team's name."""
    return _RULE_OF_TEAM.get(team.name.lower(), _OTHER_TEAM)


def applications(context: Context, principal: str) -> tuple[str, ...]:
    """The principal or the members of it that are applications: service principals, but those of another team."""
    directory, teams = context.access.directory, holdings(context).teams
    members = directory.members_of(principal).ids if directory.is_group(principal) else ()
    found = []
    for each in {principal, *members}:
        team = teams.of(each).team
        if directory.type_of(each) == SERVICE_PRINCIPAL if team is None else rule_of(team) == "KV102":
            found.append(each)
    return tuple(sorted(found))


def judge_team(meta: Meta, context: Context) -> Iterator[Result]:
    """What members of the rule's teams hold beyond their profile; of developers only data access (KV103)."""
    if not any(rule_of(team) == meta.id for team in context.profile.teams):
        return
    held = holdings(context)
    undecided: set[str] = set()
    for cohort in held.cohorts(_looked_at(meta)):
        parties = enumerate(cohort.parties)
        concerned = [place for place, party in parties if party.team and rule_of(party.team) == meta.id]
        if concerned:
            yield from _beyond_team(meta, context, cohort, concerned)
        else:
            undecided |= held.undecided(cohort)
    yield from unseen(meta, context, undecided, "name or type is")


def _looked_at(meta: Meta) -> PermissionSet:
    return DATA if meta.id == "KV103" else DATA | CONTROL


def _beyond_team(meta: Meta, context: Context, cohort: Cohort, concerned: Sequence[int]) -> Iterator[Result]:
    """The findings about a cohort; the parties concerned are given by their places."""
    held, looked_at = holdings(context), _looked_at(meta)
    beyond = {place: held.beyond(cohort, looked_at, (cohort.parties[place],)) for place in concerned}
    exceeded = [place for place in concerned if beyond[place]]
    if not exceeded:
        return
    excess = union(part for place in exceeded for part in beyond[place].values())
    giving = sorted({each for place in exceeded for each in beyond[place]})
    sure = min(cohort.parties[place].membership.confidence for place in exceeded)
    permission_class, words = kinds_of(excess), permission_words(excess)
    severity = Severity.MEDIUM if meta.id == "KV102" and not excess & ~METADATA else None
    for grant in held.joined(cohort, giving):
        parties = held.teams.parties(grant.principal)
        yield on_grant(
            meta,
            context,
            grant,
            permission_class=permission_class,
            severity=severity,
            confidence=min(sureness(grant), sure),
            values={
                "team": "; ".join([_team_words(context, parties[place]) for place in exceeded]),
                "excess": words,
            },
        )


def _team_words(context: Context, party: Party) -> str:
    """The team, how it was guessed, and through whom: "team auditors, by name: its members Bob Lind (…)"."""
    team = party.team.name if party.team else ""
    guess = f", {party.membership.guess}" if party.membership.guess else ""
    return f"team {team}{guess}" + (f": its members {people(context, party.members)}" if party.members else "")


def judge_outsider(meta: Meta, context: Context) -> Iterator[Result]:
    """Data access of principals in no team.

    A group in no team whose members are all in teams is none where what it gives is within what these may hold.
    """
    held = holdings(context)
    undecided: set[str] = set()
    for cohort in held.cohorts(DATA):
        if cohort.own.team is not None or not held.beyond(cohort, DATA):
            continue
        unknown = held.undecided(cohort)
        undecided |= unknown
        for grant in held.joined(cohort, cohort.places(DATA)) if not unknown else ():
            yield on_grant(
                meta,
                context,
                grant,
                permission_class=kinds_of(grant.permissions),
                confidence=min(sureness(grant), cohort.own.confidence),
                values={"given": permission_words(grant.permissions)},
            )
    yield from unseen(meta, context, undecided, "name or type is")


RULES = {
    "KV101": judge_team,
    "KV102": judge_team,
    "KV103": judge_team,
    "KV104": judge_team,
    "KV105": judge_outsider,
}
