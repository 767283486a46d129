"""Plans of the kind people publish, and who holds what when they are applied."""

from __future__ import annotations

import json

import pytest

from tests.sources.made import SECRETS_USER, read
from tests.sources.terraform.made import (
    ALICE,
    BOB,
    DEPLOYER,
    GROUP,
    LOGGED_IN,
    SUB,
    TENANT,
    UNKNOWN,
    access,
    plan,
    policy,
    refs,
    resource,
    role,
    vault,
    verdict,
)


def test_a_web_app_reads_secrets_with_its_own_identity():
    document = plan(
        GROUP,
        vault(rbac_authorization_enabled=False, resource_group_name="rg-app"),
        resource(
            "azurerm_linux_web_app.shop",
            {
                "name": "app-shop",
                "resource_group_name": "rg-app",
                "location": "westeurope",
                "identity": [{"type": "SystemAssigned", "identity_ids": None}],
                "id": UNKNOWN,
            },
            identity=[{"type": {"constant_value": "SystemAssigned"}}],
        ),
        policy(
            "azurerm_key_vault_access_policy.shop",
            vault_id=refs("azurerm_key_vault.main.id"),
            principal=refs("azurerm_linux_web_app.shop.identity[0].principal_id"),
        ),
        policy(
            "azurerm_key_vault_access_policy.deployer",
            vault_id=refs("azurerm_key_vault.main.id"),
            principal=DEPLOYER,
            secret_permissions=["Get", "Set", "Purge"],
        ),
        prior=(LOGGED_IN,),
    )
    held = access(document)
    app = "azurerm_linux_web_app.shop.identity[0].principal_id"
    assert verdict(held, app, "secrets/get", "kv-main") == "direct"
    assert verdict(held, app, "secrets/set", "kv-main") == "none"
    assert verdict(held, DEPLOYER, "secrets/purge", "kv-main") == "direct"
    assert held.directory.name(DEPLOYER) == "data.azurerm_client_config.current"
    (machine,) = held.snapshot.resources
    assert (machine.type, machine.principal) == ("Microsoft.Web/sites", app)
    assert machine.id == f"/subscriptions/{SUB}/resourcegroups/rg-app/providers/microsoft.web/sites/app-shop"


def test_an_identity_of_its_own_gets_a_role_on_the_vault():
    identity = resource(
        "azurerm_user_assigned_identity.web",
        {"name": "id-web", "resource_group_name": "rg-app", "location": "westeurope", "id": UNKNOWN},
    )
    machine = resource(
        "azurerm_linux_virtual_machine.web",
        {
            "name": "vm-web",
            "resource_group_name": "rg-app",
            "identity": [{"type": "UserAssigned"}],
            "admin_password": "hunter2",
            "id": UNKNOWN,
        },
        identity=[{"identity_ids": refs("azurerm_user_assigned_identity.web.id")}],
    )
    document = plan(
        vault(),
        identity,
        machine,
        role(
            "azurerm_role_assignment.web",
            "Key Vault Secrets User",
            scope=refs("azurerm_key_vault.main.id"),
            principal=refs("azurerm_user_assigned_identity.web.principal_id"),
        ),
        prior=(LOGGED_IN,),
    )
    held = access(document)
    assert verdict(held, "azurerm_user_assigned_identity.web.principal_id", "secrets/get", "kv-main") == "direct"
    assert held.directory.name("azurerm_user_assigned_identity.web.principal_id") == "id-web"
    attached, own = held.snapshot.resources
    assert own.principal == "azurerm_user_assigned_identity.web.principal_id"
    assert attached.attached == (own.id,)
    assert attached.principal is None


@pytest.mark.parametrize(("rg", "expected"), [("rg-app", "direct"), ("rg-other", "none")])
def test_a_role_on_a_resource_group_reaches_the_vaults_in_it(rg, expected):
    document = plan(
        GROUP,
        vault(resource_group_name=rg),
        role(
            "azurerm_role_assignment.team",
            "Key Vault Secrets Officer",
            scope=refs("azurerm_resource_group.app.id"),
            principal=ALICE,
        ),
        prior=(LOGGED_IN,),
    )
    assert verdict(document, ALICE, "secrets/set", "kv-main") == expected


@pytest.mark.parametrize("scope", ["data.azurerm_subscription.current.id", "data.azurerm_subscription.primary.id"])
def test_a_role_on_the_subscription_reaches_every_vault(scope):
    lookup = resource("data.azurerm_subscription.current", {"id": f"/subscriptions/{SUB}", "subscription_id": SUB})
    document = plan(
        vault(),
        role("azurerm_role_assignment.ops", "Owner", scope=refs(scope), principal=ALICE),
        prior=(lookup, LOGGED_IN),
    )
    assert verdict(document, ALICE, "keyvault/vaults/write", "kv-main") == "direct"


def test_a_role_on_a_subscription_that_nobody_names_reaches_the_vault():
    document = plan(
        vault(),
        role(
            "azurerm_role_assignment.ops",
            "Owner",
            scope=refs("data.azurerm_subscription.current.id"),
            principal=ALICE,
        ),
    )
    assert verdict(document, ALICE, "keyvault/vaults/write", "kv-main") == "direct"


def test_the_vault_of_a_module_is_found_through_its_output():
    document = plan(
        vault("module.kv.azurerm_key_vault.this"),
        role(
            "azurerm_role_assignment.web",
            "Key Vault Secrets User",
            scope=refs("module.kv.vault_id"),
            principal=ALICE,
        ),
        modules={"module.kv": {"outputs": {"vault_id": refs("azurerm_key_vault.this.id")}}},
        prior=(LOGGED_IN,),
    )
    assert verdict(document, ALICE, "secrets/get", "kv-this") == "direct"


def test_a_principal_is_handed_down_through_modules_to_a_policy():
    """root identity → variable of module.env → variable of its module.kv → the policy inside."""
    calls = {
        "module.env": {"expressions": {"reader": refs("azurerm_user_assigned_identity.web.principal_id")}},
        "module.env.module.kv": {"expressions": {"object_id": refs("var.reader")}},
    }
    inner = 'module.env["prod"].module.kv[0]'
    document = plan(
        resource("azurerm_user_assigned_identity.web", {"name": "id-web", "resource_group_name": "rg-app"}),
        vault(f"{inner}.azurerm_key_vault.this", name="kv-prod", rbac_authorization_enabled=False),
        policy(
            f"{inner}.azurerm_key_vault_access_policy.reader",
            vault_id=refs("azurerm_key_vault.this.id"),
            principal=refs("var.object_id"),
        ),
        modules=calls,
        prior=(LOGGED_IN,),
    )
    assert verdict(document, "azurerm_user_assigned_identity.web.principal_id", "secrets/list", "kv-prod") == "direct"


def test_instances_of_a_loop_find_those_of_the_same_key():
    names = ("orders", "payroll")
    document = plan(
        *(vault(f'azurerm_key_vault.this["{name}"]', name=f"kv-{name}") for name in names),
        *(
            resource(f'azurerm_user_assigned_identity.app["{name}"]', {"name": f"id-{name}", "id": UNKNOWN})
            for name in names
        ),
        *(
            role(
                f'azurerm_role_assignment.app["{name}"]',
                "Key Vault Secrets User",
                scope=refs("azurerm_key_vault.this", "each.key"),
                principal=refs("azurerm_user_assigned_identity.app", "each.key"),
            )
            for name in names
        ),
        prior=(LOGGED_IN,),
    )
    held = access(document)
    for name in names:
        principal = f'azurerm_user_assigned_identity.app["{name}"].principal_id'
        others = [verdict(held, principal, "secrets/get", f"kv-{other}") for other in names]
        assert others == ["direct" if other == name else "none" for other in names]


@pytest.mark.parametrize("there", [True, False])
def test_what_a_condition_leaves_out_is_not_there(there):
    """count = var.enabled ? 1 : 0, for the vault's role; the vault itself is an instance of a count as well."""
    assignment = role(
        "azurerm_role_assignment.reader[0]",
        "Key Vault Reader",
        scope=refs("azurerm_key_vault.main[0].id"),
        principal=ALICE,
    )
    document = plan(
        vault("azurerm_key_vault.main[0]", name="kv-main"), *((assignment,) if there else ()), prior=(LOGGED_IN,)
    )
    assert verdict(document, ALICE, "secrets/list", "kv-main") == ("direct" if there else "none")


def test_a_cluster_reads_secrets_with_the_identity_of_its_driver():
    driver = "azurerm_kubernetes_cluster.aks.key_vault_secrets_provider[0].secret_identity[0].object_id"
    document = plan(
        vault(rbac_authorization_enabled=False),
        resource(
            "azurerm_kubernetes_cluster.aks",
            {
                "name": "aks",
                "resource_group_name": "rg-app",
                "identity": [{"type": "SystemAssigned"}],
                "key_vault_secrets_provider": [{"secret_rotation_enabled": True}],
                "id": UNKNOWN,
            },
            identity=[{"type": {"constant_value": "SystemAssigned"}}],
        ),
        policy(
            "azurerm_key_vault_access_policy.aks",
            vault_id=refs("azurerm_key_vault.main.id"),
            principal=refs(driver),
        ),
        prior=(LOGGED_IN,),
    )
    held = access(document)
    assert verdict(held, driver, "secrets/get", "kv-main") == "direct"
    assert held.directory.type_of(driver) == "ServicePrincipal"
    assert held.snapshot.resources[-1].type == "Microsoft.ContainerService/managedClusters"


def test_a_custom_role_declared_beside_its_assignment():
    document = plan(
        vault(),
        resource(
            "azurerm_role_definition.rotator",
            {
                "name": "Secret Rotator",
                "scope": f"/subscriptions/{SUB}",
                "permissions": [
                    {
                        "actions": [],
                        "not_actions": [],
                        "data_actions": ["Microsoft.KeyVault/vaults/secrets/setSecret/action"],
                        "not_data_actions": [],
                    }
                ],
                "role_definition_id": UNKNOWN,
                "role_definition_resource_id": UNKNOWN,
                "id": UNKNOWN,
            },
        ),
        resource(
            "azurerm_role_assignment.rotator",
            {"principal_id": ALICE, "condition": None},
            scope=refs("azurerm_key_vault.main.id"),
            role_definition_id=refs("azurerm_role_definition.rotator.role_definition_resource_id"),
        ),
        resource(
            "azurerm_role_assignment.by_name",
            {"principal_id": BOB, "role_definition_name": "Secret Rotator", "condition": None},
            scope=refs("azurerm_key_vault.main.id"),
        ),
    )
    held = access(document)
    assert verdict(held, ALICE, "secrets/set", "kv-main") == "direct"
    assert verdict(held, BOB, "secrets/set", "kv-main") == "direct"
    assert verdict(held, ALICE, "secrets/get", "kv-main") == "none"


@pytest.mark.parametrize("attribute", ["resource_manager_id", "resource_manager_versionless_id"])
def test_a_role_on_one_certificate_is_for_that_certificate(attribute):
    certificate = resource(
        "azurerm_key_vault_certificate.tls",
        {"name": "tls", "id": UNKNOWN},
        key_vault_id=refs("azurerm_key_vault.main.id"),
    )
    scope = refs(f"azurerm_key_vault_certificate.tls.{attribute}")
    given = role("azurerm_role_assignment.r", "Key Vault Certificate User", scope=scope, principal=BOB)
    held = access(plan(GROUP, vault(), certificate, given, prior=(LOGGED_IN,)))
    assert verdict(held, BOB, "certificates/get", "kv-main") == "direct"
    assert held.snapshot.role_assignments[0].scope.endswith("/vaults/kv-main/certificates/tls")


def test_a_role_that_is_put_together_of_subscription_and_lookup_is_that_role():
    given = role("azurerm_role_assignment.r", "", scope=refs("azurerm_key_vault.main.id"), principal=BOB)
    given["expressions"] = {
        "scope": refs("azurerm_key_vault.main.id"),
        "role_definition_id": refs("data.azurerm_subscription.main.id", "data.azurerm_role_definition.user.id"),
    }
    lookup = resource("data.azurerm_role_definition.user", {"name": "Key Vault Secrets User", "id": UNKNOWN})
    document = plan(GROUP, vault(), lookup, given, prior=(LOGGED_IN,))
    assert verdict(document, BOB, "secrets/get", "kv-main") == "direct"


def test_the_id_that_terraform_has_for_a_role_ends_where_its_scope_begins():
    secrets_user = f"/subscriptions/{SUB}/providers/Microsoft.Authorization/roleDefinitions/{SECRETS_USER}"
    given = role(
        "azurerm_role_assignment.r",
        "",
        scope=refs("azurerm_key_vault.main.id"),
        principal=BOB,
        role_definition_id=f"{secrets_user}|/subscriptions/{SUB}",
    )
    assert verdict(plan(GROUP, vault(), given, prior=(LOGGED_IN,)), BOB, "secrets/get", "kv-main") == "direct"


def test_a_role_is_found_through_a_lookup_that_waits_for_the_apply():
    document = plan(
        vault(),
        resource("data.azurerm_role_definition.kv", {"name": "Key Vault Crypto User", "id": UNKNOWN}),
        resource(
            "azurerm_role_assignment.crypto",
            {"principal_id": ALICE, "condition": None},
            scope=refs("azurerm_key_vault.main.id"),
            role_definition_id=refs("data.azurerm_role_definition.kv.id"),
        ),
    )
    assert verdict(document, ALICE, "keys/encrypt", "kv-main") == "direct"


@pytest.mark.parametrize(
    ("version", "says", "expected"),
    [
        ("2023-07-01", None, "direct"),
        ("2026-02-01", None, "latent"),
        ("2026-03-01-preview", None, "latent"),
        ("2026-02-01", False, "direct"),
        ("2023-07-01", True, "latent"),
    ],
)
@pytest.mark.parametrize("as_text", [False, True])
def test_azapi_bodies_are_read_and_the_version_decides_what_they_leave_out(version, says, expected, as_text):
    entry = {"tenantId": TENANT, "objectId": ALICE, "permissions": {"secrets": ["get"]}}
    properties = {"tenantId": TENANT, "accessPolicies": [entry]}
    if says is not None:
        properties["enableRbacAuthorization"] = says
    body = {"properties": properties}
    document = plan(
        resource(
            "azapi_resource.vault",
            {
                "type": f"Microsoft.KeyVault/vaults@{version}",
                "name": "kv-main",
                "parent_id": f"/subscriptions/{SUB}/resourceGroups/rg-app",
                "body": json.dumps(body) if as_text else body,
                "id": UNKNOWN,
            },
        )
    )
    assert verdict(document, ALICE, "secrets/get", "kv-main") == expected


def test_azapi_assigns_a_role_to_an_identity_by_reference():
    document = plan(
        vault(),
        resource("azurerm_user_assigned_identity.web", {"name": "id-web", "resource_group_name": "rg-app"}),
        resource(
            "azapi_resource.role",
            {
                "type": "Microsoft.Authorization/roleAssignments@2022-04-01",
                "name": "5f1f2b1e-4f5e-4e0b-9a3d-111111111111",
                "body": {
                    "properties": {
                        "roleDefinitionId": f"/subscriptions/{SUB}/providers/Microsoft.Authorization/roleDefinitions/"
                        "4633458b-17de-408a-b874-0445c86b69e6"
                    }
                },
                "parent_id": UNKNOWN,
            },
            parent_id=refs("azurerm_key_vault.main.id"),
            body=refs("azurerm_user_assigned_identity.web.principal_id"),
        ),
    )
    assert verdict(document, "azurerm_user_assigned_identity.web.principal_id", "secrets/get", "kv-main") == "direct"


def test_groups_bring_their_members():
    document = plan(
        vault(),
        resource("azuread_group.team", {"display_name": "team", "members": None, "object_id": UNKNOWN}),
        resource("azuread_group.known", {"display_name": "known", "members": [BOB], "object_id": UNKNOWN}),
        resource(
            "azuread_group_member.alice",
            {"member_object_id": ALICE},
            group_object_id=refs("azuread_group.team.object_id"),
        ),
        role(
            "azurerm_role_assignment.team",
            "Key Vault Secrets User",
            scope=refs("azurerm_key_vault.main.id"),
            principal=refs("azuread_group.team.object_id"),
        ),
        role(
            "azurerm_role_assignment.known",
            "Key Vault Crypto User",
            scope=refs("azurerm_key_vault.main.id"),
            principal=refs("azuread_group.known.id"),
        ),
    )
    held = access(document)
    assert verdict(held, ALICE, "secrets/get", "kv-main") == "direct"
    assert verdict(held, BOB, "secrets/get", "kv-main") == "none"
    assert verdict(held, BOB, "keys/sign", "kv-main") == "direct"
    assert held.gaps == ()


def test_members_that_are_not_known_yet_leave_it_open_who_else_is_in_a_group():
    document = plan(
        vault(),
        resource("azuread_user.new", {"user_principal_name": "new@contoso.example", "object_id": UNKNOWN}),
        resource(
            "azuread_group.team", {"display_name": "team"}, members=refs("azuread_user.new.object_id", "var.more")
        ),
        role(
            "azurerm_role_assignment.team",
            "Key Vault Secrets User",
            scope=refs("azurerm_key_vault.main.id"),
            principal=refs("azuread_group.team.object_id"),
        ),
    )
    held = access(document)
    assert verdict(held, "azuread_user.new.object_id", "secrets/get", "kv-main") == "direct"
    assert verdict(held, ALICE, "secrets/get", "kv-main") == "unknown"


def test_the_object_id_of_an_application_serves_nobody():
    document = plan(
        vault(rbac_authorization_enabled=False),
        resource("azuread_application.shop", {"display_name": "shop", "object_id": UNKNOWN, "client_id": UNKNOWN}),
        resource(
            "azuread_service_principal.shop",
            {"display_name": "shop", "object_id": UNKNOWN},
            client_id=refs("azuread_application.shop.client_id"),
        ),
        policy(
            "azurerm_key_vault_access_policy.wrong",
            vault_id=refs("azurerm_key_vault.main.id"),
            principal=refs("azuread_application.shop.object_id"),
        ),
        policy(
            "azurerm_key_vault_access_policy.right",
            vault_id=refs("azurerm_key_vault.main.id"),
            principal=refs("azuread_service_principal.shop.id"),
        ),
    )
    held = access(document)
    assert verdict(held, "azuread_application.shop.object_id", "secrets/get", "kv-main") == "none"
    assert verdict(held, "azuread_service_principal.shop.object_id", "secrets/get", "kv-main") == "direct"


def test_eligible_and_active_assignments_of_pim():
    common = {"justification": None, "ticket": [], "principal_type": None, "condition": None}
    reader = "/providers/Microsoft.Authorization/roleDefinitions/4633458b-17de-408a-b874-0445c86b69e6"
    document = plan(
        vault(),
        resource(
            "azurerm_pim_eligible_role_assignment.alice",
            {**common, "principal_id": ALICE, "role_definition_id": reader, "schedule": []},
            scope=refs("azurerm_key_vault.main.id"),
        ),
        resource(
            "azurerm_pim_active_role_assignment.bob",
            {**common, "principal_id": BOB, "role_definition_id": reader, "schedule": []},
            scope=refs("azurerm_key_vault.main.id"),
        ),
    )
    assert verdict(document, ALICE, "secrets/get", "kv-main") == "eligible"
    assert verdict(document, BOB, "secrets/get", "kv-main") == "direct"


def test_a_vault_that_is_looked_up_is_known_in_part_only():
    lookup = resource(
        "data.azurerm_key_vault.shared",
        {
            "id": f"/subscriptions/{SUB}/resourceGroups/rg-shared/providers/Microsoft.KeyVault/vaults/kv-shared",
            "name": "kv-shared",
            "resource_group_name": "rg-shared",
            "tenant_id": TENANT,
            "access_policy": [],
        },
    )
    document = plan(
        policy("azurerm_key_vault_access_policy.app", vault_id=lookup["values"]["id"], principal=ALICE),
        prior=(lookup, LOGGED_IN),
    )
    held = access(document)
    assert verdict(held, ALICE, "secrets/get", "kv-shared") == "unknown"
    assert verdict(held, BOB, "secrets/get", "kv-shared") == "unknown"
    assert {gap.need for gap in held.gaps} == {"vaults", "roleAssignments", "diagnosticSettings"}


def test_a_private_endpoint_counts_when_nobody_has_to_approve_it():
    def endpoint(name, *, manual):
        return resource(
            f"azurerm_private_endpoint.{name}",
            {"name": name, "private_service_connection": [{"name": name, "is_manual_connection": manual}]},
            private_service_connection=[{"private_connection_resource_id": refs("azurerm_key_vault.main.id")}],
        )

    snapshot = read(plan(vault(), endpoint("own", manual=False), endpoint("asked", manual=True)))
    (one,) = snapshot.vaults
    assert {each.status for each in one.private_endpoints} == {"Approved", "Pending"}


def test_a_lock_holds_the_vault_it_refers_to():
    document = plan(
        vault(),
        resource(
            "azurerm_management_lock.keep",
            {"name": "keep", "lock_level": "CanNotDelete"},
            scope=refs("azurerm_key_vault.main.id"),
        ),
    )
    snapshot = read(document)
    assert [(each.scope, each.level) for each in snapshot.locks] == [(snapshot.vaults[0].id, "CanNotDelete")]


def test_a_role_on_one_secret_is_for_that_secret():
    document = plan(
        vault(),
        resource("azurerm_key_vault_secret.db", {"name": "db"}, key_vault_id=refs("azurerm_key_vault.main.id")),
        role(
            "azurerm_role_assignment.db",
            "Key Vault Secrets User",
            scope=refs("azurerm_key_vault_secret.db.resource_versionless_id"),
            principal=ALICE,
        ),
    )
    (grant,) = [each for each in access(document).grants if each.plane == "data"]
    assert (grant.object, grant.verdict) == ("secrets/db", "direct")


@pytest.mark.parametrize("by_key", [True, False])
def test_a_module_gives_its_vaults_as_a_map(by_key):
    """output "ids" { value = { for name, vault in azurerm_key_vault.this : name => vault.id } }"""
    scope = refs('module.kv.ids["a"]') if by_key else refs("module.kv.ids", "each.key")
    document = plan(
        *(vault(f'module.kv.azurerm_key_vault.this["{name}"]', name=f"kv-{name}") for name in "ab"),
        role(
            "azurerm_role_assignment.x" + ("" if by_key else '["a"]'),
            "Key Vault Secrets User",
            scope=scope,
            principal=ALICE,
        ),
        modules={"module.kv": {"outputs": {"ids": refs("azurerm_key_vault.this")}}},
        prior=(LOGGED_IN,),
    )
    assert [verdict(document, ALICE, "secrets/get", f"kv-{name}") for name in "ab"] == ["direct", "none"]


def test_an_azapi_resource_with_an_identity_has_its_own_type():
    document = plan(
        resource(
            "azapi_resource.app",
            {
                "type": "Microsoft.App/containerApps@2024-03-01",
                "name": "ca-shop",
                "parent_id": f"/subscriptions/{SUB}/resourceGroups/rg-app",
                "identity": [{"type": "SystemAssigned", "identity_ids": []}],
            },
        )
    )
    (one,) = read(document).resources
    assert (one.type, one.principal) == ("Microsoft.App/containerApps", "azapi_resource.app.identity[0].principal_id")
    assert one.id == f"/subscriptions/{SUB}/resourcegroups/rg-app/providers/microsoft.app/containerapps/ca-shop"


@pytest.mark.parametrize(
    ("attribute", "expected"), [("principal_id", "direct"), ("client_id", "none")], ids=["principal", "client"]
)
def test_a_module_gives_whole_resources_out(attribute, expected):
    """output "vaults" { value = azurerm_key_vault.this } and output "identity" { value = azurerm_… .this[0] }"""
    document = plan(
        *(vault(f'module.m.azurerm_key_vault.this["{name}"]', name=f"kv-{name}") for name in "ab"),
        resource("module.m.azurerm_user_assigned_identity.this[0]", {"name": "id", "resource_group_name": "rg-app"}),
        role(
            "azurerm_role_assignment.x",
            "Key Vault Secrets User",
            scope=refs('module.m.vaults["a"].id'),
            principal=refs(f"module.m.identity.{attribute}"),
        ),
        modules={
            "module.m": {
                "outputs": {
                    "vaults": refs("azurerm_key_vault.this"),
                    "identity": refs("azurerm_user_assigned_identity.this[0]"),
                }
            }
        },
        prior=(LOGGED_IN,),
    )
    held = access(document)
    principal = "module.m.azurerm_user_assigned_identity.this[0].principal_id"
    assert [verdict(held, principal, "secrets/get", f"kv-{name}") for name in "ab"] == [expected, "none"]


def test_an_output_of_a_whole_app_has_its_identity():
    document = plan(
        vault(),
        resource("module.web.azurerm_linux_web_app.this", {"name": "app", "identity": [{"type": "SystemAssigned"}]}),
        role(
            "azurerm_role_assignment.x",
            "Key Vault Secrets User",
            scope=refs("azurerm_key_vault.main.id"),
            principal=refs("module.web.app.identity[0].principal_id"),
        ),
        modules={"module.web": {"outputs": {"app": refs("azurerm_linux_web_app.this")}}},
        prior=(LOGGED_IN,),
    )
    (machine,) = access(document).snapshot.resources
    assert verdict(document, machine.principal, "secrets/get", "kv-main") == "direct"
