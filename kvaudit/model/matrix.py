"""The matrix: what each principal has on each vault, vaults together of which the same is to be said."""

from __future__ import annotations

from collections.abc import Mapping

from kvaudit.model.change import State
from kvaudit.model.finding import Gap, NotEvaluated
from kvaudit.model.origin import Location, Origin
from kvaudit.model.permission import PermissionSet
from kvaudit.model.snapshot import Snapshot
from kvaudit.model.value import Value


class Hold(Value):
    """Some permissions, all had in the same way."""

    state: State
    permissions: PermissionSet
    object: str = ""  # "secrets/s1": on this object only


Cell = tuple[Hold, ...]
"""What a principal has on a vault: on the whole of it first, the strongest first."""


class Held(Value):
    """A cell and the vaults it is the same for."""

    vaults: tuple[int, ...]  # their numbers in the snapshot, ascending
    cell: Cell
    unseen: PermissionSet = 0  # what it may have beside, by facts that were not given


class Row(Value):
    """A principal, with every vault where there is something to say."""

    principal: str
    held: tuple[Held, ...]
    through: tuple[str, ...] = ()  # groups by which it has something, sorted
    team: str | None = None
    members_unknown: bool = False  # a group, not all of whose members are known


class MatrixReport(Value):
    """A finished matrix."""

    rows: tuple[Row, ...]  # sorted by how much is held, then by principal
    asked: PermissionSet
    vaults: tuple[int, ...]  # the numbers of those asked about
    unseen: Mapping[int, PermissionSet]  # what anybody may have on a vault by facts that were not given
    gaps: tuple[Gap, ...]
    not_evaluated: tuple[NotEvaluated, ...]
    snapshot: Snapshot
    locations: Mapping[Origin, Location]
    names: Mapping[str, str]
    types: Mapping[str, str]
    complete: bool
    limit: int = 0  # rows to show to people; 0: all
