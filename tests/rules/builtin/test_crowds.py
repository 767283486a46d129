import pytest

from kvaudit.model.directory import GroupMembers, Principal
from kvaudit.model.finding import Confidence
from kvaudit.rules.base import Context
from kvaudit.rules.registry import run_rules
from kvaudit.rules.teams import default_profile
from tests.access.build import SECRETS_USER, VAULT_CONTRIBUTOR, access, assign, estate, policy, user, vault
from tests.rules.builtin.judging import EVERYTHING, findings, only, results, rules


def a_group(key: str, name: str = "Team", kinds: tuple[str, ...] | None = (), **rest) -> Principal:
    return Principal(key, "Group", name, group_types=kinds, **rest)


def given(*groups: Principal, members: tuple[GroupMembers, ...] = (), role: str = SECRETS_USER):
    return estate(
        vault("kv", rbac=True),
        role_assignments=(assign("team", role, principal_type="Group"),),
        principals=groups,
        group_members=members,
        given=EVERYTHING,
    )


def people(count: int) -> tuple[str, ...]:
    return tuple(f"user-{number}" for number in range(count))


@pytest.mark.parametrize(("count", "hit"), [(99, False), (100, True)])
def test_members_count_through_all_nesting(count, hit):
    own, nested = people(count)[:10], people(count)[10:]
    members = (GroupMembers("team", (*own, "inner")), GroupMembers("inner", (*nested, "team")))
    snapshot = given(a_group("team"), a_group("inner"), members=members)
    assert bool(findings("KV118", snapshot)) is hit
    if hit:
        assert "a group of 100 members" in only("KV118", snapshot).message


def test_the_size_is_an_option():
    snapshot = given(a_group("team"), members=(GroupMembers("team", people(3)),))
    context = Context(access(snapshot), default_profile(), {"KV118": {"members": 3}})
    assert run_rules([rules()["KV118"]], context).findings


def test_a_dynamic_group_says_its_rule():
    rule = 'user.department -eq "Sales"'
    team = a_group("team", kinds=("Unified", "DynamicMembership"), membership_rule=rule)
    found = only("KV118", given(team, members=(GroupMembers("team", ()),)))
    assert f"a dynamic group ({rule})" in found.message
    assert found.confidence is Confidence.HIGH


def test_a_dynamic_group_inside_makes_the_whole_one_dynamic():
    inner = a_group("inner", "Sales", ("dynamicMembership",))
    members = (GroupMembers("team", ("inner",)), GroupMembers("inner", ("eve",)))
    assert (
        "Sales (inner) in it, a dynamic group" in only("KV118", given(a_group("team"), inner, members=members)).message
    )


def test_a_name_counts_where_the_members_are_not_known():
    everybody = a_group("team", "All Users (Oslo)")
    assert only("KV118", given(everybody)).confidence is Confidence.LOW
    assert not findings("KV118", given(everybody, members=(GroupMembers("team", ("eve",)),)))


def test_what_is_not_known_of_a_group_is_said():
    (gap,) = results("KV118", given(a_group("team"))).gaps
    assert (gap.need, gap.subject) == ("groupMembers", "team")
    untyped = given(a_group("team", kinds=None), members=(GroupMembers("team", ("eve",)),))
    assert [each.need for each in results("KV118", untyped).not_evaluated] == ["principals"]
    assert not results("KV118", given(a_group("team"), members=(GroupMembers("team", ("eve",)),))).not_evaluated


def test_many_known_members_are_enough():
    snapshot = given(a_group("team", kinds=None), members=(GroupMembers("team", people(120), complete=False),))
    outcome = results("KV118", snapshot)
    assert "120 members and more" in outcome.findings[0].message
    assert not outcome.gaps


def test_no_data_access_no_finding():
    dynamic = a_group("team", kinds=("DynamicMembership",))
    assert not findings("KV118", given(dynamic, role=VAULT_CONTRIBUTOR))
    one = estate(vault("kv", rbac=False, policies=(policy("eve", "secrets/get"),)), principals=(user("eve"),))
    assert not findings("KV118", one)


def test_a_policy_entry_of_a_group_counts():
    snapshot = estate(
        vault("kv", rbac=False, policies=(policy("team", "secrets/get"),)),
        principals=(a_group("team", kinds=("DynamicMembership",)),),
        given=EVERYTHING,
    )
    assert only("KV118", snapshot).cause.kind == "accessPolicy"
