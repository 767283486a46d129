"""What can be read by copying it to another vault: backed up here, restored and used there. Source: semantics 2.5, V19.

A backup can be restored to any vault of the same subscription and geography, also to one that is made for it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache

from kvaudit.access.denies import Denies
from kvaudit.access.edges import Edge, edges
from kvaudit.access.escalation import Aim, Climb, Climber, Place, Rung, Way, join, start, union
from kvaudit.access.estate import Estate
from kvaudit.access.founders import WRITE_VAULTS, Founders
from kvaudit.access.operations import leads, operations
from kvaudit.data.geographies import geography
from kvaudit.model.finding import Confidence, Verdict
from kvaudit.model.grant import Grant
from kvaudit.model.permission import PermissionSet
from kvaudit.model.value import Value


@cache
def copying() -> tuple[Edge, ...]:
    """The edges of the catalogue that copy."""
    return tuple(edge for edge in edges() if edge.beside)


@cache
def leads_to_copy(wanted: PermissionSet) -> PermissionSet:
    """What makes copies of what is wanted."""
    return union(edge.needs for edge in copying() if edge.gains & wanted)


@cache
def takes_part_in_copy(wanted: PermissionSet) -> PermissionSet:
    """The same, and what is needed where the copy goes to."""
    return union(edge.needs | edge.beside for edge in copying() if edge.gains & wanted)


class Beside(Value):
    """A vault to copy to, and how all that it takes there is held."""

    name: str
    ref: str  # its id; "" for one that is made
    ways: tuple[Way, ...]
    doubt: str = ""  # why a backup can perhaps not be restored to it


class Copies:
    """Finds the vaults to which a copy can be made."""

    def __init__(
        self, estate: Estate, places: Sequence[Place], denies: Denies, founders: Founders, climber: Climber
    ) -> None:
        self._estate = estate
        self._places = places
        self._denies = denies
        self._founders = founders
        self._climber = climber
        self._reached: dict[tuple[object, ...], dict[int, Way]] = {}
        self._geographies = tuple(geography(vault.location or "") for vault in estate.vaults)
        self._near: dict[str, dict[str, list[int]]] = {}  # by subscription and geography
        for number, scope in enumerate(estate.scopes):
            near = self._near.setdefault(scope.subscription, {})
            near.setdefault(self._geographies[number], []).append(number)

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
                way = join((*ways.values(), *beside.ways))
                text = edge.does.replace("{beside}", beside.name)
                rung = Rung(edge.id, edge.actions[0], f"{text}, with {edge.actions[0]}", beside.ref)
                confidence = min(way.confidence, edge.confidence)
                unsure = way.unsure or beside.doubt
                yield Climb(edge, Way(confidence, way.grants, (*way.rungs, rung), unsure), gains, unsure)

    def _beside(
        self, grants: Sequence[Grant], number: int, person: Sequence[str], needs: PermissionSet
    ) -> Beside | None:
        """The vault beside this one on which all of these are come by most surely, and how."""
        best: Beside | None = None
        made = needs == WRITE_VAULTS
        for found in self._made(number, person) if made else self._there(grants, number, person, needs):
            if best is None or _sureness(found) > _sureness(best):
                best = found
            if _sureness(best) == (True, Confidence.HIGH):
                break
        return best

    def _there(
        self, grants: Sequence[Grant], number: int, person: Sequence[str], needs: PermissionSet
    ) -> Iterator[Beside]:
        estate = self._estate
        useful = [grant for grant in grants if grant.permissions & (needs | leads())]
        for other, doubt in self._others(number) if useful else ():
            there = [grant for grant in useful if _has(grant.vaults, other)]
            ways = self._ways(there, needs, person, other) if there else {}
            if not needs & ~union(ways):
                yield Beside(f"key vault {estate.name(other)}", estate.vaults[other].id, tuple(ways.values()), doubt)

    def _ways(self, there: Sequence[Grant], needs: PermissionSet, person: Sequence[str], other: int) -> dict[int, Way]:
        """How these operations are come by on another vault: what is done for them there says where."""
        denied = self._denies.of(person, other)
        place = self._places[other]
        key = (tuple(map(id, there)), needs, person, place, denied)
        found = self._reached.get(key)
        if found is None:
            aim = Aim(place, tuple(person), needs, denied)
            found = self._reached[key] = operations(self._climber, there, aim)
        name = self._estate.name(other)
        return {bit: _at(way, name) for bit, way in found.items() if bit & needs}

    def _others(self, number: int) -> Iterator[tuple[int, str]]:
        """The other vaults of its subscription that are or may be in its geography, with what is not known of that."""
        own = self._geographies[number]
        near = self._near[self._estate.scopes[number].subscription]
        for place in near if not own else dict.fromkeys((own, "")):
            for other in near.get(place, ()):
                if other != number:
                    doubt = f"if key vault {self._estate.name(other)} is in the same geography" if place != own else ""
                    yield other, doubt

    def _made(self, number: int, person: Sequence[str]) -> Iterator[Beside]:
        """One that is made for the copy, by whoever may write vaults in the subscription."""
        way = self._founders.way(person, self._estate.scopes[number].subscription, self._estate.chain(number))
        if way:
            yield Beside("a key vault that it makes", "", (way,))


def _at(way: Way, vault: str) -> Way:
    rungs = tuple(Rung(each.edge, each.action, f"{each.text}, on key vault {vault}", each.ref) for each in way.rungs)
    return Way(way.confidence, way.grants, rungs, way.unsure) if rungs else way


def _sureness(beside: Beside) -> tuple[bool, Confidence]:
    sure = not beside.doubt and all(not way.unsure for way in beside.ways)
    return sure, min(way.confidence for way in beside.ways)


def _has(numbers: Sequence[int], number: int) -> bool:
    at = bisect_left(numbers, number)
    return at < len(numbers) and numbers[at] == number
