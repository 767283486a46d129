"""The vaults of the small estate, and the resources around them."""

from __future__ import annotations

from tests.live.azure import bodies
from tests.live.azure.contoso import (
    ALICE,
    BOB,
    DEPLOY,
    HSM,
    IDENTITY,
    KV_APP,
    KV_LEGACY,
    KV_SANDBOX,
    PRODUCTION,
    STRANGER,
    TENANT,
    WEB,
    WEB_IDENTITY,
    WORKER,
    WORKER_IDENTITY,
)
from tests.live.azure.estate import Listed, Row


def vaults() -> Listed:
    legacy = [
        bodies.policy(TENANT, STRANGER, secrets=["get", "list"]),
        bodies.policy(TENANT, ALICE["id"], secrets=["all"], keys=["Get", "List", "Purge"]),
        bodies.policy(TENANT, BOB["id"], DEPLOY["appId"], secrets=bodies.SECRET_WORDS),
    ]
    return Listed(
        [
            bodies.vault(
                KV_APP,
                TENANT,
                sku={"family": "A", "name": "premium"},
                privateEndpointConnections=[bodies.connection(KV_APP, "pe-app", "Approved")],
            ),
            bodies.vault(
                KV_LEGACY,
                TENANT,
                networkAcls=None,
                publicNetworkAccess="Enabled",
                enableRbacAuthorization=None,
                enablePurgeProtection=None,
                enabledForDeployment=True,
                accessPolicies=legacy,
            ),
            bodies.vault(
                KV_SANDBOX,
                TENANT,
                location="northeurope",
                networkAcls={
                    "bypass": "AzureServices",
                    "defaultAction": "Allow",
                    "ipRules": [{"value": "0.0.0.0/2"}],
                    "virtualNetworkRules": [],
                },
                publicNetworkAccess="Enabled",
                enablePurgeProtection=None,
                softDeleteRetentionInDays=7,
                privateEndpointConnections=[bodies.connection(KV_SANDBOX, "pe-sandbox", "Pending")],
            ),
        ]
    )


def managed_hsms() -> Listed:
    return Listed(
        [
            {
                "sku": {"family": "B", "name": "Standard_B1"},
                **bodies.resource(HSM, tags={}, systemData=bodies.system_data()),
                "properties": {
                    "tenantId": TENANT,
                    "hsmUri": "https://hsm-payments.managedhsm.azure.net/",
                    "initialAdminObjectIds": [BOB["id"]],
                    "enableSoftDelete": True,
                    "softDeleteRetentionInDays": 90,
                    "enablePurgeProtection": False,
                    "provisioningState": "Succeeded",
                    "statusMessage": "The Managed HSM is provisioned and ready to use.",
                    "networkAcls": {
                        "bypass": "None",
                        "defaultAction": "Allow",
                        "ipRules": [],
                        "virtualNetworkRules": [],
                    },
                    "publicNetworkAccess": "Enabled",
                    "regions": [],
                    "securityDomainProperties": {"activationStatus": "Active", "activationStatusMessage": ""},
                },
            }
        ]
    )


def deleted_vaults() -> Listed:
    return Listed(
        [
            {
                "id": f"{PRODUCTION.scope}/providers/Microsoft.KeyVault/locations/westeurope/deletedVaults/kv-gone",
                "name": "kv-gone",
                "type": "Microsoft.KeyVault/deletedVaults",
                "properties": {
                    "vaultId": KV_APP.replace("kv-app", "kv-gone"),
                    "location": "westeurope",
                    "tags": {},
                    "deletionDate": "2026-11-01T10:42:35Z",
                    "scheduledPurgeDate": "2027-01-30T10:42:35Z",
                },
            }
        ]
    )


def carriers() -> Listed:
    properties = {"tenantId": TENANT, "principalId": WORKER_IDENTITY["id"], "clientId": WORKER_IDENTITY["appId"]}
    worker = bodies.resource(IDENTITY, properties=properties)
    return Listed(
        [
            worker,
            bodies.resource(WEB, kind="app", identity=bodies.identity_of(TENANT, WEB_IDENTITY["id"])),
            bodies.resource(WORKER, identity=bodies.identity_of(TENANT, None, worker)),
        ]
    )


def objects() -> dict[tuple[str, str], list[Row]]:
    secret = bodies.resource(f"{KV_APP}", location="westeurope") | {
        "id": f"{KV_APP}/secrets/db-password",
        "name": "db-password",
        "type": "Microsoft.KeyVault/vaults/secrets",
        "properties": {
            "attributes": {"enabled": True, "created": 1748768045, "updated": 1748768045},
            "contentType": "text/plain",
            "secretUri": "https://kv-app.vault.azure.net/secrets/db-password",
            "secretUriWithVersion": f"https://kv-app.vault.azure.net/secrets/db-password/{'0' * 32}",
        },
    }
    key = bodies.resource(f"{KV_LEGACY}") | {
        "id": f"{KV_LEGACY}/keys/signing",
        "name": "signing",
        "type": "Microsoft.KeyVault/vaults/keys",
        "properties": {
            "attributes": {"enabled": True, "exp": 1798761600, "created": 1748768045, "updated": 1748768045},
            "kty": "RSA",
            "keySize": 2048,
            "keyUri": "https://kv-legacy.vault.azure.net/keys/signing",
            "keyUriWithVersion": f"https://kv-legacy.vault.azure.net/keys/signing/{'0' * 32}",
        },
    }
    return {(KV_APP.lower(), "secrets"): [secret], (KV_LEGACY.lower(), "keys"): [key]}
