import shlex

from kvaudit.model.finding import Cause, Verdict
from kvaudit.model.grant import Grant
from kvaudit.model.scope import parse_scope
from kvaudit.rules.removal import Removals
from tests.access.build import GROUP, SECRETS_USER, vault, vault_id


def grant(kind: str, cause: str, scope: str = GROUP) -> Grant:
    return Grant(Cause(kind, cause), "eve", Verdict.DIRECT, "data", 1, (0,), parse_scope(scope), role=SECRETS_USER)


def command(given: Grant) -> list[str]:
    return shlex.split(Removals((vault("kv", rbac=False),)).of(given))


def test_a_role_assignment_goes_by_its_id():
    words = command(grant("roleAssignment", "/x/roleAssignments/a b"))
    assert words == ["az", "role", "assignment", "delete", "--ids", "/x/roleAssignments/a b"]


def test_an_entry_goes_by_vault_and_object():
    words = command(grant("accessPolicy", f"{vault_id('kv')}/accessPolicies/eve"))
    assert words[:5] == ["az", "keyvault", "delete-policy", "--name", "kv"]
    assert words[-2:] == ["--object-id", "eve"]


def test_an_entry_of_a_pair_names_its_application():
    words = command(grant("accessPolicy", f"{vault_id('kv')}/accessPolicies/eve/app"))
    assert words[-4:] == ["--object-id", "eve", "--application-id", "app"]


def test_an_eligibility_is_ended_by_a_request():
    words = command(grant("eligibility", "/e"))
    assert words[:4] == ["az", "rest", "--method", "put"]
    assert "roleEligibilityScheduleRequests" in Removals(()).of(grant("eligibility", "/e"))
    assert "AdminRemove" in words[-1]


def test_a_scope_cannot_smuggle_a_command_in():
    text = Removals(()).of(grant("activation", "/e", '/subscriptions/x"; $(rm -rf /)'))
    assert '\\"; \\$(rm' in text
