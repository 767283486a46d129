"""KV202 and KV203: who can grant himself data access, by access policies or by roles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from kvaudit.model.finding import Confidence, Severity
from kvaudit.model.grant import Escalation
from kvaudit.model.value import Value
from kvaudit.rules.base import Context, Meta, Result
from kvaudit.rules.builtin.teams import applications, rule_of
from kvaudit.rules.climbs import beyond_profile, climbs, ends_beyond_profile, on_climbs, surest
from kvaudit.rules.grant_words import kinds_of
from kvaudit.rules.holdings import holdings, people, union

_EDGES = {"KV202": ("V1", "V2"), "KV203": ("V5", "V6")}
_FEW = 3  # roles by name in a sentence


class _Worse(Value):
    """Why a holder makes it critical, and how sure that is."""

    words: str = ""
    confidence: Confidence = Confidence.HIGH


def judge_self_grant(meta: Meta, context: Context) -> Iterator[Result]:
    """The escalations of the rule's edges, one finding for each cause; none by a role the holder's profile allows."""
    worse: dict[str, _Worse] = {}
    begins, rewrites = beyond_profile(context), _only_rewrites(context)
    for found in climbs(context, _EDGES[meta.id], lambda each: (rewrites if each.edge == "V6" else begins)(each)):
        holder = found[0].grant.principal
        if holder not in worse:
            worse[holder] = _worse(context, holder)
        yield _found(meta, context, found, worse[holder])


def _only_rewrites(context: Context) -> Callable[[Escalation], bool]:
    """Whether rewriting a role that is held is all there is to it: not where its holder may assign roles anyway.

    It takes nothing of the grant itself, so it is judged by what the role becomes.
    """
    ends, directory = ends_beyond_profile(context), context.access.directory
    assigning: dict[str, set[int]] = {}
    for each in context.access.escalations:
        if each.edge == "V5":
            assigning.setdefault(each.grant.principal, set()).update(each.vaults)

    def counts(escalation: Escalation) -> bool:
        holder = escalation.grant.principal
        own = (holder, *directory.ways_up(holder))
        return ends(escalation) and not any(assigning.get(each, set()).issuperset(escalation.vaults) for each in own)

    return counts


def _found(meta: Meta, context: Context, found: Sequence[Escalation], worse: _Worse) -> Result:
    return on_climbs(
        meta,
        context,
        found,
        {
            "worse": worse.words,
            "gains": kinds_of(union(each.gains for each in found)).replace(",", ", "),
            "deed": _deed(context, surest(found)),
        },
        severity=Severity.CRITICAL if worse.words else None,
        confidence=worse.confidence,
    )


def _deed(context: Context, escalation: Escalation) -> str:
    """What it does with roles, in a sentence: which of them it may assign, or that it rewrites one."""
    if escalation.edge == "V6":
        return "rewriting the role it holds"
    if not escalation.roles:
        return "assigning any role"
    known = [context.access.roles.get(key) for key in escalation.roles]
    names = [role.name for role in known if role]
    more = len(names) - _FEW
    return "assigning " + ", ".join(names[:_FEW]) + (f" and {more:,} more" if more > 0 else "")


def _worse(context: Context, principal: str) -> _Worse:
    """Whether the holder, or a member of it, is a guest, an application or an auditor."""
    held = holdings(context)
    foreign = held.foreigners.behind(principal).sure
    if foreign:
        return _Worse(_as_member(context, principal, foreign, "a guest"))
    auditors = [party for party in held.teams.parties(principal) if party.team and rule_of(party.team) == "KV101"]
    if auditors:
        party = auditors[0]
        what = " ".join(filter(None, ("an auditor", party.membership.guess)))
        words = _as_member(context, principal, party.members or (principal,), what)
        return _Worse(words, party.membership.confidence)
    those = applications(context, principal)
    return _Worse(_as_member(context, principal, those, "an application") if those else "")


def _as_member(context: Context, principal: str, those: Sequence[str], what: str) -> str:
    if principal in those:
        return f", {what},"
    return f", with {people(context, those)} as {what} in it,"


RULES = {"KV202": judge_self_grant, "KV203": judge_self_grant}
