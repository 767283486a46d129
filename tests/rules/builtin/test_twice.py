import pytest

from kvaudit.model.directory import GroupMembers, Principal
from kvaudit.model.role import DenyAssignment, PermissionBlock, ScheduledAssignment
from kvaudit.model.snapshot import Subscription
from tests.access.build import (
    CONTRIBUTOR,
    GROUP,
    OWNER,
    SECRETS_OFFICER,
    SECRETS_USER,
    SUBSCRIPTION,
    VAULT_CONTRIBUTOR,
    VAULT_READER,
    assign,
    estate,
    policy,
    user,
    vault,
    vault_id,
)
from tests.rules.builtin.judging import EVERYTHING, findings, only

TEAM = Principal("team", "Group", "Team")
IN_TEAM = (GroupMembers("team", ("eve",)),)
READS = "@Resource[Microsoft.KeyVault/vaults/secrets:name] StringEquals 'a'"


def given(*rows, **rest):
    facts = {"principals": (user("eve"), TEAM), "group_members": IN_TEAM, "given": EVERYTHING, **rest}
    return estate(vault("kv", rbac=True), role_assignments=rows, **facts)


def test_the_narrower_of_two_scopes_is_told_and_the_wider_named():
    found = only("KV123", given(assign("eve", SECRETS_USER), assign("eve", SECRETS_USER, SUBSCRIPTION)))
    assert found.cause.id.startswith(f"{GROUP}/")
    assert "at subscription" in found.message
    assert SUBSCRIPTION in found.message


def test_a_wider_role_covers_a_narrower_one_on_data():
    found = only("KV123", given(assign("eve", SECRETS_USER), assign("eve", SECRETS_OFFICER)))
    assert "the role Key Vault Secrets User" in found.message
    assert not findings("KV123", given(assign("eve", SECRETS_USER), assign("eve", VAULT_READER, vault_id("kv"))))


def test_a_role_of_the_management_plane_is_covered_by_itself_only():
    assert not findings("KV123", given(assign("eve", VAULT_CONTRIBUTOR), assign("eve", CONTRIBUTOR)))
    assert only("KV123", given(assign("eve", OWNER), assign("eve", OWNER, SUBSCRIPTION)))


def test_a_member_has_what_its_group_has_and_not_the_other_way_round():
    rows = (assign("eve", SECRETS_USER), assign("team", SECRETS_USER, principal_type="Group"))
    found = only("KV123", given(*rows))
    assert found.principal == "eve"
    assert "of its group Team (team)" in found.message
    assert not findings("KV123", given(*rows, group_members=(GroupMembers("team", ("bob",)),)))


def test_of_groups_that_hold_each_other_one_is_kept():
    rows = tuple(assign(each, SECRETS_USER, principal_type="Group") for each in ("team", "crew"))
    members = (GroupMembers("team", ("crew",)), GroupMembers("crew", ("team",)))
    only("KV123", given(*rows, principals=(TEAM, Principal("crew", "Group", "Crew")), group_members=members))


def test_policies_of_a_person_and_its_group():
    def at(*policies):
        return estate(
            vault("kv", rbac=False, policies=policies),
            principals=(user("eve"), TEAM),
            group_members=IN_TEAM,
            given=EVERYTHING,
        )

    assert only("KV123", at(policy("eve", "secrets/get"), policy("team", "secrets/get", "secrets/list")))
    assert not findings("KV123", at(policy("eve", "secrets/get", "secrets/set"), policy("team", "secrets/get")))
    compound = policy("eve", "secrets/get", application_id="app")
    assert only("KV123", at(compound, policy("eve", "secrets/get"))).cause.id.endswith("/eve/app")


def test_what_must_be_activated_or_hangs_on_a_condition_covers_nothing_held_outright():
    eligible = ScheduledAssignment(f"{SUBSCRIPTION}/e", SUBSCRIPTION, SECRETS_USER, "eve", "User")
    found = only("KV123", given(assign("eve", SECRETS_USER, SUBSCRIPTION), eligibilities=(eligible,)))
    assert found.cause.kind == "eligibility"
    active = ScheduledAssignment(
        f"{SUBSCRIPTION}/a", SUBSCRIPTION, SECRETS_USER, "eve", "User", end="2027-01-01T00:00Z"
    )
    assert not findings("KV123", given(assign("eve", SECRETS_USER), activations=(active,)))
    bound = assign("eve", SECRETS_USER, vault_id("kv"), condition=READS)
    assert only("KV123", given(assign("eve", SECRETS_USER), bound)).cause.id == bound.id


def test_what_a_deny_takes_from_one_of_them_is_not_given_twice():
    deny = DenyAssignment(f"{GROUP}/d", GROUP, blocks=(PermissionBlock(data_actions=("*",)),), principals=("team",))
    rows = (assign("bob", SECRETS_USER), assign("team", SECRETS_USER, principal_type="Group"))
    assert not findings("KV123", given(*rows, deny_assignments=(deny,), principals=(user("bob"), TEAM)))


@pytest.mark.parametrize(("above", "hit"), [("corp", True), ("other", False)])
def test_a_management_group_covers_what_is_below_it(above, hit):
    group = "/providers/Microsoft.Management/managementGroups/"
    snapshot = given(
        assign("eve", SECRETS_USER),
        assign("eve", SECRETS_USER, f"{group}{above}"),
        subscriptions=(Subscription(SUBSCRIPTION, ancestors=(f"{group}corp".lower(),)),),
    )
    assert bool(findings("KV123", snapshot)) is hit


def test_an_object_is_covered_by_its_vault_and_not_the_vault_by_the_object():
    secret = f"{vault_id('kv')}/secrets/s1"
    found = only("KV123", given(assign("eve", SECRETS_USER), assign("eve", SECRETS_USER, secret)))
    assert found.cause.id.startswith(secret)
    two = (assign("eve", SECRETS_USER, secret), assign("eve", SECRETS_USER, f"{vault_id('kv')}/secrets/s2"))
    assert not findings("KV123", given(*two))
