"""What one principal has on vaults that are alike: each permission by its strongest verdict. A cell of the matrix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kvaudit.access.ways import Way
from kvaudit.model.change import State
from kvaudit.model.finding import Confidence, Verdict
from kvaudit.model.matrix import Cell, Hold
from kvaudit.model.permission import PermissionSet


def state_of(way: Way) -> State:
    """How a way gives what it gives; only what is obtained has a confidence."""
    return State(way.verdict, way.confidence if way.verdict is Verdict.ESCALATION else Confidence.HIGH)


def cell_of(ways: Iterable[Way]) -> Cell:
    """The strongest of some ways for each permission, and on single objects what goes beyond the whole vault."""
    strongest_first = sorted(ways, key=lambda way: (-way.verdict.strength, -way.confidence, bool(way.object)))
    held: dict[tuple[str, State], PermissionSet] = {}
    seen: dict[str, PermissionSet] = {}
    for way in strongest_first:
        fresh = way.permissions & ~seen.get("", 0) & ~seen.get(way.object, 0)
        if fresh:
            key = (way.object, state_of(way))
            held[key] = held.get(key, 0) | fresh
            seen[way.object] = seen.get(way.object, 0) | fresh
    return tuple(
        Hold(state, permissions, name)
        for (name, state), permissions in sorted(held.items(), key=lambda item: (item[0][0], item[0][1].rank))
    )


def transitions(before: Cell, after: Cell) -> Iterator[tuple[str, State, State, PermissionSet]]:
    """What is different between two cells: object, how it was and is had, and the permissions of which that is so."""
    whole = _differences(before, after, "")
    yield from (("", *key, permissions) for key, permissions in whole.items())
    for name in sorted({hold.object for hold in (*before, *after)} - {""}):
        for key, permissions in _differences(before, after, name).items():
            if own := permissions & ~whole.get(key, 0):
                yield name, *key, own


def _differences(before: Cell, after: Cell, name: str) -> dict[tuple[State, State], PermissionSet]:
    then, now = _states(before, name), _states(after, name)
    found: dict[tuple[State, State], PermissionSet] = {}
    for bit in sorted(then.keys() | now.keys()):
        pair = (then.get(bit, _NOTHING), now.get(bit, _NOTHING))
        if pair[0] != pair[1]:
            found[pair] = found.get(pair, 0) | bit
    return found


_NOTHING = State()


def _states(cell: Cell, name: str) -> dict[int, State]:
    """How each permission is had on an object, which is at least as it is had on the whole vault."""
    states: dict[int, State] = {}
    for hold in cell:
        if hold.object in ("", name):
            left = hold.permissions
            while left:
                bit = left & -left
                left ^= bit
                if bit not in states or hold.state.rank < states[bit].rank:
                    states[bit] = hold.state
    return states
