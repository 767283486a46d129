"""What somebody may have on a vault by facts that were not given: never to be taken for having nothing.

Source: architecture section 1 (unknown is a value), semantics 1.5 for members of groups.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from kvaudit.access.completeness import group_gap
from kvaudit.access.engine import Access
from kvaudit.access.reaching import Ways
from kvaudit.access.takeovers import by_ids
from kvaudit.access.ways import Way
from kvaudit.model.finding import Gap, Verdict
from kvaudit.model.grant import Grant
from kvaudit.model.permission import DATA, PermissionSet
from kvaudit.model.remedy import remedy
from kvaudit.model.scope import parse_scope
from kvaudit.model.snapshot import TENANT
from kvaudit.model.value import Value

HOLDS = frozenset((Verdict.DIRECT, Verdict.CONDITIONAL, Verdict.ELIGIBLE, Verdict.UNKNOWN))
_KINDS = (HOLDS, {Verdict.ESCALATION}, {Verdict.LATENT})


class Doubt(Value):
    """A fact that was not given, and what somebody might hold, or else obtain, if it were."""

    gap: Gap
    holds: PermissionSet
    obtains: PermissionSet = 0
    records: PermissionSet = 0  # without effect

    def at(self, level: int) -> PermissionSet:
        """What might be had at this level or above (see State.level)."""
        return (self.holds | self.obtains | self.records, self.holds | self.obtains, self.holds)[level]


class Unseen:
    """The doubts about one snapshot, for some permissions.

    `groups` are known to be groups from elsewhere: an access policy does not say of what type its principal is.
    """

    def __init__(self, access: Access, wanted: PermissionSet, groups: frozenset[str] = frozenset()) -> None:
        self._access = access
        self._groups = groups
        self._wanted = wanted
        self._on_vault: dict[int, tuple[Doubt, ...]] = {}
        self._absent: dict[str, tuple[Doubt, ...]] = {}

    def on(self, number: int) -> tuple[Doubt, ...]:
        """What anybody might have on a vault."""
        found = self._on_vault.get(number)
        if found is None:
            gaps = self._access.answers.missing(self._wanted, number)
            doubts = (Doubt(gap, self._wanted & DATA if gap.need == "vaults" else self._wanted) for gap in gaps)
            found = self._on_vault[number] = (*self._files, *doubts)
        return found

    def hidden(self, principal: str, number: int) -> tuple[Doubt, ...]:
        """What a principal might have as a member of a group whose members are not all known."""
        doubts = self._hidden.get(number, {})
        if not doubts:
            return ()
        own = {principal, *self._access.directory.ways_up(principal)}
        return tuple(doubt for group, doubt in doubts.items() if group not in own)

    def groups_on(self, number: int) -> tuple[str, ...]:
        """The groups behind that: those that get to a vault and whose members are not all known."""
        return tuple(self._hidden.get(number, ()))

    def elsewhere(self, vault: str) -> tuple[Doubt, ...]:
        """What anybody might have on a vault, by its key, that is not among those listed.

        It is known not to be there where the list is said to be whole, or holds other vaults of its subscription.
        """
        found = self._absent.get(vault)
        if found is None:
            found = self._absent[vault] = (*self._files, *self._unlisted(vault))
        return found

    def unlisted(self, way: Way, number: int) -> Gap | None:
        """The section a way rests on elsewhere and that is not known here: what is not listed may still be there."""
        for section, kind in (("roleEligibilities", "eligibility"), ("roleActivations", "activation")):
            if any(grant.cause.kind == kind for grant in way.resting_on):
                return self.gap(section, number)
        given = self._access.snapshot.given
        for section in sorted({each.section for each in by_ids(way.edges)} - given):
            return Gap(section, TENANT, "not given", remedy(section, TENANT))
        return None

    def gap(self, section: str, number: int) -> Gap | None:
        """The gap of a section that is not known whole for a vault."""
        access = self._access
        if access.known(section, number):
            return None
        subject = access.estate.scopes[number].subscription
        return Gap(section, subject, access.completeness.reason(section, number), remedy(section, subject))

    def undecided(self, ways: Ways, number: int) -> Iterator[Doubt]:
        """What the unknown ones among some ways of a principal might give."""
        vault = self._access.vaults[number]
        gaps = {(gap.need, gap.subject): gap for gap in self._access.answers.undecided(ways)}
        for way in ways.found:
            if way.verdict is Verdict.UNKNOWN:
                gap = next(filter(None, (gaps.get(_key(grant)) for grant in way.resting_on)), None)
                reason = way.note or next((grant.reason for grant in way.resting_on if grant.need), "not known")
                yield Doubt(gap or Gap("vaults", vault.id, reason, remedy("vaults", vault.id)), way.permissions)

    @cached_property
    def _files(self) -> tuple[Doubt, ...]:
        """A document that could not be read may have held anything."""
        return tuple(Doubt(gap, self._wanted) for gap in self._access.snapshot.gaps if gap.need == "files")

    @cached_property
    def _hidden(self) -> dict[int, dict[str, Doubt]]:
        answers, directory = self._access.answers, self._access.directory
        found: dict[int, dict[str, Doubt]] = {}
        for group in sorted(directory.groups() | self._groups):
            if directory.knows_members(group):
                continue
            gap = group_gap(group, directory)
            for vaults, ways in answers.reached(group, self._wanted).found:
                doubt = Doubt(
                    gap, _having(ways, HOLDS), _having(ways, {Verdict.ESCALATION}), _having(ways, {Verdict.LATENT})
                )
                if doubt.at(0):
                    for number in vaults:
                        found.setdefault(number, {})[group] = doubt
        return found

    @cached_property
    def _subscriptions(self) -> frozenset[str]:
        return frozenset(scope.subscription for scope in self._access.estate.scopes)

    def _unlisted(self, vault: str) -> Iterator[Doubt]:
        subscription = parse_scope(vault).subscription
        stated = [
            each
            for each in self._access.snapshot.coverage
            if each.fact == "vaults" and (each.scope == TENANT or vault.startswith(each.scope + "/"))
        ]
        partial = [each for each in stated if not each.complete]
        if partial:
            reason = f"the list of vaults: {partial[0].reason or 'not whole'}"
        elif stated or subscription in self._subscriptions:
            return
        else:
            reason = "no vault of this subscription was listed"
        yield Doubt(Gap("vaults", subscription, reason, remedy("vaults", subscription)), self._wanted)


def _key(grant: Grant) -> tuple[str, str]:
    """Need and subject of the gap behind an unknown grant, as answers tell it."""
    return grant.need, (grant.role or "") if grant.need == "roleDefinitions" else grant.scope.key


def _having(ways: Ways, verdicts: Iterable[Verdict]) -> PermissionSet:
    held = 0
    for way in ways.found:
        if way.verdict in verdicts:
            held |= way.permissions
    return held
