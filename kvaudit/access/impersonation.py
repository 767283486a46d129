"""Who can come to act as whom, step by step. Source: semantics 3.2 and 3.3; the ways are in data/takeover.yaml."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache, cached_property

from kvaudit.access.carriers import Carriers
from kvaudit.access.denies import NOTHING, Denied
from kvaudit.access.elsewhere import Elsewhere
from kvaudit.access.escalation import (
    NO_VAULT,
    UNLOCK,
    UNLOCK_ACTION,
    Aim,
    Climber,
    Place,
    Rung,
    Way,
    bits_of,
    join,
    likeness,
    union,
)
from kvaudit.access.membership import Directory
from kvaudit.access.operations import operations, sureness, surest
from kvaudit.access.powers import ELEVATED, GLOBAL_ADMINISTRATOR, Powers
from kvaudit.access.takeovers import Takeover, needed_anywhere, of_type, sentence
from kvaudit.model.directory import USER
from kvaudit.model.finding import Confidence, Verdict
from kvaudit.model.grant import Grant
from kvaudit.model.permission import ASSIGN_ROLES, CATALOGUE, PermissionSet
from kvaudit.model.scope import Level
from kvaudit.model.value import Value

Person = tuple[str, ...]
"""Who somebody is: a principal, and the groups it has entered on its way."""


class Deed(Value):
    """A step but for whom it leads to, and through what."""

    takeover: Takeover
    way: Way  # the grants it rests on, and the actions that come before it
    action: str
    text: str  # with blanks for these two

    @property
    def actions(self) -> int:
        """How many actions it takes."""
        return len(self.way.rungs) + 1


class Hop(Value):
    """One step from acting as somebody to acting as somebody else. Most are never told, so it has no words yet."""

    deed: Deed
    target: str  # object id, or ELEVATED or GLOBAL_ADMINISTRATOR
    resource: str  # the name of what it leads through
    alike: tuple[str, ...] = ()  # targets who hold what this one holds, and are come by in the same way

    def told(self, label: Callable[[str], str]) -> tuple[Rung, ...]:
        """Its actions in words; `label` names a principal."""
        deed, target = self.deed, self.target
        text = deed.text.replace(_RESOURCE, self.resource).replace(_TARGET, VIRTUAL.get(target) or label(target))
        return (*deed.way.rungs, Rung(deed.takeover.id, deed.action, text, "" if target in VIRTUAL else target))


class Control(Value):
    """Carriers that a principal reaches by the same grants, and on which the same can be done with them."""

    numbers: tuple[int, ...]
    kind: str
    grants: tuple[Grant, ...]
    denied: Denied
    locked: Level | None  # where the highest ReadOnly lock is


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
        self._controls: dict[tuple[object, ...], tuple[Control, ...]] = {}
        self._hops: dict[tuple[object, ...], tuple[Hop, ...]] = {}
        self._hops_of: dict[Person, tuple[Hop, ...]] = {}
        self._deeds: dict[tuple[object, ...], list[tuple[Deed, tuple[int, ...]]]] = {}
        self._kinds: dict[int, int] = {}  # by identity of a grant, which is kept
        self._alike: dict[tuple[object, ...], int] = {}

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
        found = self._hops_of.get(person)
        if found is None:
            found = self._hops_of[person] = self._find_hops(person)
        return found

    def _find_hops(self, person: Person) -> tuple[Hop, ...]:
        own = self._directory.all_of(person)
        holders = tuple([each for each in own if each in self.holders])
        if not holders:
            return ()
        grants = [grant for each in holders for grant in self._carriers.grants.get(each, ())]
        alone = any(map(_is_bound, grants)) or bool(self._carriers.denies)
        same = (holders, person if alone else ())
        controls = self._controls.get(same)
        if controls is None:
            controls = self._controls[same] = tuple(self._controlled(person, grants))
        # What is held elsewhere completes some ways, and is not the same for all who share these holders.
        away: list[Grant] = []
        if any(_is_completed_elsewhere(control.kind) for control in controls):
            away = [each for one in person for each in self._elsewhere.of(one, needed_anywhere() | ASSIGN_ROLES)]
        key = (*same, tuple(map(id, away)), person if any(map(_is_bound, away)) else ())
        found = self._hops.get(key)
        if found is None:
            hops = (*self._through_resources(person, controls, away), *self._through_directory(holders))
            found = self._hops[key] = tuple(_apart(hops))
        return tuple([hop for hop in found if hop.target not in own])

    # --- resources ---------------------------------------------------------------------------------------------------

    def _through_resources(self, person: Person, controls: Iterable[Control], away: Sequence[Grant]) -> Iterator[Hop]:
        carriers = self._carriers
        for control in controls:
            for deed in self._deeds_of(person, control, away if _is_completed_elsewhere(control.kind) else ()):
                for number in control.numbers:
                    name = carriers.name(number)
                    for target in carriers.identities[number]:
                        yield Hop(deed, target, name)

    def _controlled(self, person: Person, grants: Sequence[Grant]) -> Iterator[Control]:
        """The carriers that grants reach, those together to which the same can be done."""
        reaching: dict[int, list[Grant]] = {}
        for grant in grants:
            for number in grant.vaults:
                reaching.setdefault(number, []).append(grant)
        carriers = self._carriers
        alike: dict[tuple[str, tuple[int, ...], Denied, Level | None], list[int]] = {}
        for number, here in reaching.items():
            denied = carriers.denies.of(real(person), number) if carriers.denies else NOTHING
            key = carriers.kinds[number], tuple(map(id, here)), denied, carriers.locked.get(number)
            alike.setdefault(key, []).append(number)
        for (kind, _, denied, locked), numbers in alike.items():
            yield Control(tuple(numbers), kind, tuple(reaching[numbers[0]]), denied, locked)

    def _deeds_of(self, person: Person, controlled: Control, away: Sequence[Grant]) -> Iterator[Deed]:
        """What can be done to carriers. Where grants are alike it is the same, so it is found once.

        Whoever may assign roles is looked at by himself: what he gains may depend on who he is.
        """
        if any(grant.permissions & ASSIGN_ROLES for grant in (*controlled.grants, *away)):
            yield from self._find_deeds(person, controlled, away)
            return
        taking_part = (*controlled.grants, *away)
        kinds = tuple(map(self._kind, taking_part))
        key = (controlled.kind, len(away), kinds, controlled.denied, controlled.locked)
        known = self._deeds.get(key)
        if known is None:
            places = {id(grant): place for place, grant in enumerate(taking_part)}
            known = self._deeds[key] = [
                (deed, tuple(places[id(grant)] for grant in deed.way.grants))
                for deed in self._find_deeds(person, controlled, away)
            ]
        for deed, rests_on in known:
            way = deed.way
            own = Way(way.confidence, tuple([taking_part[place] for place in rests_on]), way.rungs, way.unsure)
            yield Deed(deed.takeover, own, deed.action, deed.text)

    def _kind(self, grant: Grant) -> int:
        """A number that grants share which are alike."""
        kind = self._kinds.get(id(grant))
        if kind is None:
            kind = self._kinds[id(grant)] = self._alike.setdefault((grant.need, *likeness(grant)), len(self._alike))
        return kind

    def _find_deeds(self, person: Person, controlled: Control, away: Sequence[Grant]) -> Iterator[Deed]:
        place = Place(NO_VAULT.rbac, None, None, controlled.locked)
        aim = Aim(place, person, _wanted(controlled.kind), controlled.denied)
        ways = operations(self._climber, controlled.grants, aim)
        elsewhere = self._climber.away(person, away, needed_anywhere()) if ways and away else {}
        for takeover in of_type(controlled.kind) if ways else ():
            way = _needed(takeover, ways, elsewhere)
            if way is None:
                continue
            note = ""
            if takeover.puts and controlled.locked is not None:
                way, note = _past_lock(way, ways)
            yield _deed(takeover, way, union(bit for bit in ways if bit & (takeover.needs | takeover.any)), note)

    # --- the directory -----------------------------------------------------------------------------------------------

    def _through_directory(self, holders: Iterable[str]) -> Iterator[Hop]:
        for holder in holders:
            for power in self._powers.of.get(holder, ()):
                is_active = power.grant.verdict is Verdict.DIRECT  # else it must be activated
                deed = _deed(power.takeover, Way(Confidence.HIGH if is_active else Confidence.MEDIUM, (power.grant,)))
                alike = ((power.target,),) if power.target else self._classes[power.takeover.gains]
                for target, *others in alike:
                    yield Hop(deed, target, power.grant.scope.name, tuple(others))

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


VIRTUAL = {GLOBAL_ADMINISTRATOR: "the role Global Administrator", ELEVATED: "User Access Administrator at the root"}
"""Whom one comes to act as that is no principal of the directory, in words."""


_TARGET, _RESOURCE = "{target}", "{resource}"


def _deed(takeover: Takeover, way: Way, held: PermissionSet = 0, note: str = "") -> Deed:
    """A step that takes these operations, or none of Azure, to be filled in."""
    actions = [CATALOGUE[bit.bit_length() - 1].actions[0] for bit in bits_of(held)]
    text = sentence(takeover, _TARGET, _RESOURCE, actions, note)
    no_surer = Way(min(way.confidence, takeover.confidence), way.grants, way.rungs, way.unsure)
    return Deed(takeover, no_surer, actions[0] if actions else takeover.title, text)


def real(person: Person) -> Person:
    """Somebody without what he only came to hold: denies know principals and groups."""
    return tuple(each for each in person if each not in VIRTUAL) if len(person) > 1 else person


@cache
def _is_completed_elsewhere(kind: str) -> bool:
    """Whether a way through a resource of this kind takes an operation at any other scope."""
    return any(each.anywhere for each in of_type(kind))


def _is_bound(grant: Grant) -> bool:
    """Whether what it lets its holder assign depends on who he is."""
    return bool(grant.permissions & ASSIGN_ROLES) and grant.bound


@cache
def _wanted(kind: str) -> PermissionSet:
    return union(each.needs | each.any for each in of_type(kind))


def _needed(takeover: Takeover, ways: Mapping[int, Way], elsewhere: Mapping[int, Way]) -> Way | None:
    """How all that a way needs is come by; None where it is not."""
    parts = [ways.get(bit) for bit in bits_of(takeover.needs)]
    if takeover.any:
        parts.append(surest(ways.get(bit) for bit in bits_of(takeover.any)))
    if takeover.anywhere:
        parts.append(surest(elsewhere.get(bit) for bit in bits_of(takeover.anywhere)))
    return None if None in parts else join(part for part in parts if part)


def _past_lock(way: Way, ways: Mapping[int, Way]) -> tuple[Way, str]:
    """A way that writes a resource under a ReadOnly lock: over the lock's removal, or hardly."""
    if UNLOCK in ways:
        joined = join((way, ways[UNLOCK]))
        rung = Rung("V16", UNLOCK_ACTION, f"deletes the ReadOnly lock with {UNLOCK_ACTION}")
        return Way(joined.confidence, joined.grants, (*joined.rungs, rung), joined.unsure), ""
    return Way(Confidence.LOW, way.grants, way.rungs, way.unsure), "a ReadOnly lock should stand in the way"


def _apart(hops: Iterable[Hop]) -> Iterable[Hop]:
    """Of several ways to one principal by the same grants the surest and shortest: the others end with it."""
    best: dict[tuple[str, tuple[int, ...]], Hop] = {}
    deed: Deed | None = None
    by: tuple[int, ...] = ()
    for hop in hops:
        if hop.deed is not deed:  # those of one deed come together
            deed = hop.deed
            by = tuple(map(id, deed.way.grants))
        key = hop.target, by
        known = best.setdefault(key, hop)
        if known is not hop and sureness(deed.way) > sureness(known.deed.way):
            best[key] = hop
    return best.values()
