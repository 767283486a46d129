"""Who and what there is in the small estate, by name."""

from __future__ import annotations

from tests.live.azure import bodies, directory
from tests.live.azure.bodies import guid
from tests.live.azure.estate import GROUPS, Subscription
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
