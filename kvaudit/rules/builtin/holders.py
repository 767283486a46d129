"""KV114 and KV117: access of those who should hold none: who is gone, disabled, or from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from kvaudit.model.directory import SERVICE_PRINCIPAL, USER, Principal
from kvaudit.model.finding import Confidence
from kvaudit.model.grant import Grant
from kvaudit.model.permission import DATA
from kvaudit.model.value import Value
from kvaudit.rules.base import Context, Meta, Result, on_grant
from kvaudit.rules.grant_words import kinds_of, permission_words, sureness
from kvaudit.rules.holdings import holdings, joined, people, unseen
from kvaudit.rules.listing import Listing
from kvaudit.rules.profiles import CONTROL


class _State(Value):
    """Why a principal should hold nothing: in words, "" for none known; and how sure that is, None for not known."""

    words: str
    confidence: Confidence | None = Confidence.HIGH


def judge_gone(meta: Meta, context: Context) -> Iterator[Result]:
    """KV114: the assignee is disabled, deleted, or not in the directory."""
    held = holdings(context)
    states: dict[str, _State] = {}
    for grants in held.giving(DATA | CONTROL):
        principal = grants[0].principal
        state = states.get(principal)
        if state is None:
            kind = grants[0].principal_type or context.access.directory.type_of(principal)
            state = states[principal] = _state(context.access.directory.principal(principal), kind, held.listing)
        if state.words and state.confidence is not None:
            yield _holder(meta, context, joined(grants), {"state": state.words}, state.confidence)
    unknown = {principal for principal, state in states.items() if state.confidence is None}
    yield from unseen(meta, context, unknown, "whether they exist and are enabled is")


def _state(found: Principal | None, kind: str | None, listing: Listing) -> _State:
    if found is not None and found.listed:
        if found.deleted:
            return _State("was deleted")
        if found.enabled is False:
            return _State("is disabled")
        asked = found.enabled is not None or found.type not in (USER, SERVICE_PRINCIPAL)
        return _State("", Confidence.HIGH if asked else None)
    if kind == "Unknown":  # PowerShell says so of who cannot be resolved: gone, or of another tenant
        return _State("cannot be resolved in the directory", Confidence.LOW)
    if listing.tells_of(kind):
        return _State("is not among the principals of the tenant", Confidence.HIGH if listing.whole else Confidence.LOW)
    return _State("", None)


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
