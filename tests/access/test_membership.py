"""Groups: semantics 1.5."""

from kvaudit.model.directory import GroupMembers, Principal
from kvaudit.model.permission import parse_question
from kvaudit.model.snapshot import Coverage, Resource
from tests.access.build import (
    GROUP,
    SECRETS_USER,
    access,
    ask,
    assign,
    can,
    estate,
    group,
    needs,
    policy,
    user,
    vault,
    words,
)


def with_groups(assignments, *groups, **sections):
    facts = {"principals": sections.pop("principals", ()), "group_members": ()}
    for each in groups:
        facts = {key: (*facts[key], *each[key]) for key in facts}
    return estate(vault("kv", rbac=True), role_assignments=assignments, **facts, **sections)


def test_membership_is_transitive_and_the_path_names_every_group():
    snapshot = with_groups(
        [assign("outer", SECRETS_USER, principal_type="Group")], group("outer", "inner"), group("inner", "alice")
    )
    answer = ask(snapshot, "alice", "secrets/get")
    assert answer.verdict.value == "direct"
    assert "inner" in words(snapshot, answer)
    assert "outer" in words(snapshot, answer)
    assert can(snapshot, "inner", "secrets/get") == "direct"
    assert can(snapshot, "bob", "secrets/get") == "none"


def test_access_policies_follow_membership_too():
    snapshot = estate(vault("kv", rbac=False, policies=(policy("team", "keys/sign"),)), **group("team", "alice"))
    assert can(snapshot, "alice", "keys/sign") == "direct"


def test_groups_in_a_circle_come_to_an_end():
    snapshot = with_groups(
        [assign("a", SECRETS_USER, principal_type="Group")], group("a", "b"), group("b", "a", "alice")
    )
    assert can(snapshot, "alice", "secrets/get") == "direct"
    assert access(snapshot).directory.members_of("a").ids == {"b", "alice"}


def test_a_group_in_itself_comes_to_an_end():
    snapshot = with_groups([assign("a", SECRETS_USER, principal_type="Group")], group("a", "a", "alice"))
    assert can(snapshot, "alice", "secrets/get") == "direct"


def test_members_that_are_not_known_leave_everyone_elses_answer_open():
    snapshot = with_groups(
        [assign("team", SECRETS_USER, principal_type="Group"), assign("bob", SECRETS_USER)],
        group("team", known=False),
        principals=(user("alice"), user("bob")),
    )
    assert can(snapshot, "alice", "secrets/get") == "unknown"
    assert needs(snapshot, "alice", "secrets/get") == ["groupMembers"]
    assert can(snapshot, "bob", "secrets/get") == "direct"
    assert can(snapshot, "team", "secrets/get") == "direct"
    assert can(snapshot, "alice", "keys/sign") == "none"


def test_an_unknown_group_inside_a_known_one_leaves_it_open_too():
    snapshot = with_groups(
        [assign("outer", SECRETS_USER, principal_type="Group")], group("outer", "inner"), group("inner", known=False)
    )
    assert can(snapshot, "alice", "secrets/get") == "unknown"


def test_part_of_a_groups_members_is_not_all_of_them():
    row = GroupMembers("team", ("alice",), complete=False)
    snapshot = estate(
        vault("kv", rbac=True),
        role_assignments=(assign("team", SECRETS_USER, principal_type="Group"),),
        principals=(Principal("team", "Group"),),
        group_members=(row,),
    )
    assert can(snapshot, "alice", "secrets/get") == "direct"
    assert can(snapshot, "bob", "secrets/get") == "unknown"


def test_no_members_said_for_the_whole_tenant_means_none():
    snapshot = with_groups(
        [assign("team", SECRETS_USER, principal_type="Group")],
        group("team", known=False),
        coverage=(Coverage("groupMembers", "tenant", complete=True),),
    )
    assert can(snapshot, "alice", "secrets/get") == "none"


def test_a_scan_has_a_gap_for_the_group_and_a_question_for_the_reader_none():
    snapshot = with_groups([assign("team", SECRETS_USER, principal_type="Group")], group("team", known=False))
    assert "groupMembers" in {gap.need for gap in access(snapshot).gaps}
    reader = with_groups(
        [assign("team", "acdd72a7-3385-48ef-bd42-f606fba81ae7", principal_type="Group")], group("team", known=False)
    )
    assert "groupMembers" not in {gap.need for gap in access(reader).gaps}


def test_who_names_groups_and_their_members():
    snapshot = with_groups([assign("team", SECRETS_USER, principal_type="Group")], group("team", "alice", "bob"))
    answers, gaps = access(snapshot).who(parse_question("secrets/get"), [0])
    assert {answer.principal for answer in answers} == {"team", "alice", "bob"}
    assert not gaps


def test_a_holder_that_no_list_of_principals_has_is_a_gap_and_still_a_holder():
    stranger = "99999999-0000-4000-8000-000000000009"
    kv = vault("kv", rbac=False, policies=(policy(stranger, "secrets/get"),))
    listed = estate(kv, principals=(user("alice"),), given={"vaults", "roleAssignments", "principals"})
    assert can(listed, stranger, "secrets/get") == "direct"
    assert {(gap.need, gap.subject) for gap in access(listed).gaps} >= {("principals", stranger)}
    unlisted_ones = estate(kv)
    assert "principals" not in {gap.need for gap in access(unlisted_ones).gaps}


def test_members_said_to_be_cut_off_are_not_all_whatever_was_listed():
    listed = {"role_assignments": (assign("team", SECRETS_USER, principal_type="Group"),), **group("team", "bob")}
    whole = estate(vault("kv", rbac=True), **listed)
    assert can(whole, "alice", "secrets/get") == "none"
    for scope in ("team", "tenant"):
        cut = (Coverage("groupMembers", scope, complete=False, reason="cut"),)
        snapshot = estate(vault("kv", rbac=True), coverage=cut, **listed)
        assert can(snapshot, "alice", "secrets/get") == "unknown"
        assert needs(snapshot, "alice", "secrets/get") == ["groupMembers"]
    told = (Coverage("groupMembers", "tenant", complete=False), Coverage("groupMembers", "team", complete=True))
    assert can(estate(vault("kv", rbac=True), coverage=told, **listed), "alice", "secrets/get") == "none"


def test_a_holder_that_the_list_of_principals_lacks_may_be_a_group():
    kv = vault("kv", rbac=False, policies=(policy("somebody", "secrets/get"),))
    people = {"principals": (user("alice"),), "given": {"vaults", "roleAssignments", "principals"}}
    assert can(estate(kv, **people), "alice", "secrets/get") == "unknown"
    assert needs(estate(kv, **people), "alice", "secrets/get") == ["principals"]
    listed = (Coverage("principals", "tenant", complete=True),)
    assert can(estate(kv, coverage=listed, **people), "alice", "secrets/get") == "none"


def test_whom_a_resource_acts_as_is_no_group():
    kv = vault("kv", rbac=False, policies=(policy("identity", "secrets/get"),))
    machine = Resource(f"{GROUP}/providers/microsoft.compute/virtualmachines/vm", principal="identity")
    people = {"principals": (user("alice"),), "given": {"vaults", "roleAssignments", "principals", "resources"}}
    assert can(estate(kv, resources=(machine,), **people), "alice", "secrets/get") == "none"
