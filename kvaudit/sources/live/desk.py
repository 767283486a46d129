"""The desk at which every source is read: rows into the spool, the answer into the ledger, progress told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
from azure.core.exceptions import AzureError

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
        self._done: dict[str, int] = {}
        self._all: dict[str, int] = {}

    def read(self, source: Source) -> bool:
        """Read one source to its end, and say whether it answered; what came before it failed is kept."""
        if self.ledger.has(source.what, source.scope):
            return True
        section = NEEDS[source.what].section
        count = 0
        try:
            for rows in source.fetch():
                count += self.keep(section, rows, source.scope)
        except (AzureError, BadAnswer, Refused) as error:
            entry = failure(source.what, source.scope, error, count)
        else:
            self.spool.give(section)
            entry = Entry(source.what, source.scope, Status.OK, count)
        self.ledger.add(entry)
        return entry.status.answered

    def keep(self, section: str, rows: Iterable[msgspec.Raw | bytes], place: str = "") -> int:
        """Keep rows of a section, once each, and count them. `place` says where in the snapshot they stand."""
        with self._keeping:  # who is told that a row came already may rely on its being written
            fresh = self.met.notice(section, rows, place)
            self.spool.add(section, fresh)
        return len(fresh)

    def give_out(self, phase: str, sources: Iterable[Source], *, urgency: int = 0) -> Batch:
        """Have sources read by the crew."""
        given = list(sources)
        self._all[phase] = self._all.get(phase, 0) + len(given)
        return self.crew.do([self._task(phase, source) for source in given], urgency=urgency)

    def step(self, phase: str, done: int, total: int) -> None:
        """Tell how far a phase is."""
        self._done[phase], self._all[phase] = done, total
        if self._progress:
            self._progress(phase, done, total)

    def _task(self, phase: str, source: Source) -> Callable[[], None]:
        def run() -> None:
            self.read(source)
            self._done[phase] = self._done.get(phase, 0) + 1
            if self._progress:
                self._progress(phase, self._done[phase], self._all[phase])

        return run


def as_rows(bodies: Iterable[Any]) -> Iterator[bytes]:
    """Bodies of our own making as rows."""
    return map(msgspec.json.encode, bodies)
