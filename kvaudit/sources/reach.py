"""How far the sections of all documents reach together, and whose word counts where one tells less than another."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from kvaudit.model.snapshot import TENANT, Coverage
from kvaudit.sources.facts import Facts


def leave_to_others(documents: Sequence[Facts]) -> None:
    """Assignments whose conditions are not known give way to the same ones told with what conditions they have."""
    bare = [facts for facts in documents if not facts.conditions_known]
    if not bare:
        return
    told = {fact.id.lower() for facts in documents if facts.conditions_known for fact in facts.role_assignments}
    for facts in bare:
        kept = [fact for fact in facts.role_assignments if not fact.id or fact.id.lower() not in told]
        facts.role_assignments = kept


def coverage_of(documents: Sequence[Facts]) -> tuple[Coverage, ...]:
    """What is known of the reach of each section; an incomplete look wins over a complete one.

    What a document says for want of a better one holds where no document speaks of that scope, or of the tenant.
    """
    found: dict[tuple[str, str], Coverage] = {}
    for facts in documents:
        for entry in facts.coverage:
            key = entry.fact, entry.scope
            known = found.get(key)
            if known is None or (known.complete and not entry.complete):
                found[key] = entry
            elif known.complete == entry.complete and known != entry:
                reason = min(filter(None, (known.reason, entry.reason)), default="")  # in any order of files
                found[key] = msgspec.structs.replace(known, reason=reason, origins=known.origins + entry.origins)
    for facts in documents:
        for entry in facts.otherwise:
            if (entry.fact, TENANT) not in found:
                found.setdefault((entry.fact, entry.scope), entry)
    return tuple(found[key] for key in sorted(found))
