"""KV123: an access that a holder has already by another cause."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence

from kvaudit.model.finding import Verdict
from kvaudit.model.grant import Grant
from kvaudit.model.permission import DATA
from kvaudit.model.scope import Level
from kvaudit.rules.base import Context, Meta, Result, on_grant
from kvaudit.rules.grant_words import kinds_of, permission_words, sureness, through
from kvaudit.rules.holdings import holdings, union
from kvaudit.rules.profiles import CONTROL

Causes = Sequence[tuple[Grant, ...]]


def judge_twice(meta: Meta, context: Context) -> Iterator[Result]:
    """Causes that give nothing which another does not give to the same holder, itself or by a group it belongs to.

    Of two that give the same, one is told; the other is named, the widest there is.
    """
    causes = [grants for cohort in holdings(context).cohorts(DATA | CONTROL) for grants in cohort.causes]
    groups = _groups_above(context, causes)
    of_holder: dict[str, dict[str, list[tuple[Grant, ...]]]] = {}
    for grants in causes:
        of_holder.setdefault(grants[0].principal, {}).setdefault(grants[0].scope.key, []).append(grants)
    places: dict[str, tuple[str, ...]] = {}
    for holder, by_scope in of_holder.items():
        above = [of_holder[each] for each in (holder, *groups.get(holder, ()))]
        for scope, there in by_scope.items():
            if len(above) == len(there) == 1 and there[0][0].role is None:
                continue  # most policies: the only one of their holder, who is in no group that holds any
            for grants in there:
                if grants[0].role is not None and scope not in places:
                    places[scope] = _scopes_above(context, grants[0])
                rivals = _rivals(grants[0], above, places)
                others = [each for each in rivals if _is_more(each, grants, holder in _holders(each, groups))]
                if others:
                    yield _found(meta, context, grants, min(others, key=_order))


def _holders(grants: Sequence[Grant], groups: Mapping[str, list[str]]) -> tuple[str, ...]:
    return (grants[0].principal, *groups.get(grants[0].principal, ()))


def _rivals(
    grant: Grant, above: Sequence[Mapping[str, Sequence[tuple[Grant, ...]]]], places: Mapping[str, Sequence[str]]
) -> Iterable[tuple[Grant, ...]]:
    """The causes at the scope of a grant and above it, of its holder and of the groups that it belongs to."""
    if grant.role is not None:
        those = places[grant.scope.key]
        return [each for by_scope in above for place in those for each in by_scope.get(place, ())]
    return [each for by_scope in above for each in by_scope.get(grant.scope.key, ())]


def _is_more(other: Sequence[Grant], grants: Sequence[Grant], shared: bool) -> bool:  # noqa: FBT001 -- a fact
    """Whether another cause makes this one needless.

    Where the other's holder has this one as well (`shared`) and both sit at one scope, one is to be kept.
    """
    if other[0].cause.id == grants[0].cause.id or not _covers(other, grants):
        return False
    same = shared and other[0].scope.key == grants[0].scope.key
    return not (same and _covers(grants, other) and _order(grants) < _order(other))


def _groups_above(context: Context, causes: Causes) -> dict[str, list[str]]:
    """For each holder the groups it belongs to that are holders, too."""
    holders = {grants[0].principal for grants in causes}
    directory = context.access.directory
    above: dict[str, list[str]] = {}
    for group in sorted(filter(directory.is_group, holders)):
        for member in directory.members_of(group).ids & holders:
            above.setdefault(member, []).append(group)
    return above


def _scopes_above(context: Context, grant: Grant) -> tuple[str, ...]:
    """The scope of a grant and those above it. What is above a management group is not known from its vaults."""
    own = grant.scope
    if own.level < Level.SUBSCRIPTION:
        return tuple(dict.fromkeys((own.key, "/")))
    chain = context.access.estate.chain(grant.vaults[0])
    at = chain.index(own.key) if own.key in chain else 0
    return tuple(dict.fromkeys((own.key, *chain[at:])))


def _covers(wide: Sequence[Grant], narrow: Sequence[Grant]) -> bool:
    """Whether one cause gives all that another gives, for at least as long and under no more conditions.

    A role gives more than what the catalogue of permissions knows of. So another role is taken to cover it only where
    it gives data of the vault: that is what is held twice, and the message says so.
    """
    if (wide[0].role is None) is not (narrow[0].role is None):
        return False
    if wide[0].role != narrow[0].role and not any(grant.permissions & DATA for grant in narrow):
        return False
    return all(_given(grant, wide) for grant in narrow)


def _given(grant: Grant, wide: Sequence[Grant]) -> bool:
    giving = [each for each in wide if each.plane == grant.plane and _as_strong(each, grant)]
    if not giving or grant.permissions & ~union(each.permissions for each in giving):
        return False
    if len(giving) == 1 and giving[0].vaults is grant.vaults:
        return True
    return all(
        not grant.permissions & ~union(each.permissions for each in giving if _is_in(number, each.vaults))
        for number in grant.vaults
    )


def _is_in(number: int, vaults: Sequence[int]) -> bool:
    place = bisect_left(vaults, number)
    return place < len(vaults) and vaults[place] == number


def _as_strong(wide: Grant, grant: Grant) -> bool:
    if wide.object not in ("", grant.object) or wide.until not in (None, grant.until):
        return False
    if wide.verdict is Verdict.DIRECT:
        return not wide.reason
    same_terms = wide.condition == grant.condition and wide.reason == grant.reason and wide.role == grant.role
    return wide.verdict is grant.verdict and same_terms


def _order(grants: Sequence[Grant]) -> tuple[int, str]:
    return grants[0].scope.level, grants[0].cause.id


def _found(meta: Meta, context: Context, grants: tuple[Grant, ...], other: tuple[Grant, ...]) -> Result:
    access = context.access
    grant = holdings(context).join(grants)
    kept = other[0]
    whose = "" if kept.principal == grant.principal else f" of its group {access.directory.label(kept.principal)}"
    given = grant.permissions & (DATA if grant.permissions & DATA else CONTROL)
    return on_grant(
        meta,
        context,
        grant,
        permission_class=kinds_of(given),
        confidence=min(sureness(grant), meta.confidence),
        values={
            "given": permission_words(given),
            "other": f"{through(access.roles, kept)}{whose} ({kept.cause.id})",
        },
    )


RULES = {"KV123": judge_twice}
