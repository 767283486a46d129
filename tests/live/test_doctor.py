"""`kvaudit doctor`: what a login can and cannot read, and what would close the holes; the real SDK, a small Azure."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import NamedTuple

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kvaudit
from kvaudit.cli.app import main
from kvaudit.sources.live import rights
from kvaudit.sources.live.cures import Place, cures, role_definition
from kvaudit.sources.live.ledger import Entry, Status
from kvaudit.sources.live.needs import ACTIONS, CARRIERS, NEEDS
from kvaudit.sources.live.viewer import Viewer
from kvaudit.sources.live.wanted import Selection
from tests.live.azure.contoso import KV_APP, LANDING_ZONES, PRODUCTION, SANDBOX, TENANT
from tests.live.azure.login import CLIENT_OBJECT, EXPIRED_SECRET

ROOT_GROUP = f"/providers/Microsoft.Management/managementGroups/{TENANT}"
DENIED = {"status": 403, "code": "AuthorizationFailed", "times": None}


class Result(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def report(self):
        return json.loads(self.out)

    def statuses(self, source):
        """How a source answered, by scope."""
        return {scope: row["status"] for row in self.report["sources"] if row["source"] == source
                for scope in row["scopes"] or ["nowhere"]}  # fmt: skip

    def commands(self, source):
        """The commands of what closes a hole, without what may be done instead."""
        return [command for cure in self.report["cures"] if source in cure["closes"] and not cure["instead"]
                for command in cure["commands"]]  # fmt: skip


@pytest.fixture
def doctor(azure, environment, monkeypatch, capsysbinary):
    """Runs the command in this process; nothing but reading requests may be seen at the end."""
    for name in set(os.environ) - set(environment):
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def run(*arguments, **variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        code = main(["doctor", *arguments])
        out, err = capsysbinary.readouterr()
        return Result(code, out.decode(), err.decode())

    yield run
    assert azure.writes() == []


def test_everything_can_be_read(doctor):
    result = doctor("--objects", "--hsm-roles", "-f", "json")
    assert (result.code, result.report["complete"], result.report["cures"]) == (0, True, [])
    assert {row["source"]: row["status"] for row in result.report["sources"]} == dict.fromkeys(NEEDS, "ok")
    assert result.report["notTried"] == []
    assert {row["name"] for row in result.report["subscriptions"]} == {"Production", "Sandbox"}
    looked = result.report["lookedAs"]
    assert (looked["objectId"], looked["tenantId"]) == (CLIENT_OBJECT, TENANT)
    assert looked["signedInWith"] == "environment: client secret"
    assert result.err.splitlines()[-1] == "28 of 28 sources can be read · complete"


def test_each_source_is_tried_once_and_one_page_of_it_is_read(doctor, azure):
    azure.settings.page_size = azure.settings.graph_page = 1
    doctor("-f", "json")
    asked = [
        entry.words for entry in azure.log if entry.origin in {"arm", "graph"} and "/v1.0/$batch" not in entry.words
    ]
    queries = [words for words in asked if "ResourceGraph" in words]
    others = [words for words in asked if words not in queries]
    assert len(others) == len(set(others))
    assert [words.split("?")[0] for words in others if "skiptoken" in words.lower()] == ["GET /subscriptions"]
    assert len(queries) <= 3
    each = [words for words in others if words.startswith(f"GET {SANDBOX.scope}/providers/")]
    assert len(each) == 12


def test_what_is_asked_for_by_an_option_is_not_tried_without(doctor, azure):
    result = doctor("-f", "json")
    assert result.code == 0
    left = {row["source"]: row["option"] for row in result.report["notTried"]}
    assert left == {"keys": "--objects", "secrets": "--objects", "managedHsmRoles": "--hsm-roles"}
    assert azure.count("/(keys|secrets)[?]") == azure.count(".", origin="hsm") == 0


OF_MANAGER = {
    "vaults": "Microsoft.KeyVault/vaults[?]",
    "managedHsms": "managedHSMs[?]",
    "deletedVaults": "deletedVaults",
    "roleAssignments": "roleAssignments[?]",
    "roleDefinitions": "roleDefinitions[?]",
    "denyAssignments": "denyAssignments",
    "roleEligibilities": "roleEligibilityScheduleInstances",
    "roleActivations": "roleAssignmentScheduleInstances",
    "rolePolicies": "roleManagementPolicyAssignments",
    "delegations": "registrationAssignments",
    "locks": "Authorization/locks",
    "diagnosticSettings": "diagnosticSettings",
    "permissions": "Authorization/permissions",
    "resources": "Authorization/permissions",
    "logStores": "Authorization/permissions",
    "keys": "/keys[?]",
    "secrets": "/secrets[?]",
}


@pytest.mark.parametrize("source", OF_MANAGER)
def test_a_source_that_is_denied_has_a_command(doctor, azure, source):
    azure.fault(f"GET .*{OF_MANAGER[source]}", origin="arm", **DENIED)
    result = doctor("--objects", "-f", "json")
    assert result.code == 3
    assert set(result.statuses(source).values()) - {"ok"} == {"denied"}
    (row,) = [row for row in result.report["sources"] if (row["source"], row["status"]) == (source, "denied")]
    assert row["lost"] == NEEDS[source].lost != ""
    assert row["code"] == "403 AuthorizationFailed"
    assert result.commands(source) == [
        f"az role assignment create --assignee {CLIENT_OBJECT} --role Reader --scope {ROOT_GROUP}"
    ]
    others = {row["source"] for row in result.report["sources"] if row["status"] == "denied"}
    by_rights = {"permissions", "resources", "logStores"}
    assert others == (by_rights if source in by_rights else {source})


OF_GRAPH = {
    "principals": ("getByIds", "7ab1d382-f21e-4acd-a863-ba3e13f7da61"),
    "users": ("/users[?]", "df021288-bdef-4463-88db-98f22de89214"),
    "groupMembers": ("/groups/.*/members", "98830695-27a2-44f7-8c18-0c3ebc9698f6"),
    "owners": ("/servicePrincipals.*/owners", "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30"),
    "applications": ("/applications", "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30"),
    "directoryRoles": ("/directoryRoles", "483bed4a-2ad3-4361-a73b-c83ccdbdc53c"),
    "appRoleAssignments": ("appRoleAssignedTo", "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30"),
    "groupEligibilities": ("/identityGovernance", "edb419d6-7edc-42a3-9345-509bfdf5d87c"),
}


@pytest.mark.parametrize("source", OF_GRAPH)
def test_a_source_of_the_directory_that_is_denied_has_the_permission(doctor, azure, source):
    path, permission = OF_GRAPH[source]
    azure.fault(path, origin="graph", status=403, code="Authorization_RequestDenied", times=None)
    result = doctor("-f", "json")
    assert (result.code, set(result.statuses(source).values()) - {"ok"}) == (3, {"denied"})
    (command,) = result.commands(source)
    assert command.startswith(
        f"az rest --method POST --url {azure.urls['graph']}/v1.0/servicePrincipals/{CLIENT_OBJECT}/"
    )
    assert permission in command
    instead = [cure["gives"] for cure in result.report["cures"] if cure["instead"]]
    assert instead == ([] if source == "groupEligibilities" else ["the directory role Directory Readers"])


def test_all_of_the_directory_takes_two_permissions(doctor, azure):
    azure.fault("v1.0", origin="graph", status=403, code="Authorization_RequestDenied", times=None)
    result = doctor("-f", "json")
    assert result.code == 3
    of_graph = [what for what, need in NEEDS.items() if need.graph]
    tried = [what for what in of_graph if "nowhere" not in result.statuses(what)]
    assert set(tried) == set(of_graph)
    assert all(set(result.statuses(what).values()) == {"denied"} for what in tried)
    permissions = [cure["gives"].split()[3] for cure in result.report["cures"] if not cure["instead"]]
    assert permissions == ["Directory.Read.All", "PrivilegedEligibilitySchedule.Read.AzureADGroup"]


def test_names_that_are_withheld_are_no_names(doctor, azure):
    azure.settings.withhold_names = True
    result = doctor("-f", "json")
    assert (result.code, result.statuses("principals")) == (3, {"tenant": "denied"})


def test_no_token_for_the_directory_leaves_the_rest_standing(doctor, azure):
    azure.fault("oauth2/v2.0/token", origin="login", after=1, times=None, status=400, code="invalid_resource")
    result = doctor("-f", "json")
    assert result.code == 3
    rows = {row["source"]: row for row in result.report["sources"]}
    assert (rows["directoryRoles"]["status"], rows["directoryRoles"]["code"]) == ("failed", "NoToken")
    assert rows["roleAssignments"]["status"] == "ok"


def test_one_of_two_subscriptions(doctor, azure):
    azure.fault(f"GET {SANDBOX.scope}/", **DENIED)
    result = doctor("-f", "json")
    assert result.code == 3
    assert result.statuses("locks") == {PRODUCTION.scope: "ok", SANDBOX.scope: "denied"}
    assert result.commands("locks") == [
        f"az role assignment create --assignee {CLIENT_OBJECT} --role Reader --scope {SANDBOX.scope}"
    ]
    (cure,) = [cure for cure in result.report["cures"] if not cure["instead"]]
    assert {"vaults", "roleAssignments", "denyAssignments", "locks", "resources", "logStores"} <= set(cure["closes"])
    people = doctor()
    assert re.search(rf"locks +denied +on Sandbox \({SANDBOX.id}\): whether a lock", people.out)
    assert re.search(rf"locks +ok +on Production \({PRODUCTION.id}\): locks", people.out)


def test_what_is_selected_is_what_is_tried(doctor, azure):
    azure.fault(f"GET {PRODUCTION.scope}/", **DENIED)
    assert doctor("--subscription", "Sandbox").code == 0
    result = doctor("--vault", "kv-sandbox", "-f", "json")
    assert (result.code, list(result.statuses("locks"))) == (0, [SANDBOX.scope])
    result = doctor("--management-group", "landing-zones", "-f", "json")
    assert (result.code, result.statuses("locks")) == (3, {PRODUCTION.scope: "denied"})
    assert result.commands("locks")[0].endswith(f"--scope {LANDING_ZONES}")
    both = doctor("--management-group", "landing-zones", "--subscription", "Sandbox", "-f", "json")
    assert both.statuses("locks") == {PRODUCTION.scope: "denied", SANDBOX.scope: "ok"}
    result = doctor("--vault", KV_APP, "-f", "json")
    assert (result.code, result.statuses("vaults")[KV_APP]) == (3, "denied")
    assert result.commands("vaults") == result.commands("locks")
    assert result.commands("locks")[0].endswith(f"--scope {PRODUCTION.scope}")


def test_a_named_vault_alone_is_tried(doctor):
    result = doctor("--vault", "kv-app", "-f", "json")
    assert (result.code, list(result.statuses("diagnosticSettings"))) == (0, [KV_APP])


@pytest.mark.parametrize("option", ["--vault", "--subscription"])
def test_what_is_not_there_cannot_be_tried(doctor, option):
    result = doctor(option, "nothing-of-it")
    assert (result.code, result.out) == (2, "")
    assert f"{option} nothing-of-it: no " in result.err


def test_a_tenant_without_the_licence_has_no_hole(doctor, azure):
    azure.fault("ScheduleInstances", origin="arm", status=400, code="AadPremiumLicenseRequired", times=None)
    result = doctor("-f", "json")
    assert (result.code, set(result.statuses("roleEligibilities").values())) == (0, {"unlicensed"})


def test_nobody_who_sees_no_subscription_can_read_everything(doctor, azure):
    azure.estate.subscriptions.clear()
    result = doctor("-f", "json")
    assert (result.code, result.statuses("subscriptions")) == (3, {"tenant": "denied"})
    assert result.commands("subscriptions")[0].endswith(f"--role Reader --scope {ROOT_GROUP}")
    assert "Subscriptions to be seen: none." in doctor().out


def test_a_subscription_whose_place_is_not_told(doctor, azure):
    azure.fault(
        "ResourceGraph", times=None, body={"count": 0, "data": [], "resultTruncated": "false", "totalRecords": 0}
    )
    result = doctor("-f", "json")
    assert (result.code, result.statuses("managementGroups")[SANDBOX.scope]) == (3, "denied")
    assert result.commands("managementGroups") == [
        f"az role assignment create --assignee {CLIENT_OBJECT} --role 'Management Group Reader' --scope {ROOT_GROUP}"
    ]


def granted(azure, actions):
    block = {"actions": actions, "notActions": [], "dataActions": [], "notDataActions": []}
    azure.fault("Authorization/permissions", times=None, body={"value": [block]})


def test_what_the_graph_of_resources_would_leave_out_is_a_hole(doctor, azure):
    granted(azure, [action for action in ACTIONS if "virtualMachines/" not in action])
    result = doctor("-f", "json")
    assert result.code == 3
    (row,) = [row for row in result.report["sources"] if row["source"] == "resources"]
    assert (row["status"], row["reason"]) == ("denied", "not granted: Microsoft.Compute/virtualMachines/read")
    assert set(result.statuses("logStores").values()) == {"ok"}


def test_the_custom_role_is_enough(doctor, azure):
    granted(azure, list(ACTIONS))
    assert doctor().code == 0


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ({"html": True}, "failed"),
        ({"body": {}}, "failed"),
        ({"status": 404, "code": "NotFound"}, "absent"),
    ],
    ids=["a page of a proxy", "an empty object", "nothing there"],
)
def test_what_no_role_closes_has_no_command(doctor, azure, fault, status):
    azure.fault("Authorization/locks", times=None, **fault)
    result = doctor("-f", "json")
    assert (result.code, set(result.statuses("locks").values())) == (3, {status})
    assert result.report["cures"] == []


def test_nobody_who_cannot_sign_in_is_told_why_in_three_lines(doctor, azure):
    result = doctor(AZURE_CLIENT_SECRET=EXPIRED_SECRET)
    assert (result.code, result.out) == (2, "")
    assert len(result.err.splitlines()) == 3
    assert "the client secret has expired" in result.err
    assert azure.count(".", origin="arm") == 0


def test_json_is_what_its_schema_says(doctor, azure, capsysbinary):
    azure.fault("locks|/groups/", status=403, code="Denied", times=None)
    report = doctor("-f", "json").report
    main(["schema", "doctor"])
    schema = json.loads(capsysbinary.readouterr().out)
    jsonschema.Draft202012Validator(schema).validate(report)
    assert report["schema"] == schema["properties"]["schema"]["const"]


def test_names_cannot_write_on_the_terminal(doctor, azure):
    azure.estate.subscriptions[0] = azure.estate.subscriptions[0]._replace(name="evil\x1b[31m\n::error::x")
    azure.fault("locks", message="\x1b[2J", **DENIED)
    result = doctor("-v")
    assert "\x1b" not in result.out + result.err
    assert r"evil\x1b[31m" in result.out


@pytest.mark.parametrize(
    ("arguments", "scopes"),
    [
        ([], [ROOT_GROUP]),
        (["--subscription", "Sandbox"], [SANDBOX.scope]),
        (["--vault", "kv-app", "--vault", "kv-sandbox"], sorted([PRODUCTION.scope, SANDBOX.scope])),
        (["--management-group", "landing-zones"], [LANDING_ZONES]),
        (["--management-group", "landing-zones", "--management-group", "sandbox"], [ROOT_GROUP]),
    ],
    ids=["all", "a subscription", "vaults", "a group", "groups"],
)
def test_the_role_definition_is_for_what_is_selected(doctor, arguments, scopes):
    result = doctor("--role-definition", *arguments)
    assert (result.code, result.err) == (0, "")
    role = json.loads(result.out)
    assert role["AssignableScopes"] == scopes
    assert role["Actions"] == list(ACTIONS)


def test_the_role_reads_and_does_nothing_else():
    role = role_definition(Place(Selection(), (), TENANT, "https://graph.microsoft.com"))
    assert [action for action in role["Actions"] if not action.endswith("/read") or "*" in action] == []
    assert (role["NotActions"], role["DataActions"], role["NotDataActions"]) == ([], [], [])
    wanted = {need.action for need in NEEDS.values() if not need.graph and need.action.endswith("/read")}
    assert wanted - {"*/read"} <= set(role["Actions"])


def test_the_role_reads_whatever_somebody_can_act_through():
    text = (Path(kvaudit.__file__).parent / "data" / "takeover.yaml").read_text(encoding="utf-8")
    types = set(re.findall(r"^  type: (\S+)$", text, re.MULTILINE))
    assert {each.lower() for each in CARRIERS} == types


@pytest.mark.parametrize(
    ("actions", "but", "missing"),
    [
        (["*"], [], []),
        (["*/read"], [], []),
        (["microsoft.web/SITES/*"], [], []),
        (["Microsoft.Web/sites/read"], [], []),
        (["Microsoft.Web/sites"], [], ["Microsoft.Web/sites/read"]),
        (["Microsoft.Web/sites/*/read"], [], ["Microsoft.Web/sites/read"]),
        (["*"], ["Microsoft.Web/*"], ["Microsoft.Web/sites/read"]),
        ([], [], ["Microsoft.Web/sites/read"]),
    ],
)
def test_what_is_granted(actions, but, missing):
    block = msgspec.Raw(json.dumps({"actions": actions, "notActions": but}).encode())
    assert rights.missing(["Microsoft.Web/sites/read"], [block]) == missing
    assert rights.missing(["Microsoft.Web/sites/read"], [block, msgspec.Raw(b'{"actions": null}')]) == missing


HOSTILE = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1) | st.text(
    "a '\"$`\\;|&()<>\n{}", min_size=1
)


def made(who, words, *, is_application):
    viewer = Viewer(TENANT, who, None, None, "az login", is_application=is_application)
    place = Place(Selection(subscriptions=(words,)), (words,), TENANT, "https://graph.microsoft.com")
    entries = [Entry(what, "tenant", Status.DENIED, http=403) for what in NEEDS]
    return cures(entries, viewer, place)


@given(who=HOSTILE, words=HOSTILE, is_application=st.booleans())
def test_each_command_is_one_command_whatever_names_hold(who, words, is_application):
    for cure in made(who, words, is_application=is_application):
        for command in cure.commands:
            if "az ad sp show" in command:
                continue  # put in by the shell: see below
            parts = shlex.split(command)
            assert parts[0] in {"az", "kvaudit"}
            if "assignment" in parts:
                assert parts[parts.index("--assignee") + 1] == who
                assert not parts[-1].startswith("/subscriptions") or parts[-1] == f"/subscriptions/{words}"


@pytest.mark.parametrize("who", ["plain", "it's", "$(touch pwned)", "`touch pwned`", '"}; touch pwned #', "a\nb", "\\"])
def test_a_shell_takes_the_body_for_one_word(tmp_path, who):
    commands = [
        command
        for cure in made(who, "x", is_application=True)
        for command in cure.commands
        if command.startswith("az rest")
    ]
    assert len(commands) == 3
    for command in commands:
        script = 'az() { if [ "$1" = ad ]; then echo of-graph; else printf "%s\\0" "$@"; fi; }\n' + command
        done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, check=True)
        words = done.stdout.decode().split("\0")
        assert words[:3] == ["rest", "--method", "POST"]
        body = json.loads(words[words.index("--body") + 1])
        assert body["principalId"] == who
        assert body.get("resourceId", "of-graph") == "of-graph"
    assert list(tmp_path.iterdir()) == []


def test_a_person_is_given_a_role_and_no_permission_of_applications():
    found = {cure.gives: cure for cure in made("ada", "x", is_application=False)}
    assert not [gives for gives in found if gives.startswith("the application permission")]
    assert "groupMembers" in found["the directory role Directory Readers"].closes
    assert not found["the directory role Directory Readers"].instead
    (other,) = [cure for cure in found.values() if "groupEligibilities" in cure.closes]
    assert (other.commands, other.gives.split()[:2]) == ((), ["signing", "in"])


def test_a_token_that_is_not_taken_is_closed_by_no_role():
    viewer = Viewer(TENANT, "ada", None, None, "az login")
    place = Place(Selection(), (), TENANT, "https://graph.microsoft.com")
    assert cures([Entry("locks", "tenant", Status.DENIED, http=401)], viewer, place) == ()
