"""What is read of Azure, and what reading it takes. Ledger, doctor and pages tell it from here.

Source of actions and roles: Microsoft Learn, built-in roles; of the roles that are built in, Reader alone covers all of
Resource Manager's part with nothing but reading (held against 452 recorded definitions). Graph permissions: Microsoft
Graph permissions reference.
"""

from __future__ import annotations

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
    fact: str = ""  # the section that is not known whole without it, where that is another
    after: str = ""  # a section whose source could not be asked without it

    @property
    def doubted(self) -> str:
        """The section that is not known whole where this was not answered."""
        return self.fact or self.section

    @property
    def missing(self) -> str:
        """What is missing where it was denied."""
        if self.graph:
            return f"needs {self.action} of Microsoft Graph, or the directory role {self.role}"
        return f"needs {self.action} (role {self.role})"


_AUTHORIZATION = "Microsoft.Authorization/"
_DIRECTORY_READERS = "Directory Readers"

NEEDS: dict[str, Need] = {
    "subscriptions": Need("subscriptions", "Microsoft.Resources/subscriptions/read", READER, "subscriptions"),
    "managementGroups": Need(
        "subscriptions", "Microsoft.Management/managementGroups/read", GROUP_READER, "the management groups above them"
    ),
    "vaults": Need("vaults", "Microsoft.KeyVault/vaults/read", READER, "vaults with their properties"),
    "managedHsms": Need("managedHsms", "Microsoft.KeyVault/managedHSMs/read", READER, "managed HSMs"),
    "deletedVaults": Need("deletedVaults", "Microsoft.KeyVault/deletedVaults/read", READER, "deleted vaults"),
    "roleAssignments": Need(
        "roleAssignments", f"{_AUTHORIZATION}roleAssignments/read", READER, "role assignments, inherited ones too"
    ),
    "roleDefinitions": Need("roleDefinitions", f"{_AUTHORIZATION}roleDefinitions/read", READER, "custom roles"),
    "denyAssignments": Need("denyAssignments", f"{_AUTHORIZATION}denyAssignments/read", READER, "deny assignments"),
    "roleEligibilities": Need(
        "roleEligibilities", f"{_AUTHORIZATION}roleEligibilityScheduleInstances/read", READER, "who may activate a role"
    ),
    "roleActivations": Need(
        "roleActivations", f"{_AUTHORIZATION}roleAssignmentScheduleInstances/read", READER, "activations that run"
    ),
    "rolePolicies": Need(
        "rolePolicies",
        f"{_AUTHORIZATION}roleManagementPolicyAssignments/read",
        READER,
        "what activating a role takes",
    ),
    "delegations": Need(
        "delegations",
        "Microsoft.ManagedServices/registrationAssignments/read",
        READER,
        "access delegated to other tenants (Lighthouse)",
        fact="roleAssignments",
    ),
    "locks": Need("locks", f"{_AUTHORIZATION}locks/read", READER, "locks"),
    "diagnosticSettings": Need(
        "diagnosticSettings", "Microsoft.Insights/diagnosticSettings/read", READER, "diagnostic settings"
    ),
    "logStores": Need("resources", "*/read", READER, "where logs go, and in which region"),
    "resources": Need("resources", "*/read", READER, "resources that carry identities"),
    "keys": Need("vaultObjects", "Microsoft.KeyVault/vaults/keys/read", READER, "attributes of keys"),
    "secrets": Need("vaultObjects", "Microsoft.KeyVault/vaults/secrets/read", READER, "attributes of secrets"),
    "managedHsmRoles": Need(
        "managedHsmRoles",
        "Microsoft.KeyVault/managedHsm/roleAssignments/read/action",
        HSM_AUDITOR,
        "local roles of managed HSMs",
    ),
    "principals": Need(
        "principals",
        "Directory.Read.All",
        _DIRECTORY_READERS,
        "names and types of who holds access",
        graph=True,
        after="owners",  # those of service principals, and of the applications that only their bodies name
    ),
    "users": Need("principals", "User.Read.All", _DIRECTORY_READERS, "users: whether they may sign in", graph=True),
    "groupMembers": Need(
        "groupMembers", "GroupMember.Read.All", _DIRECTORY_READERS, "members of groups that hold access", graph=True
    ),
    "owners": Need(
        "owners", "Application.Read.All", _DIRECTORY_READERS, "owners of groups and applications", graph=True
    ),
    "applications": Need(
        "applications",
        "Application.Read.All",
        _DIRECTORY_READERS,
        "the applications behind service principals",
        graph=True,
        fact="owners",  # those of an application cannot be asked for without knowing it
    ),
    "directoryRoles": Need(
        "directoryRoles", "RoleManagement.Read.Directory", _DIRECTORY_READERS, "roles of the directory", graph=True
    ),
    "appRoleAssignments": Need(
        "appRoleAssignments",
        "Application.Read.All",
        _DIRECTORY_READERS,
        "application permissions of Microsoft Graph",
        graph=True,
    ),
    "groupEligibilities": Need(
        "groupEligibilities",
        "PrivilegedEligibilitySchedule.Read.AzureADGroup",
        "Global Reader",
        "who may activate membership of a group",
        graph=True,
    ),
}

ACTIONS = tuple(
    sorted(
        {need.action for need in NEEDS.values() if not need.graph and need.section != "managedHsmRoles"} - {"*/read"}
        | {
            "Microsoft.KeyVault/vaults/keys/versions/read",
            "Microsoft.KeyVault/vaults/privateEndpointConnections/read",
            "Microsoft.ManagedIdentity/userAssignedIdentities/read",
            "Microsoft.ManagedServices/registrationDefinitions/read",
            "Microsoft.Resources/subscriptions/resources/read",
        }
    )
)
"""The actions of a role of just the needed reads."""
