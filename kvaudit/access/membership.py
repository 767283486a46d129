"""Who belongs to which group, through any nesting and round any cycle. Source: semantics 1.5."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

from kvaudit.model.directory import EVERYONE, GROUP, SERVICE_PRINCIPAL, Application, GroupMembers, Principal
from kvaudit.model.finding import Step
from kvaudit.model.snapshot import TENANT, Snapshot
from kvaudit.model.value import Value

_NO_WAYS: Mapping[str, tuple[str, ...]] = {}


class Members(Value):
    """All members of a group, groups among them; incomplete where those of it or of a nested group are not known."""

    ids: frozenset[str]
    complete: bool
    people: int  # how many of them are no groups


class Directory:
    """The principals of a snapshot and what they belong to."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.applications: dict[str, Application] = {each.id: each for each in snapshot.applications}
        self._principals: dict[str, Principal] = {each.id: each for each in snapshot.principals}
        self._types: dict[str, str] = {}
        self._learn_types(snapshot)
        self._members: dict[str, GroupMembers] = {each.group: each for each in snapshot.group_members}
        self._parents: dict[str, list[str]] = {}
        for each in snapshot.group_members:
            for member in each.members:
                self._parents.setdefault(member, []).append(each.group)
        stated = [each for each in snapshot.coverage if each.fact == "groupMembers"]
        self._closed = any(each.scope == TENANT for each in stated) and all(each.complete for each in stated)
        self._cut = frozenset(each.scope for each in stated if not each.complete)
        self._whole = frozenset(each.scope for each in stated if each.complete)
        self._ways_up: dict[str, dict[str, tuple[str, ...]]] = {}
        self._all_members: dict[str, Members] = {}
        self._selves: dict[str, Step] = {}
        self._joined: dict[str, Step] = {}

    def _learn_types(self, snapshot: Snapshot) -> None:
        self._types.update(
            {each.principal: each.principal_type for each in snapshot.role_assignments if each.principal_type}
        )
        for scheduled in (*snapshot.eligibilities, *snapshot.activations):
            if scheduled.principal_type:
                self._types[scheduled.principal] = scheduled.principal_type
        for resource in snapshot.resources:
            if resource.principal:  # a managed identity
                self._types[resource.principal] = SERVICE_PRINCIPAL
        for each in snapshot.group_members:
            self._types[each.group] = GROUP
        for principal in snapshot.principals:
            if principal.type:
                self._types[principal.id] = principal.type

    def principal(self, principal: str) -> Principal | None:
        """What the directory says of an object id."""
        return self._principals.get(principal)

    def principals(self) -> tuple[Principal, ...]:
        """All principals of the directory."""
        return tuple(self._principals.values())

    def type_of(self, principal: str) -> str | None:
        """The type of a principal: from the directory, or from an assignment's row."""
        return self._types.get(principal)

    def is_stranger(self, principal: str) -> bool:
        """Whether nothing at all is known of an object id, not even its type."""
        return principal not in self._types and principal not in self._principals and principal not in self.applications

    def may_be_group(self, principal: str) -> bool:
        """Whether the type of an object id is not known, so that anybody may be in it."""
        return principal not in self._types and principal not in self.applications

    def is_group(self, principal: str) -> bool:
        """Whether an object id is known to be a group's."""
        return self._types.get(principal) == GROUP

    def name(self, principal: str) -> str | None:
        """The best name there is for an object id."""
        found = self._principals.get(principal)
        if found is not None:
            return found.name or found.upn or found.app_id
        application = self.applications.get(principal)
        return application.name if application else None

    def label(self, principal: str) -> str:
        """A principal in words, its object id always among them."""
        if principal == EVERYONE:
            return f"every principal ({EVERYONE})"
        name = self.name(principal)
        return f"{name} ({principal})" if name else principal

    def ways_up(self, principal: str) -> Mapping[str, tuple[str, ...]]:
        """Every group a principal belongs to, with a shortest chain of groups up to it, itself last."""
        ways = self._ways_up.get(principal)
        if ways is None:
            if principal not in self._parents:
                return _NO_WAYS
            ways = {}
            queue: deque[tuple[str, tuple[str, ...]]] = deque([(principal, ())])
            while queue:
                member, chain = queue.popleft()
                for group in self._parents.get(member, ()):
                    if group not in ways and group != principal:
                        ways[group] = (*chain, group)
                        queue.append((group, ways[group]))
            self._ways_up[principal] = ways
        return ways

    def all_of(self, person: Sequence[str]) -> tuple[str, ...]:
        """Some principals that are one person, and every group that any of them belongs to, each once."""
        if len(person) == 1:
            return (person[0], *self.ways_up(person[0]))
        return tuple(dict.fromkeys(each for one in person for each in (one, *self.ways_up(one))))

    def groups_of(self, principal: str) -> frozenset[str]:
        """Every group a principal belongs to, directly or through others."""
        return frozenset(self.ways_up(principal))

    def knows_members(self, group: str) -> bool:
        """Whether the direct members of a group are known, none included."""
        found = self._members.get(group)
        if found is None:
            return self._closed
        return found.complete and group not in self._cut and (TENANT not in self._cut or group in self._whole)

    def is_in(self, member: str, group: str) -> bool:
        """Whether a principal is a direct member of a group, as far as is known."""
        found = self._members.get(group)
        return found is not None and member in found.members

    def members_of(self, group: str) -> Members:
        """All members of a group, through any nesting."""
        found = self._all_members.get(group)
        if found is None:
            seen: set[str] = {group}
            queue = deque([group])
            complete, people = True, 0
            while queue:
                current = queue.popleft()
                if not self.knows_members(current):
                    complete = False
                row = self._members.get(current)
                for member in row.members if row else ():
                    if member not in seen:
                        seen.add(member)
                        if self.is_group(member):
                            queue.append(member)
                        else:
                            people += 1
            seen.discard(group)
            found = self._all_members[group] = Members(frozenset(seen), complete, people)
        return found

    def groups(self) -> frozenset[str]:
        """Everything that is known to be a group."""
        return frozenset(each for each, kind in self._types.items() if kind == GROUP)

    def unknown_groups(self) -> tuple[str, ...]:
        """The groups whose own direct members are not known, sorted."""
        return tuple(sorted(each for each in self.groups() if not self.knows_members(each)))

    def steps(self, principal: str, holder: str) -> tuple[Step, ...]:
        """The steps from a principal to the group, or itself, that holds a grant."""
        itself = self._selves.get(principal)
        if itself is None:
            found = self._principals.get(principal)
            origin = found.origins[0] if found and found.origins else None
            itself = self._selves[principal] = Step("principal", self.label(principal), principal, origin)
        if holder == principal:
            return (itself,)
        return (itself, *map(self._joins, self.ways_up(principal)[holder]))

    def _joins(self, group: str) -> Step:
        step = self._joined.get(group)
        if step is None:
            row = self._members[group]
            origin = row.origins[0] if row.origins else None
            step = Step("membership", f"is a member of {self.label(group)}", group, origin)
            self._joined[group] = step
        return step
