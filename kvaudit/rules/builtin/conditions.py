"""KV126: a condition that gates the reading of secrets and leaves open what comes to the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kvaudit.access.roles import Role
from kvaudit.model.grant import Grant
from kvaudit.model.permission import KIND, pack
from kvaudit.rules.base import Context, Meta, Result, on_grant
from kvaudit.rules.grant_words import permission_words, sureness
from kvaudit.rules.holdings import holdings
from kvaudit.rules.profiles import METADATA

_GET = pack(["secrets/get"])
_REST = KIND["secrets"] & ~METADATA & ~_GET  # the attributes of conditions exist for secrets only (semantics 1.7.1)


def judge_open_condition(meta: Meta, context: Context) -> Iterator[Result]:
    """Grants of one cause where secrets/get hangs on a condition, or falls to it, and other permissions do not."""
    held, looked_at = holdings(context), _GET | _REST
    for cohort in held.cohorts(looked_at):
        role = context.access.roles.get(cohort.grants[0].role) if cohort.grants[0].role else None
        places = cohort.places(looked_at)
        open_ones = [place for place in places if not cohort.grants[place].permissions & _GET]
        if role is None or not role.permissions & _GET or not open_ones:
            continue
        for grants in cohort.causes:
            free = [grants[place] for place in open_ones if not grants[place].reason]
            if free:
                yield from _judge(meta, context, role, [grants[place] for place in places], free)


def _judge(
    meta: Meta, context: Context, role: Role, grants: Sequence[Grant], free: Sequence[Grant]
) -> Iterator[Result]:
    conditions = (free[0].condition, *(block.condition for block in role.blocks))
    condition = next(filter(None, conditions), None)
    gated = any(grant.permissions & _GET for grant in grants)
    if condition is None or (not gated and context.access.denies):
        return  # with no gated part left, a deny may be what took secrets/get away
    grant = holdings(context).join(free)
    left_open = grant.permissions & _REST
    yield on_grant(
        meta,
        context,
        grant,
        permission_class="secrets",
        confidence=min(meta.confidence, sureness(grant)),
        values={"open": permission_words(left_open), "condition": condition},
    )


RULES = {"KV126": judge_open_condition}
