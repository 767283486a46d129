"""Answers to "who can?" and "can this one?", each with every path. Source: architecture section 5."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, overload

from kvaudit.access.completeness import group_gap
from kvaudit.access.denies import NOTHING, Denied
from kvaudit.access.edges import completed_elsewhere, needed
from kvaudit.access.elsewhere import Elsewhere
from kvaudit.access.escalation import UNLOCK, Aim, Climb, Climber, Place, Rung, likeness
from kvaudit.access.parting import Parting
from kvaudit.model.finding import Confidence, Gap, Path, Step, Verdict
from kvaudit.model.grant import MANAGEMENT_PLANE, Answer, Grant
from kvaudit.model.permission import ASSIGN_ROLES, DATA, PermissionSet, Question, unpack
from kvaudit.model.remedy import remedy
from kvaudit.model.value import Value

if TYPE_CHECKING:
    from kvaudit.access.engine import Access

_STARTS = frozenset((Verdict.DIRECT, Verdict.CONDITIONAL, Verdict.ELIGIBLE, Verdict.UNKNOWN))


class Way(Value):
    """A path before it is put in words: whoever starts it, and whichever of some vaults it ends in."""

    verdict: Verdict
    confidence: Confidence
    permissions: PermissionSet
    grants: tuple[Grant, ...]
    rungs: tuple[Rung, ...] = ()
    object: str = ""
    note: str = ""


class Seeker(Value):
    """Who is asked about, what for, and what is his own in it."""

    principal: str
    wanted: PermissionSet
    further: tuple[Grant, ...]  # what he may do elsewhere, where that matters
    alone: str  # himself, where what he can do depends on who he is; else nobody


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


Reached = tuple[tuple[int, ...], Ways]


class Answers:
    """Answers questions over the grants of a snapshot."""

    def __init__(self, access: Access, climber: Climber, elsewhere: Elsewhere) -> None:
        self._by_holder: dict[str, list[Grant]] = {}
        for grant in access.grants:
            if grant.verdict is not Verdict.NONE:
                self._by_holder.setdefault(grant.principal, []).append(grant)
        self._vaults = access.vaults
        self._directory = access.directory
        self._denies = access.denies
        self._completeness = access.completeness
        self._paths = access.paths
        self._climber = climber
        self._elsewhere = elsewhere
        self._parting = Parting(access.places, access.denies)
        self._reached: dict[tuple[object, ...], list[Reached]] = {}
        self._found: dict[tuple[object, ...], Ways] = {}
        self._climbed: dict[tuple[object, ...], list[tuple[Climb, tuple[int, ...]]]] = {}
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

    def _holders(self, wanted: PermissionSet) -> Iterator[str]:
        """Everyone whom some grant of interest reaches: assignees and the members of groups among them."""
        seen: set[str] = set()
        for assignee in self._by_holder:
            if self._of_interest(assignee, wanted):
                seen.add(assignee)
                if self._directory.is_group(assignee):
                    seen |= self._directory.members_of(assignee).ids
        yield from sorted(seen)

    def _ways(self, principal: str, wanted: PermissionSet, asked: frozenset[int]) -> list[Reached]:
        """The ways of a principal to what is wanted, each with the asked vaults they lead to.

        Who holds nothing himself and belongs to the same groups as another gets there in the same ways.
        """
        holders = tuple(
            each for each in (principal, *self._directory.ways_up(principal)) if self._of_interest(each, wanted)
        )
        grants = [grant for each in holders for grant in self._of_interest(each, wanted)]
        bound = any(grant.permissions & ASSIGN_ROLES and grant.bound for grant in grants)
        further = self._further(principal, grants)
        key = (holders, principal if bound or self._denies else "", _ids(further), wanted)
        reached = self._reached.get(key)
        if reached is None:
            seeker = Seeker(principal, wanted, further, principal if bound else "")
            reached = self._reached[key] = list(self._reach(seeker, grants))
        if len(asked) == len(self._vaults):
            return reached
        return [(found, ways) for vaults, ways in reached if (found := tuple(sorted(asked.intersection(vaults))))]

    def _reach(self, seeker: Seeker, grants: Iterable[Grant]) -> Iterator[Reached]:
        by_extent: dict[int, list[Grant]] = {}
        for grant in grants:
            by_extent.setdefault(id(grant.vaults), []).append(grant)
        for part in self._parting.divide({each: found[0].vaults for each, found in by_extent.items()}):
            here = [grant for each in part.extents for grant in by_extent[each]]
            denied = self._denies.of(seeker.principal, part.vaults[0]) if self._denies else NOTHING
            ways = self._find(seeker, here, part.place, denied)
            if ways.paths:
                yield part.vaults, ways

    def _of_interest(self, holder: str, wanted: PermissionSet) -> list[Grant]:
        """What a holder is given itself that gives what is wanted, or leads to it."""
        key = (holder, wanted)
        found = self._interesting.get(key)
        if found is None:
            grants = self._by_holder.get(holder, ())
            found = self._interesting[key] = [grant for grant in grants if _matters(grant, wanted)]
        return found

    def _further(self, principal: str, grants: Iterable[Grant]) -> tuple[Grant, ...]:
        """What a principal may do elsewhere, where that makes a difference to what it holds here."""
        if any(grant.permissions & completed_elsewhere() for grant in grants):
            return self._elsewhere.of(principal)
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
        starting = [grant for grant in grants if grant.plane == MANAGEMENT_PLANE and grant.verdict in _STARTS]
        if not starting:
            return
        taking_part = (*starting, *seeker.further)
        key = (len(starting), tuple(map(self._kind, taking_part)), place, denied, seeker.wanted, seeker.alone)
        climbs = self._climbed.get(key)
        if climbs is None:
            position = {id(grant): number for number, grant in enumerate(taking_part)}
            aim = Aim(place, seeker.principal, seeker.wanted, denied)
            climbs = self._climbed[key] = [
                (climb, tuple(position[id(grant)] for grant in climb.way.grants))
                for climb in self._climber.climb(starting, aim)
            ]
        for climb, begins in climbs:
            held = tuple(taking_part[number] for number in begins)
            verdict = Verdict.UNKNOWN if climb.unsure else Verdict.ESCALATION
            way = climb.way
            yield Way(verdict, way.confidence, climb.gains, held, way.rungs, climb.object, climb.unsure)

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
        return Ways(verdict, Told(ways, self._path), matched, tuple(grant for way in ways for grant in way.grants))

    def _path(self, way: Way) -> Path:
        tail = self._paths.onward(way.grants, way.rungs)
        if way.note:
            tail = (*tail, Step("gap", way.note))
        holders = tuple(dict.fromkeys(grant.principal for grant in way.grants))
        return Path(way.verdict, holders, tail, way.confidence, way.object)

    def _missing(self, wanted: PermissionSet, number: int) -> Iterator[Gap]:
        """Required facts that are not known for a vault and might give what is wanted to anyone."""
        vault = self._vaults[number]
        if wanted & DATA and not self._completeness.known("vaults", number):
            reason = self._completeness.why_unknown(number)
            yield Gap("vaults", vault.id, reason, remedy("vaults", vault.id), origins=vault.origins)
        if not self._completeness.known("roleAssignments", number):
            reason = f"role assignments: {self._completeness.reason('roleAssignments', number)}"
            subject = "/".join(vault.id.split("/")[:3])
            yield Gap("roleAssignments", subject, reason, remedy("roleAssignments", subject))
        for section in ("roleEligibilities", "roleActivations"):
            if self._completeness.is_partial(section, number):
                reason = f"{section}: {self._completeness.reason(section, number)}"
                yield Gap(section, vault.id, reason, remedy(section, vault.id))

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


def _matters(grant: Grant, wanted: PermissionSet) -> bool:
    if grant.permissions & wanted:
        return True
    return (
        grant.plane == MANAGEMENT_PLANE and bool(grant.permissions & (needed() | UNLOCK)) and grant.verdict in _STARTS
    )


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
