"""How what is held on a vault leads to more: a search over the catalogue of edges. Source: semantics 3."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from kvaudit.access.delegation import REQUEST_ROLES, Delegations, Offer, narrowest
from kvaudit.access.denies import NOTHING, Denied
from kvaudit.access.edges import Edge, anywhere, completed_elsewhere, doubted, edges, needed, worth_gaining
from kvaudit.access.elsewhere import Elsewhere
from kvaudit.access.membership import Directory
from kvaudit.access.redefinition import Redefinitions
from kvaudit.access.roles import Role
from kvaudit.model.finding import Confidence, Verdict
from kvaudit.model.grant import Grant
from kvaudit.model.permission import ABOVE_VAULT, ASSIGN_ROLES, DATA, ON_OBJECT, TENANT_LEVEL, PermissionSet, pack
from kvaudit.model.scope import Level
from kvaudit.model.value import Value

UNLOCK = pack(["authorization/locks/delete"])
UNLOCK_ACTION = "Microsoft.Authorization/locks/delete"
_START = {
    Verdict.DIRECT: Confidence.HIGH,
    Verdict.ELIGIBLE: Confidence.MEDIUM,
    Verdict.CONDITIONAL: Confidence.LOW,
    Verdict.UNKNOWN: Confidence.LOW,
}


class Place(Value):
    """What of a vault decides which edges work there."""

    rbac: bool | None
    template_deployment: bool | None
    deployment: bool | None
    locked: Level | None  # where the highest ReadOnly lock is, on it or above it; None: there is none


NO_VAULT = Place(rbac=False, template_deployment=None, deployment=None, locked=None)
"""Where no edge over a vault works: a resource, a resource group."""


class Rung(Value):
    """One action of a climb."""

    edge: str
    action: str
    text: str
    ref: str = ""


class Way(Value):
    """How an operation is come by: the grants one starts with, and the actions since."""

    confidence: Confidence
    grants: tuple[Grant, ...]
    rungs: tuple[Rung, ...] = ()
    unsure: str = ""  # a fact of the input that is not known, and on which it rests


class Climb(Value):
    """One way to what is wanted, with the edge it ends in."""

    edge: Edge
    way: Way
    gains: PermissionSet
    unsure: str = ""  # why it is not certain that the edge works here: a fact of the vault that is not known
    object: str = ""
    roles: tuple[str, ...] = ()
    note: str = ""


class Aim(Value):
    """Who climbs where and for what, and what is denied to him there."""

    place: Place
    person: tuple[str, ...]  # a principal, and the groups it has entered
    wanted: PermissionSet
    denied: Denied = NOTHING

    @property
    def holder(self) -> str:
        """The principal's object id."""
        return self.person[0]


class Lever(Value):
    """A right to assign, and the roles it may assign to whom."""

    way: Way  # how the right is come by
    grant: Grant  # the one whose scope bounds it
    offer: Offer
    roles: tuple[Role, ...]


class Climber:
    """Finds the climbs from grants on a place. A climb never passes the same operation twice."""

    def __init__(
        self,
        delegations: Delegations,
        redefinitions: Redefinitions,
        elsewhere: Elsewhere,
        directory: Directory,
        entries: Callable[[str], Mapping[str, Way]],
    ) -> None:
        """`entries` are the ways of a principal into groups that it does not belong to, and to act as applications."""
        self._delegations = delegations
        self._redefinitions = redefinitions
        self._elsewhere = elsewhere
        self._directory = directory
        self._entries = entries

    def climb(self, grants: Sequence[Grant], aim: Aim) -> Iterator[Climb]:
        """Every climb that ends in something wanted, the starting grants all reaching this place.

        Each last edge is given once, by the shortest and surest way to what it needs. Where the permission model is
        not known, what is reached under either model is reached for certain.
        """
        if aim.place.rbac is not None:
            yield from self._climb(grants, aim)
            return
        place = aim.place
        either = []
        for rbac in (True, False):
            known = Place(rbac, place.template_deployment, place.deployment, place.locked)
            either.append(list(self._climb(grants, Aim(known, aim.person, aim.wanted, aim.denied))))
        sure = _sure(either[0]) & _sure(either[1])
        told: set[tuple[object, ...]] = set()
        for model, climbs in zip(("Azure RBAC", "access policies"), either, strict=True):
            for climb in climbs:
                same = (climb.way.rungs, *map(id, climb.way.grants))  # an edge that asks for no model is in both
                if same not in told:
                    told.add(same)
                    doubt = "" if not climb.gains & ~sure else f"if the vault decides by {model}, which is not known"
                    yield Climb(
                        climb.edge, climb.way, climb.gains, climb.unsure or doubt, climb.object, climb.roles, climb.note
                    )

    def _climb(self, grants: Sequence[Grant], aim: Aim) -> Iterator[Climb]:
        # What a role that is not known may lead to on the vault, it may as well give at once.
        defined = [grant for grant in grants if grant.need != "roleDefinitions"]
        ways = start(defined, needed() | UNLOCK, aim.denied, aim.place.locked)
        levers = [*self._levers(grants, aim), *self._rewrites(grants, aim)]
        away: dict[int, Way] = {}
        if completed_elsewhere() & union(ways):
            grants_away = [grant for each in aim.person for grant in self._elsewhere.of(each, anywhere())]
            away = self.away(aim.person, grants_away, anywhere())
        fresh = union(ways) | union(away)
        passed: set[str] = set()
        while fresh or levers:
            found: list[Climb] = []
            gained: dict[int, Way] = {}
            further: list[Lever] = []
            for lever in levers:
                found += self._assign(lever, aim)
                # What is perhaps held already is worth gaining for certain.
                known = union(bit for bit, way in ways.items() if lever.way.unsure or not way.unsure)
                self._gain(lever, aim, known, gained)
                further += self._pass_on(lever, aim, passed, gained)
            held = union(ways)
            for edge in edges():
                at_hand = ways | {
                    bit: way
                    for bit, way in away.items()
                    if bit & edge.anywhere and (bit not in ways or _surer(way, ways[bit]))
                }
                if edge.needs & fresh and not edge.needs & ~union(at_hand) and not edge.unless & held:
                    found += self._take(edge, aim, at_hand)
            yield from found
            aim = _less(aim, found)
            gained = {bit: way for bit, way in gained.items() if bit not in ways or _surer(way, ways[bit])}
            ways.update(gained)
            fresh = union(gained)
            levers = further

    def away(self, person: tuple[str, ...], grants: Sequence[Grant], wanted: PermissionSet) -> dict[int, Way]:
        """How operations are come by that serve at any scope: by these grants, else by a role assigned there."""
        ways = start(grants, wanted)
        places = [grant for grant in grants if grant.scope.level <= Level.RESOURCE_GROUP]
        for lever in self._levers(places, Aim(NO_VAULT, person, wanted)):
            if wanted & ASSIGN_ROLES:  # what conditions let it assign there is not looked into
                way = lever.way
                ways.setdefault(ASSIGN_ROLES, Way(Confidence.LOW, way.grants, way.rungs, way.unsure))
            for bit in bits_of(wanted & ~ASSIGN_ROLES & ~union(ways)):
                role = narrowest(lever.roles, bit)
                if role is not None:
                    ways[bit] = self._assigned(lever, role, person[0])
        return ways

    def _levers(self, grants: Sequence[Grant], aim: Aim) -> Iterator[Lever]:
        for grant in grants:
            if (
                grant.permissions & (ASSIGN_ROLES | REQUEST_ROLES) & ~aim.denied.certain
                and grant.need != "roleDefinitions"
            ):
                for offer in self._delegations.offers(grant, aim.holder):
                    way = Way(offer.confidence, (grant,), unsure=grant.reason if grant.need else "")
                    yield Lever(way, grant, offer, self._delegations.among(offer))

    def _rewrites(self, grants: Sequence[Grant], aim: Aim) -> Iterator[Lever]:
        """Custom roles that are held and may be rewritten: each becomes any role one wants (V6)."""
        edge = next(edge for edge in edges() if edge.redefines)
        for grant in grants:
            confidence = _START.get(grant.verdict)
            if confidence is None or grant.need not in {"", "subscriptions"} or not grant.role:
                continue
            right = self._redefinitions.of(aim.person, grant.role) if grant.role in self._redefinitions.roles else ()
            if right:
                sure = min(confidence, edge.confidence, Confidence.LOW if grant.condition else Confidence.HIGH)
                begins = Way(sure, (grant,), unsure=grant.reason if grant.need else "")
                way = join((begins, *(_held(each) for each in right)))
                offer = Offer(aim.holder, (), way.confidence, edge="V6", action=edge.actions[0])
                yield Lever(way, grant, offer, self._delegations.among(offer))

    def _pass_on(self, lever: Lever, aim: Aim, passed: set[str], gained: dict[int, Way]) -> Iterator[Lever]:
        """Further rights to assign, by roles that a bounded right may assign; these have conditions of their own."""
        for role in lever.roles if lever.offer.roles and not lever.grant.object else ():
            if role.permissions & ASSIGN_ROLES & ~aim.denied.certain and role.key not in passed:
                passed.add(role.key)
                way = self._assigned(lever, role, aim.holder)
                for offer in self._delegations.offers_of(role, aim.holder, way.confidence):
                    if not offer.roles:
                        gained.setdefault(ASSIGN_ROLES, way)
                    yield Lever(way, lever.grant, offer, self._delegations.among(offer))

    def _take(self, edge: Edge, aim: Aim, ways: dict[int, Way]) -> Iterator[Climb]:
        """What an edge leads to, whose needs are all come by."""
        gains = edge.gains & aim.wanted
        unsure = _fits(edge, aim.place)
        if not gains or unsure is None:
            return
        way = join(ways[bit] for bit in bits_of(edge.needs))
        confidence, note, rungs = min(way.confidence, edge.confidence), "", way.rungs
        if aim.place.locked is not None and edge.puts:
            if UNLOCK in ways:
                way = join((way, ways[UNLOCK]))
                rungs = (*way.rungs, Rung("V16", UNLOCK_ACTION, f"deletes the ReadOnly lock with {UNLOCK_ACTION}"))
            else:
                note = "a ReadOnly lock on the vault should stand in the way, and nothing here lets it be deleted"
                confidence = Confidence.LOW
        text = f"{edge.does}, with {_and(edge.actions)}" + (f" ({note})" if note else "")
        rungs = (*rungs, Rung(edge.id, edge.actions[0], text))
        yield Climb(edge, Way(confidence, way.grants, rungs), gains, way.unsure or unsure, note=note)

    def _assign(self, lever: Lever, aim: Aim) -> Iterator[Climb]:
        """What is wanted and comes at once with some role that can be assigned."""
        grant, offer, roles = lever.grant, lever.offer, lever.roles
        edge = next(edge for edge in edges() if edge.id == offer.edge)
        planes = (~DATA, DATA) if aim.place.rbac else (~DATA,)  # on a policy vault a role's data actions are inert
        for plane in planes:
            target = aim.wanted & _reachable(grant) & plane & ~aim.denied.certain
            role = narrowest(roles, target)
            if role is None:
                continue
            giving = [each for each in roles if each.permissions & target]
            gains = 0
            for each in giving:
                gains |= each.permissions & target
            way = self._assigned(lever, role, aim.holder, Confidence.LOW if gains & aim.denied.possible else None)
            keys = tuple(each.key for each in giving) if offer.roles else ()
            yield Climb(edge, way, gains, way.unsure, grant.object, keys, offer.note)

    def _gain(self, lever: Lever, aim: Aim, known: PermissionSet, gained: dict[int, Way]) -> None:
        """Add what edges need and is not come by yet, by as few roles as it takes."""
        if lever.grant.object:
            return
        missing = worth_gaining() & _reachable(lever.grant)
        missing &= ~(DATA | ASSIGN_ROLES | known | union(gained) | aim.denied.certain)
        chosen: list[Role] = []
        for bit in bits_of(missing):
            role = narrowest(tuple(chosen), bit) or narrowest(lever.roles, bit)
            if role is not None:
                chosen.append(role)
                gained[bit] = self._assigned(lever, role, aim.holder)

    def _assigned(self, lever: Lever, role: Role, holder: str, at_most: Confidence | None = None) -> Way:
        """The way on from a lever over the assignment of a role, and into the group that it is assigned to."""
        offer, way = lever.offer, lever.way
        confidence = min(way.confidence, offer.confidence) if at_most is None else at_most
        rungs, grants = (*way.rungs, self._assignment(offer, role, holder)), way.grants
        entry = None if offer.target == holder else self._entries(holder).get(offer.target)
        if entry and offer.target not in self._directory.ways_up(holder):
            confidence, grants = min(confidence, entry.confidence), (*grants, *entry.grants)
            rungs = (*rungs, *entry.rungs)
            return Way(confidence, grants, rungs, way.unsure or entry.unsure)
        return Way(confidence, grants, rungs, way.unsure)

    def _assignment(self, offer: Offer, role: Role, holder: str) -> Rung:
        note = f" ({offer.note})" if offer.note else ""
        if offer.edge == "V6":
            return Rung("V6", offer.action, f"adds what {role.name} has to the role that it holds, with {offer.action}")
        to = "itself"
        if offer.target != holder:
            how = "can enter" if self._directory.is_group(offer.target) else "can act as"
            how = "belongs to" if offer.target in self._directory.ways_up(holder) else how
            to = f"{self._directory.label(offer.target)}, which it {how},"
        asks = "requests for" if offer.edge == "V8" else "assigns"
        text = f"{asks} {to} the role {role.name} with {offer.action}{note}"
        return Rung(offer.edge, offer.action, text, role.key)


def _held(grant: Grant) -> Way:
    return Way(_START[grant.verdict], (grant,), unsure=grant.reason if grant.need else "")


def _unlocks(grant: Grant, locked: Level | None) -> bool:
    """Whether the right to delete locks, at the scope of a grant, bears on a lock at this level above a place."""
    return locked is None or grant.scope.level <= locked


def start(
    grants: Iterable[Grant], interesting: PermissionSet, denied: Denied = NOTHING, locked: Level | None = None
) -> dict[int, Way]:
    """What grants give at once of the operations of interest, each by the surest of them."""
    ways: dict[int, Way] = {}
    for grant in grants:
        confidence = _START.get(grant.verdict)
        if confidence is None or grant.object:
            continue
        taken = NOTHING if grant.cause.kind == "accessPolicy" else denied  # denies do not bear on access policies
        for bit in bits_of(grant.permissions & interesting & ~taken.certain):
            if bit == ASSIGN_ROLES and grant.bound:
                continue  # what its conditions let it assign is asked one by one
            if bit == UNLOCK and not _unlocks(grant, locked):
                continue
            sure = Confidence.LOW if bit & taken.possible else confidence
            way = Way(sure, (grant,), unsure=grant.reason if grant.need else "")
            if bit not in ways or _surer(way, ways[bit]):
                ways[bit] = way
    return ways


def likeness(grant: Grant) -> tuple[object, ...]:
    """What of a grant decides which edges it opens, whoever is the assignee, where its conditions name nobody."""
    level = max(grant.scope.level, Level.SUBSCRIPTION)  # no lock is above one
    return grant.permissions, grant.verdict, grant.role, grant.condition, grant.reason, grant.object, level


def join(ways: Iterable[Way]) -> Way:
    """Several ways gone together: as sure as the least sure of them."""
    confidence = Confidence.HIGH
    grants: dict[int, Grant] = {}  # by identity: a grant is large to compare
    rungs: dict[Rung, None] = {}
    unsure = []
    for way in ways:
        unsure.append(way.unsure)
        confidence = min(confidence, way.confidence)
        grants.update((id(grant), grant) for grant in way.grants)
        rungs.update(dict.fromkeys(way.rungs))
    return Way(confidence, tuple(grants.values()), tuple(rungs), next(filter(None, unsure), ""))


def _surer(one: Way, other: Way) -> bool:
    return (not one.unsure, one.confidence) > (not other.unsure, other.confidence)


def _fits(edge: Edge, place: Place) -> str | None:
    """Whether an edge works on a place: an empty text where it does, None where not, the reason where not known."""
    if edge.rbac is not None and edge.rbac is not place.rbac:
        return None
    flags = {"template-deployment": place.template_deployment, "deployment": place.deployment, "": True}
    if flags[edge.flag] is False or (edge.flag_off and flags[edge.flag_off] is True):
        return None
    if flags[edge.flag] is None:
        return f"if the vault is enabled for {edge.flag.replace('-', ' ')}, which is not known"
    return ""


def _reachable(grant: Grant) -> PermissionSet:
    """What can be assigned at the scope of a right to assign."""
    if grant.object:
        return ON_OBJECT[grant.object.split("/")[0]]
    return ~ABOVE_VAULT if grant.scope.level > Level.SUBSCRIPTION else ~TENANT_LEVEL


def _less(aim: Aim, found: Iterable[Climb]) -> Aim:
    """What is still wanted: what is reached for certain is not sought again by a longer climb."""
    wanted = aim.wanted
    for climb in found:
        if not climb.unsure and not climb.object and climb.way.confidence is Confidence.HIGH:
            wanted &= ~climb.gains
    return Aim(aim.place, aim.person, wanted, aim.denied)


def _sure(climbs: Iterable[Climb]) -> PermissionSet:
    """What is reached by edges that nobody doubts. Where one begins may be doubtful: that is so under either model."""
    plain = (climb for climb in climbs if not climb.unsure and not climb.object)
    return union(each.gains for each in plain if doubted().isdisjoint(rung.edge for rung in each.way.rungs))


def union(bits: Iterable[int]) -> PermissionSet:
    """All permissions of some sets."""
    held = 0
    for bit in bits:
        held |= bit
    return held


def _and(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def bits_of(held: PermissionSet) -> Iterator[int]:
    """The single permissions of a set."""
    while held:
        lowest = held & -held
        yield lowest
        held ^= lowest
