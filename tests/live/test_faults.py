"""A source that Azure does not give: what it is called, what it costs, and that it never passes for "none"."""

from __future__ import annotations

import json

import pytest

from kvaudit.sources.live.needs import NEEDS
from tests.live.azure import bodies, small
from tests.live.azure.estate import GROUPS
from tests.live.azure.roles import role
from tests.live.command import NOBODY, essence, gaps_of, ledger_of, rows_of
from tests.live.sources import GAPLESS, SOURCES, needed, spoil

ALL = ("--objects", "--hsm-roles")
CALM = ("--fail-on", "critical", "--ignore", "KV202,KV203")
"""Nothing of the small estate is at this gate."""

KV_SANDBOX = f"{small.SANDBOX.scope}/resourceGroups/rg-sandbox/providers/Microsoft.KeyVault/vaults/kv-sandbox"

EVERYWHERE = {
    *("roleAssignments", "delegations", "roleEligibilities", "roleActivations", "resources", "logStores"),
    *("principals", "owners", "applications", "directoryRoles", "appRoleAssignments", "groupEligibilities"),
    *("subscriptions", "permissions"),
}
"""Sources without which nobody can be said to have nothing on any vault."""

DOUBTED = {
    "subscriptions": {"vaults", "resources"},
    "permissions": {"vaults", "managedHsms", "resources"},
}
"""What is not known whole without what tells how far all of a look reaches."""

RESTS_ON = {
    "vaults": set(),  # everything does
    "managedHsms": {"managedHsmRoles", "roleDefinitions", "vaults"},  # asked otherwise
    "roleAssignments": {"groupMembers", "owners", "principals", "resources", "applications"},
    "roleEligibilities": {"rolePolicies"},
    "diagnosticSettings": {"resources"},
    "principals": {"applications", "owners"},
    "applications": {"owners", "principals"},
    "users": {"principals"},
    "groupMembers": {"principals"},
    "owners": {"principals"},
    "directoryRoles": {"principals"},
    "appRoleAssignments": {"principals"},
    "groupEligibilities": {"principals"},
}
"""Sections that come in part only where a source is missing, beside its own."""


def test_every_source_has_requests_of_its_own():
    assert SOURCES.keys() >= NEEDS.keys()


@pytest.mark.parametrize("source", NEEDS)
def test_a_source_that_is_denied_is_a_gap_and_the_rest_stands(kvaudit, azure, undisturbed, source):
    if source == "users":  # are asked about where getByIds did not tell
        azure.estate.principals = {
            principal: {name: value for name, value in row.items() if name != "accountEnabled"}
            for principal, row in azure.estate.principals.items()
        }
    spoil(azure, source, status=403, code="AuthorizationFailed")
    by_subscription = [word for each in azure.estate.subscriptions for word in ("--subscription", each.id)]
    result, file = kvaudit.collect(*ALL, *(by_subscription if source == "managedHsms" else ()))

    assert result.code == 3
    assert f"INCOMPLETE: not read: {source} (" in result.last
    assert "denied" in {status for (what, _), status in ledger_of(file).items() if what == source}
    stated = [row for row in json.loads(file.read_bytes())["coverage"] if not row["complete"]]
    doubts = [row["reason"] for row in stated if row["fact"] in {needed(source), NEEDS[source].section}]
    assert doubts
    assert all(NEEDS[source].missing in doubt for doubt in doubts)

    if source != "vaults":
        rows, whole = rows_of(file), rows_of(undisturbed.file)
        touched = RESTS_ON.get(source, set()) | {NEEDS[source].section}
        assert {name for name in whole if rows.get(name) != whole[name]} <= touched

    scan = kvaudit.scan(file, *CALM)
    needs = {need for need, _, _ in gaps_of(scan.report)}
    assert scan.code == 3
    if source in DOUBTED:
        assert needs == DOUBTED[source]
    else:
        assert needed(source) in needs
        assert needs <= {needed(source), NEEDS[source].after, "principals"}
    for need in needs & DOUBTED.get(source, {needed(source)}):
        assert any(NEEDS[source].missing in reason for each, _, reason in gaps_of(scan.report) if each == need)

    answer = kvaudit.can(NOBODY, file)
    if source in GAPLESS:
        assert answer == {"kv-app": "none", "kv-legacy": "none", "kv-sandbox": "none", "complete": True}
    elif source in EVERYWHERE:
        assert answer == {"kv-app": "unknown", "kv-legacy": "unknown", "kv-sandbox": "unknown", "complete": False}
    elif source == "groupMembers":  # no group gets to the sandbox
        assert answer == {"kv-app": "unknown", "kv-legacy": "unknown", "kv-sandbox": "none", "complete": False}
    elif source == "vaults":
        assert answer == {"complete": False}


def test_one_subscription_that_is_denied_leaves_the_other_as_it_is(kvaudit, azure):
    all_but_rights = f"^GET {small.SANDBOX.scope}/(?!.*/permissions)"  # who may read resources there sees them all
    azure.fault(all_but_rights, times=None, status=403, code="AuthorizationFailed")
    result, file = kvaudit.collect()
    assert result.code == 3
    scan = kvaudit.scan(file, *CALM)
    assert scan.code == 3
    assert all(small.SANDBOX.scope in subject for need, subject, _ in gaps_of(scan.report) if need != "principals")
    assert {"roleAssignments", "denyAssignments", "locks", "diagnosticSettings"} <= {
        need for need, _, _ in gaps_of(scan.report)
    }
    answer = kvaudit.can(NOBODY, file)
    assert answer == {"kv-app": "none", "kv-legacy": "none", "kv-sandbox": "unknown", "complete": False}


@pytest.mark.parametrize("selected", [("--subscription", small.PRODUCTION.id), ("--vault", small.KV_APP)])
def test_without_subscriptions_vaults_that_were_named_are_all_and_an_identity_may_be_used_anywhere(
    kvaudit, azure, selected
):
    spoil(azure, "subscriptions", status=403, code="AuthorizationFailed")
    result, file = kvaudit.collect(*selected)
    assert result.code == 3
    scan = kvaudit.scan(file, *CALM)
    assert scan.code == 3
    assert {need for need, _, _ in gaps_of(scan.report)} == {"resources"}
    answer = kvaudit.can(NOBODY, file)
    assert answer.pop("complete") is False
    assert set(answer.values()) == {"unknown"}


def test_nothing_that_answers_is_not_nothing_there(kvaudit, azure):
    spoil(azure, "subscriptions", status=403, code="AuthorizationFailed")
    spoil(azure, "vaults", status=403, code="AuthorizationFailed")
    _, file = kvaudit.collect()
    scan = kvaudit.scan(file)
    assert (scan.code, scan.report["complete"]) == (3, False)
    assert ("vaults", "tenant") in {(need, subject) for need, subject, _ in gaps_of(scan.report)}


def test_a_live_scan_says_of_objects_what_a_scan_of_the_collection_says(kvaudit, azure):
    spoil(azure, "keys", status=403, code="AuthorizationFailed")
    _, file = kvaudit.collect("--objects")
    there, live = kvaudit.scan(file, *CALM), kvaudit.scan("--live", "--objects", *CALM)
    assert there.code == live.code == 3
    assert essence(there.report) == essence(live.report)
    assert {need for need, _, _ in gaps_of(live.report)} == {"vaultObjects"}


def test_one_vault_that_is_denied(kvaudit, azure):
    azure.fault(f"^GET {small.KV_LEGACY}[?]", times=None, status=403, code="AuthorizationFailed")
    azure.fault(f"^GET {small.KV_APP}/providers/Microsoft.Insights", times=None, status=403, code="AuthorizationFailed")
    result, file = kvaudit.collect("--vault", small.KV_LEGACY, "--vault", small.KV_APP)
    assert result.code == 3
    assert {key for key, status in ledger_of(file).items() if status == "denied"} == {
        ("vaults", small.KV_LEGACY),
        ("diagnosticSettings", small.KV_APP),
    }
    gaps = {(need, subject.lower()) for need, subject, _ in gaps_of(kvaudit.scan(file).report)}
    assert {("vaults", small.KV_LEGACY.lower()), ("diagnosticSettings", small.KV_APP.lower())} == gaps
    assert kvaudit.can(NOBODY, file) == {"kv-app": "none", "complete": False}


def test_vaults_of_one_subscription_that_are_not_listed(kvaudit, azure):
    """Resource Graph is refused, and Resource Manager lists one subscription of two."""
    azure.fault("Microsoft.ResourceGraph", asks=r"resources \| where type in~", times=None, status=403)
    azure.fault(rf"^GET {small.SANDBOX.scope}/providers/Microsoft.KeyVault/vaults\?", times=None, status=403)
    _, file = kvaudit.collect()
    assert ("vaults", small.SANDBOX.scope) in {(need, subject) for need, subject, _ in
                                               gaps_of(kvaudit.scan(file).report)}  # fmt: skip
    assert kvaudit.can(NOBODY, file) == {"kv-app": "none", "kv-legacy": "none", "complete": False}


def test_resource_manager_stands_in_for_resource_graph(kvaudit, azure, undisturbed):
    azure.fault("Microsoft.ResourceGraph", asks=r"resources \| where type in~", times=None, status=403)
    azure.fault("Microsoft.ResourceGraph", asks="resourcecontainers", times=None, status=403)
    result, file = kvaudit.collect(*ALL)
    assert (result.code, result.last.split(" · ")[1:]) == (0, ["complete"])
    findings = {each["fingerprint"] for each in kvaudit.scan(file).report["findings"]}
    assert findings == {each["fingerprint"] for each in undisturbed.report["findings"]}


def test_a_role_without_its_definition_may_give_anything(kvaudit, azure):
    """Janitors may purge, and no more, if that is known."""
    azure.estate.members[small.PLATFORM["id"]].remove(small.CAROL["id"])
    azure.estate.members.pop(small.APPLICATION_ADMINISTRATOR["id"])
    azure.estate.directory_roles.remove(small.APPLICATION_ADMINISTRATOR)
    _, file = kvaudit.collect()
    assert kvaudit.can(small.CAROL["id"], file)["kv-sandbox"] == "none"
    spoil(azure, "roleDefinitions", status=403, code="AuthorizationFailed")
    _, file = kvaudit.collect()
    answer = kvaudit.can(small.CAROL["id"], file)
    assert (answer["kv-sandbox"], answer["complete"]) == ("unknown", False)


def test_a_role_at_a_management_group_counts_for_whatever_may_lie_below_it(kvaudit, azure):
    somebody = "9b4f1c52-1111-4222-8333-777777777777"
    row = bodies.assignment(f"{GROUPS}landing-zones", role("Key Vault Secrets User"), somebody, "User")
    azure.estate.role_assignments.append(row)
    _, file = kvaudit.collect()
    assert kvaudit.can(somebody, file)["kv-app"] == "direct"
    spoil(azure, "managementGroups", status=403, code="AuthorizationFailed")
    _, file = kvaudit.collect()
    answer = kvaudit.can(somebody, file)
    assert (answer["kv-app"], answer["complete"]) != ("none", True)


def test_who_is_of_no_known_type_may_be_a_group(kvaudit, azure):
    """An access policy does not say whether its holder is one."""
    azure.estate.vaults[1]["properties"]["accessPolicies"].append(
        bodies.policy(small.TENANT, small.CONTRACTORS["id"], secrets=["get"])
    )
    azure.estate.role_assignments[:] = [
        row for row in azure.estate.role_assignments if row["properties"]["principalId"] != small.CONTRACTORS["id"]
    ]
    azure.estate.members[small.AUDITORS["id"]].remove(small.CONTRACTORS["id"])
    member = "9b4f1c52-1111-4222-8333-888888888888"
    azure.estate.principals[member] = {**small.EVE, "id": member}
    azure.estate.members[small.CONTRACTORS["id"]].append(member)
    _, file = kvaudit.collect()
    assert kvaudit.can(member, file)["kv-legacy"] == "direct"
    spoil(azure, "principals", status=403, code="Authorization_RequestDenied")
    _, file = kvaudit.collect()
    answer = kvaudit.can(member, file)
    assert (answer["kv-legacy"], answer["complete"]) == ("unknown", False)


def test_a_tenant_without_the_licence_has_nothing_of_it(kvaudit, azure):
    """Source: Azure's answer to PIM without Entra ID P2, 400 AadPremiumLicenseRequired."""
    for source in ("roleEligibilities", "roleActivations", "rolePolicies", "groupEligibilities"):
        spoil(azure, source, status=400, code="AadPremiumLicenseRequired", message="The tenant needs a license.")
    result, file = kvaudit.collect("-v")
    assert result.code == 0
    assert "unlicensed roleEligibilities of " in result.err
    assert result.last.endswith("complete")
    statuses = {status for (what, _), status in ledger_of(file).items() if what.endswith("Eligibilities")}
    assert statuses == {"unlicensed"}
    report = kvaudit.scan(file).report
    assert (report["gaps"], report["complete"]) == ([], True)
    assert kvaudit.can(NOBODY, file)["complete"] is True
