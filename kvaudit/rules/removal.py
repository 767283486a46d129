"""The command that takes a grant away, by what kind of cause it has."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence

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
    quote = shlex.quote
    subscription, group = _placed(vault.id)
    place = f" --resource-group {quote(group)} --subscription {quote(subscription)}" if group else ""
    application = grant.cause.id.partition(f"/accessPolicies/{grant.principal}/")[2]
    pair = f" --application-id {quote(application)}" if application else ""
    return f"az keyvault delete-policy --name {quote(vault.name)}{place} --object-id {quote(grant.principal)}{pair}"


def _placed(vault_id: str) -> tuple[str, str]:
    parts = vault_id.split("/")  # "", subscriptions, <id>, resourceGroups, <name>, …
    return (parts[2], parts[4]) if len(parts) > 4 and parts[3].lower() == "resourcegroups" else ("", "")


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
