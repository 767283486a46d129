import pytest

from kvaudit.model.directory import GroupMembers, Principal
from kvaudit.model.finding import Confidence, Severity
from kvaudit.model.permission import parse_question
from kvaudit.model.profile import Member, Profile, Team
from kvaudit.model.role import ScheduledAssignment
from kvaudit.model.snapshot import Coverage
from tests.access.build import (
    CONTRIBUTOR,
    GROUP,
    SECRETS_OFFICER,
    SECRETS_USER,
    VAULT_ADMINISTRATOR,
    VAULT_CONTRIBUTOR,
    assign,
    estate,
    policy,
    user,
    vault,
)
from tests.rules.builtin.judging import EVERYTHING, findings, only, results


def allow(*words: str) -> int:
    held = 0
    for word in words:
        held |= parse_question(word).permissions
    return held


PROFILE = Profile(
    (
        Team("security", (Member(name="Security*"),), allow("secrets/*"), roles=frozenset({"key vault contributor"})),
        Team("auditors", (Member(name="Auditors*"),), allow("keys/list", "secrets/list", "certificates/list")),
        Team("applications", (Member(type="ServicePrincipal"),), allow("keys/sign", "secrets/get")),
        Team("Operators", (Member(name="Operators"),)),
    )
)
PEOPLE = (
    Principal("sec", "Group", "Security"),
    Principal("aud", "Group", "Auditors"),
    Principal("ops", "Group", "Operators"),
    Principal("app", "ServicePrincipal", "web"),
    Principal("project", "Group", "Project X"),
    user("bob"),
    user("eve"),
)
MEMBERS = (
    GroupMembers("sec", ()),
    GroupMembers("aud", ("bob",)),
    GroupMembers("ops", ()),
    GroupMembers("project", ("bob", "app")),
)
FACTS = {"principals": PEOPLE, "group_members": MEMBERS, "given": EVERYTHING}


def by_policy(who: str, *words: str):
    return estate(vault("kv", rbac=False, policies=(policy(who, *words),)), **FACTS)


def by_role(who: str, role: str, kind: str = "ServicePrincipal", scope: str = GROUP):
    return estate(vault("kv", rbac=True), role_assignments=(assign(who, role, scope, principal_type=kind),), **FACTS)


@pytest.mark.parametrize(
    ("who", "rule"), [("aud", "KV101"), ("app", "KV102"), ("ops", "KV103"), ("sec", "KV104"), ("eve", "KV105")]
)
def test_each_team_is_judged_by_its_own_rule(who, rule):
    snapshot = by_policy(who, "keys/decrypt")
    hit = {each for each in ("KV101", "KV102", "KV103", "KV104", "KV105") if findings(each, snapshot, PROFILE)}
    assert hit == {rule}


def test_a_configured_team_is_sure_and_named():
    found = only("KV101", by_policy("aud", "secrets/get", "secrets/list"), PROFILE)
    assert found.confidence is Confidence.HIGH
    assert found.principal == "aud"
    assert "team auditors" in found.message
    assert "secrets/get" in found.message
    assert "secrets/list" not in found.message
    assert found.permission_class == "secrets"


@pytest.mark.parametrize(
    ("words", "severity"),
    [
        (("secrets/get", "secrets/list"), Severity.MEDIUM),
        (("keys/get", "certificates/list"), Severity.MEDIUM),
        (("secrets/get", "secrets/set"), Severity.HIGH),
        (("secrets/list", "keys/decrypt"), Severity.HIGH),
    ],
)
def test_an_application_that_only_reads_names_too_much_is_medium(words, severity):
    assert only("KV102", by_policy("app", *words), PROFILE).severity is severity


def test_reading_values_is_more_than_reading():
    signers = Profile((Team("applications", (Member(type="ServicePrincipal"),), allow("keys/sign")),))
    assert only("KV102", by_policy("app", "secrets/get"), signers).severity is Severity.HIGH


def test_what_the_smallest_role_brings_along_is_no_excess_and_what_a_wider_one_does_is():
    assert not findings("KV102", by_role("app", SECRETS_USER), PROFILE)
    assert "secrets/set" in only("KV102", by_role("app", SECRETS_OFFICER), PROFILE).message
    assert only("KV102", by_role("app", VAULT_ADMINISTRATOR), PROFILE).severity is Severity.HIGH


def test_managing_the_vault_is_more_than_a_team_without_it_may():
    found = only("KV102", by_role("app", CONTRIBUTOR), PROFILE)
    assert found.permission_class == "management"
    assert not findings("KV103", by_role("ops", CONTRIBUTOR, "Group"), PROFILE)  # data access only
    assert not findings("KV104", by_role("sec", VAULT_CONTRIBUTOR, "Group"), PROFILE)


def test_data_and_management_of_one_cause_are_one_finding():
    found = only("KV102", by_role("app", VAULT_ADMINISTRATOR), PROFILE)
    assert found.permission_class == "secrets,keys,certificates,storage"


def test_members_of_a_group_in_no_team_are_judged_by_their_teams():
    snapshot = by_policy("project", "secrets/get")
    found = only("KV101", snapshot, PROFILE)
    assert found.principal == "project"
    assert "Bob (bob)" in found.message
    assert not findings("KV102", snapshot, PROFILE)  # the application in it may
    assert only("KV105", snapshot, PROFILE).principal == "project"


def test_a_group_of_applications_within_their_profile_is_no_outsider():
    people = (Principal("ids", "Group", "Identities"), Principal("app", "ServicePrincipal", "web"))
    snapshot = estate(
        vault("kv", rbac=False, policies=(policy("ids", "secrets/get"),)),
        principals=people,
        group_members=(GroupMembers("ids", ("app",)),),
        given=EVERYTHING,
    )
    assert not findings("KV105", snapshot, PROFILE)


def test_inert_access_is_not_held():
    snapshot = estate(vault("kv", rbac=True, policies=(policy("eve", "secrets/get"),)), **FACTS)
    assert not findings("KV105", snapshot, PROFILE)


def test_an_eligible_role_is_less_sure_and_said_so():
    eligible = ScheduledAssignment(f"{GROUP}/e", GROUP, SECRETS_USER, "eve", "User")
    found = only("KV105", estate(vault("kv", rbac=True), eligibilities=(eligible,), **FACTS), PROFILE)
    assert found.confidence is Confidence.MEDIUM
    assert "once it activates the role" in found.message
    assert "AdminRemove" in found.remediation.commands[0]


def test_one_assignment_over_many_vaults_is_one_finding():
    snapshot = estate(
        vault("kv-b", rbac=True), vault("kv-a", rbac=True), role_assignments=(assign("eve", SECRETS_USER),), **FACTS
    )
    found = only("KV105", snapshot, PROFILE)
    assert [each.rsplit("/", 1)[-1] for each in found.vaults] == ["kv-a", "kv-b"]


def test_without_principals_the_rules_are_not_evaluated_and_nothing_is_made_up():
    snapshot = estate(vault("kv", rbac=False, policies=(policy("who", "secrets/*"),)))
    for rule in ("KV101", "KV102", "KV105"):
        found = results(rule, snapshot)
        assert not found.findings
        assert [each.need for each in found.not_evaluated] == ["principals"]
        assert not found.gaps


def test_a_listing_cut_short_is_a_gap():
    short = Coverage("principals", "tenant", complete=False, reason="page 1 of 3")
    snapshot = estate(
        vault("kv", rbac=False, policies=(policy("who", "keys/list"),)), coverage=(short,), given=EVERYTHING
    )
    assert [each.need for each in results("KV105", snapshot).gaps] == ["principals"]


def test_who_is_not_in_the_listing_is_in_no_team_with_less_confidence():
    snapshot = estate(vault("kv", rbac=False, policies=(policy("who", "keys/list"),)), **FACTS)
    assert only("KV105", snapshot, PROFILE).confidence is Confidence.MEDIUM
