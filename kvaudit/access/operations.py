"""How single operations are come by: by what is given, else by a climb."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

import msgspec

from kvaudit.access.edges import anywhere, needed
from kvaudit.access.escalation import UNLOCK, Aim, Climber, Way, bits_of, start, union
from kvaudit.model.finding import Confidence
from kvaudit.model.grant import Grant
from kvaudit.model.permission import ASSIGN_ROLES, PermissionSet


@cache
def leads() -> PermissionSet:
    """What a climb begins with: what is as good anywhere else leads nowhere by itself."""
    return needed() & ~anywhere() | ASSIGN_ROLES


def operations(climber: Climber, grants: Sequence[Grant], aim: Aim) -> dict[int, Way]:
    """How each of the operations that are wanted is come by on a place, and how a lock there is deleted."""
    ways = start(grants, aim.wanted | UNLOCK, aim.denied, aim.place.locked)
    sure = union(bit for bit, way in ways.items() if not way.unsure and way.confidence is Confidence.HIGH)
    missing = aim.wanted & ~sure
    if missing and any(grant.permissions & leads() for grant in grants):
        for climb in climber.climb(grants, Aim(aim.place, aim.person, missing, aim.denied)):
            way = msgspec.structs.replace(climb.way, unsure=climb.unsure or climb.way.unsure)
            for bit in bits_of(climb.gains) if not climb.object else ():
                best = surest((ways.get(bit), way))
                if best:
                    ways[bit] = best
    return ways


def sureness(way: Way) -> tuple[bool, Confidence, int]:
    """What of several ways is the surest, and of those that are as sure the shortest."""
    return not way.unsure, way.confidence, -len(way.rungs)


def surest(ways: Iterable[Way | None]) -> Way | None:
    """The surest of some ways; None where there is none."""
    return max(filter(None, ways), key=sureness, default=None)
