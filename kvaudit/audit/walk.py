"""What every walk shares: sources read, gaps put together, and where in the sources it all stands."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import BinaryIO, Protocol

from kvaudit.access.engine import Access, resolve
from kvaudit.model.finding import Gap
from kvaudit.model.origin import Location, Origin
from kvaudit.model.scope import scope_key
from kvaudit.model.snapshot import REQUIRED
from kvaudit.sources.files import MAX_BYTES, STDIN
from kvaudit.sources.load import load
from kvaudit.sources.positions import locate

Progress = Callable[[str, int, int], None]


class Reading(Protocol):
    """What every request says of how sources are read."""

    @property
    def as_of(self) -> dt.datetime:
        """The moment asked about."""
        ...

    @property
    def keep_going(self) -> bool:
        """Whether a file that cannot be read is a gap."""
        ...

    @property
    def depth(self) -> int:
        """How many actions a way through others may take."""
        ...


def read(request: Reading, paths: tuple[str, ...], stdin: BinaryIO | None, progress: Progress | None) -> Access:
    """Read sources, and work out who holds what."""
    snapshot = load(paths, stdin=stdin, keep_going=request.keep_going, progress=progress)
    return resolve(snapshot, request.as_of, request.depth)


def rewindable(stdin: BinaryIO | None, paths: tuple[str, ...]) -> BinaryIO | None:
    """Standard input in a form that can be read again, for the lines of what is reported."""
    if stdin is None or STDIN not in paths or stdin.seekable():
        return stdin
    return io.BytesIO(stdin.read(MAX_BYTES + 1))


def united(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    """Gaps about the same need of the same subject as one, with all rules it holds up; required needs first."""
    found: dict[tuple[str, str, str], Gap] = {}
    first: dict[tuple[str, str], tuple[str, str, str]] = {}
    for gap in gaps:
        about = gap.need, scope_key(gap.subject)
        key = (*about, gap.reason if gap.need == "files" or gap.origins else "")
        if not key[2]:  # it says no place of its own
            key = first.get(about, key)
        first.setdefault(about, key)
        known = found.get(key)
        if known is None:
            found[key] = gap
        elif gap.rules:
            rules = tuple(sorted({*known.rules, *gap.rules}))
            found[key] = Gap(known.need, known.subject, known.reason, known.remedy, rules, known.origins)
    order = {need: place for place, need in enumerate(("files", *REQUIRED))}
    return tuple(
        sorted(found.values(), key=lambda gap: (order.get(gap.need, len(order)), gap.need, gap.subject, gap.reason))
    )


class Located(Mapping[Origin, Location]):
    """Where origins are in their documents, worked out for all of them when the first is asked for.

    Finding lines costs a second look at the documents, which an answer that is only counted need not pay.
    """

    def __init__(self, origins: Callable[[], Iterable[Origin]], stdin: BinaryIO | None) -> None:
        self._origins = origins
        self._stdin = stdin

    @cached_property
    def _found(self) -> dict[Origin, Location]:
        same = {id(origin): origin for origin in self._origins()}  # first by identity: most recur, and hash slowly
        return locate(set(same.values()), stdin=self._stdin)

    def __getitem__(self, origin: Origin) -> Location:
        return self._found[origin]

    def __iter__(self) -> Iterator[Origin]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def names_of(access: Access, principals: Iterable[str]) -> dict[str, str]:
    """The names of some principals, where they are known."""
    return {each: name for each in principals if (name := access.directory.name(each))}


def types_of(access: Access, principals: Iterable[str]) -> dict[str, str]:
    """The types of some principals, where they are known."""
    return {each: kind for each in principals if (kind := access.directory.type_of(each))}
