"""The documents themselves: both sides of a plan, states, where things are written, and what is broken."""

from __future__ import annotations

import json
import zipfile

import pytest

from kvaudit.audit import Located
from kvaudit.errors import InputError
from kvaudit.sources.facts import Side
from kvaudit.sources.load import load
from tests.sources.made import read, rows_of, write
from tests.sources.terraform.made import (
    ALICE,
    BOB,
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
    state,
    vault,
    verdict,
)

VAULT_ID = f"/subscriptions/{SUB}/resourceGroups/rg-app/providers/Microsoft.KeyVault/vaults/kv-main"


def entry(who, *words):
    return {"tenant_id": TENANT, "object_id": who, "application_id": "", "secret_permissions": list(words)}


# Both sides of a plan


def changing():
    """A plan that takes Bob's policy away and gives Alice one; the vault stays, and still lists what it had."""
    there = vault(id=VAULT_ID, rbac_authorization_enabled=False, access_policy=[entry(BOB, "Get")])
    bob = policy("azurerm_key_vault_access_policy.bob", vault_id=VAULT_ID, principal=BOB, secret_permissions=["Get"])
    alice = policy("azurerm_key_vault_access_policy.alice", vault_id=VAULT_ID, principal=ALICE)
    document = plan(there, alice, prior=(there, bob, LOGGED_IN))
    document["resource_changes"] += [
        {
            "address": bob["address"],
            "mode": "managed",
            "type": bob["type"],
            "name": bob["name"],
            "change": {
                "actions": ["delete"],
                "before": {key: value for key, value in bob["values"].items() if value is not UNKNOWN},
                "after": None,
            },
        }
    ]
    document["resource_changes"][0]["change"]["actions"] = ["no-op"]
    return document


def sides(document):
    return [access(document, side=side) for side in (Side.PRIOR, Side.PLANNED)]


def test_both_sides_of_a_plan():
    prior, planned = sides(changing())
    assert [verdict(held, BOB, "secrets/get", "kv-main") for held in (prior, planned)] == ["direct", "none"]
    assert [verdict(held, ALICE, "secrets/get", "kv-main") for held in (prior, planned)] == ["none", "direct"]
    assert prior.vaults[0].id == planned.vaults[0].id == VAULT_ID


def test_without_a_prior_state_what_changes_begin_with_is_the_side_before():
    document = changing()
    del document["prior_state"]
    for change in document["resource_changes"]:
        if change["type"] == "azurerm_key_vault":
            change["change"]["before"] = document["planned_values"]["root_module"]["resources"][0]["values"]
    prior, planned = sides(document)
    assert [verdict(held, BOB, "secrets/get", "kv-main") for held in (prior, planned)] == ["direct", "none"]
    (one,) = prior.vaults[0].policies
    assert one.origins[0].declaration.address == "azurerm_key_vault_access_policy.bob"


def test_without_planned_values_what_changes_end_with_is_the_side_after():
    assigned = role("azurerm_role_assignment.r", "Key Vault Secrets User", scope=VAULT_ID, principal=ALICE)
    document = plan(vault(id=VAULT_ID, tags={"owner": VALUE}), assigned, prior=(LOGGED_IN,))
    del document["planned_values"]
    document["resource_changes"][0]["change"]["after_sensitive"] = {"tags": {"owner": True}}
    assert VALUE not in repr(read(document))
    assert verdict(document, ALICE, "secrets/get", "kv-main") == "direct"


def test_a_plan_of_something_new_has_nothing_before_it():
    prior, planned = sides(plan(vault(), prior=(LOGGED_IN,)))
    assert (prior.vaults, len(planned.vaults)) == ((), 1)


def test_a_vault_that_is_replaced_is_the_same_vault_after():
    before = vault(id=VAULT_ID, access_policy=[])
    document = plan(vault(), prior=(before, LOGGED_IN))
    document["resource_changes"][0]["change"] |= {"actions": ["delete", "create"], "before": before["values"]}
    prior, planned = sides(document)
    assert prior.vaults[0].id == planned.vaults[0].id == VAULT_ID


@pytest.mark.parametrize("actions", [["forget"], ["create", "forget"]])
def test_what_is_forgotten_stays_where_it_is(actions):
    """It leaves the state of Terraform, and nothing happens to it in Azure."""
    assignment = role("azurerm_role_assignment.x", "Key Vault Secrets User", scope=VAULT_ID, principal=ALICE)
    there = vault(id=VAULT_ID, access_policy=[])
    document = plan(there, prior=(there, assignment))
    document["resource_changes"].append(
        {
            **{key: assignment[key] for key in ("address", "mode", "type", "name")},
            "change": {
                "actions": actions,
                "before": {key: value for key, value in assignment["values"].items() if value is not UNKNOWN},
            },
        }
    )
    assert [verdict(held, ALICE, "secrets/get", "kv-main") for held in sides(document)] == ["direct", "direct"]


def test_a_membership_that_is_taken_away_is_not_there_after():
    group = resource("azuread_group.team", {"display_name": "team", "object_id": TENANT, "members": [ALICE, BOB]})
    document = plan(
        vault(),
        group,
        role(
            "azurerm_role_assignment.team",
            "Key Vault Secrets User",
            scope=refs("azurerm_key_vault.main.id"),
            principal=TENANT,
        ),
        prior=(group, LOGGED_IN),
    )
    document["resource_changes"].append(
        {
            "address": "azuread_group_member.bob",
            "type": "azuread_group_member",
            "name": "bob",
            "change": {"actions": ["delete"], "before": {"group_object_id": TENANT, "member_object_id": BOB}},
        }
    )
    assert [verdict(document, who, "secrets/get", "kv-main") for who in (ALICE, BOB)] == ["direct", "none"]


# States


def test_a_state_counts_a_policy_once():
    document = state(
        vault(id=VAULT_ID, rbac_authorization_enabled=False, access_policy=[entry(ALICE, "Get"), entry(BOB, "Get")]),
        policy("azurerm_key_vault_access_policy.alice", vault_id=VAULT_ID, principal=ALICE, secret_permissions=["Get"]),
    )
    (one,) = read(document).vaults
    assert [(each.object_id, each.origins[0].declaration.address) for each in one.policies] == [
        (BOB, "azurerm_key_vault.main"),
        (ALICE, "azurerm_key_vault_access_policy.alice"),
    ]


def test_what_was_replaced_and_could_not_be_deleted_is_still_there():
    """A deposed object has the address of what replaced it, and an id of its own."""
    old = VAULT_ID + "-old"
    document = state(
        vault(id=VAULT_ID, name="kv-main"),
        vault(id=old, name="kv-main-old"),
        role("azurerm_role_assignment.alice", "Key Vault Secrets User", scope=VAULT_ID, principal=ALICE),
        role("azurerm_role_assignment.alice", "Key Vault Secrets User", scope=old, principal=BOB),
    )
    rows = document["values"]["root_module"]["resources"]
    for row in (rows[1], rows[3]):
        row["deposed_key"] = "00000001"
    loaded = read(document)
    assert [one.id for one in loaded.vaults] == [VAULT_ID, old]
    assert {(one.scope, one.principal) for one in loaded.role_assignments} == {(VAULT_ID, ALICE), (old, BOB)}
    assert not loaded.gaps


def test_a_state_file_is_read_as_it_is():
    values = {
        name: value
        for name, value in vault(id=VAULT_ID, rbac_authorization_enabled=False, access_policy=[entry(ALICE, "Get")])[
            "values"
        ].items()
        if value is not UNKNOWN
    }
    document = {
        "version": 4,
        "terraform_version": "1.9.0",
        "lineage": "5e5f7e0c-0000-0000-0000-000000000000",
        "resources": [
            {
                "module": 'module.kv["a"]',
                "mode": "managed",
                "type": "azurerm_key_vault",
                "name": "main",
                "provider": 'provider["registry.terraform.io/hashicorp/azurerm"]',
                "instances": [{"index_key": "x", "attributes": values}],
            }
        ],
    }
    held = access(document)
    assert verdict(held, ALICE, "secrets/get", "kv-main") == "direct"
    (origin,) = held.vaults[0].origins
    assert origin.declaration.address == 'module.kv["a"].azurerm_key_vault.main["x"]'
    assert origin.pointer == "/resources/0/instances/0"


@pytest.mark.parametrize(
    "document",
    [
        {"format_version": "1.0"} | {"terraform_version": "1.9.0"},
        {"format_version": "1.0", "terraform_version": "1.9.0", "values": {"root_module": {}}},
        {"version": 4, "terraform_version": "1.9", "lineage": "x", "resources": []},
    ],
)
def test_an_empty_state_is_a_state(document):
    assert rows_of(document) == {"a Terraform state": 1}


# Places


def test_facts_point_at_their_resource_and_its_values(tmp_path):
    document = plan(
        vault(rbac_authorization_enabled=False, access_policy=[entry(ALICE, "Get"), entry(BOB, "Get")]),
        policy(
            'module.a["x"].azurerm_key_vault_access_policy.more',
            vault_id=VAULT_ID,
            principal="11111111-2222-3333-4444-555555555555",
        ),
        prior=(LOGGED_IN,),
    )
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(document, indent=2), encoding="utf-8")
    (one,) = load([str(path)]).vaults
    origins = [origin for each in (one, *one.policies) for origin in each.origins]
    root = "/planned_values/root_module"
    assert [(each.pointer, each.declaration.address) for each in origins] == [
        (f"{root}/resources/0", "azurerm_key_vault.main"),
        (f"{root}/resources/0/values/access_policy/0", "azurerm_key_vault.main"),
        (f"{root}/resources/0/values/access_policy/1", "azurerm_key_vault.main"),
        (f"{root}/child_modules/0/resources/0", 'module.a["x"].azurerm_key_vault_access_policy.more'),
    ]
    lines = path.read_text(encoding="utf-8").split("\n")
    located = Located(lambda: origins, None)
    assert [lines[located[each].line - 1].strip() for each in origins] == ["{"] * 4
    assert lines[located[origins[2]].line + 1].strip() == f'"object_id": "{BOB}",'


SOURCES = {
    "main.tf": """# resource "azurerm_key_vault" "commented" {
/*
resource "azurerm_key_vault" "main" {
*/
locals {
  text = <<-EOT
    resource "azurerm_key_vault" "main" {
  EOT
  path = "/*"
}

resource "azurerm_key_vault" "main" {
}
""",
    "modules/roles/roles.tf": 'resource azurerm_role_assignment "reader"\n{\n}\n',
    "elsewhere/x.tf": 'resource "azurerm_key_vault" "away" {}\n',
}


def test_sources_beside_a_plan_say_on_which_line_a_resource_is(tmp_path):
    document = plan(
        vault(),
        vault("azurerm_key_vault.commented"),
        vault("module.away.azurerm_key_vault.away"),
        role('module.r["x"].azurerm_role_assignment.reader', "Key Vault Reader", scope=VAULT_ID, principal=ALICE),
        modules={"module.r": {"source": "./modules/roles"}, "module.away": {"source": "../elsewhere"}},
    )
    folder = write(tmp_path, {"plan.json": document, **SOURCES})
    snapshot = load([folder])
    facts = (*snapshot.vaults, *snapshot.role_assignments)
    told = [each.origins[0].declaration for each in facts]
    assert {each.address: (each.file, each.line) for each in told} == {
        "azurerm_key_vault.main": (f"{folder}/main.tf", 12),
        "azurerm_key_vault.commented": ("", 0),
        "module.away.azurerm_key_vault.away": ("", 0),
        'module.r["x"].azurerm_role_assignment.reader': (f"{folder}/modules/roles/roles.tf", 1),
    }


def test_a_plan_from_standard_input_has_no_sources_beside_it():
    assert read(plan(vault())).vaults[0].origins[0].declaration.file == ""


# What is never shown


VALUE = "S3cr3t-of-the-plan"


def test_the_value_of_a_secret_is_in_no_fact():
    document = plan(
        vault(),
        resource(
            "azurerm_key_vault_secret.db",
            {"name": "db", "value": VALUE, "expiration_date": "2027-01-01T00:00:00Z", "tags": {}},
            key_vault_id=refs("azurerm_key_vault.main.id"),
            value=refs("var.password"),
        ),
        resource("azurerm_key_vault_secret.odd", {"name": [VALUE], "value": {"x": VALUE}, "key_vault_id": VAULT_ID}),
        resource("random_password.db", {"result": VALUE}),
        variables={"password": {"value": VALUE}},
        prior=(LOGGED_IN,),
    )
    snapshot = read(document)
    assert VALUE not in repr(snapshot)
    (_, first) = snapshot.vault_objects
    assert (first.type, first.name, first.attributes) == ("secrets", "db", {"expires": "2027-01-01T00:00:00Z"})


# What is broken, or odd


def test_a_saved_plan_that_is_not_json_is_told_how_to_be(tmp_path):
    path = tmp_path / "plan.json"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tfplan", b"\x0a\x02")
    with pytest.raises(InputError, match="saved Terraform plan") as error:
        load([str(path)])
    assert "terraform show -json" in error.value.hint


@pytest.mark.parametrize(
    ("change", "pointer", "words"),
    [
        ({"errored": True}, "/errored", "the plan ended in an error"),
        ({"complete": False}, "/complete", "the plan is not complete"),
    ],
)
def test_a_plan_that_is_not_whole_is_judged_as_far_as_it_goes(change, pointer, words):
    snapshot = read(plan(vault(), **change))
    assert len(snapshot.vaults) == 1
    assert [(gap.origins[0].pointer, words in gap.reason) for gap in snapshot.gaps] == [(pointer, True)]


@pytest.mark.parametrize(
    "document",
    [
        {**plan(vault()), "format_version": "2.0"},
        {**state(vault()), "format_version": None},
        {"version": 3, "terraform_version": "0.11", "lineage": "x", "modules": []},
        {"lineage": "x", "serial": 1, "encrypted_data": "AAAA", "encryption_version": "v0"},
    ],
)
def test_a_format_that_is_not_known_is_not_guessed(document):
    snapshot = read(document)
    assert snapshot.vaults == ()
    assert len(snapshot.gaps) == 1
    assert snapshot.gaps[0].need == "files"


@pytest.mark.parametrize(
    ("path", "value", "pointer"),
    [
        (("planned_values",), [], "/planned_values"),
        (("planned_values", "root_module"), "x", "/planned_values/root_module"),
        (("planned_values", "root_module", "resources"), {}, "/planned_values/root_module/resources"),
        (("planned_values", "root_module", "resources", 1), 7, "/planned_values/root_module/resources/1"),
        (("planned_values", "root_module", "resources", 1), {"address": 1}, "/planned_values/root_module/resources/1"),
        (
            ("planned_values", "root_module", "resources", 1, "values"),
            [],
            "/planned_values/root_module/resources/1/values",
        ),
        (("planned_values", "root_module", "child_modules"), [3], "/planned_values/root_module/child_modules/0"),
        (("resource_changes",), {}, "/resource_changes"),
        (("resource_changes", 0), 1, "/resource_changes/0"),
    ],
)
def test_a_part_of_a_wrong_type_is_a_gap_with_its_place(path, value, pointer):
    document = plan(vault(), vault("azurerm_key_vault.other"), GROUP)
    node = document
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    gaps = read(document).gaps
    assert pointer in [gap.origins[0].pointer for gap in gaps]


ODD = [None, True, 7, 1.5, "x", [], [[]], [None], ["x"], {}, {"x": 1}, [{"x": 1}], [7]]


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_no_value_of_a_wrong_type_stops_the_rest(odd):
    """Each argument of each resource in turn; the vault beside it is judged in any case."""
    resources = [
        vault(access_policy=[entry(ALICE, "Get")]),
        policy("azurerm_key_vault_access_policy.p", vault_id=VAULT_ID, principal=ALICE),
        role("azurerm_role_assignment.r", "Owner", scope=VAULT_ID, principal=ALICE),
        resource("azurerm_role_definition.d", {"name": "d", "scope": "/", "permissions": [], "assignable_scopes": []}),
        resource(
            "azurerm_monitor_diagnostic_setting.m", {"target_resource_id": VAULT_ID, "enabled_log": [], "log": []}
        ),
        resource("azurerm_private_endpoint.e", {"private_service_connection": [{}]}),
        resource("azurerm_management_lock.l", {"name": "l", "scope": VAULT_ID, "lock_level": "ReadOnly"}),
        resource("azurerm_user_assigned_identity.i", {"name": "i", "resource_group_name": "rg", "principal_id": BOB}),
        resource(
            "azurerm_linux_web_app.w", {"name": "w", "identity": [{"type": "SystemAssigned", "identity_ids": []}]}
        ),
        resource("azurerm_key_vault_key.k", {"name": "k", "key_vault_id": VAULT_ID, "expiration_date": None}),
        resource("azuread_group.g", {"object_id": BOB, "members": [], "owners": [], "types": []}),
        resource("azuread_group_member.gm", {"group_object_id": BOB, "member_object_id": ALICE}),
        resource("azuread_directory_role_assignment.da", {"role_id": BOB, "principal_object_id": ALICE}),
        resource("azuread_application.a", {"object_id": BOB, "owners": [], "client_id": BOB}),
        resource("azuread_application_owner.ao", {"application_id": BOB, "owner_object_id": ALICE}),
        resource("azurerm_pim_eligible_role_assignment.pe", {"scope": "/", "schedule": [], "principal_id": BOB}),
        resource("azapi_resource.z", {"type": "Microsoft.KeyVault/vaults@2023-07-01", "name": "z", "body": {}}),
    ]
    beside = vault("azurerm_key_vault.beside", rbac_authorization_enabled=False, access_policy=[entry(BOB, "Get")])
    for number, each in enumerate(resources):
        for name in each["values"]:
            changed = {**each, "values": {**each["values"], name: odd}}
            document = plan(*resources[:number], changed, *resources[number + 1 :], beside, prior=(LOGGED_IN,))
            assert "kv-beside" in [one.name for one in read(document).vaults]
        held = access(plan(resource(each["address"], odd if isinstance(odd, dict) else {}), beside))
        assert verdict(held, BOB, "secrets/get", "kv-beside") in {"direct", "unknown"}


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize(
    "part", ["configuration", "prior_state", "variables", "provider_config", "module_calls", "resources"]
)
def test_a_configuration_of_a_wrong_type_is_none(part, odd):
    document = plan(vault(), prior=(LOGGED_IN,))
    node = document if part in document else document["configuration"]
    node = node if part in node else node["root_module"]
    node[part] = odd
    assert [one.name for one in read(document).vaults] == ["kv-main"]


def test_modules_a_thousand_deep_are_read_or_refused():
    module = {"address": "module.a", "resources": []}
    address = "module.a"
    for _ in range(200):
        address += ".module.a"
        module = {"address": "x", "resources": [], "child_modules": [module]}
    deep = {key: vault(f"{address}.azurerm_key_vault.x")[key] for key in ("address", "mode", "type", "name")}
    document = plan(vault())
    document["planned_values"]["root_module"]["child_modules"] = [module]
    document["planned_values"]["root_module"]["resources"].append({**deep, "values": {"name": "kv-deep"}})
    assert {one.name for one in read(document).vaults} == {"kv-main", "kv-deep"}
    document["planned_values"]["root_module"]["resources"][-1]["address"] = "module.a." * 20_000 + "azurerm_key_vault.x"
    assert len(read(document).vaults) == 2


@pytest.mark.parametrize(
    ("kind", "need"),
    [
        ("azurerm_resource_group_template_deployment", "vaults"),
        ("azurerm_lighthouse_assignment", "roleAssignments"),
        ("azuread_privileged_access_group_assignment_schedule", "groupMembers"),
    ],
)
def test_what_may_matter_and_is_not_read_does_not_vanish(kind, need):
    (gap,) = read(plan(resource(f"{kind}.x", {"name": "x"}))).gaps
    assert (gap.need, gap.subject) == (need, f"{kind}.x")
    assert gap.reason.startswith(f"{kind}: ")


def test_what_is_of_no_concern_is_counted():
    document = plan(
        vault(),
        resource("random_id.x", {}),
        resource("azurerm_virtual_network.x", {"name": "x"}),
        resource("azurerm_key_vault_managed_hardware_security_module.x", {"name": "x"}),
    )
    assert rows_of(document) == {
        "a Terraform plan": 1,
        "vaults": 1,
        "resources of no concern": 2,
        "managed HSMs": 1,
    }
    assert read(document).gaps == ()


def test_the_log_of_a_plan_is_not_taken_for_the_plan():
    lines = [{"@level": "info", "@message": "Plan: 1 to add", "@module": "terraform.ui", "type": "change_summary"}] * 3
    document = "\n".join(map(json.dumps, lines))
    (gap,) = read(document).gaps
    assert "terraform show -json" in gap.reason
    assert rows_of(document) == {"lines of Terraform's log": 3}


def test_logs_that_are_not_known_yet_are_no_missing_logs():
    setting = resource(
        "azurerm_monitor_diagnostic_setting.audit",
        {"name": "audit", "enabled_log": UNKNOWN},
        target_resource_id=refs("azurerm_key_vault.main.id"),
    )
    assert [gap.need for gap in access(plan(vault(), setting, prior=(LOGGED_IN,))).gaps] == ["diagnosticSettings"]


@pytest.mark.parametrize("name", ["category", "category_group"])
def test_a_log_of_which_the_category_is_not_known_yet_is_no_missing_log(name):
    setting = resource(
        "azurerm_monitor_diagnostic_setting.audit",
        {"name": "audit", "enabled_log": [{}]},
        target_resource_id=refs("azurerm_key_vault.main.id"),
    )
    document = plan(vault(), setting, prior=(LOGGED_IN,))
    document["resource_changes"][1]["change"]["after_unknown"]["enabled_log"] = [{name: True}]
    assert [gap.need for gap in access(document).gaps] == ["diagnosticSettings"]


def test_a_name_that_is_marked_as_sensitive_is_in_no_fact():
    secret = resource("azurerm_key_vault_secret.db", {"name": VALUE, "key_vault_id": VAULT_ID})
    one = vault(tags={"owner": VALUE})
    document = plan(one, secret)
    for each in document["planned_values"]["root_module"]["resources"]:
        each["sensitive_values"] = {"name": each["type"].endswith("secret"), "tags": True}
    snapshot = read(document)
    assert VALUE not in repr(snapshot)
    assert snapshot.vault_objects[0].name == "azurerm_key_vault_secret.db"


def test_one_tag_that_is_marked_as_sensitive_is_in_no_fact():
    document = plan(vault(tags={"owner": VALUE, "stage": "test"}))
    document["planned_values"]["root_module"]["resources"][0]["sensitive_values"] = {"tags": {"owner": True}}
    snapshot = read(document)
    assert VALUE not in repr(snapshot)
    assert snapshot.vaults[0].tags == {"stage": "test"}


def test_the_name_of_a_role_that_is_marked_as_sensitive_is_in_no_fact():
    document = plan(resource("azurerm_role_definition.x", {"name": VALUE, "description": VALUE, "permissions": []}))
    marked = {"name": True, "description": True}
    document["planned_values"]["root_module"]["resources"][0]["sensitive_values"] = marked
    assert VALUE not in repr(read(document))


@pytest.mark.parametrize("kind", ["azuread_user", "azuread_group"])
def test_a_name_in_the_directory_that_is_marked_as_sensitive_is_in_no_fact(kind):
    document = plan(resource(f"{kind}.x", {"display_name": VALUE, "user_principal_name": VALUE, "object_id": ALICE}))
    marked = {"display_name": True, "user_principal_name": True}
    document["planned_values"]["root_module"]["resources"][0]["sensitive_values"] = marked
    assert VALUE not in repr(read(document))


@pytest.mark.parametrize("written", ["enable_rbac_authorization", "rbac_authorization_enabled"])
def test_of_two_names_of_a_switch_the_one_that_is_written_counts(written):
    other = {"enable_rbac_authorization", "rbac_authorization_enabled"} - {written}
    one = vault(**{written: True, **dict.fromkeys(other, False)})
    one["expressions"][written] = {"constant_value": True}
    assert read(plan(one)).vaults[0].uses_rbac is True


def test_what_a_vault_was_before_is_not_what_the_configuration_says_of_it():
    before = vault(id=f"/subscriptions/{SUB}/resourceGroups/rg-app/providers/Microsoft.KeyVault/vaults/kv-main")
    del before["values"]["rbac_authorization_enabled"]
    before["values"]["enable_rbac_authorization"] = False
    after = vault()
    for each in (before, after):
        each["expressions"]["rbac_authorization_enabled"] = {"constant_value": True}
    document = plan(after, prior=(before,))
    held = [read(document, side=side).vaults[0].uses_rbac for side in (Side.PRIOR, Side.PLANNED)]
    assert held == [False, True]


def test_lookups_that_are_no_facts_of_vaults_are_left_alone():
    words = resource(
        "data.azurerm_key_vault_access_policy.words", {"name": "Key Management", "key_permissions": ["Get"]}
    )
    body = resource(
        "data.azapi_resource.kv",
        {"type": "Microsoft.KeyVault/vaults@2023-07-01", "resource_id": VAULT_ID},
    )
    snapshot = read(plan(vault(), prior=(words, body, LOGGED_IN)))
    assert [one.name for one in snapshot.vaults] == ["kv-main"]
    assert snapshot.gaps == ()
