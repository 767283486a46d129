import pytest

from kvaudit.model.directory import GroupMembers, Principal
from kvaudit.model.finding import Confidence, Severity
from kvaudit.model.permission import parse_question
from kvaudit.model.profile import Member, Profile, Team
from kvaudit.model.role import PermissionBlock, RoleDefinition, ScheduledAssignment
from tests.access.build import (
    CONTRIBUTOR,
    CUSTOM,
    DATA_ACCESS_ADMINISTRATOR,
    GROUP,
    OWNER,
    READER,
    SUBSCRIPTION,
    VAULT_CONTRIBUTOR,
    assign,
    custom_role,
    estate,
    user,
    vault,
)
from tests.rules.builtin.judging import EVERYTHING, findings, only

USER_ACCESS_ADMINISTRATOR = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"
MONITORING_CONTRIBUTOR = "749f88d5-cbae-40b8-bcfc-e573ddc772fa"
PURGE_OPERATOR = "a68e7c17-0ab2-4c09-9a58-125dae29748c"
SECURITY = Profile(
    (Team("security", (Member(name="Eve"),), roles=frozenset({"contributor", "user access administrator"})),)
)
WRITERS = Profile(
    (Team("ops", (Member(name="Eve"),), management=parse_question("keyvault/vaults/accesspolicies/write").permissions),)
)


def given(role: str, scope: str = GROUP, *, rbac: bool = False, **rest):
    facts = {"principals": (user("eve"),), "given": EVERYTHING, **rest}
    return estate(vault("kv", rbac=rbac), role_assignments=(assign("eve", role, scope),), **facts)


@pytest.mark.parametrize(
    ("role", "scope", "hit"),
    [
        (CONTRIBUTOR, SUBSCRIPTION, True),
        (VAULT_CONTRIBUTOR, SUBSCRIPTION, True),
        (USER_ACCESS_ADMINISTRATOR, "/", True),
        (DATA_ACCESS_ADMINISTRATOR, SUBSCRIPTION, True),
        (CONTRIBUTOR, GROUP, False),
        (READER, SUBSCRIPTION, False),
        (MONITORING_CONTRIBUTOR, SUBSCRIPTION, False),
        (PURGE_OPERATOR, SUBSCRIPTION, False),
    ],
)
def test_control_of_vaults_from_above(role, scope, hit):
    assert bool(findings("KV201", given(role, scope, rbac=True))) is hit


def test_a_right_to_assign_that_leads_into_no_vault_is_no_control_of_vaults():
    storage = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"  # Storage Blob Data Contributor
    condition = (
        "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR "
        "(@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] "
        f"ForAnyOfAnyValues:GuidEquals {{{storage}}}))"
    )
    assigns = custom_role(actions=("Microsoft.Authorization/roleAssignments/write",))
    snapshot = estate(
        vault("kv", rbac=True),
        role_assignments=(assign("eve", CUSTOM, SUBSCRIPTION, condition=condition),),
        role_definitions=(assigns,),
        principals=(user("eve"),),
        given=EVERYTHING,
    )
    assert not findings("KV201", snapshot)
    assert not findings("KV203", snapshot)


def test_what_the_profile_allows_is_no_finding():
    for rule in ("KV201", "KV202", "KV203", "KV212"):
        assert not findings(rule, given(CONTRIBUTOR, SUBSCRIPTION), SECURITY)
    assert not findings("KV203", given(USER_ACCESS_ADMINISTRATOR), SECURITY)


def test_an_escalation_beyond_what_the_profile_allows_is_one():
    assert only("KV203", given(OWNER, rbac=True), SECURITY)
    found = only("KV202", given(VAULT_CONTRIBUTOR), WRITERS)  # the policies it may write, the vault it may not
    assert "Microsoft.KeyVault/vaults/write" in found.message
    assert "accessPolicies/write" not in found.message


def test_writing_policies_in_two_ways_is_one_finding_on_policy_vaults_only():
    snapshot = estate(
        vault("kv-a", rbac=False),
        vault("kv-b", rbac=True),
        role_assignments=(assign("eve", CONTRIBUTOR),),
        principals=(user("eve"),),
        given=EVERYTHING,
    )
    found = only("KV202", snapshot)
    assert [each.rsplit("/", 1)[-1] for each in found.vaults] == ["kv-a"]
    assert found.severity is Severity.HIGH
    assert not findings("KV203", snapshot)


@pytest.mark.parametrize(
    ("holder", "severity", "words"),
    [
        (user("who"), Severity.HIGH, "(who) can grant"),
        (user("who", user_type="Guest"), Severity.CRITICAL, "a guest"),
        (Principal("who", "ServicePrincipal", "web"), Severity.CRITICAL, "an application"),
        (user("who", upn="w@x.example"), Severity.HIGH, "(who) can grant"),
        (Principal("who", "User", "Ann Auditor"), Severity.CRITICAL, "an auditor by name"),
    ],
)
def test_the_holder_decides_how_bad_it_is(holder, severity, words):
    snapshot = estate(
        vault("kv", rbac=True),
        role_assignments=(assign("who", OWNER, principal_type=holder.type),),
        principals=(holder,),
        given=EVERYTHING,
    )
    found = only("KV203", snapshot)
    assert found.severity is severity
    assert words in found.message


def test_a_guest_in_the_holding_group_makes_it_critical():
    snapshot = estate(
        vault("kv", rbac=True),
        role_assignments=(assign("team", OWNER, principal_type="Group"),),
        principals=(Principal("team", "Group", "Team"), user("gina", user_type="Guest")),
        group_members=(GroupMembers("team", ("gina",)),),
        given=EVERYTHING,
    )
    found = only("KV203", snapshot)
    assert found.severity is Severity.CRITICAL
    assert "Gina (gina) as a guest" in found.message


def test_the_roles_that_may_be_assigned_are_named():
    found = only("KV203", given(DATA_ACCESS_ADMINISTRATOR, rbac=True))
    assert "Key Vault Administrator" in found.message
    assert found.confidence is Confidence.HIGH
    assert any("roleAssignments/write" in step.text for step in found.path)


def test_an_eligible_owner_must_activate_first():
    eligible = ScheduledAssignment(f"{GROUP}/e", GROUP, OWNER, "eve", "User")
    snapshot = estate(vault("kv", rbac=True), eligibilities=(eligible,), principals=(user("eve"),), given=EVERYTHING)
    found = only("KV203", snapshot)
    assert found.confidence is Confidence.MEDIUM
    assert "once it activates the role" in found.message


def test_purging_says_what_stands_in_the_way():
    snapshot = estate(
        vault("kv-a", rbac=True, purge_protection=True),
        vault("kv-b", rbac=True),
        role_assignments=(assign("eve", PURGE_OPERATOR, SUBSCRIPTION),),
        principals=(user("eve"),),
        given=EVERYTHING,
    )
    assert "keeps 1 of these 2" in only("KV212", snapshot).message


def test_root_is_a_place_to_clean_up_unless_the_role_is_harmless():
    assert only("KV213", given(USER_ACCESS_ADMINISTRATOR, "/"), SECURITY)
    assert only("KV213", given(OWNER, "/"))
    assert not findings("KV213", given(READER, "/"))
    assert not findings("KV213", given(CONTRIBUTOR, "/"))


@pytest.mark.parametrize(
    ("lists", "hit"),
    [
        ({"actions": ("*",)}, True),
        ({"actions": ("Microsoft.KeyVault/vaults/*",)}, True),
        ({"data_actions": ("Microsoft.KeyVault/vaults/secrets/*",)}, True),
        ({"data_actions": ("*",), "not_data_actions": ("Microsoft.KeyVault/*",)}, False),
        ({"actions": ("*/read", "Microsoft.KeyVault/vaults/*/read")}, False),
        ({"actions": ("Microsoft.Compute/*",)}, False),
        ({"data_actions": ("Microsoft.KeyVault/vaults/*/read",)}, False),
        ({"data_actions": ("Microsoft.KeyVault/vaults/secrets/getSecret/action",)}, False),
    ],
)
def test_wildcards_of_a_custom_role(lists, hit):
    assert bool(findings("KV209", given(CUSTOM, role_definitions=(custom_role(**lists),)))) is hit


@pytest.mark.parametrize(
    ("scope", "hit"),
    [
        ("/", True),
        ("/providers/Microsoft.Management/managementGroups/corp", True),
        (SUBSCRIPTION, False),
    ],
)
def test_a_custom_role_that_can_be_assigned_everywhere(scope, hit):
    block = PermissionBlock(data_actions=("Microsoft.KeyVault/vaults/secrets/getSecret/action",))
    role = RoleDefinition(CUSTOM, "Reader of one", custom=True, blocks=(block,), assignable_scopes=(scope,))
    assert bool(findings("KV209", given(CUSTOM, role_definitions=(role,)))) is hit


def test_a_custom_role_names_the_vaults_it_is_assigned_over():
    found = only("KV209", given(CUSTOM, role_definitions=(custom_role(actions=("*",)),)))
    assert len(found.vaults) == 1
    assert found.cause.kind == "roleDefinition"


@pytest.mark.parametrize("further", [(), (assign("eve", OWNER, SUBSCRIPTION),)])
def test_kv203_tells_of_who_rewrites_the_role_that_he_holds_and_of_nobody_twice(further):
    writer = "dddddddd-0000-4000-8000-00000000000d"
    roles = (
        custom_role(actions=("Microsoft.Storage/storageAccounts/read",)),
        RoleDefinition(
            writer,
            "Writer",
            custom=True,
            blocks=(PermissionBlock(actions=("Microsoft.Authorization/roleDefinitions/write",)),),
            assignable_scopes=("/subscriptions/x",),
        ),
    )
    rows = (assign("eve", CUSTOM), *(further or (assign("eve", writer, SUBSCRIPTION),)))
    facts = {"principals": (user("eve"),), "given": EVERYTHING, "role_definitions": roles}
    found = findings("KV203", estate(vault("kv", rbac=True), role_assignments=rows, **facts))
    assert ["rewriting the role it holds" in each.message for each in found] == [not further]
