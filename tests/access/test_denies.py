"""Deny assignments: semantics 1.6."""

import pytest

from kvaudit.model.directory import EVERYONE
from kvaudit.model.role import DenyAssignment, PermissionBlock
from tests.access.build import (
    CUSTOM,
    GROUP,
    OWNER,
    RBAC_ADMINISTRATOR,
    SECRETS_USER,
    ask,
    assign,
    can,
    estate,
    group,
    policy,
    vault,
    vault_id,
)

DATA = PermissionBlock(data_actions=("*",))
ASSIGNING = PermissionBlock(actions=("Microsoft.Authorization/roleAssignments/write",))


def deny(block=DATA, scope=GROUP, principals=(EVERYONE,), **rest):
    return DenyAssignment(f"{scope}/deny", scope, "Guard", (block,), principals, **rest)


def guarded(*denies, role=SECRETS_USER, who="alice", rbac=True, **sections):
    return estate(vault("kv", rbac=rbac), role_assignments=(assign(who, role),), deny_assignments=denies, **sections)


def test_a_deny_beats_every_allow():
    assert can(guarded(deny()), "alice", "secrets/get") == "none"


def test_an_excluded_principal_is_spared():
    assert can(guarded(deny(excluded=("alice",))), "alice", "secrets/get") == "direct"


def test_a_member_of_an_excluded_group_is_spared():
    assert can(guarded(deny(excluded=("team",)), **group("team", "alice")), "alice", "secrets/get") == "direct"


def test_who_may_be_in_an_excluded_group_is_not_certainly_denied():
    snapshot = guarded(deny(excluded=("team",)), **group("team", known=False))
    assert can(snapshot, "alice", "secrets/get") == "conditional"


def test_a_deny_of_a_group_denies_its_members():
    snapshot = guarded(deny(principals=("team",)), **group("team", "alice"))
    assert can(snapshot, "alice", "secrets/get") == "none"


def test_one_member_denied_leaves_the_group_and_the_others_alone():
    snapshot = estate(
        vault("kv", rbac=True),
        role_assignments=(assign("team", SECRETS_USER, principal_type="Group"),),
        deny_assignments=(deny(principals=("alice",)),),
        **group("team", "alice", "bob"),
    )
    assert [can(snapshot, who, "secrets/get") for who in ("alice", "bob", "team")] == ["none", "direct", "direct"]


def test_one_member_excluded_keeps_what_the_group_gives_him():
    snapshot = estate(
        vault("kv", rbac=True),
        role_assignments=(assign("team", SECRETS_USER, principal_type="Group"),),
        deny_assignments=(deny(excluded=("bob",)),),
        **group("team", "alice", "bob"),
    )
    assert [can(snapshot, who, "secrets/get") for who in ("alice", "bob")] == ["none", "direct"]


@pytest.mark.parametrize(("scope", "verdict"), [(GROUP, "direct"), (vault_id("kv"), "none")])
def test_not_for_child_scopes_means_the_very_scope(scope, verdict):
    assert can(guarded(deny(scope=scope, this_scope_only=True)), "alice", "secrets/get") == verdict


def test_an_undecidable_condition_makes_it_conditional():
    condition = "@Resource[Microsoft.KeyVault/vaults/secrets:name] StringStartsWith 'pay-'"
    assert can(guarded(deny(condition=condition)), "alice", "secrets/get") == "conditional"


def test_an_audit_deny_denies_nothing():
    assert can(guarded(deny(effect="Audit")), "alice", "secrets/get") == "direct"


def test_a_deny_of_data_actions_does_not_bear_on_access_policies():
    snapshot = estate(vault("kv", rbac=False, policies=(policy("alice", "secrets/get"),)), deny_assignments=(deny(),))
    assert can(snapshot, "alice", "secrets/get") == "direct"


def test_denied_assigning_closes_self_assignment():
    snapshot = guarded(deny(ASSIGNING), role=RBAC_ADMINISTRATOR)
    assert can(snapshot, "alice", "secrets/get") == "none"


def test_data_that_is_denied_cannot_be_had_by_assigning_it():
    answer = ask(guarded(deny(), role=RBAC_ADMINISTRATOR), "alice", "secrets/list")
    last = [[step.text for step in path.tail if step.kind == "action"][-1] for path in answer.paths]
    assert last
    assert not any(text.startswith("assigns") for text in last)


def test_an_owner_keeps_the_ways_the_deny_leaves_open():
    assert can(guarded(deny(ASSIGNING), role=OWNER), "alice", "secrets/get") == "escalation"


def test_a_role_without_a_definition_may_hold_what_gets_past_a_deny_of_data_actions():
    everything = PermissionBlock(actions=("*",), data_actions=("*",))
    for name in ("secrets/get", "secrets/list", "keys/sign"):
        answer = ask(guarded(deny(), role=CUSTOM), "alice", name)
        assert (answer.verdict.value, [path.tail[-1].ref for path in answer.paths]) == ("unknown", ["roleDefinitions"])
        assert can(guarded(deny(everything), role=CUSTOM), "alice", name) == "none"


def test_a_deny_at_another_resource_group_is_none_of_the_vaults_business():
    assert can(guarded(deny(scope=GROUP + "b")), "alice", "secrets/get") == "direct"


def test_a_condition_that_is_true_for_the_action_denies_for_certain():
    condition = "(!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR (@Request[x] BoolEquals true)"
    assert can(guarded(deny(condition=condition)), "alice", "secrets/get") == "none"


def test_a_condition_on_the_vaults_name_that_is_false_denies_nothing():
    condition = "@Resource[Microsoft.KeyVault/vaults:name] StringEquals 'other'"
    assert can(guarded(deny(condition=condition)), "alice", "secrets/get") == "direct"


def test_a_possible_deny_leaves_the_excluded_members_of_a_group_alone():
    snapshot = estate(
        vault("kv", rbac=True),
        role_assignments=(assign("team", SECRETS_USER, principal_type="Group"),),
        deny_assignments=(
            deny(principals=("team",), excluded=("alice",), condition="@Resource[HasObotoken] BoolEquals true"),
        ),
        **group("team", "alice"),
    )
    assert can(snapshot, "alice", "secrets/get") == "direct"


def test_a_member_of_both_the_assigned_and_the_excluded_group_keeps_what_he_is_given():
    facts = {key: (*group("team", "alice")[key], *group("spared", "alice")[key]) for key in group("team")}
    snapshot = estate(
        vault("kv", rbac=True),
        role_assignments=(assign("team", SECRETS_USER, principal_type="Group"),),
        deny_assignments=(deny(excluded=("spared",)),),
        **facts,
    )
    assert can(snapshot, "alice", "secrets/get") == "direct"
