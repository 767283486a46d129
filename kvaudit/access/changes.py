"""Two looks at an estate compared: who gained and lost what, by which cause. Source: architecture section 1.

What is had is compared by principals and by vaults that are alike, not by every principal, vault and permission. What
one side could not see is no gain and no loss.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from kvaudit.access.causes import Causes, Reason, unseen
from kvaudit.access.cells import cell_of, state_of, transitions
from kvaudit.access.engine import Access
from kvaudit.access.ledger import Ledger, Outcome, Trace
from kvaudit.access.reaching import Reached, Ways
from kvaudit.access.side import Side
from kvaudit.access.unseen import Doubt, Unseen
from kvaudit.access.ways import Way
from kvaudit.model.change import Change, Kind, State
from kvaudit.model.finding import Verdict
from kvaudit.model.matrix import Cell
from kvaudit.model.permission import PermissionSet
from kvaudit.model.value import Value

_OF_A_VAULT = ("vault", "permissionModel", "vaultSetting")  # reasons that are another for each vault

_Transition = tuple[str, State, State, PermissionSet]


class Difference(Value):
    """Vaults where two cells are different in the same way, by their places in the list of all vaults."""

    places: tuple[int, ...]
    before: Ways
    after: Ways
    transitions: tuple[_Transition, ...]


_UNKNOWN = State(Verdict.UNKNOWN)


class Shift(Value):
    """A difference seen from the side where there is more: for some permissions, how they are had on both."""

    before: State
    after: State
    object: str
    is_gain: bool

    @property
    def most(self) -> State:
        """How they are had on the stronger side."""
        return self.after if self.is_gain else self.before

    @property
    def is_unclear(self) -> bool:
        """Whether one side has it, if at all, by a fact that is not known, and the other has not got it."""
        return not self.most.level and Verdict.UNKNOWN in (self.before.verdict, self.after.verdict)

    @property
    def unseen(self) -> Shift:
        """The same where the weaker side could not be seen, so that nothing is known of it, rather than nothing had."""
        before, after = self.before, self.after
        if self.is_gain and before.verdict.strength < _UNKNOWN.verdict.strength:
            before = _UNKNOWN
        elif not self.is_gain and after.verdict.strength < _UNKNOWN.verdict.strength:
            after = _UNKNOWN
        return Shift(before, after, self.object, self.is_gain)

    def outcome(self, sight: bool | None = None) -> Outcome:  # noqa: FBT001
        """What it is called: what came in sight (True) or went out of it (False) is neither gain nor loss."""
        if sight is not None:
            kind = Kind.APPEARED if sight else Kind.VANISHED
        elif self.is_unclear:
            kind = Kind.VANISHED if self.after.verdict is Verdict.UNKNOWN else Kind.APPEARED
        elif self.before.level == self.after.level:
            kind = Kind.CHANGED
        else:
            kind = Kind.GAINED if self.is_gain else Kind.LOST
        return Outcome(kind, self.before, self.after, self.object)


def changes(old: Access, new: Access, wanted: PermissionSet, keys: Collection[str] | None = None) -> tuple[Change, ...]:
    """Every change of access to these permissions, by cause; `keys` are those of the vaults to look at, else all."""
    known = old.estate.number.keys() | new.estate.number.keys()
    return _Comparison(old, new, wanted, sorted(known if keys is None else known.intersection(keys))).changes()


class _Comparison:
    """Compares two looks at some vaults, which go by their place in the sorted list of keys."""

    def __init__(self, old: Access, new: Access, wanted: PermissionSet, keys: list[str]) -> None:
        self._old, self._new = Side(old, is_new=False), Side(new, is_new=True)
        self._wanted = wanted
        self._keys = keys
        place = {key: number for number, key in enumerate(keys)}
        sides = (self._old, self._new)
        self._places = {side: [place.get(scope.key) for scope in side.access.estate.scopes] for side in sides}
        groups = old.directory.groups() | new.directory.groups()
        self._unseen = {side: Unseen(side.access, wanted, groups) for side in sides}
        self._causes = {strong: Causes(strong, weak) for strong, weak in (sides, sides[::-1])}
        self._ledger = Ledger([self._written(key) for key in keys])
        # All by identity, and kept by what holds them: comparing them would cost more than finding them.
        self._cells: dict[int, Cell] = {}
        self._one_of: dict[Cell, Cell] = {}
        self._transitions: dict[tuple[int, int], tuple[_Transition, ...]] = {}
        self._differences: dict[tuple[int, int], tuple[Difference, ...]] = {}
        self._parts: dict[int, tuple[tuple[int, ...], ...]] = {}
        self._profiles: dict[int, object] = {}

    def _written(self, key: str) -> str:
        side = self._old if self._new.number(key) is None else self._new
        return side.access.vaults[side.access.estate.number[key]].id

    def changes(self) -> tuple[Change, ...]:
        """Compare everybody, and put together what has one cause."""
        old, new, wanted = self._old.access.answers, self._new.access.answers, self._wanted
        for principal in sorted({*old.holders(wanted), *new.holders(wanted)}):
            for difference in self._compare(old.reached(principal, wanted), new.reached(principal, wanted)):
                for places in self._parted(difference.places):
                    for transition in difference.transitions:
                        self._judge(principal, places, difference, transition)
        return self._ledger.changes()

    # --- what is different ------------------------------------------------------------------------------------------

    def _compare(self, before: Reached, after: Reached) -> tuple[Difference, ...]:
        """Where what a principal has is different; found once for all who have the same on both sides."""
        key = (id(before), id(after))
        found = self._differences.get(key)
        if found is None:
            then, now = self._by_place(before, self._old), self._by_place(after, self._new)
            alike: dict[tuple[int, int], tuple[Ways, Ways, list[int]]] = {}
            for place in sorted(then.keys() | now.keys()):
                one, other = then.get(place, _NO_WAYS), now.get(place, _NO_WAYS)
                if self._cell(one) is not self._cell(other):
                    alike.setdefault((id(one), id(other)), (one, other, []))[2].append(place)
            found = self._differences[key] = tuple(
                Difference(tuple(places), one, other, self._between(self._cell(one), self._cell(other)))
                for one, other, places in alike.values()
            )
        return found

    def _by_place(self, reached: Reached, side: Side) -> dict[int, Ways]:
        places = self._places[side]
        found = ((places[number], ways) for numbers, ways in reached.found for number in numbers)
        return {place: ways for place, ways in found if place is not None}

    def _cell(self, ways: Ways) -> Cell:
        """The cell of some ways; equal cells are one object."""
        cell = self._cells.get(id(ways))
        if cell is None:
            cell = cell_of(ways.found)
            cell = self._cells[id(ways)] = self._one_of.setdefault(cell, cell)
        return cell

    def _between(self, before: Cell, after: Cell) -> tuple[_Transition, ...]:
        key = (id(before), id(after))
        found = self._transitions.get(key)
        if found is None:
            found = self._transitions[key] = tuple(transitions(before, after))
        return found

    def _parted(self, places: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
        """Vaults apart of which something is different that may explain a change."""
        found = self._parts.get(id(places))
        if found is None:
            alike: dict[object, list[int]] = {}
            for place in places:
                if place not in self._profiles:
                    sides = (self._old, self._new)
                    self._profiles[place] = tuple(self._profile(side, self._keys[place]) for side in sides)
                alike.setdefault(self._profiles[place], []).append(place)
            found = self._parts[id(places)] = tuple(map(tuple, alike.values()))
        return found

    def _profile(self, side: Side, key: str) -> object:
        number, hidden = side.number(key), self._unseen[side]
        if number is None:
            return tuple((each.gap.need, each.gap.subject) for each in hidden.elsewhere(key))
        access = side.access
        return (
            access.places[number],
            access.estate.management_groups(number),
            tuple(map(id, side.denies(key))),
            tuple((each.gap.need, each.gap.subject) for each in hidden.on(number)),
            hidden.groups_on(number),
        )

    # --- what it is, and why ----------------------------------------------------------------------------------------

    def _judge(self, principal: str, places: tuple[int, ...], difference: Difference, transition: _Transition) -> None:
        """Take down what happened to some permissions on vaults that are alike: what is in doubt, and the rest."""
        name, before, after, permissions = transition
        shift = Shift(before, after, name, after.is_stronger(before))
        strong, weak = (self._new, self._old) if shift.is_gain else (self._old, self._new)
        more, less = (difference.after, difference.before) if shift.is_gain else (difference.before, difference.after)
        for doubt in () if shift.is_unclear else self._doubts(principal, self._keys[places[0]], strong, weak, less):
            doubtful = permissions & doubt.at(shift.most.level)
            permissions &= ~doubtful
            for at, way in _giving(more, shift, doubtful):
                trace = Trace(strong.access, more, at)
                reason, outcome = unseen(doubt.gap, is_new=weak.is_new), shift.unseen.outcome(strong.is_new)
                self._ledger.note(reason, outcome, principal, places, way.permissions & doubtful, trace)
        for at, way in _giving(more, shift, permissions):
            trace = Trace(strong.access, more, at)
            for where, reason, outcome in self._reasons(principal, places, way, shift, strong, weak):
                self._ledger.note(reason, outcome, principal, where, way.permissions & permissions, trace)

    def _reasons(  # noqa: PLR0913, PLR0917 - one way, and where and how it is there
        self, principal: str, places: tuple[int, ...], way: Way, shift: Shift, strong: Side, weak: Side
    ) -> Iterator[tuple[tuple[int, ...], Reason, Outcome]]:
        """Why a way is there on one side only, on some vaults: mostly the same for all; and what that comes to."""
        first, find = self._keys[places[0]], self._causes[strong].of
        here, there = strong.number(first), weak.number(first)
        gap = None if there is None else self._unseen[weak].unlisted(way, there)
        if gap is not None:
            if not shift.is_unclear:  # else it is as little known on one side as on the other
                yield places, unseen(gap, is_new=weak.is_new), shift.unseen.outcome(strong.is_new)
            return
        reason = find(principal, first, way)
        if reason.kind == "denyAssignment" and here is not None:
            gap = self._unseen[strong].gap("denyAssignments", here)
        if gap is not None:
            yield places, unseen(gap, is_new=strong.is_new), shift.outcome(weak.is_new)
        elif reason.kind not in _OF_A_VAULT:
            yield places, reason, shift.outcome()
        else:
            for place in places:
                yield (place,), find(principal, self._keys[place], way), shift.outcome()

    def _doubts(self, principal: str, key: str, strong: Side, weak: Side, ways: Ways) -> Iterator[Doubt]:
        """What one side could not see of a principal on a vault, what explains the other side best first."""
        hidden, number = self._unseen[weak], weak.number(key)
        if number is None:
            yield from hidden.elsewhere(key)
            return
        yield from hidden.undecided(ways, number)
        groups = strong.access.directory.ways_up(principal)
        yield from sorted(hidden.hidden(principal, number), key=lambda doubt: doubt.gap.subject not in groups)
        yield from hidden.on(number)


_NO_WAYS = Ways()


def _giving(ways: Ways, shift: Shift, permissions: PermissionSet) -> Iterator[tuple[int, Way]]:
    """The ways by which some permissions are had as they are had at most, each with its place among all."""
    for number, way in enumerate(ways.found):
        if way.permissions & permissions and state_of(way) == shift.most and way.object in ("", shift.object):
            yield number, way
