"""KV206 and KV207: who can act as somebody that holds access. Source: semantics 3.2, 3.3."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kvaudit.access.completeness import takeover_gaps
from kvaudit.access.takeovers import takeovers
from kvaudit.model.finding import Gap
from kvaudit.model.grant import Escalation
from kvaudit.rules.base import Context, Meta, Result, not_seen
from kvaudit.rules.climbs import climbs, ends_beyond_profile, on_climbs
from kvaudit.rules.grant_words import kinds_of
from kvaudit.rules.holdings import people, union

_CODE = ("resources",)
_DIRECTORY = ("owners", "directoryRoles", "appRoleAssignments", "groupEligibilities")


def judge_code(meta: Meta, context: Context) -> Iterator[Result]:
    """KV206: code run on, or an identity attached to, a resource of one's own choice."""
    yield from _unseen(meta, context, _CODE, context.access.carrier_gaps)
    yield from _found(meta, context, [each.id for each in takeovers() if each.type])


def judge_directory(meta: Meta, context: Context) -> Iterator[Result]:
    """KV207: an application, a group or people that one has power over."""
    yield from _unseen(meta, context, _DIRECTORY, context.access.power_gaps)
    yield from _found(meta, context, [each.id for each in takeovers() if not each.type])


def _found(meta: Meta, context: Context, ids: Sequence[str]) -> Iterator[Result]:
    for found in climbs(context, ids, ends_beyond_profile(context)):
        yield on_climbs(
            meta,
            context,
            found,
            {
                "crowd": _crowd(context, found[0].grant.principal),
                "deeds": " or ".join(dict.fromkeys(each.title for each in found)),
                "targets": _targets(context, found),
                "gains": kinds_of(union(each.gains for each in found)).replace(",", ", "),
            },
        )


def _crowd(context: Context, principal: str) -> str:
    """How many people stand behind a group."""
    directory = context.access.directory
    if not directory.is_group(principal):
        return ""
    count = directory.members_of(principal).people
    return f", a group of {count:,}," if count > 1 else ""


def _targets(context: Context, found: Sequence[Escalation]) -> str:
    return people(context, tuple(dict.fromkeys(target for each in found for target in each.targets)))


def _unseen(meta: Meta, context: Context, sections: Sequence[str], others: Sequence[Gap]) -> Iterator[Result]:
    access = context.access
    for section in sections:
        if section not in access.snapshot.given:
            yield not_seen(meta, context, section, access.vaults[0].id if access.vaults else "", "")
    partial = takeover_gaps(access.snapshot, access.directory, access.grants)
    for gap in (*(gap for gap in partial if gap.need in sections), *others):
        yield not_seen(meta, context, gap.need, gap.subject, gap.reason, origins=gap.origins)


RULES = {"KV206": judge_code, "KV207": judge_directory}
