"""What is delegated to other tenants (Azure Lighthouse), which no list of role assignments has. Semantics 1.8."""

from __future__ import annotations

import datetime as dt

import pytest

from kvaudit.access.engine import resolve
from kvaudit.model.finding import Verdict
from kvaudit.model.permission import parse_question
from tests.sources.made import ALICE, SECRETS_USER, SUBSCRIPTION, read, rows_of, snapshot, vault

CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
OPERATORS = "87e37e4b-1eb6-43f4-9003-98849ca3e6fb"
NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)


def authorization(principal=OPERATORS, role=CONTRIBUTOR, **more):
    return {"principalId": principal, "roleDefinitionId": role, "principalIdDisplayName": "Fabrikam operators", **more}


def delegation(scope=SUBSCRIPTION, authorizations=None, **body):
    given = [authorization()] if authorizations is None else authorizations
    body = body or {"registrationDefinition": {"properties": {"authorizations": given}}}
    name = "f6c4ba44-4b2a-4a0e-8f0c-1d6f8b8f3b11"
    return {
        "id": f"{scope}/providers/Microsoft.ManagedServices/registrationAssignments/{name}",
        "type": "Microsoft.ManagedServices/registrationAssignments",
        "name": name,
        "properties": {"provisioningState": "Succeeded", **body},
    }


def verdicts(loaded, permission, principal=OPERATORS):
    access = resolve(loaded, NOW)
    answers, _ = access.can(principal, parse_question(permission), range(len(access.vaults)))
    return [answer.verdict for answer in answers]


def test_whoever_is_delegated_to_holds_the_role_over_what_is_delegated():
    loaded = read(snapshot(vaults=[vault(accessPolicies=[])], roleAssignments=[], delegations=[delegation()]))
    assert verdicts(loaded, "keyvault/vaults/write") == [Verdict.DIRECT]
    assert verdicts(loaded, "secrets/get") == [Verdict.ESCALATION]  # writes itself an access policy
    assert verdicts(loaded, "secrets/get", ALICE) == [Verdict.NONE]


def test_a_delegation_of_a_resource_group_ends_there():
    other = delegation(f"{SUBSCRIPTION}/resourceGroups/rg-other")
    loaded = read(snapshot(vaults=[vault(accessPolicies=[])], roleAssignments=[], delegations=[other]))
    assert verdicts(loaded, "keyvault/vaults/write") == [Verdict.NONE]


def test_a_delegation_does_not_say_that_role_assignments_were_listed():
    for document in (
        snapshot(vaults=[vault(accessPolicies=[])], delegations=[delegation()]),
        {"value": [vault(accessPolicies=[]), delegation()]},
    ):
        loaded = read(document)
        assert "roleAssignments" not in loaded.given
        assert verdicts(loaded, "secrets/get", ALICE) == [Verdict.UNKNOWN]


def test_the_rows_of_rest_are_recognised():
    loaded = read({"value": [delegation()]})
    assert rows_of({"value": [delegation()]}) == {"delegations to other tenants": 1}
    (one,) = loaded.role_assignments
    assert (one.scope, one.role, one.principal, one.from_elsewhere) == (SUBSCRIPTION, CONTRIBUTOR, OPERATORS, True)
    (who,) = loaded.principals
    assert (who.id, who.type, who.name, who.listed) == (
        OPERATORS,
        "ForeignGroup",
        "Fabrikam operators of another tenant",
        False,
    )


def test_every_authorization_counts():
    both = [authorization(), authorization(ALICE.upper(), SECRETS_USER.upper())]
    loaded = read(snapshot(delegations=[delegation(authorizations=both)]))
    assert [(one.principal, one.role) for one in loaded.role_assignments] == [
        (OPERATORS, CONTRIBUTOR),
        (ALICE, SECRETS_USER),
    ]
    assert len({one.id for one in loaded.role_assignments}) == 2


def test_what_is_eligible_must_be_activated_first():
    given = {"authorizations": [], "eligibleAuthorizations": [authorization()]}
    loaded = read(snapshot(vaults=[vault(accessPolicies=[])], roleAssignments=[], delegations=[
        delegation(registrationDefinition={"properties": given})]))  # fmt: skip
    assert verdicts(loaded, "keyvault/vaults/write") == [Verdict.ELIGIBLE]
    assert verdicts(loaded, "secrets/get", ALICE) == [Verdict.NONE]
    assert resolve(loaded, NOW).known("roleEligibilities", 0) is None  # it is in no list of eligibilities


def test_an_eligible_authorization_without_its_role_is_a_gap():
    given = {"authorizations": [authorization()], "eligibleAuthorizations": [{"principalId": ALICE}]}
    loaded = read(snapshot(delegations=[delegation(registrationDefinition={"properties": given})]))
    assert [gap.need for gap in loaded.gaps] == ["roleEligibilities"]
    assert [each.principal for each in loaded.role_assignments] == [OPERATORS]


@pytest.mark.parametrize(
    "damaged",
    [
        delegation(registrationDefinitionId="/x"),  # not expanded
        delegation(registrationDefinition={"properties": {"authorizations": "some"}}),
        delegation(authorizations=[{"principalId": OPERATORS}]),
        delegation(authorizations=["somebody"]),
    ],
)
def test_a_delegation_that_does_not_say_what_it_gives_leaves_everybody_unknown(damaged):
    loaded = read(snapshot(vaults=[vault(accessPolicies=[])], roleAssignments=[], delegations=[damaged]))
    assert [gap.need for gap in loaded.gaps] == ["roleAssignments"]
    assert verdicts(loaded, "secrets/get", ALICE) == [Verdict.UNKNOWN]
