"""What can be read by copying it to another vault: backed up here, restored and used there. Source: semantics 2.5, V19.

A backup can be restored to any vault of the same subscription and geography, also to one that is made for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from kvaudit.access.denies import Denies
from kvaudit.access.edges import Edge, edges
from kvaudit.access.escalation import Aim, Climb, Climber, Place, Rung, Way, join, start, union
from kvaudit.access.estate import Estate
from kvaudit.access.founders import WRITE_VAULTS, Founders
from kvaudit.access.operations import leads, operations, sureness
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


_There = tuple[int, tuple[Way, ...]]
"""A vault by its number, and how all that it takes is come by there."""


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
        self._ranked: dict[tuple[object, ...], tuple[_There, ...]] = {}
        self._geographies = tuple(geography(vault.location or "") for vault in estate.vaults)
        self._near: dict[str, dict[str, list[int]]] = {}  # by subscription and geography
        for number, scope in enumerate(estate.scopes):
            near = self._near.setdefault(scope.subscription, {})
            near.setdefault(self._geographies[number], []).append(number)

    def makers(self, person: Sequence[str]) -> tuple[str, ...]:
        """What of somebody decides to which vaults of his own making he can copy."""
        return self._founders.makers(person)

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
        if needs == WRITE_VAULTS:
            return next(self._made(number, person), None)
        return max(self._there(grants, number, tuple(person), needs), key=_sureness, default=None)

    def _there(
        self, grants: Sequence[Grant], number: int, person: tuple[str, ...], needs: PermissionSet
    ) -> Iterator[Beside]:
        """The best other vault of its subscription that is in its geography, and the best that may be."""
        own = self._geographies[number]
        subscription = self._estate.scopes[number].subscription
        near = self._near[subscription]
        for place in near if not own else dict.fromkeys((own, "")):
            ranked = self._ranked_in(subscription, place, grants, person, needs)
            best = next(((other, ways) for other, ways in ranked if other != number), None)
            if best is not None:
                name = f"key vault {self._estate.name(best[0])}"
                doubt = f"if {name} is in the same geography" if not own or place != own else ""
                yield Beside(name, self._estate.vaults[best[0]].id, best[1], doubt)

    def _ranked_in(
        self, subscription: str, place: str, grants: Sequence[Grant], person: tuple[str, ...], needs: PermissionSet
    ) -> tuple[_There, ...]:
        """The vaults of a subscription and geography on which all of these are come by, the surest first."""
        key = (subscription, place, tuple(map(id, grants)), person, needs)
        ranked = self._ranked.get(key)
        if ranked is None:
            useful: dict[int, list[Grant]] = {other: [] for other in self._near[subscription].get(place, ())}
            for grant in grants:
                if grant.permissions & (needs | leads()):
                    for other in useful.keys() & grant.vaults:
                        useful[other].append(grant)
            found = ((other, self._ways(there, needs, person, other)) for other, there in useful.items() if there)
            whole = [(other, tuple(ways.values())) for other, ways in found if not needs & ~union(ways)]
            whole.sort(key=lambda each: min(sureness(way)[:2] for way in each[1]), reverse=True)
            ranked = self._ranked[key] = tuple(whole)
        return ranked

    def _ways(
        self, there: Sequence[Grant], needs: PermissionSet, person: tuple[str, ...], other: int
    ) -> dict[int, Way]:
        """How these operations are come by on another vault: what is done for them there says where."""
        aim = Aim(self._places[other], person, needs, self._denies.of(person, other))
        name = self._estate.name(other)
        return {bit: _at(way, name) for bit, way in operations(self._climber, there, aim).items() if bit & needs}

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
