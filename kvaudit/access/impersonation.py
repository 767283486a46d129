"""Who can come to act as whom, step by step. Source: semantics 3.2 and 3.3; the ways are in data/takeover.yaml."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache, cached_property

from kvaudit.access.carriers import Carriers
from kvaudit.access.denies import Denied
from kvaudit.access.elsewhere import Elsewhere
from kvaudit.access.escalation import UNLOCK, UNLOCK_ACTION, Aim, Climber, Place, Rung, Way, bits_of, join, start, union
from kvaudit.access.membership import Directory
from kvaudit.access.powers import ELEVATED, GLOBAL_ADMINISTRATOR, Power, Powers
from kvaudit.access.takeovers import Takeover, needed_anywhere, of_type, sentence
from kvaudit.model.directory import USER
from kvaudit.model.finding import Confidence, Verdict
from kvaudit.model.grant import Grant
from kvaudit.model.permission import ASSIGN_ROLES, CATALOGUE, PermissionSet
from kvaudit.model.value import Value

Person = tuple[str, ...]
"""Who somebody is: a principal, and the groups it has entered on its way."""


class Hop(Value):
    """One step from acting as somebody to acting as somebody else."""

    takeover: Takeover
    target: str  # object id, or ELEVATED or GLOBAL_ADMINISTRATOR
    way: Way  # the grants it rests on, and its actions
    alike: tuple[str, ...] = ()  # targets who hold what this one holds, and are come by in the same way


class Control(Value):
    """Carriers that a principal reaches by the same grants, and what it can do to each of them."""

    numbers: tuple[int, ...]
    ways: Mapping[int, Way]  # by operation
    locked: bool


class Impersonation:
    """The steps from each principal to those it can act as."""

    def __init__(  # noqa: PLR0913, PLR0917 - all that makes one principal another
        self,
        carriers: Carriers,
        powers: Powers,
        climber: Climber,
        elsewhere: Elsewhere,
        directory: Directory,
        assignees: AbstractSet[str],
    ) -> None:
        self._carriers = carriers
        self._powers = powers
        self._climber = climber
        self._elsewhere = elsewhere
        self._directory = directory
        self._assignees = assignees
        self._hops: dict[tuple[object, ...], tuple[Hop, ...]] = {}

    @cached_property
    def holders(self) -> frozenset[str]:
        """Who is given something that leads to another: assignees and owners, groups among them."""
        return frozenset((*self._carriers.grants, *self._powers.of))

    @cached_property
    def actors(self) -> frozenset[str]:
        """The holders and the members of groups among them."""
        return self.holders.union(*(self._directory.members_of(each).ids for each in self.holders)) - VIRTUAL.keys()

    def hops(self, person: Person) -> tuple[Hop, ...]:
        """All that somebody can act as by one step, himself or through groups."""
        own = self._directory.all_of(person)
        holders = tuple(each for each in own if each in self.holders)
        if not holders:
            return ()
        grants = [grant for each in holders for grant in self._carriers.grants.get(each, ())]
        alone = any(grant.permissions & ASSIGN_ROLES and grant.bound for grant in grants) or bool(self._carriers.denies)
        # What is held elsewhere completes some ways, and is not the same for all who share these holders.
        away = [each for one in person for each in self._elsewhere.of(one, needed_anywhere())] if grants else []
        key = (holders, person if alone else (), tuple(map(id, away)))
        found = self._hops.get(key)
        if found is None:
            every = [*self._through_resources(person, grants, away), *self._through_directory(holders)]
            found = self._hops[key] = tuple(_apart(every))
        return tuple(hop for hop in found if hop.target not in own)

    # --- resources ---------------------------------------------------------------------------------------------------

    def _through_resources(self, person: Person, grants: Sequence[Grant], away: Sequence[Grant]) -> Iterator[Hop]:
        for controlled in self._controlled(person, grants):
            kind = self._carriers.kind(controlled.numbers[0])
            for takeover in of_type(kind):
                way = _needed(takeover, controlled.ways, away)
                if way is None:
                    continue
                note = ""
                if takeover.puts and controlled.locked:
                    way, note = _past_lock(way, controlled.ways)
                held = union(bit for bit in controlled.ways if bit & (takeover.needs | takeover.any))
                for number in controlled.numbers:
                    name = self._carriers.name(number)
                    for target in self._carriers.identities(number):
                        yield self._made(takeover, target, way, name, held, note)

    def _controlled(self, person: Person, grants: Sequence[Grant]) -> Iterator[Control]:
        """The carriers that grants reach, those together to which the same can be done."""
        reaching: dict[int, list[Grant]] = {}
        for grant in grants:
            for number in grant.vaults:
                reaching.setdefault(number, []).append(grant)
        alike: dict[tuple[str, tuple[int, ...], Denied, bool], list[int]] = {}
        for number, here in reaching.items():
            denied = self._carriers.denies.of(real(person), number)
            locked = number in self._carriers.locked
            alike.setdefault((self._carriers.kind(number), tuple(map(id, here)), denied, locked), []).append(number)
        for (kind, _, denied, locked), numbers in alike.items():
            ways = self._operations(person[0], reaching[numbers[0]], _wanted(kind), denied)
            if ways:
                yield Control(tuple(numbers), ways, locked)

    def _operations(
        self, principal: str, grants: Sequence[Grant], wanted: PermissionSet, denied: Denied
    ) -> dict[int, Way]:
        """What can be done to a carrier: by what is given, else by a role that can be assigned there."""
        ways = start(grants, wanted | UNLOCK, denied)
        for grant in grants:
            if grant.need == "roleDefinitions":
                for bit in bits_of(grant.permissions & wanted & ~denied.certain):
                    ways.setdefault(bit, Way(Confidence.LOW, (grant,), unsure=grant.reason))
        sure = union(bit for bit, way in ways.items() if not way.unsure and way.confidence is Confidence.HIGH)
        missing = wanted & ~sure
        if missing and any(grant.permissions & ASSIGN_ROLES for grant in grants):
            aim = Aim(_NO_VAULT, principal, missing, denied)
            for climb in self._climber.climb(grants, aim):
                for bit in bits_of(climb.gains):
                    way = _surest((ways.get(bit), climb.way))
                    if way:
                        ways[bit] = way
        return ways

    # --- the directory -----------------------------------------------------------------------------------------------

    def _through_directory(self, holders: Iterable[str]) -> Iterator[Hop]:
        for holder in holders:
            for power in self._powers.of.get(holder, ()):
                if power.target:
                    yield self._hop(power, power.target)
                else:
                    for target, *alike in self._classes[power.takeover.gains]:
                        yield self._hop(power, target, tuple(alike))

    def _hop(self, power: Power, target: str, alike: tuple[str, ...] = ()) -> Hop:
        sure = Confidence.HIGH if power.grant.verdict is Verdict.DIRECT else Confidence.MEDIUM  # it must be activated
        way = Way(sure, (power.grant,))
        return self._made(power.takeover, target, way, power.grant.scope.name, alike=alike)

    @cached_property
    def _classes(self) -> dict[str, tuple[tuple[str, ...], ...]]:
        """Whom ways over a whole class lead to: those who hold the same together, as one stands for all of them."""
        type_of = self._directory.type_of
        interest = self.holders | self._assignees
        vested = sorted(interest.union(*(self._directory.members_of(each).ids for each in interest)))
        people = [each for each in vested if type_of(each) == USER]
        alike = {
            "service-principals": filter(self._powers.takes_credentials, vested),
            "groups": filter(self._powers.takes_members, vested),
            "users": people,
            "unprivileged-users": (each for each in people if each not in self._powers.privileged),
        }
        return {
            "global-administrator": ((GLOBAL_ADMINISTRATOR,),),
            "elevated-access": ((ELEVATED,),),
            **{name: self._cohorts(principals, interest) for name, principals in alike.items()},
        }

    def _cohorts(self, principals: Iterable[str], interest: AbstractSet[str]) -> tuple[tuple[str, ...], ...]:
        alike: dict[tuple[str, ...], list[str]] = {}
        for each in principals:
            own = (each, *sorted(self._directory.ways_up(each)))
            alike.setdefault(tuple(filter(interest.__contains__, own)), []).append(each)
        return tuple(map(tuple, alike.values()))

    def _made(  # noqa: PLR0913, PLR0917 - the words of a step and what they are about
        self,
        takeover: Takeover,
        target: str,
        way: Way,
        resource: str,
        held: PermissionSet = 0,
        note: str = "",
        alike: tuple[str, ...] = (),
    ) -> Hop:
        """A step in words."""
        label = VIRTUAL.get(target) or self._directory.label(target)
        actions = [CATALOGUE[bit.bit_length() - 1].actions[0] for bit in bits_of(held)]
        text = sentence(takeover, label, resource, actions, note)
        rung = Rung(takeover.id, actions[0] if actions else takeover.title, text, "" if target in VIRTUAL else target)
        confidence = min(way.confidence, takeover.confidence)
        return Hop(takeover, target, Way(confidence, way.grants, (*way.rungs, rung), way.unsure), alike)


VIRTUAL = {GLOBAL_ADMINISTRATOR: "the role Global Administrator", ELEVATED: "User Access Administrator at the root"}
"""Whom one comes to act as that is no principal of the directory, in words."""


def real(person: Person) -> Person:
    """Somebody without what he only came to hold: denies know principals and groups."""
    return tuple(each for each in person if each not in VIRTUAL) if len(person) > 1 else person


_NO_VAULT = Place(rbac=False, template_deployment=None, deployment=None, locked=False)


@cache
def _wanted(kind: str) -> PermissionSet:
    return union(each.needs | each.any for each in of_type(kind))


def _needed(takeover: Takeover, ways: Mapping[int, Way], away: Sequence[Grant]) -> Way | None:
    """How all that a way needs is come by; None where it is not."""
    parts = [ways.get(bit) for bit in bits_of(takeover.needs)]
    if takeover.any:
        parts.append(_surest(ways.get(bit) for bit in bits_of(takeover.any)))
    if takeover.anywhere:
        parts.append(_surest(start(away, takeover.anywhere).values()))
    return None if None in parts else join(part for part in parts if part)


def _surest(ways: Iterable[Way | None]) -> Way | None:
    """The surest of some ways, and of those that are as sure the shortest."""
    return max(filter(None, ways), key=lambda way: (not way.unsure, way.confidence, -len(way.rungs)), default=None)


def _past_lock(way: Way, ways: Mapping[int, Way]) -> tuple[Way, str]:
    """A way that writes a resource under a ReadOnly lock: over the lock's removal, or hardly."""
    if UNLOCK in ways:
        joined = join((way, ways[UNLOCK]))
        rung = Rung("V16", UNLOCK_ACTION, f"deletes the ReadOnly lock with {UNLOCK_ACTION}")
        return Way(joined.confidence, joined.grants, (*joined.rungs, rung), joined.unsure), ""
    return Way(Confidence.LOW, way.grants, way.rungs, way.unsure), "a ReadOnly lock should stand in the way"


def _apart(hops: Iterable[Hop]) -> Iterator[Hop]:
    """Of several ways to one principal by the same grants the surest and shortest: the others end with it."""
    best: dict[tuple[object, ...], list[Hop]] = {}
    for hop in hops:
        best.setdefault((hop.target, *map(id, hop.way.grants)), []).append(hop)
    for found in best.values():
        way = _surest(hop.way for hop in found)
        yield next(hop for hop in found if hop.way is way)
