"""One try of each source, with the very requests of a collection: what this identity can read, and what not.

Of a list one page is read. Every visible subscription is asked by itself, since Resource Graph leaves what is not to
be seen out of its answers without a word; so are a vault of each, and of the directory one of each kind that was met.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

import msgspec

from kvaudit.errors import LoginError
from kvaudit.sources.live import rights, sight
from kvaudit.sources.live.azure import THREADS, Azure
from kvaudit.sources.live.clouds import Cloud
from kvaudit.sources.live.crew import Crew
from kvaudit.sources.live.desk import Desk, Pages, Progress, Source
from kvaudit.sources.live.directory_probes import DirectoryProbes
from kvaudit.sources.live.estate import Estate
from kvaudit.sources.live.ledger import TENANT, Entry, Ledger, Status, failure
from kvaudit.sources.live.met import subscription_of
from kvaudit.sources.live.policies import Credential
from kvaudit.sources.live.resource_manager import ResourceManager
from kvaudit.sources.live.spool import Spool
from kvaudit.sources.live.wanted import Wanted

PHASE = "sources"
_BY_QUERY = ("resources", "logStores")
"""What only Resource Graph is asked for, which shows less than there is where an action is not granted."""


class _Taste(Desk):
    """A desk that reads the first page of everything; where a subscription lies is read whole."""

    def pages(self, source: Source) -> Pages:
        return source.fetch() if source.what == "managementGroups" else islice(source.fetch(), 1)


class Probes:
    """The tries, and what came of them."""

    def __init__(
        self,
        credential: Credential,
        cloud: Cloud,
        wanted: Wanted,
        *,
        progress: Progress | None = None,
        tell: Callable[[Entry], None] | None = None,
    ) -> None:
        self._wanted = wanted
        self._crew = Crew(THREADS)
        self._spool = Spool()
        self._ledger = Ledger(tell)
        self._azure = Azure(credential, cloud, self._crew.pause)
        self._desk = _Taste(self._azure, wanted, self._crew, self._spool, self._ledger, progress)
        self._estate = Estate(self._desk)
        self._manager = ResourceManager(self._desk, frozenset())
        self._chosen: list[str] = []  # vaults that were named
        self._granted: dict[str, list[msgspec.Raw]] = {}  # what the identity may do, by subscription

    def close(self) -> None:
        """Let go of threads, files and connections."""
        self._crew.send_home()
        self._spool.close()
        self._azure.close()

    def find(self) -> None:
        """Find out what there is to try. Raises UsageError where what was selected is not there."""
        self._estate.find()
        if self._wanted.selection.vaults:
            self._chosen = list(self._desk.met.vaults.values())

    @property
    def visible(self) -> dict[str, str]:
        """The names of the subscriptions that can be seen, by id."""
        return self._estate.names

    @property
    def subscriptions(self) -> list[str]:
        """The ids of those that are looked at: what was selected, else all that can be seen."""
        chosen = self._wanted.selection
        if chosen.everything:
            return sorted(self._estate.names)
        named = {subscription_of(word) for word in chosen.vaults} - {""}
        below = self._estate.placed if chosen.groups else set()
        return sorted({*named, *below, *self._estate.subscriptions, *self._desk.met.subscriptions()})

    def run(self, viewer_id: str | None) -> list[Entry]:
        """Try everything that can be tried; `viewer_id` is the object id of whoever looks."""
        self._note_unplaced()
        sources = [source for each in self.subscriptions for source in self._of_subscription(each)]
        self._desk.give_out(PHASE, sources).wait()
        self._judge_rights()
        self._manager.of_vaults(self._sample()).wait()
        DirectoryProbes(self._desk).run(viewer_id)
        self._try_hsms()
        return list(self._ledger.entries.values())

    def _of_subscription(self, subscription: str) -> Iterator[Source]:
        yield from self._estate.listings(subscription)
        yield from self._manager.every_source(subscription)
        scope = f"/subscriptions/{subscription}"

        def fetch() -> Iterator[tuple[()]]:
            for rows in sight.granted(self._desk, scope):
                self._granted.setdefault(scope, []).extend(rows)
            yield ()

        yield Source("permissions", scope, fetch)

    def _note_unplaced(self) -> None:
        """What is not said of subscriptions, though nothing was denied."""
        if not self._estate.names and self._ledger.has("subscriptions", TENANT):
            self._deny("subscriptions", TENANT, "no subscription can be seen")
        if self._ledger.has("managementGroups", TENANT):
            for each in sorted(set(self.subscriptions) - self._estate.placed):
                self._deny("managementGroups", f"/subscriptions/{each}", "what is above it cannot be seen")

    def _judge_rights(self) -> None:
        """Whether Resource Graph would show all of what only it is asked for."""
        for each in self.subscriptions:
            scope = f"/subscriptions/{each}"
            asked = self._ledger.entries["permissions", scope]
            held = self._granted.get(scope, ())
            for what in _BY_QUERY:
                missing = rights.missing(sight.NEEDED[what], held) if asked.status.answered else []
                if missing:
                    self._deny(what, scope, f"not granted: {', '.join(missing)}")
                else:
                    self._ledger.add(msgspec.structs.replace(asked, what=what, count=0))

    def _deny(self, what: str, scope: str, reason: str) -> None:
        self._ledger.add(Entry(what, scope, Status.DENIED, reason=reason))

    def _sample(self) -> list[str]:
        """The vaults that were named, else one of each subscription."""
        found = self._desk.met.vaults.values()
        return self._chosen or list({subscription_of(each): each for each in found}.values())

    def _try_hsms(self) -> None:
        if not self._wanted.hsm_roles:
            return
        try:
            self._manager.hsm_roles().wait()
        except LoginError as error:
            for hsm in self._desk.met.hsms:
                self._ledger.add(failure("managedHsmRoles", hsm, error))
