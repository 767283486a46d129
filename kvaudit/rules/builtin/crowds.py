"""KV118: groups that hold data access and that nobody looks over: very large, dynamic, or of everybody."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator

from kvaudit.model.directory import GROUP, Principal
from kvaudit.model.finding import Confidence
from kvaudit.model.permission import DATA
from kvaudit.model.value import Value
from kvaudit.rules.base import Context, Meta, Result, not_seen, on_grant
from kvaudit.rules.grant_words import kinds_of, permission_words, sureness
from kvaudit.rules.holdings import holdings, unseen

_DYNAMIC = "dynamicmembership"
_LONG = 120  # characters of a rule


class _Crowd(Value):
    """Why a group is one, in words, and how sure that is; "" where it is none, with what could not be seen of it."""

    words: str = ""
    confidence: Confidence = Confidence.HIGH
    members_known: bool = True
    kind_known: bool = True


def judge_crowd(meta: Meta, context: Context) -> Iterator[Result]:
    """Data access of a group that is a crowd, or has one in it."""
    held, directory = holdings(context), context.access.directory
    untyped: set[str] = set()
    crowds: dict[str, _Crowd] = {}
    for cohort in held.cohorts(DATA):
        if cohort.kind is None:
            untyped |= cohort.holders
        if cohort.kind != GROUP:
            continue
        for grant in held.joined(cohort, cohort.places(DATA)):
            crowd = crowds.get(grant.principal)
            if crowd is None:
                crowd = crowds[grant.principal] = _crowd(meta, context, grant.principal)
            if crowd.words:
                yield on_grant(
                    meta,
                    context,
                    grant,
                    permission_class=kinds_of(grant.permissions & DATA),
                    confidence=min(sureness(grant), crowd.confidence),
                    values={"given": permission_words(grant.permissions & DATA), "crowd": crowd.words},
                )
    for group in sorted(crowds):
        if not crowds[group].words and not crowds[group].members_known:
            reason = f"how many are members of {directory.label(group)} is not known"
            yield not_seen(meta, context, "groupMembers", group, reason)
    unkinded = {each for each, crowd in crowds.items() if not crowd.words and not crowd.kind_known}
    yield from unseen(meta, context, untyped | unkinded, "whether they are dynamic groups is")


def _crowd(meta: Meta, context: Context, group: str) -> _Crowd:
    directory = context.access.directory
    members = directory.members_of(group)
    groups = [directory.principal(each) for each in (group, *sorted(filter(directory.is_group, members.ids)))]
    size = members.people
    dynamic = next((each for each in groups if each and _DYNAMIC in map(str.lower, each.group_types or ())), None)
    if size >= context.option(meta, "members"):
        return _Crowd(f"a group of {size:,} members" + ("" if members.complete else " and more"))
    if dynamic:
        inside = "" if dynamic.id == group else f"a group with {directory.label(dynamic.id)} in it, "
        rule = dynamic.membership_rule or ""
        return _Crowd(f"{inside}a dynamic group" + (f" ({rule})" if 0 < len(rule) <= _LONG else ""))
    name, globs = (directory.name(group) or "").casefold(), context.option(meta, "names")
    if not members.complete and any(fnmatch.fnmatchcase(name, glob.casefold()) for glob in globs):
        return _Crowd("a group of everybody, by its name", Confidence.LOW)
    return _Crowd(members_known=members.complete, kind_known=all(map(_kind_known, groups)))


def _kind_known(group: Principal | None) -> bool:
    return group is not None and group.group_types is not None


RULES = {"KV118": judge_crowd}
