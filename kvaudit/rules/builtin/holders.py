"""KV114 and KV117: access of those who should hold none: who is gone, disabled, or from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from kvaudit.model.directory import GROUP, SERVICE_PRINCIPAL, USER, Principal
from kvaudit.model.finding import Confidence
from kvaudit.model.grant import Grant
from kvaudit.model.permission import DATA
from kvaudit.model.snapshot import TENANT
from kvaudit.rules.base import Context, Meta, Result, on_grant
from kvaudit.rules.grant_words import kinds_of, permission_words, sureness
from kvaudit.rules.holdings import holdings, joined, lists_principals, people, unseen
from kvaudit.rules.profiles import CONTROL

_KINDS = (USER, GROUP, SERVICE_PRINCIPAL)


class _Listing:
    """Which kinds of principal the input lists, so that an absent one is known to be absent."""

    def __init__(self, context: Context) -> None:
        listed = lists_principals(context)
        self.stated = listed and any(
            each.fact == "principals" and each.scope == TENANT for each in context.access.snapshot.coverage
        )
        rows = context.access.directory.principals() if listed else ()
        self.kinds = frozenset(each.type for each in rows if each.listed)

    def tells_of(self, kind: str | None) -> bool:
        """Whether a principal of this type that is not listed does not exist."""
        return self.stated or (kind in self.kinds if kind else self.kinds.issuperset(_KINDS))


def judge_gone(meta: Meta, context: Context) -> Iterator[Result]:
    """KV114: the assignee is disabled, deleted, or not in the directory."""
    directory = context.access.directory
    listing = _Listing(context)
    unknown: set[str] = set()
    for grants in holdings(context).giving(DATA | CONTROL):
        grant = joined(grants)
        found = directory.principal(grant.principal)
        kind = grant.principal_type or directory.type_of(grant.principal)
        if found is not None and found.listed:
            if state := _state(found):
                yield _holder(meta, context, grant, {"state": state}, Confidence.HIGH)
            elif found.enabled is None and found.type in (USER, SERVICE_PRINCIPAL):
                unknown.add(grant.principal)
        elif kind == "Unknown":  # PowerShell says so of who cannot be resolved: gone, or of another tenant
            yield _holder(meta, context, grant, {"state": "cannot be resolved in the directory"}, Confidence.LOW)
        elif listing.tells_of(kind):
            confidence = Confidence.HIGH if listing.stated else Confidence.LOW
            yield _holder(meta, context, grant, {"state": "is not among the principals of the tenant"}, confidence)
        else:
            unknown.add(grant.principal)
    yield from unseen(meta, context, unknown, "whether they exist and are enabled is")


def _state(principal: Principal) -> str:
    if principal.deleted:
        return "was deleted"
    return "is disabled" if principal.enabled is False else ""


def judge_foreign(meta: Meta, context: Context) -> Iterator[Result]:
    """KV117: data access of a guest or of a group of another tenant, itself or as a member of a group."""
    held = holdings(context)
    unknown: set[str] = set()
    for grants in held.giving(DATA):
        holder = grants[0].principal
        foreigners = held.foreigners.behind(holder)
        if foreigners.sure:
            whose = "" if holder in foreigners.sure else f" with its member {people(context, foreigners.sure)}"
            yield _holder(meta, context, joined(grants), {"whose": whose}, Confidence.HIGH)
        else:
            unknown.update(foreigners.unknown)
    yield from unseen(meta, context, unknown, "whether they are guests is")


def _holder(meta: Meta, context: Context, grant: Grant, values: dict[str, str], confidence: Confidence) -> Result:
    return on_grant(
        meta,
        context,
        grant,
        permission_class=kinds_of(grant.permissions),
        confidence=min(confidence, sureness(grant)),
        values={
            "given": permission_words(grant.permissions),
            **values,
        },
    )


RULES = {"KV114": judge_gone, "KV117": judge_foreign}
