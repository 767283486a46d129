"""Answers to "who can?" and "can this one?", each with every path. Source: architecture section 5."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kvaudit.access.completeness import group_gap, open_gaps, takeover_gaps, veiled
from kvaudit.access.means import Means
from kvaudit.access.reaching import Found, Reached, Reaching, Ways
from kvaudit.access.ways import Way
from kvaudit.model.directory import is_object_id
from kvaudit.model.finding import Gap, Path, Step, Verdict
from kvaudit.model.grant import Answer
from kvaudit.model.permission import DATA, PermissionSet, Question, unpack
from kvaudit.model.remedy import remedy
from kvaudit.model.scope import scope_key

if TYPE_CHECKING:
    from kvaudit.access.engine import Access


class Answers:
    """Answers questions over the grants of a snapshot."""

    def __init__(self, access: Access, means: Means) -> None:
        self._vaults = access.vaults
        self._directory = access.directory
        self._completeness = access.completeness
        self._reaching = Reaching(access, means)
        self._veiled = tuple(veiled(access.snapshot, access.directory, access.grants))
        self._open = tuple(open_gaps(access.snapshot, access.directory, access.grants))
        self._unseen = tuple(takeover_gaps(access.snapshot, access.directory, access.grants))
        self._means = means
        self._beside: dict[PermissionSet, dict[int, dict[str, Gap]]] = {}

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
        for principal in self._reaching.holders(wanted):
            found = self._ways(principal, wanted, asked)
            for vaults, ways in found:
                answers.append(_answer(principal, question, vaults, ways))
                if ways.undecided:
                    gaps.update(((gap.need, gap.subject), gap) for gap in self._undecided(ways))
            if found and self._directory.is_group(principal) and not self._directory.members_of(principal).complete:
                gap = group_gap(principal, self._directory)
                gaps[gap.need, gap.subject] = gap
        return tuple(answers), tuple(gaps.values())

    def ways(self, principal: str, question: Question, number: int) -> tuple[Way, ...]:
        """Every way of a principal to what is asked on one vault."""
        found = self._ways(principal, question.permissions, frozenset((number,)))
        return tuple(way for _, ways in found for way in ways.found)

    def holders(self, wanted: PermissionSet) -> Iterator[str]:
        """Everyone who has some of what is wanted in some way, or may obtain it, sorted."""
        return self._reaching.holders(wanted)

    def reached(self, principal: str, wanted: PermissionSet) -> Reached:
        """What a principal has of what is wanted, over the whole estate; the same object for all who have it alike."""
        return self._reaching.of(principal, wanted)

    def missing(self, wanted: PermissionSet, number: int) -> tuple[Gap, ...]:
        """The required facts that are not known for a vault and might give what is wanted to anyone."""
        return tuple(self._missing(wanted, number))

    def undecided(self, ways: Ways) -> tuple[Gap, ...]:
        """The gaps behind the unknown ones among some ways."""
        return tuple(self._undecided(ways))

    def _ways(self, principal: str, wanted: PermissionSet, asked: frozenset[int]) -> tuple[Found, ...]:
        """The ways of a principal to what is wanted, each with the asked vaults they lead to."""
        return self._reaching.of(principal, wanted).on(asked)

    def control_gaps(self, wanted: PermissionSet) -> tuple[Gap, ...]:
        """The gaps about who controls resources whose identities get to what is wanted on any vault."""
        found = {each.subject: each for gaps in self._on_identities(wanted).values() for each in gaps.values()}
        return tuple(gap for _, gap in sorted(found.items()))

    def veiled_actors(self, wanted: PermissionSet, *, by_resources: bool) -> Iterator[Gap]:
        """Groups that get to what is wanted by acting as others, and whose members are not all known.

        `by_resources`: whether their ways begin with code on resources, or with powers over the directory.
        """
        for group in self._directory.unknown_groups():
            begins = (bool(chain.hops[0].deed.takeover.type) is by_resources for chain in self._means.chains.of(group))
            if any(begins) and any(
                ways.verdict.strength > Verdict.LATENT.strength for _, ways in self._reaching.of(group, wanted).found
            ):
                yield group_gap(group, self._directory)

    def _on_identities(self, wanted: PermissionSet) -> dict[int, dict[str, Gap]]:
        """The same by vault and subscription."""
        found = self._beside.get(wanted)
        if found is None:
            found = self._beside[wanted] = {}
            for gap, identities in self._means.uncontrolled:
                for identity in identities:
                    for vaults, ways in self._reaching.of(identity, wanted).found:
                        for number in vaults if ways.verdict.strength > Verdict.LATENT.strength else ():
                            found.setdefault(number, {})[gap.subject] = gap
        return found

    def _missing(self, wanted: PermissionSet, number: int) -> Iterator[Gap]:
        """Required facts that are not known for a vault and might give what is wanted to anyone."""
        vault = self._vaults[number]
        if wanted & DATA and not self._completeness.known("vaults", number):
            reason = self._completeness.why_unknown(number)
            yield Gap("vaults", vault.id, reason, remedy("vaults", vault.id), origins=vault.origins)
        beside = self._on_identities(wanted).get(number, {})
        if not self._completeness.known("roleAssignments", number):
            reason = f"role assignments: {self._completeness.reason('roleAssignments', number)}"
            subject = "/".join(vault.id.split("/")[:3])
            yield Gap("roleAssignments", subject, reason, remedy("roleAssignments", subject))
            beside = {key: gap for key, gap in beside.items() if key != scope_key(subject)}  # it is the same list
        yield from beside.values()
        for section in ("roleEligibilities", "roleActivations"):
            if self._completeness.is_partial(section, number):
                reason = f"{section}: {self._completeness.reason(section, number)}"
                yield Gap(section, vault.id, reason, remedy(section, vault.id))
        yield from self._unseen

    def _hidden(self, principal: str, wanted: PermissionSet, asked: frozenset[int]) -> dict[int, list[Gap]]:
        """Who gets there and may be the principal: groups whose members are not known, whom code leaves open."""
        hidden: dict[int, list[Gap]] = {}
        own = {principal, *self._directory.ways_up(principal)}
        for group in self._directory.unknown_groups():
            if group not in own:
                self._hide(hidden, group, group_gap(group, self._directory), wanted, asked)
        for gap in (*self._veiled, *(self._open if is_object_id(principal) else ())):
            if gap.subject != principal:
                self._hide(hidden, gap.subject, gap, wanted, asked)
        return hidden

    def _hide(
        self, hidden: dict[int, list[Gap]], holder: str, gap: Gap, wanted: PermissionSet, asked: frozenset[int]
    ) -> None:
        """Note a gap for each vault that a holder gets to."""
        for vaults, ways in self._ways(holder, wanted, asked):
            if ways.verdict.strength > Verdict.LATENT.strength:
                for number in vaults:
                    hidden.setdefault(number, []).append(gap)

    def _undecided(self, ways: Ways) -> Iterator[Gap]:
        """The gaps behind the unknown ones among some ways."""
        for grant in ways.undecided:
            if grant.need == "vaults":
                for number in grant.vaults:
                    vault = self._vaults[number]
                    yield Gap("vaults", vault.id, grant.reason, remedy("vaults", vault.id))
            else:
                subject = grant.role or "" if grant.need == "roleDefinitions" else grant.scope.key
                yield Gap(grant.need, subject, grant.reason, remedy(grant.need, subject), origins=grant.origins)


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
