"""Resources of templates: every spelling of each type, loops, conditions, children. Semantics 7.8, 2.1, 2.2, 2.6."""

from __future__ import annotations

import pytest

from tests.sources.made import read, rows_of
from tests.sources.template.making import (
    ALICE,
    BOB,
    GROUP_SCHEMA,
    HERE,
    SECRETS_OFFICER,
    SECRETS_USER,
    SUBSCRIPTION_SCHEMA,
    TENANT_ID,
    access,
    assigned,
    can,
    holders,
    policy,
    role,
    template,
    vault,
)

VAULT = f"{HERE}/providers/Microsoft.KeyVault/vaults/kv-app"
ON_VAULT = "[resourceId('Microsoft.KeyVault/vaults', 'kv-app')]"


@pytest.mark.parametrize(
    ("version", "rbac"),
    [("2023-07-01", False), ("2026-01-01-preview", False), ("2026-02-01", True), ("2026-03-01-preview", True)],
)
def test_semantics_2_1_an_omitted_model_is_the_default_of_the_version(version, rbac):
    (found,) = read(template(vault(rbac=None, version=version))).vaults
    assert (found.uses_rbac, found.declared_version, found.model_by_default) == (rbac, version, True)


def test_semantics_2_1_an_omitted_model_of_a_version_that_is_not_known_is_unknown():
    snapshot = read(template(vault(rbac=None, version="[parameters('v')]"), parameters={"v": {"type": "string"}}))
    assert snapshot.vaults[0].uses_rbac is None
    assert any("enableRbacAuthorization is left to the API version" in gap.reason for gap in snapshot.gaps)


def test_a_model_that_is_said_is_what_is_said():
    (found,) = read(template(vault(rbac=False, version="2026-02-01"))).vaults
    assert (found.uses_rbac, found.model_by_default) == (False, False)


def test_a_model_that_is_not_known_is_a_gap_at_its_place():
    document = template(vault(rbac=None, properties={"enableRbacAuthorization": "[parameters('rbac')]"}),
                        parameters={"rbac": {"type": "bool"}})  # fmt: skip
    snapshot = read(document)
    assert snapshot.vaults[0].uses_rbac is None
    (gap,) = [gap for gap in snapshot.gaps if gap.need == "vaults"]
    assert gap.origins[0].pointer == "/resources/0/properties/enableRbacAuthorization"
    assert "[parameters('rbac')]" in gap.reason
    assert can(access(document | {"resources": [*document["resources"], assigned()]}), ALICE) == ["unknown"]


ASSIGNMENTS = [
    assigned(),
    assigned(scope="[format('Microsoft.KeyVault/vaults/{0}', 'kv-app')]"),
    assigned(scope="Microsoft.KeyVault/vaults/kv-app"),
    assigned(scope=None),  # the resource group
    assigned(scope="[resourceGroup().id]"),
    assigned(scope="[subscription().id]"),
    assigned(scope="/"),
    assigned(scope=None, type="Microsoft.KeyVault/vaults/providers/roleAssignments",
             name="[concat('kv-app', '/Microsoft.Authorization/', guid('x'))]"),
    assigned(scope=None, properties={"scope": ON_VAULT}),
    assigned(scope=None, properties={"scope": "[resourceGroup().id]"}),
]  # fmt: skip


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_an_assignment_in_any_spelling_reaches_the_vault(assignment):
    found = access(template(vault(), assignment))
    assert can(found, ALICE) == ["direct"]
    assert can(found, ALICE, "secrets/set") == ["none"]
    assert [gap for gap in found.snapshot.gaps if gap.need != "principals"] == []


@pytest.mark.parametrize(
    "child",
    [
        {"type": "providers/roleAssignments", "name": "[concat('Microsoft.Authorization/', guid('x'))]"},
        {"type": "Microsoft.Authorization/roleAssignments", "name": "[guid('x')]"},
    ],
)
def test_an_assignment_inside_its_vault(child):
    inside = assigned(scope=None) | child
    assert can(access(template(vault(resources=[inside]))), ALICE) == ["direct"]


def test_an_assignment_on_one_secret():
    one = "[resourceId('Microsoft.KeyVault/vaults/secrets', 'kv-app', 'one')]"
    (assignment,) = read(template(vault(), assigned(scope=one))).role_assignments
    assert assignment.scope == f"{VAULT}/secrets/one"


def test_an_assignment_elsewhere_gives_nothing_here():
    elsewhere = "[resourceId('Microsoft.Storage/storageAccounts', 'store')]"
    assert can(access(template(vault(), assigned(), assigned(BOB, scope=elsewhere))), BOB) == ["none"]


def test_policies_of_the_vault_and_apart_from_it():
    document = template(
        vault(rbac=False, properties={"accessPolicies": [policy(ALICE)]}),
        {"type": "Microsoft.KeyVault/vaults/accessPolicies", "apiVersion": "2023-07-01", "name": "kv-app/add",
         "properties": {"accessPolicies": [policy(BOB, "list")]}},
    )  # fmt: skip
    found = access(document)
    assert (can(found, ALICE), can(found, BOB, "secrets/list")) == (["direct"], ["direct"])
    pointers = [entry.origins[0].pointer for entry in found.vaults[0].policies]
    assert pointers == ["/resources/0/properties/accessPolicies/0", "/resources/1/properties/accessPolicies/0"]


@pytest.mark.parametrize(
    ("kind", "alice", "bob"), [("add", "direct", "direct"), ("replace", "none", "direct"), ("remove", "none", "none")]
)
def test_semantics_7_8_kinds_of_policy_changes(kind, alice, bob):
    changed = [policy(BOB)] if kind != "remove" else [policy(ALICE)]
    inside = {"type": "accessPolicies", "apiVersion": "2023-07-01", "name": kind,
              "properties": {"accessPolicies": changed}}  # fmt: skip
    document = template(
        vault(rbac=False, properties={"accessPolicies": [policy(ALICE)]}, resources=[inside]),
        assigned(BOB, scope="[resourceId('Microsoft.Storage/storageAccounts', 'x')]"),
        assigned(ALICE, scope="[resourceId('Microsoft.Storage/storageAccounts', 'x')]"),
    )
    found = access(document)
    assert (can(found, ALICE), can(found, BOB)) == ([alice], [bob])


@pytest.mark.parametrize("kinds", [("add", "replace"), ("replace", "add"), ("add", "remove"), ("remove", "add")])
def test_what_is_added_stays_wherever_what_is_replaced_or_removed_stands(kinds):
    listed = {"add": [policy(BOB)], "replace": [policy(ALICE, "list")], "remove": [policy(ALICE), policy(BOB)]}
    apart = [
        {"type": "Microsoft.KeyVault/vaults/accessPolicies", "apiVersion": "2023-07-01", "name": f"kv-app/{kind}",
         "properties": {"accessPolicies": listed[kind]}}
        for kind in kinds
    ]  # fmt: skip
    found = access(template(vault(rbac=False, properties={"accessPolicies": [policy(ALICE)]}), *apart))
    assert (can(found, ALICE), can(found, BOB)) == (["none"], ["direct"])


def test_a_removal_under_an_open_condition_takes_nothing_away():
    removal = {"type": "accessPolicies", "name": "remove", "condition": "[parameters('open')]",
               "properties": {"accessPolicies": [policy(ALICE)]}}  # fmt: skip
    document = template(vault(rbac=False, properties={"accessPolicies": [policy(ALICE)]}, resources=[removal]),
                        parameters={"open": {"type": "bool"}})  # fmt: skip
    assert can(access(document), ALICE) == ["direct"]


def test_policies_of_a_vault_that_exists_are_seen_and_its_model_is_not_known():
    added = {"type": "Microsoft.KeyVault/vaults/accessPolicies", "name": "kv-old/add", "apiVersion": "2023-07-01",
             "properties": {"accessPolicies": [policy(ALICE)]}}  # fmt: skip
    found = access(template(added))
    assert holders(found) == {ALICE: "unknown"}
    assert any(gap.need == "vaults" for gap in found.gaps)


def test_a_role_on_a_vault_that_exists_is_seen():
    found = access(template(assigned(scope="[resourceId('Microsoft.KeyVault/vaults', 'kv-old')]")))
    assert holders(found) == {ALICE: "unknown"}
    assert {gap.need for gap in found.gaps} >= {"vaults", "roleAssignments"}


def test_semantics_2_2_an_entry_of_another_tenant_gives_nothing_and_one_that_is_not_known_may():
    other = policy(ALICE) | {"tenantId": "11111111-1111-4111-8111-111111111111"}
    known = vault(rbac=False, properties={"tenantId": TENANT_ID, "accessPolicies": [other, policy(BOB)]})
    found = access(template(known))
    assert holders(found) == {BOB: "direct"}
    open_tenant = vault(rbac=False, properties={"accessPolicies": [other]})
    assert holders(access(template(open_tenant))) == {ALICE: "direct"}


def test_the_identity_of_a_resource_meets_its_assignment():
    app = {"type": "Microsoft.Web/sites", "apiVersion": "2023-12-01", "name": "app", "location": "westeurope",
           "identity": {"type": "SystemAssigned"}}  # fmt: skip
    by_id = "[reference(resourceId('Microsoft.Web/sites', 'app'), '2023-12-01', 'Full').identity.principalId]"
    found = access(template(vault(), app, assigned(by_id)))
    assert holders(found) == {"app": "direct"}
    (resource,) = [each for each in found.snapshot.resources if each.principal]
    assert resource.principal == found.snapshot.role_assignments[0].principal


@pytest.mark.parametrize(
    "principal",
    [
        "[reference(resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', 'id-web')).principalId]",
        "[reference('id-web').principalId]",
        "[reference('Microsoft.ManagedIdentity/userAssignedIdentities/id-web', '2023-01-31', 'full').properties.principalId]",
        "[reference(resourceId('Microsoft.Web/sites', 'app'), '2023-12-01', 'full').identity.userAssignedIdentities[resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', 'id-web')].principalId]",
    ],
)
def test_a_user_assigned_identity_meets_its_assignment(principal):
    identity = {
        "type": "Microsoft.ManagedIdentity/userAssignedIdentities",
        "apiVersion": "2023-01-31",
        "name": "id-web",
    }
    app = {"type": "Microsoft.Web/sites", "apiVersion": "2023-12-01", "name": "app", "identity": {
        "type": "UserAssigned",
        "userAssignedIdentities": {"[resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', 'id-web')]": {}}}}  # fmt: skip
    found = access(template(identity, app, vault(), assigned(principal)))
    assert holders(found) == {"id-web": "direct"}
    site = next(each for each in found.snapshot.resources if each.id.endswith("/app"))
    assert site.attached == (f"{HERE}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-web".lower(),)


def test_a_false_condition_removes_and_an_open_one_is_kept_as_conditional():
    document = template(
        vault(),
        assigned(ALICE, condition="[equals('a', 'b')]"),
        assigned(BOB, condition="[parameters('on')]"),
        parameters={"on": {"type": "bool"}},
    )
    found = access(document)
    assert holders(found) == {BOB: "conditional"}
    (grant,) = [each for each in found.grants if each.principal == BOB and each.plane == "data"]
    assert "declared only if [parameters('on')], which is not known before deployment" in grant.reason
    assert "parameters('on')" in [each.text for each in found.snapshot.unresolved]


def test_a_policy_under_an_open_condition_is_conditional():
    added = {"type": "Microsoft.KeyVault/vaults/accessPolicies", "name": "kv-app/add", "condition": "[parameters('on')]",
             "properties": {"accessPolicies": [policy(ALICE)]}}  # fmt: skip
    document = template(vault(rbac=False), added, parameters={"on": {"type": "bool"}})
    assert holders(access(document)) == {ALICE: "conditional"}


def test_loops_over_parameters_and_their_round():
    document = template(
        vault(),
        assigned("[parameters('who')[copyIndex('roles')].id]", name="[guid(parameters('who')[copyIndex()].id)]",
                 copy={"name": "roles", "count": "[length(parameters('who'))]"}),
        parameters={"who": {"type": "array", "defaultValue": [{"id": ALICE}, {"id": BOB}]}},
    )  # fmt: skip
    assert holders(access(document)) == {ALICE: "direct", BOB: "direct"}


def test_a_loop_of_a_length_that_is_not_known_is_kept_once_as_conditional():
    document = template(
        vault(),
        assigned("[parameters('who')[copyIndex()]]", copy={"name": "roles", "count": "[length(parameters('who'))]"}),
        parameters={"who": {"type": "array"}},
    )
    assert holders(access(document)) == {"[parameters('who')[copyindex()]]": "conditional"}


def test_loops_of_properties_make_policies():
    loop = {"name": "accessPolicies", "count": 2, "input": policy("[variables('ids')[copyIndex('accessPolicies')]]")}
    document = template(vault(rbac=False, properties={"copy": [loop]}), variables={"ids": [ALICE, BOB]})
    assert holders(access(document)) == {ALICE: "direct", BOB: "direct"}


@pytest.mark.parametrize("kind", ["Microsoft.KeyVault/vaults/", "/microsoft.keyvault/VAULTS"])
def test_a_slash_at_the_edge_of_a_type_hides_no_vault(kind):
    assert [each.name for each in read(template(vault("kv-a") | {"type": kind})).vaults] == ["kv-a"]


def test_loops_of_vaults():
    many = vault("[format('kv-{0}', copyIndex(1))]", copy={"name": "vaults", "count": 3})
    assert [each.name for each in read(template(many)).vaults] == ["kv-1", "kv-2", "kv-3"]


def test_secrets_and_keys_are_seen_by_their_attributes_never_by_their_value():
    secret = {"type": "secrets", "apiVersion": "2023-07-01", "name": "one",
              "properties": {"value": "hunter2", "attributes": {"enabled": True, "exp": 1830000000}}}  # fmt: skip
    key = {"type": "Microsoft.KeyVault/vaults/keys", "name": "kv-app/sign", "properties": {"kty": "RSA"}}
    snapshot = read(template(vault(resources=[secret]), key))
    assert [(each.type, each.name) for each in snapshot.vault_objects] == [("keys", "sign"), ("secrets", "one")]
    assert snapshot.vault_objects[1].attributes == {"enabled": True, "exp": 1830000000}
    assert "hunter2" not in repr(snapshot)


LOGS = {"workspaceId": "[resourceId('Microsoft.OperationalInsights/workspaces', 'log')]",
        "logs": [{"categoryGroup": "audit", "enabled": True}]}  # fmt: skip


@pytest.mark.parametrize(
    "setting",
    [
        {"type": "Microsoft.Insights/diagnosticSettings", "scope": ON_VAULT, "name": "audit"},
        {"type": "Microsoft.KeyVault/vaults/providers/diagnosticSettings", "name": "kv-app/Microsoft.Insights/audit"},
    ],
)
def test_diagnostic_settings_in_both_spellings(setting):
    found = access(template(vault(), setting | {"apiVersion": "2021-05-01-preview", "properties": LOGS}))
    (diagnostic,) = found.diagnostics(0)
    assert diagnostic.logs_audit_events is True


def test_diagnostic_settings_inside_the_vault():
    inside = {"type": "providers/diagnosticSettings", "name": "Microsoft.Insights/audit", "properties": LOGS}
    assert len(access(template(vault(resources=[inside]))).diagnostics(0)) == 1


def test_no_diagnostic_settings_are_none_and_open_ones_are_a_gap():
    assert access(template(vault())).known("diagnosticSettings", 0) is True
    maybe = {"type": "Microsoft.Insights/diagnosticSettings", "scope": ON_VAULT, "name": "audit", "properties": LOGS,
             "condition": "[parameters('on')]"}  # fmt: skip
    found = access(template(vault(), maybe, parameters={"on": {"type": "bool"}}))
    assert (found.diagnostics(0), found.known("diagnosticSettings", 0)) == ((), False)


@pytest.mark.parametrize(
    "lock",
    [
        {"type": "Microsoft.Authorization/locks", "scope": ON_VAULT, "name": "keep"},
        {"type": "Microsoft.KeyVault/vaults/providers/locks", "name": "kv-app/Microsoft.Authorization/keep"},
        {"type": "Microsoft.Authorization/locks", "name": "keep"},
    ],
)
def test_locks_in_both_spellings_and_on_the_group(lock):
    found = access(template(vault(), lock | {"properties": {"level": "CanNotDelete"}}))
    assert [each.level for each in found.locks(0)] == ["CanNotDelete"]


@pytest.mark.parametrize(
    ("field", "status"),
    [("privateLinkServiceConnections", "Approved"), ("manualPrivateLinkServiceConnections", "Pending")],
)
def test_private_endpoints_to_a_vault(field, status):
    connection = {"name": "vault", "properties": {"privateLinkServiceId": ON_VAULT, "groupIds": ["vault"]}}
    endpoint = {"type": "Microsoft.Network/privateEndpoints", "apiVersion": "2023-11-01", "name": "pe-kv",
                "properties": {"subnet": {"id": "x"}, field: [connection]}}  # fmt: skip
    (found,) = read(template(vault(), endpoint)).vaults
    assert [(each.id.rpartition("/")[2], each.status) for each in found.private_endpoints] == [("pe-kv", status)]


@pytest.mark.parametrize(
    "properties",
    [
        {"privateLinkServiceConnections": "[parameters('connections')]"},
        "[createObject('privateLinkServiceConnections', parameters('connections'))]",
        {"copy": [{"name": "privateLinkServiceConnections", "count": 1, "input": "[parameters('connections')[0]]"}]},
    ],
)
def test_private_endpoints_whose_connections_an_expression_makes(properties):
    connection = {"name": "vault", "properties": {"privateLinkServiceId": ON_VAULT, "groupIds": ["vault"]}}
    endpoint = {"type": "Microsoft.Network/privateEndpoints", "apiVersion": "2023-11-01", "name": "pe-kv",
                "properties": properties}  # fmt: skip
    given = {"connections": {"type": "array", "defaultValue": [connection]}}
    (found,) = read(template(vault(), endpoint, parameters=given)).vaults
    assert [each.status for each in found.private_endpoints] == ["Approved"]


def test_custom_roles_and_assignments_to_them():
    definition = {"type": "Microsoft.Authorization/roleDefinitions", "apiVersion": "2022-04-01",
                  "name": "[guid(subscription().id, 'reader')]",
                  "properties": {"roleName": "Secret reader", "type": "customRole", "assignableScopes": ["[subscription().id]"],
                                 "permissions": [{"actions": [], "dataActions": [
                                     "Microsoft.KeyVault/vaults/secrets/getSecret/action"]}]}}  # fmt: skip
    custom = "[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guid(subscription().id, 'reader'))]"
    found = access(template(vault(), definition, assigned(properties={"roleDefinitionId": custom})))
    assert can(found, ALICE) == ["direct"]


def test_a_role_that_is_not_known_may_give_anything():
    document = template(vault(), assigned(properties={"roleDefinitionId": "[parameters('role')]"}),
                        parameters={"role": {"type": "string"}})  # fmt: skip
    found = access(document)
    assert can(found, ALICE) == ["unknown"]
    assert any(gap.need == "roleDefinitions" for gap in found.gaps)


def pim(kind, **properties):
    base = {"principalId": ALICE, "roleDefinitionId": role(), "requestType": "AdminAssign", "scheduleInfo": {
        "startDateTime": "2026-01-01T00:00:00Z", "expiration": {"type": "AfterDateTime", "endDateTime": "2027-01-01T00:00:00Z"}}}  # fmt: skip
    return {"type": f"Microsoft.Authorization/{kind}", "apiVersion": "2022-04-01-preview", "name": "[newGuid()]",
            "scope": ON_VAULT, "properties": {**base, **properties}}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "verdict"), [("roleEligibilityScheduleRequests", "eligible"), ("roleAssignmentScheduleRequests", "direct")]
)
def test_requests_of_pim_are_what_they_make(kind, verdict):
    assert holders(access(template(vault(), pim(kind)))) == {ALICE: verdict}
    assert holders(access(template(vault(), pim(kind, requestType="AdminRemove")))) == {}


def test_an_assignment_whose_condition_is_not_known_whole_is_conditional():
    text = "[format('((!(ActionMatches{{''Microsoft.KeyVault/vaults/secrets/getSecret/action''}})) OR (@Resource[Microsoft.KeyVault/vaults/secrets:name] StringEquals ''{0}''))', parameters('secret'))]"
    document = template(vault(), assigned(properties={"condition": text, "conditionVersion": "2.0"}),
                        parameters={"secret": {"type": "string"}})  # fmt: skip
    assert can(access(document), ALICE) == ["conditional"]


@pytest.mark.parametrize(
    "scope", ["[parameters('where')]", "[concat(parameters('where'), '/providers/Microsoft.KeyVault/vaults/kv-app')]"]
)
def test_an_assignment_at_a_scope_that_is_not_known_leaves_every_vault_open(scope):
    found = access(template(vault(), assigned(scope=scope), parameters={"where": {"type": "string"}}))
    assert found.known("roleAssignments", 0) is False
    assert any(gap.need == "roleAssignments" and gap.origins for gap in found.snapshot.gaps)


def test_an_assignment_at_a_group_that_may_be_this_one_leaves_the_vault_open():
    scope = "[subscriptionResourceId('Microsoft.Resources/resourceGroups', parameters('group'))]"
    document = template(vault(), assigned(scope=scope), parameters={"group": {"type": "string"}})
    assert access(document).known("roleAssignments", 0) is False


def test_a_managed_hsm_is_recognised():
    hsm = {"type": "Microsoft.KeyVault/managedHSMs", "apiVersion": "2023-07-01", "name": "hsm", "properties": {}}
    assert rows_of(template(hsm, vault()))["managed HSMs"] == 1


def test_symbolic_names_and_resources_that_exist():
    document = template(
        {
            "old": {"existing": True, "type": "Microsoft.KeyVault/vaults", "apiVersion": "2023-07-01", "name": "kv-old",
                    "resourceGroup": "rg-shared"},
            "id": {"type": "Microsoft.ManagedIdentity/userAssignedIdentities", "apiVersion": "2023-01-31", "name": "id-web"},
            "vault": vault(),
            "secret": {"type": "Microsoft.KeyVault/vaults/secrets", "apiVersion": "2023-07-01",
                       "name": "[format('{0}/{1}', 'kv-app', 'db')]", "properties": {"value": "[parameters('p')]"}},
            "role": assigned("[reference('id').principalId]", scope="[resourceInfo('vault').id]"),
            "onOld": assigned(ALICE, scope="[resourceInfo('old').id]"),
        },
        symbolic=True,
        parameters={"p": {"type": "securestring"}},
    )  # fmt: skip
    found = access(document)
    assert holders(found, vault_name="kv-app") == {"id-web": "direct"}
    assert holders(found, vault_name="kv-old") == {ALICE: "unknown"}
    assert found.snapshot.vault_objects[0].name == "db"


def test_a_subscription_template_assigns_at_the_subscription():
    document = template(
        {"type": "Microsoft.Resources/resourceGroups", "apiVersion": "2024-03-01", "name": "rg-kv", "location": "x"},
        assigned(scope=None),
        {"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "kv", "resourceGroup": "rg-kv",
         "properties": {"mode": "Incremental", "template": template(vault())}},
        schema=SUBSCRIPTION_SCHEMA,
    )  # fmt: skip
    found = access(document)
    assert (
        found.vaults[0].id
        == "/subscriptions/{subscription}/resourceGroups/rg-kv/providers/Microsoft.KeyVault/vaults/kv-app"
    )
    assert can(found, ALICE) == ["direct"]


def test_an_assignment_at_a_management_group_may_cover_the_vault():
    document = template(
        assigned(scope=None, properties={"roleDefinitionId": f"[tenantResourceId('Microsoft.Authorization/roleDefinitions', '{SECRETS_USER}')]"}),
        {"type": "Microsoft.Resources/deployments", "name": "kv", "subscriptionId": "2c63888f-28f0-4481-be6d-dce7a7ace732",
         "resourceGroup": "rg", "properties": {"template": template(vault())}},
        schema=GROUP_SCHEMA,
    )  # fmt: skip
    assert can(access(document), ALICE) == ["unknown"]


def test_a_world_that_is_closed():
    found = access(template(vault(), assigned(ALICE)))
    assert {gap.need for gap in found.gaps} == set()
    assert holders(found, "secrets/set") == {}
    assert SECRETS_OFFICER not in repr(found.snapshot.role_assignments)


@pytest.mark.parametrize("mode", ["recover", "[if(parameters('again'), 'recover', 'default')]", "[parameters('mode')]"])
def test_a_vault_that_is_recovered_keeps_policies_nobody_sees(mode):
    given = {"again": {"type": "bool"}, "mode": {"type": "string"}}
    snapshot = read(template(vault(rbac=False, properties={"createMode": mode}), parameters=given))
    assert snapshot.vaults[0].policies is None
    assert any(gap.need == "vaults" for gap in snapshot.gaps)


def test_a_vault_and_its_assignment_meet_though_the_name_is_not_known():
    scope = "[format('Microsoft.KeyVault/vaults/{0}', format('kv-{0}', parameters('env')))]"
    document = template(vault("[format('kv-{0}', parameters('env'))]"), assigned(scope=scope),
                        parameters={"env": {"type": "string"}})  # fmt: skip
    found = access(document)
    assert holders(found) == {ALICE: "direct"}
    assert found.gaps == ()
