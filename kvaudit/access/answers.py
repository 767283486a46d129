"""Answers to "who can?" and "can this one?", each with every path. Source: architecture section 5."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, overload

from kvaudit.access.chains import Chain
from kvaudit.access.completeness import group_gap, takeover_gaps
from kvaudit.access.copies import leads_to_copy
from kvaudit.access.denies import NOTHING, Denied
from kvaudit.access.edges import anywhere, completed_elsewhere, needed
from kvaudit.access.escalation import UNLOCK, Aim, Climb, Place, likeness
from kvaudit.access.impersonation import Person, real
from kvaudit.access.means import Means
from kvaudit.access.parting import Parting
from kvaudit.access.paths import holders_of
from kvaudit.access.powers import ELEVATED
from kvaudit.access.ways import Way, through, worth_telling
from kvaudit.model.finding import Confidence, Gap, Path, Step, Verdict
from kvaudit.model.grant import MANAGEMENT_PLANE, Answer, Grant
from kvaudit.model.permission import ASSIGN_ROLES, DATA, PermissionSet, Question, unpack
from kvaudit.model.remedy import remedy
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
    grants: tuple[Grant, ...] = ()
    found: tuple[Way, ...] = ()  # the same as the paths, before they are put in words


Reached = tuple[tuple[int, ...], Ways]


class Answers:
    """Answers questions over the grants of a snapshot."""

    def __init__(self, access: Access, means: Means) -> None:
        self._by_holder: dict[str, list[Grant]] = {ELEVATED: list(means.elevated)}
        for grant in access.grants:
            if grant.verdict is not Verdict.NONE:
                self._by_holder.setdefault(grant.principal, []).append(grant)
        self._vaults = access.vaults
        self._directory = access.directory
        self._denies = access.denies
        self._completeness = access.completeness
        self._paths = access.paths
        self._climber = means.climber
        self._elsewhere = means.elsewhere
        self._rewritable = means.redefinitions.roles
        self._copies = means.copies
        self._depth = means.depth
        self._unseen = tuple(takeover_gaps(access.snapshot, access.directory, access.grants))
        self._chains = means.chains
        self._actors = means.impersonation.actors
        self._joined: dict[tuple[object, ...], list[Reached]] = {}
        self._parting = Parting(access.places, access.denies)
        self._reached: dict[tuple[object, ...], list[Reached]] = {}
        self._found: dict[tuple[object, ...], Ways] = {}
        self._climbed: dict[tuple[object, ...], list[tuple[Climb, tuple[int | Grant, ...]]]] = {}
        self._kinds: dict[int, int] = {}  # by identity of a grant
        self._alike: dict[tuple[object, ...], int] = {}
        self._interesting: dict[tuple[str, PermissionSet], list[Grant]] = {}

    def can(
        self, principal: str, question: Question, numbers: Sequence[int]
    ) -> tuple[tuple[Answer, ...], tuple[Gap, ...]]:
        """One answer for each vault, also where it is none, and the gaps that might change one."""
        wanted, asked = question.permissions, frozenset(numbers)
        held = {number: ways for vaults, ways in self._ways(principal, wanted, asked) for number in vaults}
        hidden = self._hidden(principal, wanted, asked)
        gaps: dict[tuple[str, str], Gap] = {}
        answers = []
        for number in numbers:
            ways = held.get(number, Ways())
            missing: list[Gap] = []
            if ways.verdict is not Verdict.DIRECT:
                missing = [*self._missing(wanted, number), *hidden.get(number, ())]
            gaps.update(((gap.need, gap.subject), gap) for gap in (*missing, *self._undecided(ways)))
            answers.append(
                _answer(principal, question, (number,), ways, tuple(_unknown(principal, gap) for gap in missing))
            )
        return tuple(answers), tuple(gaps.values())

    def who(self, question: Question, numbers: Sequence[int]) -> tuple[tuple[Answer, ...], tuple[Gap, ...]]:
        """An answer for everyone who gets there in some way, groups and their known members alike.

        Sorted by principal, the vaults put together of which the same is to be said.
        """
        wanted, asked = question.permissions, frozenset(numbers)
        gaps = {(gap.need, gap.subject): gap for number in numbers for gap in self._missing(wanted, number)}
        answers = []
        looked_at: set[int] = set()
        for principal in self._holders(wanted):
            found = self._ways(principal, wanted, asked)
            for vaults, ways in found:
                answers.append(_answer(principal, question, vaults, ways))
                if id(ways) not in looked_at:
                    looked_at.add(id(ways))
                    gaps.update(((gap.need, gap.subject), gap) for gap in self._undecided(ways))
            if found and self._directory.is_group(principal) and not self._directory.members_of(principal).complete:
                gap = group_gap(principal, self._directory)
                gaps[gap.need, gap.subject] = gap
        return tuple(answers), tuple(gaps.values())

    def ways(self, principal: str, question: Question, number: int) -> tuple[Way, ...]:
        """Every way of a principal to what is asked on one vault."""
        found = self._ways(principal, question.permissions, frozenset((number,)))
        return tuple(way for _, ways in found for way in ways.found)

    def _holders(self, wanted: PermissionSet) -> Iterator[str]:
        """Everyone whom some grant of interest reaches: assignees and the members of groups among them."""
        seen: set[str] = set(self._actors)
        for assignee in self._by_holder.keys() - {ELEVATED}:
            if self._of_interest(assignee, wanted):
                seen.add(assignee)
                if self._directory.is_group(assignee):
                    seen |= self._directory.members_of(assignee).ids
        yield from sorted(seen)

    def _ways(self, principal: str, wanted: PermissionSet, asked: frozenset[int]) -> list[Reached]:
        """The ways of a principal to what is wanted, each with the asked vaults they lead to."""
        reached = self._own((principal,), wanted)
        chains = self._chains.of(principal)
        if chains:
            reached = self._with_chains(principal, wanted, reached, chains)
        if len(asked) == len(self._vaults):
            return reached
        return [(found, ways) for vaults, ways in reached if (found := tuple(sorted(asked.intersection(vaults))))]

    def _own(self, person: Person, wanted: PermissionSet) -> list[Reached]:
        """The ways that need nobody else.

        Who holds nothing himself and belongs to the same groups as another gets there in the same ways.
        """
        holders = tuple(each for each in self._directory.all_of(person) if self._of_interest(each, wanted))
        grants = [grant for each in holders for grant in self._of_interest(each, wanted)]
        bound = any(
            (grant.permissions & ASSIGN_ROLES and grant.bound) or grant.role in self._rewritable for grant in grants
        )
        further = self._further(person, grants)
        key = (holders, person if bound or self._denies else (), _ids(further), wanted)
        reached = self._reached.get(key)
        if reached is None:
            seeker = Seeker(person, wanted, further, person if bound else (), tuple(grants))
            reached = self._reached[key] = list(self._reach(seeker, grants))
        return reached

    def _with_chains(
        self, principal: str, wanted: PermissionSet, own: list[Reached], chains: tuple[Chain, ...]
    ) -> list[Reached]:
        """The own ways, and those of everyone one can come to act as; shared by all who have the same of both."""
        key = (id(own), *map(id, chains), principal if self._denies else "", wanted)
        joined = self._joined.get(key)
        if joined is None:
            others = [
                (vaults, through(chain, ways.found))
                for chain in chains
                for vaults, ways in self._own(chain.person, wanted)
            ]
            joined = self._joined[key] = list(self._join(own, [each for each in others if each[1]]))
        return joined

    def _join(self, own: list[Reached], others: list[tuple[tuple[int, ...], tuple[Way, ...]]]) -> Iterator[Reached]:
        by_extent: dict[int, list[Way]] = {}
        extents: dict[int, tuple[int, ...]] = {}
        for vaults, found in (*((vaults, ways.found) for vaults, ways in own), *others):
            extents[id(vaults)] = vaults
            by_extent.setdefault(id(vaults), []).extend(found)
        for part in self._parting.divide(extents):
            ways = [way for each in part.extents for way in by_extent[each]]
            yield part.vaults, self._in_words(worth_telling(ways, self._depth))

    def _reach(self, seeker: Seeker, grants: Iterable[Grant]) -> Iterator[Reached]:
        by_extent: dict[int, list[Grant]] = {}
        for grant in grants:
            by_extent.setdefault(id(grant.vaults), []).append(grant)
        for part in self._parting.divide({each: found[0].vaults for each, found in by_extent.items()}):
            here = [grant for each in part.extents for grant in by_extent[each]]
            denied = self._denies.of(real(seeker.person), part.vaults[0]) if self._denies else NOTHING
            ways = self._find(seeker, here, part.place, denied)
            for vaults, found in self._copied(seeker, here, part.vaults, ways):
                if found.paths:
                    yield vaults, found

    def _copied(
        self, seeker: Seeker, here: list[Grant], vaults: tuple[int, ...], ways: Ways
    ) -> Iterable[tuple[tuple[int, ...], Ways]]:
        """The ways on each vault with those by copies of it, which depend on what is beside it."""
        if not any(grant.permissions & leads_to_copy(seeker.wanted) for grant in here):
            return [(vaults, ways)]
        left, found = [], []
        for number in vaults:
            climbs = self._copies.climbs(seeker.grants, here, number, real(seeker.person), seeker.wanted)
            more = [_climbed(climb, climb.way.grants) for climb in climbs]
            if more:
                found.append(((number,), self._in_words((*ways.found, *more))))
            else:
                left.append(number)
        return [(tuple(left), ways), *found] if left else found

    def _of_interest(self, holder: str, wanted: PermissionSet) -> list[Grant]:
        """What a holder is given itself that gives what is wanted, or leads to it."""
        key = (holder, wanted)
        found = self._interesting.get(key)
        if found is None:
            grants = self._by_holder.get(holder, ())
            found = self._interesting[key] = [grant for grant in grants if self._matters(grant, wanted)]
        return found

    def _matters(self, grant: Grant, wanted: PermissionSet) -> bool:
        if grant.permissions & (wanted | leads_to_copy(wanted)):
            return True
        if grant.verdict not in _STARTS:
            return False
        leads = grant.plane == MANAGEMENT_PLANE and grant.permissions & (needed() | UNLOCK)
        return bool(leads) or grant.role in self._rewritable

    def _further(self, person: Person, grants: Iterable[Grant]) -> tuple[Grant, ...]:
        """What somebody may do elsewhere, where that makes a difference to what it holds here."""
        if any(grant.permissions & completed_elsewhere() for grant in grants):
            return tuple(each for one in person for each in self._elsewhere.of(one, anywhere()))
        return ()

    def _find(self, seeker: Seeker, grants: list[Grant], place: Place, denied: Denied) -> Ways:
        key = (_ids(grants), _ids(seeker.further), place, denied, seeker.wanted, seeker.alone)
        ways = self._found.get(key)
        if ways is None:
            held = [way for grant in grants if (way := _held(grant, denied, seeker.wanted)) is not None]
            ways = self._found[key] = self._in_words([*held, *self._climbs(seeker, grants, place, denied)])
        return ways

    def _climbs(self, seeker: Seeker, grants: list[Grant], place: Place, denied: Denied) -> Iterator[Way]:
        """The ways up from what is held. Where grants are alike the climbs are, so each is found once."""
        starting = [
            grant
            for grant in grants
            if grant.verdict in _STARTS and (grant.plane == MANAGEMENT_PLANE or grant.role in self._rewritable)
        ]
        if not starting:
            return
        taking_part = (*starting, *seeker.further)
        key = (len(starting), tuple(map(self._kind, taking_part)), place, denied, seeker.wanted, seeker.alone)
        climbs = self._climbed.get(key)
        if climbs is None:
            position = {id(grant): number for number, grant in enumerate(taking_part)}
            aim = Aim(place, seeker.person[0], seeker.wanted, denied)
            climbs = self._climbed[key] = [
                (climb, tuple(position.get(id(grant), grant) for grant in climb.way.grants))
                for climb in self._climber.climb(starting, aim)
            ]
        for climb, begins in climbs:
            yield _climbed(climb, tuple(taking_part[each] if isinstance(each, int) else each for each in begins))

    def _kind(self, grant: Grant) -> int:
        """A number that grants share which are alike."""
        kind = self._kinds.get(id(grant))
        if kind is None:
            kind = self._kinds[id(grant)] = self._alike.setdefault(likeness(grant), len(self._alike))
        return kind

    def _in_words(self, found: Iterable[Way]) -> Ways:
        """Ways from the strongest and surest on, told from the holders of their grants."""
        ways = list(found)
        if len(ways) > 1:
            ways.sort(key=lambda way: (-way.verdict.strength, -way.confidence))
        verdict = ways[0].verdict if ways else Verdict.NONE
        matched: PermissionSet = 0
        for way in ways:
            if way.verdict is verdict:
                matched |= way.permissions
        grants = tuple(grant for way in ways for grant in (*_before(way), *way.grants))
        return Ways(verdict, Told(ways, self._path), matched, grants, tuple(ways))

    def _path(self, way: Way) -> Path:
        """A way in words: as whom one comes to act in turn, and what is held then."""
        tail = self._paths.along(Chain(way.before, way.person), way.grants, way.rungs)
        first = way.before[0].way.grants if way.before else way.grants
        if way.alike:
            tail = (*tail, Step("alike", f"and in the same way through {self._paths.some(way.alike)}"))
        if way.note:
            tail = (*tail, Step("gap", way.note))
        return Path(way.verdict, holders_of(first), tail, way.confidence, way.object)

    def _missing(self, wanted: PermissionSet, number: int) -> Iterator[Gap]:
        """Required facts that are not known for a vault and might give what is wanted to anyone."""
        vault = self._vaults[number]
        if wanted & DATA and not self._completeness.known("vaults", number):
            reason = "listed without its properties" if not vault.has_properties else "its properties are damaged"
            yield Gap("vaults", vault.id, reason, remedy("vaults", vault.id), origins=vault.origins)
        if not self._completeness.known("roleAssignments", number):
            reason = f"role assignments: {self._completeness.reason('roleAssignments', number)}"
            subject = "/".join(vault.id.split("/")[:3])
            yield Gap("roleAssignments", subject, reason, remedy("roleAssignments", subject))
        for section in ("roleEligibilities", "roleActivations"):
            if self._completeness.is_partial(section, number):
                reason = f"{section}: {self._completeness.reason(section, number)}"
                yield Gap(section, vault.id, reason, remedy(section, vault.id))
        yield from self._unseen

    def _hidden(self, principal: str, wanted: PermissionSet, asked: frozenset[int]) -> dict[int, list[Gap]]:
        """Groups that get there and whose members are not known: the principal may be one of them."""
        hidden: dict[int, list[Gap]] = {}
        own = {principal, *self._directory.ways_up(principal)}
        for group in self._directory.unknown_groups():
            if group in own:
                continue
            for vaults, ways in self._ways(group, wanted, asked):
                if ways.verdict.strength > Verdict.LATENT.strength:
                    for number in vaults:
                        hidden.setdefault(number, []).append(group_gap(group, self._directory))
        return hidden

    def _undecided(self, ways: Ways) -> Iterator[Gap]:
        """The gaps behind the unknown ones among some ways."""
        for grant in ways.grants:
            if grant.need == "vaults":
                for number in grant.vaults:
                    vault = self._vaults[number]
                    yield Gap("vaults", vault.id, grant.reason, remedy("vaults", vault.id))
            elif grant.need:
                subject = grant.role or "" if grant.need == "roleDefinitions" else grant.scope.key
                yield Gap(grant.need, subject, grant.reason, remedy(grant.need, subject), origins=grant.origins)


def _ids(grants: Iterable[Grant]) -> tuple[int, ...]:
    """Grants by identity; they live as long as the answers, and are large to compare."""
    return tuple(map(id, grants))


def _climbed(climb: Climb, grants: tuple[Grant, ...]) -> Way:
    """A climb as a way; whose grants these are is told apart from it."""
    verdict = Verdict.UNKNOWN if climb.unsure else Verdict.ESCALATION
    way = climb.way
    return Way(verdict, way.confidence, climb.gains, grants, way.rungs, climb.object, climb.unsure)


def _before(way: Way) -> Iterator[Grant]:
    return (grant for hop in way.before for grant in hop.way.grants)


def _held(grant: Grant, denied: Denied, wanted: PermissionSet) -> Way | None:
    """What a grant gives of what is wanted, after denies; they do not bear on access policies (semantics 1.6)."""
    permissions = grant.permissions & wanted
    if grant.object and grant.plane == MANAGEMENT_PLANE:
        return None  # held on an object of the vault, not on the vault
    verdict = grant.verdict
    if grant.cause.kind != "accessPolicy" and verdict in _STARTS:
        permissions &= ~denied.certain
        if permissions and not permissions & ~denied.possible and verdict is Verdict.DIRECT:
            note = f"unless denied by {denied.reason}"
            return Way(Verdict.CONDITIONAL, Confidence.HIGH, permissions, (grant,), object=grant.object, note=note)
    if not permissions:
        return None
    return Way(verdict, Confidence.HIGH, permissions, (grant,), object=grant.object)


def _answer(
    principal: str, question: Question, vaults: tuple[int, ...], ways: Ways, more: tuple[Path, ...] = ()
) -> Answer:
    """An answer of these ways, and of paths that say what is not known; the strongest decides."""
    if not more:
        names = unpack(ways.matched & question.permissions)
        return Answer(vaults, principal, question.text, ways.verdict, ways.paths, names)
    paths = tuple(sorted((*ways.paths, *more), key=lambda path: -path.verdict.strength))
    names = unpack(ways.matched & question.permissions) if paths[0].verdict is ways.verdict else ()
    return Answer(vaults, principal, question.text, paths[0].verdict, paths, names)


def _unknown(principal: str, gap: Gap) -> Path:
    return Path(Verdict.UNKNOWN, (principal,), (Step("gap", f"{gap.subject}: {gap.reason}", gap.need),))
