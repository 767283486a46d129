"""The shortest ways from one principal to all that he can come to act as, over several steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from kvaudit.access.escalation import Way
from kvaudit.access.impersonation import VIRTUAL, Hop, Impersonation, Person
from kvaudit.access.membership import Directory
from kvaudit.model.finding import Confidence
from kvaudit.model.value import Value

_MANY = 16
"""Ways of one length to one principal; more are not told, as they end in the same."""

_RANKS = (3, 2, 1, 0)


class Chain(Value):
    """Steps that lead from one person to another, each from where the one before ended."""

    hops: tuple[Hop, ...]
    person: Person  # who one is at its end
    more: bool = False  # there are others of the same length, too many to tell

    @property
    def confidence(self) -> Confidence:
        """As sure as the least sure of its steps."""
        return min(hop.deed.way.confidence for hop in self.hops)

    @property
    def unsure(self) -> str:
        """What is not known and would decide whether it can be gone; "" where nothing is."""
        return next((hop.deed.way.unsure for hop in self.hops if hop.deed.way.unsure), "")

    @property
    def actions(self) -> int:
        """How many actions it takes."""
        return sum(hop.deed.actions for hop in self.hops)

    def way(self, target: str, label: Callable[[str], str]) -> Way:
        """The same as a way to act as its last target, or one that is like it; `label` names a principal."""
        *before, last = self.hops
        hops = (*before, Hop(last.deed, target, last.resource))
        grants = {id(grant): grant for hop in hops for grant in hop.deed.way.grants}
        rungs = tuple(rung for hop in hops for rung in hop.told(label))
        return Way(self.confidence, tuple(grants.values()), rungs, self.unsure)

    def passes(self, principal: str) -> bool:
        """Whether it comes by a principal."""
        return any(hop.target == principal for hop in self.hops)


_START: Person = ()  # whoever takes the first step
_Reached = dict[Person, tuple[int, list[tuple[Person, Hop]]]]
"""How far people are, and the last steps of the shortest ways to each, with who takes them."""


class Chains:
    """Searches the steps of an impersonation, no longer than a depth."""

    def __init__(self, impersonation: Impersonation, directory: Directory, depth: int) -> None:
        self._impersonation = impersonation
        self._directory = directory
        self._depth = depth
        self._found: dict[tuple[object, ...], tuple[Chain, ...]] = {}

    def of(self, principal: str) -> tuple[Chain, ...]:
        """To everyone he can come to act as all shortest chains; and where a longer one is surer, that one, too.

        Who can take the same first steps can take the same chains, but none that leads back to himself; and whoever
        enters a group stays himself, with all that he holds.
        """
        first = self._impersonation.hops((principal,))
        if not first:
            return ()
        enters = any(hop.target in VIRTUAL or self._directory.is_group(hop.target) for hop in first)
        start = (principal,) if enters else _START
        key = (start, *map(id, first))
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = tuple(self._search(start, first))
        if any(chain.passes(principal) for chain in found):
            return tuple(chain for chain in found if not chain.passes(principal))
        return found

    def _search(self, start: Person, first: tuple[Hop, ...]) -> Iterator[Chain]:
        nearest: dict[Person, int] = {}
        for rank in _RANKS:
            reached = self._spread(start, first, rank)
            for person, (distance, _) in reached.items():
                if person != start and distance < nearest.get(person, self._depth + 1):
                    nearest[person] = distance
                    ways = list(islice(_back(reached, start, person), _MANY + 1))
                    for number, hops in enumerate(ways[:_MANY]):
                        yield Chain(hops, person, more=number == _MANY - 1 and len(ways) > _MANY)

    def _spread(self, start: Person, first: tuple[Hop, ...], rank: int) -> _Reached:
        """How far each person is by steps at least this sure, and the last steps of the shortest ways to each."""
        found: _Reached = {start: (0, [])}
        levels: list[list[Person]] = [[start], *([] for _ in range(self._depth))]
        for distance, level in enumerate(levels):
            for actor in level:
                if found[actor][0] < distance:
                    continue  # it was reached sooner
                for hop in first if actor == start else self._impersonation.hops(actor):
                    further = distance + hop.deed.actions
                    if _rank(hop) < rank or further > self._depth:
                        continue
                    person = self._after(actor, hop)
                    known = found.get(person)
                    if known is None or further < known[0]:
                        found[person] = (further, [(actor, hop)])
                        levels[further].append(person)
                    elif further == known[0]:
                        known[1].append((actor, hop))
        return found

    def _after(self, actor: Person, hop: Hop) -> Person:
        """Who one is after a step: a group that is entered adds to who one was, and so does a role that is made."""
        if hop.target not in VIRTUAL and not self._directory.is_group(hop.target):
            return (hop.target,)
        return (*actor, hop.target)


def _rank(hop: Hop) -> int:
    """How sure a step is: from one that is not known to be open at all, upwards."""
    return 0 if hop.deed.way.unsure else 1 + hop.deed.way.confidence


def _back(reached: _Reached, start: Person, person: Person) -> Iterator[tuple[Hop, ...]]:
    """The ways that end in a person, from their last steps back to the first."""
    if person == start:
        yield ()
        return
    for actor, hop in reached[person][1]:
        for hops in _back(reached, start, actor):
            yield (*hops, hop)
