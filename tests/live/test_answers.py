"""Answers that are none: waited out where they may pass, else that source failed, and never an empty list."""

from __future__ import annotations

import json
import re

import pytest

from kvaudit.sources.live.needs import NEEDS
from tests.live.azure import small
from tests.live.command import NOBODY, essence, gaps_of, ledger_of, rows_of
from tests.live.sources import GAPLESS, QUERY, SOURCES, needed, spoil

ALL = ("--objects", "--hsm-roles")
FIRST = (
    *("subscriptions", "managementGroups", "vaults", "managedHsms", "roleAssignments", "roleEligibilities"),
    *("diagnosticSettings", "principals", "users"),
)
"""What others are asked after, and what is not asked here."""

OF_TABLES = {"body": {"data": [], "count": 2}}
DAMAGE = {
    "a page of a proxy": {"html": True},
    "an empty object": {"body": {}},
    "lists that are null": {"body": {"value": None, "data": None, "count": 0}},
    "a string": {"body": "text"},
    "no text at all": {"body": b"\xff\xfe\x00"},
    "no body": {"body": b""},
    "rows that are no objects": {"body": {"value": [1, "x", None], "data": [1, "x", None], "count": 3}},
    "a count of rows that are not there": OF_TABLES,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_answer_is_no_empty_list(kvaudit, azure, damage):
    damaged = {"resources", "logStores"} if damage is OF_TABLES else set(NEEDS) - set(FIRST)
    for source in damaged:
        spoil(azure, source, **damage)
    result, file = kvaudit.collect(*ALL)
    assert result.code == 3
    assert "Traceback" not in result.err
    needs = {need for need, _, _ in gaps_of(kvaudit.scan(file).report)}
    statuses = ledger_of(file)
    for source in damaged:
        assert {status for (what, _), status in statuses.items() if what == source} == {"failed"}, source
        assert source in GAPLESS or needed(source) in needs, source
    answer = kvaudit.can(NOBODY, file)
    assert answer == {"kv-app": "unknown", "kv-legacy": "unknown", "kv-sandbox": "unknown", "complete": False}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_what_others_are_asked_after_is_damaged(kvaudit, azure, damage):
    for source in ("subscriptions", "managementGroups", "roleAssignments", "roleEligibilities", "diagnosticSettings",
                   "principals"):  # fmt: skip
        spoil(azure, source, **damage)
    result, file = kvaudit.collect("--vault", small.KV_APP)
    assert result.code == 3
    assert "Traceback" not in result.err
    assert kvaudit.can(NOBODY, file) == {"kv-app": "unknown", "complete": False}
    azure.heal()
    spoil(azure, "vaults", **damage)
    result, file = kvaudit.collect()
    assert result.code == 3
    assert kvaudit.can(NOBODY, file)["complete"] is False
    assert kvaudit.scan(file).report["complete"] is False


def test_what_passes_is_waited_out(kvaudit, azure, undisturbed):
    azure.fault(f"^GET {small.PRODUCTION.scope}/", times=2, status=429, headers={"retry-after": "1"})
    azure.fault(f"^GET {small.SANDBOX.scope}/.*locks", times=2, status=429)
    azure.fault("diagnosticSettings", times=3, status=503)
    azure.fault("deletedVaults", times=1, truncate=True)
    azure.fault("denyAssignments", times=1, drop=True)
    azure.fault(QUERY, times=1, status=429, headers={"x-ms-user-quota-resets-after": "00:00:01"})
    azure.fault(QUERY, after=2, times=1, truncate=True)
    azure.fault("getByIds", times=1, status=504)
    azure.fault("/groups/[^/]+/members", times=2, status=429, headers={"retry-after": "1"})
    azure.fault("/owners", times=1, status=503)
    azure.fault("registrationAssignments", times=1, status=401)
    result, file = kvaudit.collect(*ALL)
    assert result.code == 0, result.err
    assert rows_of(file) == rows_of(undisturbed.file)
    assert essence(kvaudit.scan(file).report) == essence(undisturbed.report)


def test_what_does_not_pass_is_given_up_after_a_number_of_tries(kvaudit, azure):
    spoil(azure, "locks", status=503, headers={"retry-after": "1"})
    spoil(azure, "diagnosticSettings", status=429, headers={"retry-after": "1"})
    spoil(azure, "denyAssignments", drop=True)
    spoil(azure, "rolePolicies", status=429, headers={"retry-after": "3600"})
    azure.fault(f"/groups/{small.PLATFORM['id']}/members", times=None, status=429)
    result, file = kvaudit.collect()
    assert result.code == 3
    statuses = ledger_of(file)
    assert azure.count("/locks") == 2 * 6
    assert azure.count("diagnosticSettings") == 3 * 6
    assert azure.count("denyAssignments") == 2 * 3
    assert azure.count("roleManagementPolicyAssignments") == 1
    assert azure.count(f"/groups/{small.PLATFORM['id']}/members") == 4
    assert {status for (what, _), status in statuses.items() if what in ("locks", "denyAssignments")} == {"failed"}
    assert {status for (what, _), status in statuses.items() if what == "diagnosticSettings"} == {"throttled"}
    assert statuses["groupMembers", small.PLATFORM["id"]] == "throttled"
    assert "for longer than is waited for" in "".join(reason for _, _, reason in gaps_of(kvaudit.scan(file).report))


@pytest.mark.parametrize("fault", [{"next_link": "other"}, {"next_link": "self"}, {"redirect": "other"}],
                         ids=["another host", "a circle", "a redirect"])  # fmt: skip
def test_a_way_that_is_not_followed(kvaudit, azure, fault):
    """That nothing came to the other host is asserted by the fixture, of every test."""
    sources = ("denyAssignments", "deletedVaults", "locks", "diagnosticSettings", "managedHsmRoles",
               "groupMembers", "owners", "appRoleAssignments", "directoryRoles")  # fmt: skip
    for source in sources:
        spoil(azure, source, **fault)
    azure.fault(f"^GET {small.SANDBOX.scope}/.*roleAssignments", times=None, **fault)
    result, file = kvaudit.collect("--hsm-roles")
    assert result.code == 3
    statuses = ledger_of(file)
    assert statuses["roleAssignments", small.SANDBOX.scope] == "failed"
    for source in sources:
        assert "failed" in {status for (what, _), status in statuses.items() if what == source}, source
    ledger = json.loads(file.read_bytes())["ledger"]
    told = {row.get("code") or row["http"] for row in ledger if row["status"] == "failed"}
    assert told <= {"Refused", 302}
    answer = kvaudit.can(NOBODY, file)
    assert answer == {"kv-app": "unknown", "kv-legacy": "unknown", "kv-sandbox": "unknown", "complete": False}


def test_second_pages_are_asked_for_in_the_version_of_the_first(kvaudit, azure):
    kinds = (
        *("roleAssignments", "roleDefinitions", "roleEligibilityScheduleInstances"),
        *("roleAssignmentScheduleInstances", "roleManagementPolicyAssignments"),
    )
    for kind in kinds:
        path = f"{small.PRODUCTION.scope}/providers/Microsoft.Authorization/{kind}"
        azure.fault(rf"^GET {path}\?", times=1, next_link=f"{azure.urls['arm']}{path}?$skiptoken=2")
    kvaudit.collect("--subscription", small.PRODUCTION.id)
    for kind in kinds:
        first, second = azure.entries(rf"{small.PRODUCTION.scope}/providers/Microsoft.Authorization/{kind}\?")
        versions = [re.findall("api-version=([^&]+)", each.words) for each in (first, second)]
        assert versions[0] == versions[1], kind
        assert "skiptoken" in second.words


def test_a_token_of_resource_graph_that_leads_in_a_circle(kvaudit, azure):
    page = {"totalRecords": 9, "count": 0, "data": [], "resultTruncated": "true", "$skipToken": "again"}
    spoil(azure, "resources", body=page)
    _, file = kvaudit.collect()
    assert ledger_of(file)["resources", "tenant"] == "failed"
    assert len([each for each in azure.entries(QUERY) if b"isnotnull" in each.body]) == 2


def test_no_resource_provider_is_registered(kvaudit, azure):
    spoil(azure, "delegations", status=409, code="MissingSubscriptionRegistration")
    result, file = kvaudit.collect()
    assert result.code == 3
    assert azure.count("/register") == 0
    assert ("roleAssignments", small.SANDBOX.scope) in {
        (need, subject) for need, subject, _ in gaps_of(kvaudit.scan(file).report)
    }


def test_an_answer_that_would_be_too_large_is_asked_for_in_smaller_pages(kvaudit, azure, undisturbed):
    azure.settings.query_page = 2
    vaults = SOURCES["vaults"][0]
    azure.fault(vaults.match, asks=vaults.asks, after=1, times=2, status=400, code="ResponsePayloadTooLarge")
    result, file = kvaudit.collect(*ALL)
    assert result.code == 0
    assert rows_of(file) == rows_of(undisturbed.file)
    asked = [
        json.loads(each.body)["options"]
        for each in azure.entries(QUERY)
        if b"where type in~ ('microsoft.keyvault" in each.body
    ]
    assert [each["$top"] for each in asked] == [1000, 1000, 500, 250, 250]
    assert ["$skipToken" in each for each in asked] == [False, True, False, False, True]


def test_many_pages_under_the_quota(kvaudit, azure, undisturbed):
    azure.settings.quota = azure.settings.limits = True
    azure.settings.query_page = azure.settings.page_size = azure.settings.graph_page = 1
    result, file = kvaudit.collect(*ALL)
    assert result.code == 0
    assert rows_of(file) == rows_of(undisturbed.file)


def test_the_list_of_entities_has_pages_too(kvaudit, azure, undisturbed):
    azure.settings.page_size = 1
    requests = SOURCES["managementGroups"][0]
    azure.fault(requests.match, asks=requests.asks, times=None, status=403)
    result, file = kvaudit.collect(*ALL)
    assert result.code == 0
    assert essence(kvaudit.scan(file).report) == essence(undisturbed.report)
