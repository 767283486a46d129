"""A tiny estate to put on disk: a well-kept vault that one group may read, and what can be wrong with it."""

import json

TENANT = "f6fadfa7-e5c1-4b62-9362-da5cc13da58a"
VAULT = (
    "/subscriptions/2c63888f-28f0-4481-be6d-dce7a7ace732/resourceGroups/rg-app"
    "/providers/Microsoft.KeyVault/vaults/kv-app"
)
ALICE, READERS = "bc67ba94-637d-4efa-a09e-467ada679f81", "1d3f8a60-0c1e-4b6f-9f3b-6a4d0f1c2e77"
SECRETS_USER = "/providers/Microsoft.Authorization/roleDefinitions/4633458b-17de-408a-b874-0445c86b69e6"
ASSIGNMENT = f"{VAULT}/providers/Microsoft.Authorization/roleAssignments/d00f7b11-205f-42f7-88c1-d781b972e776"


def snapshot(*, default_action="Deny", members=True, readers="Key readers", **sections):
    """A snapshot that passes; `default_action` opens the firewall, `members` leaves the group's members out."""
    document = {
        "schema": "kvaudit/snapshot/v1",
        "tenantId": TENANT,
        "vaults": [vault(default_action)],
        "roleAssignments": [
            {
                "id": ASSIGNMENT,
                "name": ASSIGNMENT.rsplit("/", 1)[-1],
                "properties": {
                    "scope": VAULT,
                    "roleDefinitionId": SECRETS_USER,
                    "principalId": READERS,
                    "principalType": "Group",
                },
            }
        ],
        "diagnosticSettings": [
            {
                "id": f"{VAULT}/providers/microsoft.insights/diagnosticSettings/audit",
                "name": "audit",
                "properties": {
                    "workspaceId": VAULT.replace("KeyVault/vaults/kv-app", "OperationalInsights/workspaces/log"),
                    "logs": [{"category": "AuditEvent", "enabled": True}],
                },
            }
        ],
        "principals": [
            {"id": READERS, "type": "Group", "displayName": readers},
            {"id": ALICE, "type": "User", "displayName": "Alice Berg", "userPrincipalName": "alice@contoso.example",
             "userType": "Member", "accountEnabled": True},
        ],
    }  # fmt: skip
    if members:
        document["groupMembers"] = [{"group": READERS, "members": [ALICE]}]
    return document | sections


def vault(default_action="Deny"):
    return {
        "id": VAULT,
        "name": "kv-app",
        "location": "westeurope",
        "properties": {
            "tenantId": TENANT,
            "enableRbacAuthorization": True,
            "accessPolicies": [],
            "sku": {"family": "A", "name": "standard"},
            "enableSoftDelete": True,
            "softDeleteRetentionInDays": 90,
            "enablePurgeProtection": True,
            "enabledForDeployment": False,
            "enabledForTemplateDeployment": False,
            "enabledForDiskEncryption": False,
            "publicNetworkAccess": "Enabled",
            "networkAcls": {
                "bypass": "None",
                "defaultAction": default_action,
                "ipRules": [],
                "virtualNetworkRules": [],
            },
            "privateEndpointConnections": [],
        },
    }


def put(folder, document=None, name="snapshot.json", **settings):
    """Write a snapshot to a folder and return its path."""
    file = folder / name
    file.write_text(json.dumps(snapshot(**settings) if document is None else document, indent=1), encoding="utf-8")
    return file
