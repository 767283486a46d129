"""KV201 and KV212: power over vaults from above them."""

from __future__ import annotations

from collections.abc import Iterator

from kvaudit.access.edges import edges
from kvaudit.model.grant import Grant
from kvaudit.model.permission import ABOVE_VAULT, ASSIGN_ROLES, PermissionSet, pack
from kvaudit.rules.base import Context, Meta, Result, on_grant
from kvaudit.rules.grant_words import permission_words, sureness
from kvaudit.rules.holdings import holdings
from kvaudit.rules.profiles import CONTROL

_OVER_VAULTS = CONTROL & ~ABOVE_VAULT  # purging deleted vaults can be given at no lower scope: KV212
_PURGE_VAULTS = pack(["keyvault/locations/deletedvaults/purge/action"])


def judge_high_scope(meta: Meta, context: Context) -> Iterator[Result]:
    """KV201: control of vaults given at a subscription, a management group or the root, beyond the profile."""
    held = holdings(context)
    assigning = _assigning(context)
    for cohort in held.cohorts(_OVER_VAULTS):
        for grant, excess in held.exceeding(cohort, _OVER_VAULTS) if cohort.above_groups else ():
            if excess != ASSIGN_ROLES or grant.cause.id in assigning:
                yield _found(meta, context, grant, excess)


def _assigning(context: Context) -> frozenset[str]:
    """The causes whose right to assign roles leads into a vault; a condition may keep it out of all of them."""
    assigning = {edge.id for edge in edges() if edge.assigns}
    return frozenset(each.grant.cause.id for each in context.access.escalations if each.edge in assigning)


def judge_purge(meta: Meta, context: Context) -> Iterator[Result]:
    """KV212: deleted vaults can be purged, beyond the profile."""
    held = holdings(context)
    for cohort in held.cohorts(_PURGE_VAULTS):
        for grant, excess in held.exceeding(cohort, _PURGE_VAULTS):
            yield _found(meta, context, grant, excess, {"protected": _protected(context, grant)})


def _protected(context: Context, grant: Grant) -> str:
    count = sum(context.access.vaults[number].purge_protection is True for number in grant.vaults)
    if not count:
        return ""
    return f"; purge protection keeps {count:,} of these {len(grant.vaults):,} until their retention ends"


def _found(
    meta: Meta, context: Context, grant: Grant, held: PermissionSet, values: dict[str, str] | None = None
) -> Result:
    return on_grant(
        meta,
        context,
        grant,
        permission_class="management",
        confidence=min(sureness(grant), holdings(context).knows(grant.principal)),
        values={"given": permission_words(held), **(values or {})},
    )


RULES = {"KV201": judge_high_scope, "KV212": judge_purge}
