import pytest

from kvaudit.model.directory import GroupMembers, Principal
from kvaudit.model.finding import Confidence
from kvaudit.model.profile import Member, Profile, Team
from kvaudit.model.snapshot import Coverage, Subscription
from kvaudit.model.vault import DiagnosticSetting, LogCategory
from tests.access.build import (
    CONTRIBUTOR,
    CUSTOM,
    GROUP,
    OWNER,
    READER,
    SUBSCRIPTION,
    TENANT_ID,
    VAULT_CONTRIBUTOR,
    assign,
    custom_role,
    estate,
    user,
    vault,
    vault_id,
)
from tests.rules.builtin.judging import EVERYTHING, findings, only, results

LOGS = f"{SUBSCRIPTION}/resourceGroups/rg-logs"
STORE = f"{LOGS}/providers/Microsoft.Storage/storageAccounts/staudit"
WORKSPACE = f"{LOGS}/providers/Microsoft.OperationalInsights/workspaces/log-audit"
HUB = f"{LOGS}/providers/Microsoft.EventHub/namespaces/hub/authorizationRules/send"
ACCOUNT_CONTRIBUTOR = "17d1049b-9a84-46fb-8f53-869881c3d3ab"
BLOB_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
LOG_READER = "73c42c96-874c-492b-b04d-ab87d138a893"
MANAGER = assign("eve", VAULT_CONTRIBUTOR)
AUDITOR = Principal("ann", "User", "Ann")
NOBODY = Profile((Team("security", (Member(name="nobody"),)),))
AUDITED = Profile((Team("auditors", (Member(name="Ann"),)),))


def setting(*places: str, name: str = "kv", enabled: bool = True) -> DiagnosticSetting:
    logs = (LogCategory("AuditEvent", None, enabled),)
    return DiagnosticSetting(f"{vault_id(name)}/d", vault_id(name).lower(), "d", logs, places)


def given(*rows, logs: tuple[DiagnosticSetting, ...] = (setting(STORE),), **rest):
    facts = {"principals": (user("eve"), AUDITOR), "given": EVERYTHING | {"diagnosticSettings"}, **rest}
    return estate(vault("kv", rbac=True), role_assignments=rows, diagnostic_settings=logs, **facts)


@pytest.mark.parametrize(
    ("role", "scope", "hit"),
    [
        (ACCOUNT_CONTRIBUTOR, STORE, True),
        (ACCOUNT_CONTRIBUTOR, LOGS.upper(), True),
        (CONTRIBUTOR, LOGS, True),
        (ACCOUNT_CONTRIBUTOR, GROUP, False),
        (BLOB_READER, STORE, False),
        (READER, SUBSCRIPTION, False),
    ],
)
def test_a_manager_who_can_destroy_the_logs(role, scope, hit):
    found = findings("KV211", given(MANAGER, assign("eve", role, scope)), NOBODY)
    assert bool(found) is hit
    if hit:
        assert "Eve (eve) manages kv and can destroy their logs in staudit" in found[0].message
        assert found[0].cause.id == MANAGER.id
        assert "role assignment delete" in found[0].remediation.commands[1]


def test_the_two_may_come_by_a_member():
    team = Principal("team", "Group", "Team")
    rows = (
        assign("team", VAULT_CONTRIBUTOR, principal_type="Group"),
        assign("bob", ACCOUNT_CONTRIBUTOR, STORE),
    )
    members = (GroupMembers("team", ("bob",)),)
    found = only("KV211", given(*rows, principals=(team, user("bob")), group_members=members), NOBODY)
    assert "with Bob (bob) in it" in found.message


def test_logs_in_a_second_store_that_he_does_not_hold_are_safe():
    rows = (MANAGER, assign("eve", ACCOUNT_CONTRIBUTOR, STORE))
    assert not findings("KV211", given(*rows, logs=(setting(STORE, WORKSPACE),)), NOBODY)
    both = (*rows, assign("eve", CONTRIBUTOR, WORKSPACE))
    assert only("KV211", given(*both, logs=(setting(STORE), setting(WORKSPACE))), NOBODY)


@pytest.mark.parametrize("logs", [(setting(STORE, HUB),), (setting(STORE, enabled=False),), ()])
def test_logs_that_go_on_or_nowhere_are_not_judged(logs):
    rows = (MANAGER, assign("eve", ACCOUNT_CONTRIBUTOR, STORE))
    assert not findings("KV211", given(*rows, logs=logs), AUDITED)


def test_one_assignment_that_the_profile_names_was_meant():
    profile = Profile((Team("platform", (Member(name="Eve"),), roles=frozenset({"owner"})),))
    assert findings("KV211", given(assign("eve", OWNER, SUBSCRIPTION)), NOBODY)
    assert not findings("KV211", given(assign("eve", OWNER, SUBSCRIPTION)), profile)
    apart = given(assign("eve", OWNER), assign("eve", ACCOUNT_CONTRIBUTOR, STORE))
    assert findings("KV211", apart, profile)


def test_what_a_role_excludes_it_does_not_destroy():
    role = custom_role(actions=("*",), not_actions=("Microsoft.Storage/storageAccounts/*",))
    rows = (assign("eve", CUSTOM, SUBSCRIPTION),)
    assert not findings("KV211", given(*rows, role_definitions=(role,)), NOBODY)
    assert findings("KV211", given(*rows, role_definitions=(role,), logs=(setting(WORKSPACE),)), NOBODY)


@pytest.mark.parametrize(
    ("places", "rows", "hit"),
    [
        ((STORE,), (), True),
        ((STORE,), (assign("ann", BLOB_READER, STORE),), False),
        ((STORE,), (assign("ann", READER, SUBSCRIPTION),), True),  # of the account, not of what is in it
        ((WORKSPACE,), (assign("ann", READER, SUBSCRIPTION),), False),
        ((WORKSPACE, STORE), (assign("ann", LOG_READER, WORKSPACE),), False),
        ((STORE,), (assign("eve", BLOB_READER, STORE),), True),
    ],
)
def test_auditors_read_the_logs(places, rows, hit):
    found = findings("KV211", given(*rows, logs=(setting(*places),)), AUDITED)
    assert bool(found) is hit
    if hit:
        assert "nobody of team auditors can read the logs of kv" in found[0].message
        assert found[0].confidence is Confidence.HIGH


def test_vaults_with_the_same_stores_are_one_finding():
    snapshot = estate(
        vault("kv-a", rbac=True),
        vault("kv-b", rbac=True),
        diagnostic_settings=(setting(STORE, name="kv-a"), setting(STORE.upper(), name="kv-b")),
        principals=(AUDITOR,),
        given=EVERYTHING | {"diagnosticSettings"},
    )
    assert len(only("KV211", snapshot, AUDITED).vaults) == 2


def test_without_auditors_nobody_is_missed():
    assert not findings("KV211", given(principals=(user("eve"),)), AUDITED)


@pytest.mark.parametrize(
    ("facts", "need"),
    [
        ({"complete": False}, "roleAssignments"),
        ({"role_assignments": (assign("ann", CUSTOM, STORE),)}, "roleDefinitions"),
        ({"role_assignments": (assign("team", BLOB_READER, STORE, principal_type="Group"),)}, "groupMembers"),
        (
            {"role_assignments": (assign("ann", BLOB_READER, "/providers/Microsoft.Management/managementGroups/m"),)},
            "subscriptions",
        ),
    ],
)
def test_readers_that_are_not_known_are_a_gap(facts, need):
    snapshot = estate(
        vault("kv", rbac=True),
        diagnostic_settings=(setting(STORE),),
        principals=(AUDITOR, Principal("team", "Group", "Team")),
        given=EVERYTHING | {"diagnosticSettings"},
        **facts,
    )
    outcome = results("KV211", snapshot, AUDITED)
    assert not outcome.findings
    assert [gap.need for gap in outcome.gaps] == [need]


def test_a_management_group_above_the_store_counts():
    group = "/providers/Microsoft.Management/managementGroups/m"
    placed = (Subscription(SUBSCRIPTION, ancestors=(group.lower(),)),)
    assert not findings("KV211", given(assign("ann", BLOB_READER, group), subscriptions=placed), AUDITED)


def test_a_store_of_another_subscription_needs_its_assignments():
    other = STORE.replace("000000000001", "000000000002")
    listed = (Coverage("roleAssignments", SUBSCRIPTION, complete=True),)
    snapshot = estate(
        vault("kv", rbac=True),
        complete=False,
        coverage=listed,
        diagnostic_settings=(setting(other),),
        principals=(AUDITOR,),
        given=EVERYTHING | {"diagnosticSettings"},
    )
    (gap,) = results("KV211", snapshot, AUDITED).gaps
    assert gap.subject == other.split("/resourceGroups")[0]


def test_the_root_management_group_is_above_every_store():
    root = f"/providers/Microsoft.Management/managementGroups/{TENANT_ID}"
    found = findings("KV211", given(assign("eve", OWNER, root)), NOBODY)
    assert [each.principal for each in found] == ["eve"]
