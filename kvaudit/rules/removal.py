"""The command that takes a grant away, by what kind of cause it has."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence

from kvaudit.model.grant import DIRECTORY_PLANE, Grant
from kvaudit.model.vault import Vault
from kvaudit.rules.shell import quoted

_REQUESTS = {
    "eligibility": "roleEligibilityScheduleRequests",
    "activation": "roleAssignmentScheduleRequests",
}


class Removals:
    """The az commands that remove the causes of grants, their ids filled in and quoted for a shell.

    Sources: az reference of `role assignment delete` and `keyvault delete-policy`; REST reference of the role
    eligibility and role assignment schedule requests (request type AdminRemove).
    """

    def __init__(self, vaults: Sequence[Vault]) -> None:
        self._vaults = vaults
        self._beginnings: dict[int, str] = {}  # a vault may have a thousand policies

    def of(self, grant: Grant) -> str:
        """The command that removes a grant's cause."""
        if grant.cause.kind == "accessPolicy":
            return self._delete_policy(grant, grant.vaults[0])
        if grant.cause.kind in _REQUESTS:
            return _admin_remove(grant)
        if grant.plane == DIRECTORY_PLANE:
            return _in_graph(grant)
        return f"az role assignment delete --ids {quoted(grant.cause.id)}"

    def _delete_policy(self, grant: Grant, number: int) -> str:
        beginning = self._beginnings.get(number)
        if beginning is None:
            beginning = self._beginnings[number] = _delete_from(self._vaults[number])
        principal = grant.principal
        application = grant.cause.id.partition(f"/accessPolicies/{principal}/")[2]
        pair = f" --application-id {quoted(application)}" if application else ""
        return f"{beginning} --object-id {quoted(principal)}{pair}"


def _in_graph(grant: Grant) -> str:
    """The removal of an owner; of a role or permission the list in which to find what is to be deleted.

    Source: Microsoft Graph reference of owners, unifiedRoleAssignment and appRoleAssignment.
    """
    principal = grant.principal
    if grant.cause.kind == "ownership":
        path, method = f"{grant.role}/{grant.scope.key}/owners/{principal}/$ref", "delete"
    elif grant.cause.kind == "groupEligibility":
        filtered = f"$filter=groupId eq '{grant.scope.key}' and principalId eq '{principal}'"
        path = f"identityGovernance/privilegedAccess/group/eligibilityScheduleInstances?{filtered}"
        method = "get"
    elif grant.cause.kind == "directoryRole":
        path, method = f"roleManagement/directory/roleAssignments?$filter=principalId eq '{principal}'", "get"
    else:
        path, method = f"servicePrincipals/{principal}/appRoleAssignments", "get"
    return f"az rest --method {method} --url {quoted(f'https://graph.microsoft.com/v1.0/{path}')}"


def _delete_from(vault: Vault) -> str:
    words = ["az", "keyvault", "delete-policy", "--name", vault.name]
    parts = vault.id.split("/")  # "", subscriptions, <id>, resourceGroups, <name>, …
    if len(parts) > 4 and parts[3].lower() == "resourcegroups":
        words += ["--resource-group", parts[4], "--subscription", parts[2]]
    return shlex.join(words)


def _admin_remove(grant: Grant) -> str:
    scope = "" if grant.scope.key == "/" else grant.scope.key
    url = f"{scope}/providers/Microsoft.Authorization/{_REQUESTS[grant.cause.kind]}/$(uuidgen)?api-version=2020-10-01"
    role = f"{scope}/providers/Microsoft.Authorization/roleDefinitions/{grant.role}"
    properties = {"principalId": grant.principal, "roleDefinitionId": role, "requestType": "AdminRemove"}
    body = quoted(json.dumps({"properties": properties}))
    return f'az rest --method put --url "{_in_double_quotes(url)}" --body {body}'


def _in_double_quotes(text: str) -> str:
    """Text for a shell's double quotes, in which `$(uuidgen)` alone is to be carried out."""
    kept = "$(uuidgen)"
    return kept.join("".join(f"\\{sign}" if sign in '\\"$`' else sign for sign in part) for part in text.split(kept))
