"""The matrix of principals and vaults, worked out for vaults that are alike at once. Source: architecture section 1."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from kvaudit.access.cells import cell_of
from kvaudit.access.engine import Access
from kvaudit.access.reaching import Reached
from kvaudit.access.unseen import Doubt, Unseen
from kvaudit.model.finding import Gap, Verdict
from kvaudit.model.matrix import Cell, Held, Hold, Row
from kvaudit.model.permission import DATA, PermissionSet
from kvaudit.model.scope import scope_key


class Matrix:
    """Makes rows. Only these permissions and vaults are looked at, and of these only what has one of the verdicts."""

    def __init__(
        self, access: Access, wanted: PermissionSet, numbers: Sequence[int], verdicts: Collection[Verdict] = ()
    ) -> None:
        self._access = access
        self._wanted = wanted
        self._numbers = frozenset(numbers)
        self._verdicts = frozenset(verdicts)
        self._doubts = Unseen(access, wanted)
        self._cells: dict[int, tuple[Cell, tuple[str, ...]]] = {}
        self.undecided: dict[tuple[str, str], Gap] = {}  # the gaps behind what is unknown in rows, by need and subject
        self.unseen = {number: found for number in numbers if (found := _union(self._doubts.on(number)))}

    def rows(self, *, groups: bool) -> tuple[Row, ...]:
        """A row for everyone who has something, who holds most first.

        With `groups`, those who are given something themselves, groups as they are. Else everybody behind the groups,
        and of groups those only that stand for somebody: not all of their members are known, or they have none.
        """
        found = filter(None, map(self.row, self._principals(groups=groups)))
        return tuple(sorted(found, key=_order))

    def _principals(self, *, groups: bool) -> Iterator[str]:
        directory = self._access.directory
        if groups:
            yield from sorted({grant.principal for grant in self._access.grants if grant.verdict is not Verdict.NONE})
            return
        for principal in self._access.answers.holders(self._wanted):
            if not directory.is_group(principal) or self._stands_for_somebody(principal):
                yield principal

    def _stands_for_somebody(self, group: str) -> bool:
        members = self._access.directory.members_of(group)
        return not members.complete or not members.ids

    def row(self, principal: str, *, everywhere: bool = False) -> Row | None:
        """The row of a principal; None where it has nothing, unless every vault is to be told."""
        reached = self._access.answers.reached(principal, self._wanted)
        held: dict[tuple[Cell, PermissionSet], list[int]] = {}
        through: set[str] = set()
        told: set[int] = set()
        for numbers, cell, holders in self._told(reached):
            for number in self._numbers.intersection(numbers):
                told.add(number)
                held.setdefault((cell, self._unknown(principal, number, cell)), []).append(number)
                through.update(holders)
        if everywhere:
            for number in self._numbers - told:
                held.setdefault(((), self._unknown(principal, number, ())), []).append(number)
        if not held:
            return None
        directory = self._access.directory
        groups = tuple(sorted(through & directory.groups_of(principal)))
        unknown = directory.is_group(principal) and not directory.members_of(principal).complete
        cells = (Held(tuple(sorted(numbers)), cell, unseen) for (cell, unseen), numbers in held.items())
        return Row(principal, tuple(sorted(cells, key=_held_order)), groups, members_unknown=unknown)

    def _told(self, reached: Reached) -> Iterator[tuple[tuple[int, ...], Cell, tuple[str, ...]]]:
        for numbers, ways in reached.found:
            found = self._cells.get(id(ways))
            if found is None:
                cell = tuple(filter(self._is_asked, cell_of(ways.found)))
                if ways.undecided:
                    gaps = self._access.answers.undecided(ways)
                    self.undecided.update(((gap.need, scope_key(gap.subject)), gap) for gap in gaps)
                found = self._cells[id(ways)] = (
                    cell,
                    tuple({grant.principal for way in ways.found for grant in way.resting_on}),
                )
            if found[0]:
                yield numbers, *found

    def _is_asked(self, hold: Hold) -> bool:
        return not self._verdicts or hold.state.verdict in self._verdicts

    def _unknown(self, principal: str, number: int, cell: Cell) -> PermissionSet:
        """What a principal may have on a vault of which no more is seen than that."""
        if self._verdicts and Verdict.UNKNOWN not in self._verdicts:
            return 0
        unknown = self.unseen.get(number, 0) | _union(self._doubts.hidden(principal, number))
        for hold in cell:
            if not hold.object and hold.state.level:
                unknown &= ~hold.permissions
        return unknown


def _union(doubts: Iterable[Doubt]) -> PermissionSet:
    found = 0
    for doubt in doubts:
        found |= doubt.at(1)
    return found


def _held_order(held: Held) -> tuple[object, ...]:
    return -len(held.cell), held.vaults


def _order(row: Row) -> tuple[object, ...]:
    """By how much of the vaults' data is held, then by how much can be obtained, then by the rest."""
    amounts = [0, 0, 0]
    for held in row.held:
        for hold in held.cell:
            place = 2 if not hold.permissions & DATA else 0 if hold.state.level == 2 else 1
            amounts[place] += hold.permissions.bit_count() * len(held.vaults)
    return *(-amount for amount in amounts), row.principal
