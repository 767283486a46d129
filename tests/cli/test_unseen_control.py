"""Who may act as somebody that holds access, where that was not seen whole: no command may call its answer complete."""

import json

import pytest

from tests.cli.estate import ALICE, put, snapshot

OTHER = "/subscriptions/aaaaaaaa-28f0-4481-be6d-dce7a7ace732"
MACHINE = {
    "id": f"{OTHER}/resourceGroups/rg-web/providers/Microsoft.Compute/virtualMachines/vm",
    "type": "Microsoft.Compute/virtualMachines",
    "identity": {"type": "SystemAssigned", "principalId": ALICE},
}
CUT = {"fact": "resources", "scope": OTHER, "complete": False, "reason": "refused"}
UNSEEN = {
    "role assignments where a resource is": ({"resources": [MACHINE]}, ("roleAssignments", OTHER)),
    "resources": ({"resources": [], "coverage": [CUT]}, ("resources", OTHER)),
}
COMMANDS = {
    "scan": ("scan",),
    "who": ("who", "secrets/get"),
    "access": ("access",),
    "access of one": ("access", "--principal", ALICE),
}


@pytest.fixture(params=UNSEEN)
def unseen(request, tmp_path):
    sections, gap = UNSEEN[request.param]
    put(tmp_path, **sections)
    return tmp_path, gap


@pytest.mark.parametrize("command", COMMANDS)
def test_an_answer_is_not_complete(run, unseen, command):
    folder, gap = unseen
    result = run(*COMMANDS[command], folder, "-f", "json")
    document = json.loads(result.out)
    assert document["complete"] is False
    assert gap in [(each["need"], each["subject"]) for each in document["gaps"]]


def test_a_scan_does_not_pass(run, unseen):
    folder, _ = unseen
    assert run("scan", folder).code == 3


def test_a_comparison_is_not_complete_whatever_rules_run(run, unseen):
    folder, _ = unseen
    result = run("diff", folder, folder, "--select", "KV101")
    assert result.last.endswith("INCOMPLETE")


def test_what_a_template_does_not_declare_over_its_own_resources_is_not_missing(run, tmp_path):
    site = "[resourceId('Microsoft.Web/sites', 'app')]"
    entry = {
        "tenantId": "[subscription().tenantId]",
        "objectId": f"[reference({site[1:-1]}, '2023-12-01', 'full').identity.principalId]",
        "permissions": {"secrets": ["get"]},
    }
    properties = {"tenantId": "[subscription().tenantId]", "sku": {}, "accessPolicies": [entry]}
    resources = [
        {"type": "Microsoft.Web/sites", "apiVersion": "2023-12-01", "name": "app", "kind": "app",
         "identity": {"type": "SystemAssigned"}, "properties": {}},
        {"type": "Microsoft.KeyVault/vaults", "apiVersion": "2023-07-01", "name": "kv-app", "properties": properties},
    ]  # fmt: skip
    schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
    template = {"$schema": schema, "contentVersion": "1.0.0.0", "resources": resources}
    (tmp_path / "main.json").write_text(json.dumps(template))
    document = json.loads(run("who", "secrets/get", tmp_path, "-f", "json").out)
    assert [each["verdict"] for each in document["answers"]] == ["direct"]
    assert "roleAssignments" not in {each["need"] for each in document["gaps"]}


CREW = "5a0c5f0e-3d57-4a35-9d0c-2b8c5b9c7f22"
MACHINE_CONTRIBUTOR = "/providers/Microsoft.Authorization/roleDefinitions/9980e02c-c2be-4d73-94e8-173b1dc7cf3c"
GIVEN = {
    "KV206": {
        "resources": [MACHINE],
        "roleAssignments": [
            *snapshot()["roleAssignments"],
            {"id": f"{OTHER}/providers/Microsoft.Authorization/roleAssignments/crew", "name": "crew",
             "properties": {"scope": OTHER, "roleDefinitionId": MACHINE_CONTRIBUTOR, "principalId": CREW,
                            "principalType": "Group"}},
        ],
    },
    "KV207": {"directoryRoles": [{"role": "Privileged Authentication Administrator", "members": [CREW]}]},
}  # fmt: skip


@pytest.mark.parametrize("rule", GIVEN)
@pytest.mark.parametrize("command", [*COMMANDS.values(), ("diff",), ("scan", "--select", "{rule}")])
def test_who_is_in_a_group_that_acts_as_others_must_be_known(run, tmp_path, rule, command):
    """S122: a group that is given nothing on a vault, and obtains its data."""
    crew = {"id": CREW, "type": "Group", "displayName": "Crew"}
    put(tmp_path, **GIVEN[rule], principals=[*snapshot()["principals"], crew])
    command = [word.format(rule=rule) for word in command]
    document = json.loads(run(*command, tmp_path, *([tmp_path] if "diff" in command else []), "-f", "json").out)
    assert document["complete"] is False
    if "diff" not in command:
        assert ("groupMembers", CREW) in [(each["need"], each["subject"]) for each in document["gaps"]]
    empty = [*snapshot()["groupMembers"], {"group": CREW, "members": []}]
    put(tmp_path, **GIVEN[rule], principals=[*snapshot()["principals"], crew], groupMembers=empty)
    document = json.loads(run(*command, tmp_path, *([tmp_path] if "diff" in command else []), "-f", "json").out)
    assert document["complete"] is True
