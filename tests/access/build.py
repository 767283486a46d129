"""Small estates for the tests of the engine, in as few words as they take."""

from __future__ import annotations

import datetime as dt
from typing import Any

from kvaudit.access.engine import Access, resolve
from kvaudit.model.directory import GroupMembers, Principal
from kvaudit.model.grant import Answer
from kvaudit.model.permission import parse_question
from kvaudit.model.role import PermissionBlock, RoleAssignment, RoleDefinition
from kvaudit.model.snapshot import Coverage, Snapshot
from kvaudit.model.vault import AccessPolicy, NetworkRules, Vault

NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
TENANT_ID = "c0c0c0c0-0000-4000-8000-000000000001"
SUBSCRIPTION = "/subscriptions/5a5a5a5a-0000-4000-8000-000000000001"
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg-app"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
RBAC_ADMINISTRATOR = "f58310d9-a9f6-439a-9e8d-f62e7b41a168"
VAULT_ADMINISTRATOR = "00482a5a-887f-4fb3-b363-3b7fe8e74483"
VAULT_CONTRIBUTOR = "f25e0fa2-a7c8-4377-a976-54943a77a395"
VAULT_READER = "21090545-7ca7-4776-b22c-e363652d74d2"
DATA_ACCESS_ADMINISTRATOR = "8b54135c-b56d-4d72-a534-26097cfdc8d8"
SECRETS_OFFICER = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7"
SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
CUSTOM = "cccccccc-0000-4000-8000-00000000000c"


def vault_id(name: str, group: str = GROUP) -> str:
    return f"{group}/providers/Microsoft.KeyVault/vaults/{name}"


def vault(
    name: str, *, rbac: bool | None, policies: tuple[AccessPolicy, ...] = (), group: str = GROUP, **rest: Any
) -> Vault:
    fields = {
        "tenant_id": TENANT_ID,
        "network": NetworkRules(),
        "public_access": "Enabled",
        "private_endpoints": (),
        "purge_protection": False,
        "for_deployment": False,
        "for_template_deployment": False,
        "for_disk_encryption": False,
    }
    return Vault(id=vault_id(name, group), name=name, uses_rbac=rbac, policies=policies, **{**fields, **rest})


def unlisted(name: str) -> Vault:
    """A vault listed without its properties."""
    return Vault(id=vault_id(name), name=name, has_properties=False)


def policy(who: str, *words: str, **rest: Any) -> AccessPolicy:
    held = 0
    for word in words:
        held |= parse_question(word).permissions
    return AccessPolicy(object_id=who, permissions=held, tenant_id=rest.pop("tenant_id", TENANT_ID), **rest)


def assign(who: str, role: str, scope: str = GROUP, **rest: Any) -> RoleAssignment:
    kind = rest.pop("principal_type", "User")
    name = f"{scope.rstrip('/')}/providers/Microsoft.Authorization/roleAssignments/{who}-{role[:8]}"
    return RoleAssignment(id=name, scope=scope, role=role, principal=who, principal_type=kind, **rest)


def custom_role(key: str = CUSTOM, **lists: tuple[str, ...]) -> RoleDefinition:
    """A custom role of one block: actions=, not_actions=, data_actions=, not_data_actions=."""
    return RoleDefinition(
        key, "Custom", custom=True, blocks=(PermissionBlock(**lists),), assignable_scopes=(SUBSCRIPTION,)
    )


def user(key: str, **rest: Any) -> Principal:
    return Principal(key, "User", key.title(), **rest)


def group(key: str, *members: str, known: bool = True) -> dict[str, tuple[Any, ...]]:
    """The facts of a group: itself, and its members unless they are not known."""
    row = (GroupMembers(key, members),) if known else ()
    return {"principals": (Principal(key, "Group", key.title()),), "group_members": row}


def estate(*vaults: Vault, complete: bool = True, **sections: Any) -> Snapshot:
    """A snapshot of these vaults whose role assignments are complete unless said otherwise."""
    coverage = sections.pop("coverage", ())
    if complete:
        coverage = (*coverage, Coverage("roleAssignments", "tenant", complete=True))
    given = frozenset(sections.pop("given", {"vaults", "roleAssignments"}))
    return Snapshot(tenant_id=TENANT_ID, vaults=vaults, coverage=coverage, given=given, **sections)


def access(snapshot: Snapshot, as_of: dt.datetime = NOW) -> Access:
    return resolve(snapshot, as_of)


def ask(snapshot: Snapshot, who: str, permission: str, number: int = 0, as_of: dt.datetime = NOW) -> Answer:
    """The one answer to whether somebody can do something on one vault."""
    answers, _ = access(snapshot, as_of).can(who, parse_question(permission), [number])
    (answer,) = answers
    return answer


def can(snapshot: Snapshot, who: str, permission: str, number: int = 0, as_of: dt.datetime = NOW) -> str:
    return ask(snapshot, who, permission, number, as_of).verdict.value


def needs(snapshot: Snapshot, who: str, permission: str, number: int = 0) -> list[str]:
    """The needs of the gaps that stand beside an answer."""
    _, gaps = access(snapshot).can(who, parse_question(permission), [number])
    return sorted({gap.need for gap in gaps})


def words(snapshot: Snapshot, answer: Answer) -> str:
    """Everything that the paths of an answer's verdict say."""
    told = access(snapshot).paths
    paths = [path for path in answer.paths if path.verdict is answer.verdict]
    steps = (step for path in paths for step in (*told.heads(answer.principal, path.holders), *path.tail))
    return " > ".join(f"{step.text} {step.ref}" for step in steps)
