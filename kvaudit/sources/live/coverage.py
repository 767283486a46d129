"""What a ledger says of the reach of each section of a snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from kvaudit.sources.live.ledger import TENANT, Entry
from kvaudit.sources.live.needs import NEEDS

_BY_SUBJECT = frozenset({"groupMembers", "owners"})
"""Asked about one by one, and told apart where not too many failed."""

_TENANT_WIDE = frozenset(
    {"principals", "applications", "directoryRoles", "appRoleAssignments", "groupEligibilities", "resources"}
)
_FEW = 20
INTERRUPTED = "the collection was ended before this was read"


class Reach(msgspec.Struct, omit_defaults=True):
    """A row of `coverage`."""

    fact: str
    scope: str
    complete: bool
    reason: str = ""


def coverage(entries: Iterable[Entry], subscriptions: Iterable[str], *, interrupted: bool) -> list[Reach]:
    """The reach of each section.

    `subscriptions` are the ids of those whose authorization was read: what one query answered for all holds for each.
    """
    by_section: dict[str, list[Entry]] = {}
    for entry in entries:
        by_section.setdefault(NEEDS[entry.what].section, []).append(entry)
    scopes = sorted(f"/subscriptions/{each}" for each in subscriptions)
    found: list[Reach] = []
    for section, told in by_section.items():
        if section in _BY_SUBJECT or section in _TENANT_WIDE:
            found += _over_the_tenant(section, told, interrupted=interrupted)
        elif section == "subscriptions":
            found += _failed(section, told, [TENANT])
        else:
            found += _over_scopes(section, told, scopes)
    return found


def _over_the_tenant(section: str, told: list[Entry], *, interrupted: bool) -> Iterator[Reach]:
    failed = [entry for entry in told if not entry.status.answered]
    if not failed:
        yield Reach(section, TENANT, not interrupted, INTERRUPTED if interrupted else "")
    elif section in _BY_SUBJECT and len(failed) <= _FEW:
        yield from _failed(section, failed, [])
    else:
        for words in dict.fromkeys(entry.words for entry in failed):
            yield Reach(section, TENANT, complete=False, reason=words)


def _over_scopes(section: str, told: list[Entry], scopes: list[str]) -> Iterator[Reach]:
    """Each scope that was asked about; an answer for the tenant is one for each subscription."""
    for entry in told:
        places = [entry.scope] if entry.scope.startswith("/") else scopes
        if not entry.status.answered:
            # Delegations and definitions that are missing say that nobody knows all, their being there says nothing.
            yield from _failed(section, [entry], places)
        elif section in {entry.what, "vaultObjects"}:
            yield from (Reach(section, place, complete=True) for place in places)


def _failed(section: str, told: Iterable[Entry], places: list[str]) -> Iterator[Reach]:
    for entry in told:
        if not entry.status.answered:
            for place in places or [entry.scope]:
                words = entry.words if entry.what == section else f"{NEEDS[entry.what].words}: {entry.words}"
                yield Reach(section, place, complete=False, reason=words)
