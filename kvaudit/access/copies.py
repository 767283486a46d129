"""What can be read by copying it to another vault: backed up here, restored and used there. Source: semantics 2.5, V19.

A backup can be restored to any vault of the same subscription and geography.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache

from kvaudit.access.denies import Denies
from kvaudit.access.edges import Edge, edges
from kvaudit.access.escalation import Climb, Rung, Way, join, start, union
from kvaudit.access.estate import Estate
from kvaudit.model.finding import Confidence, Verdict
from kvaudit.model.grant import Grant
from kvaudit.model.permission import PermissionSet


@cache
def copying() -> tuple[Edge, ...]:
    """The edges of the catalogue that copy."""
    return tuple(edge for edge in edges() if edge.beside)


@cache
def leads_to_copy(wanted: PermissionSet) -> PermissionSet:
    """What makes copies of what is wanted."""
    return union(edge.needs for edge in copying() if edge.gains & wanted)


class Copies:
    """Finds the vaults to which a copy can be made."""

    def __init__(self, estate: Estate, denies: Denies) -> None:
        self._estate = estate
        self._denies = denies
        self._regions: dict[tuple[str, str], list[int]] = {}
        for number in range(len(estate.vaults)):
            self._regions.setdefault(self._region(number), []).append(number)

    def _region(self, number: int) -> tuple[str, str]:
        location = (self._estate.vaults[number].location or "").replace(" ", "").lower()
        return self._estate.scopes[number].subscription, location

    def climbs(
        self, grants: Sequence[Grant], here: Sequence[Grant], number: int, person: Sequence[str], wanted: PermissionSet
    ) -> Iterator[Climb]:
        """What of a vault's data a principal reaches by a copy: all its grants, those on the vault among them."""
        denied = self._denies.of(person, number)
        held = union(grant.permissions for grant in here if grant.verdict is Verdict.DIRECT and not grant.object)
        for edge in copying():
            gains = edge.gains & wanted & ~held
            ways = start(here, edge.needs, denied) if gains else {}
            if edge.needs & ~union(ways):
                continue
            beside = self._beside(grants, number, person, edge.beside)
            if beside:
                other, more = beside
                way = join((*ways.values(), *more))
                text = edge.does.replace("{beside}", f"key vault {self._estate.name(other)}")
                rung = Rung(edge.id, edge.actions[0], f"{text}, with {edge.actions[0]}", self._estate.vaults[other].id)
                confidence = min(way.confidence, edge.confidence)
                yield Climb(edge, Way(confidence, way.grants, (*way.rungs, rung), way.unsure), gains, way.unsure)

    def _beside(
        self, grants: Sequence[Grant], number: int, person: Sequence[str], needs: PermissionSet
    ) -> tuple[int, tuple[Way, ...]] | None:
        """The vault beside this one on which all of these are held most surely, and how."""
        useful = [grant for grant in grants if grant.permissions & needs]
        best: tuple[int, tuple[Way, ...]] | None = None
        for other in self._regions[self._region(number)] if useful else ():
            if other == number:
                continue
            there = [grant for grant in useful if _has(grant.vaults, other)]
            ways = start(there, needs, self._denies.of(person, other)) if there else {}
            if needs & ~union(ways):
                continue
            found = other, tuple(ways.values())
            if best is None or _sureness(found[1]) > _sureness(best[1]):
                best = found
        return best


def _sureness(ways: Sequence[Way]) -> tuple[bool, Confidence]:
    return all(not way.unsure for way in ways), min(way.confidence for way in ways)


def _has(numbers: Sequence[int], number: int) -> bool:
    at = bisect_left(numbers, number)
    return at < len(numbers) and numbers[at] == number
