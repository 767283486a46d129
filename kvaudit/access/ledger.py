"""What changed, put together by cause: one entry for a cause with everybody and everything it changed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_

from kvaudit.access.causes import Reason
from kvaudit.access.engine import Access
from kvaudit.access.reaching import Ways
from kvaudit.model.change import Change, Effect, Kind, State
from kvaudit.model.finding import Step
from kvaudit.model.permission import DATA, PermissionSet
from kvaudit.model.scope import parse_scope
from kvaudit.model.value import Value

_NAMED = 3  # of those who joined a group


class Outcome(Value):
    """What happened to an access, whoever had it and wherever."""

    kind: Kind
    before: State
    after: State
    object: str = ""


class Trace(Value):
    """One way, by its place among those it was found with, on the side where the access is stronger."""

    access: Access
    ways: Ways
    at: int

    def steps(self, principal: str) -> tuple[Step, ...]:
        """The way in words, from a principal on."""
        told = self.ways.paths[self.at]
        return self.access.paths.heads(principal, told.holders) + told.tail

    def is_own(self, principal: str) -> bool:
        """Whether a principal is given what it rests on itself, and not through groups."""
        return all(grant.principal == principal for grant in self.ways.found[self.at].resting_on)

    @property
    def rank(self) -> tuple[object, ...]:
        """The simplest first, the same whatever the order of the input."""
        way = self.ways.found[self.at]
        grants = sorted(grant.cause.id.lower() for grant in way.resting_on)
        return len(way.rungs), [rung.text for rung in way.rungs], grants


class _Entry:
    """All that follows from one reason."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        self.who: dict[str, Reason] = {}
        self.noted: dict[tuple[Outcome, str], dict[tuple[int, ...], tuple[PermissionSet, Trace]]] = {}


class Ledger:
    """Takes down what happened to whom, and gives it back by cause. `vaults` are ids as written, by place."""

    def __init__(self, vaults: Sequence[str]) -> None:
        self._vaults = vaults
        self._entries: dict[tuple[str, str, str], _Entry] = {}

    def note(  # noqa: PLR0913, PLR0917 - one fact of six parts
        self,
        reason: Reason,
        outcome: Outcome,
        principal: str,
        places: tuple[int, ...],
        permissions: PermissionSet,
        trace: Trace,
    ) -> None:
        """Take down what happened to a principal's permissions on some vaults, and why."""
        entry = self._entries.setdefault(reason.key, _Entry(reason))
        entry.who.setdefault(reason.who, reason)
        by_places = entry.noted.setdefault((outcome, principal), {})
        known = by_places.get(places)
        if known is not None:
            permissions |= known[0]
            trace = min(trace, known[1], key=lambda each: each.rank)
        by_places[places] = (permissions, trace)

    def changes(self) -> tuple[Change, ...]:
        """Every cause with its effects; what adds most access first."""
        return tuple(sorted(map(self._change, self._entries.values()), key=_order))

    def _change(self, entry: _Entry) -> Change:
        reason = entry.reason
        text, origins = reason.text, reason.origins
        if who := sorted(filter(None, entry.who)):
            more = f" and {len(who) - _NAMED:,} more" if len(who) > _NAMED + 1 else ""
            text = f"{', '.join(who[:_NAMED] if more else who)}{more} {text}"
            origins = tuple(dict.fromkeys(origin for each in who for origin in entry.who[each].origins))
        effects = tuple(sorted(self._effects(entry), key=_effect_order))
        return Change(reason.kind, reason.what, reason.id, text, effects, origins)

    def _effects(self, entry: _Entry) -> list[Effect]:
        alike: dict[tuple[Outcome, PermissionSet, tuple[int, ...]], list[tuple[str, Trace]]] = {}
        for (outcome, principal), by_places in entry.noted.items():
            by_permissions: dict[PermissionSet, tuple[set[int], list[Trace]]] = {}
            for places, (permissions, trace) in by_places.items():
                where, traces = by_permissions.setdefault(permissions, (set(), []))
                where.update(places)
                traces.append(trace)
            for permissions, (where, traces) in by_permissions.items():
                first = min(traces, key=lambda each: each.rank)
                alike.setdefault((outcome, permissions, tuple(sorted(where))), []).append((principal, first))
        return [
            Effect(
                kind=outcome.kind,
                before=outcome.before,
                after=outcome.after,
                principals=tuple(principal for principal, _ in found),
                vaults=tuple(self._vaults[place] for place in places),
                permissions=permissions,
                object=outcome.object,
                path=_example(found),
            )
            for (outcome, permissions, places), found in alike.items()
        ]


def _example(found: Sequence[tuple[str, Trace]]) -> tuple[Step, ...]:
    """The way of one of several: of somebody who is given it himself, if there is one."""
    themselves = ((principal, trace) for principal, trace in found if trace.is_own(principal))
    principal, trace = next(themselves, found[0])
    return trace.steps(principal)


_KINDS = tuple(Kind)


def _effect_order(effect: Effect) -> tuple[object, ...]:
    level = max(effect.before.level, effect.after.level)
    no_data = not effect.permissions & DATA
    vaults = tuple(parse_scope(vault).key for vault in effect.vaults)
    return _KINDS.index(effect.kind), -level, no_data, vaults, effect.principals, effect.permissions, effect.object


def _order(change: Change) -> tuple[object, ...]:
    """Gains before losses before what else changed; what is held before what can be obtained, data before the rest."""
    first = min(_effect_order(effect)[:3] for effect in change.effects)
    reach = reduce(or_, (effect.permissions for effect in change.effects)).bit_count()
    return first, -reach, change.kind, change.id, change.what
