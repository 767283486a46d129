"""What PowerShell writes, whole and cut short by ConvertTo-Json."""

from __future__ import annotations

import pytest

from kvaudit.model.permission import pack
from kvaudit.model.role import PermissionBlock
from kvaudit.model.vault import NetworkRules
from tests.sources.made import ALICE, SECRETS_USER, SUBSCRIPTION, TEAM, TENANT_ID, VAULT, assignment_id, read, rows_of

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
