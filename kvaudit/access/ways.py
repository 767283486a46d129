"""Ways to an access before they are put in words, joined to those of whom one can act as."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

import msgspec

from kvaudit.access.chains import Chain
from kvaudit.access.escalation import Rung
from kvaudit.access.impersonation import Hop, Person
from kvaudit.model.finding import Confidence, Verdict
from kvaudit.model.grant import Grant
from kvaudit.model.permission import PermissionSet
from kvaudit.model.value import Value


class Way(Value):
    """A path before it is put in words: whoever starts it, and whichever of some vaults it ends in."""

    verdict: Verdict
    confidence: Confidence
    permissions: PermissionSet
    grants: tuple[Grant, ...]
    rungs: tuple[Rung, ...] = ()
    object: str = ""
    note: str = ""
    before: tuple[Hop, ...] = ()  # as whom one comes to act first
    person: Person = ()  # who one is then
    alike: tuple[str, ...] = ()  # others that lead to the same in the same way, told by this one

    @property
    def resting_on(self) -> tuple[Grant, ...]:
        """All grants that it takes, those included by which one comes to act as somebody else."""
        return (*(grant for hop in self.before for grant in hop.deed.way.grants), *self.grants)

    @property
    def edges(self) -> frozenset[str]:
        """The ids in the catalogues of all that is done."""
        return frozenset((*(hop.deed.takeover.id for hop in self.before), *(rung.edge for rung in self.rungs)))

    @property
    def length(self) -> int:
        """How many actions of one's own it takes."""
        return len(self.rungs) + sum(hop.deed.actions for hop in self.before)


def through(chain: Chain, found: Iterable[Way]) -> tuple[Way, ...]:
    """The ways of whom a chain leads to, for whoever goes the chain; what is inert there stays so."""
    return tuple(_through(chain, way) for way in found if way.verdict in _SURENESS)


def _through(chain: Chain, way: Way) -> Way:
    unsure = bool(chain.unsure) or way.verdict is Verdict.UNKNOWN
    sure = way.confidence if way.verdict is Verdict.ESCALATION else _SURENESS[way.verdict]
    notes = (way.note, chain.unsure, "there are more ways of this length" if chain.more else "")
    return msgspec.structs.replace(
        way,
        verdict=Verdict.UNKNOWN if unsure else Verdict.ESCALATION,
        confidence=min(chain.confidence, sure),
        note="; ".join(filter(None, notes)),
        before=chain.hops,
        person=chain.person,
        alike=tuple(each for hop in chain.hops for each in hop.alike),
    )


_SURENESS = {
    Verdict.DIRECT: Confidence.HIGH,
    Verdict.ELIGIBLE: Confidence.MEDIUM,
    Verdict.CONDITIONAL: Confidence.LOW,
    Verdict.UNKNOWN: Confidence.LOW,
    Verdict.ESCALATION: Confidence.HIGH,  # it has a confidence of its own
}


def worth_telling(ways: Sequence[Way], depth: int) -> list[Way]:
    """The ways one has oneself, and of those by others the shortest, longer ones only where they are surer.

    Those that differ only in whom they lead through are told once.
    """
    told: list[Way] = []
    covered: dict[int, PermissionSet] = dict.fromkeys(range(4), 0)
    folded: dict[tuple[object, ...], list[Way]] = {}
    for _, level in groupby(sorted(ways, key=_length), key=_length):
        kept = []
        for way in level:
            if not way.before:
                told.append(way)
                kept.append(way)
            elif way.length <= depth and way.permissions & ~covered[_rank(way)]:
                folded.setdefault(_kind(way), []).append(way)
                kept.append(way)
        for way in kept:
            for rank in range(_rank(way) + 1) if not way.object and way.verdict in _SURENESS else ():
                covered[rank] |= way.permissions
    return [*told, *map(_as_one, folded.values())]


def _length(way: Way) -> int:
    return way.length


def _rank(way: Way) -> int:
    """How sure a way is, from one of which it is not known whether it is open."""
    if way.verdict is Verdict.UNKNOWN:
        return 0
    return 1 + min(way.confidence, _SURENESS.get(way.verdict, Confidence.LOW))


def _kind(way: Way) -> tuple[object, ...]:
    """What ways share that differ only in whom they lead through: the first cause and all that is done."""
    first = way.before[0]
    edges = (*(hop.deed.takeover.id for hop in way.before), *(rung.edge for rung in way.rungs))
    return (*map(id, first.deed.way.grants), *edges, way.permissions, way.verdict, way.confidence, way.object, way.note)


def _as_one(ways: Sequence[Way]) -> Way:
    one, *others = ways
    passed = {hop.target for hop in one.before}
    alike = dict.fromkeys((*one.alike, *(hop.target for way in others for hop in way.before), *_alikes(others)))
    return msgspec.structs.replace(one, alike=tuple(each for each in alike if each not in passed))


def _alikes(ways: Iterable[Way]) -> Iterable[str]:
    return (each for way in ways for each in way.alike)
