"""A tenant as the fake knows it: bodies as Resource Manager and Graph give them, by kind, and where they are found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, overload

Row = dict[str, Any]

GROUPS = "/providers/Microsoft.Management/managementGroups/"
ROOT = "/"


class ManagementGroup(NamedTuple):
    name: str
    display_name: str
    parent: str | None  # None for the tenant root group


class Subscription(NamedTuple):
    id: str
    name: str
    parent: str  # the name of a management group
    state: str = "Enabled"

    @property
    def scope(self) -> str:
        return f"/subscriptions/{self.id}"


def place(row: Row) -> str:
    """Where a row counts: the scope it names, or its own id; in lower case."""
    return ((row.get("properties") or {}).get("scope") or row["id"]).lower()


def within(inner: str, outer: str) -> bool:
    """Whether a scope is another or below it, both in lower case. Nothing is below the root: groups are no paths."""
    return inner == outer or inner.startswith(outer + "/")


class Rows(Sequence[Row]):
    """Rows that can be found by place. What is made when it is asked for never stands in memory as a whole."""

    def below(self, scope: str) -> Sequence[Row]:
        """Those at a scope or below it."""
        scope = scope.lower()
        return [row for row in self if within(place(row), scope)]

    def exactly(self, scope: str) -> Sequence[Row]:
        scope = scope.lower()
        return [row for row in self.below(scope) if place(row) == scope]

    def find(self, identifier: str) -> Row | None:
        identifier = identifier.lower()
        return next((row for row in self if row["id"].lower() == identifier), None)

    def parts(self) -> Iterator[Rows]:
        """Itself, or what it is joined of."""
        yield self


class Listed(list[Row], Rows):
    """Rows in memory; tests may add to them and change them."""

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...
    def __getitem__(self, index):
        return list.__getitem__(self, index)


class Made(Rows):
    """So many rows made from their numbers. Every run of `stride` belongs to one subscription, in their order.

    `number` gives the number back for an id, or for the scope that only one of them is at. Rows repeat in kind every
    `period`: a filter that names no single thing and holds for none, or all, of the first holds for none, or all.
    """

    def __init__(
        self,
        count: int,
        make: Callable[[int], Row],
        subscriptions: Sequence[Subscription],
        number: Callable[[str], int | None],
        period: int,
    ) -> None:
        self._range = range(count)
        self._make = make
        self._order = {each.scope: at for at, each in enumerate(subscriptions)}
        self._stride = max(1, -(-count // len(subscriptions)))
        self._number = number
        self.period = period

    def __len__(self) -> int:
        return len(self._range)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return [self._make(number) for number in self._range[index]]
        return self._make(self._range[index])

    def share(self, scope: str) -> Made | None:
        """Those of the subscription that a scope is in, still not made."""
        at = self._order.get("/".join(scope.lower().split("/")[:3]))
        if at is None:
            return None
        part = Made.__new__(Made)
        part.__dict__.update(self.__dict__)
        part._range = self._range[at * self._stride : (at + 1) * self._stride]
        return part

    def below(self, scope: str) -> Sequence[Row]:
        share = self.share(scope)
        if share is None:
            return []
        if scope.count("/") == 2:
            return share
        number = self._number(scope)
        if number is not None:
            share = share[:0] if number not in self._range else [self._make(number)]
        return [row for row in share if within(place(row), scope.lower())]

    def find(self, identifier: str) -> Row | None:
        number = self._number(identifier)
        if number is None or number not in self._range:
            return None
        row = self._make(number)
        return row if row["id"].lower() == identifier.lower() else None


class Joined(Rows):
    """Rows of several origins, one after the other."""

    def __init__(self, *parts: Rows) -> None:
        self._parts = parts

    def parts(self) -> Iterator[Rows]:
        return iter(self._parts)

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def __iter__(self) -> Iterator[Row]:
        for part in self._parts:
            yield from part

    def __getitem__(self, index):
        if not isinstance(index, slice):
            return self[index : index + 1][0]
        found: list[Row] = []
        start, stop, _ = index.indices(len(self))
        for part in self._parts:
            found += part[max(0, start) : max(0, stop)]
            start, stop = start - len(part), stop - len(part)
        return found

    def below(self, scope: str) -> Sequence[Row]:
        return [row for part in self._parts for row in part.below(scope)]

    def find(self, identifier: str) -> Row | None:
        return next((row for part in self._parts if (row := part.find(identifier))), None)


@dataclass
class Estate:
    """Everything there is. `members` and `owners` hold ids by the id of a group, role, application or principal."""

    tenant: str
    name: str
    management_groups: list[ManagementGroup]
    subscriptions: list[Subscription]
    vaults: Rows = field(default_factory=Listed)
    managed_hsms: Rows = field(default_factory=Listed)
    deleted_vaults: Rows = field(default_factory=Listed)
    role_assignments: Rows = field(default_factory=Listed)
    role_definitions: Rows = field(default_factory=Listed)  # custom ones
    deny_assignments: Rows = field(default_factory=Listed)
    eligibilities: Rows = field(default_factory=Listed)
    activations: Rows = field(default_factory=Listed)
    role_policies: Rows = field(default_factory=Listed)
    registrations: Rows = field(default_factory=Listed)  # Lighthouse, definitions expanded
    locks: Rows = field(default_factory=Listed)
    diagnostic_settings: Rows = field(default_factory=Listed)
    carriers: Rows = field(default_factory=Listed)  # resources with identities, and identities that are resources
    log_stores: Rows = field(default_factory=Listed)
    objects: dict[tuple[str, str], list[Row]] = field(
        default_factory=dict
    )  # by vault id in lower case, and keys|secrets
    hsm_assignments: list[Row] = field(default_factory=list)
    hsm_definitions: list[Row] = field(default_factory=list)
    principals: Mapping[str, Row] = field(default_factory=dict)  # Graph bodies, applications among them, by object id
    members: Mapping[str, Sequence[str]] = field(default_factory=dict)
    owners: Mapping[str, Sequence[str]] = field(default_factory=dict)
    directory_roles: list[Row] = field(default_factory=list)
    app_role_assignments: dict[str, list[Row]] = field(default_factory=dict)  # by the app id of the resource
    group_eligibilities: list[Row] = field(default_factory=list)

    def chain(self, parent: str) -> list[ManagementGroup]:
        """A management group and those above it, nearest first."""
        by_name = {group.name: group for group in self.management_groups}
        found = []
        group = by_name.get(parent)
        while group is not None:
            found.append(group)
            group = by_name.get(group.parent or "")
        return found

    def of_application(self, app_id: str) -> list[Row]:
        """The application of that app id, and the service principals made of it."""
        return [row for row in self.principals.values() if (row.get("appId") or "").lower() == app_id.lower()]

    def subscription(self, identifier: str) -> Subscription | None:
        return next((each for each in self.subscriptions if each.id == identifier.lower()), None)

    def above(self, scope: str) -> list[str]:
        """The scopes above one, from the root down. A management group's are groups, all else lies in its path."""
        if scope in {"", ROOT}:
            return []
        parts = scope.split("/")
        if scope.lower().startswith(GROUPS.lower()):
            group = next((each for each in self.management_groups if each.name.lower() == parts[-1].lower()), None)
            groups = self.chain(group.parent) if group and group.parent else []
            path: list[str] = []
        else:
            subscription = self.subscription(parts[2]) if len(parts) > 2 else None
            groups = self.chain(subscription.parent) if subscription else []
            ends = [end for end in (3, 5) if end < len(parts)]  # the subscription, the resource group
            path = ["/".join(parts[:end]) for end in ends]
        return [ROOT, *(GROUPS + group.name for group in reversed(groups)), *path]

    def reaches(self, scope: str) -> bool:
        """Whether there is such a scope: the root, a management group, a subscription or something in one."""
        if scope in {"", ROOT}:
            return True
        if scope.lower().startswith(GROUPS.lower()):
            return any(scope.lower() == (GROUPS + each.name).lower() for each in self.management_groups)
        parts = scope.split("/")
        return len(parts) > 2 and parts[1].lower() == "subscriptions" and self.subscription(parts[2]) is not None
