"""KV210: who holds data of a vault and can hide what he does with it. Source: semantics 3.1, V15 to V17."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from kvaudit.model.finding import Confidence
from kvaudit.model.permission import DATA, PermissionSet, pack
from kvaudit.rules.base import Context, Meta, Result, on_grant
from kvaudit.rules.grant_words import permission_words, sureness
from kvaudit.rules.holdings import holdings, people, union
from kvaudit.rules.overlap import Overlap
from kvaudit.rules.profiles import METADATA

_CONTENT = DATA & ~METADATA
# Which of the two writes of diagnostic settings the service asks for is not known, so this one alone is unsure.
_PERHAPS = pack(["keyvault/vaults/providers/microsoft.insights/diagnosticsettings/write"])
_DEEDS = {
    "redirect or delete its logs": _PERHAPS
    | pack(["insights/diagnosticsettings/write", "insights/diagnosticsettings/delete"]),
    "delete locks": pack(["authorization/locks/delete"]),
    "delete deny assignments": pack(["authorization/denyassignments/delete"]),
}
_HIDING = union(_DEEDS.values())


def _readers(context: Context) -> Overlap[int]:
    """The vaults whose data each holder holds by any grant."""
    held = holdings(context)
    vaults: dict[str, set[int]] = {}
    for cohort in held.cohorts(_CONTENT):
        for grant in held.joined(cohort, cohort.places(_CONTENT)):
            vaults.setdefault(grant.principal, set()).update(grant.vaults)
    return Overlap(context.access.directory, vaults)


def judge_tracks(meta: Meta, context: Context) -> Iterator[Result]:
    """Causes that let their holder hide tracks on vaults of which he, or a member, holds data; beyond the profile."""
    held = holdings(context)
    readers = _readers(context)
    for cohort in held.cohorts(_HIDING):
        beyond = held.teams.operations_beyond
        hiding = union(beyond(cohort.parties, grant, _HIDING) for grant in cohort.grants)
        for grant in held.joined(cohort, cohort.places(hiding)) if hiding else ():
            vaults, members = readers.of(grant.principal)
            common = tuple(number for number in grant.vaults if number in vaults)
            if common:
                narrowed = msgspec.structs.replace(grant, vaults=common)
                whose = f", with {people(context, members)} in it," if members else ""
                yield on_grant(
                    meta,
                    context,
                    narrowed,
                    permission_class="management",
                    confidence=min(sureness(grant), _sure(hiding), held.knows(grant.principal)),
                    values={"whose": whose, "deeds": _deeds(hiding), "given": permission_words(hiding)},
                )


def _deeds(hiding: PermissionSet) -> str:
    *some, last = [words for words, held in _DEEDS.items() if hiding & held]
    return " and ".join(filter(None, (", ".join(some), last)))


def _sure(hiding: PermissionSet) -> Confidence:
    return Confidence.HIGH if hiding & ~_PERHAPS else Confidence.LOW


RULES = {"KV210": judge_tracks}
