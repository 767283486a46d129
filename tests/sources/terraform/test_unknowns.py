"""What is not known before a plan is applied: kept by its name, and open only for what depends on it."""

from __future__ import annotations

import copy

import pytest

from tests.sources.made import read
from tests.sources.terraform.made import (
    ALICE,
    BOB,
    LOGGED_IN,
    OTHER_SUB,
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


def unresolved(document):
    return [each.text for each in read(document).unresolved]


def test_a_permission_model_that_is_not_known_is_open_and_nothing_else_is():
    entry = {"tenant_id": TENANT, "object_id": ALICE, "secret_permissions": ["Get"]}
    document = plan(vault(rbac_authorization_enabled=refs("local.rbac"), access_policy=[entry]), prior=(LOGGED_IN,))
    held = access(document)
    (one,) = held.vaults
    assert (one.uses_rbac, one.purge_protection, one.public_access) == (None, True, "Disabled")
    assert verdict(held, ALICE, "secrets/get", "kv-main") == "unknown"
    assert [(gap.need, gap.reason) for gap in held.gaps] == [("vaults", "its permission model is not known")]
    assert "rbac_authorization_enabled = local.rbac" in unresolved(document)


@pytest.mark.parametrize(
    ("argument", "field"),
    [
        ("purge_protection_enabled", "purge_protection"),
        ("public_network_access_enabled", "public_access"),
        ("enabled_for_deployment", "for_deployment"),
        ("network_acls", "network"),
    ],
)
def test_a_setting_that_is_not_known_is_no_default(argument, field):
    held = access(plan(vault(**{argument: refs("local.it")}), prior=(LOGGED_IN,)))
    assert getattr(held.vaults[0], field) is None
    assert held.gaps == ()


def test_addresses_that_are_not_known_leave_the_firewall_open_to_question():
    document = plan(vault(), prior=(LOGGED_IN,))
    (planned,) = document["planned_values"]["root_module"]["resources"]
    del planned["values"]["network_acls"][0]["ip_rules"]
    (written,) = (
        each for each in document["configuration"]["root_module"]["resources"] if each["type"] == "azurerm_key_vault"
    )
    written["expressions"]["network_acls"] = [{"ip_rules": refs("local.ips")}]
    assert read(document).vaults[0].network is None


def test_subnets_that_are_not_made_yet_are_named():
    document = plan(vault(), resource("azurerm_subnet.app", {"name": "app"}), prior=(LOGGED_IN,))
    planned = document["planned_values"]["root_module"]["resources"][0]
    del planned["values"]["network_acls"][0]["virtual_network_subnet_ids"]
    written = document["configuration"]["root_module"]["resources"][0]
    written["expressions"]["network_acls"] = [{"virtual_network_subnet_ids": refs("azurerm_subnet.app.id")}]
    assert read(document).vaults[0].network.subnets == ("azurerm_subnet.app.id",)


def test_a_policy_for_a_vault_that_cannot_be_told_may_be_any_vault_to_be():
    document = plan(
        vault(rbac_authorization_enabled=False, access_policy=[]),
        policy("azurerm_key_vault_access_policy.app", vault_id=refs("local.vault_id"), principal=ALICE),
        prior=(LOGGED_IN,),
    )
    held = access(document)
    assert verdict(held, ALICE, "secrets/get", "kv-main") == "unknown"
    reasons = [gap.reason for gap in held.gaps if gap.subject.endswith("/kv-main")]
    assert reasons == [
        "azurerm_key_vault_access_policy.app is for local.vault_id, which is not known before deployment"
    ]
    assert verdict(held, ALICE, "secrets/get", "local.vault_id") == "unknown"


def test_a_role_for_a_scope_that_cannot_be_told_may_reach_any_vault_to_be():
    document = plan(
        vault(),
        role("azurerm_role_assignment.x", "Owner", scope=refs("local.scope"), principal=ALICE),
        prior=(LOGGED_IN,),
    )
    held = access(document)
    assert verdict(held, ALICE, "keyvault/vaults/write", "kv-main") == "unknown"
    assert [gap.need for gap in held.gaps] == ["roleAssignments"]


def test_a_vault_that_is_there_cannot_hide_behind_a_value_that_is_not_known():
    there = f"/subscriptions/{SUB}/resourceGroups/rg-app/providers/Microsoft.KeyVault/vaults/kv-main"
    document = plan(
        vault(id=there, access_policy=[]),
        role("azurerm_role_assignment.x", "Owner", scope=refs("local.scope"), principal=ALICE),
    )
    assert verdict(document, ALICE, "keyvault/vaults/write", "kv-main") == "none"


def test_a_scope_on_something_else_is_no_riddle():
    document = plan(
        vault(),
        resource("azurerm_storage_account.logs", {"name": "stlogs", "resource_group_name": "rg-app"}),
        role(
            "azurerm_role_assignment.x",
            "Owner",
            scope=refs("azurerm_storage_account.logs.id"),
            principal=ALICE,
        ),
        prior=(LOGGED_IN,),
    )
    held = access(document)
    assert verdict(held, ALICE, "keyvault/vaults/write", "kv-main") == "none"
    assert held.gaps == ()


def test_a_diagnostic_setting_for_a_vault_that_cannot_be_told_is_no_proof_of_missing_logs():
    document = plan(
        vault(),
        resource("azurerm_monitor_diagnostic_setting.audit", {"name": "a"}, target_resource_id=refs("local.vault_id")),
        prior=(LOGGED_IN,),
    )
    assert [gap.need for gap in access(document).gaps] == ["diagnosticSettings"]


def test_a_condition_that_is_not_known_is_no_missing_condition():
    assignment = role(
        "azurerm_role_assignment.x",
        "Key Vault Secrets User",
        scope=refs("azurerm_key_vault.main.id"),
        principal=ALICE,
        condition=UNKNOWN,
    )
    assignment["expressions"]["condition"] = refs("local.condition")
    assert verdict(plan(vault(), assignment), ALICE, "secrets/get", "kv-main") == "conditional"


def test_the_tenant_of_an_entry_that_is_not_known_does_not_shut_it_out():
    document = plan(
        vault(rbac_authorization_enabled=False),
        policy(
            "azurerm_key_vault_access_policy.app",
            vault_id=refs("azurerm_key_vault.main.id"),
            principal=ALICE,
            tenant_id=UNKNOWN,
        ),
    )
    assert verdict(document, ALICE, "secrets/get", "kv-main") == "direct"


def test_an_entry_of_whom_is_not_known_is_kept_by_its_place():
    document = plan(vault(rbac_authorization_enabled=False, access_policy=[{"secret_permissions": ["Get"]}]))
    change = document["resource_changes"][0]["change"]
    change["after_unknown"]["access_policy"] = [{"object_id": True}]
    symbol = "azurerm_key_vault.main.access_policy[0].object_id"
    assert verdict(document, symbol, "secrets/get", "kv-main") == "direct"
    assert unresolved(document) == ["access_policy[0].object_id"]


def test_permissions_that_are_not_known_are_not_none():
    entry = policy(
        "azurerm_key_vault_access_policy.app",
        vault_id=refs("azurerm_key_vault.main.id"),
        principal=ALICE,
        secret_permissions=UNKNOWN,
        key_permissions=["Get"],
    )
    entry["expressions"]["secret_permissions"] = refs("local.words")
    held = access(plan(vault(rbac_authorization_enabled=False), entry))
    assert verdict(held, ALICE, "keys/get", "kv-main") == "direct"
    assert verdict(held, ALICE, "secrets/get", "kv-main") == "unknown"


def test_vaults_with_names_to_come_are_not_taken_for_one():
    """Both names are built on the same random text."""
    document = plan(
        *(
            vault(f"azurerm_key_vault.{name}", name=refs("random_id.suffix.hex"), rbac_authorization_enabled=False)
            for name in "ab"
        ),
        policy("azurerm_key_vault_access_policy.a", vault_id=refs("azurerm_key_vault.a.id"), principal=ALICE),
        policy("azurerm_key_vault_access_policy.b", vault_id=refs("azurerm_key_vault.b.id"), principal=BOB),
        prior=(LOGGED_IN,),
    )
    held = access(document)
    assert [one.name for one in held.vaults] == ["azurerm_key_vault.a", "azurerm_key_vault.b"]
    assert verdict(held, ALICE, "secrets/get", "azurerm_key_vault.a") == "direct"
    assert verdict(held, ALICE, "secrets/get", "azurerm_key_vault.b") == "none"


def test_an_instance_that_an_index_hides_is_not_guessed():
    names = ("a", "b")
    document = plan(
        *(
            vault(f'azurerm_key_vault.this["{name}"]', name=f"kv-{name}", rbac_authorization_enabled=False)
            for name in names
        ),
        policy(
            'azurerm_key_vault_access_policy.x["one"]',
            vault_id={"references": ["azurerm_key_vault.this", "each.value.vault", "each.value"]},
            principal=ALICE,
        ),
        prior=(LOGGED_IN,),
    )
    assert [verdict(document, ALICE, "secrets/get", f"kv-{name}") for name in names] == ["unknown", "unknown"]


def test_a_role_in_a_subscription_may_reach_a_vault_of_which_nobody_says_where_it_is():
    document = plan(
        vault(),
        role("azurerm_role_assignment.a", "Owner", scope=f"/subscriptions/{SUB}", principal=ALICE),
        role("azurerm_role_assignment.b", "Owner", scope=f"/subscriptions/{OTHER_SUB}", principal=BOB),
    )
    assert verdict(document, ALICE, "keyvault/vaults/write", "kv-main") == "unknown"


@pytest.mark.parametrize("told", ["constant", "variable"])
def test_the_provider_says_in_which_subscription_a_vault_is_made(told):
    document = plan(vault(), prior=(resource("data.azurerm_subscription.hub", {"id": f"/subscriptions/{OTHER_SUB}"}),))
    expression = {"constant_value": SUB} if told == "constant" else {"references": ["var.subscription"]}
    document["configuration"]["provider_config"]["azurerm"]["expressions"] = {"subscription_id": expression}
    document["variables"] = {"subscription": {"value": SUB}}
    assert read(document).vaults[0].id.startswith(f"/subscriptions/{SUB}/resourceGroups/rg-app/")


def test_the_same_symbol_is_the_same_principal_by_any_of_its_names():
    names = ("azuread_service_principal.x.object_id", "azuread_service_principal.x.id")
    document = plan(
        vault(rbac_authorization_enabled=False),
        resource("azuread_service_principal.x", {"display_name": "x"}),
        *(
            policy(
                f"azurerm_key_vault_access_policy.p{number}",
                vault_id=refs("azurerm_key_vault.main.id"),
                principal=refs(name),
            )
            for number, name in enumerate(names)
        ),
    )
    (one,) = read(document).vaults
    assert {each.object_id for each in one.policies} == {"azuread_service_principal.x.object_id"}


def test_references_in_a_circle_come_to_an_end():
    calls = {
        "module.a": {
            "expressions": {"id": refs("module.a.id")},
            "outputs": {"id": refs("var.id")},
        }
    }
    document = plan(
        vault("module.a.azurerm_key_vault.x", name="kv-x"),
        role("azurerm_role_assignment.x", "Owner", scope=refs("module.a.id"), principal=ALICE),
        modules=calls,
        prior=(LOGGED_IN,),
    )
    assert verdict(document, ALICE, "keyvault/vaults/write", "kv-x") == "unknown"


def test_a_long_chain_of_references_comes_to_an_end():
    chain = [
        resource(f"null_resource.n{number}", {}, x_id=refs(f"null_resource.n{number + 1}.x_id"))
        for number in range(2000)
    ]
    document = plan(
        vault(),
        *chain,
        role(
            "azurerm_role_assignment.x",
            "Owner",
            scope=refs("null_resource.n0.x_id"),
            principal=ALICE,
        ),
        prior=(LOGGED_IN,),
    )
    assert verdict(document, ALICE, "keyvault/vaults/write", "kv-main") == "unknown"


def test_without_configuration_an_argument_that_is_left_out_is_open():
    document = plan(
        vault(rbac_authorization_enabled=False, access_policy=UNKNOWN),
        policy("azurerm_key_vault_access_policy.app", vault_id=refs("azurerm_key_vault.main.id"), principal=ALICE),
        prior=(LOGGED_IN,),
    )
    del document["configuration"]
    held = access(document)
    assert verdict(held, ALICE, "secrets/get", "kv-main") == "unknown"
    assert {gap.need for gap in held.gaps} >= {"vaults"}


def test_a_module_without_configuration_leaves_its_own_resources_open():
    document = plan(
        vault("module.kv.azurerm_key_vault.this", rbac_authorization_enabled=False),
        policy("azurerm_key_vault_access_policy.app", vault_id=refs("module.kv.id"), principal=ALICE),
        modules={"module.kv": {"outputs": {"id": refs("azurerm_key_vault.this.id")}}},
        prior=(LOGGED_IN,),
    )
    broken = copy.deepcopy(document)
    del broken["configuration"]["root_module"]["module_calls"]["kv"]["module"]
    assert verdict(document, ALICE, "secrets/get", "kv-this") == "direct"
    assert verdict(broken, ALICE, "secrets/get", "kv-this") == "unknown"


def test_vaults_of_two_providers_may_be_in_either_subscription():
    """Of the hub's provider nobody says where it makes things, and the role is assigned by the other."""
    document = plan(
        vault(),
        role(
            "azurerm_role_assignment.x",
            "Owner",
            scope=refs("data.azurerm_subscription.current.id"),
            principal=ALICE,
        ),
    )
    document["configuration"]["root_module"]["resources"][0]["provider_config_key"] = "azurerm.hub"
    assert verdict(document, ALICE, "keyvault/vaults/write", "kv-main") == "unknown"


def test_a_value_handed_through_another_provider_is_a_riddle():
    document = plan(
        vault(),
        resource("terraform_data.vault", {}),
        role("azurerm_role_assignment.x", "Owner", scope=refs("terraform_data.vault.output"), principal=ALICE),
        prior=(LOGGED_IN,),
    )
    assert verdict(document, ALICE, "keyvault/vaults/write", "kv-main") == "unknown"


def test_a_lookup_that_waits_for_the_apply_may_be_of_a_vault_that_is_there():
    there = f"/subscriptions/{SUB}/resourceGroups/rg-app/providers/Microsoft.KeyVault/vaults/kv-main"
    lookup = resource("data.azurerm_key_vault.late", {"name": UNKNOWN, "id": UNKNOWN})
    document = plan(
        vault(id=there, access_policy=[]),
        lookup,
        role("azurerm_role_assignment.x", "Owner", scope=refs("local.scope"), principal=ALICE),
    )
    assert verdict(document, ALICE, "keyvault/vaults/write", "kv-main") == "unknown"


def test_a_lookup_that_waits_for_the_apply_is_joined_by_what_it_looks_for():
    lookup = resource(
        "data.azurerm_key_vault.late", {"name": "kv-main", "resource_group_name": "rg-app", "id": UNKNOWN}
    )
    document = plan(
        vault(),
        lookup,
        role("azurerm_role_assignment.x", "Owner", scope=refs("data.azurerm_key_vault.late.id"), principal=ALICE),
        prior=(LOGGED_IN,),
    )
    assert verdict(document, ALICE, "keyvault/vaults/write", "kv-main") == "direct"


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("local.group", "unknown"),
        ("azurerm_resource_group.other.name", "none"),
        ("azurerm_resource_group.a.name", "direct"),
    ],
)
def test_a_vault_of_which_the_group_is_not_known_may_be_in_any(group, expected):
    document = plan(
        *(resource(f"azurerm_resource_group.{name}", {"name": UNKNOWN, "id": UNKNOWN}) for name in ("a", "other")),
        vault(resource_group_name=refs(group)),
        role("azurerm_role_assignment.x", "Owner", scope=refs("azurerm_resource_group.a.id"), principal=ALICE),
        prior=(LOGGED_IN,),
    )
    assert verdict(document, ALICE, "keyvault/vaults/write", "kv-main") == expected


def test_a_member_of_a_group_that_cannot_be_told_may_be_in_any_that_is_declared():
    document = plan(
        vault(),
        resource("azuread_group.team", {"display_name": "team", "members": None, "object_id": UNKNOWN}),
        resource("azuread_group_member.alice", {"member_object_id": ALICE}, group_object_id=refs("local.group")),
        role(
            "azurerm_role_assignment.team",
            "Key Vault Secrets User",
            scope=refs("azurerm_key_vault.main.id"),
            principal=refs("azuread_group.team.object_id"),
        ),
    )
    assert verdict(document, ALICE, "secrets/get", "kv-main") == "unknown"


def test_no_command_is_made_of_a_name_that_a_shell_would_run():
    there = "/subscriptions/x/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv$(reboot)"
    commands = [
        gap.remedy
        for gap in access(plan(policy("azurerm_key_vault_access_policy.p", vault_id=there, principal=ALICE))).gaps
    ]
    assert any(commands)
    assert not any("reboot" in command for command in commands)
