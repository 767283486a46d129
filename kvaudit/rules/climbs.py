"""Escalations as findings: those of one cause are one, along the surest of them, over all their vaults."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec

from kvaudit.access.edges import edges
from kvaudit.model.finding import Confidence, Finding, Severity, Verdict
from kvaudit.model.grant import Escalation
from kvaudit.model.permission import PermissionSet
from kvaudit.rules.base import Context, Meta, on_grant
from kvaudit.rules.grant_words import hedge
from kvaudit.rules.holdings import holdings


def climbs(
    context: Context, ids: Sequence[str], counts: Callable[[Escalation], bool]
) -> Iterator[Sequence[Escalation]]:
    """The escalations by these edges that count, those of one cause together."""
    by_edge = context.once(_by_edge)
    by_cause: dict[str, list[Escalation]] = {}
    for edge in ids:
        for each in by_edge.get(edge, ()):
            if counts(each):
                by_cause.setdefault(each.grant.cause.id, []).append(each)
    return iter(by_cause.values())


def _by_edge(context: Context) -> dict[str, list[Escalation]]:
    found: dict[str, list[Escalation]] = {}
    for each in context.access.escalations:
        found.setdefault(each.edge, []).append(each)
    return found


def beyond_profile(context: Context) -> Callable[[Escalation], bool]:
    """Whether an escalation begins with an operation that some party to its grant may not hold."""
    teams = holdings(context).teams
    needs: dict[str, PermissionSet] = {}
    for edge in edges():
        needs[edge.id] = needs.get(edge.id, 0) | edge.needs

    def counts(escalation: Escalation) -> bool:
        grant = escalation.grant
        return bool(teams.beyond_all(teams.parties(grant.principal), grant) & needs[escalation.edge])

    return counts


def surest(found: Sequence[Escalation]) -> Escalation:
    """Of the escalations of one cause the one that a finding tells of."""
    return max(found, key=lambda each: each.confidence)


def on_climbs(  # noqa: PLR0913 -- what is not always given is named
    meta: Meta,
    context: Context,
    found: Sequence[Escalation],
    values: dict[str, str],
    *,
    severity: Severity | None = None,
    confidence: Confidence = Confidence.HIGH,
) -> Finding:
    """A finding about the escalations of one cause, no surer than this confidence.

    `action`, `hedge` and `note` add to the values.
    """
    held, told = holdings(context), surest(found)
    grant = told.grant
    if len(found) > 1 or told.vaults is not grant.vaults:
        grant = msgspec.structs.replace(grant, vaults=held.unite([each.vaults for each in found]))
    return on_grant(
        meta,
        context,
        grant,
        path=context.access.escalation_path(told),
        permission_class="management",
        severity=severity,
        confidence=min(told.confidence, confidence, held.knows(grant.principal)),
        values={
            "action": " or ".join(dict.fromkeys(each.action for each in found)),
            # A condition that binds the assigning of roles has been looked into: what is left of it is in the note.
            "hedge": hedge(grant) if grant.verdict is Verdict.ELIGIBLE else "",
            "note": f"; {told.note}" if told.note else "",
            **values,
        },
    )
