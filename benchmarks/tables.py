"""Names and roles that a made-up estate is put together from. Ids of built-in roles are Azure's own."""

from __future__ import annotations

Role = tuple[str, str]

FIRST_NAMES = ("Ada", "Ben", "Cleo", "Dana", "Emil", "Fay", "Gus", "Hana", "Ivo", "Jun", "Kai", "Lena", "Mika", "Nora")
LAST_NAMES = ("Abt", "Brook", "Cruz", "Dahl", "Engel", "Frost", "Grau", "Holm", "Ito", "Jung", "Khan", "Lund", "Moss")
PRODUCTS = (
    "orders",
    "billing",
    "search",
    "ledger",
    "portal",
    "claims",
    "rates",
    "stock",
    "mail",
    "batch",
    "risk",
    "hr",
)
STAGES = ("prod", "test", "dev")
REGIONS = ("westeurope", "northeurope", "eastus2", "uksouth", "southeastasia")
TEAM_NAMES = ("Security Team", "Internal Audit", "Platform Engineering")
UNITS = tuple(f"unit-{number:02}" for number in range(1, 13))

OWNER: Role = ("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner")
CONTRIBUTOR: Role = ("b24988ac-6180-42a0-ab88-20f7382dd24c", "Contributor")
READER: Role = ("acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader")
SECURITY_READER: Role = ("39bc4728-0917-49c7-9d2c-d95423bc2eb4", "Security Reader")
MONITORING_READER: Role = ("43d0d8ad-25c7-4714-9337-8ba259a9fe05", "Monitoring Reader")
COST_READER: Role = ("72fafb9e-0641-4937-9268-a91bfd8191a3", "Cost Management Reader")
LOG_READER: Role = ("73c42c96-874c-492b-b04d-ab87d138a893", "Log Analytics Reader")
LOG_CONTRIBUTOR: Role = ("92aaf0da-9dab-42b6-94a3-d43ce8d16293", "Log Analytics Contributor")
NETWORK_CONTRIBUTOR: Role = ("4d97b98b-1d4f-4787-a291-c67834d212e7", "Network Contributor")
TAG_CONTRIBUTOR: Role = ("4a9ae827-6dc8-4573-8ac7-8239d42aa03f", "Tag Contributor")
BACKUP_CONTRIBUTOR: Role = ("5e467623-bb1f-42f4-a55d-6e525e11384b", "Backup Contributor")
ACCESS_ADMINISTRATOR: Role = ("18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", "User Access Administrator")
VAULT_CONTRIBUTOR: Role = ("f25e0fa2-a7c8-4377-a976-54943a77a395", "Key Vault Contributor")
WEBSITE_CONTRIBUTOR: Role = ("de139f84-1756-47ae-9be6-808fbbe84772", "Website Contributor")
MACHINE_CONTRIBUTOR: Role = ("9980e02c-c2be-4d73-94e8-173b1dc7cf3c", "Virtual Machine Contributor")

TENANT_ROLES = (
    READER,
    READER,
    SECURITY_READER,
    MONITORING_READER,
    COST_READER,
    LOG_READER,
    TAG_CONTRIBUTOR,
    BACKUP_CONTRIBUTOR,
    NETWORK_CONTRIBUTOR,
    CONTRIBUTOR,
    ACCESS_ADMINISTRATOR,
    OWNER,
)
CHANGES_EVERYTHING = (CONTRIBUTOR, ACCESS_ADMINISTRATOR, OWNER)
SUBSCRIPTION_ROLES = (
    (READER,) * 10
    + (SECURITY_READER, MONITORING_READER, COST_READER, LOG_READER, TAG_CONTRIBUTOR, BACKUP_CONTRIBUTOR)
    + (CONTRIBUTOR, CONTRIBUTOR, OWNER, VAULT_CONTRIBUTOR)
)
GROUP_ROLES = (
    (READER,) * 9
    + (CONTRIBUTOR,) * 5
    + (WEBSITE_CONTRIBUTOR, MACHINE_CONTRIBUTOR, NETWORK_CONTRIBUTOR, MONITORING_READER, VAULT_CONTRIBUTOR)
)
VAULT_ROLES = (
    (("4633458b-17de-408a-b874-0445c86b69e6", "Key Vault Secrets User"),) * 12
    + (("e147488a-f6f5-4113-8e2d-b22465e65bf6", "Key Vault Crypto Service Encryption User"),) * 3
    + (("21090545-7ca7-4776-b22c-e363652d74d2", "Key Vault Reader"),) * 2
    + (
        ("b86a8fe4-44ce-4948-aee5-eccb2c155cd7", "Key Vault Secrets Officer"),
        ("db79e9a7-68ee-4b58-9aeb-b90e7c24fcba", "Key Vault Certificate User"),
        ("00482a5a-887f-4fb3-b363-3b7fe8e74483", "Key Vault Administrator"),
    )
)
RESOURCE_ROLES: tuple[tuple[str, tuple[Role, ...]], ...] = (
    (
        "Microsoft.Storage/storageAccounts",
        (
            ("ba92f5b4-2d11-453d-a403-e96b0029c9fe", "Storage Blob Data Contributor"),
            ("2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", "Storage Blob Data Reader"),
            ("974c5e8b-45b9-4653-ba55-5f855dd0fb88", "Storage Queue Data Contributor"),
        ),
    ),
    (
        "Microsoft.ContainerRegistry/registries",
        (
            ("7f951dda-4ed3-4680-a7ca-43fe172d538d", "AcrPull"),
            ("8311e382-0749-4cb8-b61a-304f252e45ec", "AcrPush"),
        ),
    ),
    (
        "Microsoft.ServiceBus/namespaces",
        (
            ("69a216fc-b8fb-44d8-bc22-1f3c2cd27a39", "Azure Service Bus Data Sender"),
            ("4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0", "Azure Service Bus Data Receiver"),
        ),
    ),
    (
        "Microsoft.Compute/virtualMachines",
        (
            ("fb879df8-f326-4884-b1cf-06f3ad86be52", "Virtual Machine User Login"),
            MACHINE_CONTRIBUTOR,
            READER,
        ),
    ),
    (
        "Microsoft.ContainerService/managedClusters",
        (("4abbcc35-e782-43d8-92c5-2d3f1bd2253f", "Azure Kubernetes Service Cluster User Role"),),
    ),
    (
        "Microsoft.ManagedIdentity/userAssignedIdentities",
        (("f1a07417-d97a-45cb-824c-7a7467783830", "Managed Identity Operator"),),
    ),
)

# (name, actions, data actions), each made several times over, as tenants do.
CUSTOM_ROLES = tuple(
    (f"{name} {number:02}", actions, data_actions)
    for number in range(1, 13)
    for name, actions, data_actions in (
        ("Application Deployer", ("Microsoft.Resources/deployments/*", "Microsoft.Web/sites/*"), ()),
        ("Vault Deployer", ("Microsoft.KeyVault/vaults/deploy/action",), ()),
        ("Secret Operator", ("Microsoft.KeyVault/vaults/read",), ("Microsoft.KeyVault/vaults/secrets/*",)),
        ("Platform Operator", ("*/read", "Microsoft.KeyVault/*", "Microsoft.Compute/*/action"), ()),
        ("Blob Auditor", ("Microsoft.Storage/*/read",), ("Microsoft.Storage/*/blobs/read",)),
    )
)

NAME_CONDITION = (
    "((!(ActionMatches{'Microsoft.KeyVault/vaults/secrets/getSecret/action'})) OR "
    "(@Resource[Microsoft.KeyVault/vaults/secrets:name] StringStartsWith 'orders-'))"
)
BLOB_CONDITION = (
    "((!(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'})) OR "
    "(@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'public'))"
)
IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities"
CARRIERS = (
    ("Microsoft.Compute/virtualMachines",) * 4
    + ("Microsoft.Web/sites",) * 4
    + ("Microsoft.Automation/automationAccounts", IDENTITY)
)
