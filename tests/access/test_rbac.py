"""Role assignments: semantics 1.1 to 1.4, 1.8."""

import pytest

from kvaudit.model.role import PermissionBlock, RoleDefinition, ScheduledAssignment
from kvaudit.model.snapshot import Coverage, Subscription
from tests.access.build import (
    CONTRIBUTOR,
    CUSTOM,
    GROUP,
    NOW,
    OWNER,
    READER,
    SECRETS_OFFICER,
    SECRETS_USER,
    SUBSCRIPTION,
    TENANT_ID,
    VAULT_ADMINISTRATOR,
    VAULT_READER,
    ask,
    assign,
    can,
    custom_role,
    estate,
    needs,
    vault,
    vault_id,
    words,
)

MANAGEMENT_GROUP = "/providers/Microsoft.Management/managementGroups/"


def with_role(*assignments, **sections):
    return estate(vault("kv", rbac=True), role_assignments=assignments, **sections)


def test_actions_never_grant_data_actions():
    assert can(with_role(assign("alice", READER)), "alice", "secrets/get") == "none"
    every_action = custom_role(actions=("*/read",))
    assert can(with_role(assign("alice", CUSTOM), role_definitions=(every_action,)), "alice", "keys/get") == "none"


def test_a_star_of_data_actions_gives_no_management():
    snapshot = with_role(assign("alice", CUSTOM), role_definitions=(custom_role(data_actions=("*",)),))
    assert can(snapshot, "alice", "secrets/purge") == "direct"
    assert can(snapshot, "alice", "keyvault/vaults/read") == "none"


def test_the_same_name_in_both_planes_is_two_operations():
    by_data = with_role(
        assign("a", CUSTOM), role_definitions=(custom_role(data_actions=("Microsoft.KeyVault/vaults/keys/read",)),)
    )
    by_action = with_role(
        assign("a", CUSTOM), role_definitions=(custom_role(actions=("Microsoft.KeyVault/vaults/keys/read",)),)
    )
    assert (can(by_data, "a", "keys/get"), can(by_data, "a", "keyvault/vaults/keys/read")) == ("direct", "none")
    assert (can(by_action, "a", "keys/get"), can(by_action, "a", "keyvault/vaults/keys/read")) == ("none", "direct")


def test_data_roles_are_latent_on_a_policy_vault_and_management_is_not():
    snapshot = estate(vault("kv", rbac=False), role_assignments=(assign("alice", VAULT_ADMINISTRATOR),))
    assert can(snapshot, "alice", "secrets/get") == "latent"
    assert can(snapshot, "alice", "keyvault/vaults/read") == "direct"


def test_wildcard_between_slashes_matches_no_segment():
    assert can(with_role(assign("alice", VAULT_READER)), "alice", "keyvault/vaults/read") == "direct"


def test_exclusions_are_a_subtraction_that_another_role_undoes():
    but_get = custom_role(data_actions=("*",), not_data_actions=("Microsoft.KeyVault/vaults/secrets/getSecret/action",))
    alone = with_role(assign("alice", CUSTOM), role_definitions=(but_get,))
    both = with_role(assign("alice", CUSTOM), assign("alice", SECRETS_USER), role_definitions=(but_get,))
    assert (can(alone, "alice", "secrets/get"), can(alone, "alice", "secrets/backup")) == ("none", "direct")
    assert can(both, "alice", "secrets/get") == "direct"


def test_exclusions_of_one_block_do_not_cut_another():
    blocks = (
        PermissionBlock(actions=("*",), not_actions=("Microsoft.KeyVault/vaults/write",)),
        PermissionBlock(actions=("Microsoft.KeyVault/vaults/write",)),
    )
    role = RoleDefinition(CUSTOM, "Two blocks", custom=True, blocks=blocks)
    assert (
        can(with_role(assign("alice", CUSTOM), role_definitions=(role,)), "alice", "keyvault/vaults/write") == "direct"
    )


@pytest.mark.parametrize(
    ("scope", "verdict"),
    [
        ("/", "direct"),
        (SUBSCRIPTION, "direct"),
        (SUBSCRIPTION.upper(), "direct"),
        (GROUP.replace("resourceGroups", "resourcegroups"), "direct"),
        (GROUP + "/", "direct"),
        (GROUP + "b", "none"),
        (vault_id("kv"), "direct"),
        (vault_id("kv2"), "none"),
        (vault_id("kv") + "/secrets/s1", "direct"),
        (vault_id("kv") + "/keys/k1", "none"),
        (f"{GROUP}/providers/Microsoft.Storage/storageAccounts/kv", "none"),
        (f"{MANAGEMENT_GROUP}mg-app", "direct"),
        (f"{MANAGEMENT_GROUP}MG-Top", "direct"),
        (f"{MANAGEMENT_GROUP}{TENANT_ID}", "direct"),
        (f"{MANAGEMENT_GROUP}mg-other", "none"),
    ],
)
def test_scopes_cover_by_whole_segments_in_any_case(scope, verdict):
    chain = (f"{MANAGEMENT_GROUP}mg-app".lower(), f"{MANAGEMENT_GROUP}mg-top".lower())
    snapshot = with_role(
        assign("alice", SECRETS_USER, scope), subscriptions=(Subscription(SUBSCRIPTION, ancestors=chain),)
    )
    assert can(snapshot, "alice", "secrets/get") == verdict


def test_an_unknown_chain_of_management_groups_is_unknown_for_its_assignee_alone():
    snapshot = with_role(assign("alice", SECRETS_USER, f"{MANAGEMENT_GROUP}mg-app"))
    assert can(snapshot, "alice", "secrets/get") == "unknown"
    assert needs(snapshot, "alice", "secrets/get") == ["subscriptions"]
    assert can(snapshot, "bob", "secrets/get") == "none"


def test_the_root_management_group_is_above_every_subscription():
    snapshot = with_role(assign("alice", SECRETS_USER, f"{MANAGEMENT_GROUP}{TENANT_ID}"))
    assert can(snapshot, "alice", "secrets/get") == "direct"


def test_a_role_on_one_object_holds_calls_on_that_object_only():
    snapshot = with_role(assign("alice", SECRETS_OFFICER, vault_id("kv") + "/secrets/db"))
    answer = ask(snapshot, "alice", "secrets/set")
    assert answer.verdict.value == "direct"
    assert answer.paths[0].object == "secrets/db"
    assert can(snapshot, "alice", "secrets/list") == "none"
    assert can(snapshot, "alice", "keys/get") == "none"
    assert can(snapshot, "alice", "keyvault/vaults/read") == "none"


def test_operations_of_the_subscription_must_be_held_there():
    purge = "keyvault/locations/deletedvaults/purge/action"
    assert can(with_role(assign("alice", OWNER)), "alice", purge) == "none"
    assert can(with_role(assign("alice", OWNER, SUBSCRIPTION)), "alice", purge) == "direct"


def test_an_owner_of_a_subscription_cannot_elevate_himself_to_the_root():
    assert can(with_role(assign("alice", OWNER, SUBSCRIPTION)), "alice", "authorization/elevateaccess/action") == "none"


def test_an_unknown_role_is_never_dropped():
    snapshot = with_role(assign("alice", CUSTOM))
    assert can(snapshot, "alice", "secrets/get") == "unknown"
    assert needs(snapshot, "alice", "secrets/get") == ["roleDefinitions"]
    assert can(snapshot, "bob", "secrets/get") == "none"


def test_without_role_assignments_nothing_is_certain_but_what_is_held():
    snapshot = estate(vault("kv", rbac=True), complete=False, given={"vaults"})
    assert can(snapshot, "alice", "secrets/get") == "unknown"
    assert can(snapshot, "alice", "keyvault/vaults/write") == "unknown"
    assert needs(snapshot, "alice", "secrets/get") == ["roleAssignments"]


def test_assignments_of_another_subscription_say_nothing_about_this_one():
    elsewhere = assign("alice", SECRETS_USER, "/subscriptions/other/resourceGroups/rg")
    snapshot = estate(vault("kv", rbac=True), complete=False, role_assignments=(elsewhere,))
    assert can(snapshot, "bob", "secrets/get") == "unknown"


def scheduled(start, end, **rest):
    return ScheduledAssignment(
        "instance", GROUP, VAULT_ADMINISTRATOR, "alice", "User", start=start, end=end, status="Provisioned", **rest
    )


@pytest.mark.parametrize(
    ("start", "end", "verdict"),
    [
        ("2026-01-01T00:00:00Z", None, "eligible"),
        ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00.1234567Z", "eligible"),
        ("2026-12-01T00:00:00Z", None, "none"),
        ("2026-01-01T00:00:00Z", "2026-11-24T00:00:00Z", "none"),
    ],
)
def test_an_eligibility_counts_while_it_runs(start, end, verdict):
    assert can(with_role(eligibilities=(scheduled(start, end),)), "alice", "secrets/get") == verdict


def test_an_eligibility_is_latent_on_a_policy_vault():
    snapshot = estate(vault("kv", rbac=False), eligibilities=(scheduled(None, None),))
    assert can(snapshot, "alice", "secrets/get") == "latent"


def test_a_running_activation_is_direct_and_names_its_end():
    snapshot = with_role(
        activations=(scheduled("2026-11-23T00:00:00Z", "2026-11-25T00:00:00Z", assignment_type="Activated"),)
    )
    answer = ask(snapshot, "alice", "secrets/get")
    assert answer.verdict.value == "direct"
    assert "2026-11-25" in words(snapshot, answer)


def test_the_assignment_an_activation_made_ends_with_it():
    made = assign("alice", VAULT_ADMINISTRATOR)
    instance = scheduled("2026-11-23T00:00:00Z", "2026-11-23T08:00:00Z", origin_assignment=made.id.upper())
    snapshot = with_role(made, activations=(instance,))
    assert can(snapshot, "alice", "secrets/get", as_of=NOW) == "none"
    assert can(snapshot, "alice", "secrets/get", as_of=NOW.replace(day=23, hour=4)) == "direct"


def test_contributor_lacks_the_right_to_assign():
    assert can(with_role(assign("alice", CONTRIBUTOR)), "alice", "authorization/roleassignments/write") == "none"


def test_an_unknown_role_holds_no_more_than_its_scope_can_hold():
    purge = "keyvault/locations/deletedvaults/purge/action"
    assert can(with_role(assign("alice", CUSTOM)), "alice", purge) == "none"
    on_object = with_role(assign("alice", CUSTOM, vault_id("kv") + "/secrets/db"))
    assert can(on_object, "alice", "keys/sign") == "none"
    assert can(on_object, "alice", "secrets/get") == "unknown"


def test_a_condition_that_is_false_decides_even_where_the_scope_is_not_certain():
    condition = "@Resource[Microsoft.KeyVault/vaults:name] StringEquals 'other'"
    snapshot = with_role(assign("alice", SECRETS_USER, f"{MANAGEMENT_GROUP}mg-app", condition=condition))
    assert can(snapshot, "alice", "secrets/get") == "none"


def test_the_name_of_an_object_is_in_the_request_only_where_the_request_gives_it():
    for source, verdict in (("Resource", "direct"), ("Request", "conditional")):
        condition = f"@{source}[Microsoft.KeyVault/vaults/secrets:name] StringEquals 'db'"
        snapshot = with_role(assign("alice", SECRETS_USER, vault_id("kv") + "/secrets/db", condition=condition))
        assert can(snapshot, "alice", "secrets/get") == verdict


def test_eligibilities_that_came_back_in_part_leave_the_answer_open():
    partial = Coverage("roleEligibilities", "tenant", complete=False, reason="a row could not be read")
    snapshot = with_role(coverage=(partial,))
    assert can(snapshot, "alice", "secrets/get") == "unknown"
    assert needs(snapshot, "alice", "secrets/get") == ["roleEligibilities"]
