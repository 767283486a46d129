"""A new vault of which the plan has no access policies: they were left out, or a dynamic block is yet to give them."""

from __future__ import annotations

import pytest

from kvaudit.sources.facts import Side
from kvaudit.sources.load import load
from kvaudit.sources.terraform.blocks import blocks_of
from tests.sources.made import write
from tests.sources.terraform.made import (
    ALICE,
    BOB,
    LOGGED_IN,
    SUB,
    TENANT,
    UNKNOWN,
    access,
    plan,
    policy,
    refs,
    resource,
    vault,
    verdict,
)

VAULT_ID = f"/subscriptions/{SUB}/resourceGroups/rg-app/providers/Microsoft.KeyVault/vaults/kv-main"
OPEN = "the plan does not tell whether a dynamic block gives it access policies"


def by_policies(address="azurerm_key_vault.main", **values):
    """A vault that asks access policies, of which it has none yet."""
    return vault(address, rbac_authorization_enabled=False, **values)


def of_bob(**values):
    return policy(
        "azurerm_key_vault_access_policy.bob", vault_id=refs("azurerm_key_vault.main.id"), principal=BOB, **values
    )


def whether_alice_reads(document, **options):
    held = access(document, **options)
    return verdict(held, ALICE, "secrets/get", "kv-main"), [gap.reason for gap in held.gaps if gap.need == "vaults"]


def beside(tmp_path, document, **files):
    """The same, with files beside the plan: main_tf="…"."""
    sources = {name.replace("__", "/").replace("_", "."): text for name, text in files.items()}
    return whether_alice_reads(load([write(tmp_path, {"plan.json": document, **sources})]))


def test_a_plan_alone_does_not_tell_who_will_be_given_policies():
    answer, (reason,) = whether_alice_reads(plan(by_policies(), prior=(LOGGED_IN,)))
    assert answer == "unknown"
    assert reason.startswith(OPEN)
    assert "put the .tf files beside the plan" in reason
    assert "apply it and scan the vault" in reason


def test_a_vault_whose_policies_are_declared_by_themselves_has_none_inside():
    assert whether_alice_reads(plan(by_policies(), of_bob(), prior=(LOGGED_IN,))) == ("none", [])


def test_policies_of_another_vault_say_nothing_of_this_one():
    elsewhere = policy("azurerm_key_vault_access_policy.x", vault_id=f"{VAULT_ID}2", principal=BOB)
    assert whether_alice_reads(plan(by_policies(), elsewhere, prior=(LOGGED_IN,)))[0] == "unknown"


@pytest.mark.parametrize(("parent", "expected"), [("azurerm_key_vault.main.id", "none"), ("local.id", "unknown")])
def test_policies_of_azapi_are_declared_by_themselves_too(parent, expected):
    entry = {"tenantId": TENANT, "objectId": BOB, "permissions": {"secrets": ["get"]}}
    added = resource(
        "azapi_resource.policies",
        {
            "type": "Microsoft.KeyVault/vaults/accessPolicies@2023-07-01",
            "name": "add",
            "body": {"properties": {"accessPolicies": [entry]}},
            "parent_id": UNKNOWN,
        },
        parent_id=refs(parent),
    )
    assert whether_alice_reads(plan(by_policies(), added, prior=(LOGGED_IN,)))[0] == expected


def test_blocks_in_the_configuration_are_inside_whatever_is_declared_by_itself():
    written = by_policies()
    written["expressions"]["access_policy"] = [{"object_id": refs("local.who")}]
    assert whether_alice_reads(plan(written, of_bob(), prior=(LOGGED_IN,)))[0] == "unknown"


def test_a_vault_that_asks_azure_rbac_needs_no_policies():
    assert whether_alice_reads(plan(vault(), prior=(LOGGED_IN,))) == ("none", [])


def test_a_vault_of_which_the_model_is_not_known_may_be_given_policies():
    reasons = whether_alice_reads(plan(vault(rbac_authorization_enabled=refs("var.rbac")), prior=(LOGGED_IN,)))[1]
    assert any(reason.startswith(OPEN) for reason in reasons)


def test_a_vault_that_is_there_keeps_policies_or_is_given_others():
    """What is left out stays as it was, so a value that will be another comes from a block."""
    document = plan(by_policies(id=VAULT_ID), of_bob(), prior=(by_policies(id=VAULT_ID, access_policy=[]), LOGGED_IN))
    assert whether_alice_reads(document, side=Side.PLANNED)[0] == "unknown"
    assert whether_alice_reads(document, side=Side.PRIOR) == ("none", [])


@pytest.mark.parametrize("entries", [[], None])
def test_policies_that_are_known_to_be_none_are_none(entries):
    assert whether_alice_reads(plan(by_policies(access_policy=entries), prior=(LOGGED_IN,))) == ("none", [])


WITHOUT = """
resource "azurerm_key_vault" "main" {
  name = "kv-${replace(var.name, "/*", "{")}"
  # dynamic "access_policy" {
  /* access_policy = local.policies */
  tags = {
    access_policy = "by hand"
  }
  lifecycle {
    ignore_changes = [
      access_policy,
    ]
  }
}

resource "azurerm_key_vault" "other" {
  dynamic "access_policy" {
    for_each = local.policies
  }
}
"""
DYNAMIC = """
  // }
  name = "}"
  text = <<-EOT
    }
  EOT
  dynamic "access_policy" {
    for_each = data.azuread_group.readers.members
    content {
      object_id = access_policy.value
    }
  }
"""
IN_A_VAULT = 'resource "azurerm_key_vault" "main" {%s}\n'


def test_a_source_without_a_block_of_policies_gives_none(tmp_path):
    assert beside(tmp_path, plan(by_policies(), prior=(LOGGED_IN,)), main_tf=WITHOUT) == ("none", [])


@pytest.mark.parametrize(
    "inside",
    [
        DYNAMIC,
        DYNAMIC.replace('"access_policy"', "access_policy"),
        DYNAMIC.replace("\n", "\r\n"),
        " access_policy = local.policies ",
        "\n  access_policy {\n    object_id = local.who\n  }\n",
        '\n  name = "${format("%s-{", "x")}"\n  access_policy = [for each in local.policies : each]\n',
    ],
)
def test_a_source_with_a_block_of_policies_leaves_open_who_gets_them(tmp_path, inside):
    """Whatever else is declared by itself."""
    document = plan(by_policies(), of_bob(), prior=(LOGGED_IN,))
    answer, (reason,) = beside(tmp_path, document, main_tf=IN_A_VAULT % inside)
    assert answer == "unknown"
    assert reason == "its access policies are not known before deployment; apply the plan and scan the vault"


def test_a_file_that_overrides_a_block_may_give_policies(tmp_path):
    document = plan(by_policies(), prior=(LOGGED_IN,))
    assert beside(tmp_path, document, main_tf=WITHOUT, override_tf=IN_A_VAULT % DYNAMIC)[0] == "unknown"


@pytest.mark.parametrize(
    "files",
    [
        {"other_tf": 'resource "azurerm_key_vault" "other" {}\n'},
        {"main_tf": WITHOUT, "override_tf_json": "{}"},
        {"main_tf": WITHOUT, "large_tf": "#" * (5 << 20)},
        {"main_tf": 'resource "azurerm_key_vault" "main" {\n  name = "kv'},
    ],
    ids=["of another", "in JSON", "too large", "cut off"],
)
def test_sources_that_are_not_whole_tell_nothing(tmp_path, files):
    answer, (reason,) = beside(tmp_path, plan(by_policies(), prior=(LOGGED_IN,)), **files)
    assert answer == "unknown"
    assert reason.startswith(OPEN)


@pytest.mark.parametrize(
    ("source", "expected"), [("./modules/kv", "none"), ("../modules/kv", "unknown"), ("Azure/kv/azurerm", "unknown")]
)
def test_a_vault_in_a_module_is_told_by_the_source_of_its_module(tmp_path, source, expected):
    document = plan(
        by_policies("module.kv.azurerm_key_vault.main", name="kv-main"),
        modules={"module.kv": {"source": source}},
        prior=(LOGGED_IN,),
    )
    files = {"main_tf": IN_A_VAULT % DYNAMIC, "modules__kv__main_tf": WITHOUT}
    assert beside(tmp_path, document, **files)[0] == expected


def test_a_block_has_the_names_on_its_own_level():
    (first, second) = blocks_of(WITHOUT)
    assert (first.type, first.name, first.line) == ("azurerm_key_vault", "main", 2)
    assert first.sets == {"name", "tags", "lifecycle"}
    assert (second.name, second.line, second.sets) == ("other", 16, {"access_policy"})


@pytest.mark.parametrize("text", ['"' * 3, "}}}", '"${' * 5000, "<<X\n", "/*", 'resource "a" "b" {', "{" * 5000])
def test_a_source_that_makes_no_sense_has_no_blocks(text):
    assert list(blocks_of(text)) == []
