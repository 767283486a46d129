"""Who has what on which vault, and by which path: the matrix with its ways, for reports that show access as a whole."""

from __future__ import annotations

from collections.abc import Mapping

from kvaudit.model.finding import Confidence, Step, Verdict
from kvaudit.model.matrix import Row
from kvaudit.model.origin import Location, Origin
from kvaudit.model.permission import PermissionSet
from kvaudit.model.value import Value


class Route(Value):
    """One way by which a principal has something, from itself to the vaults."""

    verdict: Verdict
    confidence: Confidence
    permissions: PermissionSet
    object: str  # "secrets/s1": on this object only
    steps: tuple[Step, ...]


class Reach(Value):
    """Some vaults, and the routes by which a principal gets to each of them, the strongest first."""

    vaults: tuple[int, ...]  # their numbers in the snapshot, ascending
    routes: tuple[Route, ...]
    left_out: int = 0  # routes that are not told


class Holder(Value):
    """A principal with what it has, and how it comes by it."""

    row: Row
    reaches: tuple[Reach, ...]


class Overview(Value):
    """Who has what on some vaults: of all who have something, those who have most."""

    vaults: tuple[int, ...]  # the numbers of those laid out
    holders: tuple[Holder, ...]
    left_out: int  # how many more principals have something there
    left_out_on: Mapping[int, int]  # the same of each vault, where there are any
    unseen: Mapping[int, PermissionSet]  # what anybody may have on a vault by facts that were not given
    names: Mapping[str, str]
    types: Mapping[str, str]
    networks: Mapping[int, str]  # who reaches a vault over the network, in words
    locations: Mapping[Origin, Location]
