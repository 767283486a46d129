import pytest

from kvaudit.model.directory import GroupMembers, Principal
from kvaudit.model.finding import Confidence
from kvaudit.model.profile import Member, Profile, Team
from kvaudit.model.role import ScheduledAssignment
from tests.access.build import (
    CUSTOM,
    GROUP,
    OWNER,
    SECRETS_USER,
    SUBSCRIPTION,
    VAULT_CONTRIBUTOR,
    VAULT_READER,
    assign,
    custom_role,
    estate,
    policy,
    user,
    vault,
    vault_id,
)
from tests.rules.builtin.judging import EVERYTHING, findings, only

MONITORING_CONTRIBUTOR = "749f88d5-cbae-40b8-bcfc-e573ddc772fa"
TEAM = Principal("team", "Group", "Team")


def given(*rows, **rest):
    facts = {"principals": (user("eve"), TEAM), "given": EVERYTHING, **rest}
    vaults = (vault("kv-a", rbac=True), vault("kv-b", rbac=True))
    return estate(*vaults, role_assignments=rows, **facts)


def names(found) -> list[str]:
    return [each.rsplit("/", 1)[-1] for each in found.vaults]


def test_only_the_vaults_whose_data_is_held_are_told():
    rows = (assign("eve", SECRETS_USER, vault_id("kv-b")), assign("eve", MONITORING_CONTRIBUTOR, SUBSCRIPTION))
    found = only("KV210", given(*rows))
    assert names(found) == ["kv-b"]
    assert "redirect or delete its logs" in found.message
    assert found.cause.id.startswith(f"{SUBSCRIPTION}/providers")


@pytest.mark.parametrize(
    ("reader", "hider", "members", "words"),
    [
        ("team", "eve", ("eve",), "Eve (eve) holds data"),
        ("eve", "team", ("eve",), "with Eve (eve) in it"),
        ("eve", "team", ("bob",), None),
        ("team", "team", ("bob",), "Team (team) holds data"),
    ],
)
def test_data_and_hiding_may_come_by_different_grants_and_groups(reader, hider, members, words):
    rows = (assign(reader, SECRETS_USER, GROUP), assign(hider, MONITORING_CONTRIBUTOR))
    kinds = {"team": "Group", "eve": "User"}
    rows = tuple(assign(row.principal, row.role, principal_type=kinds[row.principal]) for row in rows)
    snapshot = given(*rows, group_members=(GroupMembers("team", members),))
    if words is None:
        assert not findings("KV210", snapshot)
    else:
        assert words in only("KV210", snapshot).message


def test_two_groups_with_one_member_in_common():
    crew = Principal("crew", "Group", "Crew")
    snapshot = given(
        assign("team", SECRETS_USER, principal_type="Group"),
        assign("crew", MONITORING_CONTRIBUTOR, principal_type="Group"),
        principals=(user("eve"), user("bob"), TEAM, crew),
        group_members=(GroupMembers("team", ("eve",)), GroupMembers("crew", ("eve", "bob"))),
    )
    found = only("KV210", snapshot)
    assert found.principal == "crew"
    assert "with Eve (eve) in it" in found.message


@pytest.mark.parametrize(
    ("action", "words", "confidence"),
    [
        ("Microsoft.Authorization/locks/delete", "can delete locks there", Confidence.HIGH),
        ("Microsoft.Authorization/denyAssignments/delete", "can delete deny assignments there", Confidence.HIGH),
        ("Microsoft.Insights/diagnosticSettings/delete", "can redirect or delete its logs there", Confidence.HIGH),
        (
            "Microsoft.KeyVault/vaults/providers/Microsoft.Insights/diagnosticSettings/Write",
            "can redirect or delete its logs there",
            Confidence.LOW,
        ),
    ],
)
def test_each_way_to_hide(action, words, confidence):
    rows = (assign("eve", SECRETS_USER), assign("eve", CUSTOM))
    found = only("KV210", given(*rows, role_definitions=(custom_role(actions=(action,)),)))
    assert words in found.message
    assert found.confidence is confidence


def test_names_of_secrets_alone_are_no_data_to_hide():
    assert not findings("KV210", given(assign("eve", VAULT_READER), assign("eve", OWNER)))


def test_an_access_policy_counts_where_it_is_in_force():
    for rbac, hit in ((False, True), (True, False)):
        snapshot = estate(
            vault("kv", rbac=rbac, policies=(policy("eve", "secrets/get"),)),
            role_assignments=(assign("eve", OWNER),),
            principals=(user("eve"),),
            given=EVERYTHING,
        )
        assert bool(findings("KV210", snapshot)) is hit


def test_a_role_that_the_profile_names_is_none():
    rows = (assign("eve", SECRETS_USER), assign("eve", VAULT_CONTRIBUTOR))
    profile = Profile((Team("security", (Member(name="Eve"),), roles=frozenset({"key vault contributor"})),))
    assert findings("KV210", given(*rows))
    assert not findings("KV210", given(*rows), profile)


def test_what_must_be_activated_first_says_so():
    eligible = ScheduledAssignment(f"{GROUP}/e", GROUP, OWNER, "eve", "User")
    found = only("KV210", given(assign("eve", SECRETS_USER), eligibilities=(eligible,)))
    assert found.confidence is Confidence.MEDIUM
    assert "once it activates the role" in found.message
