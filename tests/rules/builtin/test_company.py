import pytest

from kvaudit.model.directory import GroupMembers, Principal
from kvaudit.model.finding import Confidence
from kvaudit.model.profile import Member, Profile, Team
from kvaudit.model.role import ScheduledAssignment
from kvaudit.rules.base import Context
from kvaudit.rules.registry import RuleResults, run_rules
from kvaudit.rules.teams import default_profile
from tests.access.build import (
    CONTRIBUTOR,
    CUSTOM,
    GROUP,
    OWNER,
    RBAC_ADMINISTRATOR,
    SECRETS_USER,
    SUBSCRIPTION,
    VAULT_READER,
    access,
    assign,
    custom_role,
    estate,
    policy,
    user,
    vault,
)
from tests.rules.builtin.judging import EVERYTHING, findings, only, results, rules


def app(key: str, name: str = "") -> Principal:
    return Principal(key, "ServicePrincipal", name or key)


def with_options(rule: str, snapshot, **options: int):
    return run_rules([rules()[rule]], Context(access(snapshot), default_profile(), {rule: options})).findings


def readers(*who: str, role: str = SECRETS_USER, kind: str = "ServicePrincipal", **rest):
    facts = {"principals": tuple(map(app, who)), "given": EVERYTHING, **rest}
    rows = tuple(assign(each, role, principal_type=kind) for each in who)
    return estate(vault("kv", rbac=True), role_assignments=rows, **facts)


def test_two_applications_on_one_vault_are_named():
    found = only("KV122", readers("web", "api"))
    assert "shared by 2 applications: api (api), web (web)" in found.message
    assert found.cause.kind == "vault"
    assert not findings("KV122", readers("web"))
    assert not with_options("KV122", readers("web", "api"), most=2)


def test_names_of_secrets_are_not_what_is_shared():
    assert not findings("KV122", readers("web", "api", role=VAULT_READER))


def test_applications_of_one_vault_each_share_nothing():
    snapshot = estate(
        vault("kv-a", rbac=False, policies=(policy("web", "secrets/get"),)),
        vault("kv-b", rbac=False, policies=(policy("api", "secrets/get"),)),
        principals=(app("web"), app("api")),
        given=EVERYTHING,
    )
    assert not findings("KV122", snapshot)


def test_a_policy_out_of_force_shares_nothing():
    snapshot = estate(
        vault("kv", rbac=True, policies=(policy("web", "secrets/get"), policy("api", "secrets/get"))),
        principals=(app("web"), app("api")),
        given=EVERYTHING,
    )
    assert not findings("KV122", snapshot)


def test_members_of_groups_count_each_once():
    snapshot = estate(
        vault("kv", rbac=True),
        role_assignments=(
            assign("apps", SECRETS_USER, principal_type="Group"),
            assign("web", SECRETS_USER, principal_type="ServicePrincipal"),
        ),
        principals=(app("web"), app("api"), user("eve"), Principal("apps", "Group", "Apps")),
        group_members=(GroupMembers("apps", ("web", "api", "eve")),),
        given=EVERYTHING,
    )
    assert "2 applications" in only("KV122", snapshot).message


def test_a_service_principal_of_another_team_is_none_of_the_applications():
    profile = Profile(
        (Team("security", (Member(name="pipeline"),)), Team("applications", (Member(type="ServicePrincipal"),)))
    )
    assert not findings("KV122", readers("web", "pipeline"), profile)
    found = only("KV122", readers("web", "api", "pipeline"), profile)
    assert "pipeline" not in found.message
    assert found.confidence is Confidence.HIGH
    assert only("KV122", readers("web", "api")).confidence is Confidence.MEDIUM  # guessed by type


def test_who_may_be_an_application_is_said_where_it_could_make_several():
    policies = (policy("web", "secrets/get"), policy("who", "secrets/get"))
    snapshot = estate(vault("kv", rbac=False, policies=policies), principals=(app("web"),))
    assert [each.need for each in results("KV122", snapshot).not_evaluated] == ["principals"]
    alone = estate(vault("kv", rbac=False, policies=policies[1:]))
    assert results("KV122", alone) == RuleResults((), (), ())


def owners(*who: str, scope: str = GROUP, role: str = OWNER, **rest):
    facts = {"principals": tuple(map(user, who)), "given": EVERYTHING, **rest}
    return estate(vault("kv", rbac=True), role_assignments=tuple(assign(each, role, scope) for each in who), **facts)


@pytest.mark.parametrize(("count", "hit"), [(3, False), (4, True)])
def test_owners_are_counted(count, hit):
    assert bool(findings("KV214", owners(*"abcd"[:count], scope=SUBSCRIPTION))) is hit


def test_what_is_as_wide_as_owner_counts_and_less_does_not():
    wide = custom_role(actions=("*",))
    assert with_options("KV214", owners("a", role=CUSTOM, role_definitions=(wide,)), most=0)
    for role in (CONTRIBUTOR, RBAC_ADMINISTRATOR):
        assert not with_options("KV214", owners("a", role=role), most=0)


def test_who_must_activate_is_no_owner():
    eligible = ScheduledAssignment(f"{GROUP}/e", GROUP, OWNER, "a", "User")
    active = ScheduledAssignment(f"{GROUP}/f", GROUP, OWNER, "b", "User", end="2027-01-01T00:00:00Z")
    snapshot = owners(eligibilities=(eligible,), activations=(active,), principals=(user("a"), user("b")))
    assert not with_options("KV214", snapshot, most=0)


def test_members_own_and_a_group_does_not_and_nobody_counts_twice():
    snapshot = estate(
        vault("kv", rbac=True),
        role_assignments=(assign("team", OWNER, principal_type="Group"), assign("a", OWNER, SUBSCRIPTION)),
        principals=(Principal("team", "Group", "Team"), Principal("inner", "Group", "Inner"), *map(user, "abc")),
        group_members=(GroupMembers("team", ("a", "b", "inner")), GroupMembers("inner", ("c", "team"))),
        given=EVERYTHING,
    )
    assert not with_options("KV214", snapshot, most=3)
    (found,) = with_options("KV214", snapshot, most=2)
    assert "3 principals own kv, where 2 are meant at most" in found.message


def test_unknown_members_are_a_gap_unless_there_are_too_many_already():
    team = assign("team", OWNER, principal_type="Group")
    rows = tuple(assign(each, OWNER) for each in "abcd")
    principals = (Principal("team", "Group", "Team"), *map(user, "abcd"))
    few = estate(vault("kv", rbac=True), role_assignments=(team, *rows[:3]), principals=principals, given=EVERYTHING)
    assert [(gap.need, gap.subject) for gap in results("KV214", few).gaps] == [("groupMembers", "team")]
    many = estate(vault("kv", rbac=True), role_assignments=(team, *rows), principals=principals, given=EVERYTHING)
    assert only("KV214", many)
    assert not results("KV214", many).gaps


def test_vaults_that_have_their_owners_from_one_scope_are_one_finding():
    other = f"{SUBSCRIPTION}/resourceGroups/rg-other"
    snapshot = estate(
        vault("kv-a", rbac=True),
        vault("kv-b", rbac=True),
        vault("kv-c", rbac=True, group=other),
        role_assignments=(
            *(assign(each, OWNER, SUBSCRIPTION) for each in "abcd"),
            assign("e", OWNER, other),
            assign("f", OWNER, other),
        ),
        principals=tuple(map(user, "abcdef")),
        given=EVERYTHING,
    )
    found = {each.subject.rsplit("/", 1)[-1]: each for each in findings("KV214", snapshot)}
    assert {key: len(each.vaults) for key, each in found.items()} == {SUBSCRIPTION.rsplit("/", 1)[-1]: 2, "rg-other": 1}
    assert "6 principals own kv-c" in found["rg-other"].message
