"""Answers to "who can?" and "can this one?", each with every path. Source: architecture section 5."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from kvaudit.access.completeness import group_gap
from kvaudit.access.denies import NOTHING, Denied
from kvaudit.access.edges import needed
from kvaudit.access.escalation import UNLOCK, Aim, Climber, Place, Rung
from kvaudit.model.finding import Confidence, Gap, Path, Step, Verdict
from kvaudit.model.grant import MANAGEMENT_PLANE, Answer, Grant
from kvaudit.model.permission import ASSIGN_ROLES, DATA, PermissionSet, Question, unpack
from kvaudit.model.remedy import remedy
from kvaudit.model.value import Value

if TYPE_CHECKING:
    from kvaudit.access.engine import Access

_STARTS = frozenset((Verdict.DIRECT, Verdict.CONDITIONAL, Verdict.ELIGIBLE))


class Way(Value):
    """A path before it is put in words: whoever starts it, and whichever of some vaults it ends in."""

    verdict: Verdict
    confidence: Confidence
    permissions: PermissionSet
    grants: tuple[Grant, ...]
    rungs: tuple[Rung, ...] = ()
    object: str = ""
    note: str = ""


class Part(Value):
    """Some vaults that are alike in all that decides an answer, and which grants (by position) reach them."""

    vaults: tuple[int, ...]
    place: Place
    extents: frozenset[int]


class Answers:
    """Answers questions over the grants of a snapshot."""

    def __init__(self, access: Access, climber: Climber) -> None:
        self._by_holder: dict[str, list[Grant]] = {}
        for grant in access.grants:
            if grant.verdict is not Verdict.NONE:
                self._by_holder.setdefault(grant.principal, []).append(grant)
        self._places = access.places
        self._vaults = access.vaults
        self._directory = access.directory
        self._denies = access.denies
        self._completeness = access.completeness
        self._paths = access.paths
        self._climber = climber
        self._sets: dict[int, frozenset[int]] = {}
        self._parts: dict[tuple[tuple[int, ...], tuple[int, ...]], tuple[Part, ...]] = {}
        self._found: dict[tuple[object, ...], tuple[Way, ...]] = {}

    def can(
        self, principal: str, question: Question, numbers: Sequence[int]
    ) -> tuple[tuple[Answer, ...], tuple[Gap, ...]]:
        """One answer for each vault, also where it is none, and the gaps that might change one."""
        ways = self._ways(principal, question.permissions, tuple(numbers))
        hidden = self._hidden(principal, question.permissions, tuple(numbers))
        gaps: dict[tuple[str, str], Gap] = {}
        answers = []
        for number in numbers:
            paths = [*self._in_words(principal, ways.get(number, ()), number)]
            strongest = _strongest(path.verdict for path in paths)
            if strongest is not Verdict.DIRECT:
                missing = [*self._missing(question.permissions, number), *hidden.get(number, ())]
                paths += [_unknown(self._directory.label(principal), principal, gap) for gap in missing]
                gaps.update(((gap.need, gap.subject), gap) for gap in missing)
            gaps.update(((gap.need, gap.subject), gap) for gap in self._undecided(ways.get(number, ())))
            answers.append(self._answer(principal, question, number, paths, ways.get(number, ())))
        return tuple(answers), tuple(gaps.values())

    def who(self, question: Question, numbers: Sequence[int]) -> tuple[tuple[Answer, ...], tuple[Gap, ...]]:
        """An answer for everyone who gets there in some way, groups and their known members alike."""
        asked = tuple(numbers)
        gaps: dict[tuple[str, str], Gap] = {}
        answers = []
        for number in asked:
            for gap in self._missing(question.permissions, number):
                gaps[gap.need, gap.subject] = gap
        for principal in self._holders(question.permissions):
            ways = self._ways(principal, question.permissions, asked)
            for number, found in ways.items():
                for gap in self._undecided(found):
                    gaps[gap.need, gap.subject] = gap
                paths = [*self._in_words(principal, found, number)]
                answers.append(self._answer(principal, question, number, paths, found))
            if ways and self._directory.is_group(principal) and not self._directory.members_of(principal).complete:
                gap = group_gap(principal, self._directory)
                gaps[gap.need, gap.subject] = gap
        answers.sort(key=lambda answer: (answer.vault, -answer.verdict.strength, answer.principal))
        return tuple(answers), tuple(gaps.values())

    def _holders(self, wanted: PermissionSet) -> Iterator[str]:
        """Everyone whom some grant of interest reaches: assignees and the members of groups among them."""
        seen: set[str] = set()
        for assignee, grants in self._by_holder.items():
            if any(_matters(grant, wanted) for grant in grants):
                seen.add(assignee)
                if self._directory.is_group(assignee):
                    seen |= self._directory.members_of(assignee).ids
        yield from sorted(seen)

    def _ways(self, principal: str, wanted: PermissionSet, numbers: tuple[int, ...]) -> dict[int, tuple[Way, ...]]:
        """For each vault that anything leads to, the ways there."""
        grants = [
            grant
            for holder in (principal, *self._directory.ways_up(principal))
            for grant in self._by_holder.get(holder, ())
            if _matters(grant, wanted)
        ]
        if not grants:
            return {}
        found: dict[int, tuple[Way, ...]] = {}
        for part in self._divide(grants, numbers):
            here = tuple(grant for grant in grants if id(grant.vaults) in part.extents)
            denied = self._denies.of(principal, part.vaults[0]) if self._denies else NOTHING
            if ways := self._find(principal, here, part.place, denied, wanted):
                found.update(dict.fromkeys(part.vaults, ways))
        return found

    def _divide(self, grants: Sequence[Grant], numbers: tuple[int, ...]) -> tuple[Part, ...]:
        """The asked vaults that these grants reach, put together where they are alike."""
        extents = {id(grant.vaults): grant.vaults for grant in grants}
        key = (tuple(extents), numbers)
        parts = self._parts.get(key)
        if parts is None:
            groups: dict[tuple[object, ...], list[int]] = {}
            asked = frozenset(numbers)
            sets = {each: self._set(each, vaults) for each, vaults in extents.items()}
            reached = sorted(asked.intersection(*[frozenset().union(*sets.values())]))
            for number in reached:
                reaching = frozenset(each for each, vaults in sets.items() if number in vaults)
                signature = (self._places[number], self._denies.on(number), reaching)
                groups.setdefault(signature, []).append(number)
            parts = self._parts[key] = tuple(
                Part(tuple(vaults), place, reaching)  # type: ignore[arg-type]
                for (place, _, reaching), vaults in groups.items()
            )
        return parts

    def _set(self, extent: int, vaults: tuple[int, ...]) -> frozenset[int]:
        if extent not in self._sets:
            self._sets[extent] = frozenset(vaults)
        return self._sets[extent]

    def _find(
        self, principal: str, grants: tuple[Grant, ...], place: Place, denied: Denied, wanted: PermissionSet
    ) -> tuple[Way, ...]:
        climbs_alike = not any(grant.permissions & ASSIGN_ROLES and grant.reason for grant in grants)
        key = (tuple(map(id, grants)), place, denied, wanted, None if climbs_alike else principal)
        ways = self._found.get(key)
        if ways is None:
            held = [way for grant in grants if (way := _held(grant, denied, wanted)) is not None]
            ways = self._found[key] = (*held, *self._climbs(principal, grants, place, denied, wanted))
        return ways

    def _climbs(
        self, principal: str, grants: tuple[Grant, ...], place: Place, denied: Denied, wanted: PermissionSet
    ) -> Iterator[Way]:
        starting = [grant for grant in grants if grant.plane == MANAGEMENT_PLANE and grant.verdict in _STARTS]
        for climb in self._climber.climb(starting, Aim(place, principal, wanted, denied)):
            verdict = Verdict.UNKNOWN if climb.unsure else Verdict.ESCALATION
            way = climb.way
            yield Way(verdict, way.confidence, climb.gains, way.grants, way.rungs, climb.object, climb.unsure)

    def _in_words(self, principal: str, ways: Sequence[Way], number: int) -> Iterator[Path]:
        for way in ways:
            steps = self._paths.of(principal, way.grants, way.rungs)
            if way.note:
                steps = (*steps, Step("gap", way.note))
            yield Path(way.verdict, (*steps, self._paths.vault_step(number)), way.confidence, way.object)

    def _answer(
        self, principal: str, question: Question, number: int, paths: Sequence[Path], ways: Sequence[Way]
    ) -> Answer:
        ordered = tuple(sorted(paths, key=lambda path: (-path.verdict.strength, -path.confidence)))
        verdict = _strongest(path.verdict for path in paths)
        matched: PermissionSet = 0
        for way in ways:
            if way.verdict is verdict:
                matched |= way.permissions
        names = unpack(matched & question.permissions)
        return Answer(number, principal, question.text, verdict, ordered, names)

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

    def _hidden(self, principal: str, wanted: PermissionSet, numbers: tuple[int, ...]) -> dict[int, list[Gap]]:
        """Groups that get there and whose members are not known: the principal may be one of them."""
        hidden: dict[int, list[Gap]] = {}
        own = {principal, *self._directory.ways_up(principal)}
        for group in self._directory.unknown_groups():
            if group in own:
                continue
            ways = self._ways(group, wanted, numbers)
            for number, found in ways.items():
                if _strongest(way.verdict for way in found).strength > Verdict.LATENT.strength:
                    hidden.setdefault(number, []).append(group_gap(group, self._directory))
        return hidden

    def _undecided(self, ways: Iterable[Way]) -> Iterator[Gap]:
        """The gaps behind the unknown ones among some ways."""
        for way in ways:
            for grant in way.grants:
                if grant.need == "vaults":
                    for number in grant.vaults:
                        vault = self._vaults[number]
                        yield Gap("vaults", vault.id, grant.reason, remedy("vaults", vault.id))
                elif grant.need:
                    subject = grant.role or "" if grant.need == "roleDefinitions" else grant.scope.key
                    yield Gap(grant.need, subject, grant.reason, remedy(grant.need, subject), origins=grant.origins)


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


def _strongest(verdicts: Iterable[Verdict]) -> Verdict:
    return max(verdicts, key=lambda verdict: verdict.strength, default=Verdict.NONE)


def _unknown(label: str, principal: str, gap: Gap) -> Path:
    steps = (Step("principal", label, principal), Step("gap", f"{gap.subject}: {gap.reason}", gap.need))
    return Path(Verdict.UNKNOWN, steps, Confidence.HIGH)
