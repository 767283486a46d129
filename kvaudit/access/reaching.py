"""What somebody reaches: by what he holds himself or through groups, and by all that he can come to act as."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, overload

from kvaudit.access.chains import Chain
from kvaudit.access.copies import leads_to_copy, takes_part_in_copy
from kvaudit.access.denies import NOTHING, Denied
from kvaudit.access.edges import anywhere, completed_elsewhere, needed
from kvaudit.access.escalation import UNLOCK, Aim, Climb, Place, likeness, union
from kvaudit.access.impersonation import Person, real
from kvaudit.access.means import Means
from kvaudit.access.parting import Parting
from kvaudit.access.paths import holders_of
from kvaudit.access.powers import ELEVATED
from kvaudit.access.ways import Way, through, worth_telling
from kvaudit.model.finding import Confidence, Path, Step, Verdict
from kvaudit.model.grant import MANAGEMENT_PLANE, Grant
from kvaudit.model.permission import ASSIGN_ROLES, DATA, PermissionSet
from kvaudit.model.value import Value

if TYPE_CHECKING:
    from kvaudit.access.engine import Access

_STARTS = frozenset((Verdict.DIRECT, Verdict.CONDITIONAL, Verdict.ELIGIBLE, Verdict.UNKNOWN))


class Seeker(Value):
    """Who is asked about, what for, and what is his own in it."""

    person: Person
    wanted: PermissionSet
    further: tuple[Grant, ...]  # what he may do elsewhere, where that matters
    alone: Person  # himself, where what he can do depends on who he is; else nobody
    grants: tuple[Grant, ...]  # all that he holds of interest


class Interest(Value):
    """What a holder is given itself that gives what is wanted, or leads to it."""

    grants: tuple[Grant, ...] = ()
    bound: bool = False  # what it may do with it depends on who it is
    completes: bool = False  # with something held elsewhere it leads further
    copies: bool = False  # with something held on another vault it leads further
    rewritable: bool = False  # for who may rewrite its role it leads further


_NO_INTEREST = Interest()


class Told(Sequence[Path]):
    """Ways put in words when somebody looks: of a large estate most answers are only counted."""

    def __init__(self, ways: Sequence[Way], tell: Callable[[Way], Path]) -> None:
        self._ways = ways
        self._tell = tell

    @cached_property
    def _paths(self) -> tuple[Path, ...]:
        return tuple(map(self._tell, self._ways))

    @overload
    def __getitem__(self, index: int) -> Path: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Path]: ...

    def __getitem__(self, index: int | slice) -> Path | Sequence[Path]:
        return self._paths[index]

    def __iter__(self) -> Iterator[Path]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._ways)


class Ways(Value):
    """All ways to what is wanted on some vaults, in words, with the verdict of the strongest."""

    verdict: Verdict = Verdict.NONE
    paths: Sequence[Path] = ()
    matched: PermissionSet = 0  # of what is wanted, what is had with that verdict
    undecided: tuple[Grant, ...] = ()  # of their grants, those for which the input lacks what would decide
    found: tuple[Way, ...] = ()  # the same as the paths, before they are put in words


Found = tuple[tuple[int, ...], Ways]
"""Some vaults, and the ways to what is wanted on each of them."""


class Reached(Value):
    """All that some grants lead to."""

    extent: frozenset[int]  # every vault that one of the grants reaches
    few: tuple[Found, ...]  # by what reaches few vaults: one at a time
    wide: tuple[Found, ...]

    @property
    def found(self) -> tuple[Found, ...]:
        """What is found on any vault."""
        return (*self.few, *self.wide)

    def on(self, asked: frozenset[int]) -> tuple[Found, ...]:
        """What is found on the asked vaults."""
        if asked >= self.extent:
            return self.found
        return tuple((some, ways) for vaults, ways in self.found if (some := tuple(sorted(asked.intersection(vaults)))))


class Reaching:
    """Works out what is reached, once for all who reach it alike."""

    def __init__(self, access: Access, means: Means) -> None:
        self._by_holder: dict[str, list[Grant]] = {ELEVATED: list(means.elevated)}
        for grant in (*access.grants, *means.rewritable):
            if grant.verdict is not Verdict.NONE:
                self._by_holder.setdefault(grant.principal, []).append(grant)
        self._directory = access.directory
        self._denies = access.denies
        self._paths = access.paths
        self._means = means
        self._rewritable = means.redefinitions.roles
        self._parting = Parting(access.places, access.denies)
        self._reached: dict[tuple[object, ...], Reached] = {}
        self._joined: dict[tuple[object, ...], Reached] = {}
        self._found: dict[tuple[object, ...], Ways] = {}
        self._climbed: dict[tuple[object, ...], list[tuple[Climb, tuple[int | Grant, ...]]]] = {}
        self._kinds: dict[int, int] = {}  # by identity of a grant
        self._alike: dict[tuple[object, ...], int] = {}
        self._interests: dict[tuple[str, PermissionSet], Interest] = {}

    def holders(self, wanted: PermissionSet) -> Iterator[str]:
        """Everyone who may get there, sorted: assignees, the members of groups, and who can act as somebody else."""
        seen: set[str] = set(self._means.impersonation.actors)
        for assignee in self._by_holder.keys() - {ELEVATED}:
            if self._of_interest(assignee, wanted).grants:
                seen.add(assignee)
                if self._directory.is_group(assignee):
                    seen |= self._directory.members_of(assignee).ids
        yield from sorted(seen)

    def of(self, principal: str, wanted: PermissionSet) -> Reached:
        """All that a principal reaches: by itself, and through all whom it can act as."""
        own = self._of_person((principal,), wanted)
        chains = self._means.chains.of(principal)
        return self._with_chains(principal, wanted, own, chains) if chains else own

    def _of_person(self, person: Person, wanted: PermissionSet) -> Reached:
        """What needs nobody else."""
        holders = tuple([each for each in self._directory.all_of(person) if self._of_interest(each, wanted).grants])
        return self._by_holders(person, holders, wanted)

    def _with_chains(self, principal: str, wanted: PermissionSet, own: Reached, chains: tuple[Chain, ...]) -> Reached:
        """With what everyone reaches whom one can come to act as; shared by all who have the same of both."""
        key = (id(own), *map(id, chains), principal if self._denies else "", wanted)
        joined = self._joined.get(key)
        if joined is None:
            others = [
                (vaults, through(each, ways.found))
                for each in chains
                for vaults, ways in self._of_person(each.person, wanted).found
            ]
            found = tuple(self._join(own, [each for each in others if each[1]]))
            joined = self._joined[key] = Reached(frozenset(chain.from_iterable(each for each, _ in found)), found, ())
        return joined

    def _join(self, own: Reached, others: list[tuple[tuple[int, ...], tuple[Way, ...]]]) -> Iterator[Found]:
        by_extent: dict[int, list[Way]] = {}
        extents: dict[int, tuple[int, ...]] = {}
        for vaults, found in (*((vaults, ways.found) for vaults, ways in own.found), *others):
            extents[id(vaults)] = vaults
            by_extent.setdefault(id(vaults), []).extend(found)
        for part in self._parting.divide(extents):
            ways = [way for each in part.extents for way in by_extent[each]]
            yield part.vaults, self._in_words(worth_telling(ways, self._means.depth))

    def _by_holders(self, person: Person, holders: tuple[str, ...], wanted: PermissionSet) -> Reached:
        """What somebody reaches by what these hold, himself or his groups.

        Who holds nothing himself and belongs to the same groups as another gets there in the same ways.
        """
        interests = [self._of_interest(each, wanted) for each in holders]
        bound = any(each.bound for each in interests)
        if not bound and any(each.rewritable for each in interests):
            bound = self._means.redefinitions.writes(self._directory.all_of(person))
        further: tuple[Grant, ...] = ()
        if any(each.completes for each in interests):
            further = tuple([each for one in person for each in self._means.elsewhere.of(one, anywhere())])
        bound = bound or any(each.bound for each in further)
        personal = bound or bool(self._denies)
        makers = self._means.copies.makers(person) if any(each.copies for each in interests) else ()
        key = (holders, person if personal else (), _ids(further), makers, wanted)
        reached = self._reached.get(key)
        if reached is None:
            if len(holders) > 1 and not personal and not any(each.copies for each in interests):
                reached = _apart([self._by_holders(person, (each,), wanted) for each in holders])
            if reached is None:
                grants = tuple(chain.from_iterable([each.grants for each in interests]))
                seeker = Seeker(person, wanted, further, person if bound else (), grants)
                reached = self._divided(seeker)
            self._reached[key] = reached
        return reached

    def _divided(self, seeker: Seeker) -> Reached:
        """What grants lead to together, on each of the vaults they reach."""
        by_extent: dict[int, list[Grant]] = {}
        for grant in seeker.grants:
            by_extent.setdefault(id(grant.vaults), []).append(grant)
        extents = {each: found[0].vaults for each, found in by_extent.items()}
        few: list[Found] = []
        wide: list[Found] = []
        for part in self._parting.divide(extents):
            here = by_extent[part.extents[0]]
            if len(part.extents) > 1:
                here = [grant for each in part.extents for grant in by_extent[each]]
            denied = self._denies.of(real(seeker.person), part.vaults[0]) if self._denies else NOTHING
            ways = self._find(seeker, here, part.place, denied)
            for vaults, found in self._copied(seeker, here, part.vaults, ways):
                if found.paths:
                    (wide if part.wide and vaults is part.vaults else few).append((vaults, found))
        return Reached(frozenset(chain.from_iterable(extents.values())), tuple(few), tuple(wide))

    def _copied(self, seeker: Seeker, here: list[Grant], vaults: tuple[int, ...], ways: Ways) -> Iterable[Found]:
        """The ways on each vault with those by copies of it, which depend on what is beside it."""
        wanted = seeker.wanted
        if _leads_to_copy(here, wanted):  # what is reached for certain is not sought again by a copy
            wanted &= ~union(way.permissions for way in ways.found if _is_sure(way))
        if not _leads_to_copy(here, wanted):
            return [(vaults, ways)]
        left, found = [], []
        for number in vaults:
            climbs = self._means.copies.climbs(seeker.grants, here, number, real(seeker.person), wanted)
            more = [_climbed(climb, climb.way.grants) for climb in climbs]
            if more:
                found.append(((number,), self._in_words([*ways.found, *more])))
            else:
                left.append(number)
        return [(tuple(left), ways), *found] if left else found

    def _of_interest(self, holder: str, wanted: PermissionSet) -> Interest:
        """What a holder is given itself that gives what is wanted, or leads to it."""
        key = (holder, wanted)
        found = self._interests.get(key)
        if found is None:
            grants = tuple([grant for grant in self._by_holder.get(holder, ()) if self._matters(grant, wanted)])
            found = self._interests[key] = self._interest(grants, wanted) if grants else _NO_INTEREST
        return found

    def _interest(self, grants: tuple[Grant, ...], wanted: PermissionSet) -> Interest:
        return Interest(
            grants,
            bound=any(each.permissions & ASSIGN_ROLES and each.bound for each in grants),
            rewritable=any(each.role in self._rewritable for each in grants),
            completes=any(map(self._completes, grants)),
            copies=any(each.permissions & leads_to_copy(wanted) for each in grants),
        )

    def _matters(self, grant: Grant, wanted: PermissionSet) -> bool:
        if grant.permissions & (wanted | takes_part_in_copy(wanted)):
            return True
        if grant.verdict not in _STARTS:
            return False
        leads = grant.plane == MANAGEMENT_PLANE and grant.permissions & (needed() | UNLOCK)
        return bool(leads) or grant.role in self._rewritable

    def _completes(self, grant: Grant) -> bool:
        """Whether a grant may lead further with something held elsewhere: one that has all of that itself does not.

        Of such a one a deny may still take it away.
        """
        held = grant.permissions
        return bool(held & completed_elsewhere()) and bool(anywhere() & ~held or self._denies)

    def _find(self, seeker: Seeker, grants: Sequence[Grant], place: Place, denied: Denied) -> Ways:
        starting = [
            grant
            for grant in grants
            if grant.verdict in _STARTS
            and (grant.plane == MANAGEMENT_PLANE or (seeker.alone and grant.role in self._rewritable))
        ]
        further: tuple[Grant, ...] = ()
        if seeker.further and any(map(self._completes, starting)):
            further = seeker.further
        key = (_ids(grants), _ids(further), place, denied, seeker.wanted, seeker.alone)
        ways = self._found.get(key)
        if ways is None:
            held = [way for grant in grants for way in _held(grant, denied, seeker.wanted)]
            held += _undefined(starting, held, denied, seeker.wanted)
            if starting:
                held += self._climbs(seeker, starting, further, place, denied)
            ways = self._found[key] = self._in_words(held)
        return ways

    def _climbs(
        self, seeker: Seeker, starting: list[Grant], further: tuple[Grant, ...], place: Place, denied: Denied
    ) -> Iterator[Way]:
        """The ways up from what is held. Where grants are alike the climbs are, so each is found once."""
        taking_part = (*starting, *further)
        key = (len(starting), tuple(map(self._kind, taking_part)), place, denied, seeker.wanted, seeker.alone)
        climbs = self._climbed.get(key)
        if climbs is None:
            position = {id(grant): number for number, grant in enumerate(taking_part)}
            aim = Aim(place, seeker.person, seeker.wanted, denied)
            climbs = self._climbed[key] = [
                (climb, tuple(position.get(id(grant), grant) for grant in climb.way.grants))
                for climb in self._means.climber.climb(starting, aim)
            ]
        for climb, begins in climbs:
            yield _climbed(climb, tuple(taking_part[each] if isinstance(each, int) else each for each in begins))

    def _kind(self, grant: Grant) -> int:
        """A number that grants share which are alike."""
        kind = self._kinds.get(id(grant))
        if kind is None:
            kind = self._kinds[id(grant)] = self._alike.setdefault(likeness(grant), len(self._alike))
        return kind

    def _in_words(self, ways: list[Way]) -> Ways:
        """Ways from the strongest and surest on, told from the holders of their grants."""
        if len(ways) > 1:
            ways.sort(key=lambda way: (-way.verdict.strength, -way.confidence))
        verdict = ways[0].verdict if ways else Verdict.NONE
        matched: PermissionSet = 0
        for way in ways:
            if way.verdict is verdict:
                matched |= way.permissions
        undecided = tuple([grant for way in ways for grant in way.resting_on if grant.need])
        return Ways(verdict, Told(ways, self._path), matched, undecided, tuple(ways))

    def _path(self, way: Way) -> Path:
        """A way in words: as whom one comes to act in turn, and what is held then."""
        tail = self._paths.along(Chain(way.before, way.person), way.grants, way.rungs)
        first = way.before[0].deed.way.grants if way.before else way.grants
        if way.alike:
            tail = (*tail, Step("alike", f"and in the same way through {self._paths.some(way.alike)}"))
        if way.note:
            tail = (*tail, Step("gap", way.note))
        return Path(way.verdict, holders_of(first), tail, way.confidence, way.object)


def _apart(reached: Sequence[Reached]) -> Reached | None:
    """What several holders reach, where none reaches a vault of another; None where they meet, or may."""
    wide = [each.wide for each in reached if each.wide]
    if len(wide) > 1:
        return None
    extent = frozenset().union(*(each.extent for each in reached))
    if len(extent) < sum(len(each.extent) for each in reached):
        return None
    return Reached(extent, tuple(chain.from_iterable(each.few for each in reached)), *wide or ((),))


def _climbed(climb: Climb, grants: tuple[Grant, ...]) -> Way:
    """A climb as a way; whose grants these are is told apart from it."""
    verdict = Verdict.UNKNOWN if climb.unsure else Verdict.ESCALATION
    way = climb.way
    return Way(verdict, way.confidence, climb.gains, grants, way.rungs, climb.object, climb.unsure)


def _held(grant: Grant, denied: Denied, wanted: PermissionSet) -> Iterator[Way]:
    """What a grant gives of what is wanted, after denies; they do not bear on access policies (semantics 1.6)."""
    permissions = grant.permissions & wanted
    if grant.object and grant.plane == MANAGEMENT_PLANE:
        return  # held on an object of the vault, not on the vault
    verdict = grant.verdict
    if grant.cause.kind != "accessPolicy" and verdict in _STARTS:
        permissions &= ~denied.certain
        if verdict is Verdict.DIRECT and (perhaps := permissions & denied.possible):
            note = f"unless denied by {denied.reason}"
            yield Way(Verdict.CONDITIONAL, Confidence.HIGH, perhaps, (grant,), object=grant.object, note=note)
            permissions &= ~perhaps
    if permissions:
        yield Way(verdict, Confidence.HIGH, permissions, (grant,), object=grant.object)


def _undefined(grants: Iterable[Grant], held: Sequence[Way], denied: Denied, wanted: PermissionSet) -> list[Way]:
    """What roles may lead to of which nothing is known: of the data that denies keep them from they may get copies."""
    found = []
    for grant in grants:
        if grant.need == "roleDefinitions" and not grant.object and grant.permissions & needed() & ~denied.certain:
            told = union(way.permissions for way in held if way.grants[0].cause == grant.cause)
            if left := wanted & DATA & ~told:
                found.append(Way(Verdict.UNKNOWN, Confidence.HIGH, left, (grant,)))
    return found


def _leads_to_copy(grants: Iterable[Grant], wanted: PermissionSet) -> bool:
    leads = leads_to_copy(wanted)
    return any(grant.permissions & leads for grant in grants) if leads else False


def _is_sure(way: Way) -> bool:
    return way.verdict is Verdict.ESCALATION and way.confidence is Confidence.HIGH and not way.object


def _ids(grants: Iterable[Grant]) -> tuple[int, ...]:
    """Grants by identity; they live as long as the answers, and are large to compare."""
    return tuple(map(id, grants))
