"""Azure's own words: the fields of its JSON bodies, and nothing else of kvaudit knows them by these names.

Every field may be missing, and null is the same as missing (semantics 7). Lists hold anything: their items are read
one by one, so that a damaged item does not take its neighbours along.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

Row = dict[str, Any]
Items = list[Any]


class Wire(msgspec.Struct, rename="camel", gc=False):
    """A JSON object of Azure: camelCase there, snake_case here."""


class Whole(msgspec.Struct, rename="camel", gc=False, forbid_unknown_fields=True):
    """A row of nothing but text and null, of which every field is known: rows in bulk are decoded straight to it.

    It keeps apart what is null and what is missing, so that the strings of the row can be counted from it.
    """


Text = str | None | UnsetType


class FlatAssignment(Whole):
    """A role assignment as `az role assignment list` prints it."""

    type: Literal["Microsoft.Authorization/roleAssignments"]
    id: str
    scope: str
    role_definition_id: str
    principal_id: str
    principal_type: Text = UNSET
    principal_name: Text = UNSET
    condition: Text = UNSET
    description: Text = UNSET
    delegated_managed_identity_resource_id: Text = UNSET
    name: Text = UNSET
    role_definition_name: Text = UNSET
    condition_version: Text = UNSET
    created_by: Text = UNSET
    created_on: Text = UNSET
    updated_by: Text = UNSET
    updated_on: Text = UNSET


class Arm(Wire):
    """What every resource of Resource Manager has. `properties` may be flattened into the row by az."""

    id: str | None = None
    name: str | None = None
    type: str | None = None
    location: str | None = None
    tags: Row | None = None
    properties: Row | None = None
    identity: Row | None = None


class VaultProperties(Wire):
    """`properties` of a vault."""

    tenant_id: str | None = None
    access_policies: Items | None = None
    enable_rbac_authorization: bool | None = None
    network_acls: Row | None = None
    public_network_access: str | None = None
    private_endpoint_connections: Items | None = None
    enable_soft_delete: bool | None = None
    soft_delete_retention_in_days: int | None = None
    enable_purge_protection: bool | None = None
    enabled_for_deployment: bool | None = None
    enabled_for_template_deployment: bool | None = None
    enabled_for_disk_encryption: bool | None = None
    sku: Row | None = None


class Sku(Wire):
    """The pricing tier."""

    name: str | None = None


class PolicyEntry(Wire):
    """One entry of a vault's access policies."""

    tenant_id: str | None = None
    object_id: str | None = None
    application_id: str | None = None
    permissions: Row | None = None


class NetworkAcls(Wire):
    """The firewall of a vault."""

    default_action: str | None = None
    bypass: str | None = None
    ip_rules: Items | None = None
    virtual_network_rules: Items | None = None


class Address(Wire):
    """An ip rule has `value`, a virtual network rule `id`."""

    value: str | None = None
    id: str | None = None


class Connection(Wire):
    """A private endpoint connection; az flattens its properties."""

    id: str | None = None
    properties: Row | None = None
    private_link_service_connection_state: Row | None = None


class ConnectionState(Wire):
    """The state of a private endpoint connection, or the properties that hold it."""

    status: str | None = None
    private_link_service_connection_state: Row | None = None


class Assignment(Wire):
    """A role assignment, a PIM instance or a deny assignment: what is under `properties`, or flattened."""

    scope: str | None = None
    role_definition_id: str | None = None
    principal_id: str | None = None
    principal_type: str | None = None
    principal_name: str | None = None
    condition: str | None = None
    description: str | None = None
    delegated_managed_identity_resource_id: str | None = None


class Schedule(Wire):
    """What PIM adds to an assignment."""

    status: str | None = None
    assignment_type: str | None = None
    member_type: str | None = None
    start_date_time: str | None = None
    end_date_time: str | None = None
    origin_role_assignment_id: str | None = None


class RegistrationBody(Wire):
    """A registration assignment of Azure Lighthouse: what is delegated, with the definition where it was expanded."""

    registration_definition_id: str | None = None
    registration_definition: Row | None = None


class Registration(Wire):
    """A registration definition, or its properties."""

    properties: Row | None = None
    authorizations: Items | None = None
    eligible_authorizations: Items | None = None


class Authorization(Wire):
    """One role that a delegation gives to somebody of the other tenant."""

    principal_id: str | None = None
    role_definition_id: str | None = None
    principal_id_display_name: str | None = None


class RolePolicyBody(Wire):
    """A role management policy assignment: the policy of a role at a scope, its rules resolved."""

    scope: str | None = None
    role_definition_id: str | None = None
    policy_id: str | None = None
    effective_rules: Items | None = None


class PolicyRule(Wire):
    """One rule of a role management policy."""

    id: str | None = None
    rule_type: str | None = None
    setting: Row | None = None
    enabled_rules: Items | None = None
    is_enabled: bool | None = None


class Approval(Wire):
    """The setting of an approval rule."""

    is_approval_required: bool | None = None


class Deny(Wire):
    """A deny assignment."""

    deny_assignment_name: str | None = None
    scope: str | None = None
    permissions: Items | None = None
    principals: Items | None = None
    exclude_principals: Items | None = None
    do_not_apply_to_child_scopes: bool | None = None
    deny_assignment_effect: str | None = None
    condition: str | None = None


class Definition(Wire):
    """`type` is the kind of role under `properties`; az writes it flattened as `roleType`."""

    role_name: str | None = None
    type: str | None = None
    role_type: str | None = None
    description: str | None = None
    permissions: Items | None = None
    assignable_scopes: Items | None = None


class Block(Wire):
    """One block of permissions."""

    actions: Items | None = None
    not_actions: Items | None = None
    data_actions: Items | None = None
    not_data_actions: Items | None = None
    condition: str | None = None


class LockBody(Wire):
    """A lock."""

    level: str | None = None


class Diagnostic(Wire):
    """A diagnostic setting and the places it sends to."""

    logs: Items | None = None
    log: Items | None = None  # as PowerShell calls it
    workspace_id: str | None = None
    storage_account_id: str | None = None
    event_hub_authorization_rule_id: str | None = None
    marketplace_partner_id: str | None = None
    service_bus_rule_id: str | None = None


class Log(Wire):
    """One line of a diagnostic setting."""

    category: str | None = None
    category_group: str | None = None
    enabled: bool | None = None


class SubscriptionRow(Wire):
    """A subscription as az account, Resource Graph, the entities list and the snapshot know it."""

    id: str | None = None
    name: str | None = None
    display_name: str | None = None
    management_group_ancestors: Items | None = None
    management_group_ancestors_chain: Items | None = None
    parent_name_chain: Items | None = None


class GroupNode(Wire):
    """A management group in a tree of them."""

    id: str | None = None
    name: str | None = None
    type: str | None = None
    display_name: str | None = None
    children: Items | None = None
    details: Row | None = None
    parent_name: str | None = None  # of PowerShell


class GroupDetails(Wire):
    """`details` of a management group; a path, where it is given, runs from the root down."""

    parent: Row | None = None
    path: Items | None = None
    management_group_ancestors_chain: Items | None = None


class Named(Wire):
    """Whatever is referred to by an id, a name or both."""

    id: str | None = None
    name: str | None = None
    type: str | None = None


class Identity(Wire):
    """The identity of a resource, or the properties of one that is an identity."""

    principal_id: str | None = None
    client_id: str | None = None
    user_assigned_identities: Row | None = None


class ClusterProperties(Wire):
    """`properties` of a Kubernetes cluster, as far as they name identities."""

    identity_profile: Row | None = None


class IdentityProfile(Wire):
    """The identities that parts of a Kubernetes cluster have, by part."""

    kubeletidentity: Row | None = None


class NodeIdentity(Wire):
    """The identity of the nodes of a Kubernetes cluster."""

    resource_id: str | None = None
    object_id: str | None = None
    client_id: str | None = None


class DirectoryObject(Wire):
    """A Graph body. `type` is the snapshot's own, `objectType` and `objectId` are of the older directory."""

    id: str | None = None
    odata_type: str | None = msgspec.field(name="@odata.type", default=None)
    type: str | None = None
    object_type: str | None = None
    object_id: str | None = None
    display_name: str | None = None
    user_principal_name: str | None = None
    app_id: str | None = None
    user_type: str | None = None
    account_enabled: bool | None = None
    service_principal_type: str | None = None
    group_types: Items | None = None
    membership_rule: str | None = None
    additional_properties: Row | None = None  # of PowerShell, put among the others already where it is whole
    deleted_date_time: str | None = None
    members: Items | None = None
    owners: Items | None = None
    app_role_assignments: Items | None = None
    app_role_assigned_to: Items | None = None
    members_next: str | None = msgspec.field(name="members@odata.nextLink", default=None)
    owners_next: str | None = msgspec.field(name="owners@odata.nextLink", default=None)


class Members(Wire):
    """A group and its members."""

    group: str | None = None
    members: Items | None = None


class OwnersRow(Wire):
    """An object and its owners."""

    object: str | None = None
    owners: Items | None = None


class DirectoryRoleRow(Wire):
    """`role` is the snapshot's; Graph has a display name and the template's id."""

    role: str | None = None
    display_name: str | None = None
    role_template_id: str | None = None
    members: Items | None = None
    eligible: bool | None = None


class AppRoleRow(Wire):
    """An appRoleAssignment of Graph: `principalId` holds a role of the service principal `resourceId`."""

    principal_id: str | None = None
    resource_id: str | None = None
    app_role_id: str | None = None
    resource_display_name: str | None = None


class ObjectRow(Wire):
    """A secret, key or certificate of a vault."""

    vault: str | None = None
    type: str | None = None
    name: str | None = None
    attributes: Row | None = None


class CoverageRow(Wire):
    """What a collector knows of its own reach."""

    fact: str | None = None
    scope: str | None = None
    complete: bool | None = None
    reason: str | None = None


class SnapshotHead(Wire):
    """What a snapshot says of itself."""

    schema: str | None = None
    taken_at: str | None = None
    tenant_id: str | None = None
    cloud: str | None = None
    collected_as: Row | None = None


class CollectedAs(Wire):
    """Through whose eyes a collection looked."""

    object_id: str | None = None
    name: str | None = None
    app_id: str | None = None


class PsVault(Wire):
    """Get-AzKeyVault. Lists came out as text where ConvertTo-Json cut them short, enums as numbers."""

    vault_name: str | None = None
    resource_id: str | None = None
    location: str | None = None
    tags: Row | None = None
    sku: str | int | None = None
    tenant_id: str | None = None
    enabled_for_deployment: bool | None = None
    enabled_for_template_deployment: bool | None = None
    enabled_for_disk_encryption: bool | None = None
    enable_soft_delete: bool | None = None
    soft_delete_retention_in_days: int | None = None
    enable_purge_protection: bool | None = None
    enable_rbac_authorization: bool | None = None
    public_network_access: str | None = None
    access_policies: Items | None = None
    access_policies_text: Any = None
    network_acls: Row | None = None
    network_acls_text: Any = None


class PsPolicy(Wire):
    """One entry of `AccessPolicies` of Get-AzKeyVault."""

    tenant_id: str | None = None
    object_id: str | None = None
    application_id: str | None = None
    permissions_to_keys: Items | str | None = None
    permissions_to_secrets: Items | str | None = None
    permissions_to_certificates: Items | str | None = None
    permissions_to_storage: Items | str | None = None
    permissions_to_keys_str: str | None = None
    permissions_to_secrets_str: str | None = None
    permissions_to_certificates_str: str | None = None
    permissions_to_storage_str: str | None = None


class PsNetwork(Wire):
    """`NetworkAcls` of Get-AzKeyVault."""

    default_action: str | int | None = None
    bypass: str | int | None = None
    ip_address_ranges: Items | str | None = None
    virtual_network_resource_ids: Items | str | None = None


class PsAssignment(Wire):
    """Get-AzRoleAssignment."""

    role_assignment_id: str | None = None
    scope: str | None = None
    role_definition_id: str | None = None
    object_id: str | None = None
    object_type: str | None = None
    display_name: str | None = None
    sign_in_name: str | None = None
    condition: str | None = None
    description: str | None = None


class PsDefinition(Wire):
    """Get-AzRoleDefinition: flat, so that several blocks have become one."""

    name: str | None = None
    id: str | None = None
    is_custom: bool | None = None
    description: str | None = None
    actions: Items | None = None
    not_actions: Items | None = None
    data_actions: Items | None = None
    not_data_actions: Items | None = None
    assignable_scopes: Items | None = None
    condition: str | None = None


class RoleHolder(Wire):
    """Who holds a role of the directory: a unifiedRoleAssignment of Graph, or an instance of its schedule."""

    principal_id: str | None = None
    role_definition_id: str | None = None
    directory_scope_id: str | None = None
    app_scope_id: str | None = None
    principal: Row | None = None
    role_definition: Row | None = None


class RoleOfDirectory(Wire):
    """A definition of a role of the directory; the template of a built-in one is the same in every tenant."""

    id: str | None = None
    template_id: str | None = None


class GroupEligibility(Wire):
    """Who may become a member of a group (PIM for groups)."""

    group_id: str | None = None
    principal_id: str | None = None
    access_id: str | None = None
    start_date_time: str | None = None
    end_date_time: str | None = None


class BatchAnswer(Wire):
    """One answer of a batch: of Graph (`status`, `body`), or of Resource Manager (`httpStatusCode`, `content`)."""

    status: int | str | None = None
    http_status_code: int | str | None = None
    body: Row | Items | str | None = None
    content: Row | Items | str | None = None


class HoundRow(Wire):
    """What is needed of AzureHound's rows that join others."""

    id: str | None = None
    display_name: str | None = None
    tenant_id: str | None = None
    collected: bool | None = None
    properties: Row | None = None
    app_id: str | None = None
    group_id: str | None = None
    service_principal_id: str | None = None
    key_vault_id: str | None = None
    template_id: str | None = None
    role_definition_id: str | None = None
    role_assignments: Items | None = None


_OTHER_NAMES = (
    "value data group members nextLink @nextLink @odata.nextLink skip_token $skipToken skipToken totalRecords "
    "count @odata.count @odata.context resultTruncated columns rows responses meta "
    "odataType resourceId resourceType lockId assignmentType roleEligibilityScheduleId "
    "rolePermissions "
    "total_records error kind role roleAssignmentName securityEnabled mailEnabled servicePrincipalNames "
    "identifierUris signInAudience isDefault parent roleDefinitionName secrets keys certificates storage "
    "subscriptionId homeTenantId"
)


def _spelling() -> dict[str, str]:
    known = {name.lower(): name for name in _OTHER_NAMES.split()}
    for struct in Wire.__subclasses__():
        for field in msgspec.structs.fields(struct):
            known[field.encode_name.lower()] = field.encode_name
    return known


SPELLING = _spelling()
"""Every name that is read, by its lower-case form."""
