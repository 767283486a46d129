"""Documents into one snapshot: the same fact from two files is one fact, and files that contradict are a gap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import msgspec

from kvaudit.model.directory import DirectoryRole, GroupMembers, Owners, Principal
from kvaudit.model.finding import Gap
from kvaudit.model.role import DenyAssignment, Lock, RoleAssignment, RoleDefinition, RolePolicy, ScheduledAssignment
from kvaudit.model.scope import scope_key
from kvaudit.model.snapshot import TENANT, Resource, Snapshot, Subscription
from kvaudit.model.value import Value
from kvaudit.model.vault import AccessPolicy, Vault
from kvaudit.sources.facts import Facts
from kvaudit.sources.merger import Combined, Merger, fields_of
from kvaudit.sources.reach import coverage_of, leave_to_others

T = TypeVar("T", bound=Any)


def _added(first: T, second: T, **changes: Any) -> T:
    """The first with changes, and the origins of both. No place is read twice, so none of them occurs twice."""
    return msgspec.structs.replace(first, origins=first.origins + second.origins, **changes)


_OPEN: tuple[Any, ...] = (None, "")
"""What a field holds that says nothing."""


def _joined(first: T, second: T, *, ignored: Iterable[str] = ()) -> tuple[T, list[str]]:
    """Field by field: what one leaves open the other may say. With the names of the fields in which they differ."""
    changes: dict[str, Any] = {}
    differing = []
    for name in first.__struct_fields__:
        one, other = getattr(first, name), getattr(second, name)
        if one == other or name == "origins":
            continue
        if name == "only_if":  # declared for certain once is declared for certain
            changes[name] = f"{one} or {other}" if one and other else ""
            continue
        if one in _OPEN:
            changes[name] = one if other is None else other
        elif other not in _OPEN and name not in ignored and not _same(one, other):
            differing.append(name)
    return _added(first, second, **changes), differing


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return one.replace(" ", "").rstrip("/").lower() == other.replace(" ", "").rstrip("/").lower()
    if isinstance(one, tuple) and isinstance(other, tuple):
        return sorted(map(_plain, one)) == sorted(map(_plain, other))
    return False


def _plain(item: Any) -> str:
    """An item of a list without where it was read, for comparing."""
    if isinstance(item, Value):
        return repr([field.lower() if isinstance(field, str) else field for field in fields_of(item)])
    return str(item).lower()


def _either(first: Any, second: Any) -> tuple[Combined, list[str]]:
    """One fact, or both where they differ."""
    joined, differing = _joined(first, second, ignored=("name", "resource_name", "description"))
    return ((first, second) if differing else (joined,)), differing


def _assignments(first: RoleAssignment, second: RoleAssignment) -> tuple[Combined, list[str]]:
    """One assignment, or both: one that leaves a condition out does not agree with one that has it."""
    joined, differing = _joined(first, second, ignored=("id", "description", "principal_type"))
    if first.condition != second.condition and "condition" not in differing:
        differing.append("condition")
    return ((first, second) if differing else (joined,)), differing


def _vaults(first: Vault, second: Vault) -> tuple[Combined, list[str]]:
    """One vault; of what the files do not agree on nothing is known."""
    joined, differing = _joined(first, second, ignored=("id", "name", "private_endpoints", "has_properties"))
    added = "policies" in differing and not (first.has_properties and second.has_properties)
    if added:  # by a template that declares policies of a vault which is declared elsewhere
        differing.remove("policies")
    changes: dict[str, Any] = dict.fromkeys(differing)
    changes["has_properties"] = first.has_properties or second.has_properties
    if added:
        changes["policies"] = (*(first.policies or ()), *(second.policies or ()))
    elif first.policies is not None and second.policies is not None and "policies" not in differing:
        changes["policies"] = _policies(first.policies, second.policies)
    if first.private_endpoints is not None and second.private_endpoints is not None:
        endpoints = {scope_key(item.id): item for item in (*first.private_endpoints, *second.private_endpoints)}
        changes["private_endpoints"] = tuple(endpoints.values())
        if any(endpoints[scope_key(item.id)].status != item.status for item in first.private_endpoints):
            differing.append("private_endpoints")
            changes["private_endpoints"] = None
    return (msgspec.structs.replace(joined, **changes),), differing


def _policies(first: tuple[AccessPolicy, ...], second: tuple[AccessPolicy, ...]) -> tuple[AccessPolicy, ...]:
    """The same policies from two files, each with the origins of both."""
    places = {_plain(policy): policy.origins for policy in second}
    return tuple(
        msgspec.structs.replace(policy, origins=policy.origins + places.get(_plain(policy), ())) for policy in first
    )


def _definitions(first: RoleDefinition, second: RoleDefinition) -> tuple[Combined, list[str]]:
    """One role; where the files disagree it gives whatever either says, as a block takes nothing from another."""
    joined, differing = _joined(first, second, ignored=("name", "description"))
    changes: dict[str, Any] = {}
    if "blocks" in differing:
        changes["blocks"] = tuple(dict.fromkeys((*(first.blocks or ()), *(second.blocks or ()))))
    if "assignable_scopes" in differing:
        scopes = (*(first.assignable_scopes or ()), *(second.assignable_scopes or ()))
        changes["assignable_scopes"] = tuple(dict.fromkeys(scopes))
        differing.remove("assignable_scopes")  # az shows what the caller may see of them
    return (msgspec.structs.replace(joined, **changes),), differing


def _subscriptions(first: Subscription, second: Subscription) -> tuple[Combined, list[str]]:
    joined, differing = _joined(first, second, ignored=("name",))
    return (msgspec.structs.replace(joined, **dict.fromkeys(differing)),), differing


def _members(first: GroupMembers, second: GroupMembers) -> tuple[Combined, list[str]]:
    """Everybody either file names; all of them are known where a complete list holds the other."""
    members = tuple(dict.fromkeys((*first.members, *second.members)))
    complete = any(one.complete and len(one.members) == len(members) for one in (first, second))
    differing = ["members"] if not complete and (first.complete or second.complete) else []
    return (_added(first, second, members=members, complete=complete),), differing


def _owners(first: Owners, second: Owners) -> tuple[Combined, list[str]]:
    owners = tuple(dict.fromkeys((*first.owners, *second.owners)))
    differing = ["owners"] if set(first.owners) != set(second.owners) else []
    return (_added(first, second, owners=owners),), differing


def _roles(first: DirectoryRole, second: DirectoryRole) -> tuple[Combined, list[str]]:
    members = tuple(dict.fromkeys((*first.members, *second.members)))
    differing = ["members"] if set(first.members) != set(second.members) else []
    return (_added(first, second, members=members),), differing


def _resources(first: Resource, second: Resource) -> tuple[Combined, list[str]]:
    """One resource; with different identities both, as either may be the one it has."""
    if not (first.attached and second.attached):
        attached = first.attached or second.attached  # a listing may leave the identity out
        first, second = (msgspec.structs.replace(one, attached=attached) for one in (first, second))
    joined, differing = _joined(first, second)
    return ((first, second) if differing else (joined,)), differing


def _principals(first: Principal, second: Principal) -> tuple[Combined, list[str]]:
    joined, differing = _joined(first, second, ignored=("name", "upn"))
    return (msgspec.structs.replace(joined, **dict.fromkeys(differing)),), differing


def merge(documents: Sequence[Facts]) -> Snapshot:
    """One snapshot of all that the documents say."""
    leave_to_others(documents)
    merger = Merger(documents)

    def by_key(fact: Any) -> str:
        return str(fact.id)

    def by_id(fact: Any) -> str:
        return scope_key(fact.id)

    def by_identity(fact: RoleAssignment | ScheduledAssignment | RolePolicy | DenyAssignment | Lock) -> Any:
        """The id, or where a row has none all that it says."""
        if fact.id:
            return fact.id.lower()
        return msgspec.structs.replace(fact, origins=())

    snapshot = Snapshot(
        taken_at=min((facts.taken_at for facts in documents if facts.taken_at), default=None),
        tenant_id=_agreed(merger, "tenant_id"),
        cloud=_agreed(merger, "cloud"),
        viewers=tuple(dict.fromkeys(facts.viewer for facts in documents if facts.viewer)),
        vaults=merger.merged("vaults", "vaults", by_id, _vaults),
        role_assignments=merger.merged("role_assignments", "roleAssignments", by_identity, _assignments),
        role_definitions=merger.merged("role_definitions", "roleDefinitions", by_key, _definitions),
        deny_assignments=merger.merged("deny_assignments", "denyAssignments", by_identity, _either),
        eligibilities=merger.merged("eligibilities", "roleEligibilities", by_identity, _either),
        activations=merger.merged("activations", "roleActivations", by_identity, _either),
        role_policies=merger.merged("role_policies", "rolePolicies", by_identity, _either),
        diagnostic_settings=merger.merged("diagnostic_settings", "diagnosticSettings", by_id, _either),
        locks=merger.merged("locks", "locks", by_identity, _either),
        subscriptions=merger.merged("subscriptions", "subscriptions", by_key, _subscriptions),
        resources=merger.merged("resources", "resources", by_key, _resources),
        principals=_with_mentioned(merger.merged("principals", "principals", by_key, _principals), documents),
        group_members=merger.merged("group_members", "groupMembers", lambda fact: fact.group, _members),
        owners=merger.merged("owners", "owners", lambda fact: fact.object, _owners),
        applications=merger.merged("applications", "applications", by_key, _either),
        directory_roles=merger.merged(
            "directory_roles", "directoryRoles", lambda fact: (fact.role.lower(), fact.eligible), _roles
        ),
        group_eligibilities=merger.merged(
            "group_eligibilities",
            "groupEligibilities",
            lambda fact: (fact.group, fact.principal, fact.as_owner, fact.start, fact.end),
            _either,
        ),
        app_roles=merger.merged(
            "app_roles", "appRoleAssignments", lambda fact: (fact.principal, fact.resource, fact.role), _either
        ),
        vault_objects=merger.merged(
            "vault_objects", "vaultObjects", lambda fact: (fact.vault, fact.type, fact.name.lower()), _either
        ),
        coverage=coverage_of(documents),
        unresolved=tuple(dict.fromkeys(each for facts in documents for each in facts.unresolved)),
        given=frozenset().union(*(facts.given for facts in documents)),
        documents=tuple(facts.document for facts in documents),
    )
    return msgspec.structs.replace(snapshot, gaps=tuple(dict.fromkeys(merger.gaps)))


def _with_mentioned(listed: tuple[Principal, ...], documents: Sequence[Facts]) -> tuple[Principal, ...]:
    """Principals with what assignments say of them in passing, which only fills what the directory leaves open."""
    known = {principal.id: principal for principal in listed}
    for facts in documents:
        for identifier, mention in facts.mentioned.items():
            principal = known.get(identifier)
            if principal is None:
                known[identifier] = mention.of(identifier)
            elif mention.adds_to(principal):
                joined, _ = _joined(principal, mention.of(identifier), ignored=("listed",))
                known[identifier] = msgspec.structs.replace(joined, listed=principal.listed)
    return tuple(known[each] for each in sorted(known))


def _agreed(merger: Merger, field: str) -> str | None:
    """What all documents that say it say; None and a gap where they differ."""
    said: dict[str, str] = {}
    for facts in merger.documents:
        value = getattr(facts, field)
        if value:
            said.setdefault(value, facts.document.name)
    if len(said) > 1:
        files = " and ".join(said[each] for each in sorted(said))
        merger.gaps.append(Gap("files", TENANT, f"{files} contradict each other in {field}: {', '.join(sorted(said))}"))
        return None
    return next(iter(said), None)
