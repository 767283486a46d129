"""The desk at which every source is read: rows into the spool, the answer into the ledger, progress told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import msgspec
from azure.core.exceptions import AzureError

from kvaudit.errors import LoginError
from kvaudit.sources.live.azure import Azure
from kvaudit.sources.live.crew import Batch, Crew
from kvaudit.sources.live.ledger import Entry, Ledger, Status, failure
from kvaudit.sources.live.met import Met
from kvaudit.sources.live.needs import NEEDS
from kvaudit.sources.live.refusals import BadAnswer, Refused
from kvaudit.sources.live.spool import Spool
from kvaudit.sources.live.wanted import Wanted

Pages = Iterable[Iterable[msgspec.Raw | bytes]]
Fetch = Callable[[], Pages]
Progress = Callable[[str, int, int], None]


class Source:
    """One thing to ask: what, about which scope, and how."""

    def __init__(self, what: str, scope: str, fetch: Fetch) -> None:
        self.what = what
        self.scope = scope
        self.fetch = fetch


class Desk:
    """What all phases of a collection share."""

    def __init__(  # noqa: PLR0913, PLR0917 - what is shared
        self, azure: Azure, wanted: Wanted, crew: Crew, spool: Spool, ledger: Ledger, progress: Progress | None = None
    ) -> None:
        self.azure = azure
        self.wanted = wanted
        self.crew = crew
        self.spool = spool
        self.ledger = ledger
        self.met = Met()
        self._keeping = threading.Lock()
        self._progress = progress
        self._lock = threading.Lock()
        self._done: dict[str, int] = {}
        self._all: dict[str, int] = {}

    def read(self, source: Source) -> bool:
        """Read one source to its end, and say whether it answered; what came before it failed is kept."""
        if self.ledger.has(source.what, source.scope):
            return True
        if source.what in self.wanted.without:
            self.ledger.add(Entry(source.what, source.scope, Status.SKIPPED))
            return False
        section = NEEDS[source.what].section
        count = 0
        try:
            for rows in self.pages(source):
                count += self.keep(section, rows, source.scope)
        except (AzureError, BadAnswer, Refused) as error:
            entry = failure(source.what, source.scope, error, count)
        except LoginError as error:
            if NEEDS[source.what].by_resource_manager:
                raise  # without that token nothing more can be read
            entry = failure(source.what, source.scope, error, count)
        else:
            self.spool.give(section)
            entry = Entry(source.what, source.scope, Status.OK, count)
        self.ledger.add(entry)
        return entry.status.answered

    def pages(self, source: Source) -> Pages:
        """What is read of a source: all of it."""
        return source.fetch()

    def keep(self, section: str, rows: Iterable[msgspec.Raw | bytes], place: str = "") -> int:
        """Keep rows of a section, once each, and count them. `place` says where in the snapshot they stand."""
        with self._keeping:  # who is told that a row came already may rely on its being written
            fresh = self.met.notice(section, rows, place)
            self.spool.add(section, fresh)
        return len(fresh)

    def give_out(self, phase: str, sources: Iterable[Source], *, urgency: int = 0) -> Batch:
        """Have sources read by the crew."""
        return self.do(phase, [partial(self.read, source) for source in sources], urgency=urgency)

    def do(self, phase: str, tasks: Sequence[Callable[[], object]], *, urgency: int = 0) -> Batch:
        """Have the crew do something, and tell how far a phase is."""
        with self._lock:
            self._all[phase] = self._all.get(phase, 0) + len(tasks)
        return self.crew.do([partial(self._counted, phase, task) for task in tasks], urgency=urgency)

    def step(self, phase: str, done: int, total: int) -> None:
        """Tell how far a phase is that counts its own steps."""
        if self._progress:
            self._progress(phase, done, total)

    def _counted(self, phase: str, task: Callable[[], object]) -> None:
        task()
        with self._lock:
            self._done[phase] = self._done.get(phase, 0) + 1
            done, total = self._done[phase], self._all[phase]
        self.step(phase, done, total)


def as_rows(bodies: Iterable[Any]) -> Iterator[bytes]:
    """Bodies of our own making as rows."""
    return map(msgspec.json.encode, bodies)
