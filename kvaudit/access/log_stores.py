"""Where vaults' logs are kept, and who can destroy or read them there. Source: Azure built-in roles and operations.

A storage account or a workspace keeps logs. An event hub or a partner passes them on: what becomes of them there is
not known, so it is no store.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kvaudit.access.actions import matches
from kvaudit.access.estate import MANAGEMENT_GROUPS
from kvaudit.access.roles import Role, Roles
from kvaudit.model.role import RoleAssignment
from kvaudit.model.scope import Level, parse_scope, scope_key
from kvaudit.model.snapshot import TENANT, Snapshot
from kvaudit.model.value import Value

Actions = tuple[tuple[str, bool], ...]
"""Azure actions, each with whether it is a data action; any one of them will do."""

_BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
DESTROYING: dict[str, Actions] = {
    "storageaccounts": (
        ("Microsoft.Storage/storageAccounts/delete", False),
        ("Microsoft.Storage/storageAccounts/listKeys/action", False),
        (f"{_BLOBS}/delete", True),
    ),
    "workspaces": (
        ("Microsoft.OperationalInsights/workspaces/delete", False),
        ("Microsoft.OperationalInsights/workspaces/purge/action", False),
    ),
}
READING: dict[str, Actions] = {
    "storageaccounts": (("Microsoft.Storage/storageAccounts/listKeys/action", False), (f"{_BLOBS}/read", True)),
    "workspaces": (("Microsoft.OperationalInsights/workspaces/query/read", False),),
}
LOG_ACTIONS = frozenset(each for table in (DESTROYING, READING) for actions in table.values() for each in actions)


class LogStore(Value):
    """One place where logs are kept, with the assignments over it that count."""

    id: str  # as it was written first
    destroyers: tuple[RoleAssignment, ...]
    readers: tuple[RoleAssignment, ...]
    missing: tuple[tuple[str, str], ...] = ()  # sections of the snapshot, with subjects, that could show more of them


def kind_of(destination: str) -> str:
    """The kind of store a destination of logs is, "" for none."""
    parts = scope_key(destination).split("/")
    return parts[-2] if len(parts) == 9 and parts[-2] in READING else ""


def log_stores(snapshot: Snapshot, roles: Roles, destinations: Iterable[str]) -> dict[str, LogStore]:
    """The stores among some destinations, by the key of their scope."""
    written = {scope_key(each): each for each in destinations if kind_of(each)}
    if not written:
        return {}
    ancestors = {each.id: each.ancestors for each in snapshot.subscriptions}
    at: dict[str, list[str]] = {}  # scopes at which an assignment reaches stores
    for key in written:
        scope = parse_scope(key)
        # The root management group has the tenant's id by default; a set, as it may be among the ancestors.
        groups = {
            *(ancestors.get(scope.subscription) or ()),
            f"{MANAGEMENT_GROUPS}{(snapshot.tenant_id or '').lower()}",
        }
        for each in (key, scope.resource_group, scope.subscription, *groups, "/"):
            at.setdefault(each, []).append(key)
    named = {assignment.role for assignment in snapshot.role_assignments}
    powers = {key: _powers(roles.get(key), {kind_of(each) for each in written}) for key in named}
    powerless = {key for key, by_kind in powers.items() if by_kind is not None and not by_kind}
    found: dict[str, _Found] = {key: _Found() for key in written}
    above = False  # something is assigned at a management group: it may be above stores of an unknown place
    for assignment in snapshot.role_assignments:
        if assignment.role in powerless:
            continue
        scope_of = scope_key(assignment.scope)
        above = above or parse_scope(scope_of).level is Level.MANAGEMENT_GROUP
        for key in at.get(scope_of, ()):
            found[key].add(assignment, powers[assignment.role], kind_of(key))
    for key, those in found.items():
        subscription = parse_scope(key).subscription
        if not _listed(snapshot, subscription):
            those.missing.append(("roleAssignments", subscription))
        if above and ancestors.get(subscription) is None:
            those.missing.append(("subscriptions", subscription))
    return {
        key: LogStore(written[key], tuple(those.destroyers), tuple(those.readers), tuple(those.missing))
        for key, those in found.items()
    }


class _Power(Value):
    """What a role may do with the logs in a kind of store."""

    destroys: bool
    reads: bool


class _Found:
    """The assignments over one store, as they are gathered."""

    def __init__(self) -> None:
        self.destroyers: list[RoleAssignment] = []
        self.readers: list[RoleAssignment] = []
        self.missing: list[tuple[str, str]] = []

    def add(self, assignment: RoleAssignment, by_kind: Mapping[str, _Power] | None, kind: str) -> None:
        """Note an assignment; of a role that is not known it is only noted that it is missing."""
        if by_kind is None:
            self.missing.append(("roleDefinitions", assignment.role))
            return
        power = by_kind.get(kind)
        if power and power.destroys:
            self.destroyers.append(assignment)
        if power and power.reads:
            self.readers.append(assignment)


def _powers(role: Role | None, kinds: Iterable[str]) -> dict[str, _Power] | None:
    """The powers of a role by kind of store, of kinds over which it has some; None for a role that is not known."""
    if role is None:
        return None
    powers = {kind: _power(role, kind) for kind in kinds}
    return {kind: power for kind, power in powers.items() if power.destroys or power.reads}


def _power(role: Role, kind: str) -> _Power:
    return _Power(_any(role, DESTROYING[kind]), _any(role, READING[kind]))


def _listed(snapshot: Snapshot, subscription: str) -> bool:
    stated = [
        each.complete
        for each in snapshot.coverage
        if each.fact == "roleAssignments" and each.scope in (TENANT, subscription)
    ]
    return bool(stated) and all(stated)


def _any(role: Role, actions: Actions) -> bool:
    for block in role.definition.blocks or ():
        for action, is_data in actions:
            given = block.data_actions if is_data else block.actions
            taken = block.not_data_actions if is_data else block.not_actions
            if _one(given, action) and not _one(taken, action):
                return True
    return False


def _one(patterns: Iterable[str], action: str) -> bool:
    return any(matches(pattern, action) for pattern in patterns)
