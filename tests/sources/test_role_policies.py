import pytest

from tests.sources.made import SUBSCRIPTION, read

ROLE = "00482a5a-887f-4fb3-b363-3b7fe8e74483"


def rule(name: str, **fields) -> dict:
    return {"id": name, **fields}


def approval(required: object) -> dict:
    return rule(
        "Approval_EndUser_Assignment",
        ruleType="RoleManagementPolicyApprovalRule",
        setting={"isApprovalRequired": required, "approvalStages": []},
    )


def enablement(*words: object, whom: str = "EndUser_Assignment") -> dict:
    return rule(f"Enablement_{whom}", enabledRules=list(words))


def row(*rules: object, kind: str = "RoleManagementPolicyAssignment", **change: object) -> dict:
    """As the REST reference shows it: the scope behind an older provider, the type in the singular."""
    properties = {
        "scope": f"/providers/Microsoft.Subscription{SUBSCRIPTION}",
        "roleDefinitionId": f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{ROLE}",
        "policyId": f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleManagementPolicies/p",
        "effectiveRules": list(rules),
    }
    at = f"/providers/Microsoft.Subscription{SUBSCRIPTION}/providers/Microsoft.Authorization/{kind}/p_{ROLE}"
    return {"id": at, "type": f"Microsoft.Authorization/{kind}", "properties": {**properties, **change}}


@pytest.mark.parametrize("kind", ["RoleManagementPolicyAssignment", "roleManagementPolicyAssignments"])
def test_a_policy_as_it_is_assigned(kind):
    loaded = read({"value": [row(approval(False), enablement("MultiFactorAuthentication"), kind=kind)]})
    (policy,) = loaded.role_policies
    assert (policy.scope, policy.role) == (SUBSCRIPTION, ROLE)
    assert (policy.approval, policy.second_factor) == (False, True)
    assert loaded.given == {"rolePolicies"}


@pytest.mark.parametrize(
    ("rules", "answers"),
    [
        ((), (None, None)),
        ((approval(True), enablement("Justification")), (True, False)),
        ((approval(None),), (None, None)),
        ((enablement("MultiFactorAuthentication", whom="Admin_Eligibility"),), (None, None)),
        ((enablement("Justification", 5),), (None, None)),
        ((rule("AuthenticationContext_EndUser_Assignment", isEnabled=True), enablement()), (None, None)),
        ((rule("AuthenticationContext_EndUser_Assignment", isEnabled=False), enablement()), (None, False)),
    ],
)
def test_what_no_rule_says_is_not_known(rules, answers):
    (policy,) = read([row(*rules)]).role_policies
    assert (policy.approval, policy.second_factor) == answers


@pytest.mark.parametrize(
    ("damaged", "kept"),
    [
        (row(approval("no")), 1),
        (row("text"), 1),
        (row(effectiveRules={}), 1),
        (row(scope=5), 0),
        (row(roleDefinitionId=None), 0),
    ],
)
def test_damage_is_a_gap(damaged, kept):
    loaded = read([damaged])
    assert [each.approval for each in loaded.role_policies] == [None] * kept
    assert [gap.need for gap in loaded.gaps] == ["rolePolicies"]


def test_files_that_contradict_leave_both():
    loaded = read([row(approval(True)), row(approval(False))])
    assert {each.approval for each in loaded.role_policies} == {True, False}
    assert loaded.gaps


def test_a_policy_of_no_role_is_no_resource():
    policy = {"id": f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleManagementPolicies/p", "properties": {}}
    loaded = read([row(), policy])
    assert not loaded.resources
    assert loaded.given == {"rolePolicies"}
