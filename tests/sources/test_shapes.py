"""Everything but vaults and role assignments: definitions, denies, locks, logs, hierarchy, directory, resources."""

from __future__ import annotations

import pytest

from kvaudit.model.role import PermissionBlock
from kvaudit.model.snapshot import Subscription
from kvaudit.model.vault import LogCategory
from tests.sources.made import (
    ALICE,
    BOB,
    GROUP,
    SUBSCRIPTION,
    TEAM,
    TENANT_ID,
    VAULT,
    load,
    read,
    rows_of,
    snapshot,
    write,
)

MG = "/providers/Microsoft.Management/managementGroups"
ROLE = "ca3ab343-ac33-4b68-be9b-f77c6519a9d5"
ROLE_ID = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{ROLE}"
BLOCKS = [{"actions": ["*"], "notActions": ["x/y"], "dataActions": ["d"], "notDataActions": [], "condition": "(c)"}, {}]


def definition(**more):
    body = {"roleName": "Signer", "permissions": BLOCKS, "assignableScopes": ["/"], "description": "d"}
    return {"id": ROLE_ID, "name": ROLE, "type": "Microsoft.Authorization/roleDefinitions", **body, **more}


def nested(row, *outer):
    return {key: row[key] for key in outer} | {"properties": {k: v for k, v in row.items() if k not in outer}}


@pytest.mark.parametrize(
    "row",
    [
        definition(roleType="CustomRole"),
        nested(definition() | {"type": "CustomRole"}, "id", "name"),
        {"type": "microsoft.authorization/roledefinitions"}
        | nested(definition() | {"type": "CustomRole"}, "id", "name"),
        snapshot(roleDefinitions=[nested(definition() | {"type": "CustomRole"}, "id", "name")]),
    ],
)
def test_role_definitions(row):
    (one,) = read(row).role_definitions
    assert (one.id, one.name, one.custom, one.assignable_scopes) == (ROLE, "Signer", True, ("/",))
    assert one.blocks == (PermissionBlock(("*",), ("x/y",), ("d",), (), "(c)"), PermissionBlock())


@pytest.mark.parametrize("permissions", ["x", [{"actions": "x"}], [{"actions": [1]}], [7], None])
def test_a_role_whose_permissions_cannot_be_read_has_none_that_are_known(permissions):
    loaded = read([definition(permissions=permissions)])
    assert loaded.role_definitions[0].blocks is None
    assert len(loaded.gaps) == (0 if permissions is None else 1)


def test_role_definitions_of_a_managed_hsm_are_counted_only():
    row = definition(id=f"Microsoft.KeyVault/providers/Microsoft.Authorization/roleDefinitions/{ROLE}")
    assert rows_of(row) == {"managed HSM role definitions": 1}


def deny(**more):
    identifier = f"{GROUP}/providers/Microsoft.Authorization/denyAssignments/x"
    body = {"denyAssignmentName": "n", "scope": GROUP, "permissions": [{"dataActions": ["*"]}]}
    body |= {"principals": [{"id": ALICE.upper(), "type": "User"}], "excludePrincipals": [{"id": BOB}]}
    return {"id": identifier, "type": "Microsoft.Authorization/denyAssignments", "properties": {**body, **more}}


def test_deny_assignments():
    (one,) = read(
        [deny(doNotApplyToChildScopes=True, denyAssignmentEffect="Enforced", condition="(c)")]
    ).deny_assignments
    assert (one.name, one.scope, one.this_scope_only, one.effect, one.condition) == (
        "n",
        GROUP,
        True,
        "Enforced",
        "(c)",
    )
    assert (one.principals, one.excluded) == ((ALICE,), (BOB,))
    assert one.blocks == (PermissionBlock(data_actions=("*",)),)


@pytest.mark.parametrize(
    "change",
    [{"permissions": "x"}, {"excludePrincipals": [{}]}, {"condition": 1}, {"scope": None}, {"permissions": [1]}],
)
def test_a_damaged_deny_takes_nothing_away(change):
    loaded = read([deny(**change)])
    assert not loaded.deny_assignments
    assert {gap.need for gap in loaded.gaps} == {"denyAssignments"}


@pytest.mark.parametrize("flattened", [True, False])
def test_locks(flattened):
    row = {"id": f"{GROUP}/providers/Microsoft.Authorization/locks/keep", "type": "Microsoft.Authorization/locks"}
    (one,) = read([row | ({"level": "ReadOnly"} if flattened else {"properties": {"level": "ReadOnly"}})]).locks
    assert (one.scope, one.level) == (GROUP, "ReadOnly")


def test_a_lock_of_nothing_is_a_gap():
    loaded = read([{"id": 7, "type": "Microsoft.Authorization/locks"}])
    assert loaded.gaps[0].need == "locks"


def diagnostic(on=VAULT, **more):
    identifier = f"{on.lower()}/providers/microsoft.insights/diagnosticSettings/audit"
    return {"id": identifier, "name": "audit", "type": "Microsoft.Insights/diagnosticSettings", **more}


LOGS = [
    {"category": "AuditEvent", "categoryGroup": None, "enabled": True},
    {"categoryGroup": "audit", "enabled": False},
]


@pytest.mark.parametrize("flattened", [True, False])
def test_diagnostic_settings(flattened):
    body = {"logs": LOGS, "workspaceId": "/w", "storageAccountId": None, "eventHubAuthorizationRuleId": "/e"}
    (one,) = read([diagnostic(**(body if flattened else {"properties": body}))]).diagnostic_settings
    assert (one.vault, one.name, one.destinations) == (VAULT.lower(), "audit", ("/w", "/e"))
    assert one.logs == (LogCategory("AuditEvent", None, True), LogCategory(None, "audit", False))
    assert one.logs_audit_events is True


@pytest.mark.parametrize("body", [{"logs": "x"}, {"logs": [1]}, {"logs": LOGS, "workspaceId": 1}, {"properties": "x"}])
def test_a_damaged_diagnostic_setting_says_nothing_of_logging(body):
    loaded = read([diagnostic(**body)])
    assert loaded.diagnostic_settings[0].logs_audit_events is None
    assert loaded.gaps[0].need == "diagnosticSettings"


def test_diagnostic_settings_of_other_resources_are_counted_only():
    rows = [diagnostic(f"{GROUP}/providers/Microsoft.Network/networkSecurityGroups/n"), diagnostic()]
    rows += [diagnostic(SUBSCRIPTION.lstrip("/"))]
    assert rows_of(rows) == {"diagnostic settings of other resources": 2, "diagnostic settings": 1}
    assert "diagnosticSettings" not in read(rows[:1]).given


ANCESTORS = (f"{MG}/mg-platform".lower(), f"{MG}/{TENANT_ID}".lower())


@pytest.mark.parametrize(
    "row",
    [
        {
            "id": SUBSCRIPTION,
            "type": "microsoft.resources/subscriptions",
            "name": "Production",
            "properties": {"managementGroupAncestorsChain": [{"name": "mg-platform"}, {"name": TENANT_ID}]},
        },
        {
            "id": SUBSCRIPTION,
            "type": "/subscriptions",
            "name": "guid",
            "properties": {"displayName": "Production", "parentNameChain": [TENANT_ID, "mg-platform"]},
        },
        {
            "id": SUBSCRIPTION,
            "type": "/subscriptions",
            "displayName": "Production",
            "parentNameChain": [TENANT_ID, "mg-platform"],
        },
        snapshot(
            subscriptions=[
                {
                    "id": SUBSCRIPTION,
                    "displayName": "Production",
                    "managementGroupAncestors": ["mg-platform", f"{MG}/{TENANT_ID}"],
                }
            ]
        ),
        {
            "id": f"{MG}/{TENANT_ID}",
            "name": TENANT_ID,
            "type": "Microsoft.Management/managementGroups",
            "properties": {
                "tenantId": TENANT_ID,
                "children": [
                    {
                        "id": f"{MG}/mg-platform",
                        "type": "Microsoft.Management/managementGroups",
                        "children": [{"id": SUBSCRIPTION, "type": "/subscriptions", "displayName": "Production"}],
                    }
                ],
            },
        },
        {
            "id": f"{MG}/mg-platform",
            "name": "mg-platform",
            "type": "Microsoft.Management/managementGroups",
            "details": {"path": [{"name": TENANT_ID}, {"name": "mg-platform"}]},
            "children": [{"id": SUBSCRIPTION, "type": "/subscriptions", "displayName": "Production"}],
        },
        {
            "id": f"{MG}/mg-platform",
            "name": "mg-platform",
            "type": "/providers/Microsoft.Management/managementGroups",
            "tenantId": TENANT_ID,
            "details": {"parent": {"id": f"{MG}/{TENANT_ID}", "name": TENANT_ID, "displayName": "Root"}},
            "children": [{"id": SUBSCRIPTION, "type": "/subscriptions", "displayName": "Production"}],
        },
        {
            "Id": f"{MG}/mg-platform",
            "Name": "mg-platform",
            "Type": "Microsoft.Management/managementGroups",
            "TenantId": TENANT_ID,
            "ParentName": TENANT_ID,
            "Children": [{"Id": SUBSCRIPTION, "Type": "/subscriptions", "DisplayName": "Production"}],
        },
    ],
)
def test_management_groups_above_a_subscription_come_nearest_first(row):
    loaded = read(row)
    (one,) = loaded.subscriptions
    assert (one.id, one.name, one.ancestors) == (SUBSCRIPTION, "Production", ANCESTORS)
    assert "subscriptions" in loaded.given


def test_a_tree_that_does_not_begin_at_the_root_leaves_the_way_up_open():
    row = {
        "id": f"{MG}/mg",
        "name": "mg",
        "type": "/providers/Microsoft.Management/managementGroups",
        "properties": {"tenantId": TENANT_ID, "children": [{"id": SUBSCRIPTION, "type": "/subscriptions"}]},
    }
    assert read(row).subscriptions[0].ancestors is None


def test_az_account_list_names_subscriptions():
    row = {"id": SUBSCRIPTION.rpartition("/")[2], "name": "Production", "tenantId": TENANT_ID, "isDefault": True}
    (one,) = read([row]).subscriptions
    assert one == Subscription(SUBSCRIPTION, "Production", None, one.origins)


def test_subscriptions_of_powershell():
    guid = SUBSCRIPTION.rpartition("/")[2]
    row = {"Id": guid, "Name": "Production", "State": "Enabled", "SubscriptionId": guid, "HomeTenantId": TENANT_ID}
    (one,) = read([row]).subscriptions
    assert one == Subscription(SUBSCRIPTION, "Production", None, one.origins)


def test_a_damaged_chain_is_not_known():
    loaded = read(snapshot(subscriptions=[{"id": SUBSCRIPTION, "managementGroupAncestors": ["mg", 7]}]))
    assert loaded.subscriptions[0].ancestors is None
    assert loaded.gaps[0].need == "subscriptions"


IDENTITY = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-app"


def test_resources_and_their_identities():
    rows = [
        {
            "id": f"{GROUP}/providers/Microsoft.Compute/virtualMachines/vm",
            "type": "Microsoft.Compute/virtualMachines",
            "location": "westeurope",
            "identity": {"principalId": ALICE.upper(), "userAssignedIdentities": {IDENTITY: {"clientId": "x"}}},
        },
        {
            "id": IDENTITY,
            "type": "Microsoft.ManagedIdentity/userAssignedIdentities",
            "properties": {"principalId": BOB, "clientId": TEAM.upper()},
        },
        {"id": IDENTITY + "2", "principalId": BOB, "clientId": TEAM},
        {"id": f"{GROUP}/providers/Microsoft.Storage/storageAccounts/st", "type": "Microsoft.Storage/storageAccounts"},
    ]
    machine, identity, flattened, account = read(rows).resources
    assert (machine.principal, machine.attached, machine.client_id) == (ALICE, (IDENTITY.lower(),), None)
    assert (identity.principal, identity.client_id) == (BOB, TEAM)
    assert (flattened.principal, flattened.client_id) == (BOB, TEAM)
    assert (account.principal, account.attached) == (None, ())


def test_a_damaged_identity_is_a_gap():
    row = {"id": f"{GROUP}/providers/Microsoft.Compute/virtualMachines/vm", "identity": {"principalId": 7}}
    loaded = read([row])
    assert loaded.gaps[0].origins[0].pointer == "/0/identity/principalId"
    assert (loaded.coverage[0].fact, loaded.coverage[0].complete) == ("resources", False)


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ({"@odata.type": "#microsoft.graph.user"}, "User"),
        ({"@odata.type": "#microsoft.graph.servicePrincipal"}, "ServicePrincipal"),
        ({"@odata.type": "#microsoft.graph.group"}, "Group"),
        ({"@odata.type": "#microsoft.graph.device"}, "Device"),
        ({"type": "Group"}, "Group"),
        ({"objectType": "User", "userPrincipalName": "a@b"}, "User"),
        ({"userPrincipalName": "a@b", "mail": None}, "User"),
        ({"UserPrincipalName": "a@b"}, "User"),
        ({"appId": "X", "servicePrincipalType": "Application"}, "ServicePrincipal"),
        ({"securityEnabled": True, "groupTypes": []}, "Group"),
    ],
)
def test_directory_objects(row, kind):
    loaded = read([{"id": ALICE.upper(), "displayName": "Alice", **row}])
    (one,) = loaded.principals
    assert (one.id, one.type, one.name, one.listed) == (ALICE, kind, "Alice", True)
    assert loaded.given == {"principals"}


def test_all_that_a_directory_object_says():
    row = {
        "id": ALICE,
        "@odata.type": "#microsoft.graph.user",
        "userType": "Guest",
        "accountEnabled": False,
        "deletedDateTime": None,
        "groupTypes": ["DynamicMembership"],
        "membershipRule": 'user.department -eq "Sales"',
        "appId": "ABC",
    }
    (one,) = read(row).principals
    assert (one.user_type, one.enabled, one.deleted, one.app_id) == ("Guest", False, False, "abc")
    assert one.group_types == ("DynamicMembership",)
    assert one.membership_rule == 'user.department -eq "Sales"'
    assert read({**row, "deletedDateTime": "2026-01-01"}).principals[0].deleted is True


def test_applications_are_no_principals():
    loaded = read([{"id": TEAM, "appId": "ABC", "displayName": "App", "identifierUris": [], "owners": [{"id": ALICE}]}])
    assert [(one.id, one.app_id, one.name) for one in loaded.applications] == [(TEAM, "abc", "App")]
    assert [(one.object, one.owners) for one in loaded.owners] == [(TEAM, (ALICE,))]
    assert not loaded.principals


def members_of(loaded):
    return [(one.group, one.members, one.complete) for one in loaded.group_members]


def test_groups_with_expanded_members():
    member = {"@odata.type": "#microsoft.graph.user", "id": ALICE.upper(), "displayName": "Alice"}
    loaded = read([{"@odata.type": "#microsoft.graph.group", "id": TEAM, "members": [member, BOB]}])
    assert members_of(loaded) == [(TEAM, (ALICE, BOB), True)]
    assert [one.id for one in loaded.principals] == [TEAM, ALICE]
    assert "groupMembers" in loaded.given


@pytest.mark.parametrize(
    "more", [{"members": [f"m{n}" for n in range(20)]}, {"members": ["m"], "members@odata.nextLink": "https://next"}]
)
def test_an_expansion_that_was_cut_is_partial(more):
    loaded = read([{"@odata.type": "#microsoft.graph.group", "id": TEAM, **more}])
    assert loaded.group_members[0].complete is False
    assert loaded.gaps[0].need == "groupMembers"


def test_pairs_of_a_group_and_its_members():
    loaded = read([{"group": TEAM.upper(), "members": [ALICE.upper(), {"id": BOB}]}])
    assert members_of(loaded) == [(TEAM, (ALICE, BOB), True)]


@pytest.mark.parametrize(
    ("row", "members"),
    [
        ({"group": TEAM, "members": [ALICE, 7]}, (ALICE,)),
        ({"group": TEAM, "members": None}, ()),
        ({"group": TEAM, "members": "x"}, ()),
    ],
)
def test_damaged_members_are_partial(row, members):
    loaded = read([row])
    assert members_of(loaded) == [(TEAM, members, False)]
    assert loaded.gaps[0].need == "groupMembers"


USERS = [{"@odata.type": "#microsoft.graph.user", "id": ALICE, "displayName": "Alice"}]


@pytest.mark.parametrize("name", [f"{TEAM}.json", f"members-{TEAM}.json", f"groups/Members-{TEAM.upper()}.JSON"])
@pytest.mark.parametrize(
    ("content", "members"),
    [(USERS, (ALICE,)), ({"value": USERS}, (ALICE,)), ([ALICE.upper(), BOB], (ALICE, BOB)), ([], ())],
)
def test_a_file_named_for_a_group_lists_its_members(name, content, members, tmp_path):
    loaded = load([write(tmp_path, {name: content})])
    assert members_of(loaded) == [(TEAM, members, True)]
    assert loaded.given == {"groupMembers"}


def test_a_file_named_for_a_group_with_other_rows_is_just_a_file(tmp_path):
    loaded = load([write(tmp_path, {f"{TEAM}.json": [{"id": VAULT, "type": "Microsoft.KeyVault/vaults"}]})])
    assert not loaded.group_members
    loaded = load([write(tmp_path / "b", {f"{TEAM}.json": {"@odata.type": "#microsoft.graph.group", "id": TEAM}})])
    assert not loaded.group_members


@pytest.mark.parametrize("content", [{"value": USERS, "@odata.nextLink": "https://next"}, [*USERS, {"x": 1}]])
def test_a_members_file_that_is_cut_or_damaged_is_partial(content, tmp_path):
    loaded = load([write(tmp_path, {f"members-{TEAM}.json": content})])
    assert members_of(loaded) == [(TEAM, (ALICE,), False)]
    assert loaded.gaps


def test_owners_and_directory_roles():
    loaded = read(
        snapshot(
            owners=[{"object": TEAM.upper(), "owners": [ALICE]}, {"object": BOB}],
            directoryRoles=[{"role": "Global Administrator", "members": [ALICE.upper()]}, {"role": "x", "members": 7}],
        )
    )
    assert [(one.object, one.owners) for one in loaded.owners] == [(TEAM, (ALICE,))]
    assert [(one.role, one.members) for one in loaded.directory_roles] == [("Global Administrator", (ALICE,))]
    assert {gap.need for gap in loaded.gaps} == {"owners", "directoryRoles"}


def test_directory_roles_of_graph():
    row = {"id": "x", "displayName": "Global Administrator", "roleTemplateId": "62e9", "members": [{"id": ALICE}]}
    (one,) = read({"value": [row]}).directory_roles
    assert (one.role, one.members) == ("Global Administrator", (ALICE,))


def test_objects_in_vaults_bring_no_value():
    rows = [
        {"vault": VAULT, "type": "secrets", "name": "s1", "attributes": {"enabled": True}, "value": "hidden"},
        {"id": f"{VAULT}/keys/k1", "type": "Microsoft.KeyVault/vaults/keys", "properties": {"attributes": {"exp": 1}}},
    ]
    loaded = read(rows)
    assert [(one.vault, one.type, one.name, one.attributes) for one in loaded.vault_objects] == [
        (VAULT.lower(), "keys", "k1", {"exp": 1}),
        (VAULT.lower(), "secrets", "s1", {"enabled": True}),
    ]
    assert "hidden" not in repr(loaded)


def test_classic_administrators_are_recognised_and_not_used():
    identifier = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/classicAdministrators/X"
    row = {
        "id": identifier,
        "type": "Microsoft.Authorization/classicAdministrators",
        "properties": {"role": "CoAdministrator"},
    }
    assert rows_of([row]) == {"classic administrators (retired in 2024)": 1}
