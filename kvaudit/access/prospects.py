"""Over the whole estate: what is reached by acting as somebody else.

Not chain by chain, of which there are too many: what somebody can reach in so many actions is what he holds, and what
those whom he can act as reach in the actions that are left. Each is worked out once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from kvaudit.access.chains import Chain
from kvaudit.access.impersonation import VIRTUAL, Hop
from kvaudit.access.means import Means
from kvaudit.access.membership import Directory
from kvaudit.access.paths import Paths
from kvaudit.model.finding import Confidence, Step, Verdict
from kvaudit.model.grant import DATA_PLANE, Climbed, Escalation, Grant
from kvaudit.model.permission import PermissionSet
from kvaudit.model.value import Value

_SURE = {Verdict.DIRECT: Confidence.HIGH, Verdict.ELIGIBLE: Confidence.MEDIUM, Verdict.CONDITIONAL: Confidence.LOW}

_FEW = 100
"""Vaults that are sooner taken out of thousands one by one; each costs as much as all of these are long."""

Vaults = int
"""Vaults by their numbers, one bit for each: united at once, however many they are."""


class Gain(Value):
    """Data access that somebody holds, or climbs to by some actions."""

    grant: Grant
    tell: Callable[[], tuple[Step, ...]] = tuple


class Prospect(Value):
    """Where some data access is reached, and by what most surely and shortest: one's own, or a step to another."""

    vaults: Vaults
    confidence: Confidence
    length: int
    by: Gain | Hop


Prospects = dict[PermissionSet, Prospect]
"""By what is gained."""


def takeovers(
    grants: Iterable[Grant], found: Iterable[Escalation], means: Means, directory: Directory, paths: Paths
) -> Iterator[Escalation]:
    """One escalation for each cause and first step, with all its vaults.

    `found` are the escalations over vaults, with which whom one acts as may go on.
    """
    holders = sorted(means.impersonation.holders - VIRTUAL.keys())
    if not holders:
        return  # nothing was given that says who can act as whom
    outlook = _Outlook(grants, found, means, directory)
    for holder in holders:
        by_first: dict[tuple[object, ...], list[Hop]] = {}
        for hop in means.impersonation.hops((holder,)):
            deed = hop.deed
            if not deed.way.unsure and any(grant.principal == holder for grant in deed.way.grants):
                # What is its groups' is told of them.
                by_first.setdefault((deed.takeover.id, *map(id, deed.way.grants)), []).append(hop)
        held = outlook.certain(holder) if by_first else {}
        for hops in by_first.values():
            prospects = outlook.beyond(held, hops)
            if prospects:
                yield _escalation(holder, hops, prospects, outlook, paths)


class _Outlook:
    """What is reached from each principal in a number of actions."""

    def __init__(
        self, grants: Iterable[Grant], found: Iterable[Escalation], means: Means, directory: Directory
    ) -> None:
        self._means = means
        self._directory = directory
        self._sets: dict[int, Vaults] = {}  # by identity of their numbers, which are kept
        self._numbers: dict[Vaults, tuple[int, ...]] = {}
        self._own: dict[tuple[str, int], Prospects] = {}  # by how many of the climbs are short enough
        self._reached: dict[tuple[str, int], Prospects] = {}
        self._grants: dict[str, list[Grant]] = {}
        for grant in grants:
            if grant.plane == DATA_PLANE and grant.verdict in _SURE:
                self._grants.setdefault(grant.principal, []).append(grant)
        self._climbs: dict[str, list[tuple[Grant, Climbed]]] = {}
        for escalation in found:
            grant = escalation.grant
            self._climbs.setdefault(grant.principal, []).extend([(grant, each) for each in escalation.climbs])

    def own(self, holder: str, actions: int) -> Prospects:
        """What somebody is given himself, and climbs to with it in at most so many actions."""
        climbs = self._climbs.get(holder, ())
        within = sum([each.actions <= actions for _, each in climbs]) if climbs else 0
        key = (holder, within)
        found = self._own.get(key)
        if found is None:
            found = self._own[key] = {}
            for grant in self._grants.get(holder, ()):
                _add(found, grant.permissions, self._set(grant.vaults), _SURE[grant.verdict], 0, Gain(grant))
            for grant, each in climbs if within else ():
                if each.actions <= actions:
                    gain = Gain(grant, each.tell)
                    _add(found, each.gains, self._set(each.vaults), each.confidence, each.actions, gain)
        return found

    def _set(self, numbers: tuple[int, ...]) -> Vaults:
        key = id(numbers) if len(numbers) > 1 else ~numbers[0]  # no identity is negative
        found = self._sets.get(key)
        if found is None:
            found = self._sets[key] = sum(1 << number for number in numbers)
            self._numbers.setdefault(found, numbers)
        return found

    def numbers(self, vaults: Vaults) -> tuple[int, ...]:
        """The numbers of vaults, ascending: the same value for all who get to the same."""
        found = self._numbers.get(vaults)
        if found is None:
            found = self._numbers[vaults] = _numbers(vaults)
        return found

    def reached(self, principal: str, actions: int) -> Prospects:
        """All that somebody reaches in at most so many actions, what he holds included."""
        key = (principal, actions)
        found = self._reached.get(key)
        if found is None:
            found = self._reached[key] = self._reach(principal, actions)
        return found

    def _reach(self, principal: str, actions: int) -> Prospects:
        held = [own for each in (principal, *self._directory.ways_up(principal)) if (own := self.own(each, actions))]
        hops = self._means.impersonation.hops((principal,)) if actions else ()
        if len(held) == 1 and not hops:
            return held[0]
        found: Prospects = {}
        for own in held:
            for gains, each in own.items():
                _add(found, gains, each.vaults, each.confidence, each.length, each.by)
        for hop in hops:
            self._follow(found, hop, actions)
        return found

    def _follow(self, found: Prospects, hop: Hop, actions: int) -> None:
        """Add what is reached by a step and what follows on it."""
        deed = hop.deed
        taken, way = deed.actions, deed.way
        if taken <= actions and not way.unsure:
            for gains, each in self.reached(hop.target, actions - taken).items():
                _add(found, gains, each.vaults, min(each.confidence, way.confidence), each.length + taken, hop)

    def certain(self, holder: str) -> dict[PermissionSet, Vaults]:
        """What somebody holds for certain, himself or through groups."""
        held: dict[PermissionSet, Vaults] = {}
        for each in (holder, *self._directory.ways_up(holder)):
            for grant in self._grants.get(each, ()):
                if grant.verdict is Verdict.DIRECT:
                    held[grant.permissions] = held.get(grant.permissions, 0) | self._set(grant.vaults)
        return held

    def beyond(self, held: Mapping[PermissionSet, Vaults], hops: Iterable[Hop]) -> Prospects:
        """What these steps lead to, less what is held for certain."""
        found: Prospects = {}
        for hop in hops:
            self._follow(found, hop, self._means.depth)
        for permissions, vaults in held.items():
            for gains in [gains for gains in found if not gains & ~permissions]:
                each = found.pop(gains)
                if left := each.vaults & ~vaults:
                    found[gains] = Prospect(left, each.confidence, each.length, each.by)
        return found

    def chain(self, hop: Hop, gains: PermissionSet) -> tuple[tuple[Hop, ...], Gain]:
        """The steps from a first one on to who gains something, and what he has of it."""
        hops, left = [], self._means.depth
        by: Gain | Hop = hop
        while isinstance(by, Hop):
            hops.append(by)
            left -= by.deed.actions
            by = self.reached(by.target, left)[gains].by
        return tuple(hops), by


def _add(  # noqa: PLR0913, PLR0917 -- the fields of a prospect, which is only made where it is better than what is known
    found: Prospects, gains: PermissionSet, vaults: Vaults, confidence: Confidence, length: int, by: Gain | Hop
) -> None:
    known = found.get(gains)
    if known is None:
        found[gains] = Prospect(vaults, confidence, length, by)
        return
    every = known.vaults | vaults
    if confidence > known.confidence or (confidence == known.confidence and length < known.length):
        found[gains] = Prospect(every, confidence, length, by)
    elif every != known.vaults:
        found[gains] = Prospect(every, known.confidence, known.length, known.by)


def _escalation(holder: str, hops: list[Hop], prospects: Prospects, outlook: _Outlook, paths: Paths) -> Escalation:
    leading = [(gains, each, each.by) for gains, each in prospects.items() if isinstance(each.by, Hop)]
    gained, best, first = max(leading, key=lambda item: (item[1].confidence, -item[1].length, item[0]))
    own = next(grant for grant in first.deed.way.grants if grant.principal == holder)
    gains, vaults = 0, 0
    for permissions, prospect in prospects.items():
        gains |= permissions
        vaults |= prospect.vaults
    return Escalation(
        edge=first.deed.takeover.id,
        title=first.deed.takeover.title,
        grant=own,
        vaults=outlook.numbers(vaults),
        gains=gains,
        confidence=best.confidence,
        action=first.deed.action,
        actions=best.length,
        tell=partial(_told, own, *outlook.chain(first, gained), paths),
        targets=tuple(dict.fromkeys([hop.target for hop in hops])),
    )


def _told(own: Grant, hops: tuple[Hop, ...], gain: Gain, paths: Paths) -> tuple[Step, ...]:
    """The steps of an escalation from its first action on; what its grant says is told before them."""
    told = (*paths.along(Chain(hops, ()), (gain.grant,)), *gain.tell())
    known = paths.grant_steps(own)
    return tuple([step for step in told if step not in known])


def _numbers(vaults: Vaults) -> tuple[int, ...]:
    """The numbers of vaults, ascending: few are taken off one by one, many looked for as text."""
    numbers = []
    if vaults.bit_count() <= _FEW:
        while vaults:
            numbers.append(vaults.bit_length() - 1)
            vaults ^= 1 << numbers[-1]
        return tuple(reversed(numbers))
    bits = f"{vaults:b}"[::-1]
    number = bits.find("1")
    while number >= 0:
        numbers.append(number)
        number = bits.find("1", number + 1)
    return tuple(numbers)
