"""Vaults put together where the grants of a principal meet them alike: a question is answered once for them all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from kvaudit.access.denies import Denies
from kvaudit.access.escalation import Place
from kvaudit.model.value import Value

_FEW = 8  # extents up to this size are looked at vault by vault, larger ones as a whole


class Part(Value):
    """Some vaults that are alike in all that decides an answer, and which extents reach them."""

    vaults: tuple[int, ...]
    place: Place
    extents: tuple[int, ...]  # by identity of the tuple of vaults
    wide: bool = True  # reached by what reaches many, and by nothing else


class Parting:
    """Divides the vaults that grants reach.

    Most people hold a little on a few vaults and share with others what reaches many. What reaches many is divided
    once for all who share it; the few are then taken out of it.
    """

    def __init__(self, places: Sequence[Place], denies: Denies) -> None:
        self._places = places
        self._denies = denies
        self._sets: dict[int, frozenset[int]] = {}
        self._wide: dict[tuple[int, ...], tuple[Part, ...]] = {}

    def divide(self, extents: Mapping[int, tuple[int, ...]]) -> Iterable[Part]:
        """The vaults of some grants, by the identity of the tuple that holds them, each vault in one part."""
        wide = {each: vaults for each, vaults in extents.items() if len(vaults) > _FEW}
        if len(wide) == len(extents):
            return self._divided(wide)
        few: dict[int, list[int]] = {}
        for each, vaults in extents.items():
            if each not in wide:
                for number in vaults:
                    few.setdefault(number, []).append(each)
        parts = [self._alone(number, reaching, wide) for number, reaching in few.items()]
        for part in self._divided(wide):
            left = part.vaults if few.keys().isdisjoint(part.vaults) else tuple(n for n in part.vaults if n not in few)
            if left:
                parts.append(Part(left, part.place, part.extents))
        return parts

    def _alone(self, number: int, reaching: list[int], wide: dict[int, tuple[int, ...]]) -> Part:
        more = (each for each, vaults in wide.items() if number in self._set(each, vaults))
        return Part((number,), self._places[number], (*reaching, *more), wide=False)

    def _divided(self, wide: dict[int, tuple[int, ...]]) -> tuple[Part, ...]:
        key = tuple(wide)
        parts = self._wide.get(key)
        if parts is None:
            reaching: dict[int, list[int]] = {}
            for each, vaults in wide.items():
                for number in vaults:
                    reaching.setdefault(number, []).append(each)
            alike: dict[tuple[Place, tuple[int, ...], tuple[object, ...]], list[int]] = {}
            for number in sorted(reaching):
                likeness = (self._places[number], tuple(reaching[number]), self._denies.on(number))
                alike.setdefault(likeness, []).append(number)
            parts = self._wide[key] = tuple(
                Part(tuple(numbers), place, each) for (place, each, _), numbers in alike.items()
            )
        return parts

    def _set(self, extent: int, vaults: tuple[int, ...]) -> frozenset[int]:
        if extent not in self._sets:
            self._sets[extent] = frozenset(vaults)
        return self._sets[extent]
