"""Over the whole estate: which grants let their assignees obtain more, each found once and not once a vault."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kvaudit.access.chains import Chain
from kvaudit.access.delegation import Delegations
from kvaudit.access.edges import anywhere, completed_elsewhere, edges, needed
from kvaudit.access.elsewhere import Elsewhere
from kvaudit.access.escalation import Aim, Climb, Climber, Place, likeness
from kvaudit.access.impersonation import VIRTUAL
from kvaudit.access.means import Means
from kvaudit.access.membership import Directory
from kvaudit.access.paths import Paths
from kvaudit.model.finding import Confidence, Step, Verdict
from kvaudit.model.grant import DATA_PLANE, MANAGEMENT_PLANE, Escalation, Grant
from kvaudit.model.permission import ASSIGN_ROLES, DATA, PermissionSet
from kvaudit.model.value import Value

_STARTS = frozenset((Verdict.DIRECT, Verdict.CONDITIONAL, Verdict.ELIGIBLE))
_Found = tuple[tuple[str, Climb], ...]


def escalations(
    grants: Iterable[Grant],
    places: Sequence[Place],
    climber: Climber,
    delegations: Delegations,
    elsewhere: Elsewhere,
) -> Iterator[Escalation]:
    """One escalation for each grant and first edge, with all vaults it works on.

    What edges a grant opens depends on its permissions and conditions and on the kind of place, seldom on the
    assignee, so it is worked out once for all grants that are alike.
    """
    titles = {edge.id: edge.title for edge in reversed(edges())}
    known: dict[tuple[object, ...], _Found] = {}
    divided: dict[int, dict[Place, tuple[int, ...]]] = {}
    for grant in grants:
        if grant.plane != MANAGEMENT_PLANE or grant.verdict not in _STARTS or not grant.permissions & needed():
            continue
        by_place = divided.get(id(grant.vaults))
        if by_place is None:
            by_place = divided[id(grant.vaults)] = _divide(grant.vaults, places)
        by_edge: dict[str, list[tuple[Climb, tuple[int, ...]]]] = {}
        for place, numbers in by_place.items():
            key = (*_likeness(grant, delegations, elsewhere), place)
            found = known.get(key)
            if found is None:
                found = known[key] = tuple(
                    _first(climb) for climb in climber.climb((grant,), Aim(place, grant.principal, DATA))
                )
            for edge, climb in found:
                if not climb.unsure:
                    by_edge.setdefault(edge, []).append((climb, numbers))
        for edge, climbs in by_edge.items():
            yield _escalation(edge, titles[edge], grant, climbs)


def _likeness(grant: Grant, delegations: Delegations, elsewhere: Elsewhere) -> tuple[object, ...]:
    bound = grant.permissions & ASSIGN_ROLES and grant.bound and delegations.names_principals(grant)
    # The type of the assignee is an attribute of the conditions, so it counts among what makes grants alike.
    who = grant.principal if bound else grant.principal_type
    completed = grant.permissions & completed_elsewhere()
    more = tuple(each.permissions for each in elsewhere.of(grant.principal, anywhere())) if completed else ()
    return *likeness(grant), who, more


def _divide(numbers: tuple[int, ...], places: Sequence[Place]) -> dict[Place, tuple[int, ...]]:
    by_place: dict[Place, list[int]] = {}
    for number in numbers:
        by_place.setdefault(places[number], []).append(number)
    return {place: tuple(found) for place, found in by_place.items()}


def _first(climb: Climb) -> tuple[str, Climb]:
    """The edge a climb begins with: what it is a finding about."""
    return next(rung.edge for rung in climb.way.rungs if rung.edge != "V16"), climb


def _escalation(edge: str, title: str, grant: Grant, climbs: list[tuple[Climb, tuple[int, ...]]]) -> Escalation:
    surest = max((climb for climb, _ in climbs), key=lambda climb: climb.way.confidence)
    gains = 0
    numbers: set[int] = set()
    confidence = Confidence.LOW
    for climb, vaults in climbs:
        gains |= climb.gains
        numbers.update(vaults)
        confidence = max(confidence, climb.way.confidence)
    return Escalation(
        edge=edge,
        title=title,
        grant=grant,
        vaults=tuple(sorted(numbers)),
        gains=gains,
        confidence=confidence,
        action=surest.way.rungs[0].action,
        roles=surest.roles,
        note=surest.note,
        steps=tuple(Step("action", rung.text, rung.ref or rung.action) for rung in surest.way.rungs),
    )


def takeovers(
    grants: Iterable[Grant], found: Iterable[Escalation], means: Means, directory: Directory, paths: Paths
) -> Iterator[Escalation]:
    """What is reached by acting as somebody else: one escalation for each cause and first step, with all its vaults.

    `found` are the escalations over vaults, which whom one acts as may go on with.
    """
    held = _Held(grants, found, directory)
    for holder in sorted(means.impersonation.holders - VIRTUAL.keys()):
        own = (holder, *directory.ways_up(holder))
        by_first: dict[tuple[object, ...], list[tuple[Chain, Gain]]] = {}
        for chain in means.chains.of(holder):
            first = chain.hops[0]
            if chain.unsure or all(grant.principal != holder for grant in first.way.grants):
                continue  # what is its groups' is told of them
            for gain in held.of(chain.target):
                if not held.covers(own, gain):
                    by_first.setdefault((first.takeover.id, *map(id, first.way.grants)), []).append((chain, gain))
        for gains in by_first.values():
            yield _taken_over(holder, gains, paths)


class Gain(Value):
    """Data access that somebody holds or climbs to."""

    grant: Grant
    vaults: tuple[int, ...]
    permissions: PermissionSet
    confidence: Confidence
    steps: tuple[Step, ...] = ()  # the actions since the grant


class _Held:
    """Who holds or climbs to which data, over the whole estate."""

    def __init__(self, grants: Iterable[Grant], found: Iterable[Escalation], directory: Directory) -> None:
        self._directory = directory
        self._gains: dict[str, list[Gain]] = {}
        for grant in grants:
            sure = _SURE.get(grant.verdict)
            if sure is not None and grant.plane == DATA_PLANE:
                gain = Gain(grant, grant.vaults, grant.permissions, sure)
                self._gains.setdefault(grant.principal, []).append(gain)
        for each in found:
            gain = Gain(each.grant, each.vaults, each.gains, each.confidence, each.steps)
            self._gains.setdefault(each.grant.principal, []).append(gain)

    def of(self, principal: str) -> Iterator[Gain]:
        """All of a principal and its groups."""
        for holder in (principal, *self._directory.ways_up(principal)):
            yield from self._gains.get(holder, ())

    def covers(self, own: Iterable[str], gain: Gain) -> bool:
        """Whether one of these holds all of a gain for certain, so that it is none to him."""
        return any(
            not each.steps
            and each.confidence is Confidence.HIGH
            and not gain.permissions & ~each.permissions
            and (each.vaults is gain.vaults or set(gain.vaults) <= set(each.vaults))
            for holder in own
            for each in self._gains.get(holder, ())
        )


_SURE = {Verdict.DIRECT: Confidence.HIGH, Verdict.ELIGIBLE: Confidence.MEDIUM, Verdict.CONDITIONAL: Confidence.LOW}


def _taken_over(holder: str, found: list[tuple[Chain, Gain]], paths: Paths) -> Escalation:
    def surest(each: tuple[Chain, Gain]) -> tuple[Confidence, int]:
        chain, gain = each
        return min(chain.confidence, gain.confidence), -chain.length - len(gain.steps)

    chain, gain = max(found, key=surest)
    first = chain.hops[0]
    gains = 0
    for _, each in found:
        gains |= each.permissions
    own = next(grant for grant in first.way.grants if grant.principal == holder)
    steps = [step for step in paths.along(chain, (gain.grant,)) if step not in paths.grant_steps(own)]
    return Escalation(
        edge=first.takeover.id,
        title=first.takeover.title,
        grant=own,
        vaults=tuple(sorted(set[int]().union(*(each.vaults for _, each in found)))),
        gains=gains,
        confidence=surest((chain, gain))[0],
        action=first.way.rungs[-1].action,
        steps=(*steps, *gain.steps),
        targets=tuple(dict.fromkeys(each.hops[0].target for each, _ in found)),
    )
