"""KV110, KV111, KV112, KV113 and KV119: what is given that hardly anybody needs, and to whom it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec

from kvaudit.model.directory import GROUP, USER
from kvaudit.model.finding import Verdict
from kvaudit.model.grant import Grant
from kvaudit.model.permission import DATA, KIND, PURGE, TYPES, WORDS, PermissionSet, pack
from kvaudit.rules.base import Context, Meta, Result, not_seen, on_grant
from kvaudit.rules.grant_words import kinds_of, permission_words, sureness
from kvaudit.rules.holdings import holdings, joined, people, unseen
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
    for grants in held.giving(DATA):
        given = 0
        for grant in grants:
            given |= grant.permissions
        full = [kind for kind, all_of_it in _EVERYTHING.items() if not all_of_it & ~given]
        part = held.beyond(grants, DATA) if full else None
        if part is None:
            continue
        beyond = part[1]
        where = {kind: _places(grants, _EVERYTHING[kind]) for kind in full if beyond & _EVERYTHING[kind]}
        kinds = [kind for kind, places in where.items() if places]
        if kinds:
            vaults = tuple(sorted(set().union(*where.values())))
            grant = msgspec.structs.replace(_as_weak(grants), vaults=vaults)
            yield _found(meta, context, grant, sum(_EVERYTHING[kind] for kind in kinds), {"kinds": ", ".join(kinds)})


def _as_weak(grants: Sequence[Grant]) -> Grant:
    """The grants of one cause, joined, as weak as the weakest of them: what they give only together hangs on each."""
    weakest = min(grants, key=lambda grant: grant.verdict.strength)
    return msgspec.structs.replace(
        joined(grants), verdict=weakest.verdict, reason=weakest.reason, condition=weakest.condition
    )


def _places(grants: Sequence[Grant], wanted: PermissionSet) -> tuple[int, ...]:
    """The vaults on which the grants of one cause give all that is wanted, which they do between them."""
    if len(grants) == 1:
        return grants[0].vaults
    held: dict[int, PermissionSet] = {}
    for grant in grants:
        for number in grant.vaults:
            held[number] = held.get(number, 0) | grant.permissions
    return tuple(number for number, permissions in held.items() if not wanted & ~permissions)


def _judge_any_of(some: PermissionSet) -> Callable[[Meta, Context], Iterator[Result]]:
    def judge(meta: Meta, context: Context) -> Iterator[Result]:
        """A finding for each cause that gives any of these, unless the profile allows them."""
        held = holdings(context)
        for grants in held.giving(some):
            part = held.beyond(grants, some)
            if part:
                yield _found(meta, context, *part)

    return judge


def judge_person(meta: Meta, context: Context) -> Iterator[Result]:
    """KV112: secret values for a person, himself or as one of a group's members, for good and without activation."""
    held = holdings(context)
    unknown: set[str] = set()
    known: dict[str, tuple[str, ...] | None] = {}
    for grants in held.giving(_VALUES):
        standing = [grant for grant in grants if grant.verdict is not Verdict.ELIGIBLE and grant.until is None]
        part = held.beyond(standing, _VALUES) if standing else None
        if part is None:
            continue
        grant = part[0]
        if grant.principal not in known:
            known[grant.principal] = _persons(context, grant)
        persons = known[grant.principal]
        if persons is None:
            unknown.add(grant.principal)
        elif persons:
            own = persons == (grant.principal,)
            who = "a person" if own else f"a group of persons ({people(context, persons)})"
            yield _found(meta, context, *part, {"who": who})
        elif context.access.directory.is_group(grant.principal):
            yield from _unknown_members(meta, context, grant.principal)
    yield from unseen(meta, context, unknown, "the type is")


def _persons(context: Context, grant: Grant) -> tuple[str, ...] | None:
    """The persons behind an assignee, as far as they are known; None where not even its type is."""
    directory = context.access.directory
    kind = grant.principal_type or directory.type_of(grant.principal)
    if kind == USER:
        return (grant.principal,)
    if kind == GROUP:
        return tuple(
            sorted(each for each in directory.members_of(grant.principal).ids if directory.type_of(each) == USER)
        )
    return None if kind is None else ()


def _unknown_members(meta: Meta, context: Context, group: str) -> Iterator[Result]:
    directory = context.access.directory
    if not directory.members_of(group).complete:
        reason = f"whether persons are members of {directory.label(group)} is not known"
        yield not_seen(meta, context, "groupMembers", group, reason)


def judge_single_user(meta: Meta, context: Context) -> Iterator[Result]:
    """KV113: data access, or control of vaults, given to a user and not to a group."""
    directory = context.access.directory
    unknown: set[str] = set()
    for grants in holdings(context).giving(DATA | CONTROL):
        kind = grants[0].principal_type or directory.type_of(grants[0].principal)
        if kind is None:
            unknown.add(grants[0].principal)
        if kind == USER:
            grant = joined(grants)
            yield _found(meta, context, grant, grant.permissions & (DATA | CONTROL))
    yield from unseen(meta, context, unknown, "the type is")


RULES = {
    "KV110": judge_everything,
    "KV111": _judge_any_of(PURGE),
    "KV112": judge_person,
    "KV113": judge_single_user,
    "KV119": _judge_any_of(_BACKUP),
}
