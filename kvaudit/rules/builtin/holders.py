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
from kvaudit.rules.holdings import holdings, people, unseen
from kvaudit.rules.listing import Listing
from kvaudit.rules.profiles import CONTROL


class _State(Value):
    """Why a principal should hold nothing: in words, "" for none known; and how sure that is."""

    words: str = ""
    confidence: Confidence = Confidence.HIGH
    known: bool = True


_FINE, _UNKNOWN = _State(), _State(known=False)


def judge_gone(meta: Meta, context: Context) -> Iterator[Result]:
    """KV114: the assignee is disabled, deleted, or not in the directory."""
    held, looked_at = holdings(context), DATA | CONTROL
    directory = context.access.directory
    unknown: set[str] = set()
    fine = frozenset([each.id for each in directory.principals() if _state(each, None, held.listing) is _FINE])
    for cohort in held.cohorts(looked_at):
        others = cohort.holders - fine
        states = {holder: _state(directory.principal(holder), cohort.kind, held.listing) for holder in others}
        unknown.update(holder for holder, state in states.items() if not state.known)
        gone = {holder: state for holder, state in states.items() if state.words}
        for grant in held.joined(cohort, cohort.places(looked_at)) if gone else ():
            if grant.principal in gone:
                state = gone[grant.principal]
                yield _holder(meta, context, grant, {"state": state.words}, state.confidence)
    yield from unseen(meta, context, unknown, "whether they exist and are enabled is")


def _state(found: Principal | None, kind: str | None, listing: Listing) -> _State:
    if found is not None and found.listed:
        if found.deleted:
            return _State("was deleted")
        if found.enabled is False:
            return _State("is disabled")
        asked = found.enabled is not None or found.type not in (USER, SERVICE_PRINCIPAL)
        return _FINE if asked else _UNKNOWN
    if kind == "Unknown":  # PowerShell says so of who cannot be resolved: gone, or of another tenant
        return _State("cannot be resolved in the directory", Confidence.LOW)
    if listing.tells_of(kind):
        return _State("is not among the principals of the tenant", Confidence.HIGH if listing.whole else Confidence.LOW)
    return _UNKNOWN


def judge_foreign(meta: Meta, context: Context) -> Iterator[Result]:
    """KV117: data access of a guest or of a group of another tenant, itself or as a member of a group."""
    held = holdings(context)
    unknown: set[str] = set()
    for cohort in held.cohorts(DATA):
        behind = held.foreigners.behind_any(cohort.holders)
        foreign = {holder: found.sure for holder, found in behind.items() if found.sure}
        unknown.update(*(found.unknown for holder, found in behind.items() if holder not in foreign))
        for grant in held.joined(cohort, cohort.places(DATA)) if foreign else ():
            holder = grant.principal
            if holder in foreign:
                whose = "" if holder in foreign[holder] else f" with its member {people(context, foreign[holder])}"
                yield _holder(meta, context, grant, {"whose": whose}, Confidence.HIGH)
    yield from unseen(meta, context, _there(context, held.listing, unknown), "whether they are guests is")


def _there(context: Context, listing: Listing, principals: set[str]) -> set[str]:
    """Those who may be in the directory: of who is gone (KV114) nobody need know where they came from."""
    directory = context.access.directory
    return {
        each
        for each in principals
        if not listing.tells_of(directory.type_of(each)) or ((found := directory.principal(each)) and found.listed)
    }


def _holder(meta: Meta, context: Context, grant: Grant, values: dict[str, str], confidence: Confidence) -> Result:
    return on_grant(
        meta,
        context,
        grant,
        permission_class=kinds_of(grant.permissions),
        confidence=min(confidence, sureness(grant)),
        values={"given": permission_words(grant.permissions), **values},
    )


RULES = {"KV114": judge_gone, "KV117": judge_foreign}
