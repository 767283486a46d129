"""What loops go over, and expressions that may mean any of several resources."""

from __future__ import annotations

import pytest

from kvaudit.sources.load import load
from tests.sources.made import read, write
from tests.sources.terraform.made import (
    ALICE,
    BOB,
    GROUP,
    LOGGED_IN,
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

KEY_VAULT = refs("azurerm_key_vault.main.id")
KINDS = "azurerm_user_assigned_identity"


def identity(name):
    values = {"name": "id", "resource_group_name": "rg-app", "principal_id": UNKNOWN, "id": UNKNOWN}
    return resource(f"{KINDS}.{name}", values)


def of_value(*attributes):
    """An expression with the value of a loop, as Terraform lists its references."""
    return {"references": [*(f"each.value.{each}" for each in attributes), "each.value"]}


def looping(document, address, *over):
    """A plan in which a block of the root module is a loop over what is named."""
    module = document["configuration"]["root_module"]
    if address.startswith("module."):
        block = module["module_calls"][address.removeprefix("module.")]
    else:
        (block,) = (each for each in module["resources"] if each["address"] == address)
    block["for_each_expression"] = refs(*over)
    return access(document)


def readers(expression):
    return [
        role(f'azurerm_role_assignment.r["{key}"]', "Key Vault Secrets User", scope=KEY_VAULT, principal=expression)
        for key in "ab"
    ]


@pytest.mark.parametrize("expression", [of_value("principal_id"), of_value()])
def test_a_loop_over_resources_has_each_of_them_as_its_value(expression):
    made = [identity('web["a"]'), identity('web["b"]')]
    document = plan(GROUP, vault(), *made, readers(expression)[0], prior=(LOGGED_IN,))
    held = looping(document, "azurerm_role_assignment.r", f"{KINDS}.web")
    assert verdict(held, f'{KINDS}.web["a"].principal_id', "secrets/get", "kv-main") == "direct"
    assert verdict(held, f'{KINDS}.web["b"].principal_id', "secrets/get", "kv-main") == "none"


@pytest.mark.parametrize("in_module", [False, True])
def test_a_loop_over_vaults_or_modules_is_for_the_vault_of_its_key(in_module):
    above = 'module.kv["{}"].azurerm_key_vault.this' if in_module else 'azurerm_key_vault.this["{}"]'
    vaults = [vault(above.format(key), name=f"kv-{key}", rbac_authorization_enabled=False) for key in "ab"]
    policies = [
        policy(f'azurerm_key_vault_access_policy.p["{key}"]', vault_id=of_value("id"), principal=who)
        for key, who in (("a", ALICE), ("b", BOB))
    ]
    modules = {"module.kv": {"outputs": {"id": refs("azurerm_key_vault.this.id")}}} if in_module else {}
    document = plan(GROUP, *vaults, *policies, modules=modules, prior=(LOGGED_IN,))
    over = "module.kv" if in_module else "azurerm_key_vault.this"
    held = looping(document, "azurerm_key_vault_access_policy.p", over)
    answers = [verdict(held, who, "secrets/get", name) for name in ("kv-a", "kv-b") for who in (ALICE, BOB)]
    assert answers == ["direct", "none", "none", "direct"]


def test_a_module_in_a_loop_over_resources_is_handed_each_of_them():
    given = {"expressions": {"vault": KEY_VAULT, "who": of_value("principal_id")}}
    assigned = [
        role(
            f'module.grant["{key}"].azurerm_role_assignment.r',
            "Key Vault Secrets User",
            scope=refs("var.vault"),
            principal=refs("var.who"),
        )
        for key in "ab"
    ]
    made = [identity('web["a"]'), identity('web["b"]')]
    document = plan(GROUP, vault(), *made, *assigned, modules={"module.grant": given}, prior=(LOGGED_IN,))
    held = looping(document, "module.grant", f"{KINDS}.web")
    for key in "ab":
        assert verdict(held, f'{KINDS}.web["{key}"].principal_id', "secrets/get", "kv-main") == "direct"


def test_a_loop_over_several_things_may_mean_any_of_them():
    document = plan(GROUP, vault(), identity("web"), identity("api"), *readers(of_value()), prior=(LOGGED_IN,))
    over = [f"{KINDS}.web.principal_id", f"{KINDS}.api.principal_id"]
    held = looping(document, "azurerm_role_assignment.r", *over)
    assert [verdict(held, each, "secrets/get", "kv-main") for each in over] == ["conditional", "conditional"]
    assert verdict(held, BOB, "secrets/get", "kv-main") == "none"


ANY = refs("var.which", f"{KINDS}.web.principal_id", f"{KINDS}.api.principal_id")


@pytest.mark.parametrize(
    ("made", "expression"),
    [
        (("web", "api"), ANY),
        (("web[0]", "web[1]"), refs(f"{KINDS}.web")),
    ],
)
@pytest.mark.parametrize("by_policy", [False, True])
def test_one_of_several_principals_has_access_under_a_condition(made, expression, by_policy):
    grant = (
        policy("azurerm_key_vault_access_policy.p", vault_id=KEY_VAULT, principal=expression)
        if by_policy
        else readers(expression)[0]
    )
    document = plan(
        GROUP, vault(rbac_authorization_enabled=not by_policy), *map(identity, made), grant, prior=(LOGGED_IN,)
    )
    held = access(document)
    for each in made:
        assert verdict(held, f"{KINDS}.{each}.principal_id", "secrets/get", "kv-main") == "conditional"
    assert verdict(held, BOB, "secrets/get", "kv-main") == "none"


def test_of_many_instances_none_is_guessed():
    made = [identity(f"web[{number}]") for number in range(21)]
    document = plan(GROUP, vault(), *made, readers(refs(f"{KINDS}.web"))[0], prior=(LOGGED_IN,))
    assert [each.principal for each in read(document).role_assignments] == [f"{KINDS}.web"]


@pytest.mark.parametrize(
    ("source", "is_known"), [('dynamic "network_acls" {}', False), ("", True), ("# network_acls {", True)]
)
def test_a_firewall_that_a_source_is_yet_to_give_is_open(tmp_path, source, is_known):
    main = f'resource "azurerm_key_vault" "main" {{\n  {source}\n}}\n'
    folder = write(tmp_path, {"plan.json": plan(vault(network_acls=UNKNOWN)), "main.tf": main})
    snapshot = load([f"{folder}/plan.json"])
    assert (snapshot.vaults[0].network is not None) is is_known
    assert ("network_acls" in [each.text for each in snapshot.unresolved]) is not is_known
