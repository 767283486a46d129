"""The command that would show what was not seen, for each section of the snapshot."""

from __future__ import annotations

import re

from kvaudit.model.scope import is_symbolic

_NAMES_ITS_SUBJECT = re.compile(r"\{(subject|scope|name|subscription)\}")
_PLAIN = re.compile(r"[\w./@:()+-]*")
_LISTED = "vaults of a subscription"
_COMMANDS = {
    "vaults": "az keyvault show --id {subject} > vault.json",
    _LISTED: "az rest --url '/subscriptions/{subscription}/providers/Microsoft.KeyVault/vaults"
    "?api-version=2026-02-01' > vaults.json",
    "roleAssignments": "az role assignment list --all --subscription {subscription} -o json > role-assignments.json",
    "roleDefinitions": "az role definition list --name {name} > role-definition.json",
    "groupMembers": "az ad group member list --group {name} > members-{name}.json",
    "subscriptions": "az account management-group entities list > management-groups.json",
    # An empty answer would name no vault, so the query makes a small snapshot of it.
    "diagnosticSettings": "az monitor diagnostic-settings list --resource {subject} --query '"
    '{{schema: `"kvaudit/snapshot/v1"`, diagnosticSettings: value || @, coverage: '
    '[{{fact: `"diagnosticSettings"`, scope: `"{subject}"`, complete: `true`}}]}}'
    "' > diagnostic-settings-{name}.json",
    "denyAssignments": "az role deny-assignment list --subscription {subscription} > deny-assignments.json",
    "roleEligibilities": "az rest --url '/subscriptions/{subscription}/providers/Microsoft.Authorization/"
    "roleEligibilityScheduleInstances?api-version=2020-10-01' > eligibilities.json",
    "roleActivations": "az rest --url '/subscriptions/{subscription}/providers/Microsoft.Authorization/"
    "roleAssignmentScheduleInstances?api-version=2020-10-01' > activations.json",
    "rolePolicies": "az rest --url '{scope}/providers/Microsoft.Authorization/"
    "roleManagementPolicyAssignments?api-version=2020-10-01' > role-policies-{name}.json",
    "locks": "az lock list --subscription {subscription} > locks.json",
    "resources": 'az resource list --subscription {subscription} --query "[?identity]" > resources.json; '
    "az identity list --subscription {subscription} > identities.json",
    "principals": "az ad user list > users.json; az ad sp list --all > service-principals.json; "
    "az ad group list > groups.json",
    "owners": "for kind in applications servicePrincipals groups; do az rest --url "
    '"https://graph.microsoft.com/v1.0/$kind?\\$expand=owners" > owners-of-$kind.json; done',
    "applications": "az ad app list --all > applications.json",
    "directoryRoles": "az rest --url 'https://graph.microsoft.com/v1.0/directoryRoles?$expand=members' > "
    "directory-roles.json",
    "appRoleAssignments": 'az rest --url "https://graph.microsoft.com/v1.0/servicePrincipals('
    "appId='00000003-0000-0000-c000-000000000000')/appRoleAssignedTo?\\$top=999\" > app-roles.json",
    "groupEligibilities": 'az rest --url "https://graph.microsoft.com/v1.0/identityGovernance/privilegedAccess/group/'
    "eligibilityScheduleInstances?\\$filter=groupId eq '<group>'\" > eligible-in-<group>.json",
    "tenantId": "az account show --query tenantId  # to be written into a snapshot as tenantId",
    "vaultObjects": "az rest --url '{subject}/secrets?api-version=2026-02-01'",
}


def remedy(need: str, subject: str = "", *, subscription: str = "") -> str:
    """The command for a section and a subject; what is not known stays in angle brackets, to be filled in.

    `need` is a section name of the snapshot format; one without a command gives "". A subject that a shell would not
    take for one plain word is left out as well; of what is yet to be deployed no command can show anything.
    """
    whole = need == "vaults" and (subject in ("", "tenant") or subject.rstrip("/").count("/") == 2)
    command = _COMMANDS.get(_LISTED if whole else need, "")
    if is_symbolic(subject) and _NAMES_ITS_SUBJECT.search(command):
        return ""
    subject = subject if _PLAIN.fullmatch(subject) else ""
    parts = subject.split("/")
    if not subscription and len(parts) > 2 and parts[1].lower() == "subscriptions":
        subscription = parts[2]
    return command.format(
        subject=subject or "<resource id>",
        scope=(subject or "<scope>").rstrip("/"),  # the root of the tenant is "/"
        name=parts[-1] or "<id>",
        subscription=subscription or "<subscription>",
    )


FACTS = {
    "vaults": "the vaults with their properties: permission model, access policies, firewall, protection",
    "roleAssignments": "who is assigned which role where, over the vault or above it",
    "roleDefinitions": "what a custom role that is assigned gives",
    "groupMembers": "who stands behind a group that holds access",
    "subscriptions": "the management groups above a subscription, from which roles are inherited",
    "diagnosticSettings": "whether a vault's audit events are logged, and where to",
    "denyAssignments": "what is denied to whom, which beats every role",
    "roleEligibilities": "who may activate a role (PIM)",
    "roleActivations": "which activations run, and until when (PIM)",
    "rolePolicies": "what activating a role takes: approval, a second factor (PIM)",
    "locks": "the locks on a vault and above it",
    "resources": "resources that carry identities, the identities themselves, and stores that receive logs",
    "principals": "people, groups and applications by name, type and state",
    "applications": "application registrations, which are no principals themselves",
    "owners": "the owners of applications, service principals and groups",
    "directoryRoles": "who holds a role of the directory, such as Global Administrator",
    "appRoleAssignments": "application permissions of Microsoft Graph",
    "groupEligibilities": "who may activate membership of a group (PIM for groups)",
    "vaultObjects": "secrets, keys and certificates by name and attributes, never a value",
    "delegations": "roles that are delegated to another tenant (Azure Lighthouse)",
    "deletedVaults": "vaults that are deleted and not purged yet",
    "managedHsms": "managed HSMs, which no rule looks at yet",
    "managedHsmRoles": "the local roles of managed HSMs, which no rule looks at yet",
    "files": "a file, or a part of one, that could not be read",
}
"""What each kind of fact is, by the name that gaps have: a section of the snapshot, or files."""
