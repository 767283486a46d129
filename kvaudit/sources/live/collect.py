"""The walk of a collection, on one page: login, vaults, access, what depends on both; written down as a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Container
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from kvaudit.errors import InputError, KvauditError, UsageError
from kvaudit.model.value import Value
from kvaudit.sources.live import ledger as ledger_rows
from kvaudit.sources.live import sight
from kvaudit.sources.live.azure import THREADS, Azure
from kvaudit.sources.live.clouds import Cloud
from kvaudit.sources.live.coverage import coverage
from kvaudit.sources.live.crew import Crew
from kvaudit.sources.live.desk import Desk, Progress
from kvaudit.sources.live.directory import Directory
from kvaudit.sources.live.estate import Estate
from kvaudit.sources.live.ledger import TENANT, Entry, Ledger, LedgerRow
from kvaudit.sources.live.login import Viewer
from kvaudit.sources.live.needs import RIGHTS
from kvaudit.sources.live.policies import Credential
from kvaudit.sources.live.refusals import BadAnswer, Stopped
from kvaudit.sources.live.resource_manager import ResourceManager
from kvaudit.sources.live.spool import Spool
from kvaudit.sources.live.wanted import Wanted
from kvaudit.sources.snapshot_text import SCHEMA

_ANEW = frozenset({"subscriptions", "managementGroups", "directoryRoles"})

_BY_NEED = frozenset({"principals", "users", "resources", "logStores", RIGHTS})
"""Sources that are asked in whatever parts there is need of: what is still missing says what to ask, not the ledger."""


class Ended(Value):
    """How a collection ended."""

    entries: tuple[Entry, ...]
    interrupted: bool
    error: KvauditError | None = None  # what ended it before its time

    @property
    def open(self) -> tuple[Entry, ...]:
        """The sources that left something unknown."""
        return tuple(entry for entry in self.entries if not entry.status.answered)


class Collection:
    """One collection: what is asked, and what has come of it so far."""

    def __init__(  # noqa: PLR0913 - what a collection is made of
        self,
        credential: Credential,
        viewer: Viewer,
        cloud: Cloud,
        wanted: Wanted,
        *,
        taken_at: str,
        known_roles: Container[str],
        progress: Progress | None = None,
        tell: Callable[[Entry], None] | None = None,
        folder: Path | None = None,
    ) -> None:
        self._viewer = viewer
        self._cloud = cloud
        self._taken_at = taken_at
        self._crew = Crew(THREADS)
        self._spool = Spool(folder)
        self._ledger = Ledger(tell)
        self._azure = Azure(credential, cloud, self._crew.pause)
        self._desk = Desk(self._azure, wanted, self._crew, self._spool, self._ledger, progress)
        self._manager = ResourceManager(self._desk, known_roles)
        self._directory = Directory(self._desk)
        self._interrupted = False

    def run(self) -> Ended:
        """Ask everything. An interruption, or a login that was lost, ends it early; what came is kept.

        Raises UsageError where what was selected is not there.
        """
        error = None
        try:
            self._walk()
        except (KeyboardInterrupt, Stopped):
            self._interrupted = True
        except UsageError:
            raise
        except KvauditError as ended:
            if not self._ledger.entries:
                raise
            self._interrupted, error = True, ended
        finally:
            self._crew.send_home()
        return Ended(tuple(self._ledger.entries.values()), self._interrupted, error)

    @property
    def vaults(self) -> int:
        """How many vaults were found."""
        return len(self._desk.met.vaults)

    def write(self, target: Path) -> None:
        """Write what was collected as a snapshot."""
        self._spool.write(target, self._head(), self._tail())

    def copy_to(self, stream: BinaryIO) -> None:
        """Write what was collected as a snapshot into an open file."""
        self._spool.copy_to(stream, self._head(), self._tail())

    def close(self) -> None:
        """Let go of files and connections."""
        self._spool.close()
        self._azure.close()

    def resume(self, earlier: Path) -> None:
        """Take over what an earlier collection has; what it could not read is asked again.

        Raises InputError for a file that is no collection of kvaudit, or one of another tenant.
        """
        sections = _earlier(earlier)
        told = _ledger_of(earlier, sections)
        tenant = msgspec.json.decode(sections.get("tenantId", b"null"))
        if tenant != self._viewer.tenant:
            reason = f"this was collected in the tenant {tenant}, and the login is one of {self._viewer.tenant}"
            raise InputError(reason, where=str(earlier))
        for name, text in sections.items():
            if name in _OWN or name == "subscriptions":  # which are asked for again
                continue
            try:
                carried = msgspec.json.decode(text, type=list[msgspec.Raw])
                self._directory.carry(name, carried)
            except (msgspec.DecodeError, BadAnswer) as error:
                raise InputError(f"its {name} cannot be gone on with: {error}", where=str(earlier)) from error
            self._spool.add(name, self._desk.met.notice(name, carried, again=name != "principals"))
        # What may be read now may have been hidden from queries of the earlier run, which were answered all the same.
        hidden = sight.BY_QUERY & {entry.what for entry in told if not entry.status.answered}
        for entry in told:
            again = _asked_anew(entry) or (entry.what in hidden and not entry.scope.startswith("/"))
            if entry.status.answered and not again:
                self._ledger.entries[entry.what, entry.scope] = entry

    def _walk(self) -> None:
        estate = Estate(self._desk)
        estate.find()
        seen = sight.check(self._desk, estate.visible, estate.searched)
        met = self._desk.met
        subscriptions = met.subscriptions()
        access = self._manager.access_of(subscriptions)
        around = self._manager.of_subscriptions(subscriptions)
        vaults = self._manager.of_vaults(met.vaults.values())
        if self._desk.wanted.hsm_roles:
            self._manager.hsm_roles().wait()
        access.wait()
        self._manager.definitions()
        self._settle()
        seen.wait()
        around.wait()
        vaults.wait()
        self._manager.stores()
        self._manager.definitions()
        self._manager.policies()
        self._settle()

    def _settle(self) -> None:
        """Read who everybody is that was met, and what acts as them, until nobody new is met."""
        more = True
        while more:
            more = self._manager.carriers()
            self._directory.read()

    def _head(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "takenAt": self._taken_at,
            "tenantId": self._viewer.tenant,
            "cloud": self._cloud.name,
            "collectedAs": {
                "objectId": self._viewer.object_id,
                "appId": self._viewer.app_id,
                "name": self._viewer.name,
                "signedInWith": self._viewer.how,
            },
        }

    def _tail(self) -> dict[str, Any]:
        entries = list(self._ledger.entries.values())
        reach = coverage(entries, self._manager.asked, self._desk.met, self._desk.wanted, interrupted=self._interrupted)
        return {"coverage": reach, "ledger": ledger_rows.rows(entries)}


def _asked_anew(entry: Entry) -> bool:
    """Whether a source names what others ask about, so that going on begins with it again."""
    return entry.what in _BY_NEED or (entry.what in _ANEW and entry.scope == TENANT)


_OWN = ("$schema", "schema", "takenAt", "tenantId", "cloud", "collectedAs", "coverage", "ledger")


def _earlier(path: Path) -> dict[str, msgspec.Raw]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, msgspec.Raw])
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=str(path)) from error
    except msgspec.DecodeError as error:
        raise InputError(f"this is no snapshot: {error}", where=str(path)) from error


def _ledger_of(path: Path, sections: dict[str, msgspec.Raw]) -> list[Entry]:
    try:
        return list(ledger_rows.entries(msgspec.json.decode(sections["ledger"], type=list[LedgerRow])))
    except (KeyError, ValueError, msgspec.DecodeError) as error:
        reason = "this has no ledger of what was read: only what kvaudit collect wrote can be gone on with"
        raise InputError(reason, where=str(path)) from error
