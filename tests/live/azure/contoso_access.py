"""Who is given what in the small estate."""

from __future__ import annotations

from tests.live.azure import bodies
from tests.live.azure.bodies import guid
from tests.live.azure.contoso import (
    ACTIVATED,
    ALICE,
    APP_GROUP,
    AUDITORS,
    BOB,
    CAROL,
    CONTRACTORS,
    DEPLOY,
    EVE,
    JANITOR,
    KEEPER,
    KV_APP,
    KV_LEGACY,
    KV_SANDBOX,
    LANDING_ZONES,
    LEGACY_GROUP,
    LOGS,
    ONLY_SECRETS_USER,
    PLATFORM,
    PRODUCTION,
    PROVIDER,
    SANDBOX,
    STRANGER,
    TENANT,
    WEB_IDENTITY,
    WORKER_IDENTITY,
)
from tests.live.azure.estate import GROUPS, Listed, Row
from tests.live.azure.roles import role


def role_assignments() -> Listed:
    given = (
        ("/", "User Access Administrator", BOB, "User"),
        (LANDING_ZONES, "Contributor", PLATFORM, "Group"),
        (PRODUCTION.scope, "Reader", AUDITORS, "Group"),
        (PRODUCTION.scope, "Key Vault Reader", AUDITORS, "Group"),
        (SANDBOX.scope, "Owner", ALICE, "User"),
        (APP_GROUP, "Key Vault Secrets Officer", DEPLOY, "ServicePrincipal"),
        (APP_GROUP, "Website Contributor", CONTRACTORS, "Group"),
        (KV_APP, "Key Vault Secrets User", WEB_IDENTITY, "ServicePrincipal"),
        (KV_APP, "Key Vault Crypto User", WORKER_IDENTITY, "ServicePrincipal"),
        (KV_SANDBOX, "Key Vault Certificate User", EVE, "User"),
        (KV_LEGACY, "Key Vault Secrets User", WEB_IDENTITY, "ServicePrincipal"),
        (LOGS, "Log Analytics Contributor", PLATFORM, "Group"),
    )
    return Listed(
        [bodies.assignment(scope, role(name), who["id"], kind) for scope, name, who, kind in given]
        + [
            bodies.assignment(PRODUCTION.scope, KEEPER["id"], DEPLOY["id"], "ServicePrincipal"),
            bodies.assignment(GROUPS + "sandbox", JANITOR["id"], CAROL["id"], "User"),
            bodies.assignment(
                KV_APP, role("Key Vault Data Access Administrator"), CAROL["id"], "User", ONLY_SECRETS_USER
            ),
            bodies.assignment(KV_SANDBOX, role("Key Vault Secrets Officer"), STRANGER, "User"),
            ACTIVATED,
        ]
    )


def activations() -> Listed:
    """One that was activated and is a role assignment meanwhile, and one that PIM shows as it shows every other."""
    kind = "roleAssignmentScheduleInstances"
    standing = bodies.assignment(LANDING_ZONES, role("Contributor"), PLATFORM["id"], "Group")
    return Listed(
        [
            bodies.instance(
                kind,
                LEGACY_GROUP,
                role("Owner"),
                BOB["id"],
                "User",
                assignmentType="Activated",
                endDateTime="2026-11-23T16:00:00Z",
                originRoleAssignmentId=ACTIVATED["id"],
            ),
            bodies.instance(
                kind,
                LANDING_ZONES,
                role("Contributor"),
                PLATFORM["id"],
                "Group",
                assignmentType="Assigned",
                originRoleAssignmentId=standing["id"],
            ),
        ]
    )


def registrations() -> Listed:
    name = guid("registration of fabrikam")
    definition = guid("definition of fabrikam")
    provider = "providers/Microsoft.ManagedServices"
    definition_id = f"{PRODUCTION.scope}/{provider}/registrationDefinitions/{definition}"
    return Listed(
        [
            {
                "id": f"{PRODUCTION.scope}/{provider}/registrationAssignments/{name}",
                "type": "Microsoft.ManagedServices/registrationAssignments",
                "name": name,
                "properties": {
                    "registrationDefinitionId": definition_id,
                    "provisioningState": "Succeeded",
                    "registrationDefinition": {
                        "id": definition_id,
                        "type": "Microsoft.ManagedServices/registrationDefinitions",
                        "name": definition,
                        "plan": None,
                        "properties": {
                            "registrationDefinitionName": "Fabrikam operates",
                            "description": "",
                            "authorizations": [
                                {
                                    "principalId": guid("operators of fabrikam"),
                                    "principalIdDisplayName": "Fabrikam operators",
                                    "roleDefinitionId": role("Contributor").rsplit("/", 1)[-1],
                                }
                            ],
                            "eligibleAuthorizations": [],
                            "provisioningState": "Succeeded",
                            "manageeTenantId": TENANT,
                            "manageeTenantName": "Contoso",
                            "managedByTenantId": PROVIDER,
                            "managedByTenantName": "Fabrikam",
                        },
                    },
                },
            }
        ]
    )


_HSM_ROLE = "Microsoft.KeyVault/providers/Microsoft.Authorization/roleDefinitions/"
_CRYPTO_USER = "21dbd100-6940-42c2-9190-5d6cb909625b"


def hsm_assignments() -> list[Row]:
    name = guid("of the hsm")
    return [
        {
            "id": f"/providers/Microsoft.Authorization/roleAssignments/{name}",
            "name": name,
            "properties": {"principalId": DEPLOY["id"], "roleDefinitionId": _HSM_ROLE + _CRYPTO_USER, "scope": "/keys"},
            "type": "Microsoft.Authorization/roleAssignments",
        }
    ]


def hsm_definitions() -> list[Row]:
    block = {
        "actions": [],
        "dataActions": [
            "Microsoft.KeyVault/managedHsm/keys/read/action",
            "Microsoft.KeyVault/managedHsm/keys/sign/action",
        ],
        "notActions": [],
        "notDataActions": [],
    }
    return [
        {
            "id": _HSM_ROLE + _CRYPTO_USER,
            "name": _CRYPTO_USER,
            "properties": {
                "assignableScopes": ["/"],
                "description": "",
                "permissions": [block],
                "roleName": "Managed HSM Crypto User",
                "type": "AKVBuiltInRole",
            },
            "type": "Microsoft.Authorization/roleDefinitions",
        }
    ]
