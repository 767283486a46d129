"""`kvaudit diff --plan`: what applying a Terraform plan would change."""

from __future__ import annotations

import json

import jsonschema
import pytest

from kvaudit.report.formats import DIFF
from tests.sources.terraform.made import (
    ALICE,
    BOB,
    GROUP,
    LOGGED_IN,
    SUB,
    TENANT,
    plan,
    policy,
    refs,
    role,
    state,
    vault,
)

AS_OF = ("--as-of", "2026-11-20")
ADDRESS = "azurerm_role_assignment.reads"
READS = role(ADDRESS, "Key Vault Secrets User", scope=refs("azurerm_key_vault.main.id"), principal=ALICE)
NEW = plan(GROUP, vault(), READS, prior=(LOGGED_IN,))


@pytest.fixture
def written(tmp_path):
    """A document in a file."""

    def written(document):
        file = tmp_path / "plan.json"
        file.write_text(json.dumps(document), encoding="utf-8")
        return file

    return written


@pytest.fixture
def change(run, written):
    """What a plan changes, as a report and an exit code."""

    def change(document, *arguments):
        result = run("diff", "--plan", written(document), "-f", "json", *AS_OF, *arguments)
        return result.code, json.loads(result.out)

    return change


def gained(report, kind="gained"):
    return {
        (principal["id"], permission)
        for each in report["changes"]
        for effect in each["effects"]
        if effect["kind"] == kind
        for principal in effect["principals"]
        for permission in effect["permissions"]
        if permission.startswith("secrets/")
    }


def test_a_vault_that_the_plan_makes_was_not_there_so_its_access_is_gained(change):
    code, report = change(NEW)
    assert (code, report["complete"]) == (0, True)
    assert gained(report) == {(ALICE, "secrets/get"), (ALICE, "secrets/list")}
    (made,) = report["changes"]
    assert (made["cause"]["kind"], made["what"]) == ("vault", "new")
    assert made["locations"][0]["declaration"]["address"] == "azurerm_key_vault.main"
    steps = [step for effect in made["effects"] for step in effect["path"] if step["kind"] == "assignment"]
    assert {step["declaration"]["address"] for step in steps} == {ADDRESS}


def test_what_applying_takes_away_is_lost_at_the_address_it_had(change):
    vault_id = f"/subscriptions/{SUB}/resourceGroups/rg-app/providers/Microsoft.KeyVault/vaults/kv-main"
    entry = {"tenant_id": TENANT, "object_id": BOB, "secret_permissions": ["Get", "List"]}
    there = vault(id=vault_id, rbac_authorization_enabled=False, access_policy=[entry])
    bob = policy("azurerm_key_vault_access_policy.bob", vault_id=vault_id, principal=BOB)
    document = plan(there, prior=(there, bob, LOGGED_IN))
    before = {"key_vault_id": vault_id, "object_id": BOB}
    gone = {"actions": ["delete"], "before": before, "after": None}
    document["resource_changes"].append({key: bob[key] for key in ("address", "type", "name")} | {"change": gone})
    document["resource_changes"][0]["change"]["actions"] = ["no-op"]
    code, report = change(document)
    assert (code, gained(report)) == (0, set())
    assert gained(report, "lost") == {(BOB, "secrets/get"), (BOB, "secrets/list")}
    (gone,) = report["changes"]
    assert gone["locations"][0]["declaration"]["address"] == "azurerm_key_vault_access_policy.bob"


def test_a_vault_that_a_dynamic_block_may_give_policies_is_not_said_to_serve_nobody(change):
    code, report = change(plan(GROUP, vault(rbac_authorization_enabled=False), prior=(LOGGED_IN,)))
    assert (code, report["complete"]) == (3, False)
    assert ["dynamic block" in gap["reason"] for gap in report["gaps"]] == [True]


def test_the_gates_judge_what_the_plan_gives(run, written):
    file = written(NEW)
    assert run("diff", "--plan", file, "--fail-on-gain", "secrets/get", *AS_OF).code == 1
    assert run("diff", "--plan", file, "--fail-on-gain", "keys", *AS_OF).code == 0


def test_a_plan_that_ended_in_an_error_still_gives_what_it_gives(change):
    code, report = change({**NEW, "errored": True})
    assert (code, report["complete"]) == (3, False)
    assert gained(report) == {(ALICE, "secrets/get"), (ALICE, "secrets/list")}
    assert ["ended in an error" in gap["reason"] for gap in report["gaps"]] == [True]


def test_what_is_missing_from_a_plan_that_ended_in_an_error_is_not_lost(change):
    code, report = change({**plan(prior=(vault(), READS, LOGGED_IN)), "errored": True})
    assert (code, gained(report, "lost")) == (3, set())
    assert gained(report, "noLongerVisible") == {(ALICE, "secrets/get"), (ALICE, "secrets/list")}


def test_a_plan_in_a_format_that_is_not_known_is_not_said_to_change_nothing(run, written):
    result = run("diff", "--plan", written({**NEW, "format_version": "7.0"}), *AS_OF)
    assert result.code == 3
    assert result.out.startswith("Nothing has changed, as far as can be seen")


@pytest.mark.parametrize("name", sorted(DIFF.modules))
def test_every_format_names_the_address_of_a_cause(run, written, name):
    result = run("diff", "--plan", written(NEW), "-f", name, *AS_OF)
    text = " ".join(result.out.replace("&#95;", "_").split())
    assert "azurerm_key_vault.main" in text


def test_the_json_fits_its_schema(run, change):
    schema = json.loads(run("schema", "diff").out)
    jsonschema.validate(change(NEW)[1], schema, jsonschema.Draft202012Validator)


def test_what_is_not_known_before_the_plan_is_applied_is_listed_for_who_asks_for_all(run, written):
    web = "azurerm_user_assigned_identity.web.principal_id"
    reads = role(ADDRESS, "Key Vault Reader", scope=refs("azurerm_key_vault.main.id"), principal=refs(web))
    file = written(plan(GROUP, vault(), reads, prior=(LOGGED_IN,)))
    quiet, verbose = (run("diff", "--plan", file, *AS_OF, *more).out for more in ((), ("-v",)))
    assert "Not known before deployment" not in quiet
    listed = verbose.partition("Not known before deployment")[2]
    assert f"principal_id = {web}" in " ".join(listed.split())
    assert "plan.json" in listed


def test_a_plan_may_come_by_standard_input(run):
    result = run("diff", "--plan", "-", "-f", "json", *AS_OF, stdin=json.dumps(NEW).encode())
    assert (result.code, len(gained(json.loads(result.out)))) == (0, 2)


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (state(vault()), "a Terraform state"),
        ([{"id": "/subscriptions/x/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v"}], "vaults"),
        ({"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
          "contentVersion": "1.0.0.0", "resources": []}, "ARM templates"),
    ],
)  # fmt: skip
def test_what_is_no_plan_is_refused_by_what_it_is(run, written, document, found):
    file = written(document)
    result = run("diff", "--plan", file)
    assert (result.code, result.out) == (2, "")
    assert f"{file}: expected a Terraform plan, found {found}" in result.err
    assert "terraform show -json" in result.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--plan", "plan.json", "old"), "--plan names both sides"),
        (("--plan", "plan.json", "old", "new"), "--plan names both sides"),
        (("old",), "no NEW to compare old with"),
        ((), "no OLD and NEW to compare"),
    ],
)
def test_either_a_plan_or_two_sources_are_compared(run, arguments, words):
    result = run("diff", *arguments)
    assert (result.code, result.out) == (2, "")
    assert words in result.err
    assert "--plan FILE" in result.err or "Give either" in result.err
