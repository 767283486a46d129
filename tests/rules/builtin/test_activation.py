import pytest

from kvaudit.model.finding import Confidence
from kvaudit.model.profile import Member, Profile, Team
from kvaudit.model.role import RolePolicy, ScheduledAssignment
from kvaudit.model.snapshot import Coverage
from tests.access.build import (
    GROUP,
    READER,
    SECRETS_USER,
    SUBSCRIPTION,
    VAULT_ADMINISTRATOR,
    VAULT_READER,
    assign,
    estate,
    user,
    vault,
)
from tests.rules.builtin.judging import EVERYTHING, findings, only, results

KNOWN = EVERYTHING | {"roleEligibilities", "rolePolicies"}


def given(role: str = VAULT_ADMINISTRATOR, *policies: RolePolicy, scope: str = GROUP, **rest):
    facts = {"principals": (user("eve"),), "given": KNOWN, **rest}
    eligible = ScheduledAssignment(f"{scope}/e", scope, role, "eve", "User")
    return estate(vault("kv", rbac=True), eligibilities=(eligible,), role_policies=policies, **facts)


def policy(approval: bool | None, scope: str = GROUP, role: str = VAULT_ADMINISTRATOR, **rest) -> RolePolicy:
    return RolePolicy(f"{scope}/p{approval}", scope, role, approval, **rest)


def test_activation_without_approval():
    found = only("KV208", given(VAULT_ADMINISTRATOR, policy(False, scope=GROUP.upper())))
    assert found.cause.kind == "eligibility"
    assert "without anybody's approval, through" in found.message
    assert found.confidence is Confidence.HIGH
    assert not findings("KV208", given(VAULT_ADMINISTRATOR, policy(True)))


@pytest.mark.parametrize(("factor", "said"), [(False, True), (None, False), (True, False)])
def test_a_missing_second_factor_is_said_where_it_is_known(factor, said):
    found = only("KV208", given(VAULT_ADMINISTRATOR, policy(False, second_factor=factor)))
    assert ("or second factor" in found.message) is said


@pytest.mark.parametrize(
    "policies",
    [
        (),
        (policy(None),),
        (policy(False, scope=SUBSCRIPTION),),  # a policy is inherited by no scope below it
        (policy(False, role=SECRETS_USER),),
        (policy(False), policy(True)),
    ],
)
def test_a_policy_that_is_not_known_is_a_gap(policies):
    outcome = results("KV208", given(VAULT_ADMINISTRATOR, *policies))
    assert not outcome.findings
    assert [(gap.need, gap.subject) for gap in outcome.gaps] == [("rolePolicies", GROUP.lower())]
    assert f"{GROUP.lower()}/providers" in outcome.gaps[0].remedy


def test_without_policies_or_eligibilities_it_is_not_evaluated():
    unasked = given(given=EVERYTHING | {"roleEligibilities"})
    assert [each.need for each in results("KV208", unasked).not_evaluated] == ["rolePolicies"]
    nothing = estate(vault("kv", rbac=True), given=EVERYTHING)
    assert [each.need for each in results("KV208", nothing).not_evaluated] == ["roleEligibilities"]


def test_eligibilities_in_part_are_a_gap():
    partial = (Coverage("roleEligibilities", SUBSCRIPTION.lower(), complete=False, reason="cut off"),)
    outcome = results("KV208", given(VAULT_ADMINISTRATOR, policy(True), coverage=partial))
    assert [gap.need for gap in outcome.gaps] == ["roleEligibilities"]


@pytest.mark.parametrize("role", [READER, VAULT_READER])
def test_what_only_reads_names_needs_no_approval(role):
    assert not findings("KV208", given(role, policy(False, role=role)))


def test_what_the_profile_allows_to_hold_for_good_may_be_activated():
    profile = Profile((Team("security", (Member(name="Eve"),), roles=frozenset({"key vault contributor"})),))
    contributor = "f25e0fa2-a7c8-4377-a976-54943a77a395"
    snapshot = given(contributor, policy(False, role=contributor))
    assert findings("KV208", snapshot)
    assert not findings("KV208", snapshot, profile)


def test_what_stands_is_not_activated():
    snapshot = estate(
        vault("kv", rbac=True),
        role_assignments=(assign("eve", VAULT_ADMINISTRATOR),),
        role_policies=(policy(False),),
        principals=(user("eve"),),
        given=KNOWN,
    )
    assert not findings("KV208", snapshot)


def test_the_root_of_the_tenant_is_a_scope_like_any_other():
    (gap,) = results("KV208", given(VAULT_ADMINISTRATOR, scope="/")).gaps
    assert gap.subject == "/"
    assert gap.remedy.startswith("az rest --url '/providers/Microsoft.Authorization/")
