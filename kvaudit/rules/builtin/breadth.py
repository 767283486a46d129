"""KV110, KV111, KV112, KV113 and KV119: what is given that hardly anybody needs, and to whom it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from kvaudit.model.directory import GROUP, USER
from kvaudit.model.finding import Verdict
from kvaudit.model.grant import Grant
from kvaudit.model.permission import DATA, KIND, PURGE, TYPES, WORDS, PermissionSet, pack
from kvaudit.rules.base import Context, Meta, Result, not_seen, on_grant
from kvaudit.rules.grant_words import kinds_of, permission_words, sureness
from kvaudit.rules.holdings import holdings, people, union, unseen
from kvaudit.rules.profiles import CONTROL

_EVERYTHING = {kind: KIND[kind] & WORDS & ~PURGE for kind in TYPES}  # as the policy word `all`: purge is never in it
_BACKUP = pack(f"{kind}/backup" for kind in TYPES)
_VALUES = pack(["secrets/get"])


def _found(
    meta: Meta, context: Context, grant: Grant, given: PermissionSet, values: dict[str, str] | None = None
) -> Result:
    return on_grant(
        meta,
        context,
        grant,
        permission_class=kinds_of(given),
        confidence=min(sureness(grant), holdings(context).knows(grant.principal)),
        values={"given": permission_words(given), **(values or {})},
    )


def judge_everything(meta: Meta, context: Context) -> Iterator[Result]:
    """KV110: every permission of a type, by one cause, unless the profile allows them."""
    held = holdings(context)
    for cohort in held.cohorts(DATA):
        given = union(grant.permissions & DATA for grant in cohort.grants)
        beyond = union(held.beyond(cohort, DATA).values())
        full = {kind: all_of_it for kind, all_of_it in _EVERYTHING.items() if not all_of_it & ~given}
        full = {kind: all_of_it for kind, all_of_it in full.items() if beyond & all_of_it}
        places = cohort.places(DATA)
        for grants in cohort.causes if full else ():
            yield from _judge_everything(meta, context, [grants[place] for place in places], full)


def _judge_everything(
    meta: Meta, context: Context, grants: Sequence[Grant], full: dict[str, PermissionSet]
) -> Iterator[Result]:
    where = {kind: vaults for kind, all_of_it in full.items() if (vaults := _vaults_with(grants, all_of_it))}
    if where:
        grant = _as_weak(context, grants, tuple(where.values()))
        given = union(full[kind] for kind in where)
        yield _found(meta, context, grant, given, {"kinds": ", ".join(where)})


def _as_weak(context: Context, grants: Sequence[Grant], extents: Iterable[tuple[int, ...]]) -> Grant:
    """The grants of one cause, joined, as weak as the weakest of them: what they give only together hangs on each."""
    if len(grants) == 1:
        return grants[0]
    held = holdings(context)
    weakest = min(grants, key=lambda grant: grant.verdict.strength)
    return msgspec.structs.replace(
        held.join(grants),
        verdict=weakest.verdict,
        reason=weakest.reason,
        condition=weakest.condition,
        vaults=held.unite(extents),
    )


def _vaults_with(grants: Sequence[Grant], wanted: PermissionSet) -> tuple[int, ...]:
    """The vaults on which the grants of one cause give all that is wanted, which they do between them."""
    if len(grants) == 1:
        return grants[0].vaults
    held: dict[int, PermissionSet] = {}
    for grant in grants:
        for number in grant.vaults:
            held[number] = held.get(number, 0) | grant.permissions
    return tuple(sorted(number for number, permissions in held.items() if not wanted & ~permissions))


def _judge_any_of(some: PermissionSet) -> Callable[[Meta, Context], Iterator[Result]]:
    def judge(meta: Meta, context: Context) -> Iterator[Result]:
        """A finding for each cause that gives any of these, unless the profile allows them."""
        held = holdings(context)
        for cohort in held.cohorts(some):
            for grant, excess in held.exceeding(cohort, some):
                yield _found(meta, context, grant, excess)

    return judge


def judge_person(meta: Meta, context: Context) -> Iterator[Result]:
    """KV112: secret values for a person, himself or as one of a group's members, for good and without activation."""
    held = holdings(context)
    directory = context.access.directory
    unknown: set[str] = set()
    words: dict[str, str] = {}
    for cohort in held.cohorts(_VALUES):
        beyond = held.beyond(cohort, _VALUES)
        if not beyond or cohort.kind not in (USER, GROUP, None):
            continue
        excess = union(beyond.values())
        for grants in cohort.causes:
            standing = [grants[place] for place in beyond if _stands(grants[place])]
            if not standing:
                continue
            holder = standing[0].principal
            if cohort.kind is None:
                unknown.add(holder)
                continue
            if holder not in words:
                words[holder] = _persons(context, holder) if cohort.kind == GROUP else "a person"
            if words[holder]:
                yield _found(meta, context, held.join(standing), excess, {"who": words[holder]})
            elif not directory.members_of(holder).complete:
                reason = f"whether persons are members of {directory.label(holder)} is not known"
                yield not_seen(meta, context, "groupMembers", holder, reason)
    yield from unseen(meta, context, unknown, "the type is")


def _stands(grant: Grant) -> bool:
    return grant.verdict is not Verdict.ELIGIBLE and grant.until is None


def _persons(context: Context, group: str) -> str:
    """The persons among the members of a group, as far as they are known, in words; "" for none."""
    directory = context.access.directory
    persons = sorted(each for each in directory.members_of(group).ids if directory.type_of(each) == USER)
    return f"a group of persons ({people(context, persons)})" if persons else ""


def judge_single_user(meta: Meta, context: Context) -> Iterator[Result]:
    """KV113: data access, or control of vaults, given to a user and not to a group."""
    held, looked_at = holdings(context), DATA | CONTROL
    unknown: set[str] = set()
    for cohort in held.cohorts(looked_at):
        if cohort.kind is None:
            unknown |= cohort.holders
        if cohort.kind == USER:
            for grant in held.joined(cohort, cohort.places(looked_at)):
                yield _found(meta, context, grant, grant.permissions & looked_at)
    yield from unseen(meta, context, unknown, "the type is")


RULES = {
    "KV110": judge_everything,
    "KV111": _judge_any_of(PURGE),
    "KV112": judge_person,
    "KV113": judge_single_user,
    "KV119": _judge_any_of(_BACKUP),
}
