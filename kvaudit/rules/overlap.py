"""What several hold between them: a person may hold one thing itself and another as a member of a group."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Generic, TypeVar

from kvaudit.access.membership import Directory

Thing = TypeVar("Thing")


class Overlap(Generic[Thing]):
    """Things by their holders, asked for by another holder with whom these have somebody in common."""

    def __init__(self, directory: Directory, things: Mapping[str, Collection[Thing]]) -> None:
        self._directory = directory
        self._things = things
        self._holders: dict[str, list[str]] = {}
        for holder in things:
            for person in self._behind(holder):
                self._holders.setdefault(person, []).append(holder)
        self._known: dict[str, tuple[frozenset[Thing], tuple[str, ...]]] = {}

    def _behind(self, holder: str) -> frozenset[str]:
        members = self._directory.members_of(holder).ids if self._directory.is_group(holder) else frozenset[str]()
        return members | {holder}

    def of(self, holder: str) -> tuple[frozenset[Thing], tuple[str, ...]]:
        """The things that a holder or a member of it holds, and the members, sorted; none where it does so itself."""
        found = self._known.get(holder)
        if found is None:
            persons = [each for each in self._behind(holder) if each in self._holders]
            holders = {each for person in persons for each in self._holders[person]}
            things = frozenset[Thing]().union(*(self._things[each] for each in holders))
            found = self._known[holder] = things, () if holder in persons else tuple(sorted(persons))
        return found
