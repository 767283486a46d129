"""Which assignments of roles are in force at a time: standing, activated and eligible. Source: semantics 1.8."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import TypeVar

from kvaudit.model.finding import Verdict
from kvaudit.model.role import RoleAssignment, ScheduledAssignment
from kvaudit.model.scope import scope_key
from kvaudit.model.snapshot import Snapshot

R = TypeVar("R", bound=RoleAssignment | ScheduledAssignment)
Holding = tuple[RoleAssignment | ScheduledAssignment, str, Verdict]
"""A row, the kind of cause it is, and how what it gives is held."""


def standing(snapshot: Snapshot, as_of: dt.datetime, roles: AbstractSet[str] | None = None) -> Iterator[Holding]:
    """The role assignments, and the activations that run; with `roles`, by their keys, those of these roles.

    An activation also shows as an ordinary assignment; the instance knows when it ends.
    """
    activated = {scope_key(each.origin_assignment) for each in snapshot.activations if each.origin_assignment}
    for assignment in _of(roles, snapshot.role_assignments):
        if not activated or scope_key(assignment.id) not in activated:
            yield assignment, "roleAssignment", Verdict.DIRECT
    for activation in _of(roles, snapshot.activations):
        if runs(activation, as_of):
            yield activation, "activation", Verdict.DIRECT


def eligible(snapshot: Snapshot, as_of: dt.datetime, roles: AbstractSet[str] | None = None) -> Iterator[Holding]:
    """The eligibilities that run: what they give is had after an activation."""
    for eligibility in _of(roles, snapshot.eligibilities):
        if runs(eligibility, as_of):
            yield eligibility, "eligibility", Verdict.ELIGIBLE


def holdings(snapshot: Snapshot, as_of: dt.datetime, matters: Callable[[str], bool]) -> Iterator[Holding]:
    """All of these whose role matters, the standing ones first; each role is asked about once, by its key."""
    given = snapshot.role_assignments, snapshot.activations, snapshot.eligibilities
    roles = set(filter(matters, {row.role for rows in given for row in rows}))
    yield from standing(snapshot, as_of, roles)
    yield from eligible(snapshot, as_of, roles)


def _of(roles: AbstractSet[str] | None, rows: Sequence[R]) -> Sequence[R]:
    return rows if roles is None else [row for row in rows if row.role in roles]


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
