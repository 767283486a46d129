"""KV101 to KV105: what a principal holds, against what its team may hold.

A team of the profile is judged by the rule its name belongs to: auditors, applications, developers and operators have
their own, every other team KV104, and who is in no team KV105.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kvaudit.model.finding import Severity
from kvaudit.model.grant import Grant
from kvaudit.model.permission import DATA, PermissionSet
from kvaudit.model.profile import Team
from kvaudit.rules.base import Context, Meta, Result, on_grant
from kvaudit.rules.grant_words import kinds_of, permission_words, sureness
from kvaudit.rules.holdings import Holdings, holdings, joined, people, unseen
from kvaudit.rules.profiles import CONTROL, METADATA, Party

_RULE_OF_TEAM = {"auditors": "KV101", "applications": "KV102", "developers": "KV103", "operators": "KV103"}
_OTHER_TEAM = "KV104"


def rule_of(team: Team) -> str:
    """The rule that judges a team, by the team's name."""
    return _RULE_OF_TEAM.get(team.name.lower(), _OTHER_TEAM)


def judge_team(meta: Meta, context: Context) -> Iterator[Result]:
    """What members of the rule's teams hold beyond their profile; of developers only data access (KV103)."""
    if not any(rule_of(team) == meta.id for team in context.profile.teams):
        return
    held = holdings(context)
    concerned: dict[str, tuple[Party, ...]] = {}
    undecided: set[str] = set()
    for grants in held.giving(_looked_at(meta)):
        principal = grants[0].principal
        if principal not in concerned:
            parties = held.teams.parties(principal)
            concerned[principal] = tuple(party for party in parties if party.team and rule_of(party.team) == meta.id)
            if not concerned[principal] and held.is_unseen(principal):
                undecided.add(principal)
        if concerned[principal]:
            yield from _beyond_team(meta, context, held, grants, concerned[principal])
    yield from unseen(meta, context, undecided, "name or type is")


def _looked_at(meta: Meta) -> PermissionSet:
    return DATA if meta.id == "KV103" else DATA | CONTROL


def _beyond_team(
    meta: Meta, context: Context, held: Holdings, grants: Sequence[Grant], parties: Sequence[Party]
) -> Iterator[Result]:
    looked_at = _looked_at(meta)
    part = held.beyond(grants, looked_at, parties)
    if part is None:
        return
    grant, excess = part
    exceeded = [party for party in parties if any(held.teams.beyond(party.team, each) & looked_at for each in grants)]
    yield on_grant(
        meta,
        context,
        grant,
        permission_class=kinds_of(excess),
        severity=Severity.MEDIUM if meta.id == "KV102" and not excess & ~METADATA else None,
        confidence=min(sureness(grant), *(party.membership.confidence for party in exceeded)),
        values={
            "team": "; ".join(_team_words(context, party) for party in exceeded),
            "excess": permission_words(excess),
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
    for grants in held.giving(DATA):
        principal = grants[0].principal
        own = held.teams.of(principal)
        parties = held.teams.parties(principal)
        if own.team is not None or not any(held.teams.beyond_all(parties, grant) for grant in grants):
            continue
        if held.is_unseen(principal):
            undecided.add(principal)
            continue
        grant = joined(grants)
        yield on_grant(
            meta,
            context,
            grant,
            permission_class=kinds_of(grant.permissions),
            confidence=min(sureness(grant), own.confidence),
            values={
                "given": permission_words(grant.permissions),
            },
        )
    yield from unseen(meta, context, undecided, "name or type is")


RULES = {
    "KV101": judge_team,
    "KV102": judge_team,
    "KV103": judge_team,
    "KV104": judge_team,
    "KV105": judge_outsider,
}
