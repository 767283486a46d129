"""AzureHound's files, as its versions write them: what they tell, and what they cannot. Semantics 3.4, 7.10."""

from __future__ import annotations

import json

import pytest

from kvaudit.model.directory import DirectoryRole
from kvaudit.model.permission import pack
from kvaudit.sources.azurehound import SOME_ROLES
from kvaudit.sources.reading import UNKNOWN
from tests.sources.made import (
    ALICE,
    BOB,
    GROUP,
    SUBSCRIPTION,
    TEAM,
    TENANT_ID,
    VAULT,
    assignment_id,
    flat,
    load,
    policy,
    read,
    rows_of,
    write,
)

MG = "/providers/Microsoft.Management/managementGroups"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
ADMIN_LOGIN = "1c0163c0-47e6-4577-8991-ea5c82e286e4"
APP, APP_ID = "0a0f5b3e-2d7c-4f57-8d1a-6e0b3a2c4d5e", "5f1d2c3b-4a69-4877-9665-54a3b2c1d0e9"
DEPLOYER = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
MACHINE = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/vm-app"
IDENTITY = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-app"


def item(kind, **data):
    return {"kind": kind, "data": data}


def collection(*items, version=5):
    return {"data": list(items), "meta": {"type": "azure", "version": version, "count": len(items)}}


def vault(name="kv-app", **properties):
    """A vault: false and null are left out, and the firewall is there even where it is empty."""
    inner = {"networkAcls": {}, "provisioningState": "Succeeded", "sku": {"family": "A", "name": "standard"}}
    inner |= {"tenantId": TENANT_ID, "vaultUri": f"https://{name}.vault.azure.net/", **properties}
    return item(
        "AZKeyVault",
        id=f"{GROUP}/providers/Microsoft.KeyVault/vaults/{name}",
        name=name,
        location="westeurope",
        type="Microsoft.KeyVault/vaults",
        subscriptionId=SUBSCRIPTION,
        resourceGroup="rg-app",
        tenantId=TENANT_ID,
        properties=inner,
    )


def assigned(scope=GROUP, principal=BOB, role=CONTRIBUTOR, name="d00f7b11-205f-42f7-88c1-d781b972e776"):
    return {
        "id": assignment_id(scope, name),
        "name": name,
        "type": "Microsoft.Authorization/roleAssignments",
        "properties": {
            "principalId": principal,
            "roleDefinitionId": f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{role}",
            "scope": scope,
        },
    }


def contributors(*rows, vault_id=VAULT):
    entries = [{"contributor": row, "keyVaultId": vault_id} for row in rows]
    return item("AZKeyVaultContributor", keyVaultId=vault_id, contributors=entries or None)


def upper(value):
    """What versions since 2026 write in upper case."""
    text = json.dumps(value)
    ids = (TENANT_ID, ALICE, BOB, TEAM, APP, APP_ID, DEPLOYER)
    for known in (VAULT, MACHINE, IDENTITY, GROUP, SUBSCRIPTION, MG, *ids):
        text = text.replace(known, known.upper())
    return json.loads(text)


@pytest.mark.parametrize("written", [lambda value: value, upper])
def test_a_vault_with_its_policies(written):
    body = collection(vault(accessPolicies=[policy(secrets=["Get", "list"])], enableSoftDelete=True))
    loaded = read(written(body))
    (one,) = loaded.vaults
    assert (one.name, one.tenant_id, one.has_properties, one.soft_delete) == ("kv-app", TENANT_ID, True, True)
    assert one.id.lower() == VAULT.lower()
    assert [(entry.object_id, entry.permissions) for entry in one.policies] == [
        (ALICE, pack(["secrets/get", "secrets/list"]))
    ]
    assert not loaded.gaps


def test_a_flag_that_is_left_out_is_false():
    (one,) = read(collection(vault())).vaults
    assert (one.uses_rbac, one.purge_protection, one.for_deployment, one.policies) == (False, False, False, ())
    assert one.network.default_action == "Allow"
    (other,) = read(collection(vault(enableRbacAuthorization=True, networkAcls={"defaultAction": "Deny"}))).vaults
    assert (other.uses_rbac, other.network.default_action) == (True, "Deny")


def test_public_network_access_is_not_among_what_is_collected():
    (one,) = read(collection(vault())).vaults
    assert one.public_access is None
    (newer,) = read(collection(vault(publicNetworkAccess="Disabled"))).vaults
    assert newer.public_access == "Disabled"


def test_a_vault_whose_properties_nothing_filled_is_one_without():
    empty = vault()
    empty["data"]["properties"] = {"networkAcls": {}, "sku": {}}
    (one,) = read(collection(empty)).vaults
    assert (one.has_properties, one.uses_rbac, one.policies) == (False, None, None)


@pytest.mark.parametrize("written", [lambda value: value, upper])
def test_role_assignments_of_each_family(written):
    login = {"adminLogin": assigned(MACHINE, ALICE, ADMIN_LOGIN), "virtualMachineId": MACHINE}
    any_role = {"assignee": assigned(MACHINE, DEPLOYER, name=TEAM), "objectId": MACHINE}
    body = collection(
        contributors(assigned()),
        item("AZSubscriptionOwner", subscriptionId=SUBSCRIPTION, owners=[{"owner": assigned(SUBSCRIPTION, TEAM)}]),
        item("AZVMAdminLogin", virtualMachineId=MACHINE, adminLogins=[login]),
        item("AZVMScaleSetRoleAssignment", objectId=MACHINE, assignees=[any_role]),
        item("AZResourceGroupUserAccessAdmin", resourceGroupId=GROUP, userAccessAdmins=None),
    )
    loaded = read(written(body))
    found = {(one.scope.lower(), one.principal, one.role) for one in loaded.role_assignments}
    assert found == {
        (GROUP.lower(), BOB, CONTRIBUTOR),
        (SUBSCRIPTION.lower(), TEAM, CONTRIBUTOR),
        (MACHINE.lower(), ALICE, ADMIN_LOGIN),
        (MACHINE.lower(), DEPLOYER, CONTRIBUTOR),
    }
    assert rows_of(written(body)) == {
        "AZKeyVaultContributor": 1,
        "AZSubscriptionOwner": 1,
        "AZVMAdminLogin": 1,
        "AZVMScaleSetRoleAssignment": 1,
        "AZResourceGroupUserAccessAdmin": 1,
    }


def test_an_assignment_that_is_repeated_for_all_it_reaches_is_one():
    other = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv-b"
    loaded = read(collection(vault(), contributors(assigned()), contributors(assigned(), vault_id=other)))
    (one,) = loaded.role_assignments
    assert [origin.pointer for origin in one.origins] == ["/data/1/data/contributors/0/contributor"]
    assert [(each.name, each.has_properties) for each in loaded.vaults] == [("kv-app", True), ("kv-b", False)]


def test_role_assignments_are_never_all_of_them():
    loaded = read(collection(vault(enableRbacAuthorization=True)))
    assert [(entry.fact, entry.scope, entry.complete, entry.reason) for entry in loaded.coverage] == [
        ("roleAssignments", SUBSCRIPTION, False, SOME_ROLES)
    ]


def test_az_beside_it_makes_them_whole_and_tells_their_conditions(tmp_path):
    condition = "(@Resource[Microsoft.KeyVault/vaults/secrets:name] StringEquals 'x')"
    files = {
        "azurehound.json": upper(collection(vault(), contributors(assigned(), assigned(name=ALICE)))),
        "assignments.json": [flat(GROUP, BOB, condition=condition)],
    }
    loaded = load([write(tmp_path, files)])
    assert [(one.id, one.condition) for one in loaded.role_assignments if one.condition] == [
        (assignment_id(GROUP), condition)
    ]
    assert len(loaded.role_assignments) == 2
    assert not loaded.gaps
    assert [(entry.fact, entry.scope, entry.complete) for entry in loaded.coverage] == [
        ("roleAssignments", SUBSCRIPTION, True)
    ]


def test_access_policies_by_themselves_only_name_their_vault():
    row = item("AZKeyVaultAccessPolicy", keyVaultId=VAULT, **policy(secrets=["Get"]))
    loaded = read(collection(row))
    assert [(one.id, one.has_properties, one.policies) for one in loaded.vaults] == [(VAULT, False, None)]
    (beside,) = read(collection(row, vault(accessPolicies=[policy(secrets=["Get"])]))).vaults
    assert len(beside.policies) == 1


def person(**more):
    return {"id": ALICE, "displayName": "Alice", "userPrincipalName": "alice@contoso.example", **more}


@pytest.mark.parametrize("written", [lambda value: value, upper])
def test_the_directory(written):
    member = {"@odata.type": "#microsoft.graph.user", **person()}
    body = collection(
        item("AZUser", **person(userType="Member", accountEnabled=True), tenantId=TENANT_ID),
        item("AZGroup", id=TEAM, displayName="Team", securityEnabled=True, tenantId=TENANT_ID),
        item("AZGroupMember", groupId=TEAM, members=[{"groupId": TEAM, "member": member}]),
        item("AZServicePrincipal", id=DEPLOYER, appId=APP_ID, servicePrincipalType="ManagedIdentity"),
        item("AZAppOwner", appId=APP_ID, owners=[{"appId": APP_ID, "owner": member}]),
        item("AZApp", id=APP, appId=APP_ID, displayName="deploy"),
        item("AZServicePrincipalOwner", servicePrincipalId=DEPLOYER, owners=None),
        item("AZGroupOwner", groupId=TEAM, owners=[{"groupId": TEAM, "owner": member}]),
        item("AZAppRoleAssignment", principalId=DEPLOYER, resourceId=BOB, appRoleId=GLOBAL_ADMINISTRATOR, appId=APP_ID),
    )
    loaded = read(written(body))
    assert {one.id: one.type for one in loaded.principals} == {
        ALICE: "User",
        TEAM: "Group",
        DEPLOYER: "ServicePrincipal",
    }
    assert [(one.group, one.members, one.complete) for one in loaded.group_members] == [(TEAM, (ALICE,), True)]
    assert {one.object: one.owners for one in loaded.owners} == {DEPLOYER: (), TEAM: (ALICE,), APP: (ALICE,)}
    assert [(one.id, one.app_id) for one in loaded.applications] == [(APP, APP_ID)]
    assert [(one.principal, one.resource) for one in loaded.app_roles] == [(DEPLOYER, BOB)]
    assert not loaded.gaps
    assert loaded.given == {"principals", "groupMembers", "owners", "applications", "appRoleAssignments"}


def test_a_group_for_which_no_members_came_may_have_some():
    loaded = read(collection(item("AZGroupMember", groupId=TEAM, members=None)))
    assert [(one.group, one.members, one.complete) for one in loaded.group_members] == [(TEAM, (), False)]
    assert not loaded.gaps


def test_roles_of_the_directory():
    custom = "11111111-2222-4333-8444-555555555555"
    holders = [
        {"id": "a", "principalId": ALICE, "roleDefinitionId": "x", "directoryScopeId": "/"},
        {"id": "b", "principalId": BOB, "directoryScopeId": f"/{APP}"},
    ]
    body = collection(
        item("AZRoleAssignment", roleDefinitionId="X", tenantId=TENANT_ID, roleAssignments=holders),
        item("AZRoleAssignment", roleDefinitionId=custom, tenantId=TENANT_ID, roleAssignments=None),
        item("AZRole", id="x", templateId=GLOBAL_ADMINISTRATOR, displayName="Global Administrator", isBuiltIn=True),
        item("AZRoleEligibilityScheduleInstance", id="e", principalId=BOB, roleDefinitionId="x", directoryScopeId="/"),
    )
    loaded = read(body)
    one, eligible = loaded.directory_roles
    assert one == DirectoryRole(GLOBAL_ADMINISTRATOR, (ALICE,), origins=one.origins)
    assert eligible == DirectoryRole(GLOBAL_ADMINISTRATOR, (BOB,), eligible=True, origins=eligible.origins)
    assert sorted(gap.reason for gap in loaded.gaps) == [
        "roles that are held over a part of the directory only are not judged: 1",
    ]
    assert {gap.need for gap in loaded.gaps} == {"directoryRoles"}


def test_resources_and_their_identities():
    identity = {
        "principalId": "",
        "tenantId": "",
        "type": "UserAssigned",
        "userAssignedIdentities": {IDENTITY: {"clientId": APP_ID, "principalId": DEPLOYER}},
    }
    itself = {"principalId": ALICE, "tenantId": TENANT_ID, "type": "SystemAssigned", "userAssignedIdentities": None}
    body = collection(
        item("AZVM", id=MACHINE, name="vm-app", type="Microsoft.Compute/virtualMachines", identity=identity),
        item("AZFunctionApp", id=MACHINE.replace("vm-app", "f"), type="Microsoft.Web/sites", identity=itself),
        item("AZResourceGroup", id=GROUP, name="rg-app", tenantId=TENANT_ID),
    )
    found = {one.id: (one.principal, one.attached) for one in read(body).resources}
    assert found[MACHINE.lower()] == (None, (IDENTITY.lower(),))
    assert found[IDENTITY.lower()] == (DEPLOYER, ())
    assert found[MACHINE.lower().replace("vm-app", "f")] == (ALICE, ())


def descendant(identifier, parent):
    kind = "/subscriptions" if identifier.startswith("/sub") else "Microsoft.Management/managementGroups"
    properties = {"display_name": "x", "parent": {"id": parent}}
    return item("AZManagementGroupDescendant", id=identifier, type=kind, properties=properties)


@pytest.mark.parametrize("written", [lambda value: value, upper])
def test_the_management_groups_above_a_subscription(written):
    body = collection(
        descendant(SUBSCRIPTION, f"{MG}/mg-platform"),
        item("AZSubscription", id=SUBSCRIPTION, displayName="Production", tenantId=TENANT_ID),
        descendant(f"{MG}/mg-platform", f"{MG}/{TENANT_ID}"),
        descendant(SUBSCRIPTION, f"{MG}/mg-platform"),
        item("AZManagementGroup", id=f"{MG}/{TENANT_ID}", name=TENANT_ID, tenantId=TENANT_ID),
        item("AZTenant", tenantId=TENANT_ID, id=f"/tenants/{TENANT_ID}", collected=True),
        item("AZTenant", tenantId=BOB, id=f"/tenants/{BOB}", external=True),
    )
    loaded = read(written(body))
    (one,) = loaded.subscriptions
    assert (one.id, one.name) == (SUBSCRIPTION, "x")
    assert one.ancestors == (f"{MG}/mg-platform".lower(), f"{MG}/{TENANT_ID}".lower())
    assert loaded.tenant_id == TENANT_ID


@pytest.mark.parametrize(
    "rows",
    [
        [descendant(SUBSCRIPTION, f"{MG}/a")],
        [descendant(SUBSCRIPTION, f"{MG}/a"), descendant(f"{MG}/a", f"{MG}/b"), descendant(f"{MG}/b", f"{MG}/a")],
        [item("AZSubscription", id=SUBSCRIPTION)],
    ],
)
def test_a_way_that_does_not_end_at_the_root_is_not_known(rows):
    (one,) = read(collection(*rows, item("AZTenant", tenantId=TENANT_ID))).subscriptions
    assert one.ancestors is None


def test_every_row_is_counted_and_what_is_none_is_a_gap():
    body = collection(
        item("AZFederatedIdentityCredential", appId=APP_ID),
        item("AZSomethingNew", whatever=[1]),
        item("AZDeviceOwner", deviceId="x", owners=None),
        {"kind": "AZUser"},
        {"kind": "\x1b[31m", "data": {}},
        7,
    )
    assert rows_of(body) == {
        "AZFederatedIdentityCredential": 1,
        "AZSomethingNew": 1,
        "AZDeviceOwner": 1,
        UNKNOWN: 3,
    }
    (gap,) = read(body).gaps
    assert gap.reason == "3 of its rows have no known shape, the first is /data/3"


@pytest.mark.parametrize(
    ("row", "need", "pointer"),
    [
        (item("AZKeyVault", id=VAULT, properties=[]), "vaults", "/data/0/data/properties"),
        (vault(enableRbacAuthorization="yes"), "vaults", "/data/0/data/properties/enableRbacAuthorization"),
        (contributors(7), "roleAssignments", "/data/0/data/contributors/0"),
        (
            contributors({**assigned(), "properties": {"principalId": 7, "scope": GROUP}}),
            "roleAssignments",
            "/data/0/data/contributors/0/contributor/properties/principalId",
        ),
        (item("AZGroupMember", groupId=TEAM, members={}), "groupMembers", "/data/0/data/members"),
        (item("AZGroupOwner", groupId=TEAM, owners=7), "owners", "/data/0/data/owners"),
        (
            item("AZRoleAssignment", roleDefinitionId="x", roleAssignments=7),
            "directoryRoles",
            "/data/0/data/roleAssignments",
        ),
        (item("AZUser", id=7), "principals", "/data/0/data/id"),
        (item("AZSubscription", id=7), "subscriptions", "/data/0/data/id"),
        (item("AZManagementGroupDescendant", id="/x", properties=7), "subscriptions", "/data/0/data/properties"),
    ],
)
def test_damage_is_a_gap_with_its_place_and_the_rest_is_read(row, need, pointer):
    loaded = read(collection(row, item("AZUser", **person())))
    assert (need, pointer) in {(gap.need, gap.origins[0].pointer) for gap in loaded.gaps}
    assert ALICE in {one.id for one in loaded.principals}


def test_items_without_a_file_round_them():
    assert rows_of([vault(), item("AZUser", **person())]) == {"AZKeyVault": 1, "AZUser": 1}
    lines = "\n".join(json.dumps(one) for one in (vault(), item("AZUser", **person())))
    assert rows_of(lines) == {"AZKeyVault": 1, "AZUser": 1}


@pytest.mark.parametrize("version", [4, 5, 6])
def test_the_version_of_the_file_does_not_matter(version):
    assert len(read(collection(vault(), version=version)).vaults) == 1


def test_the_collector_before_it_is_recognised_and_not_read():
    body = {
        "meta": {"type": "azkvpermissions", "count": 1, "version": 4},
        "data": [{"KVID": VAULT, "RoleName": "Owner"}],
    }
    (gap,) = read(body).gaps
    assert gap.reason == "a collection of AzureHound.ps1: recognised, but not read by this version"


def test_a_collection_that_counts_more_rows_than_it_has_is_not_whole():
    body = collection(vault(), item("AZUser", **person()))
    body["meta"]["count"] = 3
    loaded = read(body)
    assert {(gap.need, gap.reason) for gap in loaded.gaps} == {("vaults", "2 of 3 rows"), ("principals", "2 of 3 rows")}
    assert {(entry.fact, entry.scope) for entry in loaded.coverage} >= {("vaults", "tenant"), ("principals", "tenant")}


def test_what_az_says_of_one_vault_is_no_contradiction(tmp_path):
    whole = {**vault(enableSoftDelete=True)["data"], "properties": {"tenantId": TENANT_ID, "enableSoftDelete": True}}
    whole["properties"] |= {"enableRbacAuthorization": None, "networkAcls": None, "publicNetworkAccess": "Disabled"}
    files = {"azurehound.json": upper(collection(vault(enableSoftDelete=True))), "vault.json": whole}
    loaded = load([write(tmp_path, files)])
    (one,) = loaded.vaults
    assert (one.uses_rbac, one.public_access, one.network.default_action) == (False, "Disabled", "Allow")
    assert not loaded.gaps


def test_owners_of_applications_by_either_id():
    owner = {"id": ALICE, "@odata.type": "#microsoft.graph.user"}
    registered = item("AZApp", id=APP, appId=APP_ID)

    def owned(app):
        return item("AZAppOwner", appId=app, owners=[{"appId": app, "owner": owner}])

    for written in (APP_ID, APP):
        loaded = read(collection(owned(written), registered))
        assert [(one.object, one.owners) for one in loaded.owners] == [(APP, (ALICE,))]
    (gap,) = read(collection(owned(APP_ID))).gaps
    assert (gap.need, gap.reason) == (
        "owners",
        "owners of applications that are not in the collection are not judged: 1",
    )
