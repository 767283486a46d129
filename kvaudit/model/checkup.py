"""What somebody can and cannot read of Azure, what that costs, and what would close the holes."""

from __future__ import annotations

from typing import Any

from kvaudit.model.value import Value


class Subject(Value):
    """Who looked, at what; an id that is not known is None."""

    name: str | None
    object: str | None
    application: str | None
    how: str  # the way of signing in, in words
    tenant: str | None
    cloud: str
    clock: str = ""  # what to say of this machine's clock; nothing where it is right

    @property
    def words(self) -> str:
        """Who it is, and how it is known."""
        ids = [f"object id {self.object}"] if self.object else []
        ids += [f"application {self.application}"] if self.application else []
        who = f"{self.name} ({', '.join(ids)})" if self.name and ids else self.name or ", ".join(ids) or "somebody"
        return f"{who}, signed in with {self.how}, in tenant {self.tenant or 'unknown'} of {self.cloud}"


class Subscription(Value):
    """A subscription that can be seen."""

    id: str
    name: str


class Check(Value):
    """How one source answered, at all scopes where it answered alike."""

    source: str
    words: str  # what it is
    status: str  # ok | denied | throttled | absent | unlicensed | failed | untried
    code: str  # status of HTTP and code of the error, as far as there are any
    reason: str
    scopes: tuple[str, ...]  # ids, or "tenant"
    needs: str  # the action or permission that reading it takes
    lost: str  # what an audit cannot say without it

    @property
    def seen(self) -> bool:
        """Whether nothing is unknown for its sake; what there was nothing to try on is not held against it."""
        return self.status in {"ok", "unlicensed", "untried"}


class Cure(Value):
    """What would close holes."""

    gives: str
    closes: tuple[str, ...]  # sources
    commands: tuple[str, ...]  # for a POSIX shell
    instead: bool = False  # of those before it that close the same


class Checkup(Value):
    """Everything about one look at oneself."""

    subject: Subject
    subscriptions: tuple[Subscription, ...]
    checks: tuple[Check, ...]
    left: tuple[tuple[str, str], ...]  # sources that are asked for with an option only, and the option
    cures: tuple[Cure, ...]
    role: dict[str, Any]  # a custom role of just the needed reads, as az takes it

    @property
    def complete(self) -> bool:
        """Whether everything can be read."""
        return all(check.seen for check in self.checks)
