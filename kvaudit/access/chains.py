"""The shortest ways from one principal to all that he can come to act as, over several steps."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from kvaudit.access.impersonation import VIRTUAL, Hop, Impersonation
from kvaudit.access.membership import Directory
from kvaudit.model.finding import Confidence
from kvaudit.model.value import Value

_MANY = 16
"""Ways of one length to one principal; more are not told, as they end in the same."""

_RANKS = (3, 2, 1, 0)


class Chain(Value):
    """Steps that lead from one principal to another, each from where the one before ended."""

    hops: tuple[Hop, ...]
    more: bool = False  # there are others of the same length, too many to tell

    @property
    def target(self) -> str:
        """Whom it leads to."""
        return self.hops[-1].target

    @property
    def confidence(self) -> Confidence:
        """As sure as the least sure of its steps."""
        return min(hop.way.confidence for hop in self.hops)

    @property
    def unsure(self) -> str:
        """What is not known and would decide whether it can be gone; "" where nothing is."""
        return next((hop.way.unsure for hop in self.hops if hop.way.unsure), "")

    @property
    def length(self) -> int:
        """How many actions it takes."""
        return sum(len(hop.way.rungs) for hop in self.hops)

    def persons(self, principal: str, directory: Directory) -> tuple[str, ...]:
        """Whose denies bind who has gone it: a group that was entered adds to who one is, an identity replaces it."""
        person: tuple[str, ...] = (principal,)
        for hop in self.hops:
            if hop.target in VIRTUAL:
                continue
            person = (*person, hop.target) if directory.is_group(hop.target) else (hop.target,)
        return person

    def passes(self, principal: str) -> bool:
        """Whether it comes by a principal."""
        return any(hop.target == principal for hop in self.hops)


_START = ""  # whoever takes the first step
_Reached = dict[str, tuple[int, list[tuple[str, Hop]]]]
"""How far principals are, and the last steps of the shortest ways to each, with who takes them."""


class Chains:
    """Searches the steps of an impersonation, no longer than a depth."""

    def __init__(self, impersonation: Impersonation, depth: int) -> None:
        self._impersonation = impersonation
        self._depth = depth
        self._found: dict[tuple[int, ...], tuple[Chain, ...]] = {}

    def of(self, principal: str) -> tuple[Chain, ...]:
        """To everyone he can come to act as all shortest chains; and where a longer one is surer, that one, too.

        Who can take the same first steps can take the same chains, but none that leads back to himself.
        """
        first = self._impersonation.hops(principal)
        if not first:
            return ()
        key = tuple(map(id, first))
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = tuple(self._search(first))
        if any(chain.passes(principal) for chain in found):
            return tuple(chain for chain in found if not chain.passes(principal))
        return found

    def _search(self, first: tuple[Hop, ...]) -> Iterator[Chain]:
        nearest: dict[str, int] = {}
        for rank in _RANKS:
            reached = self._spread(first, rank)
            for target, (distance, _) in reached.items():
                if target != _START and distance < nearest.get(target, self._depth + 1):
                    nearest[target] = distance
                    ways = list(islice(_back(reached, target), _MANY + 1))
                    for number, hops in enumerate(ways[:_MANY]):
                        yield Chain(hops, more=number == _MANY - 1 and len(ways) > _MANY)

    def _spread(self, first: tuple[Hop, ...], rank: int) -> _Reached:
        """How far each principal is by steps at least this sure, and the last steps of the shortest ways to it."""
        found: _Reached = {_START: (0, [])}
        levels: list[list[str]] = [[_START], *([] for _ in range(self._depth))]
        for distance, level in enumerate(levels):
            for actor in level:
                if found[actor][0] < distance:
                    continue  # it was reached sooner
                for hop in first if actor == _START else self._impersonation.hops(actor):
                    further = distance + len(hop.way.rungs)
                    if _rank(hop) < rank or further > self._depth:
                        continue
                    known = found.get(hop.target)
                    if known is None or further < known[0]:
                        found[hop.target] = (further, [(actor, hop)])
                        levels[further].append(hop.target)
                    elif further == known[0]:
                        known[1].append((actor, hop))
        return found


def _rank(hop: Hop) -> int:
    """How sure a step is: from one that is not known to be open at all, upwards."""
    return 0 if hop.way.unsure else 1 + hop.way.confidence


def _back(reached: _Reached, target: str) -> Iterator[tuple[Hop, ...]]:
    """The ways that end in a target, from their last steps back to the first."""
    if target == _START:
        yield ()
        return
    for actor, hop in reached[target][1]:
        for hops in _back(reached, actor):
            yield (*hops, hop)
