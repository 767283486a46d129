"""What people said of findings beforehand, in waivers and in a baseline, and what a run left over of it."""

from __future__ import annotations

import datetime as dt

from kvaudit.model.finding import NotEvaluated, Severity
from kvaudit.model.origin import Origin
from kvaudit.model.value import Value


class Waiver(Value):
    """Findings that somebody answers for, until the end of a day."""

    rule: str
    subject: str  # glob on a cause's id, or on the id or name of every vault that is touched
    reason: str
    owner: str
    expires: dt.date  # the last day on which it holds
    origin: Origin
    principal: str | None = None  # glob on an object id or a display name

    @property
    def words(self) -> str:
        """What it is about: "KV301 on kv-app* for Ops"."""
        return f"{self.rule} on {self.subject}" + (f" for {self.principal}" if self.principal else "")

    def days_left(self, day: dt.date) -> int:
        """How many days it holds after this one; below 0 it has expired."""
        return (self.expires - day).days


class KnownFinding(Value):
    """An entry of a baseline: what tells a finding apart, and what it is in words."""

    fingerprint: str
    rule: str
    severity: Severity  # what it was; a finding that got worse is not known
    subject: str
    principal: str
    origin: Origin | None = None

    @property
    def words(self) -> str:
        """The entry in a sentence: "KV301 on kv-app"."""
        return f"{self.rule} on {self.subject}" + (f" for {self.principal}" if self.principal else "")


class Baseline(Value):
    """The findings of one estate that were there when somebody began to look."""

    file: str
    entries: tuple[KnownFinding, ...]
    tenants: frozenset[str] = frozenset()
    subscriptions: frozenset[str] = frozenset()


class Aftermath(Value):
    """What a run left over: the rules for the gate look at it."""

    covered: tuple[tuple[Waiver, int], ...] = ()  # each waiver with how many findings it fits
    expired: tuple[tuple[Waiver, int], ...] = ()  # those whose last day is over, with how many findings are back
    unused: tuple[Waiver, ...] = ()
    gone: tuple[KnownFinding, ...] = ()
    unjudged: tuple[NotEvaluated, ...] = ()
