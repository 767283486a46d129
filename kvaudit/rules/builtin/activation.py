"""KV208: who can activate access that nobody else approves. Source: semantics 1.8, 3.1 (V8)."""

from __future__ import annotations

from collections.abc import Iterator

from kvaudit.model.finding import Verdict
from kvaudit.model.permission import DATA
from kvaudit.model.role import RolePolicy
from kvaudit.model.scope import scope_key
from kvaudit.rules.base import Context, Meta, Result, not_seen, on_grant
from kvaudit.rules.grant_words import kinds_of, permission_words
from kvaudit.rules.holdings import holdings
from kvaudit.rules.profiles import CONTROL, METADATA

_MATTERS = DATA & ~METADATA | CONTROL
_ELIGIBILITIES, _POLICIES = "roleEligibilities", "rolePolicies"


def judge_activation(meta: Meta, context: Context) -> Iterator[Result]:
    """Eligible roles beyond the profile that are activated without approval, by the policy of the role at its scope."""
    yield from _unlisted(meta, context)
    held, policies = holdings(context), _policies(context)
    unseen: dict[str, str] = {}
    for cohort in held.cohorts(_MATTERS):
        for grant, excess in held.exceeding(cohort, _MATTERS):
            if grant.verdict is not Verdict.ELIGIBLE:
                continue
            found = policies.get((grant.scope.key, grant.role or ""), [])
            approvals = {policy.approval for policy in found}
            if approvals == {False}:
                factors = {policy.second_factor for policy in found}
                yield on_grant(
                    meta,
                    context,
                    grant,
                    permission_class=kinds_of(excess),
                    confidence=held.knows(grant.principal),
                    values={
                        "given": permission_words(excess),
                        "factor": " or second factor" if factors == {False} else "",
                    },
                )
            elif approvals != {True}:
                unseen.setdefault(grant.scope.key, permission_words(excess))
    for scope, words in sorted(unseen.items()):
        reason = f"whether activating a role that gives {words} takes an approval is not known"
        yield not_seen(meta, context, _POLICIES, scope, reason)


def _unlisted(meta: Meta, context: Context) -> Iterator[Result]:
    """What is not known of who is eligible at all."""
    access = context.access
    if _ELIGIBILITIES not in access.snapshot.given:
        first = access.vaults[0].id if access.vaults else ""
        yield not_seen(meta, context, _ELIGIBILITIES, first, "")
        return
    partial = (number for number in range(len(access.vaults)) if access.completeness.is_partial(_ELIGIBILITIES, number))
    for number in partial:
        reason = f"eligible roles: {access.completeness.reason(_ELIGIBILITIES, number)}"
        yield not_seen(meta, context, _ELIGIBILITIES, access.estate.scopes[number].subscription, reason)


def _policies(context: Context) -> dict[tuple[str, str], list[RolePolicy]]:
    found: dict[tuple[str, str], list[RolePolicy]] = {}
    for policy in context.access.snapshot.role_policies:
        found.setdefault((scope_key(policy.scope), policy.role), []).append(policy)
    return found


RULES = {"KV208": judge_activation}
