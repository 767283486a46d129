"""What is read of Azure, and what reading it takes. Ledger, doctor and pages tell it from here.

Source of actions and roles: Microsoft Learn, built-in roles; of the roles that are built in, Reader alone covers all of
Resource Manager's part with nothing but reading (held against 452 recorded definitions). Graph permissions: Microsoft
Graph permissions reference.
"""

from __future__ import annotations

from collections.abc import Iterable

from kvaudit.model.value import Value

READER = "Reader"
GROUP_READER = "Management Group Reader"
HSM_AUDITOR = "Managed HSM Crypto Auditor"


class Need(Value):
    """One kind of source."""

    section: str  # of the snapshot, which it feeds
    action: str  # the action of Resource Manager, or the application permission of Microsoft Graph
    role: str  # the least built-in role, or role of the directory, that has it
    words: str  # what it is
    graph: bool = False
    lost: str = ""  # what an audit cannot say without it
    option: str = ""  # that it is asked for with, where it is not asked for by itself
    fact: str = ""  # the section that is not known whole without it, where that is another
    after: str = ""  # a section whose source could not be asked without it

    @property
    def doubted(self) -> str:
        """The section that is not known whole where this was not answered."""
        return self.fact or self.section

    @property
    def by_resource_manager(self) -> bool:
        """Whether Resource Manager is asked, and not a service with a token of its own."""
        return not self.graph and self.section != "managedHsmRoles"

    @property
    def missing(self) -> str:
        """What is missing where it was denied."""
        if self.graph:
            return f"needs {self.action} of Microsoft Graph, or the directory role {self.role}"
        return f"needs {self.action} (role {self.role})"


RIGHTS = "permissions"
"""What this identity itself may do: it feeds no section, and what rests on it is told of by itself."""

_AUTHORIZATION = "Microsoft.Authorization/"
DIRECTORY_READERS = "Directory Readers"

NEEDS: dict[str, Need] = {
    "subscriptions": Need(
        "subscriptions",
        "Microsoft.Resources/subscriptions/read",
        READER,
        "subscriptions",
        lost="what lies in a subscription that is not seen is in no report",
        after="resources",  # an identity may be used in a subscription that nobody told of
    ),
    "managementGroups": Need(
        "subscriptions",
        "Microsoft.Management/managementGroups/read",
        GROUP_READER,
        "the management groups above them",
        lost="whether a role that is assigned at a management group reaches a vault",
    ),
    "vaults": Need(
        "vaults",
        "Microsoft.KeyVault/vaults/read",
        READER,
        "vaults with their properties",
        lost="everything about the vaults that are not seen: access policies, permission model, firewall",
    ),
    "managedHsms": Need(
        "managedHsms",
        "Microsoft.KeyVault/managedHSMs/read",
        READER,
        "managed HSMs",
        lost="which managed HSMs there are",
    ),
    "deletedVaults": Need(
        "deletedVaults",
        "Microsoft.KeyVault/deletedVaults/read",
        READER,
        "deleted vaults",
        lost="which vaults somebody could bring back, or purge",
    ),
    "roleAssignments": Need(
        "roleAssignments",
        f"{_AUTHORIZATION}roleAssignments/read",
        READER,
        "role assignments, inherited ones too",
        lost="who has access by a role; no answer there can be none",
    ),
    "roleDefinitions": Need(
        "roleDefinitions",
        f"{_AUTHORIZATION}roleDefinitions/read",
        READER,
        "custom roles",
        lost="what a custom role gives to those who are assigned it",
    ),
    "denyAssignments": Need(
        "denyAssignments",
        f"{_AUTHORIZATION}denyAssignments/read",
        READER,
        "deny assignments",
        lost="whether access that is found is denied again",
    ),
    "roleEligibilities": Need(
        "roleEligibilities",
        f"{_AUTHORIZATION}roleEligibilityScheduleInstances/read",
        READER,
        "who may activate a role",
        lost="who can give himself access by activating a role (PIM)",
    ),
    "roleActivations": Need(
        "roleActivations",
        f"{_AUTHORIZATION}roleAssignmentScheduleInstances/read",
        READER,
        "activations that run",
        lost="which access is an activation that ends by itself (PIM)",
    ),
    "rolePolicies": Need(
        "rolePolicies",
        f"{_AUTHORIZATION}roleManagementPolicyAssignments/read",
        READER,
        "what activating a role takes",
        lost="whether activating takes approval or a second factor (PIM)",
    ),
    "delegations": Need(
        "delegations",
        "Microsoft.ManagedServices/registrationAssignments/read",
        READER,
        "access delegated to other tenants (Lighthouse)",
        lost="who has access from another tenant; it is in no role assignment",
        fact="roleAssignments",
    ),
    "locks": Need(
        "locks",
        f"{_AUTHORIZATION}locks/read",
        READER,
        "locks",
        lost="whether a lock keeps a vault from being deleted or rewritten",
    ),
    "diagnosticSettings": Need(
        "diagnosticSettings",
        "Microsoft.Insights/diagnosticSettings/read",
        READER,
        "diagnostic settings",
        lost="whether use of a vault is logged, and where to",
    ),
    "logStores": Need(
        "resources",
        "*/read",
        READER,
        "where logs go, and in which region",
        lost="whether logs leave the region, and who can destroy them",
    ),
    RIGHTS: Need(
        "vaults",
        "Microsoft.Authorization/permissions/read",
        READER,
        "what this identity itself may do",
        lost="whether Resource Graph left something out that may not be read",
    ),
    "resources": Need(
        "resources",
        "*/read",
        READER,
        "resources that carry identities",
        lost="who can act as an identity that has access, by what it is attached to",
    ),
    "keys": Need(
        "vaultObjects",
        "Microsoft.KeyVault/vaults/keys/read",
        READER,
        "attributes of keys",
        lost="which keys expire, or never do",
        option="--objects",
    ),
    "secrets": Need(
        "vaultObjects",
        "Microsoft.KeyVault/vaults/secrets/read",
        READER,
        "attributes of secrets",
        lost="which secrets expire, or never do",
        option="--objects",
    ),
    "managedHsmRoles": Need(
        "managedHsmRoles",
        "Microsoft.KeyVault/managedHsm/roleAssignments/read/action",
        HSM_AUDITOR,
        "local roles of managed HSMs",
        lost="who may use the keys of a managed HSM",
        option="--hsm-roles",
    ),
    "principals": Need(
        "principals",
        "Directory.Read.All",
        DIRECTORY_READERS,
        "names and types of who holds access",
        graph=True,
        lost="who stands behind an id, and whether there still is anybody",
        after="owners",  # those of service principals, and of the applications that only their bodies name
    ),
    "users": Need(
        "principals",
        "User.Read.All",
        DIRECTORY_READERS,
        "users: whether they may sign in",
        graph=True,
        lost="who is a guest, and whose account is disabled",
    ),
    "groupMembers": Need(
        "groupMembers",
        "GroupMember.Read.All",
        DIRECTORY_READERS,
        "members of groups that hold access",
        graph=True,
        lost="which people a group gives its access to; no answer about them can be none",
    ),
    "owners": Need(
        "owners",
        "Application.Read.All",
        DIRECTORY_READERS,
        "owners of groups and applications",
        graph=True,
        lost="who can come by access as an owner",
    ),
    "applications": Need(
        "applications",
        "Application.Read.All",
        DIRECTORY_READERS,
        "applications",
        graph=True,
        lost="which application stands behind a service principal, and with it its owners",
        fact="owners",  # those of an application cannot be asked for without knowing it
    ),
    "directoryRoles": Need(
        "directoryRoles",
        "RoleManagement.Read.Directory",
        DIRECTORY_READERS,
        "roles of the directory",
        graph=True,
        lost="who can come by access as an administrator of the directory",
    ),
    "appRoleAssignments": Need(
        "appRoleAssignments",
        "Application.Read.All",
        DIRECTORY_READERS,
        "application permissions of Microsoft Graph",
        graph=True,
        lost="which applications can come by access through Microsoft Graph",
    ),
    "groupEligibilities": Need(
        "groupEligibilities",
        "PrivilegedEligibilitySchedule.Read.AzureADGroup",
        "Global Reader",
        "who may activate membership of a group",
        graph=True,
        lost="who can join a group that holds access by activating (PIM for groups)",
    ),
}

CARRIERS = (
    "Microsoft.ApiManagement/service",
    "Microsoft.App/containerApps",
    "Microsoft.App/jobs",
    "Microsoft.Automation/automationAccounts",
    "Microsoft.Batch/batchAccounts",
    "Microsoft.Compute/virtualMachineScaleSets",
    "Microsoft.Compute/virtualMachines",
    "Microsoft.ContainerInstance/containerGroups",
    "Microsoft.ContainerRegistry/registries",
    "Microsoft.ContainerService/managedClusters",
    "Microsoft.DataFactory/factories",
    "Microsoft.HybridCompute/machines",
    "Microsoft.Logic/workflows",
    "Microsoft.MachineLearningServices/workspaces",
    "Microsoft.ManagedIdentity/userAssignedIdentities",
    "Microsoft.VirtualMachineImages/imageTemplates",
    "Microsoft.Web/sites",
    "Microsoft.Web/sites/slots",
)
"""The types of resources through which somebody can act as their identity: those of data/takeover.yaml."""

STORES = (
    "Microsoft.EventHub/namespaces",
    "Microsoft.OperationalInsights/workspaces",
    "Microsoft.Storage/storageAccounts",
)
"""The types of places that logs go to."""

_BESIDE = (
    "Microsoft.Authorization/permissions/read",
    "Microsoft.KeyVault/vaults/keys/versions/read",
    "Microsoft.KeyVault/vaults/privateEndpointConnections/read",
    "Microsoft.ManagedServices/registrationDefinitions/read",
    "Microsoft.Resources/subscriptions/resources/read",
)
"""What belongs to an answer, and is an action of its own."""


def reads(types: Iterable[str]) -> tuple[str, ...]:
    """The actions that reading resources of these types takes."""
    return tuple(f"{each}/read" for each in types)


ACTIONS = tuple(
    sorted(
        {need.action for need in NEEDS.values() if not need.graph and need.section != "managedHsmRoles"} - {"*/read"}
        | {*_BESIDE, *reads(CARRIERS), *reads(STORES)}
    )
)
"""The actions of a role of just the needed reads. Resource Graph shows no resource that may not be read by its type."""
