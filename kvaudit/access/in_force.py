"""Which assignments of roles are in force at a time: standing, activated and eligible. Source: semantics 1.8."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from kvaudit.model.finding import Verdict
from kvaudit.model.role import RoleAssignment, ScheduledAssignment
from kvaudit.model.scope import scope_key
from kvaudit.model.snapshot import Snapshot

Holding = tuple[RoleAssignment | ScheduledAssignment, str, Verdict]
"""A row, the kind of cause it is, and how what it gives is held."""


def standing(snapshot: Snapshot, as_of: dt.datetime) -> Iterator[Holding]:
    """The role assignments, and the activations that run.

    An activation also shows as an ordinary assignment; the instance knows when it ends.
    """
    activated = {scope_key(each.origin_assignment) for each in snapshot.activations if each.origin_assignment}
    for assignment in snapshot.role_assignments:
        if not activated or scope_key(assignment.id) not in activated:
            yield assignment, "roleAssignment", Verdict.DIRECT
    for activation in snapshot.activations:
        if runs(activation, as_of):
            yield activation, "activation", Verdict.DIRECT


def eligible(snapshot: Snapshot, as_of: dt.datetime) -> Iterator[Holding]:
    """The eligibilities that run: what they give is had after an activation."""
    for eligibility in snapshot.eligibilities:
        if runs(eligibility, as_of):
            yield eligibility, "eligibility", Verdict.ELIGIBLE


def holdings(snapshot: Snapshot, as_of: dt.datetime) -> Iterator[Holding]:
    """All of these, the standing ones first."""
    yield from standing(snapshot, as_of)
    yield from eligible(snapshot, as_of)


def runs(row: ScheduledAssignment, as_of: dt.datetime) -> bool:
    """Whether an eligibility or activation runs at a time; a time that cannot be read closes nothing."""
    if (row.status or "").lower() in {"revoked", "denied", "canceled", "failed", "timedout", "admindenied"}:
        return False
    return lasts(row.start, row.end, as_of)


def lasts(begin: str | None, finish: str | None, as_of: dt.datetime) -> bool:
    """Whether what begins and ends at these times is in force at a time."""
    start, end = moment(begin), moment(finish)
    return (start is None or start <= as_of) and (end is None or as_of < end)


def moment(text: str | None) -> dt.datetime | None:
    """A time as Azure writes it (ISO 8601, UTC where it names no zone); None where there is none to be read."""
    if not text:
        return None
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
