"""What PowerShell writes, whole and cut short by ConvertTo-Json."""

from __future__ import annotations

import codecs
import json

import pytest

from kvaudit.errors import InputError
from kvaudit.model.permission import pack
from kvaudit.model.role import PermissionBlock
from kvaudit.model.vault import NetworkRules
from tests.sources.made import (
    ALICE,
    BOB,
    SECRETS_USER,
    SUBSCRIPTION,
    TEAM,
    TENANT_ID,
    VAULT,
    assignment_id,
    load,
    read,
    rows_of,
    write,
)

WHOLE = {
    "VaultName": "kv-app",
    "ResourceGroupName": "rg-app",
    "Location": "westeurope",
    "ResourceId": VAULT,
    "Tags": {"a": "b"},
    "Sku": "Premium",
    "TenantId": TENANT_ID.upper(),
    "EnabledForDeployment": True,
    "EnabledForTemplateDeployment": False,
    "EnabledForDiskEncryption": None,
    "EnableSoftDelete": True,
    "EnablePurgeProtection": None,
    "EnableRbacAuthorization": None,
    "PublicNetworkAccess": "Enabled",
    "SoftDeleteRetentionInDays": 90,
    "AccessPolicies": [
        {
            "TenantId": TENANT_ID,
            "ObjectId": ALICE.upper(),
            "ApplicationId": None,
            "PermissionsToKeys": ["get", "WrapKey"],
            "PermissionsToKeysStr": "get, WrapKey",
            "PermissionsToSecrets": [],
            "PermissionsToSecretsStr": "",
        }
    ],
    "NetworkAcls": {
        "DefaultAction": "Deny",
        "Bypass": "None",
        "IpAddressRanges": ["1.2.3.4/32"],
        "VirtualNetworkResourceIds": None,
    },
}


def cut(**more):
    """The same as ConvertTo-Json writes it at its default depth."""
    policy = {**WHOLE["AccessPolicies"][0], "PermissionsToKeys": "get WrapKey", "PermissionsToSecrets": ""}
    network = {"DefaultAction": 1, "Bypass": 0, "IpAddressRanges": "1.2.3.4/32", "VirtualNetworkResourceIds": ""}
    return {**WHOLE, "AccessPolicies": [policy], "NetworkAcls": network, **more}


@pytest.mark.parametrize("row", [WHOLE, cut(), {key.lower(): value for key, value in WHOLE.items()}])
def test_a_vault(row):
    loaded = read(row)
    assert not loaded.gaps
    (one,) = loaded.vaults
    assert (one.id, one.name, one.location, one.tenant_id) == (VAULT, "kv-app", "westeurope", TENANT_ID)
    assert (one.sku, one.tags) == ("premium", {"a": "b"})
    assert (one.uses_rbac, one.purge_protection, one.soft_delete, one.retention_days) == (False, False, True, 90)
    assert (one.for_deployment, one.for_template_deployment, one.for_disk_encryption) == (True, False, False)
    assert one.network == NetworkRules("Deny", "None", ("1.2.3.4/32",), ())
    assert (one.public_access, one.private_endpoints) == ("Enabled", None)
    (policy,) = one.policies
    assert (policy.object_id, policy.permissions) == (ALICE, pack(["keys/get", "keys/wrapkey"]))


def test_the_text_with_blanks_serves_where_there_is_no_other():
    policy = {"ObjectId": ALICE, "PermissionsToSecrets": "get list"}
    (one,) = read(cut(AccessPolicies=[policy])).vaults
    assert one.policies[0].permissions == pack(["secrets/get", "secrets/list"])


def test_a_summary_row_answers_nothing():
    row = {key: WHOLE[key] for key in ("VaultName", "ResourceGroupName", "Location", "ResourceId", "Tags")}
    (one,) = read([row]).vaults
    assert (one.has_properties, one.uses_rbac, one.policies, one.network) == (False, None, None, None)


@pytest.mark.parametrize(
    ("change", "unknown"),
    [
        ({"EnableRbacAuthorization": "True"}, "uses_rbac"),
        ({"AccessPolicies": "Microsoft.Azure.PSKeyVaultAccessPolicy"}, "policies"),
        ({"NetworkAcls": "Microsoft.Azure.PSNetworkAcls"}, "network"),
        ({"NetworkAcls": {"DefaultAction": 7}}, "network"),
        ({"PublicNetworkAccess": 1}, "public_access"),
    ],
)
def test_what_was_cut_is_unknown(change, unknown):
    loaded = read(cut(**change))
    assert getattr(loaded.vaults[0], unknown) is None
    assert loaded.gaps
    assert not any(entry.complete for entry in loaded.coverage)


def test_a_policy_that_was_cut_asks_for_more_depth():
    loaded = read(cut(AccessPolicies=["Microsoft.Azure.PSKeyVaultAccessPolicy"]))
    assert loaded.vaults[0].policies == ()
    assert "-Depth 10" in loaded.gaps[0].reason
    assert loaded.coverage[0].complete is False


def assignment(**more):
    return {
        "RoleAssignmentName": "x",
        "RoleAssignmentId": assignment_id(),
        "Scope": VAULT,
        "DisplayName": "Alice",
        "SignInName": "alice@contoso.example",
        "RoleDefinitionName": "Key Vault Secrets User",
        "RoleDefinitionId": SECRETS_USER.upper(),
        "ObjectId": ALICE.upper(),
        "ObjectType": "User",
        "CanDelegate": False,
        "Condition": "",
        **more,
    }


def test_a_role_assignment():
    loaded = read([assignment()])
    (one,) = loaded.role_assignments
    assert (one.id, one.scope, one.role, one.principal) == (assignment_id(), VAULT, SECRETS_USER, ALICE)
    assert (one.principal_type, one.condition) == ("User", None)
    (named,) = loaded.principals
    assert (named.name, named.upn, named.listed) == ("Alice", "alice@contoso.example", False)
    assert [(entry.scope, entry.complete) for entry in loaded.coverage] == [(SUBSCRIPTION, True)]


def test_a_principal_that_is_not_known_anymore():
    (one,) = read([assignment(ObjectType="Unknown", DisplayName=None, SignInName=None)]).role_assignments
    assert one.principal_type is None


@pytest.mark.parametrize(("change", "kept"), [({"Condition": 1}, 0), ({"ObjectId": None}, 0), ({"Description": []}, 1)])
def test_a_damaged_role_assignment(change, kept):
    loaded = read([assignment(**change)])
    assert len(loaded.role_assignments) == kept
    assert loaded.gaps[0].need == "roleAssignments"


def definition(**more):
    return {
        "Name": "Signer",
        "Id": TEAM,
        "IsCustom": True,
        "Description": "",
        "Actions": [],
        "NotActions": [],
        "DataActions": ["Microsoft.KeyVault/vaults/keys/sign/action"],
        "NotDataActions": [],
        "AssignableScopes": [SUBSCRIPTION],
        **more,
    }


def test_a_custom_role():
    (one,) = read([definition()]).role_definitions
    assert (one.id, one.name, one.custom, one.assignable_scopes) == (TEAM, "Signer", True, (SUBSCRIPTION,))
    assert one.blocks == (PermissionBlock(data_actions=("Microsoft.KeyVault/vaults/keys/sign/action",)),)


def test_a_role_that_was_cut_is_not_known():
    loaded = read([definition(DataActions="a b")])
    assert loaded.role_definitions[0].blocks is None
    assert loaded.gaps[0].need == "roleDefinitions"


def test_built_in_roles_are_not_taken_from_where_their_blocks_are_lost():
    assert rows_of([definition(IsCustom=False)]) == {"built-in role definitions (PowerShell)": 1}


def text_of(*policies):
    """`AccessPoliciesText`, as the module lays it out."""
    labels = ("Tenant ID", "Object ID", "Application ID", "Display Name")
    kinds = ("Keys", "Secrets", "Certificates", "(Key Vault Managed) Storage")
    tables = []
    for head, words in policies:
        lines = [f"{label:<42} : {value}" for label, value in zip(labels, head, strict=True)]
        lines += [f"{'Permissions to ' + kind:<42} : {words.get(kind, '')}" for kind in kinds]
        tables.append("\r\n".join(lines))
    return "\r\n\r\n".join(tables) + "\r\n"


ALICES = ((TENANT_ID, ALICE, "", "Alice (alice@contoso.example)"), {"Secrets": "get, list"})
TEAMS = ((TENANT_ID, TEAM, BOB, "Team: one"), {"Keys": "all", "Certificates": "Get"})
POLICY_TYPE = "Microsoft.Azure.Commands.KeyVault.Models.PSKeyVaultAccessPolicy"
NETWORK_TEXT = (
    "Default Action                             : Deny\r\n"
    "Bypass                                     : AzureServices\r\n"
    "IP Rules                                   : 1.2.3.4/32, 5.6.7.8/32\r\n"
    "Virtual Network Rules                      : \r\n"
)


@pytest.mark.parametrize("written", [[POLICY_TYPE] * 2, f"{POLICY_TYPE} {POLICY_TYPE}"])
def test_policies_that_were_cut_are_read_from_the_text_beside_them(written):
    loaded = read([cut(AccessPolicies=written, AccessPoliciesText=text_of(ALICES, TEAMS))])
    assert not loaded.gaps
    first, second = loaded.vaults[0].policies
    assert (first.object_id, first.application_id, first.permissions) == (
        ALICE,
        None,
        pack(["secrets/get", "secrets/list"]),
    )
    assert (second.object_id, second.application_id) == (TEAM, BOB)
    assert second.permissions & pack(["keys/purge", "certificates/get"]) == pack(["certificates/get"])


@pytest.mark.parametrize(
    "text",
    [
        text_of(ALICES),
        text_of(ALICES, ALICES, TEAMS),
        text_of(((TENANT_ID, ALICE, "", "A\r\nPermissions to Keys : all"), {}), TEAMS),
        text_of(ALICES, TEAMS)[:-60],
        "",
        None,
        7,
    ],
)
def test_text_that_does_not_fit_repairs_nothing(text):
    loaded = read([cut(AccessPolicies=[POLICY_TYPE] * 2, AccessPoliciesText=text)])
    assert loaded.vaults[0].policies == ()
    assert [gap.origins[0].pointer for gap in loaded.gaps] == ["/0/accessPolicies/0", "/0/accessPolicies/1"]
    assert all("-Depth 10" in gap.reason for gap in loaded.gaps)
    assert [(entry.fact, entry.complete) for entry in loaded.coverage] == [("vaults", False)] * len(loaded.coverage)


def test_a_firewall_that_was_cut_is_read_from_the_text_beside_it():
    named = "Microsoft.Azure.Commands.KeyVault.Models.PSKeyVaultNetworkRuleSet"
    (one,) = read(cut(NetworkAcls=named, NetworkAclsText=NETWORK_TEXT)).vaults
    assert one.network == NetworkRules("Deny", "AzureServices", ("1.2.3.4/32", "5.6.7.8/32"), ())
    loaded = read(cut(NetworkAcls=named, NetworkAclsText="Default Action : Allow"))
    assert loaded.vaults[0].network is None
    assert "-Depth 10" in loaded.gaps[0].reason


def test_nulls_that_select_object_made_say_nothing():
    """`Get-AzKeyVault | Select-Object` gives null for what a summary does not have."""
    row = {"VaultName": "kv-app", "ResourceId": VAULT, "EnableRbacAuthorization": None, "AccessPolicies": None}
    (one,) = read([row]).vaults
    assert (one.has_properties, one.uses_rbac, one.policies, one.network) == (False, None, None, None)


def test_what_was_not_selected_is_not_known():
    (one,) = read({"VaultName": "kv-app", "ResourceId": VAULT, "EnableRbacAuthorization": True}).vaults
    assert (one.uses_rbac, one.policies, one.network, one.public_access) == (True, None, None, None)
    (other,) = read({"VaultName": "kv-app", "ResourceId": VAULT, "AccessPolicies": []}).vaults
    assert (other.uses_rbac, other.policies, other.purge_protection) == (None, (), None)


@pytest.mark.parametrize("body", [{"value": [cut(), cut(VaultName="kv-b", ResourceId=f"{VAULT}b")], "Count": 2}])
def test_an_array_as_powershell_5_wraps_it(body):
    loaded = read(codecs.BOM_UTF16_LE + json.dumps(body).encode("utf-16-le"))
    assert [one.name for one in loaded.vaults] == ["kv-app", "kv-b"]
    assert not loaded.gaps
    body["value"].pop()
    assert read(body).gaps[0].reason == "1 of 2 rows"


def test_lists_inside_a_row_as_powershell_5_wraps_them():
    policies = {"value": cut()["AccessPolicies"], "Count": 1}
    loaded = read(cut(AccessPolicies=policies))
    assert len(loaded.vaults[0].policies) == 1
    assert not loaded.gaps


@pytest.mark.parametrize(
    ("written", "end"),
    [
        ("/Date(1798675200000)/", "2026-12-31T00:00:00+00:00"),
        ({"value": "/Date(1798675200000)/", "DisplayHint": 2, "DateTime": "31 December"}, "2026-12-31T00:00:00+00:00"),
        ("2026-12-31T00:00:00Z", "2026-12-31T00:00:00Z"),
        ("/Date(999999999999999)/", "/Date(999999999999999)/"),
        (None, None),
    ],
)
def test_an_eligible_role(written, end):
    row = {
        "Id": f"{VAULT}/providers/Microsoft.Authorization/roleEligibilityScheduleInstances/e1",
        "Name": "e1",
        "Type": "Microsoft.Authorization/roleEligibilityScheduleInstances",
        "Scope": VAULT,
        "RoleDefinitionId": f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{SECRETS_USER}",
        "RoleDefinitionDisplayName": "Key Vault Secrets User",
        "PrincipalId": ALICE,
        "PrincipalType": {},
        "Status": "Provisioned",
        "MemberType": "Direct",
        "StartDateTime": "2026-01-01T00:00:00Z",
        "EndDateTime": written,
        "Condition": None,
    }
    loaded = read([row])
    (one,) = loaded.eligibilities
    assert (one.role, one.principal, one.principal_type, one.status, one.end) == (
        SECRETS_USER,
        ALICE,
        None,
        "Provisioned",
        end,
    )
    assert not loaded.gaps
    active = {**row, "Type": "Microsoft.Authorization/roleAssignmentScheduleInstances", "AssignmentType": "Activated"}
    (running,) = read(active).activations
    assert running.assignment_type == "Activated"


SETTING = f"{VAULT}/providers/microsoft.insights/diagnosticSettings/audit"


@pytest.mark.parametrize(
    "log",
    [
        {"Category": None, "CategoryGroup": "audit", "Enabled": True, "RetentionPolicyDay": 0},
        '{\r\n  "categoryGroup": "audit",\r\n  "enabled": true\r\n}',
    ],
)
def test_a_diagnostic_setting(log):
    row = {"Id": SETTING, "Name": "audit", "Type": "Microsoft.Insights/diagnosticSettings", "Log": [log]}
    loaded = read({**row, "Metric": [], "WorkspaceId": "/w", "StorageAccountId": None})
    (one,) = loaded.diagnostic_settings
    assert one.logs_audit_events is True
    assert not loaded.gaps


def test_a_diagnostic_setting_that_was_cut_is_not_known():
    named = "Microsoft.Azure.PowerShell.Cmdlets.Monitor.DiagnosticSetting.Models.LogSettings"
    row = {"Id": SETTING, "Name": "audit", "Type": "Microsoft.Insights/diagnosticSettings", "WorkspaceId": "/w"}
    for log in ([named], named):
        loaded = read({**row, "Log": log})
        assert loaded.diagnostic_settings[0].logs_audit_events is None
        assert "-Depth 10" in loaded.gaps[0].reason


@pytest.mark.parametrize("body", [{"level": "CanNotDelete", "notes": "x"}, "@{level=CanNotDelete; notes=; level=x}"])
def test_a_lock(body):
    row = {
        "Name": "keep",
        "ResourceId": VAULT,
        "ResourceName": "kv-app",
        "ResourceType": "Microsoft.KeyVault/vaults",
        "SubscriptionId": SUBSCRIPTION[15:],
        "Properties": body,
        "LockId": f"{VAULT}/providers/Microsoft.Authorization/locks/keep",
    }
    loaded = read([row])
    assert [(one.scope, one.level) for one in loaded.locks] == [(VAULT, "CanNotDelete")]
    assert not loaded.vaults
    assert not loaded.gaps


def denied(**more):
    return {
        "Id": f"{VAULT}/providers/Microsoft.Authorization/denyAssignments/d",
        "DenyAssignmentName": "nobody reads",
        "Description": "",
        "Actions": [],
        "NotActions": [],
        "DataActions": ["Microsoft.KeyVault/vaults/secrets/getSecret/action"],
        "NotDataActions": [],
        "Scope": VAULT,
        "DoNotApplyToChildScopes": False,
        "Principals": [{"DisplayName": "All Principals", "ObjectType": "SystemDefined", "ObjectId": TENANT_ID}],
        "ExcludePrincipals": [{"DisplayName": "A", "ObjectType": "User", "ObjectId": ALICE.upper()}],
        "IsSystemProtected": True,
        **more,
    }


def test_a_deny_assignment():
    loaded = read([denied()])
    (one,) = loaded.deny_assignments
    assert (one.name, one.scope, one.principals, one.excluded) == ("nobody reads", VAULT, (TENANT_ID,), (ALICE,))
    assert one.blocks[0].data_actions == ("Microsoft.KeyVault/vaults/secrets/getSecret/action",)
    assert not loaded.gaps


@pytest.mark.parametrize("lost", ["Principals", "ExcludePrincipals", "DataActions"])
def test_a_deny_assignment_that_was_cut_denies_nothing(lost):
    """Taken as it came out it would deny the wrong people: whom it excludes is not known anymore."""
    named = "Microsoft.Azure.Commands.Resources.Models.Authorization.PSPrincipal"
    loaded = read([denied(**{lost: named if lost == "DataActions" else [named]})])
    assert {gap.need for gap in loaded.gaps} == {"denyAssignments"}
    assert "-Depth 10" in loaded.gaps[0].reason
    assert not loaded.deny_assignments or not loaded.deny_assignments[0].principals


def test_users_groups_and_service_principals_of_az():
    rows = [
        {
            "DisplayName": "Alice",
            "Id": ALICE,
            "UserPrincipalName": "alice@c.example",
            "UserType": "Guest",
            "OdataType": None,
        },
        {"DisplayName": "Team", "Id": TEAM, "SecurityEnabled": True, "MailEnabled": False, "GroupType": []},
        {"DisplayName": "app", "Id": BOB, "AppId": "x", "ServicePrincipalType": "Application", "SignInAudience": None},
        {"DisplayName": "reg", "Id": TENANT_ID, "AppId": "x", "IdentifierUri": [], "SignInAudience": "AzureADMyOrg"},
    ]
    loaded = read(rows)
    assert {(one.id, one.type, one.user_type) for one in loaded.principals} == {
        (ALICE, "User", "Guest"),
        (TEAM, "Group", None),
        (BOB, "ServicePrincipal", None),
    }
    assert [(one.id, one.app_id) for one in loaded.applications] == [(TENANT_ID, "x")]
    assert not loaded.gaps


@pytest.mark.parametrize(
    "member",
    [
        {"Id": ALICE, "DisplayName": "Alice", "OdataType": "#microsoft.graph.user", "AdditionalProperties": {}},
        {
            "UserPrincipalName": "a@c.example",
            "ObjectType": "User",
            "DisplayName": "Alice",
            "Id": ALICE,
            "Type": "Member",
        },
        {"ObjectType": "User", "DisplayName": "Alice", "Id": ALICE, "Type": None},
        {
            "DeletedDateTime": None,
            "Id": ALICE,
            "AdditionalProperties": {
                "@odata.type": "#microsoft.graph.user",
                "displayName": "Alice",
                "userPrincipalName": "alice@contoso.example",
            },
        },
    ],
)
def test_members_of_a_group(member, tmp_path):
    loaded = load([write(tmp_path, {f"members-{TEAM}.json": [member]})])
    assert [(one.group, one.members, one.complete) for one in loaded.group_members] == [(TEAM, (ALICE,), True)]
    assert [(one.type, one.name) for one in loaded.principals] == [("User", "Alice")]
    assert not loaded.gaps


def test_expanded_members_of_the_graph_module():
    inside = {"DeletedDateTime": None, "Id": ALICE, "AdditionalProperties": {"@odata.type": "#microsoft.graph.user"}}
    row = {"Id": TEAM, "DisplayName": "Team", "SecurityEnabled": True, "Members": [inside], "AdditionalProperties": {}}
    loaded = read([row])
    assert [(one.group, one.members, one.complete) for one in loaded.group_members] == [(TEAM, (ALICE,), True)]
    assert {one.id: one.type for one in loaded.principals} == {TEAM: "Group", ALICE: "User"}


def test_members_that_were_cut_are_no_members():
    row = {"Id": TEAM, "DisplayName": "Team", "SecurityEnabled": True}
    named = "Microsoft.Graph.PowerShell.Models.MicrosoftGraphDirectoryObject"
    loaded = read([{**row, "Members": [named]}])
    assert [(one.members, one.complete) for one in loaded.group_members] == [((), False)]
    assert "-Depth 10" in loaded.gaps[0].reason


def test_an_object_whose_fields_were_cut_is_a_gap():
    row = {"Id": ALICE, "DeletedDateTime": None, "AdditionalProperties": "System.Collections.Generic.Dictionary`2[x]"}
    loaded = read([row])
    assert [(one.id, one.type) for one in loaded.principals] == [(ALICE, None)]
    assert "-Depth 10" in loaded.gaps[0].reason


def test_resources_and_identities():
    machine = f"{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm"
    identity = f"{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id"
    attached = {"PrincipalId": None, "UserAssignedIdentities": {identity: {"PrincipalId": BOB, "ClientId": TEAM}}}
    rows = [
        {
            "ResourceId": machine,
            "ResourceType": "Microsoft.Compute/virtualMachines",
            "Name": "vm",
            "Identity": attached,
        },
        {"Id": identity, "Name": "id", "Type": "Microsoft.ManagedIdentity/userAssignedIdentities", "PrincipalId": BOB},
    ]
    loaded = read(rows)
    assert {one.id: (one.principal, one.client_id) for one in loaded.resources} == {
        machine.lower(): (None, None),
        identity.lower(): (BOB, TEAM),
    }
    assert not loaded.gaps


def test_a_vault_of_get_azresource_has_no_properties_or_all_of_them():
    row = {"ResourceId": VAULT, "Id": VAULT, "Type": "Microsoft.KeyVault/vaults", "Name": "kv-app", "Properties": None}
    (bare,) = read([row]).vaults
    assert bare.has_properties is False
    loaded = read([{**row, "Properties": {"tenantId": TENANT_ID, "accessPolicies": "@{tenantId=x; objectId=y}"}}])
    assert loaded.vaults[0].policies is None
    assert "-Depth 10" in loaded.gaps[0].reason


CLIXML = '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">\r\n  <Obj/>\r\n</Objs>'


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("vaults.xml", CLIXML, "this is written by Export-Clixml of PowerShell"),
        ("vaults.json", b"\xff\xfe" + CLIXML.encode("utf-16-le"), "this is written by Export-Clixml of PowerShell"),
        ("page.xml", "<?xml version='1.0'?><a/>", "this is XML or HTML"),
        ("vaults.csv", '"VaultName","ResourceId"\r\n"kv","/x"', "this is CSV"),
        ("export.txt", '#TYPE Microsoft.Azure\r\n"VaultName"\r\n', "this is CSV"),
    ],
)
def test_what_is_not_json_says_what_to_write_instead(name, content, what, tmp_path):
    write(tmp_path, {name: content})
    with pytest.raises(InputError, match=what) as error:
        load([str(tmp_path / name)])
    assert "ConvertTo-Json -Depth 10" in error.value.hint


def test_a_folder_is_read_past_what_is_not_json(tmp_path):
    loaded = load([write(tmp_path, {"vaults.xml": CLIXML, "vaults.csv": "a,b", "vault.json": WHOLE})])
    assert len(loaded.vaults) == 1


def test_a_list_that_was_not_expanded_says_nothing():
    row = {"Id": TEAM, "DisplayName": "Team", "SecurityEnabled": True, "Members": [], "Owners": []}
    loaded = read([{**row, "AdditionalProperties": {}}])
    assert (loaded.group_members, loaded.owners) == ((), ())
    assert len(read([row]).group_members) == 1


def test_a_role_of_the_directory_as_the_graph_module_writes_it():
    nobody = {"Id": None, "DeletedDateTime": None, "AdditionalProperties": {}}
    row = {
        "AppScopeId": None,
        "DirectoryScopeId": "/",
        "Id": "x",
        "Principal": nobody,
        "PrincipalId": ALICE,
        "RoleDefinition": {"Id": None, "TemplateId": None, "RolePermissions": None},
        "RoleDefinitionId": TEAM,
        "AdditionalProperties": {},
    }
    loaded = read([row])
    assert [(one.role, one.members) for one in loaded.directory_roles] == [(TEAM, (ALICE,))]
    assert not loaded.gaps
    assert not loaded.principals
