"""The command that takes a grant away, by what kind of cause it has."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from functools import lru_cache

from kvaudit.model.grant import Grant
from kvaudit.model.vault import Vault

_REQUESTS = {
    "eligibility": "roleEligibilityScheduleRequests",
    "activation": "roleAssignmentScheduleRequests",
}


def removal(grant: Grant, vaults: Sequence[Vault]) -> str:
    """The az command that removes a grant's cause, its ids filled in and quoted for a shell.

    Sources: az reference of `role assignment delete` and `keyvault delete-policy`; REST reference of the role
    eligibility and role assignment schedule requests (request type AdminRemove).
    """
    if grant.cause.kind == "accessPolicy":
        return _delete_policy(grant, vaults[grant.vaults[0]])
    if grant.cause.kind in _REQUESTS:
        return _admin_remove(grant)
    return f"az role assignment delete --ids {shlex.quote(grant.cause.id)}"


def _delete_policy(grant: Grant, vault: Vault) -> str:
    application = grant.cause.id.partition(f"/accessPolicies/{grant.principal}/")[2]
    pair = f" --application-id {shlex.quote(application)}" if application else ""
    return f"{_delete_from(vault.name, vault.id)} --object-id {shlex.quote(grant.principal)}{pair}"


@lru_cache(maxsize=256)  # the entries of a vault come one after the other
def _delete_from(name: str, vault_id: str) -> str:
    words = ["az", "keyvault", "delete-policy", "--name", name]
    parts = vault_id.split("/")  # "", subscriptions, <id>, resourceGroups, <name>, …
    if len(parts) > 4 and parts[3].lower() == "resourcegroups":
        words += ["--resource-group", parts[4], "--subscription", parts[2]]
    return shlex.join(words)


def _admin_remove(grant: Grant) -> str:
    scope = "" if grant.scope.key == "/" else grant.scope.key
    url = f"{scope}/providers/Microsoft.Authorization/{_REQUESTS[grant.cause.kind]}/$(uuidgen)?api-version=2020-10-01"
    role = f"{scope}/providers/Microsoft.Authorization/roleDefinitions/{grant.role}"
    properties = {"principalId": grant.principal, "roleDefinitionId": role, "requestType": "AdminRemove"}
    body = shlex.quote(json.dumps({"properties": properties}))
    return f'az rest --method put --url "{_in_double_quotes(url)}" --body {body}'


def _in_double_quotes(text: str) -> str:
    """Text for a shell's double quotes, in which `$(uuidgen)` alone is to be carried out."""
    kept = "$(uuidgen)"
    return kept.join("".join(f"\\{sign}" if sign in '\\"$`' else sign for sign in part) for part in text.split(kept))
