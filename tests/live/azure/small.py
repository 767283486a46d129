"""A tenant of two subscriptions and three vaults with at least one of everything, most of it not as it should be.

kv-app is well kept, and read by a web app that a group may rewrite; kv-legacy has access policies, one of them a
stranger's, under Contributors; kv-sandbox is open and logs nothing.
"""

from __future__ import annotations

import copy

from tests.live.azure import bodies, directory
from tests.live.azure.bodies import guid
from tests.live.azure.estate import GROUPS, Estate, Listed, ManagementGroup, Row, Subscription
from tests.live.azure.login import CLIENT, CLIENT_OBJECT
from tests.live.azure.roles import role

TENANT = guid("contoso")
PROVIDER = guid("fabrikam")
PRODUCTION = Subscription(guid("production"), "Production", "landing-zones")
SANDBOX = Subscription(guid("sandbox"), "Sandbox", "sandbox")
LANDING_ZONES = GROUPS + "landing-zones"
APP_GROUP = f"{PRODUCTION.scope}/resourceGroups/rg-app"
LEGACY_GROUP = f"{PRODUCTION.scope}/resourceGroups/rg-legacy"
SANDBOX_GROUP = f"{SANDBOX.scope}/resourceGroups/rg-sandbox"
KV_APP = f"{APP_GROUP}/providers/Microsoft.KeyVault/vaults/kv-app"
KV_LEGACY = f"{LEGACY_GROUP}/providers/Microsoft.KeyVault/vaults/kv-legacy"
KV_SANDBOX = f"{SANDBOX_GROUP}/providers/Microsoft.KeyVault/vaults/kv-sandbox"
HSM = f"{APP_GROUP}/providers/Microsoft.KeyVault/managedHSMs/hsm-payments"
WEB = f"{APP_GROUP}/providers/Microsoft.Web/sites/web-shop"
WORKER = f"{APP_GROUP}/providers/Microsoft.Compute/virtualMachines/vm-worker"
IDENTITY = f"{APP_GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-worker"
LOGS = f"{APP_GROUP}/providers/Microsoft.OperationalInsights/workspaces/log-central"
ARCHIVE = f"{LEGACY_GROUP}/providers/Microsoft.Storage/storageAccounts/starchive"
STRANGER = guid("somebody who was deleted")
EVERYBODY = "00000000-0000-0000-0000-000000000000"

ALICE = directory.user("Alice Berg", "contoso.example")
BOB = directory.user("Bob Lind", "contoso.example")
CAROL = directory.user("Carol Nilsson", "contoso.example", enabled=False)
EVE = directory.user("Eve Olsen", "fabrikam.example", guest=True)
PLATFORM = directory.group("Platform team")
AUDITORS = directory.group("Auditors")
CONTRACTORS = directory.group("Contractors", rule='(user.userType -eq "Guest")')
DEPLOY = directory.service_principal("ci-deploy")
DEPLOY_APP = directory.application("ci-deploy")
WEB_IDENTITY = directory.service_principal("web-shop", "ManagedIdentity", WEB)
WORKER_IDENTITY = directory.service_principal("id-worker", "ManagedIdentity", IDENTITY)
READER = directory.service_principal("kvaudit reader", app_id=CLIENT) | {"id": CLIENT_OBJECT}
GRAPH = directory.service_principal("Microsoft Graph", app_id=directory.GRAPH_APP)

GLOBAL_ADMINISTRATOR = directory.directory_role("Global Administrator", "62e90394-69f5-4237-9190-012177145e10")
APPLICATION_ADMINISTRATOR = directory.directory_role(
    "Application Administrator", "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"
)
APPLICATION_READ_WRITE_ALL = "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9"
KEEPER = bodies.role_definition(
    [PRODUCTION.scope],
    "Vault keeper",
    actions=["Microsoft.KeyVault/vaults/*"],
    dataActions=["Microsoft.KeyVault/vaults/secrets/readMetadata/action"],
)
JANITOR = bodies.role_definition(
    [GROUPS + "sandbox"], "Janitor", actions=["Microsoft.KeyVault/locations/deletedVaults/*"]
)
ONLY_SECRETS_USER = (
    "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR "
    "(@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals "
    "{4633458b-17de-408a-b874-0445c86b69e6}))"
)
ACTIVATED = bodies.assignment(LEGACY_GROUP, role("Owner"), BOB["id"], "User")


def small() -> Estate:
    """A fresh one, so that a test may change it."""
    return copy.deepcopy(_estate())


def _estate() -> Estate:
    return Estate(
        tenant=TENANT,
        name="Contoso",
        management_groups=[
            ManagementGroup(TENANT, "Tenant Root Group", None),
            ManagementGroup("landing-zones", "Landing zones", TENANT),
            ManagementGroup("sandbox", "Sandbox", TENANT),
        ],
        subscriptions=[PRODUCTION, SANDBOX],
        vaults=_vaults(),
        managed_hsms=_hsms(),
        deleted_vaults=_deleted(),
        role_assignments=_assignments(),
        role_definitions=Listed([KEEPER, JANITOR]),
        deny_assignments=Listed(
            [
                bodies.deny(
                    APP_GROUP,
                    "deployment stack",
                    EVERYBODY,
                    ["Microsoft.KeyVault/vaults/delete"],
                    [{"id": DEPLOY["id"], "type": "ServicePrincipal"}],
                )
            ]
        ),
        eligibilities=Listed(
            [
                bodies.instance(
                    "roleEligibilityScheduleInstances",
                    PRODUCTION.scope,
                    role("Key Vault Administrator"),
                    ALICE["id"],
                    "User",
                ),
            ]
        ),
        activations=_activations(),
        role_policies=Listed(
            [bodies.role_policy(PRODUCTION.scope, role("Key Vault Administrator"), approval=False, second_factor=True)]
        ),
        registrations=_registrations(),
        locks=Listed([bodies.lock(KV_APP, "CanNotDelete"), bodies.lock(LEGACY_GROUP, "ReadOnly")]),
        diagnostic_settings=Listed(
            [
                bodies.diagnostic_setting(KV_APP, "audit", "AuditEvent", workspaceId=LOGS),
                bodies.diagnostic_setting(KV_LEGACY, "archive", "AuditEvent", storageAccountId=ARCHIVE),
                bodies.diagnostic_setting(HSM, "audit", "AuditEvent", workspaceId=LOGS),
            ]
        ),
        carriers=_carriers(),
        log_stores=Listed([bodies.resource(LOGS), bodies.resource(ARCHIVE, location="eastus", kind="StorageV2")]),
        objects=_objects(),
        hsm_assignments=_hsm_assignments(),
        hsm_definitions=_hsm_definitions(),
        principals={
            row["id"]: row
            for row in (
                ALICE,
                BOB,
                CAROL,
                EVE,
                PLATFORM,
                AUDITORS,
                CONTRACTORS,
                DEPLOY,
                DEPLOY_APP,
                WEB_IDENTITY,
                WORKER_IDENTITY,
                READER,
                GRAPH,
            )
        },
        members={
            PLATFORM["id"]: [BOB["id"], CAROL["id"]],
            AUDITORS["id"]: [ALICE["id"], CONTRACTORS["id"]],
            CONTRACTORS["id"]: [EVE["id"]],
            GLOBAL_ADMINISTRATOR["id"]: [BOB["id"]],
            APPLICATION_ADMINISTRATOR["id"]: [CAROL["id"], PLATFORM["id"]],
        },
        owners={PLATFORM["id"]: [ALICE["id"]], DEPLOY["id"]: [BOB["id"]], DEPLOY_APP["id"]: [EVE["id"]]},
        directory_roles=[GLOBAL_ADMINISTRATOR, APPLICATION_ADMINISTRATOR],
        app_role_assignments={
            directory.GRAPH_APP: [directory.app_role_assignment(DEPLOY, GRAPH, APPLICATION_READ_WRITE_ALL)]
        },
        group_eligibilities=[directory.group_eligibility(PLATFORM["id"], EVE["id"])],
    )


def _vaults() -> Listed:
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


def _hsms() -> Listed:
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


def _deleted() -> Listed:
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


def _assignments() -> Listed:
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


def _activations() -> Listed:
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


def _registrations() -> Listed:
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


def _carriers() -> Listed:
    properties = {"tenantId": TENANT, "principalId": WORKER_IDENTITY["id"], "clientId": WORKER_IDENTITY["appId"]}
    worker = bodies.resource(IDENTITY, properties=properties)
    return Listed(
        [
            worker,
            bodies.resource(WEB, kind="app", identity=bodies.identity_of(TENANT, WEB_IDENTITY["id"])),
            bodies.resource(WORKER, identity=bodies.identity_of(TENANT, None, worker)),
        ]
    )


def _objects() -> dict[tuple[str, str], list[Row]]:
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


_HSM_ROLE = "Microsoft.KeyVault/providers/Microsoft.Authorization/roleDefinitions/"
_CRYPTO_USER = "21dbd100-6940-42c2-9190-5d6cb909625b"


def _hsm_assignments() -> list[Row]:
    name = guid("of the hsm")
    return [
        {
            "id": f"/providers/Microsoft.Authorization/roleAssignments/{name}",
            "name": name,
            "properties": {"principalId": DEPLOY["id"], "roleDefinitionId": _HSM_ROLE + _CRYPTO_USER, "scope": "/keys"},
            "type": "Microsoft.Authorization/roleAssignments",
        }
    ]


def _hsm_definitions() -> list[Row]:
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
