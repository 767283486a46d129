import pytest

from kvaudit.model.directory import GroupMembers, Principal
from kvaudit.model.finding import Confidence
from kvaudit.model.snapshot import Coverage
from tests.access.build import SECRETS_USER, assign, estate, policy, user, vault
from tests.rules.builtin.judging import EVERYTHING, findings, only, results

WHOLE = (Coverage("principals", "tenant", complete=True),)


def held_by(who: str, *principals: Principal, kind: str | None = "User", **rest):
    return estate(
        vault("kv", rbac=True),
        role_assignments=(assign(who, SECRETS_USER, principal_type=kind),),
        principals=principals,
        given=EVERYTHING,
        **rest,
    )


@pytest.mark.parametrize(("state", "words"), [({"enabled": False}, "is disabled"), ({"deleted": True}, "was deleted")])
def test_disabled_and_deleted_principals(state, words):
    found = only("KV114", held_by("eve", user("eve", **state)))
    assert words in found.message
    assert found.confidence is Confidence.HIGH


def test_an_account_in_use_is_clear():
    found = results("KV114", held_by("eve", user("eve", enabled=True)))
    assert not (found.findings)
    assert not (found.gaps)
    assert not (found.not_evaluated)


def test_whether_an_account_is_enabled_may_not_have_been_asked():
    found = results("KV114", held_by("eve", user("eve")))
    assert not (found.findings)
    assert not (found.gaps)
    assert "accountEnabled" in found.not_evaluated[0].remedy


def test_who_is_missing_from_the_whole_directory_is_gone():
    assert only("KV114", held_by("ghost", coverage=WHOLE)).confidence is Confidence.HIGH


def test_who_is_missing_from_a_list_of_his_type_is_probably_gone():
    assert only("KV114", held_by("ghost", user("eve", enabled=True))).confidence is Confidence.LOW


def test_a_list_of_users_says_nothing_of_applications():
    found = results("KV114", held_by("app", user("eve", enabled=True), kind="ServicePrincipal"))
    assert not found.findings
    assert [each.need for each in found.not_evaluated] == ["principals"]


def test_a_name_in_an_assignments_row_is_no_listing():
    snapshot = estate(
        vault("kv", rbac=True),
        role_assignments=(assign("eve", SECRETS_USER),),
        principals=(user("eve", listed=False),),
    )
    found = results("KV114", snapshot)
    assert not found.findings
    assert [each.need for each in found.not_evaluated] == ["principals"]


def test_who_cannot_be_resolved_is_perhaps_gone():
    snapshot = estate(vault("kv", rbac=True), role_assignments=(assign("x", SECRETS_USER, principal_type="Unknown"),))
    assert only("KV114", snapshot).confidence is Confidence.LOW


@pytest.mark.parametrize(
    "guest", [{"user_type": "Guest"}, {"user_type": "guest"}, {"upn": "f_fabrikam.example#EXT#@contoso.example"}]
)
def test_a_guest(guest):
    assert only("KV117", held_by("eve", user("eve", **guest))).principal == "eve"


def test_a_member_of_the_tenant_is_no_guest():
    found = results("KV117", held_by("eve", user("eve", upn="eve@contoso.example")))
    assert not (found.findings)
    assert not (found.gaps)
    assert not (found.not_evaluated)


def test_a_foreign_group_needs_no_directory():
    snapshot = estate(
        vault("kv", rbac=True), role_assignments=(assign("partner", SECRETS_USER, principal_type="ForeignGroup"),)
    )
    assert only("KV117", snapshot)


def test_a_guest_in_a_nested_group_is_named():
    snapshot = held_by(
        "desk",
        Principal("desk", "Group", "Desk"),
        Principal("inner", "Group", "Inner"),
        user("gina", user_type="Guest"),
        kind="Group",
        group_members=(GroupMembers("desk", ("inner",)), GroupMembers("inner", ("gina",))),
    )
    found = only("KV117", snapshot)
    assert found.principal == "desk"
    assert "Gina (gina)" in found.message


def test_inert_access_of_a_guest_is_not_held():
    snapshot = estate(
        vault("kv", rbac=True, policies=(policy("gina", "secrets/get"),)),
        principals=(user("gina", user_type="Guest"),),
        given=EVERYTHING,
    )
    assert not findings("KV117", snapshot)


def test_where_somebody_came_from_who_is_gone_need_not_be_known():
    snapshot = held_by("ghost", user("adam", upn="adam@contoso.example"), coverage=WHOLE)
    assert only("KV114", snapshot).principal == "ghost"
    assert not results("KV117", snapshot).not_evaluated
    assert results("KV117", held_by("ghost", user("adam", upn="adam@contoso.example"), kind=None)).not_evaluated
