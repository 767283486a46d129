"""What every report says beside what was found: where it is written, and what principals are called."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import BinaryIO

from kvaudit.access.engine import Access
from kvaudit.model.origin import Location, Origin
from kvaudit.sources.positions import locate


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
