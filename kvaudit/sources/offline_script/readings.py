"""What the script reads: the one table behind it, whatever shell it is written for.

Addresses and expressions name variables of the script in angle brackets: <arm> is the endpoint of Resource Manager,
<graph> that of Microsoft Graph, <subscription> the one whose turn it is. Expressions are JMESPath, which az evaluates
itself. They hold neither backticks nor anything else that a shell would look at, except for quotes.

Source: Azure REST API reference for the versions named; Microsoft Graph v1.0. No answer is taken to be whole without
its list of rows: `{}` and a page of HTML are no lists.
"""

from __future__ import annotations

from typing import NamedTuple

from kvaudit.model.directory import GRAPH_APP, GRAPH_ROLES


class Reading(NamedTuple):
    """A list to read, page after page, into small snapshots of kvaudit."""

    what: str  # in words, for whoever runs the script
    name: str  # of its files
    section: str  # of the snapshot
    scope: str  # that it is whole for
    url: str
    rows: str = "value"  # "" where only what it finds is wanted
    finds: tuple[str, ...] = ()  # each a list of lines "kind value", of which later readings are made
    post: bool = False  # a question that Graph and Resource Manager take as POST; it changes nothing either


class Pair(NamedTuple):
    """What belongs to one object of the directory: its members or its owners, by their ids."""

    what: str
    section: str
    left: str  # the key of the object in the snapshot
    right: str  # the key of what belongs to it
    subject: str  # the object
    scope: str
    url: str


def _lines(kind: str, rows: str, field: str) -> str:
    """The values of a field as lines; `rows` ends in the list to look through."""
    return f"{rows}[?{field}].join(' ', ['{kind}', {field}])"


_HOLDERS = _lines("principal", "value", "properties.principalId")
_GROUPS = "value[?properties.principalType == 'Group'].join(' ', ['group', properties.principalId])"
_POLICIES = "properties.accessPolicies"
_NOTHING = "value[?id == '']"
_AUTHORIZATION = "<arm>/subscriptions/<subscription>/providers/Microsoft.Authorization"
_SUBSCRIPTION = "/subscriptions/<subscription>"
_LOG_STORES = (
    "Microsoft.Storage/storageAccounts",
    "Microsoft.OperationalInsights/workspaces",
    "Microsoft.EventHub/namespaces",
)
_CLUSTERS = ("Microsoft.ContainerService/managedClusters", "Microsoft.ContainerService/ManagedClusters")
_CARRIERS = (
    "value[?("
    + " || ".join(["identity", *(f"type == '{each}'" for each in _LOG_STORES)])
    + ")"
    + "".join(f" && type != '{each}'" for each in _CLUSTERS)  # read in full, as the identity of their nodes is inside
    + "].{id: id, name: name, type: type, location: location, identity: identity}"
)
_APPLICATIONS = (
    "value[?\"@odata.type\" == '#microsoft.graph.servicePrincipal' && servicePrincipalType != 'ManagedIdentity'"
)
_POWERFUL = f"appRoleId && principalId && contains('{' '.join(GRAPH_ROLES)}', appRoleId)"
_REGISTERED_HERE = "appId && (!appOwnerOrganizationId || appOwnerOrganizationId == '<tenant>')"
_BELOW = "starts_with(id, '/subscriptions/') && properties.parentNameChain"

SUBSCRIPTIONS = Reading(
    "the subscriptions that can be seen",
    "subscriptions",
    "vaults",
    "tenant",
    "<arm>/subscriptions?api-version=2022-12-01",
    rows="",
    finds=("value[].join(' ', ['visible', subscriptionId, displayName || ''])",),
)
_ENTITIES = "<arm>/providers/Microsoft.Management/getEntities?api-version=2020-05-01"
PLACES = Reading(
    "which subscriptions are below which management group",
    "places",
    "vaults",
    "tenant",
    _ENTITIES,
    rows="",
    finds=(f"value[?{_BELOW}].join(' ', ['below', name, join('/', properties.parentNameChain)])",),
    post=True,
)
VAULT_NAMES = Reading(
    "the names of the vaults of subscription <subscription>",
    "vault-names-<subscription>",
    "vaults",
    _SUBSCRIPTION,
    "<arm>/subscriptions/<subscription>/providers/Microsoft.KeyVault/vaults?api-version=2026-02-01",
    rows="",
    finds=(_lines("candidate", "value", "id"),),
)

VAULTS = Reading(
    "the vaults of subscription <subscription>",
    "vaults-<subscription>",
    "vaults",
    _SUBSCRIPTION,
    VAULT_NAMES.url,
    finds=(_lines("vault", "value", "id"), _lines("principal", f"value[].{_POLICIES}[] | ", "objectId")),
)
ONE_VAULT = Reading(
    "vault <vault_name>",
    "vault-<vault_name>",
    "vaults",
    "<vault>",
    "<arm><vault>?api-version=2026-02-01",
    rows="id && [@]",
    finds=(_lines("principal", _POLICIES, "objectId"),),
)
OF_A_VAULT = (
    Reading(
        "where vault <vault_name> logs to",
        "diagnostic-settings-<vault_name>",
        "diagnosticSettings",
        "<vault>",
        "<arm><vault>/providers/Microsoft.Insights/diagnosticSettings?api-version=2021-05-01-preview",
    ),
)

OF_ALL_SUBSCRIPTIONS = (
    Reading(
        "the management groups above the subscriptions",
        "management-groups",
        "subscriptions",
        "tenant",
        _ENTITIES,
        rows="value[?starts_with(id, '/subscriptions/') && name && contains('<chosen>', name)]",
        post=True,
    ),
    Reading(
        "the built-in roles",
        "built-in-roles",
        "roleDefinitions",
        "/subscriptions/<first>",
        "<arm>/subscriptions/<first>/providers/Microsoft.Authorization/roleDefinitions"
        "?$filter=type%20eq%20'BuiltInRole'&api-version=2022-05-01-preview",
    ),
)
OF_A_SUBSCRIPTION = (
    Reading(
        "the role assignments of subscription <subscription>, and those above it",
        "role-assignments-<subscription>",
        "roleAssignments",
        _SUBSCRIPTION,
        f"{_AUTHORIZATION}/roleAssignments?api-version=2022-04-01",
        finds=(_HOLDERS, _GROUPS),
    ),
    Reading(
        "the custom roles of subscription <subscription>",
        "custom-roles-<subscription>",
        "roleDefinitions",
        _SUBSCRIPTION,
        f"{_AUTHORIZATION}/roleDefinitions?$filter=type%20eq%20'CustomRole'&api-version=2022-05-01-preview",
    ),
    # This version says whether a deny assignment is enforced, and under what condition: one that is not, or not always,
    # must not be taken for one that is.
    Reading(
        "the deny assignments of subscription <subscription>",
        "deny-assignments-<subscription>",
        "denyAssignments",
        _SUBSCRIPTION,
        f"{_AUTHORIZATION}/denyAssignments?api-version=2024-07-01-preview",
        finds=(
            _lines("principal", "value[].properties.principals[] | ", "id"),
            _lines("principal", "value[].properties.excludePrincipals[] | ", "id"),
        ),
    ),
    Reading(
        "the eligible roles of subscription <subscription> (PIM)",
        "eligible-roles-<subscription>",
        "roleEligibilities",
        _SUBSCRIPTION,
        f"{_AUTHORIZATION}/roleEligibilityScheduleInstances?api-version=2020-10-01",
        finds=(_HOLDERS, _GROUPS, _lines("scope", "value", "properties.scope")),
    ),
    Reading(
        "the active roles of subscription <subscription> (PIM)",
        "active-roles-<subscription>",
        "roleActivations",
        _SUBSCRIPTION,
        f"{_AUTHORIZATION}/roleAssignmentScheduleInstances?api-version=2020-10-01",
        finds=(_HOLDERS, _GROUPS),
    ),
    Reading(
        "the locks of subscription <subscription>",
        "locks-<subscription>",
        "locks",
        _SUBSCRIPTION,
        f"{_AUTHORIZATION}/locks?api-version=2020-05-01",
    ),
    # What Lighthouse gives to another tenant is in no list of role assignments.
    Reading(
        "what subscription <subscription> delegates to other tenants (Lighthouse)",
        "delegations-<subscription>",
        "delegations",
        _SUBSCRIPTION,
        "<arm>/subscriptions/<subscription>/providers/Microsoft.ManagedServices/registrationAssignments"
        "?$expandRegistrationDefinition=true&api-version=2022-10-01",
    ),
    Reading(
        "the resources of subscription <subscription> that carry identities or receive logs",
        "resources-<subscription>",
        "resources",
        _SUBSCRIPTION,
        "<arm>/subscriptions/<subscription>/resources?api-version=2021-04-01",
        rows=_CARRIERS,
    ),
    Reading(
        "the user-assigned identities of subscription <subscription>",
        "identities-<subscription>",
        "resources",
        _SUBSCRIPTION,
        "<arm>/subscriptions/<subscription>/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
        "?api-version=2023-01-31",
    ),
    Reading(
        "the identities of Kubernetes clusters of subscription <subscription>",
        "clusters-<subscription>",
        "resources",
        _SUBSCRIPTION,
        "<arm>/subscriptions/<subscription>/providers/Microsoft.ContainerService/managedClusters"
        "?api-version=2024-05-01",
        rows="value[].{id: id, name: name, type: type, location: location, identity: identity, "
        "properties: properties.{identityProfile: identityProfile}}",
    ),
)
OF_A_SCOPE = (
    Reading(
        "what activating a role takes at <scope> (PIM)",
        "role-policies-<number>",
        "rolePolicies",
        "<scope>",
        "<arm><path>/providers/Microsoft.Authorization/roleManagementPolicyAssignments?api-version=2020-10-01",
        rows="value[].{id: id, name: name, type: type, properties: properties.{scope: scope, "
        "roleDefinitionId: roleDefinitionId, policyId: policyId, effectiveRules: effectiveRules}}",
    ),
)

OF_THE_DIRECTORY = (
    Reading(
        "the roles of the directory",
        "directory-roles",
        "directoryRoles",
        "tenant",
        "<graph>/v1.0/directoryRoles",
        rows=_NOTHING,
        finds=(_lines("role", "value", "roleTemplateId"),),
    ),
    Reading(
        "the application permissions of Microsoft Graph",
        "application-permissions",
        "appRoleAssignments",
        "tenant",
        f"<graph>/v1.0/servicePrincipals(appId='{GRAPH_APP}')/appRoleAssignedTo?$top=999",
        rows="value[].{principalId: principalId, resourceId: resourceId, appRoleId: appRoleId, "
        "resourceDisplayName: resourceDisplayName}",
        finds=(f"value[?{_POWERFUL}].join(' ', ['principal', principalId])",),
    ),
)
OF_A_ROLE = (
    Pair(
        "who holds role <role> of the directory",
        "directoryRoles",
        "role",
        "members",
        "<role>",
        "tenant",
        "<graph>/v1.0/directoryRoles(roleTemplateId='<role>')/members?$select=id&$top=999",
    ),
)
OF_PRINCIPALS = (
    Reading(
        "principals by name and type, <number>",
        "principals-<number>",
        "principals",
        "tenant",
        "<graph>/v1.0/directoryObjects/getByIds?$select=id,displayName,userPrincipalName,userType,accountEnabled,"
        "appId,servicePrincipalType,appOwnerOrganizationId,groupTypes,membershipRule",
        rows='value[].{id: id, type: "@odata.type", displayName: displayName, userPrincipalName: userPrincipalName, '
        "userType: userType, accountEnabled: accountEnabled, appId: appId, servicePrincipalType: servicePrincipalType, "
        "groupTypes: groupTypes, membershipRule: membershipRule}",
        finds=(
            "value[?\"@odata.type\" == '#microsoft.graph.group'].join(' ', ['group', id])",
            f"{_APPLICATIONS}].join(' ', ['service', id])",
            f"{_APPLICATIONS} && {_REGISTERED_HERE}].join(' ', ['application', appId])",
        ),
        post=True,
    ),
)
OF_A_GROUP = (
    Pair(
        "the members of group <group>",
        "groupMembers",
        "group",
        "members",
        "<group>",
        "<group>",
        "<graph>/v1.0/groups/<group>/members?$select=id&$top=999",
    ),
    Pair(
        "the owners of group <group>",
        "owners",
        "object",
        "owners",
        "<group>",
        "<group>",
        "<graph>/v1.0/groups/<group>/owners?$select=id&$top=999",
    ),
)
OF_A_SERVICE = (
    Pair(
        "the owners of service principal <service>",
        "owners",
        "object",
        "owners",
        "<service>",
        "<service>",
        "<graph>/v1.0/servicePrincipals/<service>/owners?$select=id&$top=999",
    ),
)
OF_AN_APPLICATION = (
    Reading(
        "application <application> and its owners",
        "application-<application>",
        "applications",
        "tenant",
        "<graph>/v1.0/applications(appId='<application>')?$select=id,appId,displayName&$expand=owners",
        rows="id && [{id: id, appId: appId, displayName: displayName, owners: owners[].id}]",
        finds=(_lines("principal", "owners", "id"),),
    ),
)
