"""How each source answered: the rows of what is known, and of what is not and why."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import Any

import msgspec
from azure.core.exceptions import AzureError, HttpResponseError

from kvaudit.errors import LoginError
from kvaudit.model.value import Value
from kvaudit.sources.live.needs import NEEDS
from kvaudit.sources.live.refusals import BadAnswer, Refused

TENANT = "tenant"


class Status(StrEnum):
    """How a source answered."""

    OK = "ok"
    DENIED = "denied"
    THROTTLED = "throttled"
    ABSENT = "absent"
    UNLICENSED = "unlicensed"
    FAILED = "failed"
    SKIPPED = "skipped"

    @property
    def answered(self) -> bool:
        """Whether nothing is left unknown: a tenant without the licence has nothing of it."""
        return self in (Status.OK, Status.UNLICENSED)


class Entry(Value):
    """One source and its answer."""

    what: str  # a key of NEEDS
    scope: str  # the id of what was asked about, or "tenant"
    status: Status
    count: int = 0  # rows that came
    http: int = 0
    code: str = ""
    reason: str = ""

    @property
    def words(self) -> str:
        """Why the source gave nothing, and what is missing."""
        need = NEEDS[self.what]
        code = " ".join(part for part in (str(self.http or ""), self.code) if part)
        told = {
            Status.DENIED: (f"denied ({code})" if code else self.reason or "denied") + f": {need.missing}",
            Status.THROTTLED: f"throttled ({code}) for longer than is waited for",
            Status.ABSENT: f"not there ({code})",
            Status.UNLICENSED: f"the tenant has no licence for it ({code})",
            Status.SKIPPED: "left out with --without",
            Status.FAILED: "failed" + (f" ({code})" if code else "") + (f": {self.reason}" if self.reason else ""),
        }
        return told.get(self.status, "")


class Ledger:
    """All entries, from any number of threads, each told as it comes."""

    def __init__(self, tell: Callable[[Entry], None] | None = None) -> None:
        self._lock = threading.Lock()
        self._tell = tell
        self.entries: dict[tuple[str, str], Entry] = {}

    def add(self, entry: Entry) -> None:
        """Note how a source answered."""
        with self._lock:
            self.entries[entry.what, entry.scope] = entry
            if self._tell:
                self._tell(entry)

    def has(self, what: str, scope: str) -> bool:
        """Whether a source was answered, in this run or in the one that is gone on with."""
        entry = self.entries.get((what, scope))
        return entry is not None and entry.status.answered

    def open(self) -> list[Entry]:
        """The sources that left something unknown."""
        return [entry for entry in self.entries.values() if not entry.status.answered]


_UNLICENSED = ("AadPremiumLicenseRequired", "TenantNotLicensed", "NoLicense")
_WORDS = 200


def failure(what: str, scope: str, error: AzureError | BadAnswer | Refused | LoginError, count: int = 0) -> Entry:
    """The entry of a source that did not answer."""
    if isinstance(error, LoginError):
        return Entry(what, scope, Status.FAILED, count, code="NoToken", reason=error.reason)
    if isinstance(error, Refused):
        return Entry(what, scope, Status.FAILED, count, code="Refused", reason=str(error))
    if isinstance(error, BadAnswer):
        return Entry(what, scope, Status.FAILED, count, http=200, code="BadAnswer", reason=str(error)[:_WORDS])
    if isinstance(error, HttpResponseError) and error.status_code:
        code, message = _said(error)
        return answered(what, scope, error.status_code, code, message, count)
    words = " ".join(str(error).split())[:_WORDS]
    return Entry(what, scope, Status.FAILED, count, code=type(error).__name__, reason=words)


def answered(what: str, scope: str, http: int, code: str, message: str, count: int = 0) -> Entry:  # noqa: PLR0913, PLR0917 - an answer
    """The entry of an answer that is none of what was asked for."""
    if any(word in code or word in message for word in _UNLICENSED):
        status = Status.UNLICENSED
    else:
        status = {401: Status.DENIED, 403: Status.DENIED, 404: Status.ABSENT, 429: Status.THROTTLED}.get(
            http, Status.FAILED
        )
    return Entry(what, scope, status, count, http, code[:_WORDS], " ".join(message.split())[:_WORDS])


def _said(error: HttpResponseError) -> tuple[str, str]:
    """Code and message of an error of Resource Manager or Graph; they lie one level deeper in some answers."""
    response: Any = error.response  # of whichever of azure-core's two kinds
    try:
        return said(msgspec.json.decode(response.body()))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return "", ""


def said(body: Any) -> tuple[str, str]:
    """Code and message in the body of an error."""
    inner = body.get("error", body) if isinstance(body, dict) else None
    if not isinstance(inner, dict):
        return "", ""
    return str(inner.get("code") or ""), str(inner.get("message") or "")


class LedgerRow(msgspec.Struct, omit_defaults=True):
    """The sources of one kind that answered alike, as a snapshot tells them."""

    what: str
    status: str
    scopes: list[str] = []
    count: int = 0
    http: int = 0
    code: str = ""
    reason: str = ""


def rows(entries: Iterable[Entry]) -> list[LedgerRow]:
    """Entries that answered alike, as one row."""
    found: dict[tuple[str, str, int, str, str], LedgerRow] = {}
    for entry in entries:
        key = entry.what, entry.status.value, entry.http, entry.code, entry.reason
        row = found.setdefault(key, LedgerRow(entry.what, entry.status.value, [], 0, *key[2:]))
        row.scopes.append(entry.scope)
        row.count += entry.count
    for row in found.values():
        row.scopes.sort()
    order = {what: number for number, what in enumerate(NEEDS)}
    return sorted(found.values(), key=lambda row: (order[row.what], row.status, row.code, row.scopes))


def entries(told: Iterable[LedgerRow]) -> Iterator[Entry]:
    """The entries of an earlier run, each with its scope; counts are of the row and not told apart.

    Raises KeyError or ValueError for a row that tells of no source or no status of ours.
    """
    for row in told:
        NEEDS[row.what]  # or KeyError
        for scope in row.scopes:
            yield Entry(row.what, scope, Status(row.status), 0, row.http, row.code, row.reason)
