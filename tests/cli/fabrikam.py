"""Fabrikam's estate as one snapshot, with a vault of the old kind and the directory around it."""

import copy
from pathlib import Path

import yaml

SAMPLE = Path(__file__).resolve().parents[2] / "sample-configs" / "fabrikam-rbac" / "snapshot.yaml"
ONLINE, CORP = "ab8cdcfe-d601-47b7-9c07-5f6e3eabe6ed", "30eab010-501b-40b0-b6da-c35580e58356"
MAYA, LUIS, PETRA = (
    "c09cf64e-9ccd-4aeb-aa69-f80c0ad68a2a",
    "28e9715a-614b-4c7f-bb9e-354209c9d4b3",
    "e0a7bf03-db91-4c71-8b64-4cb09280437e",
)
WEB_TEAM, ROTATION = "c8e2107a-a822-4fb8-b186-e2d2ed480b5d", "40043dc9-1a9d-4984-87e2-4942f01de039"
WEB, MAIL, PIPELINE = (
    "7cab2b17-3dde-4846-9132-5db064891bb6",
    "750e3f93-df91-4d07-bdde-4c77d6703f35",
    "000ac5c9-639a-4d7a-973a-be3566daaf45",
)
OLD_VAULT = f"/subscriptions/{CORP}/resourceGroups/rg-old/providers/Microsoft.KeyVault/vaults/kv-fab-old"
WEB_VAULT = f"/subscriptions/{ONLINE}/resourceGroups/rg-web/providers/Microsoft.KeyVault/vaults/kv-fab-web"
_MACHINE = f"/subscriptions/{ONLINE}/resourceGroups/rg-web/providers/Microsoft.Compute/virtualMachines/vm-web"
_MAIL_ID = (
    f"/subscriptions/{ONLINE}/resourceGroups/rg-web/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mail"
)
_APPLICATION = {
    "id": "5b0c4c1e-33cb-4d0a-8d0c-2f2b4f0f5a11",
    "appId": "bccabae7-244d-4707-83e0-7837b89326dd",
    "displayName": "pki-pipeline",
}


def estate():
    """The snapshot, all of it known."""
    told = yaml.safe_load(SAMPLE.read_text(encoding="utf-8"))
    told = copy.deepcopy(told) | {"takenAt": str(told["takenAt"])}
    properties = copy.deepcopy(told["vaults"][0]["properties"]) | {
        "enableRbacAuthorization": False,
        "accessPolicies": [_policy(told, WEB_TEAM), _policy(told, PIPELINE)],
        "publicNetworkAccess": "Enabled",
    }
    old = {"id": OLD_VAULT, "name": "kv-fab-old", "type": "Microsoft.KeyVault/vaults", "location": "northeurope"}
    told["vaults"].append({**old, "properties": properties})
    scope = told["roleEligibilities"][0]["properties"]["scope"]
    role = told["roleEligibilities"][0]["properties"]["roleDefinitionId"]
    return told | {
        "rolePolicies": [_role_policy(scope, role)],
        "resources": [
            {
                "id": _MACHINE,
                "name": "vm-web",
                "type": "Microsoft.Compute/virtualMachines",
                "location": "northeurope",
                "identity": {
                    "principalId": WEB,
                    "userAssignedIdentities": {_MAIL_ID: {"principalId": MAIL, "clientId": _APPLICATION["appId"]}},
                },
            },
            {
                "id": _MAIL_ID,
                "name": "mail",
                "type": "Microsoft.ManagedIdentity/userAssignedIdentities",
                "location": "northeurope",
                "properties": {"principalId": MAIL, "clientId": _APPLICATION["appId"]},
            },
        ],
        "owners": [
            {"object": PIPELINE, "owners": [MAYA]},
            {"object": _APPLICATION["id"], "owners": [LUIS]},
            {"object": ROTATION, "owners": [PETRA]},
        ],
        "applications": [_APPLICATION],
        "directoryRoles": [{"role": "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "members": [PETRA]}],
        "appRoleAssignments": [
            {
                "principalId": PIPELINE,
                "resourceId": "8f2fe5f4-a8a3-4a8a-9b1e-6f2a1c1d1e1f",
                "appRoleId": "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8",
                "resourceDisplayName": "Microsoft Graph",
            }
        ],
        "coverage": [
            *told["coverage"],
            {"fact": "vaults", "scope": "tenant", "complete": True},
            {"fact": "diagnosticSettings", "scope": "tenant", "complete": True},
            {"fact": "denyAssignments", "scope": "tenant", "complete": True},
            {"fact": "roleEligibilities", "scope": "tenant", "complete": True},
            {"fact": "roleActivations", "scope": "tenant", "complete": True},
            {"fact": "principals", "scope": "tenant", "complete": True},
        ],
    }


def _policy(told, holder):
    return {"tenantId": told["tenantId"], "objectId": holder, "permissions": {"secrets": ["get", "list"]}}


def _role_policy(scope, role):
    name = "policy-of-a-role"
    return {
        "id": f"{scope}/providers/Microsoft.Authorization/roleManagementPolicyAssignments/{name}",
        "name": name,
        "type": "Microsoft.Authorization/RoleManagementPolicyAssignment",
        "properties": {
            "scope": scope,
            "roleDefinitionId": role,
            "policyId": f"{scope}/providers/Microsoft.Authorization/roleManagementPolicies/{name}",
            "effectiveRules": [
                {
                    "id": "Approval_EndUser_Assignment",
                    "ruleType": "RoleManagementPolicyApprovalRule",
                    "setting": {"isApprovalRequired": False},
                },
                {
                    "id": "Enablement_EndUser_Assignment",
                    "ruleType": "RoleManagementPolicyEnablementRule",
                    "enabledRules": ["MultiFactorAuthentication"],
                },
            ],
        },
    }
