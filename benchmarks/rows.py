"""Rows of exports, in the shapes that `az` prints: keys in alphabetical order, keys without a value left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import tables

Row = dict[str, Any]

MANAGEMENT_GROUP = "/providers/Microsoft.Management/managementGroups"
_AUTHORIZATION = "/providers/Microsoft.Authorization"


class Who(NamedTuple):
    """A principal as role assignments name it."""

    id: str
    type: str
    name: str


def user(who: Who) -> Row:
    """A row of `az ad user list`."""
    given, surname = who.name.split(".")[:2]
    return {
        "businessPhones": [],
        "displayName": f"{given.title()} {surname.title()}",
        "givenName": given.title(),
        "id": who.id,
        "jobTitle": None,
        "mail": who.name,
        "mobilePhone": None,
        "officeLocation": None,
        "preferredLanguage": None,
        "surname": surname.title(),
        "userPrincipalName": who.name,
    }


def identity(who: Who, app_id: str, kind: str) -> Row:
    """A row of `az ad sp list --all`, cut down by `--query` to what an audit needs."""
    return {
        "accountEnabled": True,
        "appId": app_id,
        "displayName": who.name,
        "id": who.id,
        "servicePrincipalType": kind,
    }


def group(who: Who) -> Row:
    """A row of `az ad group list`."""
    return {
        "description": None,
        "displayName": who.name,
        "groupTypes": [],
        "id": who.id,
        "mailEnabled": False,
        "securityEnabled": True,
    }


def entity(kind: str, name: str, chain: Sequence[str], tenant: str) -> Row:
    """A row of `az account management-group entities list`; the chain runs from the root down."""
    return {
        "displayName": name,
        "id": f"{kind}/{name}",
        "inheritedPermissions": "view",
        "name": name,
        "parent": {"id": f"{MANAGEMENT_GROUP}/{chain[-1]}" if chain else None},
        "parentDisplayNameChain": chain,
        "parentNameChain": chain,
        "permissions": "view",
        "tenantId": tenant,
        "type": "Microsoft.Management/managementGroups" if kind == MANAGEMENT_GROUP else "/subscriptions",
    }


def vault(path: str, location: str, tags: Row, properties: Row) -> Row:
    """A row of the vaults of a subscription, as `az rest` prints them."""
    name = path.rsplit("/", 1)[-1]
    settled = {
        "enableSoftDelete": True,
        "provisioningState": "Succeeded",
        "sku": {"family": "A", "name": "standard"},
        "softDeleteRetentionInDays": 90,
        "vaultUri": f"https://{name}.vault.azure.net/",
    }
    return {
        "id": path,
        "location": location,
        "name": name,
        "properties": dict(sorted((properties | settled).items())),
        "tags": tags,
        "type": "Microsoft.KeyVault/vaults",
    }


def policy(object_id: str, tenant: str, secrets: Sequence[str], keys: Sequence[str]) -> Row:
    """An entry of a vault's access policies."""
    return {
        "objectId": object_id,
        "permissions": {"certificates": [], "keys": keys, "secrets": secrets, "storage": []},
        "tenantId": tenant,
    }


def private_endpoint(vault_path: str) -> Row:
    """An approved connection of a vault."""
    name = f"pe-{vault_path.rsplit('/', 1)[-1]}"
    endpoint = f"{vault_path.partition('/providers/')[0]}/providers/Microsoft.Network/privateEndpoints/{name}"
    return {
        "id": f"{vault_path}/privateEndpointConnections/{name}",
        "properties": {
            "privateEndpoint": {"id": endpoint},
            "privateLinkServiceConnectionState": {"actionsRequired": "None", "status": "Approved"},
            "provisioningState": "Succeeded",
        },
    }


def diagnostic_setting(vault_path: str, *, enabled: bool) -> Row:
    """A row of `az monitor diagnostic-settings list`, which writes the id in lower case."""
    subscription = vault_path.partition("/resourceGroups/")[0]
    workspace = "Microsoft.OperationalInsights/workspaces/log-audit"
    return {
        "id": f"{vault_path.lower()}/providers/microsoft.insights/diagnosticSettings/audit",
        "logs": [
            {"categoryGroup": "audit", "enabled": enabled, "retentionPolicy": {"days": 0, "enabled": False}},
        ],
        "metrics": [],
        "name": "audit",
        "type": "Microsoft.Insights/diagnosticSettings",
        "workspaceId": f"{subscription}/resourceGroups/rg-logs/providers/{workspace}",
    }


def role_definition(scope: str, guid: str, name: str, actions: Sequence[str], data_actions: Sequence[str]) -> Row:
    """A row of `az role definition list --custom-role-only`."""
    return {
        "assignableScopes": [scope],
        "description": f"{name}, made by the platform team",
        "id": f"{scope}{_AUTHORIZATION}/roleDefinitions/{guid}",
        "name": guid,
        "permissions": [{"actions": actions, "dataActions": data_actions, "notActions": [], "notDataActions": []}],
        "roleName": name,
        "roleType": "CustomRole",
        "type": "Microsoft.Authorization/roleDefinitions",
    }


def role_assignment(guid: str, scope: str, role: tuple[str, str], who: Who, made: str) -> Row:
    """A row of `az role assignment list --all`; a role's id is written with the subscription, where there is one."""
    subscription = "/".join(scope.split("/", 3)[:3]) if scope.startswith("/subscriptions/") else ""
    return {
        "createdOn": made,
        "id": f"{scope}{_AUTHORIZATION}/roleAssignments/{guid}",
        "name": guid,
        "principalId": who.id,
        "principalName": who.name,
        "principalType": who.type,
        "roleDefinitionId": f"{subscription}{_AUTHORIZATION}/roleDefinitions/{role[0]}",
        "roleDefinitionName": role[1],
        "scope": scope,
        "type": "Microsoft.Authorization/roleAssignments",
        "updatedOn": made,
    }


def carrier(path: str, provider: str, principal: str) -> Row:
    """A row of `az resource list` with an identity of its own, or of `az identity list`."""
    row: Row = {"id": path, "location": "westeurope", "name": path.rpartition("/")[2], "type": provider}
    if provider == tables.IDENTITY:
        return row | {"principalId": principal}
    return row | {"identity": {"principalId": principal, "type": "SystemAssigned"}}
