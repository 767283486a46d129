import pytest

from kvaudit.model.directory import GroupMembers, Principal
from kvaudit.model.finding import Confidence
from kvaudit.model.permission import KIND, PURGE
from kvaudit.model.profile import Member, Profile, Team
from kvaudit.model.role import ScheduledAssignment
from tests.access.build import (
    CONTRIBUTOR,
    GROUP,
    SECRETS_OFFICER,
    SECRETS_USER,
    VAULT_READER,
    assign,
    estate,
    group,
    policy,
    user,
    vault,
    vault_id,
)
from tests.rules.builtin.judging import EVERYTHING, findings, only, results

PURGERS = Profile((Team("security", (Member(name="Eve"),), KIND["secrets"]),))
KEEPERS = Profile((Team("security", (Member(name="Eve"),), KIND["secrets"] & ~PURGE),))
MOST = ("secrets/get", "secrets/list", "secrets/set", "secrets/delete", "secrets/backup", "secrets/restore")
EVE = {"principals": (user("eve"),), "given": EVERYTHING}


def by_policy(*words: str):
    return estate(vault("kv", rbac=False, policies=(policy("eve", *words),)), **EVE)


def by_role(role: str, scope: str = GROUP, **rest):
    return estate(vault("kv", rbac=True), role_assignments=(assign("eve", role, scope, **rest),), **EVE)


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        (("secrets/*",), "secrets"),
        (("secrets/*", "keys/*"), "secrets,keys"),
        (("storage/*",), "storage"),
        (
            (*MOST, "secrets/recover"),
            "secrets",
        ),
    ],
)
def test_a_full_list_is_everything(words, kinds):
    assert only("KV110", by_policy(*words)).permission_class == kinds


def test_one_permission_short_of_everything_is_not_everything():
    assert not findings("KV110", by_policy(*MOST))


def test_a_role_as_wide_counts_unless_it_is_for_one_object():
    assert only("KV110", by_role(SECRETS_OFFICER)).permission_class == "secrets"
    assert not findings("KV110", by_role(SECRETS_OFFICER, f"{vault_id('kv')}/secrets/s1"))


def test_what_the_profile_allows_is_not_everything():
    assert not findings("KV110", by_policy("secrets/*"), KEEPERS)
    assert only("KV110", by_policy("keys/*"), KEEPERS).permission_class == "keys"


def test_purge_beside_all_is_a_matter_of_purge_alone():
    assert not findings("KV110", by_policy("secrets/*"), KEEPERS)
    assert only("KV111", by_policy("secrets/*"), KEEPERS).permission_class == "secrets"
    assert not findings("KV111", by_policy("secrets/*"), PURGERS)


def test_the_vaults_are_those_on_which_everything_is_held():
    # Of two vaults under one assignment, the name condition opens get on one of them only.
    condition = (
        "((!(ActionMatches{'Microsoft.KeyVault/vaults/secrets/getSecret/action'}))"
        " OR (@Resource[Microsoft.KeyVault/vaults:name] StringEquals 'kv-a'))"
    )
    snapshot = estate(
        vault("kv-a", rbac=True),
        vault("kv-b", rbac=True),
        role_assignments=(assign("eve", SECRETS_OFFICER, condition=condition),),
        **EVE,
    )
    assert [each.rsplit("/", 1)[-1] for each in only("KV110", snapshot).vaults] == ["kv-a"]


def test_a_person_reads_values_himself_or_in_a_group():
    assert "is a person" in only("KV112", by_role(SECRETS_USER)).message
    snapshot = estate(
        vault("kv", rbac=True),
        role_assignments=(assign("desk", SECRETS_USER, principal_type="Group"),),
        principals=(Principal("desk", "Group", "Desk"), user("eve")),
        group_members=(GroupMembers("desk", ("eve",)),),
        given=EVERYTHING,
    )
    assert "Eve (eve)" in only("KV112", snapshot).message


def test_a_group_of_programs_is_no_person():
    snapshot = estate(
        vault("kv", rbac=True),
        role_assignments=(assign("ids", SECRETS_USER, principal_type="Group"),),
        principals=(Principal("ids", "Group", "Ids"), Principal("app", "ServicePrincipal", "web")),
        group_members=(GroupMembers("ids", ("app",)),),
        given=EVERYTHING,
    )
    found = results("KV112", snapshot)
    assert not (found.findings)
    assert not (found.gaps)
    assert not (found.not_evaluated)


def test_a_group_without_known_members_is_a_gap():
    facts = group("desk", known=False)
    snapshot = estate(
        vault("kv", rbac=True), role_assignments=(assign("desk", SECRETS_USER, principal_type="Group"),), **facts
    )
    assert [each.need for each in results("KV112", snapshot).gaps] == ["groupMembers"]


def test_what_must_be_activated_or_ends_is_not_standing():
    eligible = ScheduledAssignment(f"{GROUP}/e", GROUP, SECRETS_USER, "eve", "User")
    assert not findings("KV112", estate(vault("kv", rbac=True), eligibilities=(eligible,), **EVE))
    running = ScheduledAssignment(
        f"{GROUP}/a", GROUP, SECRETS_USER, "eve", "User", assignment_type="Activated", end="2026-12-01T00:00:00Z"
    )
    assert not findings("KV112", estate(vault("kv", rbac=True), activations=(running,), **EVE))


def test_a_single_user_counts_for_data_and_for_control_but_not_for_reading_settings():
    assert only("KV113", by_role(VAULT_READER))
    assert only("KV113", by_role(CONTRIBUTOR)).permission_class == "management"
    assert not findings("KV113", by_role("acdd72a7-3385-48ef-bd42-f606fba81ae7"))


def test_backup_beyond_the_profile():
    assert only("KV119", by_policy("secrets/backup", "keys/backup")).permission_class == "secrets,keys"
    assert not findings("KV119", by_policy("secrets/backup"), KEEPERS)


def test_who_might_be_allowed_is_less_sure():
    snapshot = estate(vault("kv", rbac=False, policies=(policy("who", "secrets/*"),)))
    assert only("KV110", snapshot).confidence is Confidence.MEDIUM


def test_everything_of_which_a_part_hangs_on_a_condition_is_less_sure():
    condition = (
        "((!(ActionMatches{'Microsoft.KeyVault/vaults/secrets/getSecret/action'}))"
        " OR (@Resource[Microsoft.KeyVault/vaults/secrets:name] StringStartsWith 'app-'))"
    )
    found = only("KV110", by_role(SECRETS_OFFICER, condition=condition))
    assert found.confidence is Confidence.MEDIUM
    assert "condition" in found.message
