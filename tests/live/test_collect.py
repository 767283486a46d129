"""Collecting from Azure and scanning it, through the command line, when nothing goes wrong but what is asked for."""

from __future__ import annotations

import json

import pytest

from tests.live.azure import bodies, small
from tests.live.azure.estate import Subscription
from tests.live.azure.roles import role
from tests.live.command import NOBODY, essence, gaps_of, ids_of, ledger_of, rows_of
from tests.live.sources import QUERY

ALL = ("--objects", "--hsm-roles")
RIGHTS = f"^GET {small.SANDBOX.scope}/providers/Microsoft.Authorization/permissions"
"""All that is asked about a subscription that was not selected: whether Resource Graph hides something in it."""


def test_everything_there_is_comes_home(kvaudit, azure):
    result, file = kvaudit.collect(*ALL)
    assert (result.code, result.out) == (0, "")
    assert result.err == f"collected 3 vaults into {file} · complete\n"
    estate, found = azure.estate, ids_of(file)
    expected = {
        "subscriptions": [each.scope for each in estate.subscriptions],
        "vaults": estate.vaults,
        "managedHsms": estate.managed_hsms,
        "deletedVaults": estate.deleted_vaults,
        "roleAssignments": estate.role_assignments,
        "roleDefinitions": [*estate.role_definitions],
        "denyAssignments": estate.deny_assignments,
        "roleEligibilities": estate.eligibilities,
        "roleActivations": estate.activations,
        "rolePolicies": estate.role_policies,
        "delegations": estate.registrations,
        "locks": estate.locks,
        "diagnosticSettings": [row for row in estate.diagnostic_settings if small.HSM.lower() not in row["id"].lower()],
        "resources": [*estate.carriers, *estate.log_stores],
        "vaultObjects": [row for rows in estate.objects.values() for row in rows],
        "managedHsmRoles": [*estate.hsm_assignments, *estate.hsm_definitions],
        "groupMembers": [small.PLATFORM["id"], small.AUDITORS["id"], small.CONTRACTORS["id"]],
        "applications": [small.DEPLOY_APP],
        "directoryRoles": [row["roleTemplateId"] for row in estate.directory_roles],
        "appRoleAssignments": [row for rows in estate.app_role_assignments.values() for row in rows],
        "groupEligibilities": estate.group_eligibilities,
    }
    for section, rows in expected.items():
        ids = [row if isinstance(row, str) else row["id"] for row in rows]
        if section == "roleDefinitions":
            ids, found[section] = [[each.rsplit("/", 1)[-1] for each in part] for part in (ids, found[section])]
        assert sorted(ids) == sorted(found[section]), section
    met = {row["id"] for row in estate.principals.values()} - {small.DEPLOY_APP["id"], small.GRAPH["id"]}
    assert met - {small.READER["id"]} == set(found["principals"])
    assert len(found["owners"]) == 5  # of three groups, a service principal and its application
    assert found.keys() == expected.keys() | {"principals", "owners"}
    assert set(ledger_of(file).values()) == {"ok"}


def test_bodies_are_kept_as_they_came(kvaudit, azure):
    """Models of the packages lose what they do not know: here a condition, and a field of next year."""
    azure.estate.role_definitions[0]["properties"]["permissions"][0]["condition"] = "@Resource[x] BoolEquals true"
    azure.estate.vaults[0]["properties"]["fieldOfNextYear"] = {"a": [1]}
    _, file = kvaudit.collect()
    assert "@Resource[x] BoolEquals true" in "".join(rows_of(file)["roleDefinitions"])
    assert '"fieldOfNextYear": {"a": [1]}' in "".join(rows_of(file)["vaults"])
    azure.estate.role_definitions[0]["properties"]["permissions"][0].pop("condition")


def test_a_scan_of_azure_is_one_of_what_is_collected(kvaudit, undisturbed):
    kept = kvaudit.folder / "kept.json"
    live = kvaudit.scan("--live", "--keep", kept, *ALL)
    collected, file = kvaudit.collect(*ALL)
    scanned = kvaudit.scan(file)
    assert collected.code == 0
    assert live.code == scanned.code == kvaudit.scan(kept).code == 1
    assert essence(live.report) == essence(scanned.report) == essence(undisturbed.report)
    assert essence(kvaudit.scan(kept).report) == essence(live.report)
    assert live.report["findings"]
    assert live.err == scanned.err


def test_the_same_answers_make_the_same_snapshot(kvaudit, azure):
    """Whichever of 32 threads is answered first."""
    azure.settings.latency = 0.01
    _, first = kvaudit.collect(*ALL, name="first.json")
    azure.fault(f"{small.PRODUCTION.scope}/.*roleAssignments", delay=0.3, times=1)
    azure.fault("denyAssignments|diagnosticSettings", delay=0.2, times=2)
    _, second = kvaudit.collect(*ALL, name="second.json")
    assert first.read_bytes() == second.read_bytes()


def test_the_report_tells_through_whose_eyes_it_looked(kvaudit):
    report = kvaudit.scan("--live").report
    assert report["collectedAs"] == [f"application {small.READER['appId']} ({small.READER['id']})"]
    assert report["takenAt"].startswith("2026-11-23T12:00:00")
    shown = kvaudit("scan", "--live")
    assert small.READER["appId"] in shown.out


def test_what_is_not_asked_for_is_not_read(kvaudit, azure):
    _, file = kvaudit.collect()
    assert azure.count(r"/(keys|secrets)\?") == azure.count("", origin="hsm") == 0
    assert not {"vaultObjects", "managedHsmRoles"} & rows_of(file).keys()


def test_fast_asks_resource_graph_for_assignments(kvaudit, azure, undisturbed):
    result, file = kvaudit.collect("--fast", *ALL)
    assert result.code == 0
    assert azure.count(r"/roleAssignments\?", origin="arm") == 0
    assert ids_of(file) == ids_of(undisturbed.file)
    fast, slow = kvaudit.scan(file).report, undisturbed.report
    assert essence(fast)["findings"] == essence(slow)["findings"]
    assert fast["gaps"] == []


OTHER = r"kv-legacy|kv-sandbox|" + small.SANDBOX.id


@pytest.mark.parametrize("word", ["kv-app", "KV-App", small.KV_APP, small.KV_APP.upper()])
def test_one_vault_by_name_or_id(kvaudit, azure, undisturbed, word):
    result, file = kvaudit.collect("--vault", word)
    assert result.code == 0
    assert result.err.startswith("collected 1 vault into ")
    assert [row["name"] for row in map(json.loads, rows_of(file)["vaults"])] == ["kv-app"]
    assert azure.count(OTHER) == azure.count(RIGHTS) == 1
    assert azure.count(r"/diagnosticSettings\?") == azure.count(r"/roleAssignments\?", origin="arm") == 1
    whole = {each["fingerprint"] for each in undisturbed.report["findings"]}
    assert {each["fingerprint"] for each in kvaudit.scan(file).report["findings"]} & whole


@pytest.mark.parametrize("word", [small.PRODUCTION.id, small.PRODUCTION.id.upper(), "Production", "production"])
def test_one_subscription_by_name_or_id(kvaudit, azure, word):
    result, file = kvaudit.collect("--subscription", word)
    assert result.code == 0
    assert {row["name"] for row in map(json.loads, rows_of(file)["vaults"])} == {"kv-app", "kv-legacy"}
    assert azure.count(f"kv-sandbox|{small.SANDBOX.scope}") == azure.count(RIGHTS) == 1
    [subscription] = map(json.loads, rows_of(file)["subscriptions"])
    assert subscription["id"] == small.PRODUCTION.scope
    assert kvaudit.scan(file).report["gaps"] == []


def test_what_lies_below_a_management_group(kvaudit, azure):
    result, file = kvaudit.collect("--management-group", "landing-zones")
    assert result.code == 0
    assert {row["name"] for row in map(json.loads, rows_of(file)["vaults"])} == {"kv-app", "kv-legacy"}
    assert azure.count(f"kv-sandbox|{small.SANDBOX.scope}") == azure.count(RIGHTS) == 1
    assert azure.count("getEntities") == 0
    assert kvaudit.scan(file).report["gaps"] == []


def test_selections_are_added_up(kvaudit):
    result, file = kvaudit.collect("--subscription", "Production", "--management-group", "sandbox")
    assert (result.code, len(rows_of(file)["vaults"])) == (0, 3)
    result, file = kvaudit.collect("--vault", "kv-app", "--vault", "kv-sandbox")
    assert {row["name"] for row in map(json.loads, rows_of(file)["vaults"])} == {"kv-app", "kv-sandbox"}


NOWHERE = "00000000-0000-0000-0000-00000000beef"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--vault", "kv-nowhere"), "no vault of this name"),
        (("--vault", small.KV_APP + "x"), "there is no such vault"),
        (("--vault", small.KV_APP.replace(small.PRODUCTION.id, NOWHERE)), "there is no such vault"),
        (("--vault", "kv' or 1==1 //"), "neither the name nor the id"),
        (("--vault", "kv-app'\n| take 1"), "neither the name nor the id"),
        (("--vault", f"{small.KV_APP}/../kv-legacy"), "neither the name nor the id"),
        (("--subscription", "Nowhere"), "To be seen: production, sandbox"),
        (("--subscription", NOWHERE), "no subscription of this name or id"),
        (("--subscription", "x' or '1'=='1"), "no subscription of this name or id"),
        (("--subscription", "Twins"), "2 have this name"),
        (("--management-group", "nowhere"), "no management group of this name"),
        (("--management-group", "x') | union resources"), "no management group of this name"),
        (("--vault", "\x1b[31mred"), "neither the name nor the id"),
    ],
)
def test_what_cannot_be_selected_is_said_with_what_can(kvaudit, azure, arguments, words):
    if "Twins" in arguments:
        azure.estate.subscriptions += [Subscription(NOWHERE[:-1] + end, "Twins", "sandbox") for end in "12"]
    for command in (("collect", "-o", kvaudit.folder / "snapshot.json"), ("scan", "--live")):
        result = kvaudit(*command, *arguments)
        assert (result.code, result.out) == (2, "")
        assert words in result.err
        assert result.err.startswith("error: --")
        assert "\x1b" not in result.err
    assert not (kvaudit.folder / "snapshot.json").exists()
    hostile = arguments[1]
    if not hostile.isprintable() or "'" in hostile:
        assert not [each for each in azure.entries(QUERY) if hostile in json.loads(each.body)["query"]]


def test_no_vault_is_an_answer_too(kvaudit, azure):
    azure.estate.vaults.clear()
    azure.estate.managed_hsms.clear()
    result, file = kvaudit.collect()
    assert (result.code, result.last.split(" · ")[1]) == (0, "complete")
    assert rows_of(file)["vaults"] == []
    result = kvaudit.scan("--live")
    assert (result.code, result.report["complete"]) == (0, True)


def test_who_acts_as_a_member_of_a_group_that_holds_access_is_found(kvaudit, azure):
    """A machine's identity is in a group; whoever may run commands on the machine gets what the group has."""
    estate = azure.estate
    group = bodies.guid("Readers of secrets")
    estate.principals[group] = {**small.PLATFORM, "id": group, "displayName": "Readers of secrets"}
    estate.members[group] = [small.WORKER_IDENTITY["id"]]
    estate.role_assignments[:] = [
        row for row in estate.role_assignments
        if row["properties"]["principalId"] not in (small.WORKER_IDENTITY["id"], NOBODY)
    ]  # fmt: skip
    worker = next(row["id"] for row in estate.carriers if row["name"] == "vm-worker")
    user = {**small.EVE, "id": NOBODY, "displayName": "Someone"}
    estate.principals[NOBODY] = user
    estate.role_assignments += [
        bodies.assignment(small.KV_APP, role("Key Vault Secrets User"), group, "Group"),
        bodies.assignment(worker, role("Virtual Machine Contributor"), NOBODY, "User"),
    ]
    result, file = kvaudit.collect()
    assert result.code == 0
    assert kvaudit.can(NOBODY, file)["kv-app"] == "escalation"


def test_keep_writes_down_what_was_collected_also_where_the_scan_fails(kvaudit):
    kept = kvaudit.folder / "kept.json"
    result = kvaudit("scan", "--live", "--keep", kept, "--fail-on", "low", "-q")
    assert result.code == 1
    assert len(rows_of(kept)["vaults"]) == 3
    assert kvaudit("scan", "--live", "--keep", kvaudit.folder / "no" / "folder.json").code == 2


def test_going_on_with_what_is_complete_asks_next_to_nothing(kvaudit, azure, undisturbed):
    azure.reset()
    result, file = kvaudit.collect("--resume", undisturbed.file, *ALL)
    assert result.code == 0
    assert ids_of(file) == ids_of(undisturbed.file)
    assert azure.count("", origin="arm") <= 6  # the subscriptions, what is above them, who acts as whom, where logs go
    result, file = kvaudit.collect("--vault", "kv-app", name="one.json")
    result, again = kvaudit.collect("--vault", "kv-app", "--resume", file, name="again.json")
    assert (result.code, ids_of(again)) == (0, ids_of(file))
    result = kvaudit.scan("--live", "--resume", file, "--vault", "kv-app")
    assert gaps_of(result.report) == []


@pytest.mark.parametrize(
    "option",
    [("--vault", "kv-app"), ("--objects",), ("--keep", "kept.json"), ("--auth", "cli"), ("--tenant", "x"), ("--fast",)],
)
def test_options_of_live_need_it(kvaudit, azure, undisturbed, option):
    result = kvaudit("scan", undisturbed.file, *option)
    assert (result.code, result.out) == (2, "")
    assert f"error: {option[0]} needs --live" in result.err
    assert azure.log == []


def test_live_does_not_go_with_standard_input(kvaudit, azure):
    result = kvaudit("scan", "--live", "-")
    assert (result.code, "--live and - cannot go together" in result.err) == (2, True)
    assert azure.log == []


def test_exports_may_be_added_to_what_is_live(kvaudit):
    extra = kvaudit.folder / "extra.json"
    vault = bodies.vault(small.KV_APP.replace("kv-app", "kv-exported"), small.TENANT)
    extra.write_text(json.dumps(vault))
    report = kvaudit.scan("--live", extra).report
    assert report["summary"]["vaults"] == 4
