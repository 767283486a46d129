"""What a ledger says of the reach of each section of a snapshot."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Protocol

import msgspec

from kvaudit.sources.live.ledger import TENANT, Entry
from kvaudit.sources.live.needs import NEEDS, RIGHTS
from kvaudit.sources.live.wanted import Wanted

_BY_SUBJECT = frozenset({"groupMembers", "owners"})
"""Asked about one by one, and told apart where not too many failed."""

_TENANT_WIDE = frozenset(
    {"principals", "applications", "directoryRoles", "appRoleAssignments", "groupEligibilities", "resources"}
)
_OF_A_SUBSCRIPTION = (
    "roleAssignments",
    "roleDefinitions",
    "denyAssignments",
    "roleEligibilities",
    "roleActivations",
    "delegations",
    "locks",
    "deletedVaults",
)
_OF_A_VAULT = ("diagnosticSettings",)
_LAST_OF_DISCOVERY = "managementGroups"
_FEW = 20
INTERRUPTED = "the collection was ended before this was read"


class Reach(msgspec.Struct, omit_defaults=True):
    """A row of `coverage`."""

    fact: str
    scope: str
    complete: bool
    reason: str = ""


class Met(Protocol):
    """What a collection has met."""

    vaults: dict[str, str]

    def subscriptions(self) -> list[str]:
        """The ids of the subscriptions that vaults lie in."""


def coverage(
    entries: Collection[Entry], subscriptions: Iterable[str], met: Met, wanted: Wanted, *, interrupted: bool
) -> list[Reach]:
    """The reach of each section.

    `subscriptions` are the ids of those whose authorization was read: what one query answered for all holds for each.
    """
    subscriptions = list(subscriptions)
    by_section: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.what == RIGHTS:
            continue  # what it leaves in doubt has entries of its own
        need = NEEDS[entry.what]
        by_section.setdefault(need.doubted, []).append(entry)
        if need.after and not entry.status.answered:
            by_section.setdefault(need.after, []).append(entry)
    scopes = sorted(f"/subscriptions/{each}" for each in subscriptions)
    found: list[Reach] = []
    for section, told in by_section.items():
        if section in _BY_SUBJECT or section in _TENANT_WIDE:
            found += _over_the_tenant(section, told, interrupted=interrupted)
        elif section == "subscriptions":
            found += _failed(section, told, [TENANT])
            if not wanted.selection.by_name:  # vaults may lie in subscriptions that nobody told of
                found += _failed("vaults", [entry for entry in told if entry.what == section], [TENANT])
        else:
            found += _over_scopes(section, told, scopes)
    if interrupted:
        found += _not_reached(entries, sorted({*subscriptions, *met.subscriptions()}), met.vaults.values(), wanted)
    return sorted(found, key=lambda reach: (reach.fact, reach.scope, reach.reason))


def _over_the_tenant(section: str, told: list[Entry], *, interrupted: bool) -> Iterator[Reach]:
    failed = [entry for entry in told if not entry.status.answered]
    if not failed and not interrupted:
        yield Reach(section, TENANT, complete=True)
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


def _not_reached(
    entries: Iterable[Entry], subscriptions: Iterable[str], vaults: Collection[str], wanted: Wanted
) -> Iterator[Reach]:
    """What an interrupted collection had still to ask. Rows of it may have come: they are not all."""
    told = {(entry.what, entry.scope) for entry in entries}
    of_vaults = (*_OF_A_VAULT, "keys", "secrets") if wanted.objects else _OF_A_VAULT
    asked = [(what, f"/subscriptions/{each}") for what in _OF_A_SUBSCRIPTION for each in subscriptions]
    asked += [(what, vault) for what in of_vaults for vault in vaults]
    missing = {(NEEDS[what].doubted, scope) for what, scope in asked if not told & {(what, scope), (what, TENANT)}}
    missing |= {(section, TENANT) for section in (*_BY_SUBJECT, *_TENANT_WIDE, "rolePolicies")}
    if (_LAST_OF_DISCOVERY, TENANT) not in told:
        missing |= {("vaults", TENANT), ("subscriptions", TENANT)}
    yield from (Reach(section, scope, complete=False, reason=INTERRUPTED) for section, scope in missing)
