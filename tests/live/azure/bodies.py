"""Bodies as Azure gives them, from the little that tells one from another."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from tests.live.azure.estate import Row

WHEN = "2026-01-12T08:00:00.1234567Z"
_AUTH = "providers/Microsoft.Authorization"
SECRET_WORDS = ["get", "list", "set", "delete", "recover", "backup", "restore"]


def guid(name: str) -> str:
    """The same one for the same name."""
    return str(uuid.UUID(bytes=hashlib.blake2b(name.encode(), digest_size=16).digest(), version=4))


def vault(identifier: str, tenant: str, location: str = "westeurope", **properties: Any) -> Row:
    """A vault as it comes out of the portal, unless something else is said; None leaves a property out."""
    name = identifier.rsplit("/", 1)[-1]
    usual = {
        "sku": {"family": "A", "name": "standard"},
        "tenantId": tenant,
        "networkAcls": {"bypass": "None", "defaultAction": "Deny", "ipRules": [], "virtualNetworkRules": []},
        "accessPolicies": [],
        "enabledForDeployment": False,
        "enabledForDiskEncryption": False,
        "enabledForTemplateDeployment": False,
        "enableSoftDelete": True,
        "softDeleteRetentionInDays": 90,
        "enableRbacAuthorization": True,
        "enablePurgeProtection": True,
        "vaultUri": f"https://{name}.vault.azure.net/",
        "provisioningState": "Succeeded",
        "publicNetworkAccess": "Disabled",
    }
    return {
        "id": identifier,
        "name": name,
        "type": "Microsoft.KeyVault/vaults",
        "location": location,
        "tags": {},
        "systemData": system_data(),
        "properties": {key: value for key, value in (usual | properties).items() if value is not None},
    }


def system_data() -> Row:
    """Who made a resource and who changed it last, and when."""
    author = {"By": "user0000@example.com", "ByType": "User", "At": "2025-06-01T09:14:05.036Z"}
    return {f"{verb}{key}": value for verb in ("created", "lastModified") for key, value in author.items()}


def policy(tenant: str, principal: str, application: str | None = None, **permissions: list[str]) -> Row:
    """An entry of a vault's access policies."""
    named = {"applicationId": application} if application else {}
    kinds = {"keys": [], "secrets": [], "certificates": []}
    return {"tenantId": tenant, "objectId": principal, **named, "permissions": kinds | permissions}


def connection(vault_id: str, name: str, status: str) -> Row:
    """A private endpoint connection."""
    group = "/".join(vault_id.split("/")[:5])
    return {
        "id": f"{vault_id}/privateEndpointConnections/{name}",
        "properties": {
            "provisioningState": "Succeeded",
            "privateEndpoint": {"id": f"{group}/providers/Microsoft.Network/privateEndpoints/{name}"},
            "privateLinkServiceConnectionState": {"status": status, "actionsRequired": "None"},
        },
    }


def extension(scope: str, kind: str, name: str, properties: Row) -> Row:
    """A row of Microsoft.Authorization at a scope; the properties come first, as they do there."""
    base = "" if scope == "/" else scope
    return {
        "properties": properties,
        "id": f"{base}/{_AUTH}/{kind}/{name}" if base else f"/{_AUTH}/{kind}/{name}",
        "type": f"Microsoft.Authorization/{kind}",
        "name": name,
    }


def assignment(
    scope: str, role: str, principal: str, kind: str, condition: str | None = None, name: str | None = None
) -> Row:
    return extension(
        scope,
        "roleAssignments",
        name or guid(f"{scope} {role} {principal}"),
        {
            "roleDefinitionId": role,
            "principalId": principal,
            "principalType": kind,
            "scope": scope,
            "condition": condition,
            "conditionVersion": "2.0" if condition else None,
            "createdOn": WHEN,
            "updatedOn": WHEN,
            "createdBy": guid("creator"),
            "updatedBy": guid("creator"),
            "delegatedManagedIdentityResourceId": None,
            "description": None,
        },
    )


def role_definition(scopes: list[str], role_name: str, **block: list[str]) -> Row:
    """A custom role of one block."""
    empty: dict[str, list[str]] = {"actions": [], "notActions": [], "dataActions": [], "notDataActions": []}
    name = guid(f"role {role_name}")
    properties = {
        "roleName": role_name,
        "type": "CustomRole",
        "description": "",
        "assignableScopes": scopes,
        "permissions": [empty | block],
        "createdOn": WHEN,
        "updatedOn": WHEN,
        "createdBy": guid("creator"),
        "updatedBy": guid("creator"),
    }
    return extension("/", "roleDefinitions", name, properties)


def instance(kind: str, scope: str, role: str, principal: str, principal_type: str, **more: Any) -> Row:
    """A roleEligibilityScheduleInstance or roleAssignmentScheduleInstance."""
    properties = {
        "scope": scope,
        "roleDefinitionId": role,
        "principalId": principal,
        "principalType": principal_type,
        "status": "Provisioned",
        "memberType": "Direct",
        "startDateTime": "2026-01-12T08:00:00Z",
        "endDateTime": None,
        "createdOn": "2026-01-12T08:00:00Z",
        "condition": None,
        "conditionVersion": None,
    }
    return extension(scope, kind, guid(f"{kind} {scope} {role} {principal}"), properties | more)


def role_policy(scope: str, role: str, *, approval: bool, second_factor: bool) -> Row:
    """A role management policy assignment with the rules that somebody meets who activates."""
    target = {
        "caller": "EndUser",
        "operations": ["All"],
        "level": "Assignment",
        "targetObjects": None,
        "inheritableSettings": None,
        "enforcedSettings": None,
    }
    policy_name = guid(f"policy {scope} {role}")
    rules = [
        {
            "id": "Approval_EndUser_Assignment",
            "ruleType": "RoleManagementPolicyApprovalRule",
            "setting": {"isApprovalRequired": approval, "approvalMode": "SingleStage", "approvalStages": []},
            "target": target,
        },
        {
            "id": "Enablement_EndUser_Assignment",
            "ruleType": "RoleManagementPolicyEnablementRule",
            "enabledRules": ["MultiFactorAuthentication", "Justification"] if second_factor else ["Justification"],
            "target": target,
        },
    ]
    name = f"{policy_name}_{role.rsplit('/', 1)[-1]}"
    properties = {
        "scope": scope,
        "roleDefinitionId": role,
        "policyId": f"{scope}/{_AUTH}/roleManagementPolicies/{policy_name}",
        "effectiveRules": rules,
    }
    return extension(scope, "roleManagementPolicyAssignments", name, properties)


def deny(scope: str, name: str, principal: str, actions: list[str], excluded: list[Row]) -> Row:
    properties = {
        "denyAssignmentName": name,
        "description": "",
        "permissions": [{"actions": actions, "notActions": [], "dataActions": [], "notDataActions": []}],
        "scope": scope,
        "doNotApplyToChildScopes": False,
        "principals": [{"id": principal, "type": "SystemDefined" if principal.endswith("0" * 12) else "User"}],
        "excludePrincipals": excluded,
        "isSystemProtected": True,
        "denyAssignmentEffect": "enforced",
    }
    return extension(scope, "denyAssignments", guid(f"deny {scope} {name}"), properties)


def lock(scope: str, level: str) -> Row:
    return extension(scope, "locks", f"lock-{level.lower()}", {"level": level, "notes": "kept by the platform team"})


def diagnostic_setting(resource: str, name: str, category: str, **destinations: str) -> Row:
    """As Microsoft.Insights gives it: the id in lower case, every destination named."""
    none = {"storageAccountId": None, "serviceBusRuleId": None, "workspaceId": None,
            "eventHubAuthorizationRuleId": None, "eventHubName": None}  # fmt: skip
    log = {"category": category, "categoryGroup": None, "enabled": True,
           "retentionPolicy": {"enabled": False, "days": 0}}  # fmt: skip
    return {
        "id": f"{resource.lower()}/providers/microsoft.insights/diagnosticSettings/{name}",
        "type": "Microsoft.Insights/diagnosticSettings",
        "name": name,
        "location": None,
        "kind": None,
        "tags": None,
        "properties": {
            **(none | destinations),
            "metrics": [],
            "logs": [log],
            "logAnalyticsDestinationType": None,
        },
        "identity": None,
    }


def resource(identifier: str, *, location: str = "westeurope", **more: Any) -> Row:
    """Of any type; the type is read off the id."""
    provider, kind, name = identifier.rpartition("/providers/")[2].split("/")
    return {
        "id": identifier,
        "name": name,
        "type": f"{provider}/{kind}",
        "location": location,
        "tags": None,
        "properties": {},
        **more,
    }


def identity_of(tenant: str, principal: str | None, *user_assigned: Row) -> Row:
    """The identity of a resource: its own, and those that are resources themselves."""
    own = {"principalId": principal, "tenantId": tenant} if principal else {}
    kinds = [*(["SystemAssigned"] if principal else []), *(["UserAssigned"] if user_assigned else [])]
    listed = {
        each["id"]: {key: each["properties"][key] for key in ("principalId", "clientId")} for each in user_assigned
    }
    return {"type": ", ".join(kinds), **own, **({"userAssignedIdentities": listed} if listed else {})}
