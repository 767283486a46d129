"""Over the whole estate: which grants let their assignees obtain more, each found once and not once a vault."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from kvaudit.access.edges import anywhere, completed_elsewhere, edges, needed
from kvaudit.access.escalation import Aim, Climb, Place, likeness
from kvaudit.access.means import Means
from kvaudit.access.paths import actions_told
from kvaudit.model.finding import Confidence, Verdict
from kvaudit.model.grant import MANAGEMENT_PLANE, Climbed, Escalation, Grant
from kvaudit.model.permission import ASSIGN_ROLES, DATA

_STARTS = frozenset((Verdict.DIRECT, Verdict.CONDITIONAL, Verdict.ELIGIBLE))
_Found = tuple[tuple[str, Climb], ...]


def escalations(grants: Iterable[Grant], places: Sequence[Place], means: Means) -> Iterator[Escalation]:
    """One escalation for each grant and first edge, with all vaults it works on.

    What edges a grant opens depends on its permissions and conditions and on the kind of place, seldom on the
    assignee, so it is worked out once for all grants that are alike.
    """
    titles = {edge.id: edge.title for edge in reversed(edges())}
    known: dict[tuple[object, ...], _Found] = {}
    divided: dict[int, dict[Place, tuple[int, ...]]] = {}
    for grant in grants:
        if grant.plane != MANAGEMENT_PLANE or grant.verdict not in _STARTS:
            continue
        if not grant.permissions & needed() and grant.role not in means.redefinitions.roles:
            continue
        by_place = divided.get(id(grant.vaults))
        if by_place is None:
            by_place = divided[id(grant.vaults)] = _divide(grant.vaults, places)
        by_edge: dict[str, list[tuple[Climb, tuple[int, ...]]]] = {}
        for place, numbers in by_place.items():
            key = (*_likeness(grant, means), place)
            found = known.get(key)
            if found is None:
                every = means.climber.climb((grant,), Aim(place, (grant.principal,), DATA))
                found = known[key] = tuple(_best(climb for climb in every if not climb.unsure))
            for edge, climb in found:
                by_edge.setdefault(edge, []).append((climb, numbers))
        for edge, climbs in by_edge.items():
            yield _escalation(edge, titles[edge], grant, climbs)


def _likeness(grant: Grant, means: Means) -> tuple[object, ...]:
    away = means.elsewhere.of(grant.principal, anywhere()) if grant.permissions & completed_elsewhere() else ()
    bound = grant.permissions & ASSIGN_ROLES and grant.bound and means.delegations.names_principals(grant)
    bound = bound or grant.role in means.redefinitions.roles or any(each.bound for each in away)
    # The type of the assignee is an attribute of the conditions, so it counts among what makes grants alike.
    who = grant.principal if bound else grant.principal_type
    return *likeness(grant), who, *((each.permissions, each.verdict) for each in away)


def _divide(numbers: tuple[int, ...], places: Sequence[Place]) -> dict[Place, tuple[int, ...]]:
    by_place: dict[Place, list[int]] = {}
    for number in numbers:
        by_place.setdefault(places[number], []).append(number)
    if len(by_place) == 1:
        return dict.fromkeys(by_place, numbers)  # and not a copy: who has the same list shares what is made of it
    return {place: tuple(found) for place, found in by_place.items()}


def _best(climbs: Iterable[Climb]) -> Iterator[tuple[str, Climb]]:
    """Climbs with the edge they begin with: what they are a finding about. None gives less than one before it."""
    kept: dict[str, list[Climb]] = {}
    for climb in climbs:
        edge = next(rung.edge for rung in climb.way.rungs if rung.edge != "V16")
        others = kept.setdefault(edge, [])
        if not any(_is_covered(climb, other) for other in others):
            others.append(climb)
            yield edge, climb


def _is_covered(climb: Climb, other: Climb) -> bool:
    """Whether another climb gives all that this one does, as surely and in as few actions."""
    way, better = climb.way, other.way
    no_better = way.confidence <= better.confidence and len(way.rungs) >= len(better.rungs)
    return no_better and not climb.gains & ~other.gains and other.object in ("", climb.object)


def _escalation(edge: str, title: str, grant: Grant, climbs: list[tuple[Climb, tuple[int, ...]]]) -> Escalation:
    surest = max((climb for climb, _ in climbs), key=lambda climb: climb.way.confidence)
    gains = 0
    confidence = Confidence.LOW
    for climb, _ in climbs:
        gains |= climb.gains
        confidence = max(confidence, climb.way.confidence)
    vaults = climbs[0][1]
    if any(others is not vaults for _, others in climbs):
        vaults = tuple(sorted(set[int]().union(*(others for _, others in climbs))))
    return Escalation(
        edge=edge,
        title=title,
        grant=grant,
        vaults=vaults,
        gains=gains,
        confidence=confidence,
        action=surest.way.rungs[0].action,
        roles=surest.roles,
        note=surest.note,
        actions=len(surest.way.rungs),
        tell=partial(actions_told, surest.way.rungs),
        climbs=tuple([_climbed(climb, numbers) for climb, numbers in climbs]),
    )


def _climbed(climb: Climb, vaults: tuple[int, ...]) -> Climbed:
    way = climb.way
    return Climbed(vaults, climb.gains, way.confidence, len(way.rungs), partial(actions_told, way.rungs))
